"""Keys and values of what prompts begin with, kept in a tree of chunks for the prompts to come.

As in RadixAttention (Zheng et al. 2024, SGLang), prompts that begin with the same tokens share what was computed for
them. Here sharing must not change a bit. So every prompt is computed in chunks of `CHUNK` tokens and a rest, whether or
not any chunk of it is known: a chunk's keys and values follow from the tokens up to its end alone.
"""

# torch leaves most of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

CHUNK = 32
"""Tokens of a chunk. Smaller ones share more and take more calls of attention."""


class Chunk:
    """Some tokens of a prompt behind those of another chunk, and for each layer their keys and values.

    keys, values: for each layer a tensor (heads, CHUNK, numbers).
    """

    __slots__ = ("following", "keys", "parent", "tokens", "values")

    def __init__(self, parent: Chunk | None, tokens: tuple[int, ...]) -> None:
        """Nothing is computed yet. The root has no parent and no tokens."""
        self.parent = parent
        self.tokens = tokens
        self.following: dict[tuple[int, ...], Chunk] = {}
        self.keys: Sequence[Tensor] = ()
        self.values: Sequence[Tensor] = ()

    def fill(self, layers: int, layer: int, keys: Tensor, values: Tensor) -> None:
        """Copy what was computed for layer number `layer` of so many."""
        if not self.keys:
            block = keys.new_empty(2, layers, *keys.shape)
            self.keys, self.values = block[0].unbind(), block[1].unbind()
        self.keys[layer].copy_(keys)
        self.values[layer].copy_(values)


class PrefixTree:
    """The chunks that one model has computed. Those that were not used for longest are forgotten. Safe for threads."""

    def __init__(self, most: int) -> None:
        """Keep `most` chunks at most."""
        self.root = Chunk(None, ())
        self._most = most
        self._kept: OrderedDict[Chunk, None] = OrderedDict()
        """What was not used for longest is first; a chunk always stands behind those that follow it in the tree."""
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many chunks are kept."""
        return len(self._kept)

    def find(self, tokens: Sequence[int]) -> list[Chunk]:
        """The known chunks that `tokens` begin with. The last token is in none of them: something is left to read."""
        found: list[Chunk] = []
        chunk = self.root
        with self._lock:
            for part in chunks(tokens):
                following = chunk.following.get(part)
                if following is None:
                    break
                found.append(following)
                chunk = following
            self._touch(found)
        return found

    def add(self, fresh: Iterable[Chunk]) -> None:
        """Keep chunks that were computed, parents before what follows them."""
        with self._lock:
            for chunk in fresh:
                parent = chunk.parent
                if parent is None or (parent is not self.root and parent not in self._kept):
                    continue  # it was forgotten meanwhile
                if chunk.tokens not in parent.following:  # else another thread was faster
                    parent.following[chunk.tokens] = chunk
                    self._kept[chunk] = None
                    self._touch(_path(chunk))
            while len(self._kept) > self._most:
                self._forget()

    def _touch(self, path: Sequence[Chunk]) -> None:
        for chunk in reversed(path):
            self._kept.move_to_end(chunk)

    def _forget(self) -> None:
        chunk, _ = self._kept.popitem(last=False)
        if chunk.parent is not None:
            del chunk.parent.following[chunk.tokens]


def chunks(tokens: Sequence[int]) -> Iterable[tuple[int, ...]]:
    """The chunks of `tokens`; the rest, of one token at least, is left out."""
    for start in range(0, rest_of(len(tokens)), CHUNK):
        yield tuple(tokens[start : start + CHUNK])


def rest_of(count: int) -> int:
    """Where the rest of a prompt of `count` tokens begins."""
    return max(0, count - 1) // CHUNK * CHUNK


def _path(chunk: Chunk) -> list[Chunk]:
    path = [chunk]
    while (parent := path[-1].parent) is not None and parent.parent is not None:
        path.append(parent)
    return path[::-1]


def causal(before: int, count: int) -> Tensor | None:
    """What to add to the scores of `count` tokens behind `before` others; None where there are none before."""
    if not before:
        return None
    hidden = torch.ones(count, before + count, dtype=torch.bool).triu(before + 1)
    return torch.zeros(hidden.shape).masked_fill_(hidden, float("-inf"))
