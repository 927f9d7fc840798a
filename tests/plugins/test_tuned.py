"""Fine-tuned models as values of plans: what they say of themselves, where they lie, and under which names."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import planlang
from planlang.describe import signature_text
from planlang.plugins import Context, Failure, Item, hookimpl, worker
from planlang.plugins.loader import load
from planlang.plugins.nlp import models, tuned
from planlang.plugins.nlp.model_value import MANIFEST, Manifest, Model, reference
from planlang.repl.help import function_page


def manifest(name: str = "reviews") -> Manifest:
    """What a small model may say of itself."""
    epoch: Any = {"epoch": 1, "train_loss": 0.5, "dev_loss": None, "accuracy": None, "f1": None}
    return {
        "name": name,
        "base": "all-MiniLM-L6-v2",
        "base_digest": "ab" * 32,
        "method": "head",
        "labels": ["bad", "good"],
        "options": {"seed": 0},
        "data": "cd" * 32,
        "rows": 4,
        "history": [epoch],
        "licence": "apache-2.0",
        "made_with": {"torch": "2.13"},
        "files": {},
    }


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Model:
    """A model that lies in the cache; its weights are no weights."""
    monkeypatch.setenv("PLANLANG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PLANLANG_STATE", str(tmp_path / "state"))
    with tuned.making(tuned.made_folder()) as fresh:
        (fresh / "head.safetensors").write_bytes(b"numbers")
        return tuned.keep(fresh, manifest())


def test_a_model_is_what_its_manifest_says() -> None:
    """A value that was saved and loaded is equal; another name makes another model."""
    model = Model.of(manifest())
    assert model == Model.load(model.save())
    assert model != Model.of(manifest("other"))
    assert "<model reviews: 2 labels, head on all-MiniLM-L6-v2>" == str(model)


@pytest.mark.parametrize("saved", [b"", b"[]", b"{}", b'{"name": 1}', b"\xff", b"[" * 100_000])
def test_no_manifest(saved: bytes) -> None:
    """What is no manifest is no model: a journal that was meddled with cannot make one."""
    with pytest.raises(ValueError, match="does not say"):
        Model(saved)


def test_an_epoch_is_looked_at() -> None:
    """A history of other fields is none."""
    wrong: Any = manifest()
    wrong["history"] = [{"epoch": 1}]
    with pytest.raises(ValueError, match="history"):
        Model(json.dumps(wrong).encode())


def test_found_by_digest(made: Model) -> None:
    """The text that stands for a model value leads to its folder."""
    folder = tuned.find(reference(made.digest()))
    assert folder is not None
    assert made == tuned.read(folder)
    assert ["head.safetensors"] == list(made.manifest["files"])


def test_weights_that_are_gone(made: Model) -> None:
    """A model whose folder was removed says so, and what to do."""
    with pytest.raises(Failure, match=r"weights of the fine-tuned model 0{12} are not on this machine") as caught:
        models.find(reference("0" * 64))
    assert "trains it again" in caught.value.hint
    assert made.at_hand()
    shutil.rmtree(tuned.made_folder())
    assert not made.at_hand()


def test_saved_by_name(made: Model) -> None:
    """A saved model is found by its name, listed, and outlives the cache."""
    tuned.save(made, "mine")
    for path in tuned.made_folder().glob("*/*"):
        path.unlink()
    assert tuned.saved_folder() / "mine" == tuned.find("mine")
    assert [("mine", made)] == [(folder.name, model) for folder, model in tuned.saved()]
    assert tuned.saved_folder() / "mine" == tuned.find(reference(made.digest()))


def test_saved_again(made: Model) -> None:
    """A second model of a name takes the place of the first."""
    tuned.save(made, "mine")
    with tuned.making(tuned.made_folder()) as fresh:
        (fresh / "head.safetensors").write_bytes(b"other numbers")
        other = tuned.keep(fresh, manifest())
    tuned.save(other, "mine")
    assert [other] == [model for _, model in tuned.saved()]
    assert ["mine"] == [path.name for path in tuned.saved_folder().iterdir()]


@pytest.mark.parametrize("name", ["", "..", "a/b", "../x", ".hidden", "a b", "x" * 200])
def test_names_that_are_none(made: Model, name: str) -> None:
    """A name is one word: it leads to no other folder."""
    with pytest.raises(Failure, match="cannot be the name of a model"):
        tuned.save(made, name)
    assert tuned.find(name) is None


@worker(model="default")
class Echoing:
    """Answers with the model's name."""

    def call(self, text: str) -> str:  # type: ignore[empty-body] - the worker answers
        """Says which model it is."""

    def load(self, context: Context) -> None:
        """Keep the name."""
        self.model = context.model

    def run(self, batch: list[Item]) -> list[str]:
        """The name, for each."""
        return [self.model for _ in batch]


@worker(model="default", model_argument="base", name="grow")
class Growing(Echoing):
    """Answers with the model's name, and its own arguments."""

    def call(self, base: str | Model, rows: list[str], seed: int = 3) -> str:  # type: ignore[empty-body] - as above
        """What it was given."""

    def run(self, batch: list[Item]) -> list[str]:
        """The name and the arguments, for each."""
        return [f"{self.model} {dict(item.arguments)}" for item in batch]


class Plugin:
    """Registers what these tests need."""

    @hookimpl
    def register_functions(self, register: Any) -> None:
        """The workers."""
        register(Echoing)
        register(Growing)


def test_any_model_call_takes_a_model(made: Model) -> None:
    """`model=` takes a text or a value of the type `model`, which workers know by its digest."""
    assert (tuned.made_folder() / made.digest()[:32] / MANIFEST).is_file()
    source = """
task main(m: model) -> list[str] { return [echoing("a"), echoing("a", model="other"), echoing("a", model=m)] }
"""
    plan = planlang.load(source, plugins={"mine": Plugin()})
    assert ["default", "other", f"tuned:{made.digest()}"] == plan.main(m=made)
    assert ["default", "other", "plain"] == plan.main(m="plain")


def test_the_type_of_model_is_checked() -> None:
    """A number is no model."""
    with pytest.raises(planlang.CheckError, match="model"):
        planlang.load('echoing("a", model=7)', plugins={"mine": Plugin()}).run()


def test_an_argument_names_the_model(made: Model) -> None:
    """Where an argument names the model, it says who answers, and the worker gets the others; pins work as ever."""
    source = """
task main(m: model) -> list[str] {
  prefers model = "preferred"
  return [grow(m, ["a"]), grow("x", rows=["b"], seed=4, retries=0), grow(base="y", rows=[]), echoing("a")]
}
"""
    plan = planlang.load(source, plugins={"mine": Plugin()})
    assert [
        f"tuned:{made.digest()} {{'rows': ['a'], 'seed': 3}}",
        "x {'rows': ['b'], 'seed': 4}",
        "y {'rows': [], 'seed': 3}",
        "preferred",
    ] == plan.main(m=made)


def test_no_second_name_for_the_model() -> None:
    """Where an argument names the model, there is no `model=`."""
    with pytest.raises(planlang.CheckError, match="model"):
        planlang.load('grow("x", [], model="y")', plugins={"mine": Plugin()}).run()


def test_an_argument_that_is_none() -> None:
    """A plugin whose argument for the model does not exist is skipped, and says why."""

    @worker("a:B", model_argument="base")
    def asking(text: str) -> str:  # type: ignore[empty-body] - never asked
        return text

    class Broken:
        @hookimpl
        def register_functions(self, register: Any) -> None:
            register(asking)

    problem = load({"mine": Broken()}, installed=False).problems[0]
    assert "it has no parameter `base` that could name the model" in problem.message


def test_help_shows_what_is_an_option_and_what_is_not() -> None:
    """A parameter that a function declares itself is shown with it, whatever its name; what it lacks is not."""
    signature = load({"mine": Plugin()}, installed=False).signatures["mine"]["grow"]
    assert "grow(base: str | model, rows: list[str], seed: int = 3) -> str" == signature_text(signature, common=False)
    assert "any model call too: timeout, retries, cache, exact" in function_page(signature)
