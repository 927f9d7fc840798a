"""The worker of `detect_language`: py3langid, a naive Bayes model over sequences of bytes (Lui and Baldwin 2012)."""

# py3langid leaves its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
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
        self._identifier = _identifier()

    def run(self, batch: Sequence[Item]) -> list[Any]:
        """`{language, score}` for each text."""
        return [self._detect(item["text"]) for item in batch]

    def _detect(self, text: str) -> dict[str, Any]:
        if not any(map(str.isalpha, text)):
            return dict(_UNKNOWN)
        language, score = self._identifier.classify(text)
        return {"language": str(language), "score": min(1.0, float(score))}


def likeliest(text: str, codes: list[str]) -> str | None:
    """Which of the languages of these ISO codes `text` is in; None where it has no letters or none can be told."""
    if len(set(codes)) == 1:
        return codes[0]
    if not any(map(str.isalpha, text)):
        return None
    ranked = (str(language) for language, _ in _identifier().rank(text))
    return next((language for language in ranked if language in codes), None)


@cache
def _identifier() -> Any:
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ModuleNotFoundError as error:
        raise not_installed(NAME) from error
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
