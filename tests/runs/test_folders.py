"""Folders of runs: made whole or not at all, found by a part of their name, kept from two at once."""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path

import pytest

from planlang.runtime.journal import folder as folders
from planlang.runtime.journal.errors import RunFolderError
from planlang.runtime.journal.folder import RunFolder, all_runs, clear_leftovers, create, find, runs_folder


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLANLANG_STATE", str(tmp_path))
    return tmp_path


def made(name: str | None = None) -> RunFolder:
    run, lock, _ = create(lambda path: (path / "journal.sqlite").touch())
    lock.release()
    if name is None:
        return run
    return RunFolder(run.path.rename(run.path.with_name(name)))


def test_a_new_folder_is_listed_and_for_its_user_only():
    run = made()
    assert [run] == all_runs()
    assert 0o700 == stat.S_IMODE(run.path.stat().st_mode)


def test_a_folder_is_not_listed_before_its_journal_is_in_it():
    seen: list[list[RunFolder]] = []
    create(lambda _: seen.append(all_runs()))[1].release()
    assert [[]] == seen
    assert 1 == len(all_runs())


def test_nothing_is_left_where_the_journal_cannot_be_made():
    def full(path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    with pytest.raises(RunFolderError, match="no space left on device"):
        create(full)
    assert [] == list(runs_folder().iterdir())


def test_a_state_folder_that_cannot_be_made_is_told(state: Path, monkeypatch: pytest.MonkeyPatch):
    (state / "file").touch()
    monkeypatch.setenv("PLANLANG_STATE", str(state / "file"))
    with pytest.raises(RunFolderError, match="cannot be journalled") as caught:
        create(lambda _: None)
    assert "--no-journal" in caught.value.hint


@pytest.mark.parametrize("part", ["20260101-1", "20260101-101500-aaaa", "aaaa", "01500-aaaa"])
def test_a_run_is_found_by_a_beginning_or_an_ending(part: str):
    wanted = made("20260101-101500-aaaa")
    made("20260102-101500-bbbb")
    assert wanted == find(part)


def test_a_part_of_several_names_is_refused_with_the_names():
    made("20260101-101500-aaaa")
    made("20260101-101600-bbbb")
    with pytest.raises(RunFolderError, match="several runs") as caught:
        find("20260101")
    assert "20260101-101500-aaaa" in caught.value.message
    assert "20260101-101600-bbbb" in caught.value.message


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("aaab", "did you mean aaaa?"),
        ("20260101-101500-aaax", "did you mean 20260101-101500-aaaa?"),
        ("what", "the latest is 20260101-101500-aaaa; `plan runs` lists all"),
        ("", "the latest is"),
        ("../20260101-101500-aaaa", "20260101-101500-aaaa"),
    ],
)
def test_an_unknown_name_is_refused_with_a_near_one(text: str, hint: str):
    made("20260101-101500-aaaa")
    with pytest.raises(RunFolderError, match="there is no run") as caught:
        find(text)
    assert hint in caught.value.hint


def test_the_second_of_two_is_told_who_runs_it():
    run = made()
    held = run.lock()
    assert run.is_running
    with pytest.raises(RunFolderError, match=f"is being run by process {os.getpid()} since"):
        run.lock()
    held.release()
    assert not run.is_running
    run.lock().release()


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_a_lock_ends_with_its_process():
    run = made()
    child = os.fork()
    if child == 0:
        run.lock()
        os._exit(0)
    os.waitpid(child, 0)
    assert not run.is_running


def test_a_run_that_is_being_run_is_not_removed():
    run = made()
    held = run.lock()
    with pytest.raises(RunFolderError, match="is being run"):
        run.remove()
    held.release()
    (run.path / "journal.sqlite").write_bytes(b"x" * 1000)
    assert run.remove() >= 1000
    assert [] == list(runs_folder().iterdir())


def test_what_a_killed_process_left_is_cleared_later():
    run = made()
    (run.path / "lock").rename(run.path / ".lock")  # as if it had been killed before the folder was whole
    assert [] == all_runs()
    clear_leftovers(older=60)
    assert run.path.exists()
    os.utime(run.path, (time.time() - 100,) * 2)
    clear_leftovers(older=60)
    assert not run.path.exists()


def test_links_inside_a_run_are_removed_not_followed(state: Path):
    (state / "precious").write_text("kept")
    run = made()
    (run.path / "outbox").symlink_to(state)
    run.remove()
    assert "kept" == (state / "precious").read_text()


def test_names_are_free_of_letters_that_look_alike():
    assert set() == set("ol01") & set(folders._LETTERS)
