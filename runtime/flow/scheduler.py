"""The scheduler of the flow form: runs what is ready, delivers what becomes known, and keeps to program order.

Everything here runs in the plan's own thread, between pieces of its code.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from planlang.runtime.dispatch import Dispatcher
from planlang.runtime.errors import Interrupted, PlanError
from planlang.runtime.values import PlanDict, PlanList, Value

from .context import Context, with_steps
from .nodes import Lifted, Parked, Waiting
from .order import Node, Order, Scope
from .pending import DONE, FAILED, WAITING, Pending, known, needs
from .world import World

MOST_OUTSTANDING = 5_000
"""Calls on their way past which the interpreter waits for answers before it goes on."""
MOST_WAITING = 100_000
"""Nodes in program order past which it waits for the first of them."""
Translate = Callable[[BaseException, Context | None, int], PlanError | None]
"""Makes a plan error of an exception, given the context in which it came to light and the site to blame for it."""


class Stopped(BaseException):
    """A failure is in program order already: whatever would come after it in this context does not happen."""


class Scheduler:
    """What is ready, what is under way, and how far one run has come."""

    def __init__(self, dispatcher: Dispatcher, translate: Translate, *, sequential: bool, seed: int) -> None:
        """`translate` turns Python's exceptions into plan errors."""
        self.dispatcher = dispatcher
        self.order = Order()
        self.ready: deque[Waiting] = deque()
        self.translate = translate
        self.sequential = sequential
        self.journalled = False
        """Whether calls are to say where in the run they stand."""
        self.seed = seed
        self.longest = 0.0
        """Seconds of the longest chain of calls so far."""
        self.world = World()
        self.begin()

    def begin(self) -> None:
        """Begin with nothing in program order; what an input of a session has left undone is forgotten."""
        self.order.begin()
        self.order.root.on_settled = self._ended
        self.ready.clear()
        self.world.begin()
        self.failure: PlanError | None = None
        self.depth, self.path = 0, 0.0
        self._nesting = 0

    # ── values that become known ─────────────────────────────────────────────────────────────────────────────────────

    def await_(self, pending: Pending, node: Waiting | Pending) -> None:
        """Tell `node` when `pending` is known."""
        if pending.waiters is None:
            pending.waiters = [node]
        else:
            pending.waiters.append(node)

    def give(self, node: Waiting, out: Pending, value: Value) -> None:
        """`out` of `node` turned out to be `value`."""
        out.depth = node.depth
        out.path = node.path
        self.resolve(out, value)

    def resolve(self, pending: Pending, value: Value) -> None:
        """`pending` is `value`, or will be what `value` will be; whoever waits for it is made ready."""
        work: list[tuple[Pending, Value]] = [(pending, value)]
        while work:
            pending, value = work.pop()
            while type(value) is Pending and value.state == DONE:
                pending.depth = max(pending.depth, value.depth)
                pending.path = max(pending.path, value.path)
                value = value.value
            if type(value) is Pending:
                if value.state == FAILED:
                    self.poison((pending,))
                else:
                    if pending.shared:
                        value.shared = True
                    self.await_(value, pending)
                    if pending.base is not None:
                        self._grown(pending, value)
                continue
            kind = type(value)
            if pending.shared and (kind is PlanList or kind is PlanDict):
                value.shared = True
            pending.state = DONE
            pending.value = value
            pending.base = None
            waiters, pending.waiters = pending.waiters, None
            for waiter in waiters or ():
                if type(waiter) is Pending:
                    waiter.depth = max(waiter.depth, pending.depth)
                    waiter.path = max(waiter.path, pending.path)
                    work.append((waiter, value))
                else:
                    self.ready.append(waiter)

    def _grown(self, pending: Pending, value: Pending) -> None:
        """`pending`, a list that grows, will be what `value` will be: loops over it may find that it has grown."""
        pending.base = value
        waiters = pending.waiters or []
        following = [waiter for waiter in waiters if type(waiter) is Parked and waiter.follows]
        if following:
            pending.waiters = [waiter for waiter in waiters if waiter not in following]
            self.ready.extend(following)

    def poison(self, outs: Sequence[Pending]) -> None:
        """`outs` will never be known, since something has failed; neither will what depends on them."""
        work = list(outs)
        while work:
            pending = work.pop()
            pending.state = FAILED
            pending.base = None
            waiters, pending.waiters = pending.waiters, None
            for waiter in waiters or ():
                if type(waiter) is Pending:
                    work.append(waiter)
                else:
                    self.ready.append(waiter)

    def fail_node(self, node: Waiting, error: PlanError) -> None:
        """`node` has failed; what depends on it will never happen."""
        node.forget()
        self.poison(node.outs)
        self.order.fail(node, error)

    # ── failures ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def told(self, error: BaseException, node: Node) -> PlanError:
        """`error` at `node` in the plan's words, with place and call stack; raises what is none of the plan's doing."""
        found = self.translate(error, node.context, node.site)
        if found is None:
            raise error
        return found

    def stopped(self, error: BaseException, node: Node) -> None:
        """A context ended with `error`: unless that is in program order already, it fails right here."""
        if isinstance(error, Stopped):
            return
        if isinstance(error, Interrupted) or not isinstance(error, Exception):
            raise error
        self.fails_here(error, node.context, node.site)

    def fails_here(self, error: BaseException, context: Context | None, site: int) -> None:
        """`error` takes its place in program order: at the cursor."""
        failing = Node(context, site)
        self.order.add(failing)
        self.world.failed(failing)
        self.order.fail(failing, self.told(error, failing))

    def _ended(self) -> None:
        failed = self.order.root.failed
        if failed is not None:
            self.failure = failed.error
            if isinstance(self.failure, PlanError):
                self.failure.frames = with_steps(self.failure.frames)

    # ── running ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def run_ready(self, before: Node | None = None) -> int:
        """Run everything that is ready; with `before` only what comes before that node in program order.

        Gives how much was run.
        """
        ready = self.ready
        kept: list[Waiting] = []
        count = 0
        while ready and self.failure is None:
            node = ready.popleft()
            if before is not None and node.label >= before.label:
                kept.append(node)
            else:
                node.attempt()
                count += 1
        ready.extend(kept)
        return count

    def ease(self) -> None:
        """Called where plan code goes round: lets answers in, and waits for some where too much is under way."""
        if self._nesting:
            return
        crowded = self.dispatcher.outstanding > MOST_OUTSTANDING or self.order.waiting > MOST_WAITING
        if not (self.ready or crowded):
            return
        self._nested(lambda place: self._drain(place, crowded=crowded))

    def _drain(self, place: Node, *, crowded: bool) -> None:
        self.run_ready(place)
        while crowded and self.failure is None:
            crowded = (
                self.dispatcher.outstanding > MOST_OUTSTANDING // 2 or self.order.waiting > MOST_WAITING // 2
            ) and self.dispatcher.pump(wait=True)
            self.run_ready(place)

    def _nested(self, work: Callable[[Node], None]) -> None:
        """Let the scheduler run while plan code is on the stack, and leave everything as it was for that code.

        `work` is given a node: what it runs must come before that. A node of its own keeps the place of that code in
        program order: whatever runs meanwhile puts its nodes in before it.
        """
        order = self.order
        place = Node(state=DONE)
        order.add(place)
        before = order.cursor, order.scope, self.depth, self.path
        self._nesting += 1
        try:
            work(place)
        finally:
            self._nesting -= 1
            order.cursor, order.scope, self.depth, self.path = before
        self._check_scopes()

    def _check_scopes(self) -> None:
        """Stop a context whose run, or whose `try`, has failed meanwhile at something before it."""
        if self.failure is not None:
            raise Stopped
        scope: Scope | None = self.order.scope
        while scope is not None:
            if scope.settled and scope.failed is not None:
                raise Stopped
            scope = scope.parent

    def force(self, value: Value) -> Value:
        """`value`, waited for with all that is in it: nothing after this place happens before."""
        for wanted in needs((value,), None):
            if wanted.state == FAILED:
                raise Stopped
            while wanted.state == WAITING:
                self._nested(self._step)
            if wanted.state == FAILED:
                raise Stopped
        return known(value)

    def _step(self, place: Node) -> None:
        if self.run_ready(place):
            return
        waiting = self.order.waiting
        self.order.advance(self.order.root)
        moved = bool(self.ready) or self.order.waiting != waiting
        if not moved and self.failure is None and not self.dispatcher.pump(wait=True):
            self._stuck()

    def finish(self, value: Value) -> Value:
        """Do all that is left, and give `value` once it is known with all that is in it; raises the plan's failure."""
        result = Lifted(self, None, 0, known, (value,), needs((value,), None))
        result.scope = self.order.root
        result.attempt()
        self.order.cursor = Node(state=DONE)  # nothing is put in here any more: let go of all that comes after it
        while self.failure is None:
            self.run_ready()
            self.order.advance(self.order.root)
            if self.failure is not None or self.ready:
                continue
            if self.order.root.head.next is None and result.outs[0].state == DONE:
                return known(result.outs[0])
            if not self.dispatcher.pump(wait=True) and not self.ready:
                self._stuck()
        raise self.failure

    def _stuck(self) -> None:
        raise RuntimeError("the scheduler has nothing to run and nothing to wait for")
