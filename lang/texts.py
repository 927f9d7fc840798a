"""What stands between quotes: escapes, the indentation of multi-line texts, format marks, and writing texts back."""

from __future__ import annotations

import re
from collections.abc import Callable

ESCAPE = re.compile(r"\\(?:u\{([^}\n]{0,12})\}|(?s:.)|\Z)")
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "{": "{", "}": "}"}
FORMAT = re.compile(r"(?:.?[<>=^])?[-+ ]?z?#?0?(\d*)[,_]?(?:\.(\d+))?[bcdeEfFgGosxX%]?", re.DOTALL)
WIDEST = 10_000
"""The greatest width and precision that a format may ask for."""

Report = Callable[[str, int, int, str], None]
"""Takes a message, an offset, the offset of its end, and a hint."""


def unescape(raw: str, offset: int, report: Report) -> str:
    """The text that `raw` (at `offset` in its source) stands for; escapes that do not exist are reported."""
    if "\\" not in raw:
        return raw

    def replace(found: re.Match[str]) -> str:
        at = offset + found.start()
        mark = found[0][1:2]
        if found[1] is not None:
            return _character(found[1], at, at + len(found[0]), report)
        if mark in ESCAPES and mark:
            return ESCAPES[mark]
        hint = 'Known escapes: \\n \\t \\r \\\\ \\" \\{ \\} \\u{1F600}. A backslash itself is written \\\\.'
        if mark == "u":
            hint = "Write the number of the character in braces: \\u{1F600}."
        elif mark == "'":
            hint = "A ' needs no backslash."
        report(f"There is no escape `\\{mark if mark.isprintable() else ''}`.", at, at + len(found[0]), hint)
        return mark

    return ESCAPE.sub(replace, raw)


def _character(digits: str, start: int, end: int, report: Report) -> str:
    """The character with a number, as an escape writes it."""
    try:
        number = int(digits, 16) if digits.isalnum() else -1
    except ValueError:
        number = -1
    if 0 <= number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF:
        return chr(number)
    hint = "The number is written with the digits 0-9 and a-f, and is at most 10FFFF: \\u{1F600}."
    report(f"There is no character with the number `{digits}`.", start, end, hint)
    return ""


def dedent(parts: list[tuple[str, int]], report: Report) -> list[str]:
    """The raw parts of a multi-line text, each with its offset, without their common frame, as in Swift.

    The newline after the opening quotes and the one before the closing quotes go, and so does the indentation of the
    closing quotes' line from every line. Parts are what stands around the interpolations.
    """
    texts = [text for text, _ in parts]
    last = next((text for text in reversed(texts) if "\n" in text), None)
    if last is None:
        return texts
    tail = last[last.rindex("\n") + 1 :]
    closes_alone = last is texts[-1] and not tail.strip(" \t")
    indentation = tail if closes_alone else tail[: len(tail) - len(tail.lstrip(" \t"))]
    if closes_alone:
        texts[-1] = texts[-1][: len(texts[-1]) - len(tail)]
    if indentation:
        texts = [
            _dedent_part(text, parts[i][1], indentation, report, ends=i == len(texts) - 1)
            for i, text in enumerate(texts)
        ]
    texts[0] = texts[0].removeprefix("\n")
    if closes_alone:
        texts[-1] = texts[-1].removesuffix("\n")
    return texts


def _dedent_part(text: str, offset: int, indentation: str, report: Report, *, ends: bool) -> str:
    """`text` with `indentation` taken from each of its lines but the first, which began before it."""
    lines = text.split("\n")
    result = [lines[0]]
    at = offset + len(lines[0]) + 1
    for number, line in enumerate(lines[1:], 1):
        blank = not line.strip(" \t") and (number < len(lines) - 1 or ends)
        if line.startswith(indentation):
            result.append(line[len(indentation) :])
        elif blank:
            result.append("")
        else:
            width = len(line) - len(line.lstrip(" \t"))
            hint = "Indent it as far as the closing quotes, or move the closing quotes to the left."
            report("This line is indented less than the closing quotes of its text.", at, at + max(1, width), hint)
            result.append(line.lstrip(" \t"))
        at += len(line) + 1
    return "\n".join(result)


def check_format(spec: str, offset: int, report: Report) -> None:
    """Report a format mark (`.2f`) that is none, or asks for too much; `offset` is where it begins."""
    found = FORMAT.fullmatch(spec)
    hint = "Write for example {x:.2f} (two decimals), {x:>8} (width 8, to the right), {x:,} (thousands) or {x:.0%}."
    if found is None or not spec:
        shown = f"`{spec}` is no format." if spec else "There is no format after this `:`."
        report(shown, offset - (not spec), offset + len(spec), hint)
    elif max(len(found[1] or ""), len(found[2] or "")) > 5 or max(int(found[1] or 0), int(found[2] or 0)) > WIDEST:
        report(f"A format's width and precision are at most {WIDEST}.", offset, offset + len(spec), "")


def escape(text: str) -> str:
    """`text` as it stands between double quotes."""
    return "".join(_escaped(character) for character in text)


_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\\": "\\\\", '"': '\\"', "{": "\\{", "}": "\\}"}


def _escaped(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    return character if character.isprintable() else f"\\u{{{ord(character):X}}}"


def quote(text: str) -> str:
    """`text` as a literal of the language."""
    return f'"{escape(text)}"'


def escape_lines(text: str) -> str:
    '''`text` as it stands between `"""`, where lines and single quotes need no escape.'''
    escaped = "".join(c if c in '\n"}' else _escaped(c) for c in text)
    return escaped.replace('"""', '\\"\\"\\"')
