"""Encoder-decoder models (Marian, NLLB, M2M100, mBART, T5, BART …): one text in, one text out, one by one.

A text is never computed together with another, so its answer has the same bits in any batch. How the model searches
(beams, penalties) is what its own `generation_config.json` says; nothing is drawn by chance.
"""

# transformers and torch leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from planlang.plugins import Failure

from .loading import load_tokenizer, load_weights

_LONGEST = 512
"""Tokens of a text, where a model does not say how many it takes (T5)."""


class Seq2Seq:
    """Holds an encoder-decoder model with its tokenizer. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        """Load it."""
        from transformers import AutoModelForSeq2SeqLM

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of packages that would only tidy up the marks of a text
            self.tokenizer = load_tokenizer(folder)
        self.model = load_weights(AutoModelForSeq2SeqLM, folder)
        self.config: Any = self.model.config
        said = [getattr(self.config, name, None) for name in ("max_position_embeddings", "n_positions")]
        self.longest: int = min(
            [self.tokenizer.model_max_length, *(n for n in said if n), *([] if any(said) else [_LONGEST])]
        )
        """The most tokens of a text and of its answer."""
        self._lock = threading.Lock()

    def numbers(self, text: str, *, special: bool = True) -> list[int]:
        """The tokens of `text`; with what the model expects around a text unless not `special`."""
        with self._lock:  # some tokenizers are not made for threads
            return self.tokenizer(text, add_special_tokens=special, truncation=False)["input_ids"]

    def write(
        self, numbers: Sequence[int], most: int, stopping: Callable[[], bool], first: int | None = None
    ) -> tuple[str, int, bool]:
        """What the model makes of a text: the answer, its tokens, and whether it came to an end within `most` tokens.

        first: the token that the answer is made to begin with.
        """
        import torch
        from transformers import StoppingCriteriaList

        if len(numbers) > self.longest:
            raise Failure(
                f"the text has {len(numbers):,} tokens, and the model takes at most {self.longest:,}", kind="value"
            )
        own = self.model.generation_config
        options: dict[str, Any] = {"max_new_tokens": most, "do_sample": False, "max_length": None}
        if (own.min_length or 0) > most // 2:
            options["min_length"] = most // 2
        if first is not None:
            options["forced_bos_token_id"] = first
        given = torch.tensor([numbers])
        with torch.inference_mode():
            found = self.model.generate(
                input_ids=given,
                attention_mask=torch.ones_like(given),
                stopping_criteria=StoppingCriteriaList([_Stop(stopping)]),
                **options,
            )[0].tolist()
        ends = own.eos_token_id if isinstance(own.eos_token_id, list) else [own.eos_token_id]
        answer = found[2:] if first is not None and found[1:2] == [first] else found[1:]  # what it was begun with
        with self._lock:
            text = self.tokenizer.decode(answer, skip_special_tokens=True).strip()
        return text, len(numbers) + len(answer), any(end in answer for end in ends)


class _Stop:
    """Ends a generation that nobody waits for any more."""

    def __init__(self, stopping: Callable[[], bool]) -> None:
        self._stopping = stopping

    def __call__(self, input_ids: Any, _scores: Any, **_options: Any) -> Any:
        import torch

        return torch.full((input_ids.shape[0],), self._stopping(), dtype=torch.bool)


_loaded: WeakValueDictionary[Path, Seq2Seq] = WeakValueDictionary()
_loading = threading.Lock()


def seq2seq(folder: Path) -> Seq2Seq:
    """The model in `folder`, loaded once for all workers that hold it."""
    with _loading:
        model = _loaded.get(folder)
        if model is None:
            model = _loaded[folder] = Seq2Seq(folder)
        return model
