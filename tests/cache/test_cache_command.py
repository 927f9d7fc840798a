"""`plan cache`, and what plan.toml says of the cache of answers."""

import json
import time
from pathlib import Path

import pytest

from planlang.__main__ import main
from planlang.arguments import answer_cache
from planlang.runtime.answer_cache import AnswerCache
from planlang.settings import read_settings
from planlang.usage import UsageError


@pytest.fixture
def answers(tmp_path, monkeypatch) -> Path:
    """The folder of the answers of a user who has none, and the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLANLANG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "answers"


@pytest.fixture
def plan(answers, capsys):
    def run(*words: str) -> tuple[int, str]:
        code = main(["cache", *words])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def fill(folder: Path, at: float | None = None) -> None:
    cache = AnswerCache(folder, clock=time.time if at is None else lambda: at)
    cache.put([(b"s%d" % n, bytes(1000), "nlp.sentiment", "small") for n in range(3)])
    cache.put([(b"g%d" % n, bytes(5000), "nlp.generate", "large") for n in range(2)])
    cache.put([(b"h", bytes(100), "nlp.generate", "small")])
    cache.get(b"s1")
    cache.close()
    assert "" == cache.trouble


def held(plan) -> dict[tuple[str, str], tuple[int, int]]:
    _, said = plan("--json")
    return {(m["function"], m["model"]): (m["entries"], m["hits"]) for m in json.loads(said)["makers"]}


ALL = {("nlp.generate", "large"): (2, 0), ("nlp.sentiment", "small"): (3, 1), ("nlp.generate", "small"): (1, 0)}


def test_where_nothing_was_kept_nothing_is_made(plan, answers):
    assert (0, f"0 answers, 0 B of at most 1 GB, in {answers}\n") == plan()
    assert (0, "forgot 0 answers (0 B)\n") == plan("prune", "--all")
    assert not answers.exists()


def test_it_shows_what_there_is_by_function_and_model(plan, answers):
    fill(answers)
    code, said = plan()
    assert (0, f"6 answers, 13.8 kB of at most 1 GB, in {answers}\n") == (code, said[: said.index("\n") + 1])
    assert [
        "function       model  answers     size  found again",
        "nlp.generate   large        2  10.2 kB            0",
        "nlp.sentiment  small        3   3.4 kB            1",
        "nlp.generate   small        1    220 B            0",
    ] == said.splitlines()[2:]
    assert ALL == held(plan)


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        (["--all"], set(ALL)),
        (["--function", "generate"], {("nlp.generate", "large"), ("nlp.generate", "small")}),
        (["--function", "nlp.generate", "--model", "small"], {("nlp.generate", "small")}),
        (["--model", "small"], {("nlp.sentiment", "small"), ("nlp.generate", "small")}),
        (["--older", "1h"], set()),
        (["--older", "0s"], set()),
    ],
)
def test_prune_forgets_what_was_named(plan, answers, words, gone):
    fill(answers)
    count = sum(ALL[maker][0] for maker in gone)
    code, said = plan("prune", *words)
    assert (0, True) == (code, said.startswith(f"forgot {count} answer"))
    assert {maker: ALL[maker] for maker in ALL if maker not in gone} == held(plan)


def test_prune_by_age_looks_at_the_last_use(plan, answers):
    fill(answers, at=time.time() - 3 * 86_400)
    cache = AnswerCache(answers)
    cache.get(b"g0")
    cache.close()
    assert (0, "forgot 5 answers (8.7 kB)\n") == plan("prune", "--older", "2d")
    assert {("nlp.generate", "large"): (1, 1)} == held(plan)


def test_pruning_gives_the_room_back(plan, answers):
    cache = AnswerCache(answers)
    cache.put([(b"%d" % n, bytes(1000), "f", "m") for n in range(1000)])
    cache.close()
    plan("prune", "--all")
    assert sum(path.stat().st_size for path in answers.iterdir()) < 100_000


def test_all_forgets_broken_files_too(plan, answers):
    fill(answers)
    (answers / "answers-1.sqlite").write_bytes(b"nonsense" * 1000)
    code, said = plan()
    assert (2, True) == (code, "is broken or of another version" in said)
    assert (0, "forgot 0 answers (0 B)\n") == plan("prune", "--all")
    assert ["answers-2.sqlite"] == [path.name for path in answers.iterdir()]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["prune"], "say what to forget"),
        (["prune", "--all", "--model", "small"], "say what to forget"),
        (["--all"], "belong to `plan cache prune`"),
        (["prune", "--model", "smal"], "holds no answers of a model `smal`"),
        (["prune", "--function", "sentimnt"], "did you mean `sentiment`?"),
        (["prune", "--older", "soon"], "`soon` is not a time"),
        (["burn"], "invalid choice"),
    ],
)
def test_mistakes_are_told(plan, answers, words, complaint):
    fill(answers)
    code, said = plan(*words)
    assert (2, True, ALL) == (code, complaint in said, held(plan)), said


# ── plan.toml ────────────────────────────────────────────────────────────────────────────────────────────────────────


def settings(folder: Path, text: str) -> dict:
    (folder / "plan.toml").write_text(text)
    return read_settings(folder / "plan.toml").raw


@pytest.mark.parametrize("text", ["[cache]\noff = true\n", '[cache]\nsize = "0 GB"\n'])
def test_plan_toml_can_switch_it_off(answers, text):
    assert None is answer_cache(settings(answers.parent.parent, text), no_cache=False)


def test_the_command_line_can_switch_it_off(answers):
    assert None is answer_cache({}, no_cache=True)


def test_plan_toml_bounds_it(answers, plan):
    raw = settings(answers.parent.parent, '[cache]\nsize = "10 kB"\n')
    cache = answer_cache(raw, no_cache=False)
    cache.put([(b"%d" % n, bytes(880), "f", "m") for n in range(20)])
    cache.close()
    assert {("f", "m"): (10, 0)} == held(plan)
    assert "of at most 10 kB" in plan()[1]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[cache]\nsize = "large"\n', "plan.toml:2: `size`: `large` is not a size"),
        ("[cache]\nsize = 1.5\n", "plan.toml:2: `size` must be a size"),
        ('[cache]\noff = "yes"\n', "plan.toml:2: `off` must be true or false"),
        ("[cache]\nsise = 1\n", "did you mean `size`?"),
        ("cache = 1\n", "`cache` must be a table"),
    ],
)
def test_mistakes_in_plan_toml_are_told(answers, text, complaint):
    with pytest.raises(UsageError) as told:
        settings(answers.parent.parent, text)
    assert complaint in f"{told.value} {told.value.hint}"
