"""One run in flow form: what generated code is given, how its errors are told, and how it is brought to its end."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, cast

from planlang.lang.signatures import Effect
from planlang.lang.source import Span
from planlang.runtime.dispatch import dispatcher
from planlang.runtime.errors import Frame, Place, PlanError
from planlang.runtime.run import Run
from planlang.runtime.traces import Entry, Sources, turns_of
from planlang.runtime.values import PlanDict, Value
from planlang.runtime.workers.protocol import Workers

from .attempts import Attempts
from .callbacks import Callbacks
from .calls import Calls, flow_value
from .collector import patient_collector
from .context import CALL, TURN, Context, place_of
from .flow import DEEPEST, Flow
from .loops import Loops
from .model_calls import Maker
from .order import Node
from .regions import CONTEXT, is_lifted
from .scheduler import Stopped
from .world import Outside

_OBSERVATIONS = frozenset(
    ("read", "read_lines", "read_rows", "list_dir", "list_files", "env", "http_get", "now", "random", "random_int",
     "shuffle", "sample")
)  # fmt: skip
_CHANGES = frozenset(("write", "append", "write_rows", "print", "warn", "ask", "http_post"))
_PYTHON_DEPTH = 10 * DEEPEST
"""Python frames that may nest: a plan's call in flow form takes several."""


class Running:
    """The flow of one run, for its `Instance`."""

    def __init__(self, run: Run, workers: Workers, sources: Sources, caught: Callable[[Exception], PlanDict]) -> None:
        """`caught` makes what `catch` binds."""
        self.run = run
        self.sources = sources
        self.files: list[str] = []
        """The file name that the code of each file carries, by the file's number."""
        options = run.options
        self.flow = Flow(dispatcher(run, workers), self.told, sequential=options.sequential, seed=options.seed)
        self.flow.journalled = run.journal is not None
        self.calls = Calls(self.flow, run)
        step = run.steps.next_step if run.limits.max_steps is not None else None
        self.loops = Loops(self.flow, step)
        self.attempts = Attempts(self.flow, caught)
        self.callbacks = Callbacks(self.flow, self.calls, self.loops, run)
        self.root = Context(None, 0)

    def names(self) -> dict[str, Any]:
        """What generated code calls, by the name it calls it."""
        parts = (self.flow, self.calls, self.loops, self.attempts, self.callbacks)
        return {name: function for part in parts for name, function in part.names().items()}

    def model(self, name: str, maker: Maker, *, as_value: bool) -> Any:
        """A function that a model answers, as flow code calls it, or as a value of flow code."""
        if maker.remote:
            self.flow.world.guarded = True
        return flow_value(self.calls, name, maker) if as_value else maker

    def outside(
        self, plugin: str | None, name: str, effect: Effect, function: Callable[..., Value], *, as_value: bool
    ) -> Any:
        """The same for a function that observes or changes the world, or draws by chance."""
        outside = Outside(plugin, name, effect, function)
        return flow_value(self.calls, name, outside) if as_value else outside

    # ── running ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def execute(self, work: Callable[[Context], Value]) -> Value:
        """Do `work` from the root of the run, and all that it has put aside; gives its value."""
        depth = sys.getrecursionlimit()
        sys.setrecursionlimit(max(depth, _PYTHON_DEPTH))
        try:
            with patient_collector():
                return self._go_through(work)
        finally:
            sys.setrecursionlimit(depth)
            self.run.stats.critical_path = self.flow.longest

    def _go_through(self, work: Callable[[Context], Value]) -> Value:
        flow = self.flow
        value = None
        try:
            value = work(self.root)
        except Exception as error:  # noqa: BLE001 - takes its place in program order
            flow.stopped(error, Node(self.root))
        except Stopped:
            pass
        return flow.finish(value)

    # ── errors ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def told(self, error: BaseException, context: Context | None, site: int) -> PlanError | None:
        """`error` in the plan's words; its place and call stack are those of the plan, whenever it came to light."""
        entries = list(self.sources.entries(error.__traceback__))
        found = self.sources.plain(error, entries, self.run.steps)
        if found is None:
            return None
        last = max((i for i, entry in enumerate(entries) if _is_flow(entry)), default=-1)
        inner = entries[last + 1 :]
        place = None
        if last >= 0:
            source, span, *_ = entries[last]
            place = Place(source, span)
            context = _context_of(entries[: last + 1]) or context
        elif not inner:
            place = self.place(site)
        if found.place is None:
            found.place = Place(inner[-1][0], inner[-1][1]) if inner else place
        if not found.frames:
            own = place or self.place(site)
            frames = self._frames(context, own)
            if last >= 0 and frames:  # loops that only compute are direct code, and have no contexts
                inside = tuple(turns_of(entries[last][2].f_locals))
                frames[-1] = frames[-1]._replace(turns=frames[-1].turns + inside)
            found.frames = self.sources.frames(inner, frames)
        if not self.run.options.debug:  # an error that is kept would keep the frames of its traceback, and so itself
            found.__traceback__ = found.__context__ = found.__cause__ = None
        return found

    def place(self, site: int) -> Place | None:
        """The place in the plan that `site` stands for."""
        number, start, end = place_of(site)
        source = self.sources.get(self.files[number]) if number < len(self.files) else None
        return Place(source, Span(start, end)) if source is not None and end else None

    def _frames(self, context: Context | None, place: Place | None) -> list[Frame]:
        """The plan's calls and turns that lead to `place` in `context`, outermost first."""
        found: list[Frame] = []
        while context is not None and place is not None:
            turns: list[int] = []
            step = context.step
            while context.kind != CALL and context.parent is not None:
                if context.kind == TURN:
                    turns.append(context.turn)
                context = context.parent
            # The step may be a late one: see `with_steps`.
            found.append(Frame(context.name, place, tuple(reversed(turns)), cast(str, step)))
            place = self.place(context.site)
            context = context.parent
        found.reverse()
        return found


def _is_flow(entry: Entry) -> bool:
    """Whether a frame belongs to code of the flow compiler, lifted pieces of direct code included."""
    return CONTEXT in entry[2].f_locals or is_lifted(entry[3].co_name)


def _context_of(entries: list[Entry]) -> Context | None:
    """Where flow code is; a lifted piece that ran at once is where the code was that came to it."""
    return next((e[2].f_locals[CONTEXT] for e in reversed(entries) if CONTEXT in e[2].f_locals), None)


def effect_of(plugin: str | None, name: str) -> Effect:
    """What a standard function does; those of plugins say it in their signatures."""
    if plugin is None and name in _CHANGES:
        return Effect.CHANGE
    return Effect.OBSERVATION if plugin is None and name in _OBSERVATIONS else Effect.PURE


def entry_point(space: dict[str, Any], task: str) -> Callable[..., Value]:
    """The Python function of a task, in the form that it has."""
    return space.get(f"g·{task}") or space[f"f·{task}"]
