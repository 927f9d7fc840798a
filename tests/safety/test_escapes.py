"""No plan reaches Python's objects: attribute walks, format tricks, names and arguments that Python knows."""
# ruff: noqa: RUF001 - characters that look alike are what is tried

from __future__ import annotations

from pathlib import Path

import pytest

from .attack import Attack, repel

UNKNOWN = "fn unknown(x) -> any { return x }\n"
"""Hides a type from the checker, so that the runtime has to see the mistake."""

WALKS = [
    Attack(f"attribute walk {walk}", UNKNOWN + f"print({walk})\n")
    for walk in [
        'unknown("").__class__',
        "unknown([]).__class__.__base__",
        "unknown({}).__class__",
        "unknown({})['__class__']",
        "unknown(1).real",
        "unknown(1.5).__add__",
        "unknown(none).__class__",
        "unknown(print).__globals__",
        "unknown(unknown).__code__",
        "unknown(unknown).__globals__",
        "unknown(unknown).__defaults__",
        "unknown(unknown).__self__",
        "unknown(print)['__self__']",
        "unknown(map).__closure__",
        "unknown([1]).shared",
        "unknown({a: 1}).shared",
        "unknown({}).keys",
        "unknown([]).append",
        'unknown("").format',
        "unknown(int).type",
        "unknown(int).name",
        "unknown(range(3)).start",
        "unknown(range(3)).stop.real",
    ]
]

PYTHON_NAMES = """
    __builtins__ __import__ __name__ __file__ __debug__ __class__ globals locals vars getattr eval exec compile object
    super memoryview breakpoint os sys self Ellipsis NotImplemented PlanError run _ v_x c_x print_ exit quit help dir id
"""
NAMES = [
    Attack(
        "Python's names",
        "".join(f"print({name})\n" for name in PYTHON_NAMES.split()),
        exits=(2,),
        says="__builtins__(.|\n)*__file__(.|\n)*there are more|id",
    )
]

CALLS = [
    Attack(f"call of {call}", call + "\n", exits=(2,))
    for call in [
        '__import__("os").system("id")',
        'eval("1")',
        'exec("import os")',
        'open("/etc/passwd")',
        'compile("1", "x", "eval")',
        'getattr("", "__class__")',
        'setattr("", "a", 1)',
        "globals()",
        "breakpoint()",
        '"{0.__class__}".format(1)',
        '"".format_map({})',
        '"a".encode()',
        '"a".translate({})',
        "[].sort()",
        "{}.setdefault(1, 2)",
        "{}.__class__()",
        'print.__call__("a")',
        "(1).__add__(2)",
    ]
]

FORMATS = [
    Attack("attribute in an interpolation", UNKNOWN + 'let x = unknown("a")\nprint("{x.__class__}")\n'),
    Attack("conversion in an interpolation", UNKNOWN + 'let x = unknown("a")\nprint("{x!r}")\n'),
    Attack("nested format field", UNKNOWN + 'let x = unknown(1)\nlet w = 99999999999\nprint("{x:{w}}")\n'),
    Attack("format field as text", UNKNOWN + "let x = unknown(1)\nprint(\"{x:'{x.__class__}'}\")\n"),
    Attack("width of a format", UNKNOWN + 'let x = unknown("a")\nprint("{x:>99999999999}")\n'),
    Attack("precision of a format", UNKNOWN + 'let x = unknown(1.5)\nprint("{x:.99999999f}")\n'),
    Attack(
        "width just over the machine's words", UNKNOWN + 'let x = unknown(1)\nprint("{x:99999999999999999999999}")\n'
    ),
    Attack("format of a list", UNKNOWN + 'let x = unknown([1])\nprint("{x:>10}")\n', exits=(0, 1)),
    Attack("format of a function", UNKNOWN + 'let x = unknown(print)\nprint("{x:>10}")\n', exits=(0, 1)),
    Attack("locale format", UNKNOWN + 'let x = unknown(1)\nprint("{x:n}")\n', exits=(0, 1, 2)),
    Attack("character format of a huge number", UNKNOWN + 'let x = unknown(10 ** 30)\nprint("{x:c}")\n'),
    Attack("float format of a huge number", UNKNOWN + 'let x = unknown(10 ** 400)\nprint("{x:.2f}")\n', exits=(0, 1)),
    Attack("percent with a width", UNKNOWN + 'print(unknown("%99999999999d") % 1)\n', says="type|PL"),
    Attack("percent with a dict", UNKNOWN + 'print(unknown("%(a)s") % {a: 1})\n', says="type|PL"),
    Attack("percent with a list", UNKNOWN + 'print(unknown("%s%s") % unknown([1, 2]))\n', says="type|PL"),
    Attack("percent in place", UNKNOWN + 'let s = unknown("%s")\ns %= 1\nprint(s)\n', says="type|PL"),
]

HARMLESS = [
    Attack(
        "Python's constants as plan names",
        "let None = 1\nlet True = 2\nlet False = 3\nprint(None, True, False)\n",
        exits=(0, 2),
        says="1 2 3|PL",
    ),
    Attack(
        "Python's keywords as plan names",
        "let class = 1\nlet def = 2\nlet lambda = 3\nlet global = 4\nlet yield = 5\nlet await = 6\nlet del = 7\n"
        "print([class, def, lambda, global, yield, await, del])\n",
        exits=(0, 2),
        says=r"\[1, 2, 3, 4, 5, 6, 7\]|PL",
    ),
    Attack(
        "dunder names as plan names",
        "let __builtins__ = 1\nlet __debug__ = 2\nlet __class__ = 3\nlet __name__ = 4\nlet __import__ = 5\n"
        "fn __init__(self) { return self + __builtins__ }\n"
        "print(__builtins__, __debug__, __class__, __name__, __import__, __init__(6))\n",
        exits=(0,),
        says="1 2 3 4 5 7",
    ),
    Attack(
        "names like the ones that generated code may use",
        "fn f(v_x, c_x, x, _x, __x, v__x, run, tick, p0, t0, ast) {\n"
        "  let v = v_x + c_x + x + _x + __x + v__x + run + tick + p0 + t0 + ast\n  return fn() => v + x\n}\n"
        "print(f(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)())\n",
        exits=(0,),
        says="12",
    ),
    Attack(
        "dunder keys",
        'let d: any = {__class__: 1, __dict__: 2, __missing__: 3, shared: 4}\nd.__class__ = 5\nd["__getitem__"] = 6\n'
        "print(d.__class__, d.shared, d.__missing__, len(d))\nd.shared = true\nlet e = d\ne.x = 1\nprint(len(d))\n",
        exits=(0,),
        says="5 4 3 5\n5",
    ),
    Attack(
        "names that are equal only to Python",
        "let ﬁ = 1\nlet fi = 2\nlet 𝐱 = 3\nlet x = 4\nlet ſ = 5\nlet s = 6\nprint(ﬁ, fi, 𝐱, x, ſ, s)\n",
        exits=(0, 2),
        says="1 2 3 4 5 6|PL",
    ),
    Attack(
        "keys that are equal only to Python's identifiers",
        "let d: any = {ﬁ: 1, fi: 2}\nprint(d.ﬁ, d.fi, len(d))\n",
        exits=(0, 2),
        says="1 2 2|PL",
    ),
    Attack(
        "argument names that are equal only to Python",
        "fn f(ﬁ, fi) { return [ﬁ, fi] }\nprint(f(fi=1, ﬁ=2))\n",
        exits=(0, 2),
        says=r"\[2, 1\]|PL",
    ),
    Attack("a keyword in disguise", "𝐢𝐟 true { print(1) }\n", exits=(2,)),
    Attack("a builtin in disguise", "print(__ｂｕｉｌｔｉｎｓ__)\n", exits=(2,)),
    Attack("a bidirectional control character", "let a = 1 \u202e\nprint(a)\n", exits=(0, 2)),
    Attack("a zero-width joiner in a name", "let a\u200db = 1\nprint(ab)\n", exits=(2,)),
    Attack(
        "errors give away nothing of Python",
        'try { fail "x" } catch e {\n  let d: any = e\n  print(d["__traceback__"])\n}\n',
    ),
    Attack("the words of an error", 'try { fail "x" } catch e { print(e) }\n', exits=(0,)),
    Attack("control characters in a message", 'fail "\u001b]0;title\u0007\u001b[31mred"\n', exits=(1,)),
]

SMUGGLING = [
    Attack("Python's own argument names", "fn f(x) { return x }\nprint(f(c_x=1))\n", exits=(2,)),
    Attack("mangled argument names", "fn f(x) { return x }\nprint(f(v_x=1))\n", exits=(2,)),
    *[
        Attack(f"argument {name} of an unknown function", UNKNOWN + f"let f = unknown({function})\nprint(f({given}))\n")
        for function, given, name in [
            ("fn(x) => x", "v_x=1", "v_x"),
            ("fn(x) => x", "c_x=1", "c_x"),
            ("fn(x, y = 2) => x", "1, self=3", "self"),
            ("print", '"a", file=1', "file"),
            ("print", '"a", run=1', "run"),
            ("sorted", "[1], __class__=1", "__class__"),
            ("upper", "", "none at all"),
            ("upper", '"a", "b"', "too many"),
            ("map", "[1]", "a missing one"),
            ("random", "1", "too many for a bound method"),
            ("read", 'run="x", path="/etc/passwd"', "run of read"),
            ("validate", '1, "int"', "a text as type"),
            ("conforms", "1, 5", "a number as type"),
        ]
    ],
    Attack("a function as key", UNKNOWN + "let d = {}\nd[unknown(print)] = 1\n", says="type|PL"),
    Attack("a list as key", UNKNOWN + "let d = {}\nd[unknown([1])] = 1\n", says="type|PL"),
    Attack("a type as key", UNKNOWN + "let d = {}\nd[unknown(int)] = 1\n", says="type|PL"),
    Attack("a function in a computed key", UNKNOWN + "print({(unknown(len)): 1})\n", says="type|PL"),
    Attack("membership of a list in a dict", UNKNOWN + "print(unknown([1]) in unknown({a: 1}))\n", exits=(0, 1)),
    Attack("reading a key that is a list", UNKNOWN + "print(unknown({a: 1})[unknown([1])])\n"),
    Attack("counting lists", UNKNOWN + "print(counts(unknown([[1], [1]])))\n"),
    Attack("grouping by a list", UNKNOWN + "print(group_by([1], fn(x) => unknown([x])))\n"),
    Attack("equality of functions", UNKNOWN + "print(unknown(len) == unknown(print))\n", exits=(0, 1)),
    Attack("order of functions", UNKNOWN + "print(unknown(len) < unknown(print))\n"),
    Attack("sum of functions", UNKNOWN + "print(unknown(len) + unknown(print))\n"),
    Attack("sum of types", UNKNOWN + "print(unknown(int) + unknown(str))\n"),
    Attack("union of types at run time", UNKNOWN + "print(unknown(int) | unknown(str))\n", exits=(2,)),
    Attack("text of a type", UNKNOWN + "print(int, unknown(str))\nprint(unknown(upper))\n", exits=(0, 1, 2)),
    Attack("JSON of a type", UNKNOWN + "print(to_json(unknown(int)))\n"),
    Attack("digest of a function", UNKNOWN + "print(digest(unknown(len)))\n"),
    Attack("index of a function", UNKNOWN + "print(unknown(len)[0])\n"),
    Attack("length of a function", UNKNOWN + "print(len(unknown(len)))\n"),
    Attack("loop over a function", UNKNOWN + "for x in unknown(len) { print(x) }\n"),
    Attack("call of a type", UNKNOWN + 'print(unknown(int)("5"))\n', exits=(0, 1, 2)),
    Attack("changing a text", UNKNOWN + 'let s = unknown("abc")\ns[0] = "x"\n'),
    Attack("changing a function", UNKNOWN + "let f = unknown(len)\nf.x = 1\n"),
    Attack("changing a type", UNKNOWN + "let t = unknown(int)\nt.name = 1\n"),
]


@pytest.mark.parametrize("attack", [*WALKS, *NAMES, *CALLS, *FORMATS, *HARMLESS, *SMUGGLING], ids=lambda a: a.title)
def test_no_way_to_python(attack: Attack, tmp_path: Path) -> None:
    """The plan fails with an error of the language, or does something harmless."""
    repel(attack, tmp_path)
