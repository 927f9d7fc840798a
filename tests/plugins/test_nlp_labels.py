"""Labels: their forms, examples, several at a time, and the kinds of models that give them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import planlang
from planlang.lang import types
from planlang.plugins import Answer, Context, Failure, Item
from planlang.plugins.loader import Plugins, load
from planlang.runtime.errors import PlanError
from planlang.runtime.folders import cache_folder
from planlang.runtime.run import Run
from planlang.runtime.values import TypeValue, from_python

pytestmark = pytest.mark.models
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from planlang.plugins.nlp import ENCODER, GENERATOR, heads, models  # noqa: E402 - needs torch
from planlang.plugins.nlp.encoding import text_encoder  # noqa: E402 - needs torch
from planlang.plugins.nlp.labeler import Labeler  # noqa: E402 - needs torch

TOPICS = {
    "sound": "what one hears: speakers, noise, volume",
    "power": "battery, charging, cables",
    "screen": "what one sees: display, colours, brightness",
}
TEXTS = [
    "The battery is empty after an hour.",
    "Colours look washed out.",
    "It hums.",
    "",
    "Charging takes all night, and the speakers crackle as long as the cable is in. " * 30,
]
EXAMPLES = [
    {"text": "It went dark and never came on again.", "label": "power"},
    {"text": "My neighbours can hear it.", "label": "sound"},
    {"text": "I cannot read it in the sun.", "label": "screen"},
]
MOOD = TypeValue("Mood", types.union(types.LiteralType("good"), types.LiteralType("bad")))
STARS = TypeValue("Stars", types.union(*map(types.LiteralType, (1, 2, 3))))


@pytest.fixture(scope="module")
def plugins() -> Iterator[Plugins]:
    loaded = load(installed=False)
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def call(plugins: Plugins) -> Callable[..., Any]:
    """Calls a function of the plugin with Python data."""
    run = Run()

    def value(given: Any) -> Any:
        return given if isinstance(given, TypeValue) else from_python(given)

    def call(name: str, *args: Any, **named: Any) -> Any:
        return plugins.bind_name("nlp", name, run)(*map(value, args), **{key: value(v) for key, v in named.items()})

    return call


def worker(model: str) -> Labeler:
    made = Labeler()
    made.load(Context(model, cache_folder()))
    return made


@pytest.fixture(scope="module")
def workers() -> dict[str, Labeler]:
    return {"encoder": worker(ENCODER), "language model": worker(GENERATOR)}


def items(texts: list[str], **arguments: Any) -> list[Item]:
    usual = {"labels": None, "examples": None, "threshold": 0.5}
    return [Item("f", {"text": text} | usual | arguments) for text in texts]


def bare(answers: list[Any]) -> list[Any]:
    return [answer.value if isinstance(answer, Answer) else answer for answer in answers]


def alone(method: Callable[[list[Item]], list[Any]], batch: list[Item]) -> list[Any]:
    return [answer for item in batch for answer in bare(method([item]))]


# ── forms of labels ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_labels_of_a_type_are_values_of_it(call) -> None:
    """Texts and numbers; scores are under their names."""
    answer = call("classify", "This is wonderful.", MOOD)
    assert "good" == answer["label"]
    assert ["good", "bad"] == list(answer["scores"])
    stars = call("classify", "The worst of all.", STARS)
    assert stars["label"] in {1, 2, 3}
    assert ["1", "2", "3"] == list(stars["scores"])


def test_a_type_gives_what_its_names_in_a_list_give(call) -> None:
    """The form of the labels does not count, only what they say."""
    assert call("classify", TEXTS[0], ["good", "bad"]) == call("classify", TEXTS[0], MOOD)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ('type T = "a" | "b"\nassert classify("x", T).label == "c"', "PL0307"),
        ('type T = "a" | "b"\nassert classify_multi("x", T).labels == [1]', ""),
        ('assert classify("x", ["a"]).label + 1 == 2', "PL0306"),
        ('assert analyze_sentiment("x") == "neutral"', "PL0307"),
        ('classify("x", 3)', "PL0302"),
    ],
)
def test_the_checker_knows_labels(source, code) -> None:
    """A label that cannot come out is found before the run."""
    if not code:
        planlang.load(source)
        return
    with pytest.raises(planlang.CheckError) as caught:
        planlang.load(source)
    assert code in str(caught.value)


def test_descriptions_say_what_labels_mean(call) -> None:
    """Names that say nothing are told apart by their descriptions."""
    codes = {"A1": TOPICS["sound"], "A2": TOPICS["power"], "A3": TOPICS["screen"]}
    assert "A2" == call("classify", TEXTS[0], codes)["label"]
    assert "A3" == call("classify", TEXTS[1], codes)["label"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": []}, "there are no labels to choose from"),
        ({"labels": {}}, "there are no labels to choose from"),
        ({}, "`all-MiniLM-L6-v2` has no labels of its own"),
        ({"labels": TypeValue("Name", types.STR)}, "`Name` is not a type of literals"),
        ({"labels": ["a"], "examples": [{"text": "x", "label": "b"}]}, "an example has the label `b`, which is not"),
    ],
)
def test_labels_that_will_not_do_are_told(call, arguments, message) -> None:
    """In the words of the plan, with the kind of the error."""
    with pytest.raises(PlanError, match=message) as caught:
        call("classify", "x", **arguments)
    assert "value" == caught.value.kind


# ── examples, and several labels ─────────────────────────────────────────────────────────────────────────────────────


def test_examples_show_what_is_meant(call) -> None:
    """What no word of a label says is learnt from a few texts."""
    labels = ["red team", "blue team"]
    shown = [
        {"text": f"The {animal} ran away.", "label": label}
        for label, animals in {"red team": ["dog", "wolf", "fox"], "blue team": ["trout", "shark", "eel"]}.items()
        for animal in animals
    ]
    found = [
        call("classify", f"A {animal} came by.", labels, examples=shown)["label"] for animal in ("hound", "salmon")
    ]
    assert labels == found


def test_examples_of_a_type_of_numbers(call) -> None:
    """Their labels are those of the type."""
    shown = [{"text": "awful", "label": 1}, {"text": "splendid", "label": 3}]
    assert 3 == call("classify", "a splendid day", STARS, examples=shown)["label"]


@pytest.mark.parametrize(
    ("kind", "function", "texts"),
    [("encoder", "classify", TEXTS), ("encoder", "classify_multi", TEXTS), ("language model", "classify", TEXTS[:2])],
)
def test_answers_have_the_same_bits_in_any_batch(workers, kind, function, texts) -> None:
    """With descriptions, with examples, alone and among others, and by a worker that has not seen anything yet."""
    batch = items(texts, labels=list(TOPICS)) + items(texts[:1], labels=TOPICS)
    if function == "classify":
        batch += items(texts[1:2], labels=TOPICS, examples=EXAMPLES)
    method = getattr(workers[kind], function)
    together = bare(method(batch))
    fresh = worker(workers[kind]._name)  # the model is shared
    assert alone(getattr(fresh, function), batch) == together
    assert together[::-1] == bare(method(batch[::-1]))


@pytest.mark.parametrize("kind", ["encoder", "language model"])
def test_several_labels_fit_or_none(workers, kind) -> None:
    """Scores stand each for itself; the labels are those from the threshold on, the surest first."""
    (low,), (high,), (none,) = (
        bare(workers[kind].classify_multi(items([TEXTS[0]], labels=list(TOPICS), threshold=least)))
        for least in (0.0, 1e-6, 1.01)
    )
    assert low["scores"] == high["scores"]
    assert sorted(TOPICS, key=lambda name: -low["scores"][name]) == low["labels"]
    assert [] == none["labels"]
    assert all(0 <= score <= 1 for score in low["scores"].values())


def test_a_text_about_two_things_has_two_labels(call) -> None:
    """By the threshold that is the default."""
    text = "The goalkeeper of the football team cooked pasta with tomatoes for everybody."
    assert {"football", "cooking"} == set(
        call("classify_multi", text, ["football", "cooking", "law", "music"])["labels"]
    )
    assert 0 == len(call("classify_multi", "asdf", ["football", "cooking", "law", "music"])["labels"])


# ── how a text sounds ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("model", [ENCODER, GENERATOR])
def test_moods_of_plain_sentences(call, model) -> None:
    """An encoder has its head, a language model is asked."""
    assert "positive" == call("analyze_sentiment", "I love it, it is wonderful!", model=model)
    assert "negative" == call("analyze_sentiment", "It is terrible, I hate it.", model=model)
    mood = call("sentiment", "I love it, it is wonderful!", model=model)
    assert "positive" == mood["label"]
    assert 0.33 < mood["score"] <= 1


# ── models with labels of their own ──────────────────────────────────────────────────────────────────────────────────

SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


def trained(folder: Path, kind: str, labels: dict[int, str], **options: Any) -> Path:
    """A small classifier with random weights, and the tokenizer of the default encoder."""
    torch.manual_seed(1)
    config = getattr(transformers, f"{kind}Config")(
        **SIZES, vocab_size=30_522, pad_token_id=0, id2label=labels, **{"max_position_embeddings": 512} | options
    )
    model = getattr(transformers, f"{kind}ForSequenceClassification")(config)
    getattr(model.classifier, "out_proj", model.classifier).weight.data *= 20  # so that answers differ
    model.save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(str(models.locate(ENCODER, folder))).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("kind", ["Bert", "Electra"])
def test_a_trained_classifier_is_packed_and_gives_what_transformers_give(tmp_path, kind) -> None:
    """Its own labels, in their order; alone and in any batch with the same bits; long texts in pieces."""
    folder = trained(tmp_path, kind, {0: "bug", 1: "praise", 2: "question"})
    labeler = worker(str(folder))
    together = labeler.classify(items(TEXTS))
    assert alone(labeler.classify, items(TEXTS)) == together
    assert together[::-1] == labeler.classify(items(TEXTS[::-1]))
    assert labeler.exact
    assert labeler._way.classifier._apart
    model = getattr(transformers, f"{kind}ForSequenceClassification").from_pretrained(str(folder)).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder))
    with torch.inference_mode():
        plain = [torch.softmax(model(**tokenizer(t, return_tensors="pt")).logits[0], 0).tolist() for t in TEXTS[:4]]
    assert ["bug", "praise", "question"] == list(together[0]["scores"])
    for expected, answer in zip(plain, together, strict=False):
        assert pytest.approx(expected, abs=1e-4) == list(answer["scores"].values())


def test_a_classifier_answers_for_some_of_its_labels_only(tmp_path, call) -> None:
    """Those named are weighed against each other; others than its own are an error, and so are examples."""
    folder = str(trained(tmp_path, "Bert", {0: "bug", 1: "praise", 2: "question"}))
    own = call("classify", "x", model=folder)["scores"]
    two = call("classify", "x", ["bug", "praise"], model=folder)["scores"]
    assert two["bug"] == pytest.approx(own["bug"] / (own["bug"] + own["praise"]))
    with pytest.raises(PlanError, match="trained for other labels than `spam`: bug, praise, question"):
        call("classify", "x", ["bug", "spam"], model=folder)
    with pytest.raises(PlanError, match="does not look at examples"):
        call("classify", "x", ["bug"], examples=[{"text": "y", "label": "bug"}], model=folder)
    with pytest.raises(PlanError, match="do not say which is negative"):
        call("sentiment", "x", model=folder)


def test_a_classifier_for_several_labels_scores_each_for_itself(tmp_path) -> None:
    """As its configuration says it was trained."""
    labels = {0: "bug", 1: "praise", 2: "question"}
    labeler = worker(str(trained(tmp_path, "Bert", labels, problem_type="multi_label_classification")))
    (answer,) = labeler.classify_multi(items(["x"], threshold=0.0))
    assert 1 != pytest.approx(sum(answer["scores"].values()))
    (one,) = labeler.classify(items(["x"]))
    assert 1 == pytest.approx(sum(one["scores"].values()))


def test_stars_are_moods(tmp_path, call) -> None:
    """Models that give stars are asked for moods too."""
    folder = trained(tmp_path, "Bert", {i: f"{i + 1} star{'s' if i else ''}" for i in range(5)})
    own = call("classify", "good", model=str(folder))["scores"]
    expected = "positive" if own["4 stars"] + own["5 stars"] >= own["1 star"] + own["2 stars"] else "negative"
    assert expected == call("analyze_sentiment", "good", model=str(folder))


def save_head(folder: Path, labels: tuple[str, ...], digest: str | None = None) -> str:
    """A head on the default encoder whose weights are the vectors of its labels."""
    encoder = models.locate(ENCODER, folder)
    weight = 10 * text_encoder(encoder).encode(labels)
    digest = digest or heads.weights_digest(encoder)
    heads.save_head(heads.Head(weight, torch.zeros(len(labels)), labels, (-1,), ENCODER, digest), folder / heads.HEAD)
    (folder / "planlang.json").write_text(json.dumps({"name": "mine", "method": "head"}), encoding="utf-8")
    return str(folder)


def test_a_head_has_labels_of_its_own(tmp_path) -> None:
    """They come out where the plan names none; batches change nothing."""
    labeler = worker(save_head(tmp_path, ("football", "cooking")))
    together = labeler.classify(items(["The goalkeeper saved it.", "Fry the onions in butter.", ""]))
    assert ["football", "cooking"] == [answer["label"] for answer in together[:2]]
    assert together == alone(labeler.classify, items(["The goalkeeper saved it.", "Fry the onions in butter.", ""]))


def test_a_head_of_another_encoder_is_refused(tmp_path) -> None:
    """Its numbers would mean nothing."""
    with pytest.raises(Failure, match="trained on another version of `all-MiniLM-L6-v2`"):
        worker(save_head(tmp_path, ("a", "b"), "0" * 64))
