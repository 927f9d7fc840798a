"""Texts as vectors: one encoder model, texts of any length, the same vector whatever a text is batched with."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .loading import load_tokenizer, load_weights

_LONGEST_PIECE = 256
"""Tokens of a piece. The default model was trained on texts up to this; longer texts are cut into pieces."""
_MOST_TOKENS = 4096
"""Tokens of one pass through the model: bounds its memory."""


class TextEncoder:
    """Gives each text a vector: the mean over its pieces, weighted by their tokens."""

    def __init__(self, folder: Path, stopping: Callable[[], bool]) -> None:
        """Load the model in `folder`."""
        from transformers import AutoModel

        self._tokenizer = load_tokenizer(folder)
        self._model = load_weights(AutoModel, folder)
        self._first_token = _pools_first_token(folder)
        self._stopping = stopping
        longest = min(_LONGEST_PIECE, self._model.config.max_position_embeddings)
        self._before, self._after = _special_tokens(self._tokenizer)
        self._room = longest - len(self._before) - len(self._after)

    def encode(self, texts: Sequence[str], layers: Sequence[int] = (-1,)) -> Any:
        """A float32 tensor with a row for each text: its vectors of length one in `layers`, one after the other."""
        import torch

        pieces = [(row, piece) for row, text in enumerate(texts) for piece in self._pieces(text)]
        sums = torch.zeros(len(texts), len(layers), self._model.config.hidden_size)
        for group in self._groups([piece for _, piece in pieces]):
            vectors = self._pool([pieces[i][1] for i in group], layers)
            for place, i in enumerate(group):
                sums[pieces[i][0]] += vectors[place] * len(pieces[i][1])
            if self._stopping():
                break
        return torch.nn.functional.normalize(sums, dim=2).flatten(start_dim=1)

    def _pieces(self, text: str) -> list[list[int]]:
        tokens = self._tokenizer(text, add_special_tokens=False, truncation=False)["input_ids"]
        cuts = range(0, max(len(tokens), 1), self._room)
        return [[*self._before, *tokens[cut : cut + self._room], *self._after] for cut in cuts]

    def _groups(self, pieces: list[list[int]]) -> list[list[int]]:
        """Pieces of exactly one length go together: padding would make a vector depend on its neighbours."""
        by_length: dict[int, list[int]] = {}
        for i, piece in enumerate(pieces):
            by_length.setdefault(len(piece), []).append(i)
        groups: list[list[int]] = []
        for length, members in by_length.items():
            most = max(1, _MOST_TOKENS // length)
            groups += [members[start : start + most] for start in range(0, len(members), most)]
        return groups

    def _pool(self, group: list[list[int]], layers: Sequence[int]) -> Any:
        import torch

        with torch.inference_mode():
            states = self._model(input_ids=torch.tensor(group), output_hidden_states=True).hidden_states
        chosen = torch.stack([states[layer] for layer in layers], dim=1)
        pooled = chosen[:, :, 0] if self._first_token else chosen.mean(dim=2)
        return torch.nn.functional.normalize(pooled, dim=2)


def _special_tokens(tokenizer: Any) -> tuple[list[int], list[int]]:
    """What the tokenizer puts before and after a text."""
    bare = tokenizer("a", add_special_tokens=False)["input_ids"]
    whole = tokenizer("a")["input_ids"]
    start = whole.index(bare[0])
    return whole[:start], whole[start + len(bare) :]


def _pools_first_token(folder: Path) -> bool:
    """Whether the model's vector is that of its first token (its sentence-transformers settings say so)."""
    settings = folder / "1_Pooling" / "config.json"
    return settings.is_file() and bool(json.loads(settings.read_text(encoding="utf-8")).get("pooling_mode_cls_token"))
