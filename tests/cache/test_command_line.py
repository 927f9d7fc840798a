"""The cache of answers through `plan run`, with a real model."""

import json

import pytest

from planlang.__main__ import main

pytestmark = pytest.mark.models

PLAN = 'for text in ["good", "bad"] { print(sentiment("a {text} day").label) }\n'


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    """Runs PLAN: exit code, output, how many calls the cache answered, and what else was said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLANLANG_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("PLANLANG_CACHE", str(tmp_path / "cache"))
    (tmp_path / "a.plan").write_text(PLAN)

    def run(*options: str):
        capfd.readouterr()
        code = main(["run", "--json", "--stats", *options, "a.plan"])
        printed, *stats = capfd.readouterr().err.partition('{"stats"')
        *said, _ = printed.split("\n")
        rest = "".join(stats)
        hits, _, more = rest.partition("\n")
        return code, said, json.loads(hits)["stats"]["cache_hits"], more.strip()

    return run


SAID = ["positive", "negative"]


def test_answers_are_kept_unless_the_user_says_otherwise(run, tmp_path):
    assert [(0, SAID, 0, ""), (0, SAID, 2, "")] == [run(), run()]
    assert (0, SAID, 0, "") == run("--no-cache")
    assert (0, SAID, 2, "") == run("--no-journal")
    (tmp_path / "plan.toml").write_text("[cache]\noff = true\n")
    assert (0, SAID, 0, "") == run()


def test_trouble_is_one_sentence_after_the_run(run, tmp_path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "answers").write_text("")
    code, said, hits, more = run()
    assert (0, SAID, 0) == (code, said, hits)
    assert more == f"plan: the cache of answers is not used ({tmp_path / 'cache' / 'answers'}: File exists)"
    assert "" == run("--quiet")[3]
