"""Which argument goes to which parameter, and what is reported where they do not go together."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import tree
from .diagnostics import Edit
from .findings import Findings
from .signatures import SignatureParameter
from .suggestions import closest


@dataclass(frozen=True, slots=True)
class Given:
    """One argument with the parameter that takes it; `param` is None where there is none."""

    node: tree.Expression
    param: SignatureParameter | None
    receiver: bool = False


@dataclass(slots=True)
class Matched:
    """The arguments of a call in source order. `complete` tells whether counts and names were right."""

    given: list[Given] = field(default_factory=list)
    complete: bool = True


class Matcher:
    """Matches the arguments of one call."""

    def __init__(self, name: str, params: tuple[SignatureParameter, ...], findings: Findings) -> None:
        """`name` is what messages call the function."""
        self.name = name
        self.params = params
        self.findings = findings
        self.positional = [p for p in params if not p.keyword_only and not p.variadic]
        self.variadic = next((p for p in params if p.variadic), None)

    def match(self, receiver: tree.Expression | None, arguments: tuple[tree.Argument, ...], span: tree.Span) -> Matched:
        """Arguments by position, then by name; `span` is where a missing one is reported."""
        matched = Matched()
        taken: set[str] = set()
        by_position = [a.value for a in arguments if a.name is None]
        if receiver is not None:
            by_position.insert(0, receiver)
        for at, value in enumerate(by_position):
            param = self.positional[at] if at < len(self.positional) else self.variadic
            if param is None:
                self._too_many(value, len(by_position), receiver is not None)
                matched.complete = False
            elif not param.variadic:
                taken.add(param.name)
            matched.given.append(Given(value, param, value is receiver))
        if self._order(arguments):
            matched.complete = False
            taken.clear()
        for argument in arguments:
            if argument.name is not None:
                matched.given.append(self._named(argument, argument.name, taken, matched))
        missing = [p for p in self.params if p.default is None and not p.variadic and p.name not in taken]
        if missing and matched.complete:
            matched.complete = False
            self._missing(missing, span)
        return matched

    def _named(self, argument: tree.Argument, name: str, taken: set[str], matched: Matched) -> Given:
        param = next((p for p in self.params if p.name == name and not p.variadic), None)
        span = tree.Span(argument.span.start, argument.span.start + len(name))
        if param is None:
            matched.complete = False
            near = closest(name, [p.name for p in self.params])
            names = ", ".join(f"`{p.name}`" for p in self.params)
            hint = f"did you mean `{near}`?" if near else (f"it takes {names}" if names else "it takes no arguments")
            edit = Edit(span, near) if near else None
            self.findings.error("PL0304", span, f"`{self.name}` has no parameter `{name}`", hint, edit=edit)
        elif name in taken:
            matched.complete = False
            self.findings.error(
                "PL0304",
                span,
                f"the argument `{name}` of `{self.name}` is given twice",
                "by position and by name, or by name two times: leave one out",
            )
        taken.add(name)
        return Given(argument.value, param)

    def _order(self, arguments: tuple[tree.Argument, ...]) -> bool:
        """Report an argument by position behind one by name."""
        named = False
        for argument in arguments:
            if argument.name is not None:
                named = True
            elif named:
                self.findings.error(
                    "PL0303",
                    argument.span,
                    "an argument by position stands behind one by name",
                    "first those by position, then those by name",
                )
                return True
        return False

    def _too_many(self, value: tree.Expression, count: int, method: bool) -> None:
        most = len(self.positional)
        takes = "no arguments" if not self.params else f"at most {_counted(most, 'argument')}"
        if all(p.default is None for p in self.positional) and most:
            takes = _counted(most, "argument")
        only_named = [p.name for p in self.params if p.keyword_only]
        hint = f"it is written `{self.name}({self._written()})`"
        if method:
            hint = "the value before the dot counts as the first argument; " + hint
        if only_named:
            hint += f"; {', '.join(f'`{n}`' for n in only_named[:3])} are given by name"
        self.findings.error("PL0303", value.span, f"`{self.name}` takes {takes}, but {count} are given", hint)

    def _missing(self, missing: list[SignatureParameter], span: tree.Span) -> None:
        names = " and ".join(f"`{p.name}`" for p in missing)
        word = "argument" if len(missing) == 1 else "arguments"
        self.findings.error(
            "PL0303",
            span,
            f"`{self.name}` needs the {word} {names}",
            f"it is written `{self.name}({self._written()})`",
        )

    def _written(self) -> str:
        shown: list[str] = []
        for param in self.params[:8]:
            dots = "..." if param.variadic else ""
            known = param.default if param.default not in (None, "absent") else "…"
            shown.append(f"{param.name}{dots}" if param.default is None else f"{param.name}={known}")
        return ", ".join(shown) + (", …" if len(self.params) > 8 else "")


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
