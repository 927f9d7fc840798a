"""Syntax errors that come from the habits of other languages: each gets its own words.

A detector looks at a `Place` and gives a finding or None; the first finding counts.
"""

# ruff: noqa: SIM905 - lists of words read best as words
from __future__ import annotations

from .diagnostics import Diagnostic
from .habit_words import OPERATORS, WORDS
from .source import Span
from .syntax_place import Place
from .tokens import KEYWORDS, VALUE_ENDS

BLOCK_HEADS = frozenset("if while for match case try catch else test task fn".split())
COMPARISONS = frozenset("== != < <= > >= in".split())
TEXT_MARKS = frozenset("f r b u fr rf br rb".split())


def comment_mark(place: Place) -> Diagnostic | None:
    """`x = 3 // three of them`: what follows `//` was meant as a comment."""
    for index in range(place.position - 1, place.first, -1):
        token = place.tokens[index]
        if "\n" in place.source.text[token.end : place.span.start]:
            return None
        if token.kind == "//":
            hint = "Write `#`. (`//` divides and rounds down.)"
            span = Span(token.start, token.end)
            return place.finding("PL0114", "Comments begin with `#`, not with `//`.", hint, span=span, edit="#")
    return None


def orphan(place: Place) -> Diagnostic | None:
    """`else` without `if`."""
    partner = {"else": "if", "catch": "try", "then": "if"}.get(place.kind)
    if partner is None or place.position != place.first:
        return None
    hint = f"It stands after the block of `{partner}`." if partner == "try" else f"It goes with `{partner}` before it."
    return place.finding("PL0101", f"This `{place.kind}` belongs to no `{partner}`.", hint)


def no_case(place: Place) -> Diagnostic | None:
    """`match x { }`, `match x { default { } }`."""
    if "case" not in place.expected or "let" in place.expected:
        return None
    hint = "Write `case _ { … }` for all else." if place.text in {"default", "else", "_"} else ""
    hint = hint or 'In a `match` stand cases: case "a" | "b" { … } case other { … }.'
    return place.finding("PL0101", "Expected `case` here.", hint)


def destructuring(place: Place) -> Diagnostic | None:
    """`let {a, b} = d`, `let (a, b) = pair`."""
    if place.head != "let" or place.position != place.first + 1 or place.kind not in {"{", "[", "("}:
        return None
    if place.kind == "{":
        hint = "Read the fields one by one: let a = d.a."
        return place.finding("PL0101", "A dict is not taken apart by `let`.", hint)
    return place.finding("PL0101", "The names after `let` stand without brackets.", "Write let a, b = pair.")


def type_without_equals(place: Place) -> Diagnostic | None:
    """`type X { … }`."""
    if place.head == "type" and place.kind == "BLOCK_OPEN" and "=" in place.expected:
        return place.finding(
            "PL0101", "Between the name of a type and the type stands `=`.", "Write type X = {a: str}."
        )
    return None


def text_prefix(place: Place) -> Diagnostic | None:
    """`f"…"`, `r"…"`."""
    word = place.text_at(-1)
    if place.kind not in {"TEXT", "TEXT_OPEN"} or not place.touches or word.lower() not in TEXT_MARKS:
        return None
    hint = 'Every text in double quotes may hold {values}: write "…".'
    if "r" in word.lower():
        hint = "A text in single quotes is raw: '…'."
    span = place.span_at(-1)
    return place.finding("PL0120", f"A text has no `{word}` before it.", hint, span=span, edit="")


def else_if(place: Place) -> Diagnostic | None:
    """`elif`."""
    for offset in (0, -1):
        word = place.text_at(offset)
        if word in {"elif", "elsif", "elseif"} and (offset == 0 or place.position - 1 == place.first):
            span = place.span_at(offset)
            return place.finding("PL0118", f"There is no `{word}`.", "Write `else if`.", span=span, edit="else if")
    return None


def conditional(place: Place) -> Diagnostic | None:
    """`x if c else y`, `c ? x : y`."""
    if place.kind == "if" and place.kind_at(-1) in VALUE_ENDS:
        hint = "The test comes first: if … then … else …"
        return place.finding("PL0119", "A choice between two values is not written like this.", hint)
    if place.kind == "?" and place.kind_at(1) == ".":
        hint = "Write a.b ?? none: it is none where `a` is none or has no `b`."
        return place.finding("PL0119", "There is no `?.`.", hint)
    if place.kind == "?":
        hint = "Write if test then this else that; for a value in place of none, `x ?? default`."
        return place.finding("PL0119", "A choice between two values is not written with `?`.", hint)
    if place.kind in {"NEWLINE", "$END", ")", "]", "}", ",", "BLOCK_CLOSE"} and "else" in place.expected:
        return _without_else(place)
    return None


def _without_else(place: Place) -> Diagnostic | None:
    if "then" not in {place.tokens[index].kind for index in range(place.first, place.position)}:
        return None
    hint = "Write if … then … else …; a statement without `else` is written `if … { … }`."
    return place.finding("PL0119", "A choice between two values needs an `else`.", hint)


def operator(place: Place) -> Diagnostic | None:
    """`&&`, `||`, `!`, `x++` and other marks."""
    if place.kind in OPERATORS:
        edit, hint = OPERATORS[place.kind]
        return place.finding("PL0117", f"There is no operator `{place.kind}`.", hint, edit=edit)
    if place.kind == ">" and place.kind_at(-1) == "<":
        span = place.span_at(-1).to(place.span)
        return place.finding("PL0117", "There is no operator `<>`.", "Write `!=`.", span=span, edit="!=")
    if place.kind == "+" and place.wants_value:
        return place.finding("PL0117", "A number has no `+` before it.", "Leave the `+` away.", edit="")
    if place.kind == "=>" and place.head != "case" and not (place.head == "fn" and not place.open_brackets):
        return place.finding("PL0117", "A function begins with `fn`.", "Write fn(x) => x + 1.")
    return None


def foreign_word(place: Place) -> Diagnostic | None:
    """`def`, `const`, `switch`, `raise`: a word of another language beside a name, a value or a block."""
    for offset in (-1, 0):
        word = place.text_at(offset)
        is_call = offset == 0 and place.kind_at(1) == "("
        if place.kind_at(offset) != "NAME" or word not in WORDS or (word == "print" and is_call):
            continue
        begins = place.position + offset == place.first
        follows_value = offset == 0 and place.kind_at(-1) in VALUE_ENDS
        stands_before = offset == -1 and (place.kind in VALUE_ENDS - {")", "]", "}"} or place.kind == "TEXT_OPEN")
        if (begins and offset == -1 and place.kind != "=") or follows_value or stands_before:
            edit, hint = WORDS[word]
            return place.finding(
                "PL0122", f"`{word}` has no meaning here.", hint, span=place.span_at(offset), edit=edit
            )
    return None


def several_places(place: Place) -> Diagnostic | None:
    """`a, b = b, a`."""
    if place.kind != "," or place.open_brackets or place.head != "NAME":
        return None
    rest = [place.kind_at(offset) for offset in range(1, 40)]
    line = rest[: rest.index("NEWLINE")] if "NEWLINE" in rest else rest
    if "=" not in line:
        return None
    hint = "Assign one after the other. To swap two: let old = a; a = b; b = old. New names: let a, b = pair."
    return place.finding("PL0121", "Only `let` takes several names at once.", hint)


def pairs(place: Place) -> Diagnostic | None:
    """`=` in a dict, `:` in a call."""
    if place.kind == "=" and place.bracket == "{":
        hint = "Write `:` between a key and its value."
        return place.finding("PL0123", "In a dict, no `=` stands after a key.", hint, edit=":")
    if place.kind == ":" and place.bracket == "(" and place.kind_at(-1) == "NAME" and place.kind_at(-2) in {"(", ","}:
        hint = "Write `=` between the name of an argument and its value."
        return place.finding("PL0123", "In a call, no `:` stands after a name.", hint, edit="=")
    return None


def counting_loop(place: Place) -> Diagnostic | None:
    """`for i = 0; …`, `for (let i = 0; …)`."""
    inner = place.kind in {"let", "NAME"} and place.bracket == "("
    if place.head == "for" and (place.kind in {"=", "("} or inner) and place.position - place.first <= 2:
        hint = "Write `for i in range(10) { … }`, or `for x in xs { … }`, without parentheses."
        return place.finding("PL0122", "A `for` loop goes over the elements of a list.", hint)
    return None


def comparison(place: Place) -> Diagnostic | None:
    """`if x = 3`, `a < b < c`."""
    if place.kind in COMPARISONS and {"and", "or"} <= place.expected and place.kind not in place.expected:
        hint = "Write a < b and b < c."
        return place.finding("PL0111", "Comparisons do not chain.", hint)
    if place.kind == "=" and place.head in {"if", "while", "assert", "return", "case"} and place.bracket in {"", "("}:
        return place.finding("PL0125", "`=` assigns; it does not compare.", "Write `==`.", edit="==")
    return None


def generator(place: Place) -> Diagnostic | None:
    """`any(x > 0 for x in xs)`."""
    if place.kind == "for" and place.bracket == "(":
        hint = "Put brackets around it: any([x > 0 for x in xs])."
        return place.finding("PL0127", "A comprehension stands in `[ ]` or `{ }`.", hint)
    return None


def spread_argument(place: Place) -> Diagnostic | None:
    """`f(...xs)`, `f(*xs)`, `fn f(*xs)`."""
    if place.bracket == "(" and place.kind in {"...", "*", "**"} and place.kind_at(-1) in {"(", ","}:
        hint = "Give the list itself: f(xs)."
        return place.finding("PL0127", f"There are no `{place.kind}` arguments and parameters.", hint)
    return None


def colon_block(place: Place) -> Diagnostic | None:
    """`if x:`, `else:`, `fn f(x): int {`, `case 1:`."""
    if place.kind not in {":", "=>", "->", "then"} or place.bracket not in {"", "BLOCK_OPEN"}:
        return None
    if place.kind == ":" and place.head in {"fn", "task"} and place.kind_at(1) in {"NAME", "[", "{"}:
        following = place.tokens[place.position + 1]
        if "\n" not in place.source.text[place.span.end : following.start]:
            return place.finding("PL0124", "No `:` stands before the type of a result.", "Write `->`.", edit=" ->")
    if "BLOCK_OPEN" in place.expected and (place.head in BLOCK_HEADS or place.kind_at(-1) in BLOCK_HEADS):
        hint = "Write { … } around it."
        return place.finding("PL0124", f"A block stands in braces, not after `{place.kind}`.", hint)
    return None


def missing_block(place: Place) -> Diagnostic | None:
    """`if x` without a block, or with its brace on the next line."""
    if "BLOCK_OPEN" not in place.expected or place.wants_value:
        return None
    if place.kind == "NEWLINE" and place.kind_at(1) == "{":
        hint = "Write it at the end of this line."
        return place.finding("PL0124", "The `{` of a block stands on the line that it belongs to.", hint)
    if place.kind == "=" and place.head == "fn":
        return place.finding(
            "PL0124", "The body of a function does not follow `=`.", "Write fn f(x) => x + 1.", edit="=>"
        )
    if place.kind == "," and place.head == "case":
        hint = "Alternatives are joined with `|`, elements stand in brackets: [a, b]."
        return place.finding("PL0124", "A case has one pattern.", hint)
    begins_statement = place.kind in {"NAME", *KEYWORDS} and not place.open_brackets and not _block_follows(place)
    if place.kind in {"NEWLINE", "$END", "BLOCK_CLOSE"} or (begins_statement and place.head in BLOCK_HEADS):
        return place.finding("PL0124", "Here the block is missing.", "Write { … }.")
    return None


def _block_follows(place: Place) -> bool:
    """Whether a block opens later in this line."""
    for token in place.tokens[place.position :]:
        if token.kind in {"NEWLINE", "BLOCK_OPEN"}:
            return token.kind == "BLOCK_OPEN"
    return False


def keyword_as_name(place: Place) -> Diagnostic | None:
    """`let in = 3`, `fn match(x)`."""
    if place.kind in KEYWORDS and "NAME" in place.expected and "NUMBER" not in place.expected:
        hint = f"Choose another name, such as `{place.kind}_`."
        return place.finding("PL0108", f"`{place.kind}` is a word of the language, so it cannot be a name here.", hint)
    return None


def number_point(place: Place) -> Diagnostic | None:
    """`1.`, `xs.0`."""
    if place.kind_at(-1) == "." and place.kind_at(-2) == "NUMBER" and place.kind != "NAME":
        number = place.text_at(-2)
        span = place.span_at(-2).to(place.span_at(-1))
        hint = f"Write {number}.0."
        return place.finding(
            "PL0106", "After the point of a number stands a digit.", hint, span=span, edit=f"{number}.0"
        )
    if place.kind == "NUMBER" and place.text.startswith(".") and place.kind_at(-1) in VALUE_ENDS:
        hint = f"Elements are counted in brackets: [{place.text[1:]}]."
        return place.finding("PL0106", "No number stands after `.`.", hint, edit=f"[{place.text[1:]}]")
    return None


def interpolation(place: Place) -> Diagnostic | None:
    """`{}` in a text, a brace that was meant as a brace, and interpolation where none can be."""
    hint = "A brace in a text is written \\{ and \\}."
    if place.kind == "INTERPOLATION_CLOSE" and place.kind_at(-1) == "INTERPOLATION_OPEN":
        span = Span(place.span_at(-1).start, place.span.end)
        return place.finding("PL0113", "Between these braces a value is missing.", hint, span=span)
    if place.kind == "TEXT_OPEN" and "TEXT" in place.expected and "TEXT_OPEN" not in place.expected:
        return place.finding("PL0113", "Here stands a text without {values}.", hint)
    inside = place.kind in {"INTERPOLATION_CLOSE", "FORMAT"} or place.kind_at(-1) in {"INTERPOLATION_OPEN", "FORMAT"}
    if inside and place.kind_at(-1) != "":
        return place.finding("PL0113", "What stands in these braces is no value.", hint)
    return None


def missing_value(place: Place) -> Diagnostic | None:
    """`let x`."""
    if place.head == "let" and place.kind in {"NEWLINE", "$END", "BLOCK_CLOSE"} and "=" in place.expected:
        hint = "Write `= none` if there is nothing yet."
        return place.finding("PL0101", "A variable gets a value where it is declared.", hint)
    return None


DETECTORS = (
    comment_mark, text_prefix, orphan, no_case, destructuring, type_without_equals, else_if, interpolation,
    number_point, generator, spread_argument, pairs, counting_loop, comparison, conditional, colon_block, missing_block,
    keyword_as_name, operator, foreign_word, several_places, missing_value,
)  # fmt: skip
"""In order: the first that has something to say is heard."""
