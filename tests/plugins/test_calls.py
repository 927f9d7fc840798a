"""Calls across the boundary: arguments, answers, errors and permissions."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from plugin_sources import bound, plugin

from planlang.plugins import Failure, Host, ReadPath, function
from planlang.runtime.errors import PlanError
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import Run, RunOptions
from planlang.runtime.values import PlanDict, PlanList, from_python, to_python


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
    assert [{"a": 1}] == to_python(mine)
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
    [((1, 2), [1, 2]), ({"a": (1,)}, {"a": [1]}), (Level.HIGH, 3), (True, True), (range(2), [0, 1])],
)
def test_answers_become_plan_values(answer, expected) -> None:
    """Tuples, enumerations and the like become what a plan can hold."""

    @function
    def give() -> Any:
        return answer

    got = bound(give)()
    assert expected == to_python(got)
    assert type(got) in {PlanList, PlanDict, int, bool, range}


def test_numbers_of_numpy_become_numbers() -> None:
    """A worker's answers often hold NumPy numbers."""
    numpy = pytest.importorskip("numpy")

    @function
    def give() -> list[float]:
        return [numpy.float32(0.5), numpy.float64(0.25), numpy.int64(2)]

    got = bound(give)()
    assert [0.5, 0.25, 2] == to_python(got)
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

    assert [3, 3] == to_python(bound(twice)(lambda x: from_python([x]), 3))
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
