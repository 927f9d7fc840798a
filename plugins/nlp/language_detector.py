"""The worker of `detect_language`: py3langid, a naive Bayes model over sequences of bytes (Lui and Baldwin 2012)."""

# py3langid leaves its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planlang.plugins import Context, Failure, Item

from .loading import not_installed

NAME = "py3langid"
_UNKNOWN = {"language": "und", "score": 0.0}


class LanguageDetector:
    """Holds the tables of py3langid (97 languages and more). Texts are looked at one by one."""

    max_batch = 256

    def load(self, context: Context) -> None:
        """Load the tables."""
        if context.model != NAME:
            raise Failure(
                f"languages are told by {NAME} alone, and not by `{context.model}`",
                hint="leave model= out; a classifier that was trained on languages can be asked with classify",
            )
        try:
            from py3langid.langid import MODEL_FILE, LanguageIdentifier
        except ModuleNotFoundError as error:
            raise not_installed(NAME) from error
        self._identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

    def run(self, batch: Sequence[Item]) -> list[Any]:
        """`{language, score}` for each text."""
        return [self._detect(item["text"]) for item in batch]

    def _detect(self, text: str) -> dict[str, Any]:
        if not any(map(str.isalpha, text)):
            return dict(_UNKNOWN)
        language, score = self._identifier.classify(text)
        return {"language": str(language), "score": min(1.0, float(score))}
