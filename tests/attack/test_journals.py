"""Journals that somebody else has written: told to be damaged, believed in nothing."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import msgpack
import pytest

from planlang.runtime.journal.packing import pack, unpack

from .kept_runs import Run, nested, stopped, survives, told

__all__ = ["stopped"]

SCHEMA = {
    "a trigger": ["CREATE TRIGGER t AFTER INSERT ON sessions BEGIN DELETE FROM effects; END"],
    "a trigger on what is read": ["CREATE TRIGGER t BEFORE UPDATE ON effects BEGIN SELECT RAISE(ROLLBACK, 'x'); END"],
    "a view for a table": ["ALTER TABLE calls RENAME TO c", "CREATE VIEW calls AS SELECT * FROM c"],
    "a view that never ends": [
        "DROP TABLE batches",
        "CREATE VIEW batches AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n FROM r) SELECT n number FROM r",
    ],
    "a newer version": ["PRAGMA user_version = 99"],
    "no version": ["PRAGMA user_version = 0"],
    "a version below zero": ["PRAGMA user_version = -1"],
    "no facts": ["DELETE FROM meta"],
    "no table of facts": ["DROP TABLE meta"],
    "no table of effects": ["DROP TABLE effects"],
    "no table of calls": ["DROP TABLE calls"],
    "no sessions": ["DELETE FROM sessions"],
    "a column less": ["ALTER TABLE effects DROP COLUMN outcome"],
    "an index on a function": ["CREATE INDEX i ON effects(abs(number))"],
    "effects of wrong types": ["UPDATE effects SET identity = 5, kind = 'x', name = x'00', detail = 7, outcome = 'y'"],
    "effects without anything": ["UPDATE effects SET identity = NULL, name = NULL, detail = NULL, site = NULL"],
    "a change of another kind": ["UPDATE effects SET kind = 5, site = -1, at = 9e999"],
    "sessions of wrong types": ["UPDATE sessions SET began = 'x', ended = x'00', state = 5, message = 9.5, file = 'y'"],
    "a state that is none": ["UPDATE sessions SET state = 'elsewhere', pid = -1, workers = 'mars'"],
    "places beyond the source": ['UPDATE sessions SET file = 9999999, start = -5, "end" = 99999999999'],
    "numbers beyond all": [
        "UPDATE effects SET number = number + 9223372036854775000", "UPDATE sessions SET number = 2147483647"
    ],
}  # fmt: skip


@pytest.mark.parametrize("title", SCHEMA)
def test_a_schema_that_is_none_of_ours(title: str, stopped: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """The file is damaged, or harmless; no command fails in a way of its own."""
    stopped.change(*SCHEMA[title])
    survives(stopped, capsys)


BYTES = {
    "a list of four billion": b"\xdd\xff\xff\xff\xff",
    "a dict of four billion": b"\xdf\xff\xff\xff\xff",
    "a text of four billion": b"\xdb\xff\xff\xff\xff",
    "lists in lists": nested(100_000),
    "lists in lists, as JSON": b"\xc1" + b"[" * 1_000_000,
    "an unknown extension": msgpack.packb(msgpack.ExtType(99, b"x")),
    "a time, the extension of MessagePack itself": b"\xc7\x0c\xff" + b"\xff" * 12,
    "an int of a megabyte": msgpack.packb(msgpack.ExtType(2, b"\x7f" * 1_000_000)),
    "a range of a trillion": msgpack.packb(msgpack.ExtType(3, msgpack.packb([0, 10**12, 1]))),
    "a range without steps": msgpack.packb(msgpack.ExtType(3, msgpack.packb([0, 1, 0]))),
    "a range of texts": msgpack.packb(msgpack.ExtType(3, msgpack.packb(["a", "b", "c"]))),
    "an opaque value that is unknown": msgpack.packb(msgpack.ExtType(1, msgpack.packb(["os", b"system"]))),
    "an opaque value of no type": msgpack.packb(msgpack.ExtType(1, b"")),
    "a type of no name": msgpack.packb(msgpack.ExtType(4, msgpack.packb([[], {}]))),
    "a pickle": b"cos\nsystem\n(S'touch escaped'\ntR.",
    "half a text": b"\xa5ab",
    "two values": b"\x01\x02",
    "no text of UTF-8": b"\xa2\xff\xfe",
    "keys that are lists": b"\x81\x91\x01\x02",
    "nothing": b"",
    "a number that is none": msgpack.packb(float("nan")),
}  # fmt: skip


@pytest.mark.parametrize("title", BYTES)
def test_bytes_that_nobody_packed(title: str, stopped: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever they say, they are plain data or damage, wherever they stand."""
    for key in ("arguments", "settings", "sources", "permissions", "inputs", "models"):
        stopped.put(key, BYTES[title])
    survives(stopped, capsys)
    stopped.change("UPDATE effects SET detail = ?, outcome = ?", values=(BYTES[title], BYTES[title]))
    stopped.change("INSERT INTO results VALUES ('main', ?)", values=(BYTES[title],))
    survives(stopped, capsys)


FACTS: dict[str, Any] = {
    "permissions": [{"read": 5}, {"read": [5]}, {"read": None}, "all", {"other": []}, []],
    "limits": [{"max_time": "x"}, {"max_steps": -1}, {"value_size": 10**18}, {"unknown": 1}, {"depth": "x"}],
    "sources": [[], [["a"]], [[1, 2, 3]], "x", [["k", "n", "t"]] * 3, [["k", "../../x", "print(1)"]]],
    "cwd": ["/nowhere/at/all", "", 5, "a\0b", "/etc/passwd"],
    "name": [5, "", "\0", "x" * 100_000],
    "plan": [5, "/etc/passwd", "\0"],
    "paths": [5, [5], ["/etc/passwd"] * 3],
    "seed": ["x", -1, 10**30, 1.5],
    "models": [{"": 5}, 5, {5: "x"}],
    "arguments": [5, {"a": 1}, {5: 5}, [["a"]]],
    "on": ["mars", 5, "ray://; touch escaped"],
    "task": ["no_such_task", 5, "__class__"],
    "words": [5, [5], ["--allow-write"]],
    "parent": ["../../../etc", 5, "x" * 10_000],
    "plugins": [{"os": "1"}, 5, {"nlp": 5}],
    "digests": [5, {"a": 5}],
}


@pytest.mark.parametrize("key", FACTS)
def test_facts_of_the_wrong_kind(key: str, stopped: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """A fact that nobody could have written is damage."""
    with sqlite3.connect(stopped.folder / "journal.sqlite") as db:
        row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    for value in FACTS[key]:
        stopped.put(key, msgpack.packb(value) if not isinstance(value, int) or value < 2**63 else pack(value))
        told(capsys, "show", stopped.folder.name)
        code, text = told(capsys, "resume", stopped.folder.name)
        assert code in {0, 1, 2, 3}, text
        os.chdir(stopped.work)
        assert not (stopped.work / "escaped").exists()
        if row is not None:
            stopped.put(key, row[0])


def test_a_journal_names_no_file_to_be_changed(stopped: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """What it says of the last change is believed only of the file that the plan names."""
    with sqlite3.connect(stopped.folder / "journal.sqlite") as db:
        number, detail = db.execute(
            "SELECT number, detail FROM effects WHERE name = 'append' ORDER BY number DESC"
        ).fetchone()
    path, _, length = unpack(detail)
    assert str(stopped.work / "out.txt") == path
    (stopped.work / ".precious.txt.0123456789ab.part").write_text("left")
    for planted in (stopped.work / "precious.txt", Path("/etc/hostname"), stopped.work / "new.txt"):
        for size in (0, 3, 12, 10**9, -5, 2**62):
            stopped.change("DELETE FROM effects WHERE number > ?", values=(number,))
            stopped.change("UPDATE effects SET detail = ?", values=(pack([str(planted), size, length]),))
            code, text = told(capsys, "resume", stopped.folder.name)
            assert code == 3, text
            assert "was changed by somebody else" in text
            assert ("one-precious", "onetwo") == tuple(
                (stopped.work / name).read_text() for name in ("precious.txt", "out.txt")
            )
    assert (stopped.work / ".precious.txt.0123456789ab.part").exists()
    assert not (stopped.work / "new.txt").exists()
