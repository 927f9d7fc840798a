"""Standard functions on dates and times, which a plan holds as ISO text."""

from __future__ import annotations

import re
from datetime import date, datetime, time

from planlang.runtime.display import quoted
from planlang.runtime.errors import PlanError
from planlang.runtime.values import Value

from .arguments import need_text
from .registry import Registry

FUNCTIONS = Registry()
_LONGEST = 1_000
_CODE = re.compile(r"%(.?)", re.DOTALL)
_DATE_CODES = frozenset("aAbBdGjmuUVwWyYx")
_TIME_CODES = frozenset("fHIMpSzZcX")
_ONLY_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z|\d{8}\Z|\d{4}-?W\d\d(-?\d)?\Z", re.ASCII)
_HINT = "dates are written 2024-05-17, times 2024-05-17T10:00:00; for other forms give a format such as %d.%m.%Y"


@FUNCTIONS.add
def parse_date(s: Value, format: Value = None) -> str:  # noqa: A002 - the parameter's name in the language
    """A date or time as ISO text."""
    text = need_text("parse_date", s).strip()
    if format is None:
        return to_iso(_read(text))
    codes = _codes("parse_date", format)
    _check_length(text)
    if len(set(codes)) < len(codes):
        raise PlanError("value", f"the format {quoted(format)} has a code twice")
    try:
        moment = datetime.strptime(text, format)  # noqa: DTZ007 - as naive as the text
    except (ValueError, OverflowError):
        raise PlanError("value", f"{quoted(text)} does not have the form {quoted(format)}") from None
    return to_iso(moment if _TIME_CODES.intersection(codes) else moment.date())


@FUNCTIONS.add
def format_date(d: Value, format: Value) -> str:  # noqa: A002 - the parameter's name in the language
    """An ISO date or time in another form."""
    moment = _read(need_text("format_date", d).strip())
    _codes("format_date", format)
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    return _CODE.sub(lambda code: "%" if code[1] == "%" else _part(moment, code[0]), format)


def _part(moment: datetime, code: str) -> str:
    if code == "%Y":
        return f"{moment.year:04}"
    try:
        return moment.strftime(code)
    except ValueError:
        raise PlanError("value", f"the date {quoted(to_iso(moment))} cannot be shown with {code}") from None


@FUNCTIONS.add
def days_between(a: Value, b: Value) -> int:
    """The days from the date `a` to the date `b`."""
    first, second = _read(need_text("days_between", a, "a").strip()), _read(need_text("days_between", b, "b").strip())
    return date(*second.timetuple()[:3]).toordinal() - date(*first.timetuple()[:3]).toordinal()


def to_iso(moment: date | datetime) -> str:
    """`moment` as ISO text; UTC is `Z`."""
    text = moment.isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def _read(text: str) -> date | datetime:
    _check_length(text)
    try:
        return date.fromisoformat(text) if _ONLY_DATE.match(text) else datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise PlanError("value", f"{quoted(text)} is no ISO date", _HINT) from None


def _check_length(text: str) -> None:
    if len(text) > _LONGEST:
        raise PlanError("value", f"a date can be at most {_LONGEST:,} characters long")


def _codes(function: str, format: Value) -> list[str]:  # noqa: A002 - as in the signatures
    """The letters of the codes in a format, each known."""
    _check_length(need_text(function, format, "format"))
    codes = [code for code in _CODE.findall(format) if code != "%"]
    for code in codes:
        if code not in _DATE_CODES and code not in _TIME_CODES:
            raise PlanError("value", f"%{code} is no code of a date format", "%Y year, %m month, %d day, %H:%M:%S time")
    return codes
