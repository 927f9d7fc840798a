"""The worker of `generate`: a causal language model and the loop that writes with it, token by token."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from planlang.plugins import Answer, Context, Failure, Item

from . import models
from .loading import load_tokenizer, load_weights, prepare


class Generator:
    """Holds a language model. Greedy unless a temperature is given; then drawn from the call's own seed."""

    max_batch = 1

    def load(self, context: Context) -> None:
        """Find and load the model that `context` names."""
        prepare(context.threads)
        from transformers import AutoModelForCausalLM

        folder = models.locate(context.model, context.cache_folder)
        architecture = " ".join(models.read_config(folder).get("architectures") or [])
        if "ForCausalLM" not in architecture:
            raise Failure(
                f"`{context.model}` does not write texts: it is a {architecture or 'model of unknown kind'}",
                hint="name a causal language model, or leave model= out",
            )
        self._stopping = context.stopping
        self._tokenizer = load_tokenizer(folder)
        self._model = load_weights(AutoModelForCausalLM, folder)
        self._longest: int = self._model.config.max_position_embeddings
        self._ends = _end_tokens(self._model, self._tokenizer)

    def run(self, batch: Sequence[Item]) -> list[Any]:
        """The text that follows each prompt."""
        return [self._answer(item) for item in batch]

    def _answer(self, item: Item) -> Any:
        if wrong := _wrong_options(item):
            return Failure(wrong, kind="value")
        prompt = self._prompt(item["prompt"], item["system"])
        if len(prompt) + item["max_tokens"] > self._longest:
            return Failure(
                f"the prompt has {len(prompt):,} tokens and the answer may have {item['max_tokens']:,}, "
                f"and the model takes at most {self._longest:,} together",
                kind="value",
                hint="shorten the prompt, split it, or lower max_tokens",
            )
        stops = [item["stop"]] if isinstance(item["stop"], str) else item["stop"] or []
        choose = _chooser(item["temperature"], item["top_p"], item.seed)
        return self._write(prompt, item["max_tokens"], [stop for stop in stops if stop], choose)

    def _prompt(self, prompt: str, system: str | None) -> list[int]:
        """The prompt's tokens: as a chat where the model has a template for it, else as it stands."""
        messages = [{"role": "user", "content": prompt}]
        if system is not None:
            messages.insert(0, {"role": "system", "content": system})
        if self._tokenizer.chat_template is None:
            return self._tokenizer("\n\n".join(message["content"] for message in messages))["input_ids"]
        text = self._tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
        return self._tokenizer(text, add_special_tokens=False)["input_ids"]

    def _write(self, prompt: list[int], most: int, stops: list[str], choose: Callable[[Any], int]) -> Answer:
        written: list[int] = []
        text = ""
        for token in self._tokens(prompt, choose):
            if token in self._ends:
                break
            written.append(token)
            if stops:
                text = self._text(written)
                cuts = [text.index(stop) for stop in stops if stop in text]
                if cuts:
                    return Answer(text[: min(cuts)].strip(), len(prompt) + len(written))
            if len(written) >= most or self._stopping():
                break
        return Answer(self._text(written).strip(), len(prompt) + len(written))

    def _text(self, tokens: list[int]) -> str:
        return self._tokenizer.decode(tokens, skip_special_tokens=True)

    def _tokens(self, prompt: list[int], choose: Callable[[Any], int]) -> Iterator[int]:
        """Token after token, for as long as somebody asks."""
        import torch

        given = torch.tensor([prompt])
        kept = None
        while True:
            with torch.inference_mode():
                out = self._model(input_ids=given, past_key_values=kept, use_cache=True, logits_to_keep=1)
            kept = out.past_key_values
            token = choose(out.logits[0, -1])
            yield token
            given = torch.tensor([[token]])


def _wrong_options(item: Item) -> str:
    if item["max_tokens"] < 1:
        return f"max_tokens must be at least 1, not {item['max_tokens']}"
    if not 0 <= item["temperature"] <= 100:
        return f"temperature must be between 0 and 100, not {item['temperature']:g}"
    if not 0 < item["top_p"] <= 1:
        return f"top_p must be above 0 and at most 1, not {item['top_p']:g}"
    return ""


def _chooser(temperature: float, top_p: float, seed: int) -> Callable[[Any], int]:
    """Picks the next token from the logits: the likeliest, or one drawn by chance from `seed`."""
    import torch

    if temperature == 0:
        return lambda logits: int(logits.argmax())
    chance = torch.Generator().manual_seed(seed)

    def draw(logits: Any) -> int:
        probabilities = torch.softmax(logits.double() / max(temperature, 1e-4), dim=0)
        if top_p < 1:
            ordered, places = probabilities.sort(descending=True, stable=True)
            before = ordered.cumsum(dim=0) - ordered  # what is likelier sums to this; the first is always kept
            probabilities = probabilities.scatter(0, places, ordered.where(before < top_p, 0.0))
        return int(torch.multinomial(probabilities, 1, generator=chance))

    return draw


def _end_tokens(model: Any, tokenizer: Any) -> set[int]:
    """The tokens that end an answer, by the model's settings and its tokenizer's."""
    ends: set[int] = set()
    for source in (model.generation_config, model.config, tokenizer):
        value = getattr(source, "eos_token_id", None)
        ends |= set(value) if isinstance(value, list) else {value} if value is not None else set()
    return ends
