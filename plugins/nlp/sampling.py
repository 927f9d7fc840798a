"""How the next token is picked from the logits: the likeliest, or one drawn by chance; options that shape the odds."""

# torch leaves most of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from planlang.lang.suggestions import closest
from planlang.plugins import Failure

_LIMITS: dict[str, tuple[float, float, str]] = {
    "top_k": (1, 1_000_000, "a whole number of at least 1"),
    "min_p": (0, 1, "between 0 and 1"),
    "repetition_penalty": (0.01, 100, "between 0.01 and 100"),
    "presence_penalty": (-100, 100, "between -100 and 100"),
    "frequency_penalty": (-100, 100, "between -100 and 100"),
}
"""The further options, each with its least and its greatest value."""


def checked(options: Mapping[str, Any]) -> dict[str, float]:
    """Further options as given by name; raises `Failure` for one that is not known or out of range."""
    found: dict[str, float] = {}
    for name, value in options.items():
        if name not in _LIMITS:
            near = closest(str(name), _LIMITS)
            hint = f"did you mean `{near}`?" if near else f"there are {', '.join(_LIMITS)}"
            raise Failure(f"there is no sampling option `{name}`", kind="value", hint=hint)
        low, high, said = _LIMITS[name]
        whole = name != "top_k" or isinstance(value, int)
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not whole or not low <= value <= high:
            raise Failure(f"{name} must be {said}, not {value}", kind="value")
        found[name] = value
    return found


class Sampler:
    """Picks tokens for one text. Equal seeds and logits give equal tokens.

    `written` is told of every token, since penalties depend on what was said.
    """

    def __init__(self, temperature: float, top_p: float, options: Mapping[str, float], seed: int) -> None:
        """Temperature 0 takes the likeliest token, whatever else is said."""
        self._temperature = temperature
        self._top_p = top_p
        self._top_k = int(options.get("top_k", 0))
        self._min_p = options.get("min_p", 0.0)
        self._repetition = options.get("repetition_penalty", 1.0)
        self._presence = options.get("presence_penalty", 0.0)
        self._frequency = options.get("frequency_penalty", 0.0)
        self._chance = torch.Generator().manual_seed(seed)
        self._prompt: set[int] = set()
        self._said: Counter[int] = Counter()

    def prompted(self, tokens: Sequence[int]) -> None:
        """The prompt's tokens: repeating them is penalised too, as it is in transformers."""
        if self._repetition != 1:
            self._prompt = set(tokens)

    def written(self, token: int) -> None:
        """`token` was written."""
        self._said[token] += 1

    def pick(self, logits: Tensor) -> int:
        """The next token; one whose logit is minus infinity is never taken."""
        logits = self._penalised(logits)
        if self._temperature == 0:
            return int(logits.argmax())
        probabilities = torch.softmax(logits.double() / max(self._temperature, 1e-4), dim=0)
        return self._drawn(self._likely(probabilities))

    def _drawn(self, probabilities: Tensor) -> int:
        """A token by its share: the first at which the shares sum to more than a number drawn by chance.

        Ten times as fast as `torch.multinomial` for one token of many.
        """
        sums = probabilities.cumsum(dim=0)
        drawn = torch.rand(1, generator=self._chance, dtype=torch.float64) * sums[-1]
        found = int(torch.searchsorted(sums, drawn, right=True))
        return found if found < len(sums) else int(probabilities.argmax())

    def _penalised(self, logits: Tensor) -> Tensor:
        if self._repetition == 1 and not self._presence and not self._frequency:
            return logits
        logits = logits.clone()
        seen = sorted(self._prompt | self._said.keys())
        if self._repetition != 1 and seen:
            scores = logits[seen]
            logits[seen] = torch.where(scores < 0, scores * self._repetition, scores / self._repetition)
        for token, count in self._said.items():
            logits[token] -= self._presence + self._frequency * count
        return logits

    def _likely(self, probabilities: Tensor) -> Tensor:
        """`probabilities` without those that `top_k`, `top_p` and `min_p` leave out; the likeliest always stays."""
        if self._min_p:
            probabilities = probabilities.where(probabilities >= self._min_p * probabilities.max(), 0.0)
        if self._top_p >= 1 and not self._top_k:
            return probabilities
        ordered, places = probabilities.sort(descending=True, stable=True)
        if self._top_k:
            ordered[self._top_k :] = 0
        before = ordered.cumsum(dim=0) - ordered  # what is likelier sums to this; the first is always kept
        share = self._top_p * float(ordered.sum()) if self._top_k else self._top_p
        return torch.zeros_like(probabilities).scatter(0, places, ordered.where(before < share, 0.0))


def free(sampler: Sampler) -> Callable[[Tensor], int]:
    """Picks tokens of a text that may be anything."""

    def choose(logits: Tensor) -> int:
        token = sampler.pick(logits)
        sampler.written(token)
        return token

    return choose
