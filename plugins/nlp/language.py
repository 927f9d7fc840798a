"""A causal language model: prompts as tokens, many prompts read in one pass, heads of prompts read once."""

# transformers and torch leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor
from torch.nn import functional

from planlang.plugins import Failure

from . import packing, templates
from .loading import load_tokenizer, load_weights

PASS_TOKENS = 1024
"""Tokens of one pass: more make it no faster, and bound its memory."""
_LEAST_HEAD = 4
"""Heads shorter than this are not worth the trouble."""
_KEPT_HEADS = 8
_LONGEST_KEPT_HEAD = 1024


@dataclass(frozen=True, slots=True)
class Head:
    """The keys and values of tokens that many prompts begin with: for each layer, heads, tokens, numbers."""

    tokens: tuple[int, ...]
    keys: list[Tensor]
    values: list[Tensor]


@dataclass(frozen=True, slots=True)
class Span:
    """Tokens to be read after those of `head`.

    wanted: places of the tokens after which the next one is asked for.
    positions: of the tokens in their text, where they are not one after the other.
    mask: (tokens, tokens of the head and these): which each looks at; None for all that lie before it.
    """

    tokens: Sequence[int]
    head: Head | None
    wanted: Sequence[int]
    positions: Sequence[int] | None = None
    mask: Tensor | None = None

    @property
    def before(self) -> int:
        """Tokens of the head."""
        return len(self.head.tokens) if self.head else 0


Keep = Callable[[int, int, Tensor, Tensor], None]
"""`keep(layer, number of the span, keys, values)`: (heads, tokens, numbers), those of the span's head included."""


class _Reading:
    """Each span looks at its head and itself, by a call of its own: nothing hangs on the other spans."""

    def __init__(self, spans: Sequence[Span], keep: Keep | None) -> None:
        self._spans = spans
        self._keep = keep
        self._masks = [_mask(span) for span in spans]

    def __call__(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        sizes = [len(span.tokens) for span in self._spans]
        split = zip(*(states.split(sizes, dim=1) for states in (query, key, value)), strict=True)
        found: list[Tensor] = []
        for i, (q, k, v) in enumerate(split):
            head, mask = self._spans[i].head, self._masks[i]
            keys = k if head is None else torch.cat([head.keys[layer], k], dim=1)
            values = v if head is None else torch.cat([head.values[layer], v], dim=1)
            out = functional.scaled_dot_product_attention(
                q[None], keys[None], values[None], attn_mask=mask, is_causal=mask is None, scale=scale, enable_gqa=True
            )
            found.append(out[0].transpose(0, 1))
            if self._keep is not None:
                self._keep(layer, i, keys, values)
        return torch.cat(found)


def _mask(span: Span) -> Tensor | None:
    if span.mask is not None or span.head is None:
        return span.mask
    count = len(span.tokens)
    return torch.ones(count, span.before + count, dtype=torch.bool).tril(span.before)


class LanguageModel:
    """Holds a causal language model with its tokenizer. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        """Load it. `packed` says whether it can read several prompts in one pass."""
        from transformers import AutoModelForCausalLM

        self.tokenizer = load_tokenizer(folder)
        self.model = load_weights(AutoModelForCausalLM, folder)
        self.longest: int = self.model.config.max_position_embeddings
        self.ends = _end_tokens(self.model, self.tokenizer)
        self.exact = False
        self.packed = self._pack()
        if not self.packed:
            self.model = load_weights(AutoModelForCausalLM, folder)
        self._heads: OrderedDict[tuple[int, ...], Head] = OrderedDict()
        self._starts: dict[tuple[str | None, str], tuple[int, ...]] = {}
        self._lock = threading.Lock()

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
            return self.tokenizer("\n\n".join(message["content"] for message in messages))["input_ids"]
        text = self._as_chat(messages)
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]

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
        roles = [message["role"] for message in messages]
        if roles in (["user"], ["system", "user"]):
            return self.span(messages[-1]["content"], messages[0]["content"] if len(roles) > 1 else None)
        tokens = self.chat(messages)
        return Span(tokens, None, [len(tokens) - 1])

    def span(self, prompt: str, system: str | None = None, before: str = "") -> Span:
        """`before` and `prompt` as one chat, ready to be read.

        What it shares with all chats of this system text and this `before` is its head. Where that ends depends on
        nothing else, so that a prompt is always computed in the same two parts.
        """
        tokens = self.chat(messages(before + prompt, system))
        start = self._shared_start(system, before)
        if len(start) < _LEAST_HEAD or tuple(tokens[: len(start)]) != start or not self.packed:
            return Span(tokens, None, [len(tokens) - 1])
        rest = tokens[len(start) :]
        return Span(rest, self._head(start), [len(rest) - 1])

    def _shared_start(self, system: str | None, before: str) -> tuple[int, ...]:
        """The tokens that all chats of this `system` and this `before` begin with."""
        key = (system, before)
        start = self._starts.get(key)
        if start is None:
            one, other = (self.chat(messages(before + sample, system)) for sample in ("a", "Zwei."))
            differing = (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
            start = tuple(one[: next(differing, 0)])
            with self._lock:
                while len(self._starts) >= _KEPT_HEADS:
                    del self._starts[next(iter(self._starts))]
                self._starts[key] = start
        return start

    def _head(self, tokens: tuple[int, ...]) -> Head:
        with self._lock:
            head = self._heads.get(tokens)
            if head is not None:
                self._heads.move_to_end(tokens)
                return head
        head = Head(tokens, [], [])

        def keep(_layer: int, _span: int, keys: Tensor, values: Tensor) -> None:
            head.keys.append(keys.contiguous())
            head.values.append(values.contiguous())

        self.read([Span(tokens, None, [0])], keep)
        with self._lock:
            if len(tokens) <= _LONGEST_KEPT_HEAD:
                self._heads[tokens] = head
            while len(self._heads) > _KEPT_HEADS:
                self._heads.popitem(last=False)
        return head

    def answer(self, text: str) -> list[int]:
        """The tokens of `text` as an answer: up to its end where the model marks it, else as a word of its own."""
        if self.tokenizer.chat_template is None:
            return self.tokenizer(" " + text, add_special_tokens=False)["input_ids"]
        return [*self.tokenizer(text, add_special_tokens=False)["input_ids"], self.tokenizer.eos_token_id]

    def text(self, tokens: Sequence[int]) -> str:
        """Tokens as text, without those that are marks."""
        return self.tokenizer.decode(tokens, skip_special_tokens=True)

    # ── passes ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def read(self, spans: Sequence[Span], keep: Keep | None = None) -> Tensor:
        """One pass over `spans`; the logits of the token after each wanted one, a row each, spans in order."""
        tokens = [token for span in spans for token in span.tokens]
        positions = [p for span in spans for p in span.positions or range(span.before, span.before + len(span.tokens))]
        wanted: list[int] = []
        start = 0
        for span in spans:
            wanted += [start + place for place in span.wanted]
            start += len(span.tokens)
        return self.forward(tokens, positions, _Reading(spans, keep), torch.tensor(wanted))

    def forward(
        self, tokens: Sequence[int], positions: Sequence[int], attention: packing.Attention, wanted: Any = 0
    ) -> Tensor:
        """One packed pass with any attention; the logits after the tokens at `wanted` (0 is all)."""
        with torch.inference_mode():
            out = self.model(
                input_ids=torch.tensor([tokens]),
                position_ids=torch.tensor([positions]),
                use_cache=False,
                logits_to_keep=wanted,
                attention=attention,
            )
        return out.logits[0]

    def _pack(self) -> bool:
        """Make the model ready for packed passes; False where that changes what it computes."""
        samples = [self.tokenizer(text)["input_ids"] for text in ("One two three, four.", "Is it so?")]
        with torch.inference_mode():
            alone = [self.model(input_ids=torch.tensor([sample])).logits[0, -1] for sample in samples]
        spans = [Span(sample, None, [len(sample) - 1]) for sample in samples]
        try:
            self.exact = packing.pack(self.model)
            together = self.read(spans)
        except (packing.UnpackableError, RuntimeError, TypeError, ValueError):
            return False
        return torch.allclose(torch.stack(alone), together, rtol=1e-3, atol=1e-3)


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


def passes(spans: Sequence[Span]) -> list[list[int]]:
    """The numbers of `spans`, cut into passes of at most PASS_TOKENS, or of one span."""
    cut: list[list[int]] = []
    room = 0
    for i, span in enumerate(spans):
        if len(span.tokens) > room or not cut:
            cut.append([])
            room = PASS_TOKENS
        cut[-1].append(i)
        room -= len(span.tokens)
    return cut


def _end_tokens(model: Any, tokenizer: Any) -> set[int]:
    """The tokens that end an answer, by the model's settings and its tokenizer's."""
    ends: set[int] = set()
    for source in (model.generation_config, model.config, tokenizer):
        value = getattr(source, "eos_token_id", None)
        ends |= set(value) if isinstance(value, list) else {value} if value is not None else set()
    return ends
