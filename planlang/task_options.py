"""The options of a task: `plan run file.plan [task] --param value …`, read by the task's own signature (§4)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from planlang.lang.signatures import SignatureParameter
from planlang.lang.type_text import display
from planlang.lang.types import BOOL, DictType, ListType, RecordType, TupleType, Type, UnionType
from planlang.runtime.errors import PlanError
from planlang.runtime.values import Value

from .options import Parser
from .usage import UsageError

if TYPE_CHECKING:
    from planlang.runtime.engine import Plan, TaskInfo


@dataclass(slots=True)
class CommandLine:
    """The words of a command line, sorted: `own` for the command, `given` for the task, in order."""

    own: list[str] = field(default_factory=list)
    given: list[tuple[str, str | None]] = field(default_factory=list)


def sort_words(words: list[str], parser: Parser) -> CommandLine:
    """Tell the command's own options and the task's apart; after `--` all options are the task's.

    An option that the command does not know is the task's, and the word after it its value unless that is an option
    too. An option with an optional value takes it after `=` only (`--allow-read=data`).
    """
    sorted_ = CommandLine()
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word == "--":
            at = _take_task_options(words, at, sorted_)
        elif not word.startswith("-") or word == "-":
            sorted_.own.append(word)
        elif (action := parser.options.get(word.partition("=")[0])) is not None:
            bare_optional = action.nargs == "?" and "=" not in word
            sorted_.own.append(f"{word}={action.const}" if bare_optional else word)
            if action.nargs is None and "=" not in word and at < len(words):
                sorted_.own[-1] += f"={words[at]}" if word.startswith("--") else words[at]
                at += 1
        else:
            at = _take_option(words, at - 1, sorted_)
    return sorted_


def _take_task_options(words: list[str], at: int, into: CommandLine) -> int:
    while at < len(words):
        at = _take_option(words, at, into)
    return at


def _take_option(words: list[str], at: int, into: CommandLine) -> int:
    """Take the task's option at `words[at]`; gives the place of what follows it."""
    word = words[at]
    if not word.startswith("--") or word == "--":
        raise UsageError(f"`{word}` is no option", "a task's values are given as --name value")
    name, equals, value = word[2:].partition("=")
    if equals:
        into.given.append((name, value))
    elif at + 1 < len(words) and not words[at + 1].startswith("--"):
        into.given.append((name, words[at + 1]))
        return at + 2
    else:
        into.given.append((name, None))
    return at + 1


def read_arguments(task: TaskInfo, given: list[tuple[str, str | None]]) -> dict[str, Value]:
    """The values of a task's parameters from the words given for them; raises UsageError for what does not fit."""
    from planlang.runtime.convert import read_argument

    values: dict[str, Value] = {}
    for parameter, written, word in _sorted(task, given):
        if parameter.name in values:
            raise UsageError(f"--{written} is given twice")
        try:
            values[parameter.name] = read_argument(word, parameter.type, f"--{written}", sys.stdin)
        except PlanError as error:
            raise UsageError(error.message, error.hint) from None
    missing = [p for p in task.params if p.default is None and p.name not in values]
    if missing:
        needed = ", ".join(f"--{p.name}" for p in missing)
        raise UsageError(f"the task `{task.name}` needs {needed}", _described(missing[0]))
    return values


def inputs(task: TaskInfo, given: list[tuple[str, str | None]]) -> dict[str, str]:
    """The words, as `@rows.csv`, of the parameters that are read from files."""
    words = ((parameter.name, word) for parameter, _, word in _sorted(task, given))
    return {name: word for name, word in words if word.startswith("@") and not word.startswith("@@") and word != "@-"}


def _sorted(task: TaskInfo, given: list[tuple[str, str | None]]) -> Iterator[tuple[SignatureParameter, str, str]]:
    """For each option its parameter, its name as it was written, and the word that says its value."""
    known = {parameter.name: parameter for parameter in task.params}
    for written, text in given:
        parameter, word = _parameter(task, known, written, text)
        yield parameter, written, word


def _parameter(
    task: TaskInfo, known: dict[str, SignatureParameter], written: str, text: str | None
) -> tuple[SignatureParameter, str]:
    """The parameter that `--written` names and the text for it; a bare `--flag` is true, `--no-flag` false."""
    name = written.replace("-", "_")
    parameter = known.get(written) or known.get(name)
    if parameter is None and text is None and name.startswith("no_"):
        negated = known.get(name[3:])
        if negated is not None and negated.type == BOOL:
            return negated, "false"
    if parameter is None:
        from planlang.lang.suggestions import closest

        near = closest(name, known)
        options = ", ".join(f"--{n}" for n in known)
        hint = f"did you mean --{near}?" if near else f"it has {options}" if known else "it has none"
        raise UsageError(f"the task `{task.name}` has no option --{written}", hint)
    if text is None:
        if parameter.type != BOOL:
            raise UsageError(f"--{written} needs a value", _described(parameter))
        text = "true"
    return parameter, text


def task_help(plan: Plan, task: TaskInfo | None, file: str) -> str:
    """What `plan run file.plan --help` prints: goal, options with types, defaults and descriptions, and the result."""
    if task is None:
        has = f"Its tasks: {', '.join(plan.tasks)}. Name one to see its options." if plan.tasks else "It has no tasks."
        return f"usage: plan run {file}{' TASK' if plan.tasks else ''}\n\n{has}"
    named = "" if task is plan.default_task else f" {task.name}"
    usage = " ".join(f"--{p.name} …" if p.default is None else f"[--{p.name} …]" for p in task.params)
    lines = [f"usage: plan run {file}{named} {usage}".rstrip()]
    if task.goal:
        lines += ["", task.goal]
    rows = [(f"--{p.name}", display(p.type), _note(p)) for p in task.params]
    if rows:
        lines += ["", *_columns(rows)]
    lines += ["", f"Gives {display(task.result)}.", *_explained(task)]
    others = [name for name in plan.tasks if name != task.name]
    if others:
        lines += ["", f"Other tasks of this file: {', '.join(others)}."]
    lines += ["", "A value may be @file (text, lines, or rows of .csv .jsonl .json .parquet), @rows.csv:column,"]
    lines += ["or - for standard input. `plan run --help` shows the options of the command itself."]
    return "\n".join(lines)


def _explained(task: TaskInfo) -> list[str]:
    """What the named record types in the signature hold."""
    named: dict[str, RecordType] = {}
    work: list[Type] = [task.result, *(p.type for p in reversed(task.params))]
    while work:
        of = work.pop()
        if isinstance(of, RecordType):
            if of.name in named:
                continue
            if of.name:
                named[of.name] = of
            work.extend(field.type for field in reversed(of.fields))
        elif isinstance(of, (ListType, DictType)):
            work.append(of.element if isinstance(of, ListType) else of.value)
        elif isinstance(of, (UnionType, TupleType)):
            work.extend(of.members if isinstance(of, UnionType) else of.items)
    return [line for of in named.values() for line in ("", *_record(of))]


def _record(of: RecordType) -> list[str]:
    rows = [(f"{f.name}{'?' if f.optional else ''}", display(f.type), f.description) for f in of.fields]
    return [f"{of.name} is a record:", *_columns(rows)]


def _columns(rows: list[tuple[str, str, str]]) -> list[str]:
    wide = [max((len(row[i]) for row in rows), default=0) for i in (0, 1)]
    return [f"  {name:<{wide[0]}}  {type_:<{wide[1]}}  {note}".rstrip() for name, type_, note in rows]


def _note(parameter: SignatureParameter) -> str:
    default = "required" if parameter.default is None else f"default {parameter.default}"
    return f"{parameter.description} ({default})" if parameter.description else f"({default})"


def _described(parameter: SignatureParameter) -> str:
    what = f": {parameter.description}" if parameter.description else ""
    return f"--{parameter.name} takes {display(parameter.type)}{what}"
