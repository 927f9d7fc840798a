"""The cache of answers under real runs: what is asked again, what never is, and what troubles do."""

import io
import sqlite3
from pathlib import Path

import fake_models
import pytest

from planlang.plugins import loader
from planlang.runtime.answer_cache import AnswerCache
from planlang.runtime.engine import Engine
from planlang.runtime.errors import PlanError
from planlang.runtime.run import RunOptions


@pytest.fixture
def run(tmp_path):
    """Runs a plan with the cache of `tmp_path`: gives what it printed, the texts that were asked, and the cache."""
    plugins = loader.load({"models": fake_models}, installed=False)
    engine = Engine(plugins)

    def run(text: str, cache: AnswerCache | None = None, **options):
        fake_models.forget()
        out = io.StringIO()
        cache = cache or AnswerCache(tmp_path / "answers")
        try:
            engine.load(text=text).run(None, {}, RunOptions(out=out, cache=cache, **options))
        finally:
            cache.close()
        return out.getvalue(), sorted(text for batch in fake_models.BATCHES for text in batch), cache.trouble

    yield run
    plugins.close()


LABELS = 'for text in ["good", "bad", "so so", "good"] { print(fake_label(text).label) }\n'
SAID = "positive\nnegative\nneutral\npositive\n"


def test_a_second_run_asks_nothing(run):
    assert (SAID, ["bad", "good", "so so"], "") == run(LABELS)
    assert (SAID, [], "") == run(LABELS)


def test_another_plan_shares_the_answers(run):
    run(LABELS)
    said, asked, _ = run('print(fake_label("bad").label, fake_label("new").label)\n')
    assert ("negative neutral\n", ["new"]) == (said, asked)


@pytest.mark.parametrize(
    "other",
    [
        'print(fake_label("good", model="other").label)\n',
        'print(fake_label("good ").label)\n',
        'print(fake_label("good", seconds=0.001).label)\n',
    ],
)
def test_another_question_is_asked(run, other):
    run('print(fake_label("good").label)\n')
    assert ("positive\n", 1) == (run(other)[0], len(fake_models.BATCHES))


def test_cache_false_asks_every_time(run):
    text = 'print(fake_label("good", cache=false).label)\n'
    assert ["good"] == run(text)[1] == run(text)[1]


def test_failures_are_asked_again(run):
    text = 'try { print(fake_label("broken").label) } catch e { print("failed") }\n'
    assert ("failed\n", ["broken"]) == run(text)[:2] == run(text)[:2]


def test_samples_are_asked_again_unless_a_seed_makes_them_one(run):
    free = 'print(fake_text("a", sample=true))\n'
    seeded = 'print(fake_text("a", sample=true, seed=3))\n'
    greedy = 'print(fake_text("a"))\n'
    assert [["a"]] * 3 == [run(text)[1] for text in (free, seeded, greedy)]
    assert [["a"], [], []] == [run(text)[1] for text in (free, seeded, greedy)]


def test_a_run_that_fails_keeps_the_answers_it_got(run):
    with pytest.raises(PlanError):
        run('print(fake_label("good").label)\nfail("no more")\n')
    assert [] == run('print(fake_label("good").label)\n')[1]


def test_all_forms_and_orders_share_one_cache(run):
    run(LABELS, sequential=True)
    assert [[], []] == [run(LABELS)[1], run(LABELS, form="direct")[1]]


def broken_file(folder: Path) -> None:
    (folder / "answers-1.sqlite").write_bytes(b"no database" * 1000)


def broken_values(folder: Path) -> None:
    with sqlite3.connect(folder / "answers-1.sqlite") as other:
        other.execute("UPDATE answers SET value = x'00'")
    other.close()


def foreign_values(folder: Path) -> None:
    """Values with the right checksum that are no answers: whoever can do that could as well change the plan."""
    from planlang.runtime.answer_database import checksum

    with sqlite3.connect(folder / "answers-1.sqlite") as other:
        for number, content in other.execute("SELECT number, content FROM answers").fetchall():
            row = (b"\xc1\x00nonsense", checksum(content, b"\xc1\x00nonsense"), number)
            other.execute("UPDATE answers SET value = ?, checksum = ? WHERE number = ?", row)
    other.close()


@pytest.mark.parametrize("spoil", [broken_file, broken_values, foreign_values])
def test_what_is_broken_is_asked_again(run, tmp_path, spoil):
    run(LABELS)
    spoil(tmp_path / "answers")
    assert (SAID, ["bad", "good", "so so"]) == run(LABELS)[:2]


def test_a_cache_that_cannot_be_used_changes_nothing_but_a_warning(run, tmp_path):
    (tmp_path / "file").touch()
    said, asked, trouble = run(LABELS, AnswerCache(tmp_path / "file" / "answers"))
    assert (SAID, 3, True) == (said, len(asked), trouble.startswith("the cache of answers is not used"))


def test_many_answers_are_kept(run):
    text = 'let found = [fake_label("text {i}").label for i in range(3000)]\nprint(len(found))\n'
    assert ("3000\n", 3000) == (run(text)[0], sum(map(len, fake_models.BATCHES)))
    assert ("3000\n", []) == run(text)[:2]
