"""What the workers of nlp answer does not depend on what it was batched with, and is what plain transformers say."""

from __future__ import annotations

import csv
import types
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from planlang.plugins import Answer, Context, Failure, Item
from planlang.runtime.folders import cache_folder

pytestmark = pytest.mark.models
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from planlang.plugins.nlp import ENCODER, GENERATOR, models, packing  # noqa: E402 - needs torch
from planlang.plugins.nlp.encoder import Encoder  # noqa: E402 - needs torch
from planlang.plugins.nlp.generator import Generator  # noqa: E402 - needs torch
from planlang.plugins.nlp.labeler import Labeler  # noqa: E402 - needs torch
from planlang.plugins.nlp.language import language_model, messages  # noqa: E402 - needs torch
from planlang.plugins.nlp.loading import prepare  # noqa: E402 - needs torch
from planlang.plugins.nlp.writing import Writer  # noqa: E402 - needs torch

DATA = Path(__file__).parents[2] / "examples" / "data"
LABELS = ["sound", "battery and power", "price", "screen"]


def loaded(worker: Any, model: str) -> Any:
    worker.load(Context(model, cache_folder()))
    return worker


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return loaded(Encoder(), ENCODER)


@pytest.fixture(scope="module")
def labeler() -> Labeler:
    return loaded(Labeler(), ENCODER)


@pytest.fixture(scope="module")
def scorer() -> Labeler:
    return loaded(Labeler(), GENERATOR)


@pytest.fixture(scope="module")
def generator() -> Generator:
    return loaded(Generator(), GENERATOR)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Reviews of very different lengths, from one character to several pieces."""
    with (DATA / "amazon_review_sentences.csv").open(encoding="utf-8", newline="") as file:
        sentences = [row["text"] for row in csv.DictReader(file)][:400]
    return [
        *sorted(sentences[:60], key=lambda text: text[::-1]),
        "",
        "!",
        "ok",
        " ".join(sentences[:30]),
        " ".join(sentences[30:45]),
    ]


def items(texts: Sequence[str], **arguments: Any) -> list[Item]:
    return [Item("f", {"text": text} | arguments) for text in texts]


def asked(prompt: str, seed: int = 0, **options: Any) -> Item:
    usual = {"max_tokens": 8, "temperature": 0.0, "top_p": 1.0, "stop": None, "system": None}
    return Item("generate", {"prompt": prompt} | usual | options, seed)


def bare(answers: Sequence[Any]) -> list[Any]:
    return [answer.value if isinstance(answer, Answer) else answer for answer in answers]


def alone(method: Callable[[Sequence[Item]], list[Any]], batch: Sequence[Item]) -> list[Any]:
    return [answer for item in batch for answer in bare(method([item]))]


# ── layers ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("without", ["", "the library that lays weights out", "its functions"])
def test_a_layers_rows_have_the_same_bits_in_any_number(monkeypatch, without) -> None:
    """With oneDNN, and without it, where more rows are padded."""
    if without == "the library that lays weights out":
        monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    if without == "its functions":
        monkeypatch.setattr(packing.torch.ops.mkldnn, "_linear_pointwise", None)
    torch.manual_seed(0)
    plain = torch.nn.Sequential(torch.nn.Linear(96, 192), torch.nn.Linear(192, 96, bias=False))
    rows = torch.randn(40, 96)
    expected = plain(rows)
    plain.config = types.SimpleNamespace()
    prepare(1)
    assert packing.pack(plain)
    with torch.inference_mode():
        found = plain(rows)
        assert torch.allclose(expected, found, atol=1e-5)
        assert all(torch.equal(found[:count], plain(rows[:count])) for count in range(1, 40))
        assert torch.equal(found[7:19], plain(rows[7:19]))


# ── encoders ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("function", ["sentiment", "embed"])
def test_an_encoders_answer_has_the_same_bits_in_any_batch(encoder, labeler, texts, function) -> None:
    """One by one, all together, and in another order: equal to the last bit, with no tolerance."""
    method, batch = getattr(encoder if function == "embed" else labeler, function), items(texts)
    together = method(batch)
    assert alone(method, batch[::4] + batch[-5:]) == together[::4] + together[-5:]
    assert together == method(batch[::-1])[::-1]


def test_classify_by_likeness_has_the_same_bits_in_any_batch(labeler, texts) -> None:
    """Other labels in the batch, known ones and new ones, change nothing either."""
    mixed = [item for text in texts[:9] for item in items([text], labels=LABELS) + items([text], labels=["a", text])]
    assert alone(labeler.classify, mixed) == labeler.classify(mixed)


def test_the_encoder_packs_and_says_that_it_is_exact(encoder, labeler) -> None:
    """The default model goes through in packed passes; workers of two kinds share it."""
    assert encoder._encoder is labeler._way._encoder
    assert encoder._encoder._first_position == 0
    assert encoder._encoder._agrees
    assert encoder.exact


def test_workers_of_one_process_share_an_encoder_and_its_answers(encoder, texts) -> None:
    """A second worker loads nothing anew; both may compute at the same time."""
    second = loaded(Encoder(), ENCODER)
    assert encoder._encoder is second._encoder
    expected = encoder.embed(items(texts[:20]))
    with ThreadPoolExecutor(2) as threads:
        halves = [threads.submit(each.embed, items(texts[:20])) for each in (encoder, second)]
    assert [expected, expected] == [half.result() for half in halves]


def test_vectors_are_those_of_plain_transformers(encoder, texts) -> None:
    """Packing is another way to compute the same: mean of the last layer, of length one."""
    folder = models.locate(ENCODER, cache_folder())
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder))
    model = transformers.AutoModel.from_pretrained(str(folder), dtype=torch.float32).eval()
    for text in texts[:10]:
        with torch.inference_mode():
            states = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]
        expected = torch.nn.functional.normalize(states.mean(dim=0), dim=0)
        found = torch.frombuffer(bytearray(encoder.embed(items([text]))[0].numbers), dtype=torch.float32)
        assert torch.allclose(expected, found, atol=1e-5)


TINY = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


@pytest.mark.parametrize(
    ("config", "model", "first"),
    [("BertConfig", "BertModel", 0), ("RobertaConfig", "RobertaModel", 1), ("MPNetConfig", "MPNetModel", None)],
)
def test_other_encoders_are_packed_where_that_gives_the_same(tmp_path, config, model, first) -> None:
    """RoBERTa counts positions from another number; MPNet, with biases between tokens, goes in groups of one length."""
    torch.manual_seed(0)
    made = getattr(transformers, model)(getattr(transformers, config)(**TINY, vocab_size=30_600, pad_token_id=0)).eval()
    made.save_pretrained(tmp_path)
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(models.locate(ENCODER, tmp_path)))
    tokenizer.save_pretrained(tmp_path)
    worker = loaded(Encoder(), str(tmp_path))
    assert first == worker._encoder._first_position
    texts = ["one two three", "a", "four five six", "a rather longer sentence than the others"]
    assert alone(worker.embed, items(texts)) == worker.embed(items(texts))
    batch = items(texts) if first is not None else loose(items(texts))  # which takes texts of one length together
    found = [torch.frombuffer(bytearray(v.numbers), dtype=torch.float32) for v in worker.embed(batch)]
    with torch.inference_mode():
        states = [made(**tokenizer(t, return_tensors="pt", return_token_type_ids=False))[0][0] for t in texts]
    for expected, row in zip(states, found, strict=True):
        assert torch.allclose(torch.nn.functional.normalize(expected.mean(dim=0), dim=0), row, atol=1e-5)


# ── label scoring ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_label_scores_have_the_same_bits_in_any_batch(scorer, texts) -> None:
    """Alone, together, and among texts with other labels."""
    batch = items(texts[:6], labels=LABELS) + items(texts[:2], labels=["good", "bad", "good grief"])
    together = bare(scorer.classify(batch))
    assert alone(scorer.classify, batch) == together
    assert together[::-1] == bare(scorer.classify(batch[::-1]))


def test_label_scores_are_those_of_one_pass_for_each_label(scorer) -> None:
    """Labels in one pass see the prompt and themselves only: with a pass each, likelihoods are the same."""
    found = bare(scorer.classify(items(["The orchestra was too loud."], labels=LABELS)))[0]["scores"]
    language = scorer._way._language

    def sums(text: str) -> Any:
        prompt = language.chat(messages("Labels: " + ", ".join(LABELS) + "\n\nWhich label fits this text?\n\n" + text))
        return torch.stack([likelihood(language, prompt, language.answer(label)) for label in LABELS])

    norm = torch.stack([torch.log_softmax(sums(text), 0) for text in ("N/A", "...", "text")]).mean(dim=0)
    expected = torch.softmax(sums("The orchestra was too loud.") - norm, 0).tolist()
    assert expected == pytest.approx(list(found.values()), abs=1e-3)


def likelihood(language: Any, prompt: list[int], answer: list[int]) -> Any:
    from planlang.plugins.nlp.prompts import Span

    each = [Span([*prompt, *answer[:count]]) for count in range(len(answer))]
    logits = torch.cat([logits for _, logits in language.read(each)])
    return torch.log_softmax(logits, dim=1)[range(len(answer)), answer].sum()


def test_a_language_model_sorts_obvious_texts(scorer) -> None:
    """Labels of one word and of several; scores sum to one."""
    topics = ["cooking", "music", "astronomy", "public transport"]
    texts = {"Bake the bread for forty minutes.": "cooking", "Her new album has twelve songs.": "music"}
    answers = bare(scorer.classify(items(list(texts), labels=topics)))
    assert list(texts.values()) == [answer["label"] for answer in answers]
    assert [topics] * 2 == [list(answer["scores"]) for answer in answers]
    assert [pytest.approx(1)] * 2 == [sum(answer["scores"].values()) for answer in answers]


def test_classify_fails_for_the_item_that_is_wrong(scorer) -> None:
    """No labels, and a text beyond the model's limit: their neighbours are answered."""
    batch = [*items(["x"], labels=[]), *items(["fine"], labels=["a", "b"]), *items(["word " * 9_000], labels=["a"])]
    none, fine, long = scorer.classify(batch)
    assert isinstance(none, Failure)
    assert isinstance(fine, Answer)
    assert fine.tokens > 0
    assert "the model takes at most 8,192" in long.message


# ── generation ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def mixed(texts) -> list[Item]:
    """Prompts of many lengths with all kinds of options."""
    replies = [asked(f"Write a polite reply to: {text}", max_tokens=3 + i) for i, text in enumerate(texts[:8])]
    return [
        *replies,
        asked("What is the capital of France?", max_tokens=20),
        asked("What is the capital of France?", max_tokens=20, stop=["Paris", "zzz"]),
        asked("Tell me about a town.", 7, temperature=1.0),
        asked("Tell me about a town.", 8, temperature=1.0, top_p=0.8),
        asked("Who are you?", system="You are a pirate. You speak like one."),
        asked("\n odd begin", system=""),
        asked("word " * 150, max_tokens=2),
        asked("one token", max_tokens=1),
    ]


@pytest.fixture(scope="module")
def written_alone(generator, mixed) -> list[str]:
    return alone(generator.run, mixed)


def test_texts_written_together_are_those_written_alone(generator, mixed, written_alone) -> None:
    """Greedy and sampled: rows with other prompts, stops and lengths beside them change no token."""
    assert written_alone == bare(generator.run(mixed))
    assert written_alone == bare(generator.run(mixed[::-1]))[::-1]


def test_rows_that_wait_and_join_later_change_nothing(generator, mixed, written_alone) -> None:
    """With room for a few rows at a time, the others begin as those are done."""
    writer = generator._writer
    told: list[tuple[int, int]] = []
    generator._writer = Writer(generator._language, 400, lambda: False, lambda *news: told.append(news))
    try:
        assert written_alone == bare(generator.run(mixed))
    finally:
        generator._writer = writer
    assert (len(mixed), len(mixed)) == told[-1]
    assert told == sorted(told)


def test_the_scores_of_a_row_have_the_same_bits_in_any_batch(generator, mixed) -> None:
    """Not only the tokens: all logits of all steps."""
    seen: list[dict[int, list[bytes]]] = []
    for batch in (mixed[:9], mixed[4:5]):
        rows = [generator._generated(item, item.seed).row for item in batch]
        logits: dict[int, list[bytes]] = {}
        for i, row in enumerate(rows):
            row.choose = watched(logits.setdefault(i, []))
        generator._writer.write(rows)
        seen.append(logits)
    assert seen[1][0] == seen[0][4]
    assert len(seen[1][0]) == mixed[4]["max_tokens"]


def watched(kept: list[bytes]) -> Callable[[Any], int]:
    def choose(logits: Any) -> int:
        kept.append(logits.numpy().tobytes())
        return int(logits.argmax())

    return choose


def test_greedy_texts_are_those_of_plain_transformers(mixed, written_alone) -> None:
    """`model.generate` of transformers, one prompt at a time, writes the same."""
    folder = models.locate(GENERATOR, cache_folder())
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder))
    model = transformers.AutoModelForCausalLM.from_pretrained(str(folder), dtype=torch.float32).eval()
    for item, found in list(zip(mixed, written_alone, strict=True))[:9:2]:
        chat = [{"role": "user", "content": item["prompt"]}]
        given = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt", return_dict=True)
        with torch.inference_mode():
            tokens = model.generate(**given, max_new_tokens=item["max_tokens"], do_sample=False)[0]
        assert tokenizer.decode(tokens[given["input_ids"].shape[1] :], skip_special_tokens=True).strip() == found


def test_one_wrong_item_does_not_fail_its_batch(generator) -> None:
    """Each item has its own answer."""
    wrong, fine = generator.run([asked("hi", max_tokens=0), asked("hi", max_tokens=2)])
    assert isinstance(wrong, Failure)
    assert isinstance(fine, Answer)
    assert fine.tokens > 2


def test_a_prompt_may_be_empty_where_nothing_is_put_around_it(folder_of) -> None:
    """A model without a template for chats begins by itself."""
    folder = folder_of("Qwen2", num_key_value_heads=1)
    for name in ("chat_template.jinja", "tokenizer_config.json"):
        if (folder / name).exists():
            (folder / name).unlink()
    worker = loaded(Generator(), str(folder))
    assert worker._language.tokenizer.chat_template is None
    (answer,) = worker.run([asked("", max_tokens=2)])
    assert answer.tokens == 3


def loose(batch: Sequence[Item]) -> list[Item]:
    """The same, with answers that may depend on the batch: here their sums differ, and not what comes of them."""
    return [replace(item, exact=False) for item in batch]


@pytest.fixture
def folder_of(tmp_path) -> Callable[..., Path]:
    """Saves a small model with random weights and the tokenizer of the default language model."""

    def save(kind: str, **options: Any) -> Path:
        torch.manual_seed(0)
        sizes = TINY | {"vocab_size": 49_152, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2} | options
        model = getattr(transformers, f"{kind}ForCausalLM")(getattr(transformers, f"{kind}Config")(**sizes))
        model.save_pretrained(tmp_path)
        source = models.locate(GENERATOR, cache_folder())
        transformers.AutoTokenizer.from_pretrained(str(source)).save_pretrained(tmp_path)
        return tmp_path

    return save


@pytest.mark.parametrize(
    ("kind", "options", "packed"),
    [("Qwen2", {"num_key_value_heads": 1}, True), ("Mistral", {"num_key_value_heads": 1, "sliding_window": 4}, False)],
)
def test_other_language_models_are_packed_where_that_gives_the_same(folder_of, kind, options, packed) -> None:
    """A window over the text is not what packing knows: such a model writes one text at a time, and scores too."""
    folder = folder_of(kind, **options)
    assert packed == language_model(folder).packed
    worker = loaded(Generator(), str(folder))
    batch = [asked("One, two, three and so on"), asked("Is it?", 3, temperature=1.0)]
    assert alone(worker.run, batch) == bare(worker.run(batch))
    if not packed:
        assert bare(worker.run(batch)) == bare(worker.run(loose(batch)))
    found = bare(loaded(Labeler(), str(folder)).classify(items(["x", "y"], labels=["good", "really bad"])))
    assert [pytest.approx(1)] * 2 == [sum(answer["scores"].values()) for answer in found]
