"""What one would write by hand to label texts: word lists, bags of words, cosines, and a prompt."""

# transformers, torch and scikit-learn leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .labelled import Labelled


def vader(texts: Sequence[str]) -> list[float]:
    """The compound score of VADER (Hutto and Gilbert 2014) for each text, from -1 to 1."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer: Any = SentimentIntensityAnalyzer()
    return [float(analyzer.polarity_scores(text)["compound"]) for text in texts]


def bag_of_words(train: Sequence[Labelled], texts: Sequence[str]) -> list[dict[str, float]]:
    """TF-IDF of words and pairs of words with logistic regression; how strong it regularises is cross-validated."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline

    labels = [label for _, label in train]
    pipeline: Any = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(max_iter=1000)
    )
    if min(labels.count(label) for label in set(labels)) >= 5:
        pipeline = GridSearchCV(pipeline, {"logisticregression__C": [1, 4, 16]}, cv=5)
    pipeline.fit([text for text, _ in train], labels)
    return [dict(zip(pipeline.classes_, row, strict=True)) for row in pipeline.predict_proba(list(texts))]


def regression(vectors: Any, labels: Sequence[str], tests: Any) -> list[str]:
    """Logistic regression on an encoder's vectors, as one does with sentence-transformers."""
    from sklearn.linear_model import LogisticRegression

    model: Any = LogisticRegression(C=10, max_iter=1000)
    return list(model.fit(vectors, labels).predict(tests))


def nearest(vectors: Any, labels: Sequence[str], tests: Any) -> list[str]:
    """The label of the example that is most alike."""
    return [labels[int(place)] for place in np.argmax(tests @ vectors.T, axis=1)]


class Prompt:
    """A language model that is asked in plain words; the label whose first token is likeliest is its answer."""

    def __init__(self, folder: str) -> None:
        """Load it with transformers."""
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self._model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype="float32").eval()

    def choose(self, texts: Sequence[str], labels: Sequence[str]) -> list[str]:
        """A label for each text."""
        import torch

        firsts = [self._tokenizer(label, add_special_tokens=False)["input_ids"][0] for label in labels]
        asked = f"Is the following text about {' or '.join(labels)}? Answer with one word.\n\n"
        if set(labels) <= {"positive", "negative", "neutral"}:
            asked = f"Is the following text {' or '.join(labels)}? Answer with one word.\n\n"
        found: list[str] = []
        for text in texts:
            chat = [{"role": "user", "content": asked + text}]
            tokens = self._tokenizer.apply_chat_template(
                chat, add_generation_prompt=True, return_tensors="pt", return_dict=True
            )
            with torch.inference_mode():
                logits = self._model(**tokens).logits[0, -1]
            found.append(labels[int(logits[firsts].argmax())])
        return found
