"""summarize: short texts, long ones in rounds, and models that were trained for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tiny_models import save, train, word_tokenizer

from planlang.plugins import Answer, Context, Failure, Item
from planlang.plugins.loader import Plugins, load
from planlang.plugins.nlp import GENERATOR
from planlang.plugins.nlp.rounds import Ask, Work, Written, answer_together
from planlang.plugins.nlp.summarizer import Summarizer, count_words, shortened
from planlang.runtime.errors import PlanError
from planlang.runtime.folders import cache_folder
from planlang.runtime.run import Run

pytestmark = pytest.mark.models
pytest.importorskip("torch")

NEWS = (
    "The city council voted on Tuesday night to close the old bridge over the river for at least eight months. "
    "Engineers had found cracks in two of its main beams during an inspection in March. About 12,000 cars use the "
    "bridge every day, and shop owners fear that customers will stay away. "
)


@pytest.fixture(scope="module")
def plugins() -> Iterator[Plugins]:
    loaded = load(installed=False)
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def summarize(plugins: Plugins) -> Callable[..., Any]:
    return plugins.bind_name("nlp", "summarize", Run())


@pytest.fixture(scope="module")
def summarizer() -> Summarizer:
    worker = Summarizer()
    worker.load(Context(GENERATOR, cache_folder()))
    return worker


def items(*texts: str, max_words: int = 12) -> list[Item]:
    return [Item("summarize", {"text": text, "max_words": max_words}) for text in texts]


@pytest.mark.parametrize("text", ["", "  ", "A short note.", "\x00"])
def test_what_is_short_enough_stays_as_it_is(summarize, text) -> None:
    """Nothing is made up where nothing must be left out."""
    assert text.strip() == summarize(text)


def test_max_words_must_be_sensible(summarize) -> None:
    """An option out of its range is an error of the call."""
    with pytest.raises(PlanError, match="max_words must be at least 1, not 0"):
        summarize("a b c", max_words=0)


def test_summaries_are_short_about_the_text_and_the_same_alone_and_in_a_batch(summarizer) -> None:
    """No more words than allowed; what is short enough costs nothing."""
    batch = items(NEWS, "short", NEWS[:120] + "and more of it follows.", max_words=12)
    together = summarizer.run(batch)
    assert together[:1] == summarizer.run(batch[:1])
    assert all(0 < count_words(answer.value) <= 12 for answer in together)
    assert "bridge" in together[0].value
    assert together[0].tokens > together[1].tokens == 0


@pytest.mark.parametrize(
    ("expected", "text", "words"),
    [
        ("One two. Three.", "One two. Three. Four five.", 4),
        ("One two three…", "One two three, four five.", 3),
        ("Done here.", "Done here. And this was cut", 9),
        ("你好。", "你好。我很好。", 3),
        ("", "", 3),
    ],
)
def test_texts_are_shortened_to_whole_sentences(expected, text, words) -> None:
    """Where even one is too long, to its first words."""
    assert expected == shortened(text, words)


@pytest.fixture(scope="module")
def first_words(tmp_path_factory) -> str:
    """A small T5 that has learned to keep the name that a text begins with."""
    from transformers import T5Config, T5ForConditionalGeneration

    names = ["Anna", "Carl"]
    texts = {
        f"summarize: {name} {rest} .": name for name in names for rest in ("went home", "came . Anna ate . Carl ran")
    }
    tokenizer = word_tokenizer([*texts, *(f"{name} ." for name in names)])
    config = T5Config(
        vocab_size=len(tokenizer), d_model=32, d_kv=16, d_ff=64, num_layers=1, num_heads=2, dropout_rate=0,
        pad_token_id=0, eos_token_id=1, decoder_start_token_id=0,
    )  # fmt: skip
    examples = [
        {"input_ids": tokenizer(text)["input_ids"], "labels": tokenizer(f"{name} .")["input_ids"]}
        for text, name in texts.items()
    ]
    model = train(T5ForConditionalGeneration, config, examples, steps=120, rate=0.01)
    return save(tmp_path_factory.mktemp("summaries"), model, tokenizer)


def test_an_encoder_decoder_summarizes(summarize, first_words) -> None:
    """The prefix that it was trained with is put before the text."""
    assert "Carl ." == summarize("Carl went home .", max_words=2, model=first_words)


def test_a_long_text_is_summarized_in_rounds(first_words) -> None:
    """Each part is read, then the summaries are; the same alone and beside shorter ones."""
    worker = Summarizer()
    worker.load(Context(first_words, cache_folder()))
    worker._piece = 9
    long = "Anna went home . Carl came . Anna ate . Carl ran . " * 3
    asked: list[int] = []
    write = worker._model.write
    worker._model.write = lambda asks: [asked.append(len(asks)), write(asks)][1]
    batch = items(long, "Carl went home .", "", max_words=2)
    together = worker.run(batch)
    assert ["Carl .", ""] == [answer.value for answer in together[1:]]
    assert 0 < count_words(together[0].value) <= 2
    assert len(asked) >= 3
    assert sorted(asked, reverse=True) == asked
    assert together == [worker.run([item])[0] for item in batch]


# ── rounds ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def countdown(count: int) -> Work:
    """Asks `count` times, each time one prompt more; gives what was written."""
    seen: list[str] = []
    for number in range(count):
        written = yield [Ask(f"{count}", 1)] * (number + 1)
        seen += [each.text for each in written]
    return seen


def test_works_ask_together_and_fail_apart() -> None:
    """Each round is one call of the model; a failure is that of its work alone."""
    calls: list[int] = []

    def write(asks) -> list[Written | Failure]:
        calls.append(len(asks))
        return [Failure("too long") if ask.prompt == "2" else Written(ask.prompt, 3, ended=True) for ask in asks]

    one, two, three, none = answer_together([countdown(n) for n in (1, 2, 3, 0)], write, lambda: False)
    assert (Answer(["1"], 3), Answer(["3"] * 6, 18), Answer([], 0)) == (one, three, none)
    assert "too long" == two.message
    assert [3, 2, 3] == calls


def test_works_that_nobody_waits_for_stop() -> None:
    """Before the next round."""
    (stopped,) = answer_together([countdown(2)], lambda asks: [], lambda: True)
    assert "it was stopped" == stopped.message
