"""The worker of `find_pii` and `mask`: Presidio's analyser over a spaCy pipeline, one text at a time."""

# presidio_analyzer and spaCy leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from planlang.plugins import Context, Failure, Item

from . import pipelines
from .kinds import ENTITIES, KINDS, LABELS, NAMED, USUAL, Kind
from .spans import Span, again, apart, masked, untitled

_SURE = 0.4
"""Findings below are guesses: any nine digits may be the number of a passport."""
_WINDOW, _MARGIN = 4000, 300
"""Characters that are looked at together, and those of the neighbours on both sides: patterns take time that grows with
the square of a text, and no number or name is longer than the margin."""


class PiiFinder:
    """Holds a spaCy pipeline and Presidio's recognisers. It reads one text at a time, so none changes another."""

    max_batch = 64

    def load(self, context: Context) -> None:
        """Load the pipeline that `context` names; nothing asks the network."""
        logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)  # it tells of each label that it does not know
        self._stopping = context.stopping
        self._model = context.model
        self._pipeline = pipelines.load(context.model)
        self._analyzers: dict[str, Any] = {}

    def cost(self, item: Item) -> int:
        """Roughly its tokens."""
        return len(item["text"]) // 4 + 4

    def find(self, batch: Sequence[Item]) -> list[Any]:
        """A list of `{kind, text, start, score}` for each text."""
        return self._each(batch, _findings)

    def mask(self, batch: Sequence[Item]) -> list[Any]:
        """Each text with masks in the places of what was found."""
        return self._each(batch, masked)

    def _each(self, batch: Sequence[Item], answer: Callable[[str, list[Span]], Any]) -> list[Any]:
        answers: list[Any] = []
        for item in batch:
            if self._stopping():
                answers.append(Failure("it was stopped"))
                continue
            try:
                answers.append(answer(item["text"], self._spans(item["text"], item["kinds"], item["language"])))
            except Failure as failure:
                answers.append(failure)
        return answers

    def _spans(self, text: str, kinds: list[Kind] | None, language: str) -> list[Span]:
        wanted = USUAL if kinds is None else frozenset(kinds)
        analyzer = self._analyzer(language, wanted)
        patterns = [name for name, kind in ENTITIES.items() if kind not in NAMED or kind in wanted]
        found = {span for window in _windows(text) for span in self._look(analyzer, text, window, patterns, language)}
        if "person" in wanted:
            found |= set(again(text, sorted(found), self._pipeline.Defaults.stop_words))
        return [span for span in apart(found, text) if span.kind in wanted]

    def _look(
        self, analyzer: Any, text: str, window: tuple[int, int], entities: list[str], language: str
    ) -> Iterator[Span]:
        start, end = window
        pipeline = analyzer.nlp_engine.nlp[language]
        with pipeline.memory_zone():  # else its vocabulary keeps every word for ever
            found = analyzer.analyze(text[start:end], language, entities, score_threshold=_SURE)
        for each in found:
            span = Span(start + each.start, start + each.end, ENTITIES[each.entity_type], float(each.score))
            yield untitled(text, span)

    # ── languages ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _analyzer(self, language: str, wanted: frozenset[Kind]) -> Any:
        """The analyser for texts in `language`; raises `Failure` where it cannot find what is wanted."""
        own = self._pipeline.lang
        if language != own and wanted & NAMED:
            others = ", ".join(f'"{kind}"' for kind in KINDS if kind not in NAMED)
            raise Failure(
                f"`{self._model}` finds names in texts in `{own}`, and not in `{language}`",
                kind="value",
                hint=f"name a spaCy pipeline of that language (model=), or leave names out: kinds=[{others}]",
            )
        if language not in self._analyzers:
            self._analyzers[language] = _make(language, self._pipeline if language == own else _bare(language))
        return self._analyzers[language]


def _make(language: str, pipeline: Any) -> Any:
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine

    from .recognizers import recognizers

    labels: tuple[str, ...] = pipeline.get_pipe("ner").labels if "ner" in pipeline.pipe_names else ()
    engine = SpacyNlpEngine(
        models=[{"lang_code": language, "model_name": pipeline.meta["name"]}],
        ner_model_configuration=NerModelConfiguration(
            model_to_presidio_entity_mapping=LABELS,
            labels_to_ignore=[label for label in labels if label not in LABELS],
        ),
    )
    engine.nlp = {language: pipeline}
    registry = RecognizerRegistry(recognizers(language), supported_languages=[language])
    return AnalyzerEngine(registry, engine, supported_languages=[language])


def _bare(language: str) -> Any:
    """A pipeline that only cuts texts of `language` into words."""
    import spacy

    try:
        return pipelines.with_lemmas(spacy.blank(language))
    except (ImportError, ValueError) as error:
        raise Failure(
            f"there is no language `{language}`", kind="value", hint="languages have two letters: en, de, fr"
        ) from error


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """Where the parts of `text` begin and end that are looked at one by one; they overlap."""
    for start in range(0, max(1, len(text)), _WINDOW):
        yield max(0, start - _MARGIN), min(len(text), start + _WINDOW + _MARGIN)


def _findings(text: str, spans: list[Span]) -> list[dict[str, Any]]:
    return [{"kind": s.kind, "text": text[s.start : s.end], "start": s.start, "score": s.score} for s in spans]
