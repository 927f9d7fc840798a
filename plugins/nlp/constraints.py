"""What a language model may write next, so that its text is of a grammar, and whole within its token limit.

llguidance says which tokens may follow. `Unfinished` says how many tokens the rest needs at least: a token that would
leave too few is not written, and the text goes to its end by the shortest way instead. So an answer is always complete,
however little the model thinks of ending it.
"""

# torch and llguidance leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer
from torch import Tensor

from planlang.plugins import Failure

from .grammars import Grammar
from .guidance import guidance_of
from .sampling import Sampler
from .unfinished import Readings, Unfinished

_MOST_GRAMMARS = 64


class Tokens:
    """The tokens of one model as bytes, for llguidance and for us."""

    def __init__(self, tokenizer: Any, count: int, ends: set[int]) -> None:
        """`count` is the number of logits; `ends` are the tokens that end an answer.

        Raises `Failure` for a tokenizer whose tokens are no pieces of text.
        """
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if backend is None or not ends:
            raise Failure(
                "this model cannot be held to a type or a pattern: its tokenizer does not say what its tokens are",
                hint="take a model with a fast tokenizer and an end token",
            )
        self.guide = LLTokenizer(backend.to_str(), n_vocab=count, eos_token=sorted(ends))
        self.count = count
        self.end = min(ends)
        self.pieces = [self.guide.decode_bytes([token]) for token in range(count)]
        special = [self.guide.is_special_token(token) for token in range(count)]
        self._by_bytes: dict[bytes, int] = {}
        for token, piece in enumerate(self.pieces):
            if piece and not special[token]:
                self._by_bytes.setdefault(piece, token)
        self._longest = max(map(len, self._by_bytes))

    def split(self, text: bytes) -> list[int]:
        """Tokens that give `text`: always the longest that fits. Raises `Failure` where there are none."""
        found: list[int] = []
        at = 0
        while at < len(text):
            sizes = range(min(self._longest, len(text) - at), 0, -1)
            token = next((t for size in sizes if (t := self._by_bytes.get(text[at : at + size])) is not None), None)
            if token is None:
                shown = text[at:].decode("utf-8", "replace")[:10]
                raise Failure(f"this model has no token for `{shown}`, which the answer may need", kind="value")
            found.append(token)
            at += len(self.pieces[token])
        return found


class Constraints:
    """The grammars that one model was held to, ready for further texts."""

    def __init__(self, tokens: Tokens) -> None:
        """Nothing known yet."""
        self._tokens = tokens
        self._known: OrderedDict[Any, tuple[LLMatcher, Unfinished]] = OrderedDict()

    def constraint(self, key: Any, make: Callable[[], Grammar], most: int, sampler: Sampler) -> Constraint:
        """Holds one text of at most `most` tokens to the grammar of this key; `make` makes it where it is not known.

        Raises `Failure` where no text of the grammar is that short, or the grammar cannot be used.
        """
        if key not in self._known:
            grammar = make()
            matcher = LLMatcher(self._tokens.guide, guidance_of(grammar))
            if matcher.is_error():
                raise Failure(f"this type or pattern is too large: {matcher.get_error()[:200]}", kind="value")
            self._known[key] = matcher, Unfinished(grammar, self._tokens)
            if len(self._known) > _MOST_GRAMMARS:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        matcher, unfinished = self._known[key]
        return Constraint(self._tokens, matcher.deep_copy(), unfinished, most, sampler)


class Constraint:
    """Chooses the tokens of one text."""

    def __init__(self, tokens: Tokens, matcher: LLMatcher, unfinished: Unfinished, most: int, sampler: Sampler) -> None:
        """Raises `Failure` where `most` tokens do not suffice for any text."""
        self._tokens = tokens
        self._matcher = matcher
        self._unfinished = unfinished
        self._readings: Readings = unfinished.start
        self._sampler = sampler
        self._left = most
        self._way: list[int] | None = None
        self.written = bytearray()
        least = unfinished.least(self._readings) if self._readings else most + 1
        if least > most:
            raise Failure(
                f"max_tokens is {most:,}, and the shortest answer of this form has {least:,} tokens",
                kind="value",
                hint="raise max_tokens",
            )
        roomy = unfinished.roomy(self._readings) <= most
        self._needed = unfinished.roomy if roomy else unfinished.least

    @property
    def done(self) -> bool:
        """Whether nothing can follow."""
        return self._way == [] if self._way is not None else self._readings == (None,)

    def choose(self, logits: Tensor) -> int:
        """The next token; an end token where the text is whole and the model wants no more."""
        if self.done or not self._left:
            return self._tokens.end
        token = self._next(logits)
        if token not in self._tokens.guide.eos_tokens:
            self._left -= 1
            self.written += self._tokens.pieces[token]
            self._sampler.written(token)
        return token

    def _next(self, logits: Tensor) -> int:
        if self._way is not None:
            return self._way.pop(0)
        allowed = self._allowed(len(logits))
        token = int(allowed[0]) if len(allowed) == 1 else self._sampler.pick(_only(logits, allowed))
        if token in self._tokens.guide.eos_tokens:
            return token
        after = self._unfinished.after(self._readings, self._tokens.pieces[token])
        if not after or self._needed(after) >= self._left:
            return self._towards_the_end()
        return self._take(token, after)

    def _allowed(self, count: int) -> Any:
        """The tokens that may follow, in order; there are `count` in all."""
        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        if self._matcher.is_error():
            raise Failure(f"the answer cannot be held to its form: {self._matcher.get_error()[:200]}")
        return np.flatnonzero(np.unpackbits(bits, count=count, bitorder="little"))

    def _towards_the_end(self) -> int:
        """The first token of the shortest way; all of it where following it step by step would not be as short."""
        way = self._unfinished.way(self._readings)
        after = self._unfinished.after(self._readings, self._tokens.pieces[way[0]]) if way else ()
        if after and self._unfinished.least(after) < self._left:
            return self._take(way[0], after)
        self._way = way[1:]
        return way[0] if way else self._tokens.end

    def _take(self, token: int, after: Readings) -> int:
        self._matcher.consume_token(token)
        self._readings = after
        return token


def _only(logits: Tensor, allowed: Any) -> Tensor:
    """`logits` with minus infinity for every token that may not follow."""
    places = torch.from_numpy(allowed)
    return torch.full_like(logits, float("-inf")).index_copy_(0, places, logits[places])
