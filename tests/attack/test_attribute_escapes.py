"""The known ways out of Python sandboxes by attributes and formats, in the plan language: none leads anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from .escape import Escape, repel

ATTRIBUTES = [
    Escape(
        "subclasses of object, the classic",
        'print("".__class__.__base__.__subclasses__())',
        "check",
        "no field `__class__`",
    ),
    Escape(
        "the same where no type is known",
        'let c = unknown("").__class__\nlet b = c.__base__\nprint(b.__subclasses__)',
        "type",
        "field",
    ),
    Escape(
        "CVE-2025-5120 smolagents: a module reached through one that is allowed",
        'import nlp\nprint(nlp.os.popen("CANARY"))',
        "check",
        "the plugin `nlp` has no `os`",
    ),
    Escape(
        "the same through a module's own module",
        "import texts as t\nprint(t.re.sys.modules)",
        "check",
        "the module `t` has no `re`",
    ),
    Escape(
        "CVE-2025-9959 smolagents: dunder names put together at run time",
        'let name = "__cla" + "ss__"\nprint(unknown("")[name])',
        "type",
        "index",
    ),
    Escape("the same on a dict", 'let name = "__cla" + "ss__"\nprint(unknown({a: 1})[name])', "key", "no key"),
    Escape("the same on a list", 'let name = "__cla" + "ss__"\nprint(unknown([1])[name])', "type", "index"),
    Escape("the same on a function", 'print(unknown(print)["__self__"])', "type", "a function has no elements"),
    Escape("smolagents: __reduce_ex__ of any value", "let f = unknown([1]).__reduce_ex__\nf(2)", "type", "field"),
    Escape(
        "asteval issue 86: print.__reduce__ gives getattr",
        "let red = unknown(print).__reduce__\nred()",
        "type",
        "field",
    ),
    Escape(
        "asteval GHSA-3wwr-3g9f-9gc7: the walk hidden in a method call", "print((1).__class__())", "check", "PL0204"
    ),
    Escape("CVE-2026-32640 simpleeval: a module among the names", 'print(os.system("CANARY"))', "check", "`os`"),
    Escape("simpleeval: attributes of a function value", 'print(unknown(len).__globals__["os"])', "type", "field"),
    Escape(
        "CVE-2023-37271 RestrictedPython: frames of generators",
        "let g = [x for x in [1]]\nprint(unknown(g).gi_frame)",
        "type",
        "field",
    ),
    Escape("the same from a range", "print(unknown(range(3)).gi_frame.f_back.f_globals)", "type", "field"),
    Escape("the same from a function that is going on", "fn f() { return unknown(f).gi_code }\nf()", "type", "field"),
    Escape("asyncio: cr_frame of a coroutine", "print(unknown(fn() => 1).cr_frame)", "type", "field"),
    Escape(
        "CVE-2025-22153 RestrictedPython: exceptions that are more than errors",
        'try { fail "x" } catch e { print(e.__traceback__) }',
        "key",
        "__traceback__",
    ),
    Escape(
        "the same by a computed key",
        'try { fail "x" } catch e { let d: any = e\nprint(d["tb_" + "frame"]) }',
        "key",
        "tb_frame",
    ),
    Escape(
        "CVE-2024-47532, CVE-2026-0863: AttributeError.obj",
        'try { print(unknown("").nothing) } catch e { let d: any = e\nprint(d.obj) }',
        "key",
        "obj",
    ),
    Escape(
        "AttributeError.name",
        "try { print(unknown({}).nothing) } catch e { let d: any = e\nprint(d.__context__) }",
        "key",
        "__context__",
    ),
    Escape(
        "arguments of an exception",
        "try { print(1 // unknown(0)) } catch e { let d: any = e\nprint(d.args) }",
        "key",
        "args",
    ),
    Escape(
        "the class of an exception", 'try { print(unknown(1) + unknown("")) } catch e { print(type_of(e)) }', "", "dict"
    ),
]

FORMATS = [
    Escape(
        "CVE-2016-10745 Jinja: str.format", 'print("{0.__class__.__mro__}".format(1))', "check", "no field `__class__`"
    ),
    Escape("CVE-2019-10906 Jinja: str.format_map", "print('{a.__class__}'.format_map({a: 1}))", "check", "PL0204"),
    Escape(
        "CVE-2023-41039 RestrictedPython: string.Formatter",
        "let f = unknown('{0.__class__}').format\nf(1)",
        "type",
        "field",
    ),
    Escape("CVE-2024-56326 Jinja: format reached through a filter", 'print(map(["a"], "format"))', "check", "PL0302"),
    Escape("CVE-2025-27516 Jinja: the attr filter", "print(get(unknown('{0.__class__}'), 'format'))", "type", "dict"),
    Escape(
        "CVE-2025-24359 asteval: the format of an f-string",
        'let x = unknown(1)\nprint("{x:{x.__class__}}")',
        "check",
        "PL0113",
    ),
    Escape(
        "the same with a conversion",
        'let x = unknown(1)\nprint("{x!r:>{x.__class__}}")',
        "check",
        "There is no operator `!`",
    ),
    Escape(
        "CVE-2026-0863 n8n: formats in a caught error",
        'try { fail "{0.__class__}" } catch e { print("{e.message}") }',
        "check",
        "no field `__class__`",
    ),
    Escape(
        "an error's message as a format",
        "try { fail '{x.__class__} %s %(a)s' } catch e { print(\"{e.message}\") }",
        "",
        "{x.__class__} %s %(a)s",
    ),
    Escape("%-format of a text from outside", "print(unknown('%(a)s %s') % unknown({a: 1}))", "type", "%"),
    Escape("a template in a raw text", "let s = '{__import__(\"os\")}'\nprint(s)", "", "{__import__"),
    Escape("replacement fields in sub", "print(sub('abc', 'b', '{0.__class__}\\\\g<0>'))", "", "{0.__class__}"),
    Escape("names of groups that are attributes", "print(capture('abc', '(?P<__class__>b)'))", "", "b"),
    Escape("formats of dates", "print(format_date('2024-01-01', '{0.__class__}'))", "", "{0.__class__}"),
    Escape(
        "formats of dates with the platform's own codes",
        "print(format_date('2024-01-01', '%E%O%#999999d'))",
        "value",
        "%E is no code of a date format",
    ),
    Escape("the repr of a handle", "print(repr(unknown(unknown)))", "", "fn unknown"),
    Escape(
        "columns of a table that are attributes",
        "print(table([{a: 1}], columns=['__class__']))",
        "",
        "__class__\n---------\n\n",
    ),
    Escape(
        "JSON that asks for a class",
        'print(from_json(\'{"__class__": "os", "py/object": "os.system"}\'))',
        "",
        "py/object",
    ),
    Escape("JSON with numbers that are none", "print(from_json('[NaN, Infinity]'))", "value", "JSON"),
]


@pytest.mark.parametrize("escape", [*ATTRIBUTES, *FORMATS], ids=lambda escape: escape.origin)
def test_no_way_out_by_attributes_and_formats(escape: Escape, tmp_path: Path) -> None:
    """It meets the language's own error, before it runs where the checker can tell."""
    repel(escape, tmp_path)
