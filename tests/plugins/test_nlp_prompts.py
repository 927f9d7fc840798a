"""Prompts read together, apart, in parts or from what is known: the same bits. On the real default language model."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from planlang.runtime.folders import cache_folder

pytestmark = pytest.mark.models
torch = pytest.importorskip("torch")

from planlang.plugins.nlp import GENERATOR, half, models, prompts  # noqa: E402 - needs torch
from planlang.plugins.nlp.language import LanguageModel, language_model  # noqa: E402 - needs torch
from planlang.plugins.nlp.loading import prepare  # noqa: E402 - needs torch
from planlang.plugins.nlp.packing import PackedLinear  # noqa: E402 - needs torch
from planlang.plugins.nlp.prefixes import CHUNK, Chunk, PrefixTree  # noqa: E402 - needs torch
from planlang.plugins.nlp.prompts import Span, passes  # noqa: E402 - needs torch

Read = tuple[bytes, list[bytes]]
"""The logits of a span, and its keys and values, layer by layer."""


@pytest.fixture(scope="module")
def language() -> LanguageModel:
    prepare(1)
    return language_model(models.locate(GENERATOR, cache_folder()))


def read(language: LanguageModel, spans: Sequence[Span]) -> list[Read]:
    """All that comes of reading `spans` together."""
    kept: list[list[bytes]] = [[] for _ in spans]

    def keep(_layer: int, number: int, keys: Any, values: Any) -> None:
        kept[number].append(keys.numpy().tobytes() + values.numpy().tobytes())

    logits = dict(language.read(spans, keep))
    return [(logits[number].numpy().tobytes(), kept[number]) for number in range(len(spans))]


def random_spans(chance: random.Random, count: int) -> list[Span]:
    """Prompts that begin alike in all kinds of ways, some with branches."""
    stems: list[list[int]] = [[]]
    for _ in range(3):
        stem = chance.choice(stems)
        stems.append(stem + [chance.randrange(3, 49_000) for _ in range(chance.choice((5, CHUNK, 2 * CHUNK, 50)))])
    spans: list[Span] = []
    for _ in range(count):
        more = [chance.randrange(3, 49_000) for _ in range(chance.choice((1, 2, CHUNK - 1, CHUNK, CHUNK + 1)))]
        branches = [more[:length] for length in chance.choices(range(4), k=chance.choice((0, 0, 3)))]
        spans.append(Span(chance.choice(stems) + more, branches))
    return spans


def test_passes_of_the_default_model_agree(language) -> None:
    """It is tried when the model is loaded."""
    assert (True, True, True) == (language.packed, language.agrees, language.exact)


@pytest.mark.parametrize("seed", range(3))
def test_a_prompt_has_the_same_bits_whatever_is_known_and_read_with_it(language, monkeypatch, seed) -> None:
    """All logits, keys and values: alone with nothing known, together, in small passes, and with all of it known."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    spans = random_spans(chance, 6)
    expected: list[Read] = []
    for span in spans:
        monkeypatch.setattr(language, "prefixes", PrefixTree(0))
        expected += read(language, [span])
    monkeypatch.setattr(language, "prefixes", PrefixTree(chance.choice((2, 100))))
    monkeypatch.setattr(prompts, "PASS_TOKENS", chance.choice((40, 100, 1024)))
    order = chance.sample(range(len(spans)), len(spans))
    for numbers in (order[:4], order):
        assert [expected[i] for i in numbers] == read(language, [spans[i] for i in numbers])


def test_half_precision_is_near_and_changes_no_exact_answer(language, monkeypatch) -> None:
    """What was computed for answers that need not be exact is kept apart, and near what is exact."""
    monkeypatch.setattr(half, "pays", lambda: True)
    span = Span([*range(3, 3 + 2 * CHUNK), 1000])
    monkeypatch.setattr(language, "prefixes", PrefixTree(10))
    ((_, loose),) = language.read([span], exact=False)
    ((_, exact),) = language.read([span])
    monkeypatch.setattr(language, "prefixes", PrefixTree(0))
    ((_, alone),) = language.read([span])
    assert torch.equal(exact, alone)
    assert not torch.equal(exact, loose)
    assert torch.nn.functional.cosine_similarity(exact, loose).item() > 0.99


def test_layers_in_half_precision_are_near(monkeypatch) -> None:
    """With oneDNN and without it, with a bias and without."""
    for available in (True, False):
        monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: available)  # noqa: B023 - used at once
        for bias in (True, False):
            plain = torch.nn.Linear(64, 32, bias=bias)
            rows = torch.randn(5, 64)
            layer = PackedLinear(plain)
            with torch.inference_mode(), half.half_precision(wanted=True):
                found = layer(rows)
            assert torch.allclose(plain(rows), found, atol=0.05)
            assert not torch.equal(plain(rows), found)
            assert torch.allclose(plain(rows), layer(rows), atol=1e-5)


def test_what_prompts_begin_with_is_computed_once() -> None:
    """Within a pass, and from pass to pass."""
    stem = list(range(3 * CHUNK))
    spans = [Span([*stem, 1000 + i]) for i in range(5)]
    tree = PrefixTree(10)
    assert [3 * CHUNK + 5] == [computed(each, tree) for each in passes(spans, tree)]
    assert [5] == [computed(each, tree) for each in passes(spans, tree)]


def computed(each: prompts.Pass, tree: PrefixTree) -> int:
    """Pretend to compute a pass; gives its tokens."""
    tree.add(each.fresh)
    return len(each.tokens)


def test_a_long_prompt_is_read_in_several_passes() -> None:
    """Which bounds the memory that a pass takes."""
    tree = PrefixTree(0)
    sizes = [computed(each, tree) for each in passes([Span(range(5000)), Span(range(10))], tree)]
    assert 5010 == sum(sizes)
    assert prompts.PASS_TOKENS == max(sizes)


def test_the_last_token_is_always_read() -> None:
    """Its logits are what is asked for, however much is known."""
    for count in (1, CHUNK, CHUNK + 1, 2 * CHUNK):
        tree = PrefixTree(10)
        for _ in range(2):
            *_, last = passes([Span(range(count))], tree)
            computed(last, tree)
        assert 0 < len(last.tokens) <= CHUNK


def test_the_tree_forgets_what_was_not_used_for_longest() -> None:
    """And never what lies before something that it keeps."""
    tree = PrefixTree(4)
    one, other, third = ([i] * (2 * CHUNK + 1) for i in (1, 2, 3))
    for tokens in (one, other, one[: CHUNK + 1], third):
        [computed(each, tree) for each in passes([Span(tokens)], tree)]
    assert (4, 1, 1, 2) == (len(tree), *(len(tree.find(tokens)) for tokens in (one, other, third)))


def test_chunks_of_a_forgotten_one_are_not_kept() -> None:
    """Another thread may fill the tree meanwhile; what is computed serves this pass, and no other."""
    tree = PrefixTree(4)
    parent = Chunk(tree.root, (1,) * CHUNK)
    tree.add([Chunk(parent, (2,) * CHUNK)])
    assert 0 == len(tree)
