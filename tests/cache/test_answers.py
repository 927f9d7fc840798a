"""The cache of answers by itself: what was put is found, bounds hold, and nothing that is wrong with it raises."""

import sqlite3
from pathlib import Path

import pytest

from planlang.runtime.answer_cache import AnswerCache
from planlang.runtime.answer_database import OVERHEAD


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def row(number: int, value: bytes = b"an answer", function: str = "nlp.f", model: str = "m") -> tuple:
    return key(number), value, function, model


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix == ".sqlite")


def test_an_answer_is_found_again_by_another_run(tmp_path):
    first = AnswerCache(tmp_path)
    first.put([row(1, b"one"), row(2, b"")])
    first.close()
    second = AnswerCache(tmp_path)
    assert (b"one", b"", None, "") == (second.get(key(1)), second.get(key(2)), second.get(key(3)), second.trouble)


def test_the_first_answer_stays(tmp_path):
    """Two processes may have asked the same; what one of them has shown must not change."""
    cache = AnswerCache(tmp_path)
    cache.put([row(1, b"one")])
    cache.put([row(1, b"two")])
    assert b"one" == cache.get(key(1))


def test_nothing_is_made_before_the_first_use(tmp_path):
    AnswerCache(tmp_path / "answers").close()
    assert not (tmp_path / "answers").exists()


def test_a_limit_of_nothing_is_no_cache(tmp_path):
    cache = AnswerCache(tmp_path / "answers", limit=0)
    cache.put([row(1)])
    assert (None, "", False) == (cache.get(key(1)), cache.trouble, (tmp_path / "answers").exists())


def test_what_was_not_used_for_longest_goes_first(tmp_path):
    day = 86_400.0
    now = [day]
    cache = AnswerCache(tmp_path, limit=4 * (OVERHEAD + 100), clock=lambda: now[0])
    for number in range(4):
        cache.put([row(number, bytes(100))])
        now[0] += day
    assert bytes(100) == cache.get(key(0))
    now[0] += day
    cache.put([row(4, bytes(100)), row(5, bytes(100))])
    assert [True, False, False, True, True, True] == [cache.get(key(number)) is not None for number in range(6)]


def test_an_answer_that_is_too_large_for_the_whole_is_left_out(tmp_path):
    cache = AnswerCache(tmp_path, limit=10_000)
    cache.put([row(1), row(2, bytes(5000))])
    assert (True, None, "") == (cache.get(key(1)) is not None, cache.get(key(2)), cache.trouble)


def test_the_file_does_not_outgrow_the_limit(tmp_path):
    limit = 2_000_000
    cache = AnswerCache(tmp_path, limit)
    for start in range(0, 40_000, 500):
        cache.put([row(number * 7919, bytes(100)) for number in range(start, start + 500)])
    cache.close()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < limit * 1.25


def test_after_closing_it_is_off(tmp_path):
    cache = AnswerCache(tmp_path)
    cache.put([row(1)])
    cache.close()
    cache.put([row(2)])
    cache.close()
    assert (None, "") == (cache.get(key(1)), cache.trouble)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda value: value[:-1], id="a byte less"),
        pytest.param(lambda value: bytes([value[0] ^ 1]) + value[1:], id="another bit"),
        pytest.param(lambda value: b"another answer", id="another value"),
        pytest.param(lambda value: value.decode(), id="text"),
    ],
)
def test_a_value_that_was_changed_is_absent_and_can_be_put_again(tmp_path, damage):
    cache = AnswerCache(tmp_path)
    cache.put([row(1, b"an answer")])
    with sqlite3.connect(tmp_path / "answers-1.sqlite") as other:
        other.execute("UPDATE answers SET value = ?", (damage(b"an answer"),))
    other.close()
    assert None is cache.get(key(1))
    cache.put([row(1, b"an answer")])
    assert (b"an answer", "") == (cache.get(key(1)), cache.trouble)


def test_a_value_of_another_question_is_absent(tmp_path):
    cache = AnswerCache(tmp_path)
    cache.put([row(1, b"yes"), row(2, b"no")])
    with sqlite3.connect(tmp_path / "answers-1.sqlite") as other:
        other.execute("UPDATE answers SET content = ? WHERE content = ?", (key(3), key(2)))
    other.close()
    assert (b"yes", None) == (cache.get(key(1)), cache.get(key(3)))


def foreign_schema(path: Path) -> None:
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE answers(content, value)")
    made.close()


def other_version(path: Path) -> None:
    with sqlite3.connect(path) as made:
        made.execute("PRAGMA user_version = 99")
    made.close()


def a_trigger(path: Path) -> None:
    cache = AnswerCache(path.parent)
    cache.put([row(1)])
    cache.close()
    with sqlite3.connect(path) as made:
        made.execute("CREATE TRIGGER spy AFTER INSERT ON answers BEGIN DELETE FROM makers; END")
    made.close()


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_bytes(b"hello " * 1000), id="no database"),
        pytest.param(lambda path: path.write_bytes(b"SQLite format 3\0" + bytes(5000)), id="a header alone"),
        foreign_schema,
        other_version,
        a_trigger,
    ],
)
def test_a_file_that_is_not_ours_is_set_aside_and_a_new_one_begun(tmp_path, spoil):
    spoil(tmp_path / "answers-1.sqlite")
    before = (tmp_path / "answers-1.sqlite").read_bytes()
    cache = AnswerCache(tmp_path)
    cache.put([row(7, b"seven")])
    assert b"seven" == cache.get(key(7))
    assert "begun anew" in cache.trouble
    cache.close()
    assert ["answers-1.sqlite", "answers-2.sqlite"] == files(tmp_path)
    assert before == (tmp_path / "answers-1.sqlite").read_bytes()
    again = AnswerCache(tmp_path)
    assert (b"seven", "") == (again.get(key(7)), again.trouble)


def test_pages_that_are_spoilt_while_it_is_used_begin_a_new_one(tmp_path):
    cache = AnswerCache(tmp_path)
    cache.put([row(number, bytes(200)) for number in range(2000)])
    cache.close()
    path = tmp_path / "answers-1.sqlite"
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    path.write_bytes(data)
    again = AnswerCache(tmp_path)
    assert [None] * 2000 == [again.get(key(number)) for number in range(2000)]
    again.put([row(1, b"one")])
    assert b"one" == again.get(key(1))
    assert "begun anew" in again.trouble
    assert ["answers-1.sqlite", "answers-2.sqlite"] == files(tmp_path)


def test_only_the_last_file_set_aside_is_kept(tmp_path):
    for number in (1, 2, 3):
        (tmp_path / f"answers-{number}.sqlite").write_bytes(b"x" * 5000)
        AnswerCache(tmp_path).get(key(1))
    assert ["answers-3.sqlite", "answers-4.sqlite"] == files(tmp_path)


def test_a_folder_that_cannot_be_made_switches_it_off_with_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    cache = AnswerCache(tmp_path / "file" / "answers")
    cache.put([row(1)])
    assert None is cache.get(key(1))
    assert cache.trouble.startswith("the cache of answers is not used (")
    assert "Not a directory" in cache.trouble


def test_a_file_that_cannot_be_opened_switches_it_off(tmp_path):
    (tmp_path / "answers-1.sqlite").mkdir()
    cache = AnswerCache(tmp_path)
    assert (None, True) == (cache.get(key(1)), "is not used" in cache.trouble)


def test_a_lock_that_is_held_for_long_switches_writing_off(tmp_path, monkeypatch):
    monkeypatch.setattr("planlang.runtime.answer_cache._PATIENCE", 0.05)
    cache = AnswerCache(tmp_path)
    cache.put([row(1)])
    other = sqlite3.connect(tmp_path / "answers-1.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert b"an answer" == cache.get(key(1))
    cache.put([row(2)])
    assert (None, True) == (cache.get(key(2)), "locked" in cache.trouble)
    other.close()


def test_an_interruption_in_the_midst_leaves_nothing_half_done(tmp_path):
    class StoppedError(BaseException):
        pass

    def rows():
        yield row(1)
        raise StoppedError

    cache = AnswerCache(tmp_path)
    cache.put([row(3)])
    with pytest.raises(StoppedError):
        cache._database.add(rows(), 0)
    cache.put([row(2, function="other")])
    assert [None, True, True] == [cache.get(key(1)), cache.get(key(2)) is not None, cache.get(key(3)) is not None]
