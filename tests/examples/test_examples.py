"""The examples run, and print what the files beside this one hold; so do the tests inside them.

`python -m pytest tests/examples --regenerate` writes the outputs anew.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

import planlang
from planlang.runtime.convert import read_argument
from planlang.runtime.display import text
from planlang.runtime.engine import Engine, Plan
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import RunOptions
from planlang.runtime.values import to_python

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples"
REVIEWS = f"@{EXAMPLES / 'data' / 'amazon_review_sentences.csv'}"
PLANS = sorted(path.stem for path in EXAMPLES.glob("*.plan"))

RUNS: dict[str, dict[str, str]] = {
    "turing_machine": {},
    "brainfuck": {},
    "lisp": {},
    "queens": {},
    "json_parser": {},
    "life": {},
    "word_frequencies": {"reviews": REVIEWS},
    "search": {"reviews": REVIEWS, "query": "battery life"},
    "rating_report": {"reviews": REVIEWS},
}
"""The examples that need nothing but the language, with their options."""


@pytest.fixture(scope="module")
def engine() -> Engine:
    """One engine for all examples."""
    return Engine()


def _load(engine: Engine, name: str) -> Plan:
    return engine.load(EXAMPLES / f"{name}.plan")


def _run(plan: Plan, given: dict[str, str], permissions: Permissions = Permissions()) -> tuple[str, Any]:  # noqa: B008 - frozen
    """What the example prints, and its result as Python data."""
    task = plan.default_task
    assert task is not None
    types = {p.name: p.type for p in task.params}
    arguments = {name: read_argument(value, types[name], f"--{name}", None) for name, value in given.items()}
    out = io.StringIO()
    options = RunOptions(out=out, err=io.StringIO(), permissions=permissions)
    result = plan.run(None, arguments, options)
    shown = text(result, options.limits)
    return out.getvalue() + ("" if result is None else f"=> {shown}\n"), to_python(result)


@pytest.mark.parametrize("name", RUNS)
def test_example(name: str, engine: Engine, request: pytest.FixtureRequest) -> None:
    """The example prints and gives what its golden file says."""
    shown, _ = _run(_load(engine, name), RUNS[name])
    golden = HERE / f"{name}.txt"
    if request.config.getoption("--regenerate"):
        golden.write_text(shown, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == shown


@pytest.mark.parametrize("name", PLANS)
def test_tests_inside(name: str, engine: Engine) -> None:
    """The example draws no warning, and its own tests pass."""
    plan = _load(engine, name)
    assert () == plan.warnings
    results = plan.test(RunOptions(out=io.StringIO(), err=io.StringIO()))
    assert {} == {r.title: r.error.message for r in results if r.error is not None}


@pytest.mark.parametrize("name", PLANS)
def test_says_what_it_shows(name: str) -> None:
    """The example begins with a comment for newcomers."""
    first = (EXAMPLES / f"{name}.plan").read_text(encoding="utf-8").split("\n", 1)[0]
    assert first.startswith("# ")


def test_clean_csv(engine: Engine, tmp_path: Path) -> None:
    """Cleaning real reviews keeps most rows, each once and on the new scale."""
    target = tmp_path / "clean.jsonl"
    rights = Permissions(read=(str(EXAMPLES / "data"),), write=(str(tmp_path),))
    _, result = _run(_load(engine, "clean_csv"), {"source": REVIEWS[1:], "target": str(target)}, rights)
    rows = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert result["kept"] == len(rows) == len({row["text"].lower() for row in rows})
    assert result["kept"] + result["doubles"] + result["faulty"] == 3708
    assert result["kept"] > 3500
    assert all(0 <= row["rating"] <= 100 for row in rows)


@pytest.mark.models
def test_topics(engine: Engine) -> None:
    """Reviews sorted by a real model: every topic is one of the type's, and counts add up."""
    _, rows = _run(_load(engine, "topics"), {"reviews": REVIEWS, "most": "20", "sure": "0.2"})
    assert {row["topic"] for row in rows} <= {"battery", "sound", "price", "customer service", "picture quality"}
    assert 1 <= sum(row["reviews"] for row in rows) <= 20


@pytest.mark.models
def test_near_duplicates(engine: Engine) -> None:
    """Near duplicates found by a real model come in order of likeness and pair different texts."""
    _, pairs = _run(_load(engine, "near_duplicates"), {"reviews": REVIEWS, "most": "60", "alike": "0.4"})
    assert pairs
    assert [p["likeness"] for p in pairs] == sorted((p["likeness"] for p in pairs), reverse=True)
    assert all(p["a"] != p["b"] and p["likeness"] <= 1.0 for p in pairs)


@pytest.mark.models
def test_document_search(engine: Engine, tmp_path: Path) -> None:
    """The best passage for a question comes first, with its file and line."""
    texts = {
        "cats.md": "# Cats\n\nCats sleep most of the day and hunt mice at night.\n",
        "bread.md": "# Bread\n\n" + "Flour, water and yeast make a dough. " * 7 + "\n\nBake it until it is brown.\n",
    }
    for name, content in texts.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    given = {"folder": str(tmp_path), "question": "How do I know that a loaf is ready?", "k": "2"}
    _, found = _run(_load(engine, "document_search"), given, Permissions(read=(str(tmp_path),)))
    assert ("Bake it until it is brown.", 5) == (found[0]["text"], found[0]["line"])
    assert found[0]["file"].endswith("bread.md")
    assert found[0]["score"] >= found[1]["score"]


@pytest.mark.models
def test_triage_to_csv(engine: Engine, tmp_path: Path) -> None:
    """Real tickets come out as a CSV file with the most urgent first, each with a topic of the type's."""
    target = tmp_path / "tickets.csv"
    rights = Permissions(read=(str(EXAMPLES / "data"),), write=(str(tmp_path),))
    given = {"source": REVIEWS[1:], "target": str(target), "most": "60"}
    _, result = _run(_load(engine, "triage_to_csv"), given, rights)
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    order = ["today", "this week", "when there is time"]
    places = [order.index(row["urgency"]) for row in rows]
    assert 60 == result["tickets"] == len(rows)
    assert sorted(places) == places
    assert places.count(0) == result["today"] > 0
    assert all(row["mood"] == "negative" for row in rows if row["urgency"] != order[2])


@pytest.mark.models
def test_mask_letters(engine: Engine, tmp_path: Path) -> None:
    """Letters are written without what was found in them, and the kinds are counted."""
    pytest.importorskip("presidio_analyzer")
    (tmp_path / "out").mkdir()
    (tmp_path / "a.txt").write_text("Dear Ms Schmidt,\npay to DE89 3704 0044 0532 0130 00.\nMs Schmidt knows.", "utf-8")
    (tmp_path / "b.txt").write_text("All is well.", "utf-8")
    rights = Permissions(read=(str(tmp_path),), write=(str(tmp_path / "out"),))
    _, report = _run(_load(engine, "mask_letters"), {"folder": str(tmp_path), "out": str(tmp_path / "out")}, rights)
    assert {"person": 2, "iban": 1} == report["found"]
    assert ["b.txt"] == [Path(name).name for name in report["unsuspicious"]]
    masked = (tmp_path / "out" / "a.txt").read_text("utf-8")
    assert "Dear Ms <PERSON_1>,\npay to <IBAN_1>.\nMs <PERSON_1> knows." == masked


@pytest.mark.models
def test_answer_with_citations(engine: Engine, tmp_path: Path) -> None:
    """A real model's answer names the file that it is from, and nothing is said about what no file tells."""
    (tmp_path / "parrots.md").write_text("Parrots can learn to speak. A parrot may live for sixty years.", "utf-8")
    (tmp_path / "cats.md").write_text("Cats sleep for most of the day. They hunt at night.", "utf-8")
    questions = ["How old can a parrot get?", "Who discovered radium?"]
    given = {"folder": str(tmp_path), "questions": json.dumps(questions), "passages": "1"}
    rights = Permissions(read=(str(tmp_path),))
    shown, found = _run(_load(engine, "answer_with_citations"), given, rights)
    assert [f"{tmp_path / 'parrots.md'}, passage 1"] == found[0]["sources"]
    assert "sixty years" in found[0]["answer"]
    assert f"(nothing in {tmp_path} is about this)" == found[1]["answer"]
    assert "see " in shown


@pytest.mark.models
def test_extract_orders(engine: Engine) -> None:
    """Real answers are whole orders, and what is doubtful about one does not stand in its mail."""
    mail = "Dear shop, please deliver 4 garden benches to my address in Bergen. Yours, Keiko Larsen"
    shown, rows = _run(_load(engine, "extract_orders"), {"mails": json.dumps([mail]), "tries": "2"})
    (row,) = rows
    said = {name: str(row[name]).lower() in mail.lower() for name in ("customer", "quantity", "town")}
    assert [name for name, there in said.items() if not there] == row["doubts"]
    assert "of 1 orders" in shown


@pytest.mark.models
def test_compare_prompts(engine: Engine) -> None:
    """Two ways to ask a real model are compared on the same reviews, and the difference lies in its interval."""
    shown, found = _run(_load(engine, "compare_prompts"), {"reviews": REVIEWS, "most": "60"})
    assert ["bare", "described"] == [row["name"] for row in found]
    assert found[0]["ahead"] is None
    assert all(row["score"]["low"] <= row["score"]["value"] <= row["score"]["high"] for row in found)
    assert pytest.approx(found[1]["ahead"]["value"]) == found[1]["score"]["value"] - found[0]["score"]["value"]
    assert "ahead of the first" in shown


@pytest.mark.models
def test_train_sentiment(engine: Engine, tmp_path: Path) -> None:
    """Training on some real sentences gives a model that is better than none, saved by its name and exported.

    On most sentences that neither has seen, it says what the head says that ships, which was trained on all.
    """
    with (EXAMPLES / "data" / "amazon_review_sentences.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:300]
    rated = json.dumps([{"id": row["id"], "rating": float(row["rating"]), "text": row["text"]} for row in rows])
    given = {"products": rated, "name": "some-reviews", "export": str(tmp_path / "out")}
    plan = _load(engine, "train_sentiment")
    shown, figures = _run(plan, given, Permissions(write=()))
    assert "dev_loss" in shown
    assert 0.6 < figures["accuracy"] <= 1
    assert (tmp_path / "out" / "head.safetensors").is_file()
    texts = [row["text"] for row in rows if float(row["rating"]) ** 2 > 2 and _held_out(row["id"])]
    both = "[sentiment(t), sentiment(t, model='some-reviews')]"
    source = f"task main(texts: list[str]) -> any {{ return [{both} for t in texts] }}"
    pairs = planlang.load(source).main(texts=texts)
    assert len(texts) > 20
    assert 0.75 * len(texts) < sum(one["label"] == other["label"] for one, other in pairs)


def _held_out(sentence: str) -> bool:
    """Whether the plan leaves the review of this sentence out of the training."""
    review = json.dumps(f"amazon_review_sentences.csv {sentence.partition('_')[0]}")
    return hashlib.sha256(review.encode()).digest()[0] % 2 == 1
