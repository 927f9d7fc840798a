"""Fine-tuned models as folders for others: what transformers loads, and a page that says what it is."""

from __future__ import annotations

import shutil
from pathlib import Path

from planlang.plugins import Failure
from planlang.runtime.folders import cache_folder

from . import models
from .digests import TOKENIZER_FILES
from .encoding import pools_first_token
from .heads import HEAD, load_head
from .model_value import Model, name_of

_ENCODER_FILES = ("config.json", *TOKENIZER_FILES)
_HEAD_PAGE = """```python
import json, torch
from safetensors import safe_open
from transformers import AutoModel, AutoTokenizer

folder = "."
tokenizer, encoder = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
with safe_open(f"{folder}/head.safetensors", "pt") as file:
    about = json.loads(file.metadata()["head"])
    weight, bias = file.get_tensor("weight"), file.get_tensor("bias")
with torch.inference_mode():
    states = encoder(**tokenizer("Some text.", return_tensors="pt"), output_hidden_states=True).hidden_states
POOLED
scores = torch.softmax(weight @ torch.cat(vectors) + bias, dim=0)
print(dict(zip(about["labels"], scores.tolist())))
```
"""
_MEAN = 'vectors = [torch.nn.functional.normalize(states[i][0].mean(dim=0), dim=0) for i in about["layers"]]'
_FIRST = 'vectors = [torch.nn.functional.normalize(states[i][0, 0], dim=0) for i in about["layers"]]'
_NETWORK_PAGE = """```python
from transformers import pipeline

print(pipeline("text-classification", ".", top_k=None)("Some text."))
```
"""


def export(model: Model, path: str) -> None:
    """Write `model` to the folder `path`, which is empty or not there yet; raises `Failure` where it is not so."""
    target = Path(path)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Failure(f"there is something at {path} already", kind="value", hint="name a folder that is not there yet")
    source = models.locate(name_of(model), cache_folder())
    target.mkdir(parents=True, exist_ok=True)
    usage = _NETWORK_PAGE
    if models.is_head(source):
        encoder = models.locate(load_head(source / HEAD).encoder, cache_folder())
        _copy_encoder(encoder, target)
        usage = _HEAD_PAGE.replace("POOLED", _FIRST if pools_first_token(encoder) else _MEAN)
    for file in source.iterdir():
        shutil.copyfile(file, target / file.name)
    (target / "README.md").write_text(_page(model, usage), encoding="utf-8")


def _copy_encoder(encoder: Path, target: Path) -> None:
    for file in encoder.iterdir():
        if file.name in _ENCODER_FILES or file.suffix in {".safetensors", ".model", ".spm"}:
            shutil.copyfile(file, target / file.name)
    pooling = encoder / "1_Pooling" / "config.json"
    if pooling.is_file():
        (target / "1_Pooling").mkdir()
        shutil.copyfile(pooling, target / "1_Pooling" / "config.json")


def _page(model: Model, usage: str) -> str:
    """The model's README, with the front matter that the hub knows."""
    about = model.manifest
    last = about["history"][-1]
    measured = f", {last['accuracy']:.3f} of the dev rows right" if last["accuracy"] is not None else ""
    licence = f"license: {about['licence']}\n" if about["licence"] else ""
    return (
        f"---\n{licence}library_name: transformers\npipeline_tag: text-classification\n---\n\n"
        f"# {model.name}\n\n"
        f"Says which of {', '.join(about['labels'])} fits a text. Made from {about['base']} "
        f"(method: {about['method']}) with {about['rows']:,} rows: {len(about['history'])} epochs, training loss "
        f"{last['train_loss']:.3f}{measured}. The file planlang.json has the details.\n\n{usage}"
    )
