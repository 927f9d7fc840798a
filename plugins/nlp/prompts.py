"""Prompts read in packed passes: what they share is computed once, and what each gets does not depend on the others."""

# torch leaves most of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional

from .prefixes import CHUNK, Chunk, PrefixTree, causal, chunks

PASS_TOKENS = 1024
"""Tokens of one pass: more make it no faster, and bound its memory."""

Keep = Callable[[int, int, Tensor, Tensor], None]
"""`keep(layer, number of the span, keys, values)` of all tokens of a span: (heads, tokens, numbers)."""


@dataclass(frozen=True, slots=True)
class Span:
    """A prompt to be read, and branches: tokens behind it that look at the prompt and at their own branch only.

    What comes out are the logits after the last token of the prompt and after each token of the branches.
    """

    tokens: Sequence[int]
    branches: Sequence[Sequence[int]] = ()


@dataclass(slots=True)
class Run:
    """What one pass computes of one span: some chunks, and where it gets so far, the rest.

    number: of the span. before: the chunks of the prompt that lie before.
    """

    number: int
    before: list[Chunk]
    chunks: list[Chunk] = field(default_factory=list[Chunk])
    rest: Span | None = None
    """The prompt's tokens that are left when its chunks are read, and the branches."""

    @property
    def tokens(self) -> list[int]:
        """Those that the pass reads."""
        found = [token for chunk in self.chunks for token in chunk.tokens]
        if self.rest is not None:
            found += self.rest.tokens
            found += [token for branch in self.rest.branches for token in branch]
        return found

    @property
    def positions(self) -> list[int]:
        """Places of the tokens in their text."""
        start = len(self.before) * CHUNK
        end = start + len(self.chunks) * CHUNK + (len(self.rest.tokens) if self.rest is not None else 0)
        branches = self.rest.branches if self.rest is not None else ()
        return [*range(start, end), *(end + i for branch in branches for i in range(len(branch)))]

    @property
    def wanted(self) -> range:
        """Which of the tokens are followed by logits that are asked for."""
        size = len(self.tokens)
        return range(0) if self.rest is None else range(size - sum(map(len, self.rest.branches)) - 1, size)


class Pass:
    """Runs that are computed together. A chunk that several spans have is in the run of the first."""

    def __init__(self) -> None:
        """Nothing is to be computed yet."""
        self.runs: list[Run] = []
        self.room = PASS_TOKENS
        self._fresh: dict[tuple[Chunk, tuple[int, ...]], Chunk] = {}

    @property
    def fresh(self) -> list[Chunk]:
        """The chunks that it computes, parents before what follows them."""
        return [chunk for run in self.runs for chunk in run.chunks]

    @property
    def tokens(self) -> list[int]:
        """Those of all runs."""
        return [token for run in self.runs for token in run.tokens]

    @property
    def positions(self) -> list[int]:
        """Places of the tokens in their texts."""
        return [position for run in self.runs for position in run.positions]

    @property
    def wanted(self) -> list[int]:
        """Which of the tokens are followed by logits that are asked for."""
        found: list[int] = []
        start = 0
        for run in self.runs:
            found += [start + place for place in run.wanted]
            start += len(run.tokens)
        return found

    def answers(self, logits: Tensor) -> Iterator[tuple[int, Tensor]]:
        """The numbers of the spans that are read with this pass, and what of `logits` is theirs."""
        done = [run for run in self.runs if run.rest is not None]
        each = logits.split([len(run.wanted) for run in done]) if done else ()
        return zip((run.number for run in done), each, strict=True)

    def begin(self, number: int, before: list[Chunk]) -> Run:
        """A run for the span of this number."""
        run = Run(number, before)
        self.runs.append(run)
        return run

    def known(self, chunk: Chunk, tokens: tuple[int, ...]) -> Chunk | None:
        """What follows `chunk` with these tokens in this pass."""
        return self._fresh.get((chunk, tokens))

    def add(self, run: Run, chunk: Chunk, tokens: tuple[int, ...]) -> Chunk:
        """Compute the chunk of `tokens` behind `chunk`."""
        made = self._fresh[chunk, tokens] = Chunk(chunk, tokens)
        run.chunks.append(made)
        self.room -= CHUNK
        return made

    def finish(self, run: Run, rest: Span) -> None:
        """Compute the rest of a span."""
        run.rest = rest
        self.room -= _size(rest)


def _size(span: Span) -> int:
    return len(span.tokens) + sum(map(len, span.branches))


def passes(spans: Sequence[Span], tree: PrefixTree) -> Iterator[Pass]:
    """What is to be computed for `spans`, in passes of about PASS_TOKENS; each must be computed before the next.

    The rest of a span is never cut, so that a pass may be larger than that.
    """
    current = Pass()
    for number, span in enumerate(spans):
        path, run = tree.find(span.tokens), None
        for tokens in list(chunks(span.tokens))[len(path) :]:
            last = path[-1] if path else tree.root
            chunk = None if run is not None else current.known(last, tokens)
            if chunk is None:
                if current.room < CHUNK:
                    yield current
                    current, run = Pass(), None
                run = run or current.begin(number, path.copy())
                chunk = current.add(run, last, tokens)
            path.append(chunk)
        rest = Span(span.tokens[len(path) * CHUNK :], span.branches)
        if current.room < _size(rest) and current.runs:
            yield current
            current, run = Pass(), None
        current.finish(run or current.begin(number, path.copy()), rest)
    if current.runs:
        yield current


class Reading:
    """Attention of one pass. Each chunk and each rest has a call of its own: nothing hangs on what else there is."""

    def __init__(self, of: Pass, layers: int, keep: Keep | None) -> None:
        """`layers` of the model."""
        self._runs = of.runs
        self._sizes = [len(run.tokens) for run in of.runs]
        self._layers = layers
        self._keep = keep
        self._masks = [_masks(run) for run in of.runs]

    def __call__(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Attention with keys and values of the chunks before."""
        split = zip(*(states.split(self._sizes, dim=1) for states in (query, key, value)), strict=True)
        found: list[Tensor] = []
        for run, masks, (q, k, v) in zip(self._runs, self._masks, split, strict=True):
            keys = torch.cat([*(chunk.keys[layer] for chunk in run.before), k], dim=1)
            values = torch.cat([*(chunk.values[layer] for chunk in run.before), v], dim=1)
            start = len(run.before) * CHUNK
            for place, chunk in enumerate(run.chunks):
                here = slice(start + place * CHUNK, start + place * CHUNK + CHUNK)
                chunk.fill(self._layers, layer, keys[:, here], values[:, here])
            ends = [start + place * CHUNK + CHUNK for place in range(len(run.chunks))]
            if run.rest is not None:
                ends.append(keys.shape[1])
                if self._keep is not None:
                    self._keep(layer, run.number, keys, values)
            done = 0
            for mask, end in zip(masks, ends, strict=True):
                count = end - start - done
                asked = q[:, done : done + count]
                found.append(_attend(asked, keys[:, :end], values[:, :end], mask, scale))
                done += count
        return torch.cat(found)


def _attend(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, scale: float) -> Tensor:
    out = functional.scaled_dot_product_attention(
        query[None], keys[None], values[None], attn_mask=mask, is_causal=mask is None, scale=scale, enable_gqa=True
    )
    return out[0].transpose(0, 1)


def _masks(run: Run) -> list[Tensor | None]:
    """For each chunk, and for the rest: which of the tokens before it each token sees."""
    before = len(run.before) * CHUNK
    masks = [causal(before + place * CHUNK, CHUNK) for place in range(len(run.chunks))]
    if run.rest is not None:
        masks.append(_rest_mask(before + len(run.chunks) * CHUNK, run.rest))
    return masks


def _rest_mask(before: int, rest: Span) -> Tensor | None:
    """Branches do not see each other."""
    size = _size(rest)
    if not rest.branches:
        return causal(before, size)
    hidden = torch.ones(size, before + size, dtype=torch.bool).triu(before + 1)
    start = len(rest.tokens)
    for branch in rest.branches:
        hidden[start + len(branch) :, before + start : before + start + len(branch)] = True
        start += len(branch)
    return torch.zeros(hidden.shape).masked_fill_(hidden, float("-inf"))
