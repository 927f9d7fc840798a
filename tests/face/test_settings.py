"""plan.toml: where it is found, what it may say, and how its mistakes are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from planlang.runtime.run import Limits
from planlang.settings import Settings, settings_near
from planlang.usage import UsageError


def write(folder: Path, text: str) -> Path:
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_settings_are_found_above_the_plan(tmp_path: Path):
    path = write(tmp_path, '[models]\ndefault = "org/all"\ngenerate = "org/one"\n')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert {"": "org/all", "generate": "org/one"} == settings_near(below).models
    assert path.resolve() == settings_near(below).path


def test_without_a_file_nothing_is_set(tmp_path: Path):
    assert Settings() == settings_near(tmp_path)


def test_limits_take_units(tmp_path: Path):
    write(tmp_path, '[limits]\nmax-time = "10m"\nmax-steps = 1_000\nmax-memory = "2 GB"\n')
    assert Limits(max_time=600, max_steps=1000, max_memory=2 * 10**9) == settings_near(tmp_path).limits


def test_settings_of_plugins_are_handed_on_as_they_are(tmp_path: Path):
    write(tmp_path, "[plugins.nlp]\nbatch = 4\n")
    assert {"plugins": {"nlp": {"batch": 4}}} == settings_near(tmp_path).raw


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[models]\na = \n", "plan.toml:2:5: Invalid value", "plan.toml is written in TOML (toml.io)"),
        ("\n[modles]\n", "plan.toml:2: there is no setting `modles`", "did you mean `models`?"),
        (
            "[limits]\nmax-tme = 3\n",
            "plan.toml:2: there is no setting `max-tme` in [limits]",
            "did you mean `max-time`?",
        ),
        ("[limits]\nmax-time = true\n", "plan.toml:2: `max-time` must be a number or a text", ""),
        ("[limits]\nmax-calls = -1\n", "plan.toml:2: `max-calls`: `-1` is less than 0", ""),
        ("[models]\n\ngenerate = 3\n", "plan.toml:3: the model of `generate` must be a text", 'generate = "org/name"'),
        ("[workers]\nper_model = 0\n", "plan.toml:2: `per_model` must be a number of workers, at least 1", ""),
        (
            "[workers]\nper_modl = 2\n",
            "plan.toml:2: there is no setting `per_modl` in [workers]",
            "did you mean `per_model`?",
        ),
        ("models = 3\n", "plan.toml:1: `models` must be a table", "write it as [models]"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, message: str, hint: str):
    write(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        settings_near(tmp_path)
    assert message in caught.value.message
    assert hint == caught.value.hint


def test_permissions_cannot_be_granted_by_a_file(tmp_path: Path):
    write(tmp_path, "[permissions]\nread = true\n")
    with pytest.raises(UsageError, match="there is no setting `permissions`"):
        settings_near(tmp_path)
