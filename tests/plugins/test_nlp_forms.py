"""Texts that are held to a type or a pattern are of it, and whole, however little the model thinks of ending them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planlang.lang import types as t
from planlang.plugins import Answer, Context, Failure, Item, TypeValue
from planlang.runtime.folders import cache_folder
from planlang.runtime.validate import validate
from planlang.runtime.values import from_python

pytestmark = pytest.mark.models
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("llguidance")

from planlang.plugins.nlp import GENERATOR, models  # noqa: E402 - needs torch
from planlang.plugins.nlp.constraints import Constraints, Tokens  # noqa: E402 - needs torch
from planlang.plugins.nlp.generator import Generator  # noqa: E402 - needs torch
from planlang.plugins.nlp.grammars import Grammar  # noqa: E402 - needs torch
from planlang.plugins.nlp.pattern_grammars import is_match, pattern_grammar  # noqa: E402 - needs torch
from planlang.plugins.nlp.sampling import Sampler  # noqa: E402 - needs torch
from planlang.plugins.nlp.schemas import from_json, json_schema  # noqa: E402 - needs torch
from planlang.plugins.nlp.type_grammars import grammar_of  # noqa: E402 - needs torch

WORDS = 49_152
"""Tokens of SmolLM2."""


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    folder = models.locate(GENERATOR, cache_folder())
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder))
    return Tokens(tokenizer, WORDS, {tokenizer.eos_token_id})


@pytest.fixture(scope="module")
def written(tokens) -> Callable[..., str]:
    """A text of a grammar by a model that knows nothing: its logits are chance."""
    constraints = Constraints(tokens)

    def write(key: Any, make: Callable[[], Grammar], most: int, seed: int) -> str:
        sampler = Sampler(1.0, 1.0, {}, seed)
        constraint = constraints.constraint(key, make, most, sampler)
        chance = torch.Generator().manual_seed(seed)
        for count in range(most + 1):
            token = constraint.choose(3 * torch.randn(WORDS, generator=chance))
            if token in tokens.guide.eos_tokens:
                break
            assert count < most
        return bytes(constraint.written).decode()

    return write


# ── types ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def tree() -> t.Type:
    """A type that holds itself in a list."""
    named = t.Named("Tree")
    named.type = t.RecordType((t.RecordField("name", t.STR), t.RecordField("parts", t.ListType(named))), "Tree")
    return named


def chain() -> t.Type:
    """A type that holds itself where there may be none."""
    named = t.Named("Chain")
    fields = (t.RecordField("value", t.INT), t.RecordField("next", t.optional(named), optional=True))
    named.type = t.RecordType(fields, "Chain")
    return named


NAMES = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0x1FFFF), max_size=6)
LEAVES = st.one_of(
    st.sampled_from([t.NONE, t.BOOL, t.INT, t.FLOAT, t.STR, t.ANY]),
    st.builds(t.LiteralType, st.one_of(NAMES, st.booleans(), st.integers(-99, 99))),
    st.builds(tree),
    st.builds(chain),
)


def containers(inner: st.SearchStrategy[t.Type]) -> st.SearchStrategy[t.Type]:
    fields = st.lists(st.tuples(NAMES, inner), max_size=4, unique_by=lambda field: field[0])
    return st.one_of(
        st.builds(t.ListType, inner),
        st.builds(lambda items: t.TupleType(tuple(items)), st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda value: t.DictType(t.STR, value), inner),
        st.builds(lambda members: t.union(*members), st.lists(inner, min_size=1, max_size=3)),
        fields.map(lambda pairs: t.RecordType(tuple(t.RecordField(name, kind) for name, kind in pairs))),
    )


TYPES = st.recursive(LEAVES, containers, max_leaves=6)


@settings(max_examples=50, deadline=None)
@given(of=TYPES, most=st.integers(1, 60), seed=st.integers(0, 1000))
def test_whatever_the_type_and_the_limit_the_json_is_whole_and_of_the_type(written, of, most, seed) -> None:
    """Or the limit is too low for any value, which is told before anything is written."""
    try:
        text = written(object(), lambda: grammar_of(of), most, seed)
    except Failure as failure:
        if "and the shortest answer of this form has" in failure.message:
            return
        raise
    validate(from_python(from_json(text, of)), of)


@settings(max_examples=15, deadline=None)
@given(of=TYPES, seed=st.integers(0, 1000))
def test_the_shortest_answer_fits_into_the_limit_that_the_error_names(written, of, seed) -> None:
    """What the message says is enough."""
    try:
        written(object(), lambda: grammar_of(of), 1, seed)
    except Failure as failure:
        least = int(failure.message.split("has ")[1].split()[0].replace(",", ""))
        validate(from_python(from_json(written(object(), lambda: grammar_of(of), least, seed), of)), of)


def test_a_field_that_comes_late_has_room_where_the_ones_before_it_are_long(written) -> None:
    """A text that fills the limit leaves what the later fields need, so that they are chosen and not the shortest."""
    labels = t.union(t.LiteralType("ok"), t.LiteralType("a rather long label with many words"))
    of = t.RecordType((t.RecordField("text", t.STR), t.RecordField("label", labels)))
    found = {json.loads(written("late", lambda: grammar_of(of), 40, seed))["label"] for seed in range(20)}
    assert {"ok", "a rather long label with many words"} == found


ORDER = t.RecordType(
    (
        t.RecordField("customer", t.STR, description="who orders"),
        t.RecordField("items", t.ListType(t.RecordType((t.RecordField("name", t.STR), t.RecordField("count", t.INT))))),
        t.RecordField("price", t.optional(t.FLOAT), optional=True),
        t.RecordField("mood", t.union(t.LiteralType("calm"), t.LiteralType("angry"))),
    ),
    "Order",
)


def test_the_json_schema_of_a_type() -> None:
    """With descriptions; all fields required; what holds itself by name."""
    chain_schema = {
        "type": "object",
        "properties": {
            "value": {"type": "integer"},
            "next": {"anyOf": [{"$ref": "#/$defs/Chain"}, {"type": "null"}]},
        },
        "required": ["value", "next"],
        "additionalProperties": False,
    }
    assert {"$ref": "#/$defs/Chain", "$defs": {"Chain": chain_schema}} == json_schema(chain())
    found = json_schema(ORDER)
    assert {"type": "string", "description": "who orders"} == found["properties"]["customer"]
    assert {"enum": ["calm", "angry"]} == found["properties"]["mood"]
    assert ["customer", "items", "price", "mood"] == found["required"]


# ── patterns ─────────────────────────────────────────────────────────────────────────────────────────────────────────

PATTERNS = [
    r"\d{4}-\d{2}-\d{2}",
    r"^[A-Z][a-z]+( [A-Z][a-z]+)*\.$",
    r"(?i)hello [[:alpha:]]{3,}\s?",
    r".*",
    r"(?s).{10}",
    r"[^a-z]+é{2,300}x",
    r"\x{1F600}+|\Qa.b\E",
    r"(a*)*b",
    r"((a?){50}b){3}",
    r"[äöü😀-😂]{5}",
    r"(?P<name>\w+)@(?:\w+\.)+(com|org)",
    r"a{,3}|x{2}",
    r"[^\]]{3}[]a-]{2}",
    r"\101\x42\t",
    r"",
    r"a|^b$|",
    r"(?i)[^k]{5}",
    r"(?i:straße)?x*?y+?",
    r"[\d_.-]+\D\W\S",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_text_matches_its_pattern_as_a_whole(written, pattern) -> None:
    """As RE2 reads it, which the language's own functions use."""
    for seed in range(6):
        assert is_match(written(pattern, lambda: pattern_grammar(pattern), 12 + 20 * (seed % 2), seed), pattern)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (r"\bfoo", r"a model cannot be held to `\b` in a pattern: it looks at what stands around it"),
        (r"a^b", r"a model cannot be held to `^` in a pattern: it stands within the text"),
        (r"(a$)+", r"a model cannot be held to `$` in a pattern: it stands within the text"),
        (r"\pL+", r"a model cannot be held to `\p` in a pattern: say which characters, as in [A-Za-z]"),
        (r"(?=a)b", "'(?=a)b' is no regular expression: invalid perl operator: (?="),
        (r"(", "'(' is no regular expression: missing ): ("),
        (r"[^\x00-\x{10FFFF}]", r"no text matches the pattern '[^\x00-\x{10FFFF}]'"),
    ],
)
def test_a_pattern_that_cannot_be_written_is_told(pattern, message) -> None:
    """In words of what was written."""
    with pytest.raises(Failure) as caught:
        pattern_grammar(pattern)
    assert message == caught.value.message
    assert "value" == caught.value.kind


# ── the worker ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def generator(tmp_path_factory) -> Generator:
    """A worker with a model that has learnt nothing, but has the words of SmolLM2."""
    folder: Path = tmp_path_factory.mktemp("tiny")
    source = models.locate(GENERATOR, cache_folder())
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(source))
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=WORDS, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=2048, eos_token_id=tokenizer.eos_token_id, bos_token_id=tokenizer.bos_token_id,
        initializer_range=0.3,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    worker = Generator()
    worker.load(Context(str(folder), cache_folder()))
    return worker


USUAL = {"max_tokens": 60, "temperature": 1.0, "top_p": 1.0, "stop": None, "system": None, "pattern": None,
         "options": {}}  # fmt: skip


def asked(seed: int = 0, of: t.Type = ORDER, **more: Any) -> Item:
    arguments = USUAL | {"prompt": "An order, please.", "schema": TypeValue("T", of)} | more
    return Item("generate", arguments, seed)


def bare(answers: list[Any]) -> list[Any]:
    return [answer.value if isinstance(answer, Answer) else answer for answer in answers]


def test_hundreds_of_sampled_answers_are_all_of_their_types(generator) -> None:
    """A model without any sense of JSON, several types in one batch, and limits near the least that they need."""
    kinds = [ORDER, tree(), t.ListType(t.STR), chain(), t.DictType(t.STR, t.BOOL), t.ANY]
    batch = [asked(seed, kinds[seed % 6], max_tokens=44 + seed % 9) for seed in range(150)]
    for item, answer in zip(batch, generator.run(batch), strict=True):
        validate(from_python(answer.value), item["schema"].type)


def test_answers_held_to_forms_are_the_same_alone_and_in_a_batch(generator) -> None:
    """Types, patterns and free texts beside each other change nothing."""
    batch = [asked(seed, tree() if seed % 2 else ORDER, max_tokens=50) for seed in range(6)]
    batch += [asked(seed, t.STR, pattern=r"\d+ [a-z ]+\.", max_tokens=12) for seed in range(3)]
    batch += [asked(seed, t.STR, max_tokens=9, options={"top_k": 40, "repetition_penalty": 1.3}) for seed in range(3)]
    alone = [bare(generator.run([item]))[0] for item in batch]
    assert alone == bare(generator.run(batch))
    assert alone == bare(generator.run(batch[::-1]))[::-1]


def test_samples_are_independent_and_repeatable(generator) -> None:
    """Each has a seed of its own that follows from the call's; without temperature they are one text."""
    first, again, other, equal = bare(
        generator.samples(
            [
                asked(5, t.STR, n=4, max_tokens=8),
                asked(5, t.STR, n=4, max_tokens=8),
                asked(6, t.STR, n=4, max_tokens=8),
                asked(0, t.STR, n=3, max_tokens=8, temperature=0.0),
            ]
        )
    )
    assert first == again
    assert len({*first, *other}) > 5
    assert (3, 1) == (len(equal), len(set(equal)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_tokens": 3}, "max_tokens is 3, and the shortest answer of this form has "),
        ({"stop": "x"}, "stop= does not go with schema= or pattern=: they say where the answer ends"),
        ({"pattern": "a"}, "schema= and pattern= do not go together"),
        ({"of": t.FunctionType(None, t.ANY)}, "a model cannot write a `fn(…) -> any`"),
        ({"of": t.DictType(t.INT, t.STR)}, "a model cannot write a `dict[int, str]`"),
        ({"options": {"topk": 3}}, "there is no sampling option `topk`"),
        ({"options": {"top_k": 0}}, "top_k must be a whole number of at least 1, not 0"),
        ({"options": {"min_p": "x"}}, "min_p must be between 0 and 1, not x"),
    ],
)
def test_what_cannot_be_asked_is_told_and_its_neighbours_are_answered(generator, options, message) -> None:
    """The error is that of the one call."""
    wrong, right = generator.run([asked(**options), asked(of=t.BOOL)])
    assert isinstance(wrong, Failure)
    assert wrong.message.startswith(message)
    assert right.value in (True, False)


@pytest.mark.parametrize(
    ("options", "answers"),
    [
        (["yes", "no"], ["yes", "no"]),
        (TypeValue("bool", t.BOOL), [True, False]),
        (TypeValue("Stars", t.union(*(t.LiteralType(n) for n in (1, 2, 3)))), [1, 2, 3]),
    ],
)
def test_a_choice_is_one_of_the_options(generator, options, answers) -> None:
    """Of a list, and of types: as the type has them."""
    items = [Item("choose", {"prompt": f"Word {i}?", "options": options}) for i in range(4)]
    found = bare(generator.choose(items))
    assert all(any(answer is known for known in answers) for answer in found)
    assert found == [bare(generator.choose([item]))[0] for item in items]


def test_a_choice_of_nothing_is_told(generator) -> None:
    """An empty list, and a type that is no type of literals, fail alone."""
    wrong = [[], TypeValue("Text", t.STR)]
    empty, text, fine = generator.choose(
        [Item("choose", {"prompt": "x", "options": options}) for options in [*wrong, ["a", "b"]]]
    )
    assert "value" == empty.kind == text.kind
    assert "`Text` is not a type of literals" in text.message
    assert isinstance(fine, Answer)


def test_a_chat_must_end_with_something_to_answer(generator) -> None:
    """No messages, and a last word by the system, are told."""
    said = [[], [{"role": "user", "content": "a"}, {"role": "system", "content": "b"}]]
    none, system = generator.chat([asked(of=t.STR, messages=messages) for messages in said])
    assert "the chat has no messages" == none.message
    assert "the last message of the chat is the system's, so there is nothing to answer" == system.message
