"""Vectors of remote models, and searches with them: only texts leave the machine."""

from __future__ import annotations

import pytest

from planlang.runtime.errors import PlanError

from .endpoint import Asked, Reply, run, serving

pytest.importorskip("numpy")


def letters(asked: Asked) -> Reply:
    """How often each text has an a, a b and a c; last first, since the index says which is which."""
    rows = [{"index": i, "embedding": [t.count(c) for c in "abc"]} for i, t in enumerate(asked.body["input"])]
    return Reply({"data": rows[::-1], "usage": {"total_tokens": 3 * len(rows)}})


def test_an_index_is_made_and_searched_with_a_remote_model() -> None:
    """Texts go in requests of some at a time, each once; a search sends the query alone."""
    with serving(letters) as there:
        found = run(f"""
        task main() -> any {{
          let all = index([...["a{{i}}" for i in range(40)], "b", "b"], model="{there.model}")
          let more = add(all, ["bc"], model="{there.model}")
          return [search(more, "cb", k=1, model="{there.model}"), rank("b", ["a", "b"], k=1, model="{there.model}")]
        }}
        """)
        assert [["bc"], ["b"]] == [[hit.get("row", hit.get("text")) for hit in hits] for hits in found]
        sent = [asked.body["input"] for asked in there.asked]
        assert {"/v1/embeddings"} == {asked.path for asked in there.asked}
        assert [32, 9, 2, 1, 1] == sorted(map(len, sent), key=[32, 9, 2, 1].index)
        assert ["cb"] in sent


def test_vectors_of_two_models_do_not_meet() -> None:
    """The default model cannot search in an index of a remote one."""
    with serving(letters) as there, pytest.raises(PlanError, match=r"was made with the model `openai:tiny@.*`"):
        run(f'task main() -> any {{ return search(index(["a"], model="{there.model}"), "a") }}')


def test_tokens_count() -> None:
    """What a server reads counts against the limit."""
    from planlang.runtime.run import Limits

    with serving(letters) as there:
        plan = f'task main() -> any {{ return index(["a", "b", "c"], model="{there.model}") == none }}'
        with pytest.raises(PlanError, match="tokens"):
            run(plan, limits=Limits(max_tokens=8))
