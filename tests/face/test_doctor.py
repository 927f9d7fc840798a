"""`plan models` and `plan doctor`: what there is on this machine, and one clear way to what is missing."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from .conftest import Command

ROOT = Path(__file__).parents[2]


def doctor(plan: Command, *more: str) -> tuple[int, list[dict[str, str]]]:
    done = plan("doctor", "--json", *more)
    return done.code, json.loads(done.out)


def test_models_lists_the_defaults_with_size_licence_and_users(plan: Command) -> None:
    """One line for each model."""
    lines = plan("models").out.splitlines()
    assert ["model", "size", "licence", "digest"] == lines[0].split()[:4]
    encoder = next(line for line in lines if line.startswith("all-MiniLM-L6-v2"))
    assert "91.6 MB  apache-2.0" in encoder
    assert "sentiment" in encoder


def test_models_as_json_has_whole_digests(plan: Command) -> None:
    """Those that a plan can pin."""
    found = {each["name"]: each for each in json.loads(plan("models", "--json").out)}
    encoder = found["all-MiniLM-L6-v2"]
    assert ("default", 64, "") == (encoder["kind"], len(encoder["digest"]), encoder["missing"])
    assert "embed" in encoder["used_by"]


def test_models_shows_remote_ones_and_what_plan_toml_chooses(plan: Command, monkeypatch, tmp_path: Path) -> None:
    """The functions of a default are those that ask it after plan.toml was read."""
    monkeypatch.chdir(tmp_path)
    Path("plan.toml").write_text(
        '[models]\ngenerate = "fast"\n[plugins.openai.models.fast]\nmodel = "m"\nendpoint = "https://api.example.org/v1"\n'
    )
    found = {each["name"]: each for each in json.loads(plan("models", "--json").out)}
    assert ("remote", "at api.example.org:443", ["generate"]) == tuple(
        found["fast"][k] for k in ("kind", "place", "used_by")
    )


def test_a_default_language_model_that_was_not_fetched_is_missing(plan: Command, monkeypatch, tmp_path: Path) -> None:
    """The command that fetches it is named; the exit code says so."""
    monkeypatch.setenv("PLANLANG_CACHE", str(tmp_path))
    code, found = doctor(plan)
    (missing,) = [each for each in found if each["state"] == "missing"]
    assert (1, "plan models get") == (code, missing["remedy"])
    assert missing["text"].endswith("SmolLM2-135M-Instruct is missing")
    assert "SmolLM2-135M-Instruct is missing: plan models get" in plan("models").out


def test_a_model_that_plan_toml_names_and_that_is_not_there_is_missing(plan: Command, monkeypatch, tmp_path) -> None:
    """With the command that fetches it."""
    monkeypatch.chdir(tmp_path)
    Path("plan.toml").write_text('[models]\nembed = "org/nothing"\n')
    code, found = doctor(plan)
    (missing,) = [each for each in found if each["state"] == "missing"]
    assert (1, "embed: org/nothing is missing", "plan models get org/nothing") == (
        code,
        missing["text"],
        missing["remedy"],
    )


def test_secrets_are_told_by_name_alone(plan: Command, monkeypatch, tmp_path: Path) -> None:
    """Set or not, and never what they are."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOME_KEY", "sk-very-secret")
    monkeypatch.delenv("NO_KEY", raising=False)
    Path("plan.toml").write_text(
        '[plugins.openai.secrets]\none = {env = "SOME_KEY"}\ntwo = {env = "NO_KEY"}\nthree = {file = "nowhere"}\n'
    )
    code, found = doctor(plan)
    told = [each["text"] for each in found if each["text"].startswith("secret of")]
    assert "secret of openai: one is set" == told[0]
    assert "needs the environment variable NO_KEY, which is not set" in told[1]
    assert "cannot be read: nowhere" in told[2]
    assert (1, False) == (code, "very-secret" in json.dumps(found))


def test_the_hub_is_asked_only_with_online(plan: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is no fault where it is out of reach."""
    assert "not asked" == doctor(plan)[1][-1]["text"]
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    hub = doctor(plan, "--online")[1][-1]
    assert ("note", "http://127.0.0.1:9 is out of reach") == (hub["state"], hub["text"])


def test_a_plugin_that_is_broken_is_told(plan: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """By name, with the command that says more."""
    from planlang.plugins import loader
    from planlang.plugins.discovery import Found

    monkeypatch.setattr(loader, "SHIPPED", (*loader.SHIPPED, Found("gone", "no.such.module", "some-package", "")))
    found = doctor(plan)[1]
    assert any("the plugin `gone`" in each["text"] for each in found if each["section"] == "Plugins")


def test_for_people_each_line_has_its_mark(plan: Command) -> None:
    """Sections, and what stands in them."""
    out = plan("doctor").out
    assert "Machine\n  ok       planlang " in out
    assert "\nFunctions\n" in out


def test_the_packages_that_are_looked_for_are_those_of_the_extras() -> None:
    """pyproject.toml is what counts."""
    import re

    from planlang.health import FOR, PACKAGES

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = {extra: tuple(re.match(r"[\w-]+", each)[0] for each in extras[extra]) for extra in PACKAGES}
    assert named == dict(PACKAGES)
    assert set(PACKAGES) == set(FOR)
