"""The workloads of `models.py` as one writes them with transformers: with care, in batches, and naively, one by one.

Both use one model in float32 for answers only, in inference mode, on the threads that torch was given. The batched
versions sort by length, since padding is what batches waste; their sizes are the best of several that were tried.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor
from torch.nn.functional import normalize
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

LONGEST = 256
TOKEN_BUDGET = 512
"""Tokens of a padded batch of the encoder, padding included. With 256 to 2048 it is slower."""
PROMPTS_AT_ONCE = 16
TEXTS_AT_ONCE = 4
"""Texts whose labels are scored together, where labels are few."""
LABELS_AT_ONCE = 40
"""Rows of texts and labels that are scored together at most: each has all keys and values of its text."""
NO_TEXTS = ("N/A", "...", "text")


class ByHand:
    """An encoder with its sentiment head, and a language model."""

    def __init__(self, encoder: Path, head: Path, language: Path) -> None:
        """Models are loaded from these folders when they are first used."""
        self._encoder_folder, self._head_file, self._language_folder = encoder, head, language
        self._norms: dict[tuple[str, ...], Tensor] = {}

    @cached_property
    def encoder_tokenizer(self) -> Any:
        """The encoder's."""
        return AutoTokenizer.from_pretrained(self._encoder_folder)

    @cached_property
    def encoder(self) -> Any:
        """The encoder, in float32."""
        return AutoModel.from_pretrained(self._encoder_folder, dtype=torch.float32).eval()

    @cached_property
    def library(self) -> Any:
        """The encoder as sentence-transformers has it."""
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(str(self._encoder_folder), device="cpu")

    @cached_property
    def head(self) -> Any:
        """Weight, bias, labels and layers of the head."""
        with safe_open(str(self._head_file), framework="pt") as file:
            about = json.loads(file.metadata()["head"])
            return file.get_tensor("weight"), file.get_tensor("bias"), about["labels"], about["layers"]

    @cached_property
    def tokenizer(self) -> Any:
        """The language model's; it pads on the left."""
        return AutoTokenizer.from_pretrained(self._language_folder, padding_side="left")

    @cached_property
    def language(self) -> Any:
        """The language model, in float32."""
        return AutoModelForCausalLM.from_pretrained(self._language_folder, dtype=torch.float32).eval()

    # ── encoder ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def embed(self, texts: list[str]) -> list[Tensor]:
        """Sorted by length, padded, under a token budget."""
        return self._encode(texts, lambda states, mask: normalize(_mean(states[-1], mask), dim=1))

    def embed_naively(self, texts: list[str]) -> list[Tensor]:
        """One text after the other."""
        return [normalize(states[-1][0].mean(dim=0), dim=0) for states in self._each(texts)]

    def embed_by_library(self, texts: list[str]) -> list[Tensor]:
        """As sentence-transformers does it: sorted by length, padded, in batches of 32."""
        return list(self.library.encode(texts, convert_to_tensor=True, normalize_embeddings=True))

    def sentiment(self, texts: list[str]) -> list[Any]:
        """The same, and the head on what four layers say."""
        layers = self.head[3]

        def pool(states: Any, mask: Tensor) -> Tensor:
            return torch.cat([normalize(_mean(states[layer], mask), dim=1) for layer in layers], dim=1)

        return [self._mood(row) for row in self._encode(texts, pool)]

    def sentiment_naively(self, texts: list[str]) -> list[Any]:
        """One text after the other."""
        return [
            self._mood(torch.cat([normalize(states[layer][0].mean(dim=0), dim=0) for layer in self.head[3]]))
            for states in self._each(texts)
        ]

    def _mood(self, vector: Tensor) -> Any:
        weight, bias, labels, _ = self.head
        score, place = torch.softmax(weight @ vector + bias, dim=0).max(dim=0)
        return {"label": labels[int(place)], "score": float(score)}

    def _encode(self, texts: list[str], pool: Callable[[Any, Tensor], Tensor]) -> list[Tensor]:
        tokens = self.encoder_tokenizer(texts, truncation=True, max_length=LONGEST)["input_ids"]
        found: list[Any] = [None] * len(texts)
        for group in _groups([len(each) for each in tokens], TOKEN_BUDGET):
            batch = self.encoder_tokenizer.pad({"input_ids": [tokens[i] for i in group]}, return_tensors="pt")
            with torch.inference_mode():
                states = self.encoder(**batch, output_hidden_states=True).hidden_states
                for i, row in zip(group, pool(states, batch["attention_mask"]), strict=True):
                    found[i] = row
        return found

    def _each(self, texts: list[str]) -> Iterator[Any]:
        for text in texts:
            batch = self.encoder_tokenizer(text, truncation=True, max_length=LONGEST, return_tensors="pt")
            with torch.inference_mode():
                yield self.encoder(**batch, output_hidden_states=True).hidden_states

    # ── generation ───────────────────────────────────────────────────────────────────────────────────────────────────

    def generate(self, prompts: list[str], most: int) -> list[str]:
        """Sorted by length, padded on the left."""
        chats = [self._chat(prompt) for prompt in prompts]
        found = [""] * len(prompts)
        order = sorted(range(len(chats)), key=lambda i: len(chats[i]))
        for start in range(0, len(order), PROMPTS_AT_ONCE):
            group = order[start : start + PROMPTS_AT_ONCE]
            for i, text in zip(group, self._write([chats[i] for i in group], most), strict=True):
                found[i] = text
        return found

    def generate_naively(self, prompts: list[str], most: int) -> list[str]:
        """One prompt after the other."""
        return [self._write([self._chat(prompt)], most)[0] for prompt in prompts]

    def samples(self, prompts: list[str], n: int, most: int) -> list[list[str]]:
        """Sorted by length; as many prompts at once as make a batch of PROMPTS_AT_ONCE texts."""
        chats = [self._chat(prompt) for prompt in prompts]
        found: list[list[str]] = [[]] * len(prompts)
        order = sorted(range(len(chats)), key=lambda i: len(chats[i]))
        for start in range(0, len(order), max(1, PROMPTS_AT_ONCE // n)):
            group = order[start : start + max(1, PROMPTS_AT_ONCE // n)]
            texts = self._write([chats[i] for i in group], most, **_drawn(n))
            for place, i in enumerate(group):
                found[i] = texts[place * n : place * n + n]
        return found

    def _chat(self, prompt: str) -> str:
        messages = [{"role": "user", "content": prompt}]
        return self.tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)

    def _write(self, chats: list[str], most: int, **options: Any) -> list[str]:
        batch = self.tokenizer(chats, padding=True, return_tensors="pt", add_special_tokens=False)
        with torch.inference_mode():
            tokens = self.language.generate(**batch, max_new_tokens=most, **(options or {"do_sample": False}))
        written = tokens[:, batch["input_ids"].shape[1] :]
        return [text.strip() for text in self.tokenizer.batch_decode(written, skip_special_tokens=True)]

    # ── labels by likelihood ─────────────────────────────────────────────────────────────────────────────────────────

    def classify(self, texts: list[str], labels: list[str]) -> list[Any]:
        """Sorted by length; several prompts at once, their keys and values kept, then all labels of all of them."""
        prompts = [self._question(text, labels) for text in texts]
        answers = _Answers([self._answer(label) for label in labels], self.tokenizer.pad_token_id)
        found: list[Any] = [None] * len(prompts)
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        size = max(1, min(TEXTS_AT_ONCE, LABELS_AT_ONCE // len(labels)))
        for start in range(0, len(order), size):
            group = order[start : start + size]
            for i, sums in zip(group, self._score([prompts[i] for i in group], answers), strict=True):
                found[i] = sums
        return _shares(found, labels, self._norm(labels))

    def classify_naively(self, texts: list[str], labels: list[str]) -> list[Any]:
        """A pass for each text and label."""
        answers = [self._answer(label) for label in labels]
        found = [self._score_each(self._question(text, labels), answers) for text in texts]
        return _shares(found, labels, self._norm(labels))

    def _norm(self, labels: list[str]) -> Tensor:
        """The likelihoods without a text, worked out once for these labels."""
        if tuple(labels) not in self._norms:
            answers = [self._answer(label) for label in labels]
            sums = [self._score_each(self._question(text, labels), answers) for text in NO_TEXTS]
            self._norms[tuple(labels)] = torch.stack([torch.log_softmax(each, 0) for each in sums]).mean(dim=0)
        return self._norms[tuple(labels)]

    def _question(self, text: str, labels: list[str]) -> list[int]:
        chat = self._chat(f"Labels: {', '.join(labels)}\n\nWhich label fits this text?\n\n{text}")
        return self.tokenizer(chat, add_special_tokens=False)["input_ids"]

    def _answer(self, label: str) -> list[int]:
        return [*self.tokenizer(label, add_special_tokens=False)["input_ids"], self.tokenizer.eos_token_id]

    def _score(self, prompts: list[list[int]], answers: _Answers) -> Tensor:
        """The summed log-likelihood of each answer to each prompt."""
        batch = self.tokenizer.pad({"input_ids": prompts}, return_tensors="pt")
        mask, count = batch["attention_mask"], len(answers.lengths)
        with torch.inference_mode():
            positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
            read = self.language(**batch, position_ids=positions, use_cache=True, logits_to_keep=1)
            first = torch.log_softmax(read.logits[:, -1], dim=1)[:, answers.tokens[:, 0]]
            read.past_key_values.batch_repeat_interleave(count)
            given = answers.tokens[:, :-1].repeat(len(prompts), 1)
            ends = mask.sum(dim=1).repeat_interleave(count)
            shown = torch.cat([mask.repeat_interleave(count, dim=0), torch.ones_like(given)], dim=1)
            logits = self.language(
                input_ids=given,
                attention_mask=shown,
                position_ids=ends[:, None] + torch.arange(given.shape[1]),
                past_key_values=read.past_key_values,
            ).logits
            wanted = answers.tokens[:, 1:].repeat(len(prompts), 1)
            rest = torch.log_softmax(logits, dim=2).gather(2, wanted[..., None])[..., 0]
            kept = torch.arange(1, answers.tokens.shape[1]) < answers.lengths.repeat(len(prompts))[:, None]
        return first + (rest * kept).sum(dim=1).view(len(prompts), count)

    def _score_each(self, prompt: list[int], answers: list[list[int]]) -> Tensor:
        sums: list[Tensor] = []
        for answer in answers:
            with torch.inference_mode():
                logits = self.language(input_ids=torch.tensor([[*prompt, *answer]])).logits[0]
            likely = torch.log_softmax(logits[len(prompt) - 1 : -1], dim=1)
            sums.append(likely.gather(1, torch.tensor(answer)[:, None]).sum())
        return torch.stack(sums)


def _drawn(n: int) -> dict[str, Any]:
    """Options of `generate` of transformers: `n` texts for each prompt, drawn among all tokens."""
    return {"do_sample": True, "temperature": 0.8, "top_k": 0, "num_return_sequences": n}


@dataclass(init=False)
class _Answers:
    """Answers as one block of tokens, padded on the right."""

    tokens: Tensor
    lengths: Tensor

    def __init__(self, answers: list[list[int]], padding: int) -> None:
        longest = max(map(len, answers))
        self.tokens = torch.tensor([[*answer, *[padding] * (longest - len(answer))] for answer in answers])
        self.lengths = torch.tensor([len(answer) for answer in answers])


def _shares(sums: list[Tensor], labels: list[str], norm: Tensor) -> list[Any]:
    """Likelihoods against those without a text, as shares."""
    found = [torch.softmax(each - norm, 0).tolist() for each in sums]
    return [
        {"label": labels[max(range(len(labels)), key=shares.__getitem__)], "score": max(shares)} for shares in found
    ]


def _mean(states: Tensor, mask: Tensor) -> Tensor:
    weights = mask[..., None]
    return (states * weights).sum(dim=1) / weights.sum(dim=1)


def _groups(lengths: list[int], budget: int) -> Iterator[list[int]]:
    """Which texts are padded to one length together: neighbours in length, at most `budget` tokens."""
    group: list[int] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if group and (len(group) + 1) * lengths[i] > budget:
            yield group
            group = []
        group.append(i)
    if group:
        yield group
