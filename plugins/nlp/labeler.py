"""The worker of functions that put labels on texts: an encoder, a model trained to classify, or a language model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from planlang.plugins import Answer, Context, Failure, Item

from . import judges, models
from .heads import HEAD, load_head
from .loading import alone, prepare
from .tasks import Task, task_of

if TYPE_CHECKING:  # torch is imported when a model is loaded
    from .classifiers import Classifier

_LANGUAGE_COST = 2048
"""A language model needs seconds for this many tokens."""


class Way(Protocol):
    """A way to choose among labels."""

    def score(
        self, texts: Sequence[str], tasks: Sequence[Task], *, apart: bool = False, exact: bool = True
    ) -> list[Any]:
        """For each text the scores of its task's labels, in an `Answer` or bare, or a `Failure`.

        They sum to 1, or say of each label, the others `apart`, how likely it fits.
        """
        ...


class Labeler:
    """Holds one of three: an encoder, a model with labels of its own, or a language model."""

    max_batch = 128
    max_cost = 4096
    _reads_labels = False
    """Whether labels are read again with each text."""

    @alone
    def load(self, context: Context) -> None:
        """Find and load the model that `context` names."""
        prepare(context.threads)
        self._name = context.model
        self._stopping = context.stopping
        self._report = context.report
        self._own: tuple[str, ...] = ()
        self._judge: judges.Judge | None = None
        folder = models.locate(context.model, context.cache_folder)
        if models.is_head(folder):
            self._load_head(folder, context)
            return
        architecture = " ".join(models.read_config(folder).get("architectures") or [])
        if "ForSequenceClassification" in architecture:
            from .classifiers import TrainedClassifier

            self._use(TrainedClassifier(folder, context.model))
        elif "ForCausalLM" in architecture:
            self._load_language_model(folder)
        elif "ForConditionalGeneration" in architecture:
            raise Failure(
                f"`{context.model}` translates or sums up texts; this function needs a model that labels them",
                hint="name another model, or leave model= out",
            )
        else:
            self._load_encoder(folder)

    def _load_head(self, folder: Path, context: Context) -> None:
        from .classifiers import head_classifier

        head = load_head(folder / HEAD)
        beside = (folder / "config.json").is_file()  # exported together with its encoder
        self._use(head_classifier(head, folder if beside else models.locate(head.encoder, context.cache_folder)))

    def _use(self, classifier: Classifier) -> None:
        from .classifiers import OwnLabels

        self._way: Way = OwnLabels(classifier, self._name, self._stopping)
        self._own = classifier.labels
        self._make_judge: Callable[[], judges.Judge] = lambda: judges.Own(classifier, self._name, self._stopping)
        self.exact = classifier.exact

    def _load_language_model(self, folder: Path) -> None:
        from .language import language_model
        from .scoring import LabelScorer

        language = language_model(folder)
        self._way = LabelScorer(language, self._stopping)
        self._make_judge = lambda: judges.Asked(language, self._stopping)
        self._reads_labels = True
        self.max_cost = _LANGUAGE_COST
        self.exact = language.exact

    def _load_encoder(self, folder: Path) -> None:
        from .encoding import text_encoder
        from .label_likeness import Likeness

        encoder = text_encoder(folder)
        self._way = Likeness(encoder, self._stopping)
        self._make_judge = lambda: judges.judge_for(folder, encoder, self._stopping)
        self.exact = encoder.exact

    def cost(self, item: Item) -> int:
        """Roughly its tokens."""
        if "texts" in item.arguments:
            return sum(len(text) // 4 + 2 for text in item["texts"])
        tokens = len(item["text"]) // 4 + 2
        labels = item.arguments.get("labels") if self._reads_labels else None
        return tokens + sum(len(label) // 4 + 2 for label in labels) if isinstance(labels, (list, dict)) else tokens

    # ── how a text sounds ────────────────────────────────────────────────────────────────────────────────────────────

    def sentiment(self, batch: Sequence[Item]) -> list[Any]:
        """`{label, score}` for each text."""
        return [judges.mood(found) for found in self._judged(batch)]

    def analyze_sentiment(self, batch: Sequence[Item]) -> list[Any]:
        """`positive` or `negative` for each text."""
        return [judges.side(found) for found in self._judged(batch)]

    def _judged(self, batch: Sequence[Item]) -> list[Any]:
        if self._judge is None:  # whether the model can do it matters only here
            self._judge = self._make_judge()
        return self._judge.shares([item["text"] for item in batch])

    # ── any labels ───────────────────────────────────────────────────────────────────────────────────────────────────

    def classify(self, batch: Sequence[Item]) -> list[Any]:
        """`{label, score, scores}` for each text and its labels."""
        return self._answer(batch, apart=False, make=_best)

    def classify_multi(self, batch: Sequence[Item]) -> list[Any]:
        """`{labels, scores}` for each text and its labels."""
        return self._answer(batch, apart=True, make=_all)

    def label_rows(self, batch: Sequence[Item]) -> list[Any]:
        """For each item, the labels of its texts: the model's own, those that it names, or else those of its rows."""
        return [self._label_rows(item) for item in batch]

    def _label_rows(self, item: Item) -> Any:
        labels = item["labels"] if item["labels"] is not None or self._own else item["else_labels"]
        texts, found, tokens = item["texts"], list[str](), 0
        for start in range(0, len(texts), self.max_batch):
            if self._stopping():
                return Failure("the rows were not looked at any more")
            cut = texts[start : start + self.max_batch]
            asked = [Item(item.function, {"text": text, "labels": labels}, exact=item.exact) for text in cut]
            for place, answer in enumerate(self.classify(asked), start):
                if isinstance(answer, Failure):
                    answer.message = f"in row {place}, {answer.message}"
                    return answer
                tokens += answer.tokens if isinstance(answer, Answer) else 0
                found.append((answer.value if isinstance(answer, Answer) else answer)["label"])
            self._report(len(found), len(texts))
        return Answer(found, tokens)

    def _answer(self, batch: Sequence[Item], *, apart: bool, make: _Make) -> list[Any]:
        """What `make` makes of the scores of each item; a `Failure` for those whose labels will not do."""
        tasks = [self._task(item) for item in batch]
        asked = [(i, task) for i, task in enumerate(tasks) if not isinstance(task, Failure)]
        answers: list[Any] = list(tasks)
        texts, exact = [batch[i]["text"] for i, _ in asked], batch[0].exact
        scores = self._way.score(texts, [task for _, task in asked], apart=apart, exact=exact)
        for (i, task), found in zip(asked, scores, strict=True):
            if isinstance(found, Answer):
                answers[i] = Answer(make(batch[i], task, found.value), found.tokens)
            else:
                answers[i] = found if isinstance(found, Failure) else make(batch[i], task, found)
        return answers

    def _task(self, item: Item) -> Task | Failure:
        """What `item` asks: its labels, or the model's own where it names none."""
        given = item["labels"]
        if given is None and not self._own:
            return Failure(
                f"`{self._name}` has no labels of its own: say which there are",
                kind="value",
                hint='for example: classify(text, ["bug", "praise"])',
            )
        try:
            return task_of(list(self._own) if given is None else given, item.arguments.get("examples"))
        except Failure as failure:
            return failure


_Make = Callable[[Item, Task, list[float]], Any]


def _best(_item: Item, task: Task, scores: list[float]) -> dict[str, Any]:
    """The answer of `classify`."""
    best = max(range(len(scores)), key=scores.__getitem__)
    return {"label": task.values[best], "score": scores[best], "scores": dict(zip(task.names, scores, strict=True))}


def _all(item: Item, task: Task, scores: list[float]) -> dict[str, Any]:
    """The answer of `classify_multi`: the likeliest first."""
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    fitting = [task.values[place] for place in order if scores[place] >= item["threshold"]]
    return {"labels": fitting, "scores": dict(zip(task.names, scores, strict=True))}
