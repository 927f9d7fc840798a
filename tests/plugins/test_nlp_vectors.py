"""Likeness, groups and search on the encoder that ships, and on made-up vectors where that is enough."""

from __future__ import annotations

import hashlib
import pickle
import random
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from planlang.plugins.loader import Plugins, load
from planlang.plugins.nlp.index import About, Index
from planlang.plugins.nlp.vector import Vector
from planlang.plugins.testing import Runner
from planlang.runtime.errors import PlanError
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import Run, RunOptions
from planlang.runtime.values import from_python, to_python

pytestmark = pytest.mark.models
pytest.importorskip("torch")
np = pytest.importorskip("numpy")

TEXTS = [
    "A cat sits on the mat.",
    "The stock market fell today.",
    "A kitten lies on a rug.",
    "Shares lost value this morning.",
    "A cat sits on the mat!",
]


@pytest.fixture(scope="module")
def plan() -> Iterator[Runner]:
    runner = Runner()
    yield runner
    runner.close()


@pytest.fixture(scope="module")
def plugins(plan: Runner) -> Plugins:
    return plan.plugins


@pytest.fixture(scope="module")
def call(plugins: Plugins) -> Callable[..., Any]:
    """Calls a function of the plugin with Python data."""
    run = Run(RunOptions(permissions=Permissions(read=(), write=())))

    def call(name: str, *args: Any, **named: Any) -> Any:
        given = {key: from_python(value) for key, value in named.items()}
        return to_python(plugins.bind_name("nlp", name, run)(*map(from_python, args), **given))

    return call


NOTHING = Index.of(About(0, "", "", ""), [], np.empty((0, 0), np.float32))


def made_up(count: int, length: int = 16, seed: int = 1) -> list[Vector]:
    """Vectors of no text."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    return [Vector.of([chance.gauss(0, 1) for _ in range(length)]) for _ in range(count)]


# ── likeness ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_texts_and_their_vectors_are_equally_alike(call) -> None:
    """To the bit: alone, among others, from texts or vectors, and in the scores of `rank`."""
    vectors = [call("embed", text) for text in TEXTS]
    ranked = call("rank", TEXTS[0], TEXTS)
    alone = [call("similarity", TEXTS[0], text) for text in TEXTS]
    assert alone == [call("similarity", vectors[0], vector) for vector in vectors]
    assert alone == [hit["score"] for hit in sorted(ranked, key=lambda hit: hit["index"])]
    assert 1 == alone[0]


def test_vectors_are_compared_without_a_model(plan) -> None:
    """No call of a model is made: a plan that may make none still gets its answer."""
    source = "task main(a: vector, b: vector) -> float { return similarity(a, b, model='there is none of this name') }"
    assert 0.5 == pytest.approx(plan(source, a=Vector.of([1, 0]), b=Vector.of([1, 3**0.5])))
    assert 0 == plan(source, a=Vector.of([1, 0]), b=Vector.of([0, 0]))


def test_rank_gives_the_best_first(call) -> None:
    """With the place of each text and its likeness; `k` of them, or all."""
    ranked = call("rank", "a kitten on a carpet", TEXTS, 2)
    assert [TEXTS[2]] == [ranked[0]["text"]]
    assert 2 == len(ranked)
    assert ranked[0]["score"] > ranked[1]["score"]
    every = call("rank", "a kitten on a carpet", TEXTS)
    assert ranked == every[:2]
    assert [0, 1, 2, 3, 4] == sorted(hit["index"] for hit in every)
    assert every == call("rank", "a kitten on a carpet", TEXTS, vectors=[call("embed", text) for text in TEXTS])
    assert [] == call("rank", "x", [])
    assert [] == call("rank", "x", TEXTS, 0)


def test_equal_texts_keep_their_order(call) -> None:
    """What is equally alike stands in the order of the list."""
    assert [0, 1, 2] == [hit["index"] for hit in call("rank", "a", ["b", "b", "b"])]


# ── groups ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_clusters_are_numbered_as_they_appear(call) -> None:
    """Cats and shares; the same for texts and vectors, and each time."""
    found = call("cluster", TEXTS, 2)
    assert [0, 1, 0, 1, 0] == found["labels"]
    assert [{0, 2, 4}, {1, 3}] == [set(group) for group in found["groups"]]
    assert found == call("cluster", [call("embed", text) for text in TEXTS], 2)
    assert found == call("cluster", TEXTS, 2, cache=False)


def test_the_most_typical_of_a_group_stands_first(call) -> None:
    """Three directions, the middle one between the others."""
    vectors = [Vector.of([1, 0.3]), Vector.of([1, 0]), Vector.of([1, -0.3]), Vector.of([-1, 0])]
    assert [[1, 0, 2], [3]] == call("cluster", vectors, 2)["groups"]


def test_texts_that_do_not_differ_make_one_group(call) -> None:
    """There are not always as many groups as asked for."""
    assert {"labels": [0, 0, 0], "groups": [[0, 1, 2]]} == call("cluster", ["a", "a", "a"], 2)


def test_duplicates_name_the_text_to_keep(call) -> None:
    """Each is alike to one that stands before it and stays; what is left is not alike."""
    found = call("duplicates", TEXTS, 0.9)
    assert [(0, 4)] == [(pair["first"], pair["second"]) for pair in found]
    assert found[0]["score"] == call("similarity", TEXTS[0], TEXTS[4])
    assert [] == call("duplicates", [])
    assert [(0, 1), (0, 2)] == [(p["first"], p["second"]) for p in call("duplicates", ["a", "a", "a"], 1.0)]


def test_duplicates_of_many_vectors_are_those_of_the_definition(call) -> None:
    """Blocks of vectors, compared in single precision at first, give what comparing each pair gives."""
    vectors = made_up(2_300, length=4)
    kept: list[int] = []
    expected: list[tuple[int, int]] = []
    similarity = load(installed=False).bind_name("nlp", "similarity", Run())
    for i, vector in enumerate(vectors[:250]):
        alike = [(similarity(vectors[j], vector), -j) for j in kept]
        best = max(alike, default=(0.0, 0))
        if best[0] >= 0.9:
            expected.append((-best[1], i))
        else:
            kept.append(i)
    found = [(pair["first"], pair["second"]) for pair in call("duplicates", vectors, 0.9)]
    assert expected == [pair for pair in found if pair[1] < 250]
    left = sorted(set(range(len(vectors))) - {second for _, second in found})
    assert all(first in left for first, _ in found)
    assert [] == call("duplicates", [vectors[i] for i in left], 0.9)


# ── search ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_are_found_by_meaning(call) -> None:
    """Rows come back as they were, whatever else they hold."""
    rows = [{"text": text, "n": i, "more": {"a": [1.5, None]}} for i, text in enumerate(TEXTS)]
    index = call("index", rows)
    found = call("search", index, "What happened at the exchange?", 2)
    assert [{1, 3}] == [{hit["row"]["n"] for hit in found}]
    assert rows[found[0]["row"]["n"]] == found[0]["row"]
    assert found == call("search", index, call("embed", "What happened at the exchange?"), 2)
    assert 5 == len(call("search", index, "x", 99))
    assert [] == call("search", call("index", []), "x")
    bare = call("index", TEXTS)
    assert TEXTS[1] == call("search", bare, TEXTS[1], 1)[0]["row"]


def test_added_rows_are_in_the_new_index_alone(call) -> None:
    """Two additions to one index know nothing of each other, though they share what they can."""
    index = call("index", ["a cat"])
    dogs, birds = call("add", index, ["a dog"]), call("add", index, ["a bird"])
    more = call("add", dogs, ["a wolf"])
    assert [1, 2, 2, 3] == [len(each) for each in (index, dogs, birds, more)]
    assert ["a cat", "a dog"] == sorted(hit["row"] for hit in call("search", dogs, "x"))
    assert ["a bird", "a cat"] == sorted(hit["row"] for hit in call("search", birds, "x"))
    assert call("index", ["a cat", "a dog", "a wolf"]) == more
    assert call("index", ["x"]) == call("add", call("index", []), ["x"])


def test_many_additions_take_memory_for_what_is_added(call) -> None:
    """Indexes of a loop lie in one storage, which grows."""
    index, vectors = call("index", [], vectors=[]), made_up(300)
    for i, vector in enumerate(vectors):
        index = call("add", index, [str(i)], vectors=[vector])
    assert 300 == len(index)
    assert index.vectors().base.nbytes <= 300 * 1.5 * 64
    assert [str(i) for i in range(300)] == [hit["row"] for hit in sorted(
        call("search", index, vectors[0], 300), key=lambda hit: int(hit["row"]))]  # fmt: skip


def test_search_misses_nothing(call) -> None:
    """The k best of many vectors are those that comparing each gives, in that order."""
    vectors = made_up(3_000)
    index = call("index", [str(i) for i in range(3_000)], vectors=vectors)
    query = made_up(1, seed=9)[0]
    expected = call("rank", query, [str(i) for i in range(3_000)], vectors=vectors)
    assert [(h["text"], h["score"]) for h in expected[:7]] == [
        (h["row"], h["score"]) for h in call("search", index, query, 7)
    ]


def test_approximate_search_finds_nearly_all(call) -> None:
    """With the scores of exact search, whatever was searched or added before."""
    vectors, queries = made_up(2_000), made_up(40, seed=9)
    whole = call("index", [str(i) for i in range(2_000)], vectors=vectors)
    found = [call("search", whole, query, 10, approximate=True) for query in queries]
    exact = [call("search", whole, query, 10) for query in queries]
    same = sum(hit in right for some, right in zip(found, exact, strict=True) for hit in some)
    assert same >= 0.98 * 400
    grown = call("index", [], vectors=[])
    steps = []
    for start in range(0, 2_000, 500):
        some = slice(start, start + 500)
        grown = call("add", grown, [str(i) for i in range(2_000)][some], vectors=vectors[some])
        steps.append((grown, call("search", grown, queries[0], 3, approximate=True)))
    assert found == [call("search", grown, query, 10, approximate=True) for query in queries]
    assert all(before == call("search", index, queries[0], 3, approximate=True) for index, before in steps)


def test_an_answer_does_not_depend_on_its_batch(plan, call) -> None:
    """Searches and ranks alone, and in batches with others: the same bits."""
    source = """
    task main(texts: list[str]) -> list[any] {
      let all = index(texts)
      return [[search(all, text, k=3), rank(text, texts[:7], k=2), similarity(text, texts[0])] for text in texts]
    }
    """
    texts = [f"{word} " * n + "on the table" for n, word in enumerate(["cup", "lamp", "dog", "idea", "river"] * 4)]
    batched = plan(source, texts=texts)
    backwards = source.replace("for text in texts]", "for text in reversed(texts)]")
    assert batched == plan(backwards, texts=texts)[::-1]
    all_rows = call("index", texts)
    for text, (found, ranked, alike) in zip(texts, batched, strict=True):
        assert found == call("search", all_rows, text, 3)
        assert ranked == call("rank", text, texts[:7], 2)
        assert alike == call("similarity", text, texts[0])


def test_another_model_is_refused(call, tmp_path: Path) -> None:
    """Vectors of two models are not alike to each other; the error names both."""
    index = call("index", ["a"])
    other = Index.load(index.save())
    other.about = other.about._replace(digest="sha256:" + "0" * 64, model="org/other")
    for name, given in (("search", "a"), ("add", ["b"])):
        with pytest.raises(
            PlanError, match="made with the model `org/other`, and this call is for `all-MiniLM"
        ) as told:
            call(name, other, given)
        assert 'name the same model here (model="org/other"), or make the index anew' == told.value.hint
    with pytest.raises(PlanError, match="the index has vectors of 384 numbers, and the query has 2"):
        call("search", index, Vector.of([1, 2]))


@pytest.mark.parametrize(
    ("name", "args", "named", "message"),
    [
        ("index", [[{"text": "a"}, {"words": "b"}]], {}, 'row 1 has no field "text", where its text should be'),
        ("index", [[{"text": 3}]], {}, 'the field "text" of row 0 is no text'),
        ("index", [[["a"]]], {}, "row 0 is neither a text nor a dict"),
        ("index", [[{"text": "a", "n": NOTHING}]], {}, "row 0 cannot be kept: an index cannot keep .* the type Index"),
        ("index", [["a"]], {"vectors": []}, "there are 0 vectors and 1 rows"),
        ("index", [["a", "b"]], {"vectors": [Vector.of([1]), Vector.of([1, 2])]}, "vectors of 2 and of 1 numbers"),
        ("index", [["a"]], {"vectors": [Vector.of([float("nan")])]}, "a vector holds a number that is none"),
        ("rank", ["a", ["b"], -1], {}, "k says how many are wanted, and -1 is below 0"),
        ("cluster", [["a"], 2], {}, "1 texts cannot make 2 groups"),
        ("cluster", [[], 1], {}, "0 texts cannot make 1 groups"),
        ("duplicates", [["a"], 2.0], {}, "limit is a likeness above 0 and up to 1, and not 2"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told(call, name, args, named, message) -> None:
    """In the words of the plan."""
    with pytest.raises(PlanError, match=message) as caught:
        call(name, *args, **named)
    assert "value" == caught.value.kind


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def saved(call, tmp_path: Path) -> Path:
    """A file with an index of two rows."""
    file = tmp_path / "a.index"
    call("save_index", call("index", [{"text": "a", "big": 2**80}, {"text": "ß"}]), str(file))
    return file


def test_an_index_is_saved_and_loaded(call, tmp_path: Path) -> None:
    """With its rows, and with the model that it must be searched with."""
    file = saved(call, tmp_path)
    index = call("load_index", str(file))
    assert {2**80} == {hit["row"].get("big", 2**80) for hit in call("search", index, "a")}
    assert "all-MiniLM-L6-v2" == index.about.model
    assert index == pickle.loads(pickle.dumps(index))  # noqa: S301 - our own
    assert index == Index.load(index.save())
    assert "Index of 2 rows" in str(index)


def sealed(body: bytes) -> bytes:
    """A file whose checksum is right."""
    return body + hashlib.sha256(body).digest()


def damages(data: bytes) -> Iterator[bytes]:
    """Files that are no index: cut, altered, and made on purpose with a right checksum."""
    yield from (b"", b"planidx1", data[:-1], data[:50], b"PK" + data, data[:200] + b"\0" + data[201:])
    body = data[:-32]
    for header in (b"\x80", b"\xc1", b"\xdf\xff\xff\xff\xff", b"\x85" + b"\xa6length\xcf" + b"\xff" * 8):
        yield sealed(b"planidx1" + len(header).to_bytes(4, "little") + header)
    yield sealed(b"planidx1\xff\xff\xff\xff" + body[12:])
    yield sealed(body[:-1])
    yield from (sealed(body[:-4] + struct.pack("<f", number)) for number in (float("nan"), float("inf"), 3e38))
    size = int.from_bytes(data[8:12], "little")
    yield sealed(body[: 12 + size] + b"\xff\xff\xff\x7f" + body[16 + size :])
    row = 12 + size + 8
    yield sealed(body[:row] + b"\xc1" + body[row + 1 :])
    yield sealed(body[:row] + b"\x81" + body[row + 1 :])


def test_files_that_hold_no_index_are_told(call, tmp_path: Path) -> None:
    """Whatever was done to one: an error in plain words, and nothing else."""
    file = saved(call, tmp_path)
    for bad in damages(file.read_bytes()):
        file.write_bytes(bad)
        with pytest.raises(PlanError, match=r"a\.index cannot be read as an index: this (index|is no)") as caught:
            call("load_index", str(file))
        assert "value" == caught.value.kind
    with pytest.raises(PlanError, match="there is no file"):
        call("load_index", str(tmp_path / "b.index"))


def test_files_need_permission(plan, tmp_path: Path) -> None:
    """As any other file does."""
    with pytest.raises(Exception, match="writes files, which this plan was not allowed"):
        plan(f'save_index(index([]), "{tmp_path}/a")')
