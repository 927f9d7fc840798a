"""A causal language model: texts as tokens, and packed passes over many prompts."""

# transformers and torch leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor

from planlang.plugins import Failure

from . import half, packing, templates
from .loading import load_tokenizer, load_weights
from .prefixes import CHUNK, PrefixTree
from .prompts import Keep, Reading, Span, passes

_KEPT_BYTES = 256 << 20
"""Memory for the keys and values of what prompts begin with."""
_SAMPLES = ("Is it so?", "One, two, three, four and so on. " * 8, "One, two, three, four and so on. " * 7)
"""Texts for a trial of packed passes. The last begins with chunks of the one before."""


class LanguageModel:
    """Holds a causal language model with its tokenizer. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        """Load it, and try whether it can be packed."""
        from transformers import AutoModelForCausalLM

        self.tokenizer = load_tokenizer(folder)
        self.model = load_weights(AutoModelForCausalLM, folder)
        self.longest: int = self.model.config.max_position_embeddings
        self.ends = _end_tokens(self.model, self.tokenizer)
        self.prefixes = PrefixTree(_KEPT_BYTES // (self.bytes_per_token * CHUNK))
        self._loose_prefixes = PrefixTree(_KEPT_BYTES // (self.bytes_per_token * CHUNK))
        """What was computed for answers that need not be exact."""
        self.agrees = False
        """Whether what a packed pass gives for a prompt has the same bits whatever else is in the pass."""
        self.packed = self._pack()
        """Whether several prompts can be read in one pass."""
        if not self.packed:
            self.model = load_weights(AutoModelForCausalLM, folder)

    @property
    def exact(self) -> bool:
        """Whether an answer need not depend on what it is batched with: on a CPU, some models take one at a time."""
        return self.model.device.type == "cpu"

    @property
    def bytes_per_token(self) -> int:
        """What the keys and values of one token take."""
        config = self.model.config
        heads = config.num_attention_heads
        width = getattr(config, "head_dim", None) or config.hidden_size // heads
        return 8 * config.num_hidden_layers * (getattr(config, "num_key_value_heads", None) or heads) * width

    # ── prompts ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def chat(self, messages: list[dict[str, str]]) -> list[int]:
        """The tokens of `messages` (role, content), ready for an answer: as the model's template writes them.

        Without a template they follow one another as paragraphs. Raises `Failure` where the template fails.
        """
        if self.tokenizer.chat_template is None:
            tokens = self.tokenizer("\n\n".join(message["content"] for message in messages))["input_ids"]
        else:
            tokens = self.tokenizer(self._as_chat(messages), add_special_tokens=False)["input_ids"]
        return tokens or [_first_token(self.tokenizer, self.ends)]

    def _as_chat(self, messages: list[dict[str, str]]) -> str:
        """`messages` as the model's template writes them; raises `Failure` where the template fails."""
        template = self.tokenizer.get_chat_template()
        values = {"tools": None, "documents": None, **self.tokenizer.special_tokens_map}
        try:
            return templates.render(template, messages, values)
        except templates.TemplateError as error:
            raise Failure(f"the model's chat template fails: {error}", kind="value") from error

    def chat_span(self, messages: list[dict[str, str]]) -> Span:
        """A chat of any messages, ready to be read."""
        return Span(self.chat(messages))

    def span(self, prompt: str, system: str | None = None) -> Span:
        """`prompt` as a chat of one question, ready to be read."""
        return self.chat_span(messages(prompt, system))

    def answer(self, text: str) -> list[int]:
        """The tokens of `text` as an answer: up to its end where the model marks it, else as a word of its own."""
        if self.tokenizer.chat_template is None:
            return self.tokenizer(" " + text, add_special_tokens=False)["input_ids"]
        return [*self.tokenizer(text, add_special_tokens=False)["input_ids"], self.tokenizer.eos_token_id]

    def text(self, tokens: Sequence[int]) -> str:
        """Tokens as text, without those that are marks."""
        return self.tokenizer.decode(tokens, skip_special_tokens=True)

    # ── passes ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def read(
        self, spans: Sequence[Span], keep: Keep | None = None, *, exact: bool = True
    ) -> Iterator[tuple[int, Tensor]]:
        """Read `spans` in as few passes as may be.

        As soon as each is read, gives its number and the logits after its last token and after each token of its
        branches, a row each. With `exact`, a model whose passes do not agree reads one span at a time and shares
        nothing.
        """
        if self.agrees or not exact:
            same = self.agrees and not self._in_half(exact=exact)
            yield from self._read(spans, self.prefixes if same else self._loose_prefixes, keep, exact=exact)
            return
        for number, span in enumerate(spans):
            for _, logits in self._read([span], PrefixTree(0), _renumbered(keep, number)):
                yield number, logits

    def _read(
        self, spans: Sequence[Span], tree: PrefixTree, keep: Keep | None, *, exact: bool = True
    ) -> Iterator[tuple[int, Tensor]]:
        for each in passes(spans, tree):
            reading = Reading(each, self.model.config.num_hidden_layers, keep)
            wanted = torch.tensor(each.wanted, dtype=torch.long)
            logits = self.forward(each.tokens, each.positions, reading, wanted, exact=exact)
            tree.add(each.fresh)
            yield from each.answers(logits)

    def forward(
        self,
        tokens: Sequence[int],
        positions: Sequence[int],
        attention: packing.Attention,
        wanted: Any = 0,
        *,
        exact: bool = True,
    ) -> Tensor:
        """One packed pass with any attention; the logits after the tokens at `wanted` (0 is all)."""
        with torch.inference_mode(), half.half_precision(wanted=self._in_half(exact=exact)):
            out = self.model(
                input_ids=torch.tensor([tokens]),
                position_ids=torch.tensor([positions]),
                use_cache=False,
                logits_to_keep=wanted,
                attention=attention,
            )
        return out.logits[0]

    def _in_half(self, *, exact: bool) -> bool:
        return not exact and half.pays()

    def _pack(self) -> bool:
        """Make the model ready for packed passes; False where that changes what it computes."""
        samples = [self.tokenizer(text)["input_ids"] for text in _SAMPLES]
        with torch.inference_mode():
            alone = [self.model(input_ids=torch.tensor([sample])).logits[0, -1] for sample in samples]
        spans = [Span(sample) for sample in samples]
        try:
            self.agrees = packing.pack(self.model)
            together = [logits[0] for _, logits in self._read(spans, self.prefixes, None)]
            again = [logits[0] for span in spans for _, logits in self._read([span], self.prefixes, None)]
        except (packing.UnpackableError, RuntimeError, TypeError, ValueError):
            return False
        self.agrees = self.agrees and torch.equal(torch.stack(together), torch.stack(again))
        return torch.allclose(torch.stack(alone), torch.stack(together), rtol=1e-3, atol=1e-3)


def _renumbered(keep: Keep | None, number: int) -> Keep | None:
    """`keep` for a span that is read alone."""
    if keep is None:
        return None
    return lambda layer, _, keys, values: keep(layer, number, keys, values)


_loaded: WeakValueDictionary[Path, LanguageModel] = WeakValueDictionary()
_loading = threading.Lock()


def language_model(folder: Path) -> LanguageModel:
    """The model in `folder`, loaded once for all workers that hold it."""
    with _loading:
        model = _loaded.get(folder)
        if model is None:
            model = _loaded[folder] = LanguageModel(folder)
        return model


def messages(prompt: str, system: str | None = None) -> list[dict[str, str]]:
    """A prompt as a chat of one question."""
    asked = [{"role": "user", "content": prompt}]
    return asked if system is None else [{"role": "system", "content": system}, *asked]


def _first_token(tokenizer: Any, ends: set[int]) -> int:
    """What stands for a text without tokens: the mark of a beginning, or where there is none, of an end."""
    return tokenizer.bos_token_id if tokenizer.bos_token_id is not None else min(ends, default=0)


def _end_tokens(model: Any, tokenizer: Any) -> set[int]:
    """The tokens that end an answer, by the model's settings and its tokenizer's."""
    ends: set[int] = set()
    for source in (model.generation_config, model.config, tokenizer):
        value = getattr(source, "eos_token_id", None)
        ends |= set(value) if isinstance(value, list) else {value} if value is not None else set()
    return ends
