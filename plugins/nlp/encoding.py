"""Texts as vectors: one encoder model, texts of any length, the same vector whatever a text is batched with."""

# transformers and torch leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from .loading import load_tokenizer, load_weights

_LONGEST_PIECE = 256
"""Tokens of a piece. The default model was trained on texts up to this; longer texts are cut into pieces."""
_PASS_TOKENS = 2048
"""Tokens of one pass through the model: more make it no faster, and bound its memory."""


class TextEncoder:
    """Gives each text a vector: the mean over its pieces, weighted by their tokens. Threads may share it."""

    def __init__(self, folder: Path, load: Callable[[], Any] | None = None, longest: int = _LONGEST_PIECE) -> None:
        """Load the model in `folder`, or what `load` gives of it. `longest` is how many tokens a piece may have."""
        self._tokenizer = load_tokenizer(folder)
        load = load or functools.partial(_load_model, folder)
        self._model = load()
        self._first_token = pools_first_token(folder)
        longest = min(longest, self._model.config.max_position_embeddings)
        self._before, self._after = _special_tokens(self._tokenizer)
        self._room = longest - len(self._before) - len(self._after)
        self._agrees = False
        """Whether what a pass gives for a text has the same bits whatever else is in it."""
        self._first_position = self._pack()
        if self._first_position is None:
            self._model = load()
            self._agrees = False

    @property
    def exact(self) -> bool:
        """Whether a vector need not depend on what it is batched with: on a CPU, some models take one at a time."""
        return self._model.device.type == "cpu"

    def encode(
        self,
        texts: Sequence[str],
        layers: Sequence[int] = (-1,),
        stopping: Callable[[], bool] = lambda: False,
        *,
        exact: bool = True,
    ) -> Any:
        """A float32 tensor with a row for each text: its vectors of length one in `layers`, one after the other.

        Without `exact`, a vector may depend on the other texts in its last bits. Once `stopping` says so, nobody wants
        them any more, and the rest is left undone.
        """
        import torch

        from . import half

        pieces = [(row, piece) for row, cut in enumerate(self.cut(texts)) for piece in cut]
        sums = torch.zeros(len(texts), len(layers), self._model.config.hidden_size)
        for group in self._groups([piece for _, piece in pieces], alone=exact and not self._agrees):
            with half.half_precision(wanted=not exact and half.pays()):
                vectors = self._pool([pieces[i][1] for i in group], layers)
            for place, i in enumerate(group):
                sums[pieces[i][0]] += vectors[place] * len(pieces[i][1])
            if stopping():
                break
        return torch.nn.functional.normalize(sums, dim=2).flatten(start_dim=1)

    def states(self, texts: Sequence[str], stopping: Callable[[], bool]) -> Iterator[tuple[int, list[int], Any]]:
        """The number of the text, the tokens, and the last layer (tokens, numbers) of every piece, in any order."""
        import torch

        pieces = [(row, piece) for row, cut in enumerate(self.cut(texts)) for piece in cut]
        for group in self._groups([piece for _, piece in pieces], alone=not self._agrees):
            with torch.inference_mode():
                last = self._states([pieces[i][1] for i in group])[-1]
            for i, states in zip(group, last.split([len(pieces[i][1]) for i in group]), strict=True):
                yield *pieces[i], states
            if stopping():
                return

    def cut(self, texts: Sequence[str]) -> list[list[list[int]]]:
        """The pieces of each text, as tokens."""
        if not texts:
            return []
        pieces: list[list[list[int]]] = []
        for tokens in self._tokenizer(list(texts), add_special_tokens=False, truncation=False)["input_ids"]:
            cuts = range(0, max(len(tokens), 1), self._room)
            pieces.append([[*self._before, *tokens[cut : cut + self._room], *self._after] for cut in cuts])
        return pieces

    def _groups(self, pieces: list[list[int]], *, alone: bool) -> list[list[int]]:
        """Which pieces go through the model together: neighbours in length, of one length where it is not packed."""
        if alone:
            return [[i] for i in range(len(pieces))]
        groups: list[list[int]] = []
        room = 0
        last = 0
        for i in sorted(range(len(pieces)), key=lambda i: len(pieces[i])):
            length = len(pieces[i])
            if length > room or not groups or (self._first_position is None and length != last):
                groups.append([])
                room = _PASS_TOKENS
            groups[-1].append(i)
            room -= length
            last = length
        return groups

    def _pool(self, group: list[list[int]], layers: Sequence[int]) -> Any:
        """The vectors of the pieces in `layers`: pieces, layers, numbers."""
        import torch

        with torch.inference_mode():
            states = self._states(group)
            chosen = torch.stack([states[layer] for layer in layers], dim=1)
            each = chosen.split([len(piece) for piece in group])
            pooled = torch.stack([piece[0] if self._first_token else piece.mean(dim=0) for piece in each])
        return torch.nn.functional.normalize(pooled, dim=2)

    def _states(self, group: list[list[int]]) -> list[Any]:
        """What each layer makes of the pieces: tokens of all pieces, numbers."""
        import torch

        if self._first_position is None:
            out = self._model(input_ids=torch.tensor(group), output_hidden_states=True)
            return [states.flatten(0, 1) for states in out.hidden_states]
        from .packing import Apart

        positions = [self._first_position + place for piece in group for place in range(len(piece))]
        out = self._model(
            input_ids=torch.tensor([[token for piece in group for token in piece]]),
            position_ids=torch.tensor([positions]),
            attention=Apart([len(piece) for piece in group]),
            output_hidden_states=True,
        )
        return [states[0] for states in out.hidden_states]

    def _pack(self) -> int | None:
        """Make the model ready for packed passes: the number of the first position; None where they do not fit it."""
        import torch

        from . import packing

        samples = [cut[0] for cut in self.cut(["One two three, four.", "Is it so?"])]
        with torch.inference_mode():
            alone = [self._model(input_ids=torch.tensor([sample])).last_hidden_state[0] for sample in samples]
        self._agrees = packing.pack(self._model)
        for first in (0, (self._model.config.pad_token_id or 0) + 1):  # RoBERTa counts from after its padding token
            self._first_position = first
            try:
                together = self._states(samples)[-1]
            except (packing.UnpackableError, RuntimeError, TypeError, ValueError, IndexError):
                continue
            if torch.allclose(torch.cat(alone), together, rtol=1e-3, atol=1e-4):
                return first
        return None


def _load_model(folder: Path) -> Any:
    from transformers import AutoModel

    return load_weights(AutoModel, folder)


_loaded: WeakValueDictionary[Path, TextEncoder] = WeakValueDictionary()
_loading = threading.Lock()


def text_encoder(folder: Path) -> TextEncoder:
    """The encoder in `folder`, loaded once for all workers of this process that hold it."""
    with _loading:
        encoder = _loaded.get(folder)
        if encoder is None:
            encoder = _loaded[folder] = TextEncoder(folder)
        return encoder


def _special_tokens(tokenizer: Any) -> tuple[list[int], list[int]]:
    """What the tokenizer puts before and after a text."""
    bare = tokenizer("a", add_special_tokens=False)["input_ids"]
    whole = tokenizer("a")["input_ids"]
    start = whole.index(bare[0])
    return whole[:start], whole[start + len(bare) :]


def pools_first_token(folder: Path) -> bool:
    """Whether the model's vector is that of its first token (its sentence-transformers settings say so)."""
    settings = folder / "1_Pooling" / "config.json"
    return settings.is_file() and bool(json.loads(settings.read_text(encoding="utf-8")).get("pooling_mode_cls_token"))
