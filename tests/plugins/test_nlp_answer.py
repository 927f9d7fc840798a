"""answer: by likeness, by a model that was trained for it, and by a language model; always in words of the text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tiny_models import save, train, word_tokenizer

from planlang.plugins import Answer, Context, Item
from planlang.plugins.loader import Plugins, load
from planlang.plugins.nlp import ENCODER, GENERATOR
from planlang.plugins.nlp.answerer import Answerer
from planlang.runtime.errors import PlanError
from planlang.runtime.folders import cache_folder
from planlang.runtime.run import Run
from planlang.runtime.values import to_python

pytestmark = pytest.mark.models
pytest.importorskip("torch")

SHOP = (
    "Our shop in Lindau opens at nine on weekdays and at ten on Saturdays. Parcels can be returned within 30 days if "
    "the seal is not broken. Refunds take five working days. Gift cards never expire."
)


@pytest.fixture(scope="module")
def plugins() -> Iterator[Plugins]:
    loaded = load(installed=False)
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def answer(plugins: Plugins) -> Callable[..., Any]:
    bound = plugins.bind_name("nlp", "answer", Run())
    return lambda *args, **named: to_python(bound(*args, **named))


def items(*pairs: tuple[str, str]) -> list[Item]:
    return [Item("answer", {"question": question, "context": context}) for question, context in pairs]


def bare(answers: list[Any]) -> list[Any]:
    return [answer.value if isinstance(answer, Answer) else answer for answer in answers]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How long do refunds take?", "five working days"),
        ("Within how many days can parcels be returned?", "30 days"),
        ("Do gift cards expire?", "never"),
    ],
)
def test_the_sentence_that_answers_is_quoted(answer, question, words) -> None:
    """Word for word, with a score."""
    found = answer(question, SHOP)
    assert words in found["quote"]
    assert found["quote"] in SHOP
    assert 0.4 <= found["score"] <= 1


def test_where_the_text_says_nothing_there_is_no_answer(answer) -> None:
    """None, which a plan can branch on."""
    found = answer("Who won the election in France?", SHOP)
    assert (None, None) == (found["text"], found["quote"])
    assert found["score"] < 0.4
    assert {"text": None, "quote": None, "score": 0.0} == answer("Who?", "")


@pytest.mark.parametrize(
    ("model", "pairs"),
    [
        (ENCODER, [("When does it open?", SHOP), ("What expires?", SHOP), ("Who?", "Ann did."), ("", "x"), ("x", "")]),
        (GENERATOR, [("Where is the shop?", SHOP), ("Who?", "Ann did.")]),
    ],
)
def test_answers_are_words_of_the_text_and_the_same_alone_and_in_a_batch(model, pairs) -> None:
    """By vectors and by a language model, which cannot write any others; the quote is the sentence around them."""
    worker = Answerer()
    worker.load(Context(model, cache_folder()))
    batch = items(*pairs)
    together = worker.run(batch)
    assert together == [worker.run([item])[0] for item in batch]
    found = [answer for answer in bare(together) if answer["text"] is not None]
    assert len(found) >= 2
    for answer in found:
        assert answer["text"] in answer["quote"]
        assert any(answer["quote"] in item["context"] for item in batch)


PAIRS = (
    ("who came ?", "Anna came to Rome . Bob left .", "Anna"),
    ("who left ?", "Anna came to Rome . Bob left .", "Bob"),
    ("who sang ?", "Anna came to Rome . Bob left .", ""),
)


@pytest.fixture(scope="module")
def reader(tmp_path_factory) -> str:
    """A small BERT that was trained to answer PAIRS."""
    import transformers

    names = ["input_ids", "token_type_ids", "attention_mask"]
    tokenizer = word_tokenizer([text for pair in PAIRS for text in pair], model_input_names=names)
    tokenizer.backend_tokenizer.post_processor = _pairs()
    config = transformers.BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, vocab_size=len(tokenizer),
        max_position_embeddings=66, pad_token_id=0, hidden_dropout_prob=0, attention_probs_dropout_prob=0,
        initializer_range=0.2,
    )  # fmt: skip
    examples: list[dict[str, Any]] = []
    for question, context, text in PAIRS:
        read = tokenizer(question, context)
        word = tokenizer(text, add_special_tokens=False)["input_ids"] if text else []
        place = read["input_ids"].index(word[0]) if word else 0
        examples.append({**read, "start_positions": place, "end_positions": place})
    model = train(transformers.BertForQuestionAnswering, config, examples, steps=200, rate=0.003)
    return save(tmp_path_factory.mktemp("reader"), model, tokenizer)


def _pairs() -> Any:
    from tokenizers import processors

    return processors.TemplateProcessing(
        single="</s> $A </s>", pair="</s> $A </s> $B:1 </s>:1", special_tokens=[("</s>", 1)]
    )


def test_a_model_that_was_trained_to_answer_gives_the_words(answer, reader) -> None:
    """With the sentence around them, or none where it was taught that there is no answer."""
    for question, context, text in PAIRS:
        found = answer(question, context, model=reader)
        assert (text or None) == found["text"]
        if text:
            assert 0.5 < found["score"] <= 1
            assert found["quote"].startswith(text)


def test_the_end_of_a_long_text_is_read(answer, reader) -> None:
    """In windows that overlap."""
    long = "Rome . " * 60 + "Anna came to Rome . Bob left ."
    found = answer("who came ?", long, model=reader)
    assert found["text"] is None or found["text"] in long


def test_models_of_other_kinds_are_refused(answer, tmp_path) -> None:
    """With those that would do."""
    import transformers

    tokenizer = word_tokenizer(["a b"])
    config = transformers.BertConfig(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, vocab_size=len(tokenizer)
    )
    model = save(tmp_path, transformers.BertForTokenClassification(config), tokenizer)
    with pytest.raises(PlanError, match="does not answer questions") as caught:
        answer("Who?", "Ann did.", model=model)
    assert "question answering model" in caught.value.hint
