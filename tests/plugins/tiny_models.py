"""Small models of every kind, trained in a second or two until they know a few words by heart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

UNKNOWN = {"unk_token": "<unk>"}
MARKS = {"pad_token": "<pad>", "eos_token": "</s>"} | UNKNOWN


def word_tokenizer(texts: Sequence[str], **options: Any) -> Any:
    """A tokenizer of whole words and marks, which knows those of `texts`; `</s>` ends each text."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    splitter = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()])
    words = dict.fromkeys(word for text in texts for word, _ in splitter.pre_tokenize_str(text))
    vocabulary = {word: i for i, word in enumerate([*MARKS.values(), *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, **UNKNOWN))
    tokenizer.pre_tokenizer = splitter
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)]
    )
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **MARKS, **options)


def train(kind: type, config: Any, examples: Sequence[Mapping[str, Any]], steps: int, rate: float = 3e-3) -> Any:
    """A model of this class, the same each time, trained on all `examples` (its arguments, one row each).

    It stops once they are learned, or after `steps`.
    """
    import torch

    torch.manual_seed(0)
    model: Any = kind(config)
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    model.train()
    for step in range(steps):
        optimiser.zero_grad()
        loss = sum(model(**{k: torch.tensor([v]) for k, v in each.items()}).loss for each in examples)
        loss.backward()
        optimiser.step()
        if float(loss.detach()) < 0.01 * len(examples) and step > 10:
            break
    return model.eval()


def save(folder: Path, model: Any, tokenizer: Any) -> str:
    """Save both as transformers does; the folder's name for `model=`."""
    import transformers

    transformers.logging.disable_progress_bar()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)
