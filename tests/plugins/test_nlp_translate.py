"""translate: on small models of every family, trained here on a few sentences until they know them by heart."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tiny_models import save, train, word_tokenizer

from planlang.plugins import Context, Item
from planlang.plugins.loader import Plugins, load
from planlang.plugins.nlp.translator import Translator
from planlang.runtime.errors import PlanError
from planlang.runtime.folders import cache_folder
from planlang.runtime.run import Run

pytestmark = pytest.mark.models
torch = pytest.importorskip("torch")

FRENCH = {
    "The cat sleeps .": "Le chat dort .",
    "The dog sleeps .": "Le chien dort .",
    "I see the dog .": "Je vois le chien .",
}
GERMAN = {
    "The cat sleeps .": "Die Katze schläft .",
    "The dog sleeps .": "Der Hund schläft .",
    "I see the dog .": "Ich sehe den Hund .",
}
SIZES = {"d_model": 32, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "dropout": 0.0,
         "decoder_attention_heads": 2, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "max_position_embeddings": 64,
         "activation_dropout": 0.0, "attention_dropout": 0.0, "encoder_layerdrop": 0.0,
         "decoder_layerdrop": 0.0}  # fmt: skip


@pytest.fixture(scope="module")
def plugins() -> Iterator[Plugins]:
    loaded = load(installed=False)
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def translate(plugins: Plugins) -> Callable[..., Any]:
    return plugins.bind_name("nlp", "translate", Run())


def sentencepiece(folder: Path, name: str, texts: list[str]) -> list[str]:
    """Train a SentencePiece model on `texts`, saved as `name`; its pieces."""
    import sentencepiece as spm

    with (folder / name).open("wb") as file:
        spm.SentencePieceTrainer.train(
            sentence_iterator=iter(texts * 20), model_writer=file, vocab_size=60, hard_vocab_limit=False,
            character_coverage=1.0, minloglevel=2,
        )  # fmt: skip
    model = spm.SentencePieceProcessor(model_file=str(folder / name))
    return [model.id_to_piece(i) for i in range(3, model.get_piece_size())]


@pytest.fixture(scope="module")
def m2m100(tmp_path_factory) -> str:
    """M2M100 from English into French and German."""
    from transformers import M2M100Config, M2M100ForConditionalGeneration, M2M100Tokenizer

    folder = tmp_path_factory.mktemp("m2m100")
    texts = [*FRENCH, *FRENCH.values(), *GERMAN.values()]
    pieces = sentencepiece(folder, "sentencepiece.bpe.model", texts)
    vocabulary = {piece: i for i, piece in enumerate(["<s>", "<pad>", "</s>", "<unk>", *pieces])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    tokenizer = M2M100Tokenizer(str(folder / "vocab.json"), str(folder / "sentencepiece.bpe.model"))
    config = M2M100Config(**SIZES, vocab_size=len(vocabulary) + 110, pad_token_id=1, bos_token_id=0, eos_token_id=2,
                          decoder_start_token_id=2)  # fmt: skip
    examples = [
        {"input_ids": numbers("en", source), "labels": numbers(to, target)}
        for numbers in [
            lambda code, text: [tokenizer.get_lang_id(code), *tokenizer(text, add_special_tokens=False)["input_ids"], 2]
        ]
        for to, pairs in (("fr", FRENCH), ("de", GERMAN))
        for source, target in pairs.items()
    ]
    return save(folder, train(M2M100ForConditionalGeneration, config, examples, steps=150, rate=0.01), tokenizer)


@pytest.fixture(scope="module")
def marian(tmp_path_factory) -> str:
    """Marian from English into French."""
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    folder = tmp_path_factory.mktemp("marian")
    pieces = [*sentencepiece(folder, "source.spm", [*FRENCH]), *sentencepiece(folder, "target.spm", [*FRENCH.values()])]
    vocabulary = {piece: i for i, piece in enumerate(dict.fromkeys(["</s>", "<unk>", *pieces, "<pad>"]))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    files = [str(folder / name) for name in ("source.spm", "target.spm", "vocab.json")]
    tokenizer = MarianTokenizer(*files, source_lang="en", target_lang="fr")
    pad = vocabulary["<pad>"]
    config = MarianConfig(**SIZES, vocab_size=len(vocabulary), pad_token_id=pad, eos_token_id=0, bos_token_id=0,
                          decoder_start_token_id=pad, forced_eos_token_id=0)  # fmt: skip
    examples = [
        {"input_ids": tokenizer(source)["input_ids"], "labels": tokenizer(text_target=target)["input_ids"]}
        for source, target in FRENCH.items()
    ]
    return save(folder, train(MarianMTModel, config, examples, steps=150, rate=0.01), tokenizer)


@pytest.fixture(scope="module")
def t5(tmp_path_factory) -> str:
    """T5 from English into French and German, asked in words."""
    from transformers import T5Config, T5ForConditionalGeneration

    prompts = {
        f"translate English to {to}: {source}": target
        for to, pairs in (("French", FRENCH), ("German", GERMAN))
        for source, target in pairs.items()
    }
    tokenizer = word_tokenizer([*prompts, *prompts.values()])
    config = T5Config(
        vocab_size=len(tokenizer), d_model=32, d_kv=16, d_ff=64, num_layers=1, num_heads=2, dropout_rate=0,
        pad_token_id=0, eos_token_id=1, decoder_start_token_id=0,
        task_specific_params={"translation_en_to_fr": {}, "translation_en_to_de": {}},
    )  # fmt: skip
    examples = [
        {"input_ids": tokenizer(prompt)["input_ids"], "labels": tokenizer(target)["input_ids"]}
        for prompt, target in prompts.items()
    ]
    model = train(T5ForConditionalGeneration, config, examples, steps=200, rate=0.01)
    return save(tmp_path_factory.mktemp("t5"), model, tokenizer)


@pytest.mark.parametrize("family", ["m2m100", "marian", "t5"])
def test_models_of_each_family_translate_what_they_learned(translate, request, family) -> None:
    """Sentence by sentence, whatever the language is called; lines and spaces between sentences stay."""
    model = request.getfixturevalue(family)
    for source, target in FRENCH.items():
        assert target == translate(source, "French", model=model, source="en")
    text = "The cat sleeps .\n\n  I see the dog . 42\n"
    assert "Le chat dort .\n\n  Je vois le chien . 42\n" == translate(
        text, to="fra_Latn", source="English", model=model
    )


@pytest.mark.parametrize("family", ["m2m100", "t5"])
def test_one_model_translates_into_several_languages(translate, request, family) -> None:
    """The target language reaches the model; the source is told from the text where nobody says it."""
    model = request.getfixturevalue(family)
    for source, target in GERMAN.items():
        assert target == translate(source, "de", model=model)


@pytest.mark.parametrize(
    ("family", "to", "known"),
    [("m2m100", "Klingon", "fr"), ("marian", "German", "en to fr"), ("t5", "Spanish", "en to fr")],
)
def test_a_language_that_the_model_does_not_know_is_refused(translate, request, family, to, known) -> None:
    """With those that it knows."""
    with pytest.raises(PlanError, match=f"`{to}` is none of its languages") as caught:
        translate("The cat sleeps .", to, model=request.getfixturevalue(family), source="en")
    assert known in caught.value.hint
    assert "value" == caught.value.kind


def test_translations_are_the_same_alone_and_in_a_batch(m2m100) -> None:
    """Long and short ones, of several languages."""
    worker = Translator()
    worker.load(Context(m2m100, cache_folder()))
    texts = [*FRENCH, "", "42", " ".join(FRENCH) * 5, "The cat sleeps ."]
    batch = [Item("translate", {"text": text, "to": to, "source": "en"}) for text in texts for to in ("fr", "de")]
    together = worker.run(batch)
    assert together == [worker.run([item])[0] for item in batch]
    assert together == worker.run(batch[::-1])[::-1]


def test_a_sentence_beyond_the_models_limit_is_translated_in_parts(translate, m2m100) -> None:
    """Nothing is cut off: each part has its translation."""
    text = "The cat sleeps . " * 30
    assert "Le chat dort . " * 30 == translate(text, "fr", source="en", model=m2m100)


def test_without_a_model_for_it_it_is_said_how_to_name_one(translate) -> None:
    """The default language model knows English only."""
    with pytest.raises(PlanError, match="no translation model is named, and the default language model") as caught:
        translate("Hello", "fr")
    assert "plan.toml" in caught.value.hint


def test_a_language_model_can_be_named_too(translate) -> None:
    """An instruct model is asked in words: SmolLM2 gives English back."""
    assert translate("The cat sleeps.", "English", model="SmolLM2-135M-Instruct")


def test_an_encoder_is_refused(translate) -> None:
    """With what would do."""
    with pytest.raises(PlanError, match="`all-MiniLM-L6-v2` does not translate") as caught:
        translate("Hello", "fr", model="all-MiniLM-L6-v2")
    assert "encoder-decoder" in caught.value.hint
