"""What authors declare, and what plans get of it."""

from __future__ import annotations

import enum
from collections.abc import Callable
from types import SimpleNamespace
from typing import Annotated, Any, Literal, NotRequired, TypedDict, TypeVar

import pytest

from planlang.lang import types
from planlang.lang.signatures import Effect, Permission
from planlang.plugins import EnvName, Failure, Host, Item, Opaque, ReadPath, WritePath, function, hookimpl, worker
from planlang.plugins.loader import load
from planlang.runtime.errors import PlanError
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import Run, RunOptions
from planlang.runtime.values import PlanDict, PlanList, TypeValue, from_python

T = TypeVar("T")


class Colour(Opaque):
    plan_type = "colour"

    def __init__(self, name: str) -> None:
        self.name = name

    def digest(self) -> str:
        return self.name


class Review(TypedDict):
    text: Annotated[str, "what was written"]
    stars: NotRequired[int]
    reply: str | None


class Tree(TypedDict):
    name: str
    parts: list[Tree]


def plugin(*things: Any, name: str = "mine", **attributes: Any) -> Any:
    """The plugins of a program whose one further plugin registers `things`."""

    class Source:
        """A plugin."""

        @hookimpl
        def register_functions(self, register: Callable[[Any], None]) -> None:
            for thing in things:
                register(thing)

    source = Source()
    for key, value in attributes.items():
        setattr(source, key, value)
    return load({name: source}, installed=False)


def bound(declared: Any, run: Run | None = None) -> Callable[..., Any]:
    plugins = plugin(declared)
    assert [] == plugins.problems
    name = next(iter(plugins.signatures["mine"]))
    return plugins.bind(plugins.signatures["mine"][name], run or Run())


def result_type(declared: Any) -> types.Type:
    return plugin(declared).signatures["mine"][declared.__name__].result


def problem(*things: Any, **attributes: Any) -> str:
    (found,) = plugin(*things, **attributes).problems
    return str(found)


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
    assert ["text", "model", "timeout", "retries", "seed", "cache"] == [p.name for p in signature.params]
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


def test_a_variable_that_only_contents_could_fill_is_any_to_the_checker() -> None:
    """Code is generated on result types, so they hold no more than is checked."""

    @function
    def pick(values: list[T]) -> T: ...

    assert types.ANY == result_type(pick)


def test_arguments_are_checked_and_copied() -> None:
    """Plugin code gets plain data of the declared type, and cannot change the plan's own."""

    @function
    def spoil(values: list[dict[str, int]]) -> int:
        values[0]["a"] = 99
        values.append({})
        return type(values) is list and type(values[0]) is dict

    call = bound(spoil)
    mine = from_python([{"a": 1}])
    with pytest.raises(PlanError, match="expected int, found true"):
        call(mine)
    assert [{"a": 1}] == mine
    with pytest.raises(PlanError, match="`values` of `spoil`") as caught:
        call("text")
    assert "type" == caught.value.kind


@pytest.mark.parametrize(
    ("args", "named", "message"),
    [
        ((), {}, "`f` needs the argument `text`"),
        (("a", 1, 2), {}, "`f` takes at most 2 arguments, not 3"),
        (("a",), {"tines": 2}, "`f` has no parameter `tines`"),
        (("a",), {"text": "b"}, "`f` is given `text` twice"),
        (("a",), {"sep": 1}, "`sep` of `f`"),
    ],
)
def test_arguments_of_a_function_value_are_counted(args, named, message) -> None:
    """Where the checker could not know the function, the call itself tells."""

    @function
    def f(text: str, times: int = 1, *, sep: str = "") -> str: ...

    with pytest.raises(PlanError, match=message) as caught:
        bound(f)(*args, **named)
    assert "type" == caught.value.kind


def test_any_number_of_arguments() -> None:
    """`*values` takes all that are given by position; each is checked."""

    @function
    def join_all(first: str, *more: int, sep: str = " ") -> str:
        return sep.join([first, *map(str, more)])

    call = bound(join_all)
    assert ["a", "a 1 2", "a-3"] == [call("a"), call("a", 1, 2), call("a", 3, sep="-")]
    with pytest.raises(PlanError, match="`more` of `join_all`"):
        call("a", "b")


class Level(enum.IntEnum):
    HIGH = 3


@pytest.mark.parametrize(
    ("answer", "expected"),
    [((1, 2), [1, 2]), ({"a": (1,)}, {"a": [1]}), (Level.HIGH, 3), (True, True), (range(2), range(2))],
)
def test_answers_become_plan_values(answer, expected) -> None:
    """Tuples, enumerations and the like become what a plan can hold."""

    @function
    def give() -> Any:
        return answer

    got = bound(give)()
    assert expected == got
    assert type(got) in {PlanList, PlanDict, int, bool, range}


def test_numbers_of_numpy_become_numbers() -> None:
    """A worker's answers often hold NumPy numbers."""
    numpy = pytest.importorskip("numpy")

    @function
    def give() -> list[float]:
        return [numpy.float32(0.5), numpy.float64(0.25), numpy.int64(2)]

    got = bound(give)()
    assert [0.5, 0.25, 2] == got
    assert [float, float, int] == [type(number) for number in got]


@pytest.mark.parametrize("answer", [object(), {1, 2}, float("nan"), b"x", {"a": object()}, {(1, 2): 3}])
def test_what_a_plan_cannot_hold_is_an_error_that_names_the_plugin(answer) -> None:
    """The author of the plan sees who is at fault."""

    @function
    def give() -> Any:
        return answer

    with pytest.raises(PlanError, match="the plugin `mine` gave a wrong answer in `give`"):
        bound(give)()


def test_data_that_holds_itself_is_an_error() -> None:
    """An endless value is refused, not followed."""

    @function
    def give() -> Any:
        endless: list[Any] = []
        endless.append(endless)
        return endless

    with pytest.raises(PlanError, match="nests"):
        bound(give)()


def test_a_plan_function_can_be_called_back() -> None:
    """A callback gets plain data as plan values, and its answer comes back as plain data."""

    @function
    def twice(f: Callable[[int], list[int]], x: int) -> list[int]:
        return f(x) + f(x)

    assert [3, 3] == bound(twice)(lambda x: from_python([x]), 3)
    assert plugin(twice).signatures["mine"]["twice"].callbacks


def test_an_error_of_a_callback_is_the_plans_own() -> None:
    """What the plan's function fails with passes through the plugin unchanged."""

    @function
    def apply(f: Callable[[], int]) -> int:
        return f()

    def fails() -> int:
        raise PlanError("mine", "as I said")

    with pytest.raises(PlanError, match=r"^as I said$") as caught:
        bound(apply)(fails)
    assert "mine" == caught.value.kind


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("there are no vowels"), "`f` failed: there are no vowels"),
        (Failure("nothing there", kind="value"), "`f` failed: nothing there"),
        (FileNotFoundError(2, "No such file or directory", "a.txt"), "`f` failed: no such file or directory: a.txt"),
        (TypeError("'NoneType' object is not iterable"), "`f` failed: there is a mistake in the plugin"),
        (RuntimeError("bad <thing object at 0x7f0011223344>\nmore"), "`f` failed: bad <thing object>"),
        (KeyError("x"), "`f` failed: there is a mistake in the plugin"),
    ],
)
def test_errors_of_plugin_code_are_told_in_plain_words(error, message) -> None:
    """No Python names or addresses; the cause is kept for --debug."""

    @function
    def f() -> None:
        raise error

    with pytest.raises(PlanError) as caught:
        bound(f)()
    assert message == caught.value.message
    assert isinstance(caught.value.__cause__, type(error))


def test_paths_are_checked_and_resolved(tmp_path) -> None:
    """A path argument reaches plugin code only where the plan may go, with its links resolved."""

    @function(effect="observation")
    def look(path: Annotated[str, ReadPath]) -> str:
        return path

    (tmp_path / "inside").mkdir()
    (tmp_path / "link").symlink_to("/etc")
    call = bound(look, Run(RunOptions(Permissions(read=(str(tmp_path),)))))
    assert str((tmp_path / "inside" / "a").resolve()) == call(f"{tmp_path}/inside/../inside/a")
    for outside in ("/etc/passwd", f"{tmp_path}/link/passwd", f"{tmp_path}/../x"):
        with pytest.raises(PlanError, match="may not read") as caught:
            call(outside)
        assert "permission" == caught.value.kind


def test_rights_are_part_of_the_signature() -> None:
    """The checker knows before a run which permissions it needs."""

    @function(effect="change", hosts=("api.example.org",))
    def send(path: Annotated[str, WritePath], url: Annotated[str, Host], key: Annotated[str, EnvName]) -> None: ...

    expected = (Permission("write", "path"), Permission("net", "url"), Permission("env", "key"), Permission("net"))
    assert expected == plugin(send).signatures["mine"]["send"].permissions


@pytest.mark.parametrize(
    ("url", "granted", "allowed"),
    [
        ("https://example.org/a?b", "example.org", True),
        ("http://example.org/", "example.org:80", True),
        ("example.org:8080", "example.org:8080", True),
        ("https://example.org", "example.org:80", False),
        ("https://example.org.evil.test", "example.org", False),
        ("https://example.org@evil.test", "example.org", False),
    ],
)
def test_hosts_are_checked(url, granted, allowed) -> None:
    """The host of a URL is what is compared, with its port."""

    @function(effect="observation")
    def get(url: Annotated[str, Host]) -> str:
        return "reached"

    call = bound(get, Run(RunOptions(Permissions(net=(granted,)))))
    if allowed:
        assert "reached" == call(url)
    else:
        with pytest.raises(PlanError, match="may not reach"):
            call(url)


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
    assert {"colour": "mine", "vector": "nlp"} == plugins.opaque
    assert "red and blue" == calls["mix"](red, blue)
    assert (True, False) == (red == calls["paint"]("red"), red == blue)
    with pytest.raises(PlanError, match="expected colour, found"):
        calls["mix"](red, "blue")


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
    plugins = load({"mine": plugin_source(one, two)}, installed=False)
    assert "two functions of the name `f`" in str(plugins.problems[0])


def plugin_source(*things: Any) -> Any:
    return SimpleNamespace(register_functions=hookimpl(lambda register: [register(thing) for thing in things]))
