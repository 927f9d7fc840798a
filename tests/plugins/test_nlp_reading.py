"""What texts hold: entities, languages, tokens; on real models, and on small ones that were trained here."""

# ruff: noqa: RUF001 - the marks of many scripts are meant

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tiny_models import save, train, word_tokenizer

from planlang.plugins import Context, Item
from planlang.plugins.loader import Plugins, load
from planlang.plugins.nlp import reading_digests
from planlang.plugins.nlp.language_names import language_of
from planlang.plugins.nlp.sentences import pieces, sentences
from planlang.runtime.errors import PlanError
from planlang.runtime.folders import cache_folder
from planlang.runtime.run import Run
from planlang.runtime.values import from_python, to_python

pytestmark = pytest.mark.models
pytest.importorskip("torch")


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
        return to_python(plugins.bind_name("nlp", name, run)(*map(from_python, args), **given))

    return call


# ── sentences ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "expected",
    [
        ["He left. ", "She stayed."],
        ["Dr. Smith came at 3.5 p.m. sharp. ", "J. R. R. Tolkien did not."],
        ['"Really?" she said. ', '"Yes!" ', "He went."],
        ["No end\n\n", "but a new paragraph"],
        ["你好。", "我很好！", "ok"],
        [],
    ],
)
def test_sentences_end_where_a_reader_would_say(expected) -> None:
    """Abbreviations, initials and quoted questions do not end one; empty lines do."""
    assert expected == sentences("".join(expected))


@pytest.mark.parametrize("text", ["One two. Three four five six, seven eight nine ten. " * 5, "x" * 99, "", "a. " * 30])
def test_pieces_hold_all_of_a_text_within_their_size(text) -> None:
    """Nothing is lost, and nothing is longer than allowed."""
    cut = pieces(text, len, 40)
    assert text == "".join(cut)
    assert all(len(piece) <= 40 for piece in cut)


@pytest.mark.parametrize("name", ["French", "fr", "fra", "fra_Latn", "fr_XX", " FRENCH ", "fr-CA", "fre"])
def test_a_language_has_many_names(name) -> None:
    """Whatever a model family calls it."""
    assert ("fr", "fra", "French") == language_of(name)


# ── entities ─────────────────────────────────────────────────────────────────────────────────────────────────────────

STORY = "Angela Merkel met Tim Cook in Berlin on 3 May 2021 to see the new plant of Apple. "


def test_entities_are_told_with_their_kinds_and_places(call) -> None:
    """People, places, dates; each stands where it is said to stand."""
    found = call("entities", STORY)
    kinds = {entity["text"]: entity["kind"] for entity in found}
    assert {
        "Angela Merkel": "person",
        "Tim Cook": "person",
        "Berlin": "place",
        "3 May 2021": "date",
    }.items() <= kinds.items()
    assert "organization" == kinds["Apple"]
    for entity in found:
        assert STORY[entity["start"] :].startswith(entity["text"])


def test_entities_at_the_end_of_a_long_text_are_found_in_their_place(call) -> None:
    """A text of more than one piece is read to its end."""
    long = "The weather was fine and nobody said a word. " * 600 + STORY
    found = call("entities", long)
    assert long.index("Tim Cook") == next(e["start"] for e in found if e["text"] == "Tim Cook")


@pytest.mark.parametrize("text", ["", "  \n", "🙂", "\x00", "x" * 50_000])
def test_any_text_has_entities_or_none(call, text) -> None:
    """Odd texts are answered."""
    assert isinstance(call("entities", text), list)


def test_entities_are_the_same_alone_and_in_a_batch() -> None:
    """No text changes what is found in another, nor the order in which they come."""
    from planlang.plugins.nlp.entity_finder import EntityFinder

    finder = EntityFinder()
    finder.load(Context("en_core_web_sm", cache_folder()))
    texts = [STORY, "Paris", "", STORY * 3, "Ms Lopez paid $30 on Tuesday.", "Yesterday, in Rome."]
    items = [Item("entities", {"text": text}) for text in texts]
    together = finder.run(items)
    assert together == [finder.run([item])[0] for item in items]
    assert together == finder.run(items[::-1])[::-1]


LABELLED = (("Anna lives in Rome .", "B-PER O O B-LOC O"), ("Bob Marley saw Paris .", "B-PER I-PER O B-LOC O"))


@pytest.fixture(scope="module")
def token_classifier(tmp_path_factory) -> str:
    """A small BERT that was trained to find the names in LABELLED."""
    import transformers

    tokenizer = word_tokenizer([text for text, _ in LABELLED])
    names = ["O", "B-PER", "I-PER", "B-LOC"]
    config = transformers.BertConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, vocab_size=len(tokenizer),
        max_position_embeddings=66, pad_token_id=0, id2label=dict(enumerate(names)), hidden_dropout_prob=0,
        label2id={name: i for i, name in enumerate(names)},
    )  # fmt: skip
    examples = [
        {"input_ids": tokenizer(f"{text} " * n)["input_ids"], "labels": [*map(names.index, labels.split() * n), 0]}
        for text, labels in LABELLED
        for n in (1, 12)
    ]
    model = train(transformers.BertForTokenClassification, config, examples, steps=80)
    return save(tmp_path_factory.mktemp("names"), model, tokenizer)


def test_a_token_classification_model_finds_entities(call, token_classifier) -> None:
    """Labels of the usual kind become plain words, and parts of a name one entity."""
    bob = {"text": "Bob Marley", "kind": "person", "start": 0}
    assert [bob, {"text": "Paris", "kind": "place", "start": 15}] == call(
        "entities", "Bob Marley saw Paris .", model=token_classifier
    )
    long = "Anna lives in Rome . " * 40
    found = call("entities", long, model=token_classifier)
    assert [(kind, place) for place in range(0, len(long), 21) for kind in ("person", "place")] == [
        (entity["kind"], entity["start"] // 21 * 21) for entity in found
    ]


def test_a_model_without_entities_is_told(call) -> None:
    """With what would do instead."""
    with pytest.raises(PlanError, match="does not find entities") as caught:
        call("entities", "Anna", model="all-MiniLM-L6-v2")
    assert "token classification" in caught.value.hint


# ── languages ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The quick brown fox jumps over the lazy dog."),
        ("fr", "Je ne sais pas encore si nous viendrons demain."),
        ("de", "Ich weiß noch nicht, ob wir morgen kommen werden."),
        ("es", "Todavía no sé si vendremos mañana por la tarde."),
        ("zh", "我还不知道我们明天是否会来。"),
        ("ru", "Я ещё не знаю, придём ли мы завтра."),
    ],
)
def test_languages_are_told_apart(call, language, text) -> None:
    """A plain sentence is enough, and the score says so."""
    found = call("detect_language", text)
    assert language == found["language"]
    assert 0.9 < found["score"] <= 1


@pytest.mark.parametrize("text", ["", "  ", "42 + 1", "🙂"])
def test_a_text_without_letters_is_in_no_language(call, text) -> None:
    """`und` is ISO's code for that."""
    assert {"language": "und", "score": 0.0} == call("detect_language", text)


def test_languages_are_told_by_one_model(call) -> None:
    """Another cannot be named."""
    with pytest.raises(PlanError, match="languages are told by py3langid alone"):
        call("detect_language", "Hello", model="all-MiniLM-L6-v2")


def test_versions_identify_what_reads() -> None:
    """The cache's answers end with another version of the pipeline or of the code."""
    assert reading_digests.of_entities("en_core_web_sm", {}).startswith("en_core_web_sm")
    assert reading_digests.of_languages("py3langid", {}).startswith("py3langid ")


# ── tokens ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text", ["", "Hello world, unbelievable!", "naïve 🙂 情感\n\ttwo  spaces", "<|im_start|>", "\x00"]
)
def test_tokens_are_the_text_in_parts(call, text) -> None:
    """Together they are the text again, and they are as many as are counted."""
    found = call("tokens", text)
    assert text == "".join(found)
    assert len(found) == call("count_tokens", text)


def test_tokens_are_those_of_the_model_that_is_named(call) -> None:
    """No weights are needed for it, and no length is too long."""
    assert ["Un", "belie", "vable", "!"] == call("tokens", "Unbelievable!")
    assert ["Unbelievable", "!"] == call("tokens", "Unbelievable!", model="all-MiniLM-L6-v2")
    assert 30_000 == call("count_tokens", "word " * 30_000, model="all-MiniLM-L6-v2")
