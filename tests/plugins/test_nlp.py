"""The nlp plugin on real models: sensible answers to obvious inputs."""

from __future__ import annotations

import csv
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from planlang.plugins.loader import Plugins, load
from planlang.plugins.nlp.vector import Vector
from planlang.runtime.errors import PlanError
from planlang.runtime.progress import ModelLoading
from planlang.runtime.run import Run, RunOptions
from planlang.runtime.values import from_python

pytestmark = pytest.mark.models
pytest.importorskip("torch")

DATA = Path(__file__).parents[2] / "examples" / "data"


@pytest.fixture(scope="module")
def plugins() -> Iterator[Plugins]:
    loaded = load(installed=False)
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def call(plugins: Plugins) -> Callable[..., Any]:
    """Calls a function of the plugin with Python data."""
    run = Run()

    def call(name: str, *args: Any, **named: Any) -> Any:
        given = {key: from_python(value) for key, value in named.items()}
        return plugins.bind_name("nlp", name, run)(*map(from_python, args), **given)

    return call


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("positive", "I love this camera, it is the best I ever had!"),
        ("positive", "A wonderful film with great actors."),
        ("positive", "Works perfectly, very happy with it."),
        ("positive", "Excellent sound and an easy setup."),
        ("positive", "A moving and beautiful story."),
        ("negative", "It broke after two days. Terrible, I want my money back."),
        ("negative", "What a waste of time."),
        ("negative", "The battery is awful and support never answered."),
        ("negative", "I hate it."),
        ("negative", "The worst movie I have seen, boring and badly acted."),
    ],
)
def test_sentiment_of_obvious_sentences(call, label, text) -> None:
    """Plain praise and plain complaint are told apart, and surely so."""
    mood = call("sentiment", text)
    assert label == mood["label"]
    assert 0.6 < mood["score"] <= 1


def held_out(count: int) -> list[tuple[str, float]]:
    """Sentences of reviews that the head was not trained on (see examples/train_sentiment.plan)."""
    name = "amazon_review_sentences.csv"
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    reviews = [json.dumps(f"{name} {row['id'].partition('_')[0]}") for row in rows]
    testing = [r for r, review in zip(rows, reviews, strict=True) if hashlib.sha256(review.encode()).digest()[0] % 2]
    clear = [(r["text"], float(r["rating"])) for r in testing if abs(float(r["rating"])) > 1.5]
    return clear[:: len(clear) // count][:count]


def test_sentiment_of_rated_sentences(call) -> None:
    """On clearly rated sentences that were not trained on, at least four of five are right (measured: 0.86)."""
    rated = held_out(150)
    right = [("positive" if rating > 0 else "negative") == call("sentiment", text)["label"] for text, rating in rated]
    assert sum(right) / len(right) >= 0.8


@pytest.mark.parametrize("text", ["", " ", "\n", "🙂", "x" * 5_000, "great phone " * 2_000, "情感", "\x00"])
def test_any_text_has_an_answer(call, text) -> None:
    """Empty, long and odd texts are answered, not cut and not refused."""
    assert 0 <= call("sentiment", text)["score"] <= 1
    assert 384 == len(call("embed", text))
    assert 1 == pytest.approx(sum(call("classify", text, ["a", "b"])["scores"].values()))


def test_the_end_of_a_long_text_counts(call) -> None:
    """A text beyond what the model takes at once is read to its end."""
    start = "the table is brown " * 150
    one, other = (call("embed", start + end * 40) for end in ("football match ", "chemical acid "))
    assert call("similarity", one, call("embed", "football")) > call("similarity", other, call("embed", "football"))


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("sports", "The goalkeeper saved a penalty in the last minute."),
        ("cooking", "Fry the onions in butter until they are golden."),
        ("politics", "The parliament voted for the new tax law."),
        ("medicine", "The patient was given antibiotics for the infection."),
        ("music", "The orchestra played the symphony without a conductor."),
    ],
)
def test_topics_of_obvious_sentences(call, label, text) -> None:
    """Labels need no training: their words are enough."""
    labels = ["sports", "cooking", "politics", "medicine", "music"]
    answer = call("classify", text, labels)
    assert label == answer["label"]
    assert labels == list(answer["scores"])
    assert answer["score"] == max(answer["scores"].values()) > 0.4


def test_no_labels_is_an_error_of_the_call(call) -> None:
    """Nothing can be chosen from nothing."""
    with pytest.raises(PlanError, match="there are no labels to choose from") as caught:
        call("classify", "x", [])
    assert "value" == caught.value.kind


def test_similar_texts_are_more_alike(call) -> None:
    """Meaning counts, not words; vectors and texts mix."""
    near = call("similarity", "A cat sits on the mat.", "A kitten is lying on a rug.")
    far = call("similarity", "A cat sits on the mat.", "The stock market fell today.")
    assert near > 0.5
    assert far < 0.2
    vector = call("embed", "A cat sits on the mat.")
    assert near == pytest.approx(call("similarity", vector, "A kitten is lying on a rug."), abs=1e-6)
    assert 1 == pytest.approx(call("similarity", vector, vector), abs=1e-6)


def test_a_vector_is_saved_and_loaded_as_it_is(call) -> None:
    """Caches and journals hold the bytes; the digest tells equal ones."""
    vector = call("embed", "hello")
    assert vector == Vector.load(vector.save())
    assert vector == call("embed", "hello")
    assert vector != call("embed", "bye")
    with pytest.raises(PlanError, match="vectors of 384 and of 2 numbers cannot be compared"):
        call("similarity", vector, Vector.of([1, 0]))


def test_generate_answers(call) -> None:
    """The default model follows a plain instruction."""
    assert "Paris" in call("generate", "What is the capital of France?", max_tokens=20)


def test_generate_is_greedy_unless_a_temperature_is_given(call) -> None:
    """The same prompt gives the same text; samples differ from call to call, and not with one `seed=`."""
    prompt = "Tell me about a town."
    assert call("generate", prompt, max_tokens=12) == call("generate", prompt, max_tokens=12)
    hot = {"max_tokens": 12, "temperature": 1.0}
    assert call("generate", prompt, **hot) != call("generate", prompt, **hot)
    assert call("generate", prompt, seed=7, **hot) == call("generate", prompt, seed=7, **hot)


def test_generate_with_a_tiny_top_p_is_greedy(call) -> None:
    """Only the likeliest word is left to choose from."""
    greedy = call("generate", "Tell me about a town.", max_tokens=8)
    assert greedy == call("generate", "Tell me about a town.", max_tokens=8, temperature=1.0, top_p=0.0001)


def test_generate_stops(call) -> None:
    """At a given text, and at the most tokens."""
    whole = call("generate", "What is the capital of France?", max_tokens=20)
    assert whole[: whole.index("Paris")].strip() == call(
        "generate", "What is the capital of France?", max_tokens=20, stop=["Paris", "zzz"]
    )
    assert len(call("generate", "Tell me a long story.", max_tokens=3)) < 40


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_tokens": 0}, "max_tokens must be at least 1, not 0"),
        ({"temperature": -1.0}, "temperature must be between"),
        ({"top_p": 0.0}, "top_p must be above 0"),
        ({"max_tokens": 100_000}, "the model takes at most 8,192 together"),
    ],
)
def test_generate_says_what_is_wrong_with_its_options(call, options, message) -> None:
    """An option out of its range is an error of the call, with the limit."""
    with pytest.raises(PlanError, match=message) as caught:
        call("generate", "hi", **options)
    assert "value" == caught.value.kind


def test_a_prompt_beyond_the_models_limit_is_refused(call) -> None:
    """Nothing is cut off in silence."""
    with pytest.raises(PlanError, match=r"the prompt has \d+,\d+ tokens"):
        call("generate", "word " * 9_000)


def test_a_generation_that_takes_too_long_stops(call) -> None:
    """The worker gives up the text that nobody waits for, and answers the next call."""
    start = time.monotonic()
    with pytest.raises(PlanError, match=r"timeout of 0.5 seconds"):
        call("generate", "Tell me a long story.", max_tokens=2_000, timeout=0.5)
    assert call("generate", "hi", max_tokens=2)
    assert time.monotonic() - start < 60  # the whole story takes minutes


@pytest.mark.parametrize(
    ("function", "model", "message"),
    [
        ("generate", "no-such/model", "there is no model `no-such/model` on this machine"),
        ("embed", "not a name", "there is no model `not a name` on this machine"),
        ("generate", "all-MiniLM-L6-v2", "does not write texts"),
        ("embed", "SmolLM2-135M-Instruct", "this function needs a model that encodes them"),
    ],
)
def test_a_model_that_will_not_do_is_told(call, function, model, message) -> None:
    """A wrong or missing model is named, with what to do about it."""
    with pytest.raises(PlanError, match=message) as caught:
        call(function, "hi", model=model)
    assert caught.value.hint


def test_weights_that_could_run_code_are_refused(call, tmp_path) -> None:
    """Pickles are not read, whatever they are called."""
    (tmp_path / "config.json").write_text('{"architectures": ["BertModel"], "model_type": "bert"}', encoding="utf-8")
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(PlanError, match="no weights in safetensors form"):
        call("embed", "hi", model=str(tmp_path))


def test_a_folder_with_a_trained_classifier_gives_sentiment(call, tmp_path) -> None:
    """Any model that was trained to classify sentiment can be named; here one with random weights."""
    save_classifier(tmp_path, {0: "NEG", 1: "POS"})
    mood = call("sentiment", "good", model=str(tmp_path))
    assert mood["label"] in {"positive", "negative"}
    assert 0.5 <= mood["score"] <= 1
    with pytest.raises(PlanError, match="classifies texts; this function needs a model that encodes"):
        call("embed", "good", model=str(tmp_path))


def test_a_classifier_of_something_else_is_refused(call, tmp_path) -> None:
    """Its labels would mean nothing here."""
    save_classifier(tmp_path, {0: "LABEL_0", 1: "LABEL_1"})
    with pytest.raises(PlanError, match="do not say which is negative"):
        call("sentiment", "good", model=str(tmp_path))


def save_classifier(folder: Path, labels: dict[int, str]) -> None:
    import transformers

    from planlang.plugins.nlp import ENCODER, models

    transformers.logging.disable_progress_bar()
    config = transformers.BertConfig(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, id2label=labels
    )
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(str(models.locate(ENCODER, folder))).save_pretrained(folder)


def test_one_model_is_loaded_once_for_all_calls_of_a_kind() -> None:
    """Functions that one worker answers share it, and all their calls share one load."""
    plugins = load(installed=False)
    loads: list[ModelLoading] = []
    run = Run(RunOptions(on_progress=lambda event: loads.append(event) if isinstance(event, ModelLoading) else None))
    for name, args in (
        ("sentiment", ("a",)),
        ("classify", ("a", from_python(["b"]))),
        ("embed", ("a",)),
        ("similarity", ("a", "b")),
    ):
        bound = plugins.bind_name("nlp", name, run)
        for _ in range(5):
            bound(*args)
    plugins.close()
    once = [ModelLoading("all-MiniLM-L6-v2"), ModelLoading("all-MiniLM-L6-v2", done=True)]
    assert [*once, *once] == loads  # those that label, and those of vectors
