"""Tokens, and which words and marks the language has.

The kind of a keyword, an operator or a bracket is its own text; the others have names in upper case.
"""

# ruff: noqa: SIM905 - lists of words read best as words
from __future__ import annotations

import re
from typing import NamedTuple


class Token(NamedTuple):
    """One token: its kind, and where it stands in the text. A closer that was missing has `start == end`."""

    kind: str
    start: int
    end: int


KEYWORDS = frozenset(
    "and as assert break catch continue else fail false fn for if import in let match none not or return then true "
    "try while".split()
)
SOFT_KEYWORDS = frozenset("case mock needs prefers step task test type".split())
"""Keywords only at the start of their own statement; elsewhere names."""

STATEMENT_KEYWORDS = frozenset("let while return break continue import try assert fail match".split())
"""Keywords that can stand only at the start of a statement, so that one inside a bracket shows it was never closed."""

VALUE_ENDS = frozenset(
    ["NAME", "NUMBER", "TEXT", "TEXT_CLOSE", "BLOCK_CLOSE", ")", "]", "}", "true", "false", "none", "?"]
)
"""Kinds that can end a value or a type: a brace right after one opens a block."""

CONTINUES_AFTER = frozenset(
    "or and in ?? + - * / // % ** == != < <= > >= | = += -= *= /= //= %= , => -> : then else".split()
)
"""A newline right after one of these does not end the statement."""

CONTINUES_BEFORE = frozenset(". else catch then and or ?? |".split())
"""A newline before a line that begins with one of these does not end the statement."""

OPENERS = {"(": ")", "[": "]", "{": "}", "BLOCK_OPEN": "BLOCK_CLOSE"}

SCAN = re.compile(
    r"""
    (?P<space>[ \t\r\f\ufeff]+)
  | (?P<newline>\n)
  | (?P<word>[^\W\d]\w*)
  | (?P<number>0[xX]\w*|\d(?:[eE][+-](?=\d)|\w|\.(?=\d))*|\.\d\w*)
  | (?P<comment>\#[^\n]*|/\*(?s:.*?)(?:\*/|\Z))
  | (?P<quote>\"\"\"|'''|["'])
  | (?P<open>[(\[{])
  | (?P<close>[)\]}])
  | (?P<operator>
        \.\.\. | === | !== | //= | \*\*= | \?\?= | && | \|\| | \+\+ | --(?=\s*(?:[\n;)}\]]|\Z)) | :=
      | ==|!=|<=|>=|=>|->|\+=|-=|\*=|/=|%=|\?\?|\*\*|// | [=<>+\-*/%|.,:?;!&^~@$`\\]
    )
  | (?P<other>[^\w\s!-~]+|.)
    """,
    re.VERBOSE,
)

FOLLOWED_BY_COLON = re.compile(r"\s*:")
FOLLOWED_BY_EQUALS = re.compile(r"\s*=(?![=>])")
FOLLOWED_BY_TEXT = re.compile(r"[ \t]*[\"']")
FOLLOWED_BY_NAME = re.compile(r"[ \t]+(?!(?:and|or|in|not|then|else|as|if)\b)[^\W\d]")
FOLLOWED_BY_DEFINITION = re.compile(r"[ \t]+[^\W\d]\w*[ \t]*[(=]")

RAW_TEXT = {"'": re.compile(r"'[^'\n]*'"), "'''": re.compile(r"'''(?s:.*?)'''")}
_ESCAPE = r"\\(?:u\{[^{}\"\n]*\}|[^\n])"
_LINES_ESCAPE = r"\\(?s:u\{[^{}\"\n]*\}|.)"
# The braces of a character number belong to its escape: they are no interpolation.

PLAIN_TEXT = {
    '"': re.compile(rf'"(?:[^"\\{{\n]++|{_ESCAPE})*+"'),
    '"""': re.compile(rf'"""(?s:[^"\\{{]++|{_LINES_ESCAPE}|"(?!""))*+"""'),
}
"""Whole texts without interpolation."""
DEEPEST = 200
"""How deep expressions and blocks may nest."""
TOO_DEEP = f"This nests more than {DEEPEST} levels deep."
TOO_DEEP_HINT = "Give parts of it names with `let`, or make functions of them."
TEXT_RUN = {
    '"': re.compile(rf'(?:[^"\\{{\n]++|{_ESCAPE})++'),
    '"""': re.compile(rf'(?s:[^"\\{{]++|{_LINES_ESCAPE}|"(?!""))++'),
}
"""What stands in a text between two interpolations."""
WORD_REST = re.compile(r"\w*")
FORMAT = re.compile(r':[^{}"\n]*')


def name_end(text: str, start: int, end: int) -> int:
    """Where the name that `text[start:end]` begins really ends (`start` if it begins none).

    A regular expression's idea of a word differs from that of a name: it has `²` in it, and lacks vowel signs.
    """
    at = start if text[start : start + 1].isidentifier() else end
    if at == end:
        return start
    while at < end and ("_" + text[at]).isidentifier():
        at += 1
    while at == end and at < len(text) and not text[at].isascii() and ("_" + text[at]).isidentifier():
        at += 1
        found = WORD_REST.match(text, at)
        end = at = found.end() if found else at
    return at
