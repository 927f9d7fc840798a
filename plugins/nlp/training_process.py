"""Fine-tuning of a whole network with the Trainer of transformers: the process that `training_job` starts.

It reads one line of JSON, the job, and tells line by line what happens: `{step, of}`, `{epoch: {…}}`, in the end
`{finished: true}` or `{failure: [message, kind, hint]}`. Nothing is saved but the weights, as safetensors:
checkpoints would hold pickles.
"""

# transformers, torch and peft leave most of their types open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from planlang.plugins import Failure

from .digests import TOKENIZER_FILES

Tell = Callable[[dict[str, Any]], None]

_DECAY = 0.01
_LORA: dict[str, Any] = {"r": 16, "lora_alpha": 32, "lora_dropout": 0.05}
"""Hu et al. 2021 (arXiv 2106.09685); on all linear layers, as Dettmers et al. 2023 (arXiv 2305.14314) found best."""


def train(job: dict[str, Any], tell: Tell) -> None:
    """Train as `job` says, and leave an ordinary transformers folder in its `folder`. Raises `Failure`."""
    from transformers import Trainer, set_seed

    from .loading import load_tokenizer, prepare
    from .training_watch import Watch

    prepare(job["threads"])
    set_seed(job["seed"])
    base = Path(job["base"])
    tokenizer = load_tokenizer(base)
    model = _model(job, base, tokenizer)
    rows = _encoded(job["train"], "train", job["name"], tokenizer, model)
    dev = _encoded(job["dev"], "dev", job["name"], tokenizer, model) if job["dev"] else None
    watch = Watch(tell, job["early_stop"])
    trainer = Trainer(
        model=model,
        args=_arguments(job, has_dev=dev is not None),
        train_dataset=rows,
        eval_dataset=dev,
        data_collator=_collator(tokenizer),
        compute_metrics=_metrics,
        callbacks=[watch],
    )
    trainer.train()
    watch.put_back_best(model)
    _save(model.merge_and_unload() if job["method"] == "lora" else model, base, Path(job["folder"]))


def _model(job: dict[str, Any], base: Path, tokenizer: Any) -> Any:
    from transformers import AutoModelForSequenceClassification

    from .loading import load_weights

    names = dict(enumerate(job["labels"]))
    places = {label: i for i, label in names.items()}
    model = load_weights(AutoModelForSequenceClassification, base, id2label=names, label2id=places)
    if tokenizer.pad_token is None:  # language models have none
        tokenizer.pad_token = tokenizer.eos_token
    if model.config.pad_token_id is None:
        model.config.pad_token_id = tokenizer.pad_token_id
    model.requires_grad_(requires_grad=True)
    return _with_adapters(model) if job["method"] == "lora" else model


def _with_adapters(model: Any) -> Any:
    try:
        from peft import LoraConfig, get_peft_model
    except ModuleNotFoundError as error:
        text = 'method="lora" needs the Python package `peft`, which is not installed'
        raise Failure(text, hint='install it with: pip install "planlang[train]"') from error
    return get_peft_model(model, LoraConfig(task_type="SEQ_CLS", target_modules="all-linear", **_LORA))


def _arguments(job: dict[str, Any], *, has_dev: bool) -> Any:
    from transformers import TrainingArguments

    return TrainingArguments(
        output_dir=job["folder"],
        num_train_epochs=job["epochs"],
        learning_rate=job["lr"],
        per_device_train_batch_size=job["batch"],
        per_device_eval_batch_size=job["batch"],
        warmup_steps=job["warmup"] if job["warmup"] < 1 else 0.999,
        weight_decay=_DECAY,
        seed=job["seed"],
        data_seed=job["seed"],
        train_sampling_strategy="group_by_length",
        eval_strategy="epoch" if has_dev else "no",
        logging_strategy="epoch",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )


def _encoded(part: list[Any], name: str, model_name: str, tokenizer: Any, model: Any) -> list[dict[str, Any]]:
    """The rows as the model reads them; raises `Failure` for texts that are too long for it."""
    texts, targets = part
    longest = longest_text(tokenizer, model.config)
    rows = [
        {**{key: value[i] for key, value in encoded.items()}, "labels": targets[start + i]}
        for start in range(0, len(texts), 1000)
        for encoded in [tokenizer(texts[start : start + 1000], truncation=False)]
        for i in range(len(encoded["input_ids"]))
    ]
    long = [(i, len(row["input_ids"])) for i, row in enumerate(rows) if len(row["input_ids"]) > longest]
    if long:
        first, tokens = long[0]
        some = f"{len(long):,} texts of `{name}` are" if len(long) > 1 else f"a text of `{name}` is"
        raise Failure(
            f"{some} longer than `{model_name}` takes, {longest:,} tokens (row {first} has {tokens:,})",
            kind="value",
            hint='split or leave out such rows; method="head" takes texts of any length',
        )
    return rows


def longest_text(tokenizer: Any, config: Any) -> int:
    """Tokens that the model of this `config` takes at most."""
    places = getattr(config, "max_position_embeddings", None) or tokenizer.model_max_length
    offset = (config.pad_token_id or 0) + 1 if config.model_type in {"roberta", "xlm-roberta", "camembert"} else 0
    return int(min(tokenizer.model_max_length, places - offset))


def _collator(tokenizer: Any) -> Any:
    from transformers import DataCollatorWithPadding

    return DataCollatorWithPadding(tokenizer)


def _metrics(found: Any) -> dict[str, float]:
    from .measuring import macro_f1

    predicted, truth = found.predictions.argmax(axis=-1), found.label_ids
    f1 = macro_f1(truth.tolist(), predicted.tolist(), found.predictions.shape[-1])
    return {"accuracy": float((predicted == truth).mean()), "f1": f1}


def _save(model: Any, base: Path, folder: Path) -> None:
    """Weights and config of the trained model, with the files of the base's tokenizer."""
    model.config._name_or_path = ""  # noqa: SLF001 - a path of this machine, which would be saved with it
    model.save_pretrained(folder, max_shard_size="100GB")
    for path in base.iterdir():
        if path.name in TOKENIZER_FILES or path.suffix in {".model", ".spm", ".jinja"}:
            shutil.copyfile(path, folder / path.name)


def _end_with_parent() -> None:
    """End at once where nobody listens any more: the plan's process holds the other end of standard input."""
    sys.stdin.buffer.read()
    os._exit(1)


def main() -> None:
    """Read the job, do it, tell."""
    job = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what libraries print is no message

    def tell(message: dict[str, Any]) -> None:
        out.write(json.dumps(message).encode() + b"\n")

    try:
        train(job, tell)
    except Failure as failure:
        tell({"failure": [failure.message, failure.kind, failure.hint]})
    else:
        tell({"finished": True})


if __name__ == "__main__":
    main()
