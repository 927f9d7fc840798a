"""Values from remote models: types, options, labels, whether a server takes JSON schemas or not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .endpoint import Asked, Reply, refusing, run, serving, text
from .test_remote import told

INVOICE = 'type Invoice = {name: str, total: float "in euros", paid: bool?}\n'


def main(body: str, types: str = "") -> str:
    return f"{types}task main() -> any {{\n{body}\n}}"


def last(asked: Asked) -> str:
    return asked.body["messages"][-1]["content"]


def test_a_schema_is_passed_through() -> None:
    """The server is told the JSON schema of the type, and the answer is a value of it."""
    with serving(lambda _: text('{"name": "Ada", "total": 3, "paid": null}')) as there:
        plan = main(f'return extract("Ada pays 3 euros", Invoice, model="{there.model}")', INVOICE)
        assert run(plan) == {"name": "Ada", "total": 3.0, "paid": None}
        form = there.asked[0].body["response_format"]["json_schema"]
    assert ["name", "total", "paid"] == list(form["schema"]["properties"])
    assert form["strict"] is True
    assert "Ada pays 3 euros" in last(there.asked[0])


@pytest.mark.parametrize(
    ("type_", "answer", "value"),
    [
        ("list[int]", [1, 2], [1, 2]),
        ("int", 7, 7),
        ('"a" | "b"', "b", "b"),
        ("bool", False, False),
        ("[int, str]", [1, "x"], [1, "x"]),
    ],
)
def test_what_is_no_object_is_asked_for_within_one(type_: str, answer: Any, value: Any) -> None:
    """Some servers take no other schemas."""
    with serving(lambda _: text(json.dumps({"value": answer}))) as there:
        plan = main(f'return generate("x", schema=T, model="{there.model}")', f"type T = {type_}\n")
        assert run(plan) == value
        assert there.asked[0].body["response_format"]["json_schema"]["schema"]["type"] == "object"


def test_a_type_that_holds_itself_is_asked_for() -> None:
    """Its definitions stand at the root of the schema."""
    tree = {"label": "a", "children": [{"label": "b", "children": []}]}
    with serving(lambda _: text(json.dumps(tree))) as there:
        types = "type Tree = {label: str, children: list[Tree]}\n"
        assert run(main(f'return generate("x", schema=Tree, model="{there.model}")', types)) == tree
        schema = there.asked[0].body["response_format"]["json_schema"]["schema"]
        assert "Tree" in schema["$defs"]


def plain(answer: Any) -> Any:
    """A server that refuses `response_format`."""

    def script(asked: Asked) -> Reply:
        if "response_format" in asked.body:
            return refusing(400, "response_format is not supported")
        return answer(asked) if callable(answer) else text(answer)

    return script


def test_a_server_that_takes_no_schemas_is_told_in_words() -> None:
    """It is asked with a schema once, and never again."""
    with serving(plain('Here it is:\n```json\n{"name": "Ada", "total": 3.5, "paid": true}\n```')) as there:
        call = f'extract("Ada", Invoice, model="{there.model}", cache=false)'
        answer = {"name": "Ada", "total": 3.5, "paid": True}
        assert run(main(f"return [{call}, {call}]", INVOICE), sequential=True) == [answer, answer]
        assert [True, False, False] == ["response_format" in each.body for each in there.asked]
        assert 'Answer with JSON only, like this: {"name": <text>' in last(there.asked[1])


def test_a_wrong_answer_is_repaired_once() -> None:
    """The model is told what was wrong."""

    def script(asked: Asked) -> Reply:
        if len(asked.body["messages"]) == 1:
            return text('{"name": "Ada", "total": "three", "paid": null}')
        assert "the answer.total: expected float" in last(asked)
        return text('{"name": "Ada", "total": 3, "paid": null}')

    with serving(plain(script)) as there:
        assert run(main(f'return extract("Ada", Invoice, model="{there.model}").total', INVOICE)) == 3.0
        assert ["user", "assistant", "user"] == [each["role"] for each in there.asked[-1].body["messages"]]


def test_a_model_that_is_wrong_twice_fails() -> None:
    """The error says what is wrong, and the plan never sees a wrong value."""
    with serving(plain("I cannot do JSON")) as there:
        error = told(main(f'return extract("Ada", Invoice, model="{there.model}")', INVOICE))
        assert "not what was asked for: it is no JSON" in error.message
        assert len(there.asked) == 3


def test_a_value_that_was_cut_off_names_the_limit() -> None:
    """It is not asked for again."""
    with serving(lambda _: text('{"name": "A', reason="length")) as there:
        error = told(main(f'return extract("Ada", Invoice, model="{there.model}")', INVOICE))
        assert "did not fit into max_tokens" in error.message
        assert len(there.asked) == 1


@pytest.mark.parametrize("nest", ['{"a":' * 50_000, "[" * 100_000, '{"value": ' + "[" * 5000 + "]" * 5000 + "}"])
def test_an_answer_that_nests_without_bound_is_refused(nest: str) -> None:
    """Before anything that recurses sees it."""
    with serving(lambda _: text(nest)) as there:
        error = told(main(f'return generate("x", schema=T, model="{there.model}")', "type T = list[any]\n"))
        assert "not what was asked for" in error.message


def test_a_pattern_is_checked_here() -> None:
    """There is no common way to pass one on."""

    def script(asked: Asked) -> Reply:
        return text(" 12-34 " if len(asked.body["messages"]) > 1 else "twelve")

    with serving(script) as there:
        plan = main(f'return generate("x", pattern=\'[0-9]+-[0-9]+\', model="{there.model}")')
        assert run(plan) == "12-34"
        assert "response_format" not in there.asked[0].body


def test_one_of_some_options_is_chosen() -> None:
    """Texts, or the literals of a type."""
    with serving(
        lambda asked: text(
            '{"value": "no"}' if '"no"' in json.dumps(asked.body["response_format"]) else '{"value": "3"}'
        )
    ) as there:
        plan = f'[choose("Is it?", ["yes", "no"], model="{there.model}"), choose("Many?", Few, model="{there.model}")]'
        assert run(main(f"return {plan}", "type Few = 2 | 3\n")) == ["no", 3]


@pytest.mark.parametrize(("said", "label"), [("Positive.", "positive"), ("The label is: **negative**", "negative")])
def test_a_label_in_words_will_do(said: str, label: str) -> None:
    """Of a server that lets the model say what it likes."""
    with serving(plain(said)) as there:
        plan = main(f'return classify("x", ["positive", "negative"], model="{there.model}").label')
        assert run(plan) == label


@pytest.mark.parametrize("said", ["either positive or negative", "unpositive", "it depends"])
def test_words_that_name_no_label_or_several_will_not(said: str) -> None:
    """Nothing is guessed."""
    with serving(plain(said)) as there:
        error = told(main(f'return classify("x", ["positive", "negative"], model="{there.model}").label'))
        assert "not what was asked for" in error.message


def test_labels_come_with_what_is_known_of_them() -> None:
    """A remote model names its label and says no more."""

    def script(asked: Asked) -> Reply:
        assert "- bug: something broken" in last(asked)
        assert "It crashes\nLabel: bug" in last(asked)
        return text('{"value": "bug"}')

    with serving(script) as there:
        labels = '{bug: "something broken", praise: "thanks"}, examples=[{text: "It crashes", label: "bug"}]'
        found = run(main(f'return classify("It burns", {labels}, model="{there.model}")'))
        assert found == {"label": "bug", "score": 1.0, "scores": {"bug": 1.0, "praise": 0.0}}


def test_several_labels_and_moods() -> None:
    """The other functions on labels."""

    def script(asked: Asked) -> Reply:
        schema = asked.body["response_format"]["json_schema"]["schema"]["properties"]["value"]
        return text(json.dumps({"value": ["b"] if schema.get("type") == "array" else schema["enum"][0]}))

    with serving(script) as there:
        m = f'model="{there.model}"'
        found = run(
            main(f'return [classify_multi("x", ["a", "b"], {m}), sentiment("x", {m}), analyze_sentiment("x", {m})]')
        )
        assert found[0] == {"labels": ["b"], "scores": {"a": 0.0, "b": 1.0}}
        assert found[1:] == [{"label": "positive", "score": 1.0}, "positive"]


def test_labels_have_to_be_named() -> None:
    """A remote model has none of its own."""
    with serving(lambda _: text("x")) as there:
        assert "no labels of its own" in told(main(f'return classify("x", model="{there.model}").label')).message


def test_samples_are_as_many_as_were_asked_for() -> None:
    """Whether the server takes `n` or gives one at a time; each time with another seed."""

    def many(asked: Asked) -> Reply:
        choice = {"message": {"content": f"s{asked.body['seed'] % 97}"}, "finish_reason": "stop"}
        return Reply({"choices": [choice] * asked.body.get("n", 1), "usage": {"total_tokens": 3}})

    def one(asked: Asked) -> Reply:
        reply = many(asked)
        return Reply({**reply.body, "choices": reply.body["choices"][:1]})

    with serving(many) as there:
        assert len(run(main(f'return samples("x", 5, seed=1, model="{there.model}")'))) == 5
        assert [5] == [each.body["n"] for each in there.asked]
    with serving(one) as there:
        assert len(set(run(main(f'return samples("x", 4, seed=1, model="{there.model}")')))) == 4
        assert len(there.asked) == 4


def test_equal_seeds_ask_the_same_and_others_do_not() -> None:
    """The seed is sent where the answer is sampled, and not where it is not."""
    with serving(lambda asked: text(str(asked.body.get("seed")))) as there:
        m = f'model="{there.model}"'
        ways = ("temperature=1.0, seed=1", "temperature=1.0, seed=1, cache=false", "temperature=1.0", "temperature=0.0")
        calls = ", ".join(f'generate("x", {way}, {m})' for way in ways)
        same, again, other, none = run(main(f"return [{calls}]"))
        assert same == again != other
        assert none == "None"


def test_chats_are_passed_on() -> None:
    """Turn by turn."""
    with serving(lambda asked: text(" ".join(each["role"] for each in asked.body["messages"]))) as there:
        roles = ["system", "user", "assistant", "user"]
        turns = ", ".join(f'{{role: "{role}", content: "x"}}' for role in roles)
        assert run(main(f'return chat([{turns}], model="{there.model}")')) == " ".join(roles)
        assert "needs at least one message" in told(main(f'return chat([], model="{there.model}")')).message


def test_further_options_are_passed_on_but_not_those_that_have_names() -> None:
    """What the server makes of them is its own."""
    with serving(lambda asked: text(str(asked.body.get("min_p")))) as there:
        assert run(main(f'return generate("x", options={{min_p: 0.1}}, model="{there.model}")')) == "0.1"
        error = told(main(f'return generate("x", options={{model: "other"}}, model="{there.model}")'))
        assert "`model` cannot be one of the further options" in error.message


def test_long_texts_are_translated_in_pieces() -> None:
    """None is cut off."""

    def script(asked: Asked) -> Reply:
        return text(last(asked).partition("\n\n")[2].upper())

    with serving(script) as there:
        words = " ".join(f"Word number {i} is here." for i in range(400))
        settings = {"plugins": {"openai": {"context": 1024}}}
        plan = main(f'return translate("{words}", "German", model="{there.model}")')
        assert run(plan, settings=settings) == words.upper()
        assert len(there.asked) > 10
        assert "into German" in last(there.asked[0])


TEXT = "The ship left Bergen on 3 May. It carried  salt and wool.\\nNobody knows its captain."


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (
            {"answer": "salt and wool", "quote": "it carried salt and wool."},
            ("salt and wool", "It carried  salt and wool"),
        ),
        ({"answer": "Bergen", "quote": None}, ("Bergen", "Bergen")),
        ({"answer": None, "quote": None}, (None, None)),
    ],
)
def test_an_answer_has_its_quote(said: dict[str, Any], found: tuple[str | None, str | None]) -> None:
    """As it stands in the text; none where the text says nothing."""
    with serving(lambda _: text(json.dumps(said))) as there:
        got = run(main(f'return answer("What?", "{TEXT}", model="{there.model}")'))
        assert got == {"text": found[0], "quote": found[1], "score": 1.0 if found[0] else 0.0}


def test_a_quote_that_stands_nowhere_is_refused() -> None:
    """After the model was asked once more."""
    with serving(lambda _: text('{"answer": "gold", "quote": "It carried gold"}')) as there:
        error = told(main(f'return answer("What?", "{TEXT}", model="{there.model}")'))
        assert "the quote does not stand in the text" in error.message
        assert len(there.asked) == 2


def test_a_long_text_is_read_until_it_answers() -> None:
    """Piece by piece."""

    def script(asked: Asked) -> Reply:
        known = "The captain was Ada" if "The captain was Ada" in last(asked) else None
        return text(json.dumps({"answer": known, "quote": known}))

    with serving(script) as there:
        long = " ".join(f"Day {i} was calm." for i in range(500)) + " The captain was Ada."
        settings = {"plugins": {"openai": {"context": 2048}}}
        got = run(main(f'return answer("Who?", "{long}", model="{there.model}").text'), settings=settings)
        assert got == "The captain was Ada"
        assert len(there.asked) > 2


def test_summaries_keep_their_bounds() -> None:
    """Long texts in rounds, and no more words than were asked for."""

    def script(asked: Asked) -> Reply:
        return text("It was calm. " * 5)

    with serving(script) as there:
        long = " ".join(f"Day {i} was calm." for i in range(800))
        assert (
            run(main(f'return summarize("{long}", max_words=7, model="{there.model}")')) == "It was calm. It was calm."
        )
        assert len(there.asked) > 2
