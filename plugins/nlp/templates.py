"""Chat templates: small programs that come with a model, run here with bounds on everything that they can spend.

They are written for Jinja. What they may touch, Jinja's sandbox says; this adds how long they may run, how deep they
may call and how large what they make may become, in every place where a template can make work or data.
"""

# jinja2 leaves many of its types open, and gives others that are too narrow.
# pyright: reportUnknownMemberType=false, reportArgumentType=false, reportCallIssue=false

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.ext import Extension, loopcontrols
from jinja2.filters import do_indent
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from .template_bounds import CALLS, DEEPEST, GROWTH, TOO_LARGE, TemplateError, charged, made, need, spent, step

_LONGEST = 96 * 1024
_FILTERS = (
    "abs", "attr", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first", "float", "groupby", "int",
    "items", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse", "safe",
    "select", "selectattr", "sort", "string", "sum", "title", "trim", "unique", "upper", "wordcount",
)  # fmt: skip
_METHODS = (
    "append", "capitalize", "copy", "count", "endswith", "find", "format", "get", "index", "isalnum", "isalpha",
    "isdigit", "islower", "isspace", "isupper", "items", "join", "keys", "lower", "lstrip", "partition", "removeprefix",
    "removesuffix", "replace", "rfind", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip",
    "title", "upper", "values",
)  # fmt: skip


def check_template(template: Any) -> None:
    """Raise `TemplateError` unless `template` is one that can be run."""
    if not isinstance(template, str):
        raise TemplateError("it is no text")
    _compiled(template)


def render(template: str, messages: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> str:
    """The text that `template` makes of `messages`, with the prompt for an answer; `values` are its further names.

    Raises `TemplateError`.
    """
    compiled = _compiled(template)
    given = sum(len(str(message.get("content", ""))) for message in messages)
    spent.steps, spent.calls, spent.room = 0, 0, GROWTH + 64 * given
    try:
        return compiled.render(messages=messages, add_generation_prompt=True, **values)
    except TemplateError:
        raise
    except AttributeError as error:
        raise TemplateError("it asks for what is not there") from error
    except (jinja2.TemplateError, RecursionError, ArithmeticError, TypeError, ValueError, LookupError) as error:
        raise TemplateError(str(error)[:200] or "it fails") from error


# ── the language of templates ────────────────────────────────────────────────────────────────────────────────────────


class _Generator(CodeGenerator):
    """Writes the program of a template, with a step counted in every block, and what it puts together counted."""

    def blockvisit(self, nodes: Any, frame: Frame) -> None:
        self.writeline("environment.step()")
        super().blockvisit(nodes, frame)

    def _counted(self, visit: Callable[[Any, Frame], None], node: nodes.Node, frame: Frame) -> None:
        self.write("environment.made(")
        visit(node, frame)
        self.write(")")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - as Jinja names it
        self._counted(super().visit_Concat, node, frame)

    def visit_List(self, node: nodes.List, frame: Frame) -> None:  # noqa: N802 - as Jinja names it
        self._counted(super().visit_List, node, frame)

    def visit_Dict(self, node: nodes.Dict, frame: Frame) -> None:  # noqa: N802 - as Jinja names it
        self._counted(super().visit_Dict, node, frame)

    def visit_Tuple(self, node: nodes.Tuple, frame: Frame) -> None:  # noqa: N802 - as Jinja names it
        if node.ctx == "load":
            self._counted(super().visit_Tuple, node, frame)
        else:
            super().visit_Tuple(node, frame)


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, and bounds."""

    code_generator_class = _Generator
    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})
    step = staticmethod(step)
    made = staticmethod(made)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """What an operator gives."""
        if operator == "**" or (operator == "%" and not isinstance(left, (int, float))):
            raise TemplateError(f"it uses `{operator}`, which no chat template needs")
        if operator == "*":
            for times, value in ((left, right), (right, left)):
                if isinstance(value, (str, bytes, list, tuple)):
                    need(max(0, times) * len(value) if isinstance(times, int) else 0)
        return made(super().call_binop(context, operator, left, right))

    def call(self, context: Any, obj: Any, /, *args: Any, **named: Any) -> Any:
        """What a call gives; every call of a template comes through here."""
        name = getattr(obj, "__name__", "")
        owner = getattr(getattr(obj, "__wrapped__", obj), "__self__", None)  # Jinja wraps `format` of texts
        step()
        if isinstance(owner, str):
            step(len(owner) // 100)
            if name == "format" and re.search(r"\d{4}|\{[^}]*\{", owner):
                raise TemplateError(TOO_LARGE)
            if name == "join":
                return _join(*args, owner, **named)
            if name == "replace":
                return _replace(owner, *args, **named)
        spent.calls += 1
        try:
            if spent.calls > CALLS:
                raise TemplateError(f"its calls nest deeper than {CALLS}")
            found = super().call(context, obj, *args, **named)
        finally:
            spent.calls -= 1
        if isinstance(found, range):
            step(len(found))
        return made(found)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Only methods that templates need, besides the keys of messages."""
        known = attr in _METHODS or not callable(value) or isinstance(obj, (Namespace, jinja2.runtime.LoopContext))
        return known and super().is_safe_attribute(obj, attr, value)


class _Namespace(Namespace):
    """What `namespace()` makes: a place for values, but not for another one, so that no ring or tower can be built."""

    def __init__(*args: Any, **named: Any) -> None:
        self, *given = args
        Namespace.__init__(self, *given, **named)
        for value in dict(*given, **named).values():
            made([value])

    def __setitem__(self, name: str, value: Any) -> None:
        made([value])
        Namespace.__setitem__(self, name, value)


class _Generation(Extension):
    """`{% generation %} … {% endgeneration %}` marks what the model is to have written; here it is written out."""

    tags = {"generation"}  # noqa: RUF012 - as Jinja wants it

    def parse(self, parser: Any) -> Any:
        """The marked part as it stands."""
        line = next(parser.stream).lineno
        return nodes.Scope(parser.parse_statements(("name:endgeneration",), drop_needle=True)).set_lineno(line)


def _refuse(message: Any) -> None:
    raise TemplateError(str(message)[:200])


def _now(form: str) -> str:
    return datetime.now().strftime(form[:100])  # noqa: DTZ005 - the user's own time


def _to_json(
    value: Any, ensure_ascii: bool = False, indent: int | None = None, separators: Any = None, sort_keys: bool = False
) -> str:
    _check_width(indent)
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _indent(text: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
    _check_width(width)
    return do_indent(str(text), width, first, blank)


def _check_width(width: Any) -> None:
    if (len(width) if isinstance(width, str) else width or 0) > 64:
        raise TemplateError(TOO_LARGE)


def _replace(text: Any, old: Any, new: Any, count: int | None = None) -> str:
    text, old, new = str(text), str(old), str(new)
    need(len(text) + (text.count(old) * len(new)))
    return text.replace(old, new, -1 if count is None else count)


def _join(values: Iterable[Any], between: Any = "", attribute: Any = None) -> str:
    if attribute is not None:
        raise TemplateError("it uses `join` with an attribute, which no chat template needs")
    texts = [str(value) for value in values]
    need(sum(map(len, texts)) + len(texts) * len(str(between)))
    return str(between).join(texts)


@functools.lru_cache(maxsize=1)
def _environment() -> _Environment:
    environment = _Environment(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[_Generation, loopcontrols],
        cache_size=0,
        optimized=False,  # nothing is computed ahead, where nothing is counted
        finalize=made,
    )
    own = {"tojson": _to_json, "indent": _indent, "replace": _replace, "join": _join}
    environment.filters = {
        name: charged(run) for name, run in ({n: environment.filters[n] for n in _FILTERS} | own).items()
    }
    given: dict[str, Any] = {name: environment.globals[name] for name in ("range", "dict")}
    given |= {"namespace": _Namespace, "raise_exception": _refuse, "strftime_now": _now}
    environment.globals.clear()
    environment.globals.update(given)
    return environment


@functools.lru_cache(maxsize=16)
def _compiled(template: str) -> jinja2.Template:
    if len(template) > _LONGEST:
        raise TemplateError(f"it has {len(template):,} characters")
    environment = _environment()
    try:
        parsed = environment.parse(template)
        if _depth(parsed) > DEEPEST:
            raise TemplateError("it nests too deeply")
        return environment.from_string(parsed)
    except RecursionError as error:
        raise TemplateError("it nests too deeply") from error
    except (jinja2.TemplateError, SyntaxError, ValueError) as error:
        raise TemplateError(str(error)[:200] or "it is no template") from error


def _depth(node: nodes.Node) -> int:
    level: list[nodes.Node] = [node]
    depth = 0
    while level and depth <= DEEPEST:
        depth += 1
        level = [child for each in level for child in each.iter_child_nodes()]
    return depth
