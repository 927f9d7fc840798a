"""What authors declare, and which signatures plans see of it."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, NotRequired, TypedDict, TypeVar

import pytest
import typing_extensions
from plugin_sources import Colour, Source, bound, plugin

import planlang
from planlang.lang import types
from planlang.lang.signatures import Effect, Permission
from planlang.plugins import EnvName, Host, Item, ReadPath, WritePath, function, worker
from planlang.plugins.loader import load
from planlang.runtime.errors import PlanError
from planlang.runtime.run import Run
from planlang.runtime.values import TypeValue, from_python

T = TypeVar("T")
Chosen = typing_extensions.TypeVar("Chosen", default=str)


class Review(TypedDict):
    text: Annotated[str, "what was written"]
    stars: NotRequired[int]
    reply: str | None


class Tree(TypedDict):
    name: str
    parts: list[Tree]


def result_type(declared: Any) -> types.Type:
    return plugin(declared).signatures["mine"][declared.__name__].result


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (None, types.NONE),
        (str, types.STR),
        (bool, types.BOOL),
        (Any, types.ANY),
        (list[int], types.ListType(types.INT)),
        (list, types.ListType(types.ANY)),
        (tuple[str, int], types.TupleType((types.STR, types.INT))),
        (tuple[str, ...], types.ListType(types.STR)),
        (dict[str, float], types.DictType(types.STR, types.FLOAT)),
        (str | None, types.optional(types.STR)),
        (Literal["a", 2] | None, types.union(types.LiteralType("a"), types.LiteralType(2), types.NONE)),
        (Colour, types.OpaqueType("colour")),
        (Annotated[int, "how many"], types.INT),
    ],
)
def test_annotations_become_plan_types(annotation, expected) -> None:
    """Ordinary Python annotations are the signature."""

    def f(x: Any) -> Any: ...

    f.__annotations__ = {"x": annotation, "return": annotation}
    signature = plugin(function(f)).signatures["mine"]["f"]
    assert (expected, expected) == (signature.params[0].type, signature.result)


def test_a_typed_dict_is_a_record_with_descriptions() -> None:
    """Fields that may be missing or none are optional."""

    @function
    def f() -> Review: ...

    record = result_type(f)
    assert isinstance(record, types.RecordType)
    assert [("text", False, "what was written"), ("stars", True, ""), ("reply", True, "")] == [
        (field.name, field.optional, field.description) for field in record.fields
    ]
    assert types.optional(types.INT) == record.fields[1].type


def test_a_typed_dict_may_hold_itself() -> None:
    """Recursive records are recursive plan types, and are checked as such."""

    @function
    def f(tree: Tree) -> int:
        return len(tree["parts"])

    call = bound(f)
    leaf = {"name": "leaf", "parts": []}
    assert 2 == call(from_python({"name": "root", "parts": [leaf, leaf]}))
    with pytest.raises(PlanError, match="parts"):
        call(from_python({"name": "root", "parts": [{"name": "leaf", "parts": 3}]}))


def test_documentation_defaults_and_descriptions_are_part_of_the_signature() -> None:
    """What the reference and the editor show comes from the function itself."""

    @function(effect="observation")
    def f(text: Annotated[str, "what to say"], times: int = 2, *, sep: str = '"{') -> str:
        """Say it."""

    signature = plugin(f).signatures["mine"]["f"]
    assert ("f", "Say it.", "mine", Effect.OBSERVATION) == (
        signature.name,
        signature.doc,
        signature.plugin,
        signature.effect,
    )
    assert [("text", None, "what to say", False), ("times", "2", "", False), ("sep", r'"\"\{"', "", True)] == [
        (p.name, p.default, p.description, p.keyword_only) for p in signature.params
    ]


def test_a_model_call_takes_the_common_options() -> None:
    """Every model call has model, timeout, retries, seed and cache."""

    @worker("nowhere:Class")
    def f(text: str) -> str: ...

    signature = plugin(f).signatures["mine"]["f"]
    assert ["text", "model", "timeout", "retries", "seed", "cache", "exact"] == [p.name for p in signature.params]
    assert Effect.MODEL is signature.effect


def test_a_type_given_as_an_argument_is_the_result_type() -> None:
    """`type[T] -> T` is checked at each call, against the type that the plan gave."""

    @function
    def make(kind: type[T], value: Any) -> T:
        return value

    call = bound(make)
    number = TypeValue("Number", types.INT)
    assert 3 == call(number, 3)
    with pytest.raises(PlanError, match="the plugin `mine` gave a wrong answer in `make`"):
        call(number, "three")


def test_a_type_that_is_left_out_is_its_default() -> None:
    """To the checker, which shows it in the signature, and to what checks the answer."""

    @function
    def make(value: Any, kind: type[T] = str) -> T:
        return value

    signature = plugin(make).signatures["mine"]["make"]
    assert [("value", None), ("kind", "str")] == [(p.name, p.default) for p in signature.params]
    call = bound(make)
    assert "three" == call("three")
    assert 3 == call(3, kind=TypeValue("Number", types.INT))
    with pytest.raises(PlanError, match="expected str, found 3"):
        call(3)


def test_a_default_arrives_as_a_type() -> None:
    """As one that the plan names does."""

    @function
    def name_of(kind: type[T] = list[str]) -> str:  # type: ignore[assignment]
        return kind.name

    assert "list[str]" == bound(name_of)()
    assert "Number" == bound(name_of)(TypeValue("Number", types.INT))


def choice(options: list[str] | type[Chosen], best: Any) -> Chosen:
    """A type variable with a default of its own."""
    return best


class Choice(TypedDict, Generic[Chosen]):
    """What was chosen, and what else there was."""

    best: Annotated[Chosen, "the best"]
    others: list[Chosen]


def chosen(options: list[str] | type[Chosen], best: Any) -> Choice[Chosen]:
    """A record with a variable in it."""
    return {"best": best, "others": []}


def test_a_generic_typed_dict_is_a_record_of_the_type_that_was_given() -> None:
    """Its fields are checked against that type, to which its variable's default belongs."""

    def numbers() -> Choice[int]: ...

    fields = result_type(function(numbers)).fields
    assert [("best", types.INT, "the best"), ("others", types.ListType(types.INT), "")] == [
        (field.name, field.type, field.description) for field in fields
    ]
    call = bound(function(chosen))
    assert 3 == call(TypeValue("Number", types.INT), 3)["best"]
    assert "a" == call(from_python(["a"]), "a")["best"]
    with pytest.raises(PlanError, match=r"\.best: expected str, found 3"):
        call(from_python(["a"]), 3)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ('type Mood = "good" | "bad"; let x = chosen(Mood, "good"); assert x.best == "god"', "PL0307"),
        ('type Mood = "good" | "bad"; let x = chosen(Mood, "good"); assert x.best == "good"', ""),
        ('let x = chosen(["good", "bad"], "good"); assert x.best + 1 > 0', "PL0306"),
        ('type Mood = "good" | "bad"; let x = choice(Mood, "good"); assert x == "god"', "PL0307"),
        ('type Mood = "good" | "bad"; let x = choice(Mood, "good"); assert x == "good"', ""),
        ('let x = choice(["good", "bad"], "good"); assert x + 1 > 0', "PL0306"),
        ('let x = choice(["good", "bad"], "good"); assert x.upper() == "GOOD"', ""),
    ],
)
def test_the_checker_knows_the_type_with_and_without_a_type_among_the_arguments(source, problem) -> None:
    """A list of texts gives a text, a type gives a value of it."""
    plugins = {"mine": Source(function(choice), function(chosen))}
    if not problem:
        planlang.load(source, plugins=plugins).run()
        return
    with pytest.raises(planlang.CheckError) as caught:
        planlang.load(source, plugins=plugins)
    assert problem in str(caught.value)


def test_a_variable_that_only_contents_could_fill_is_any_to_the_checker() -> None:
    """Code is generated on result types, so they hold no more than is checked."""

    @function
    def pick(values: list[T]) -> T: ...

    assert types.ANY == result_type(pick)


def test_rights_are_part_of_the_signature() -> None:
    """The checker knows before a run which permissions it needs."""

    @function(effect="change", hosts=("api.example.org",))
    def send(path: Annotated[str, WritePath], url: Annotated[str, Host], key: Annotated[str, EnvName]) -> None: ...

    expected = (Permission("write", "path"), Permission("net", "url"), Permission("env", "key"), Permission("net"))
    assert expected == plugin(send).signatures["mine"]["send"].permissions


def test_a_worker_class_can_carry_its_signature() -> None:
    """A class with `call`, `load` and `run` is a page of Python; a short plugin needs no second module."""

    @worker(name="shout", model="loud")
    class Shouter:
        """Says it loudly."""

        def call(self, text: str, marks: int = 1) -> str: ...

        def load(self, context) -> None:
            self.model = context.model

        def run(self, batch: list[Item]) -> list[str]:
            return [f"{item['text'].upper()}{'!' * item['marks']} ({self.model})" for item in batch]

    call = bound(Shouter)
    assert "HI! (loud)" == call("hi")
    assert "HI!!! (other)" == call("hi", marks=3, model="other")
    assert "Says it loudly." == plugin(Shouter).signatures["mine"]["shout"].doc


def test_an_opaque_type_is_a_type_of_plans() -> None:
    """Opaque values pass through plans and back into plugin code as they are."""

    @function
    def paint(name: str) -> Colour:
        return Colour(name)

    @function
    def mix(a: Colour, b: Colour) -> str:
        return f"{a.name} and {b.name}"

    plugins = plugin(paint, mix)
    calls = {name: plugins.bind(s, Run()) for name, s in plugins.signatures["mine"].items()}
    red, blue = calls["paint"]("red"), calls["paint"]("blue")
    assert {"colour": "mine", "vector": "nlp"}.items() <= plugins.opaque.items()
    assert "red and blue" == calls["mix"](red, blue)
    assert (True, False) == (red == calls["paint"]("red"), red == blue)
    with pytest.raises(PlanError, match="expected colour, found"):
        calls["mix"](red, "blue")


def problem(*things: Any) -> str:
    (found,) = plugin(*things).problems
    return str(found)


def no_annotation(x) -> int: ...
def no_result(x: int): ...
def unknown_type(x: set[int]) -> int: ...
def any_named(**options: int) -> int: ...
def undefined(x: Missing) -> int: ...  # noqa: F821 - that is the point
def reads_in_secret(path: Annotated[str, ReadPath]) -> int: ...


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        (function(no_annotation), "`no_annotation` cannot be used: its parameter `x` needs an annotation"),
        (function(no_result), "its result needs an annotation"),
        (function(unknown_type), "a plan has no type for `set"),
        (function(any_named), "any named arguments"),
        (function(undefined), "`Missing` is not defined"),
        (function(reads_in_secret), "declared pure, but `path` names something outside"),
        (function(name="let")(lambda: 1), "must be a name of the language, not `let`"),
        (print, "`print` needs `@function` or `@worker`"),
    ],
)
def test_a_bad_declaration_is_reported_and_skipped(declared, reason) -> None:
    """The plugin is skipped with a sentence that says what to mend."""
    assert reason in problem(declared)


def test_two_functions_of_one_name_in_a_plugin_are_reported() -> None:
    """One of them would silently win otherwise."""
    one, two = function(name="f")(lambda: 1), function(name="f")(lambda: 2)
    one.__annotations__ = two.__annotations__ = {"return": int}
    plugins = load({"mine": Source(one, two)}, installed=False)
    assert "two functions of the name `f`" in str(plugins.problems[0])
