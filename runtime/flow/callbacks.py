"""Standard functions that take functions, in flow form: the function may make calls, and its answers may be pending.

Each does what its direct form does (`runtime/standard`), in the same order and with the same messages. What the
function gives for each element is collected first, without waiting; then the direct form works on that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from planlang.runtime.changing import own
from planlang.runtime.equality import compare
from planlang.runtime.operators import key as need_key
from planlang.runtime.run import Run
from planlang.runtime.standard import bind
from planlang.runtime.standard.arguments import ABSENT, need_answer, need_function, need_list
from planlang.runtime.values import Value, new_list

from .calls import Calls, is_flow
from .context import HIDDEN, Context
from .flow import Flow
from .loops import Loops
from .pending import Pending, flow_list, known, note_if_unready, share
from .regions import BROKEN, FIRST, MAY_BREAK, NEVER_LEFT, NORMAL, y

_ANSWER = ((1, (), 1),)
"""The parts that must be known of (list, answer, …) before the answer can be judged."""

_FUNCTION = {"sorted": ("key", 1), "top": ("key", 2), "min": ("key", None), "max": ("key", None)}
"""What the function among the arguments is called, and its number if it may be given by position; others have f, 1."""


_SIGNS = {"min": -1, "max": 1}
"""Those that compare each key with the best before they ask for the next; what `compare` gives for a better one."""


class Callbacks:
    """The flow forms of one run."""

    def __init__(self, flow: Flow, calls: Calls, loops: Loops, run: Run) -> None:
        """For one run."""
        self.flow = flow
        self.calls = calls
        self.loops = loops
        self.run = run
        self._forms: dict[str, Callable[..., Any]] = {
            "map": self._map, "filter": self._filter, "group_by": self._group_by, "reduce": self._reduce,
            "any": self._any, "all": self._all, "find_first": self._find_first,
            "sorted": self._sorted, "top": self._top, "min": self._min, "max": self._max,
        }  # fmt: skip
        self._following: dict[str, Callable[..., Any]] = {"map": self._map_growing, "filter": self._filter_growing}
        """Those that go over a list while it grows."""

    def call(self, context: Context, site: int, name: str, args: tuple[Value, ...], named: dict[str, Value]) -> Any:
        """`name(*args, **named)`, where a function among the arguments may be of flow code."""
        keyword, number = _FUNCTION.get(name, ("f", 1))
        by_position = args[number : number + 1] if number is not None else ()
        function: Value = by_position[0] if by_position else named.get(keyword)
        if type(known(function)) is Pending:
            return self._call_later(context, site, name, args, named, function)
        over: Value = known(args[0]) if args else None
        if type(over) is Pending:
            if over.base is not None and name in self._following:
                return self._following[name](context, site, over, *args[1:], **named)
            return self._call_later(context, site, name, args, named, over)
        if isinstance(over, range):
            over = new_list(over)
        return self._forms[name](context, site, over, *args[1:], **named)

    def _call_later(  # noqa: PLR0913, PLR0917 - a call, and what it waits for
        self, context: Context, site: int, name: str, args: tuple[Value, ...], named: dict[str, Value], wanted: Value
    ) -> Any:
        """The same once `wanted`, one of the arguments, is known."""
        count, names = len(args), tuple(named)

        def region(inner: Context, _wanted: Value, *given: Value) -> Value:
            return self.call(inner, site, name, given[:count], dict(zip(names, given[count:], strict=True)))

        return self.flow.park(context, site, region, (wanted, *args, *named.values()), FIRST, 0, -1, y)

    def _each(
        self, context: Context, site: int, xs: Value, f: Value, check: Callable[[Value], object] | None = None
    ) -> list[Value]:
        """What `f` gives for each element, known or not; `check` is what may fail before the next one is asked for."""
        answers: list[Value] = []
        share(xs)
        for turn, x in enumerate(list(xs), 1):
            self.run.tick(1)
            self.flow.ease()
            answer = self.calls.value(Context(context, site, turn, HIDDEN), site, f, (share(known(x)),), {})
            if check is not None:
                check(answer)
            answers.append(answer)
        return answers

    def _group_by(self, context: Context, site: int, xs: Value, f: Value) -> Any:
        """The direct form of `group_by`, with a function that gives the answers of `f`, made before."""
        need_list("group_by", xs)
        need_function("group_by", f)
        direct = bind("group_by", self.run)

        def check(answer: Value) -> None:
            self.flow.lift(context, site, need_key, (answer,), None)

        answers = flow_list(self._each(context, site, xs, f, check))

        def work(xs: Value, answers: Value) -> Value:
            return direct(xs, _one_by_one(answers))

        return self.flow.lift(context, site, work, (xs, answers), None)

    def _map(self, context: Context, site: int, xs: Value, f: Value) -> Any:
        need_list("map", xs)
        need_function("map", f)
        return flow_list([share(answer) for answer in self._each(context, site, xs, f)])

    def _map_growing(self, context: Context, site: int, xs: Value, f: Value) -> Any:
        """`map` over a list that still grows."""
        need_function("map", f)

        def turn(inner: Context, x: Value, made: Value) -> tuple[Value, ...]:
            return self._push(inner, site, made, self.calls.value(inner, site, f, (share(known(x)),), {}))

        (made,) = self.loops.loop(context, site, xs, turn, (new_list(),), (), NEVER_LEFT, True, (0,), _like(f))
        return made

    def _filter(self, context: Context, site: int, xs: Value, f: Value) -> Any:
        need_list("filter", xs)
        return self._filter_growing(context, site, xs, f)

    def _filter_growing(self, context: Context, site: int, xs: Value, f: Value) -> Any:
        """`filter`, whose list grows as the answers come, so that what goes over it need not wait for all of them."""
        need_function("filter", f)

        def judge(inner: Context, made: Value, answer: Value, x: Value) -> tuple[Value, ...]:
            return self._push(inner, site, made, x) if need_answer("filter", answer) else (made,)

        def turn(inner: Context, x: Value, made: Value) -> tuple[Value, ...]:
            x = share(known(x))
            answer = self.calls.value(inner, site, f, (x,), {})
            return self.flow.park(inner, site, judge, (made, answer, x), _ANSWER, 1, 1, grows=((0, 0),))

        (made,) = self.loops.loop(context, site, xs, turn, (new_list(),), (), NEVER_LEFT, True, (0,), _like(f))
        return made

    def _push(self, context: Context, site: int, made: Value, x: Value) -> tuple[Value, ...]:
        """The list `made`, which is nobody else's, with `x` at its end."""
        made = known(made)
        if type(made) is Pending:
            return self.flow.lift_in_order(context, site, _pushed, (made, x), FIRST, 1, 1, -1, grows=True)
        return _pushed(made, x)

    def _reduce(self, context: Context, site: int, xs: Value, f: Value, start: Value) -> Any:
        need_list("reduce", xs)
        need_function("reduce", f)
        result = share(start)
        share(xs)
        for turn, x in enumerate(list(xs), 1):
            self.run.tick(1)
            self.flow.ease()
            inner = Context(context, site, turn, HIDDEN)
            result = self.calls.value(inner, site, f, (result, share(known(x))), {})
        return result

    def _any(self, context: Context, site: int, xs: Value, f: Value = None) -> Any:
        return self._search(context, site, "any", xs, f, lambda answer: answer is True, True, False)

    def _all(self, context: Context, site: int, xs: Value, f: Value = None) -> Any:
        return self._search(context, site, "all", xs, f, lambda answer: answer is False, False, True)

    def _find_first(self, context: Context, site: int, xs: Value, f: Value) -> Any:
        return self._search(context, site, "find_first", xs, f, lambda answer: answer is True, None, None)

    def _search(  # noqa: PLR0913, PLR0917 - what is searched, how, and what comes of it
        self,
        context: Context,
        site: int,
        name: str,
        xs: Value,
        f: Value,
        ends: Callable[[Value], bool],
        found: Value,
        otherwise: Value,
    ) -> Any:
        """Element after element, as long as no answer ends the search: what lies behind is never asked."""
        need_list(name, xs)
        if f is None:
            return self.flow.lift(context, site, bind(name, self.run), (xs,), None)
        need_function(name, f)

        def judge(_inner: Context, answer: Value, x: Value) -> tuple[Value, ...]:
            need_answer(name, answer)
            return (BROKEN, x if name == "find_first" else found) if ends(answer) else (NORMAL, otherwise)

        def turn(inner: Context, x: Value, _result: Value) -> tuple[Value, ...]:
            answer = self.calls.value(inner, site, f, (share(x),), {})
            return self.flow.park(inner, site, judge, (answer, x), FIRST, 0, 2)

        (result,) = self.loops.loop(context, site, xs, turn, (otherwise,), (), MAY_BREAK, hidden=True, like=_like(f))
        return result

    def _sorted(self, context: Context, site: int, xs: Value, key: Value = None, reverse: Value = False) -> Any:
        return self._keyed(context, site, "sorted", (xs,), key, {"reverse": reverse})

    def _top(self, context: Context, site: int, xs: Value, n: Value, key: Value = None) -> Any:
        return self._keyed(context, site, "top", (xs, n), key, {})

    def _min(self, context: Context, site: int, *values: Value, key: Value = None, **named: Value) -> Any:
        return self._keyed(context, site, "min", values, key, named)

    def _max(self, context: Context, site: int, *values: Value, key: Value = None, **named: Value) -> Any:
        return self._keyed(context, site, "max", values, key, named)

    def _keyed(  # noqa: PLR0913, PLR0917 - what is called, with what
        self, context: Context, site: int, name: str, values: tuple[Value, ...], key: Value, named: dict[str, Value]
    ) -> Any:
        """A function with `key=`: the keys are made first, for each element in order."""
        direct = bind(name, self.run)
        count, names = len(values), tuple(named)

        def plain(*given: Value) -> Value:
            return direct(*given[:count], **dict(zip(names, given[count:], strict=True)))

        if key is None:
            return self.flow.lift(context, site, plain, (*values, *named.values()), None)
        need_function(name, key)
        elements = values[0] if len(values) == 1 or name in ("sorted", "top") else new_list(values)
        sign = _SIGNS.get(name)
        best: Value = ABSENT

        def check(answer: Value) -> None:
            nonlocal best
            best = answer if best is ABSENT else self.flow.lift(context, site, further, (best, answer), None)

        def further(best: Value, answer: Value) -> Value:
            return answer if compare(answer, best) == sign else best

        compared = check if sign is not None else None
        keys = flow_list(self._each(context, site, need_list(name, elements), key, compared))

        def work(keys: Value, *given: Value) -> Value:
            options = dict(zip(names, given[count:], strict=True))
            return direct(*given[:count], key=_one_by_one(keys), **options)

        return self.flow.lift(context, site, work, (keys, *values, *named.values()), None)

    def names(self) -> dict[str, Any]:
        """What generated code calls, by the name it calls it."""
        return {"callback": self.call}


def _pushed(made: Value, x: Value) -> tuple[Value, ...]:
    made = own(made)
    made.append(x)
    note_if_unready(made, x)
    return (made,)


def _one_by_one(answers: Value) -> Callable[[Value], Value]:
    """A function that gives `answers` one after the other, whatever it is asked."""
    following = iter(answers)

    def answer(_x: Value) -> Value:
        return next(following)

    return answer


def _like(f: Value) -> Callable[..., Any] | None:
    """A region whose name says what calls of `f` may do: all that there is for a flow function; None for others."""
    return y if is_flow(f) else None
