"""Whole networks and LoRA, trained in processes of their own: the same weights from threads and from actors."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from planlang.plugins import Failure
from planlang.plugins.loader import Plugins, load
from planlang.plugins.nlp import ENCODER, models, training_job, tuned
from planlang.plugins.nlp.model_value import Model, name_of
from planlang.runtime.run import Run, RunOptions
from planlang.runtime.values import from_python

pytestmark = pytest.mark.models
torch = pytest.importorskip("torch")

TEXTS = ["I love it", "I hate it", "wonderful sound", "terrible sound", "a great camera", "an awful camera"]
ROWS = [{"text": text, "label": ("good", "bad")[i % 2]} for i, text in enumerate(TEXTS)]
OPTIONS: dict[str, Any] = {"epochs": 2, "lr": 1e-3, "batch": 4, "seed": 7}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a BERT of two narrow layers, not trained yet, with the tokenizer of the default encoder."""
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("small")
    torch.manual_seed(1)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=30522, max_position_embeddings=64, **sizes)).save_pretrained(folder)
    real = models.find(ENCODER)
    assert real is not None
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        shutil.copyfile(real / name, folder / name)
    return str(folder)


def finetuned(base: str | Model, rows: list[dict[str, str]], on: str = "local", **named: Any) -> Model:
    """What `finetune` gives on these workers; nothing is kept of it."""
    plugins: Plugins = load(installed=False)
    try:
        given = {key: from_python(value) for key, value in named.items()}
        made = plugins.bind_name("nlp", "finetune", Run(RunOptions(on=on)))(base, from_python(rows), **given)
    finally:
        plugins.close()
    assert isinstance(made, Model)
    return made


def folder_of(model: Model) -> Path:
    folder = tuned.find(name_of(model))
    assert folder is not None
    return folder


@pytest.fixture(scope="module")
def full(small: str) -> Model:
    """A small network, trained for two epochs by a thread of this process."""
    return finetuned(small, ROWS, dev=ROWS[:2], method="full", **OPTIONS)


def test_a_network_is_an_ordinary_folder(full: Model) -> None:
    """What comes of it is loaded by transformers as any classifier, holds no pickles, and no paths of this machine."""
    from transformers import AutoModelForSequenceClassification

    folder = folder_of(full)
    assert {".json", ".safetensors", ".txt"} == {path.suffix for path in folder.iterdir()}
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    assert {0: "bad", 1: "good"} == model.config.id2label
    texts = [path.read_text(encoding="utf-8") for path in folder.glob("*config.json")]
    assert not any(str(folder.parent) in text for text in texts)


def test_history_of_a_network(full: Model) -> None:
    """Each epoch has its losses, and what was right on the dev rows."""
    rows = full.manifest["history"]
    assert [1, 2] == [row["epoch"] for row in rows]
    assert rows[1]["train_loss"] < rows[0]["train_loss"] < 1
    assert all(row["dev_loss"] and row["accuracy"] is not None and row["f1"] is not None for row in rows)


def test_the_same_seed_gives_the_same_weights_on_ray(small: str, full: Model, ray_here: None) -> None:
    """Trained by an actor from the same seed, all weights are the same to the bit."""
    assert full == finetuned(small, ROWS, "ray", dev=ROWS[:2], method="full", **OPTIONS)


def test_lora_is_merged(full: Model) -> None:
    """LoRA on a model that was fine-tuned before leaves an ordinary folder, too; without dev rows none is measured."""
    pytest.importorskip("peft")
    model = finetuned(full, ROWS, method="lora", **OPTIONS | {"epochs": 1})
    assert {"model.safetensors", "config.json"} <= model.manifest["files"].keys()
    assert not any("adapter" in name for name in model.manifest["files"])
    assert full.name == model.manifest["base"]
    row = model.manifest["history"][0]
    assert (1, None, None, None) == (row["epoch"], row["dev_loss"], row["accuracy"], row["f1"])


def test_early_stop_of_a_network() -> None:
    """After two epochs without a better loss the training ends, and the best epoch's weights are put back."""
    from planlang.plugins.nlp.training_watch import Watch

    told: list[dict[str, Any]] = []
    watch, layer = Watch(told.append, 2), torch.nn.Linear(1, 1)
    control = SimpleNamespace(should_training_stop=False)
    for epoch, loss in enumerate([0.9, 0.5, 0.7, 0.6], 1):
        assert not control.should_training_stop
        layer.weight.data.fill_(epoch)
        watch.on_log(SimpleNamespace(eval_strategy="epoch"), None, control, {"loss": loss})
        watch.on_evaluate(None, SimpleNamespace(epoch=epoch), control, {"eval_loss": loss}, layer)
    assert control.should_training_stop
    watch.put_back_best(layer)
    assert 2.0 == float(layer.weight.detach())
    assert [0.9, 0.5, 0.7, 0.6] == [each["epoch"]["dev_loss"] for each in told]


def test_a_loss_that_is_none() -> None:
    """A training that went astray says so."""
    from planlang.plugins.nlp.training_watch import Watch

    with pytest.raises(Failure, match="went astray"):
        Watch(lambda _: None, None).on_log(None, None, None, {"loss": float("nan")})


def test_an_exported_network_works_alone(full: Model, tmp_path: Path) -> None:
    """The lines of its README give scores of its labels."""
    from planlang.plugins.nlp.exports import export

    export(full, str(tmp_path / "out"))
    page = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    lines = page.split("```python\n")[1].split("```")[0].replace('"."', repr(str(tmp_path / "out")))
    found: dict[str, Any] = {}
    exec(lines.replace("print(", "shown = ("), found)  # noqa: S102 - our own
    assert {"good", "bad"} == {each["label"] for each in found["shown"][0]}


def job(small: str, folder: Path) -> dict[str, Any]:
    """What a training process is told."""
    return {
        "base": small, "name": "small", "folder": str(folder), "labels": ["bad", "good"],
        "train": [TEXTS, [1, 0] * 3], "dev": None, "threads": 1, "method": "full", "warmup": 0.0, "early_stop": None,
        **OPTIONS,
    }  # fmt: skip


def test_texts_that_are_too_long(small: str, tmp_path: Path) -> None:
    """A network takes texts up to its length: longer ones are named, not cut."""
    from planlang.plugins.nlp.training_process import train

    long = job(small, tmp_path) | {"train": [[*TEXTS, "very " * 100], [1, 0, 1, 0, 1, 0, 1]]}
    with pytest.raises(Failure, match=r"a text of `train` is longer than `small` takes, 64 tokens \(row 6 has 102\)"):
        train(long, lambda _: None)


def test_a_training_that_nobody_waits_for_ends(small: str, tmp_path: Path) -> None:
    """It is told to stop, and its process is gone at once."""
    with pytest.raises(Failure, match="the training was stopped"):
        training_job.run(job(small, tmp_path), lambda _done, _of: None, lambda: True)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("script", "message"),
    [("exit 3", "the training process failed"), ("kill -9 $$", "the training process was ended from outside")],
)
def test_a_process_that_dies_is_told(
    script: str, message: str, small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However it ends, there is one sentence about it."""
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    python.chmod(0o700)
    monkeypatch.setattr("sys.executable", str(python))
    with pytest.raises(Failure, match=message):
        training_job.run(job(small, tmp_path), lambda _done, _of: None, lambda: False)


def test_a_training_ends_with_its_plan(small: str, tmp_path: Path) -> None:
    """Where the plan's process is killed, the other end of the pipe closes, and the training ends by itself."""
    with (tmp_path / "errors").open("wb") as errors:
        process = training_job.started(1, errors)
        assert process.stdin is not None
        process.stdin.write(json.dumps(job(small, tmp_path) | {"epochs": 100_000}).encode() + b"\n")
        process.stdin.close()
        assert 1 == process.wait(timeout=60)
