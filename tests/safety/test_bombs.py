"""Small plans that ask for huge things: each ends with an error of the plan, soon and in little memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from .attack import Attack, repel

UNKNOWN = "fn unknown(x) -> any { return x }\n"
SHARED = UNKNOWN + "type Lists = list[list[any]]\nlet x = unknown([1])\nfor i in range(60) { x = [x, x] }\n"
TWINS = SHARED + "let y = unknown([1])\nfor i in range(60) { y = [y, y] }\n"
"""Sixty levels of shared structure, 2**60 elements when written out; and a second one built separately."""
DEEP = UNKNOWN + "type Lists = list[list[any]]\nlet x = unknown([1])\nfor i in range(9000) { x = [x] }\n"
HUGE = UNKNOWN + "type Lists = list[list[int]]\nlet r = range(10 ** 15)\n"
TIMED = ("--max-time", "0.3", "--max-memory", "300 MB")

NUMBERS = [
    Attack(f"number {expression}", UNKNOWN + f"let n = unknown(10)\nprint(len(str({expression})))\n", flags, exits)
    for expression, flags, exits in [
        ("n ** 10 ** 8", (), (1, 3)),
        ("n ** n ** n ** n", (), (1, 3)),
        ("10 ** 10 ** 8", (), (1, 2, 3)),
        ("(2 ** 500000) * (2 ** 500000)", (), (1, 3)),
        ("2 ** 500000", (), (0,)),
        ("sum([2 ** 524287, 2 ** 524287])", (), (1, 3)),
        ("reduce(range(1, 200000), fn(a, b) => a * b, 1)", (), (1, 3)),
        ("n ** -(10 ** 9)", (), (0, 1)),
        ("1.5 ** (n ** 9)", (), (1,)),
        ("(n ** 400) / 3", (), (1,)),
        ("sqrt(n ** 1000)", (), (0, 1)),
        ("floor(inf)", (), (1,)),
        ("round(inf)", (), (1,)),
        ("int(inf)", (), (1,)),
        ("round(n ** 400 + 0.5)", (), (1,)),
        ("round(2.5, n ** 20)", (), (0, 1)),
        ("round(n, -(n ** 20))", (), (0, 1)),
        ("int('9' * 10 ** 6)", (), (0, 1, 3)),
        ("int('9' * 150000)", (), (0, 1, 3)),
        ("float('9' * 10 ** 6)", (), (0, 1)),
        ("char(n ** 30)", (), (1,)),
        ("random_int(0, n ** 5000)", (), (0, 1)),
        ("log(n ** 100000)", (), (0, 1)),
        ("divmod(n ** 150000, n ** 70000)", (), (0, 1, 3)),
        ("mean([n ** 1000, 1])", (), (0, 1)),
        ("median([n ** 1000, n ** 1001])", (), (0, 1)),
        ("clamp(n ** 1000, 0.5, 1.5)", (), (0, 1)),
    ]
]

TEXTS = [
    Attack(f"text {expression}", UNKNOWN + f"let n = unknown(10 ** 10)\nprint(len({expression}))\n", flags)
    for expression, flags in [
        ('"a" * n', ()),
        ('n * "a"', ()),
        ('"a" * 10 ** 10', ()),
        ('"ab" * 10 ** 30', ()),
        ('pad_left("a", n)', ()),
        ('pad_right("a", 10 ** 30)', ()),
        ('"a".replace("", "x" * 10 ** 8)', ()),
        ('("a" * 10 ** 6).replace("a", "b" * 10 ** 6)', ()),
        ('("a" * 10 ** 6).sub("a", "b" * 10 ** 6)', ()),
        ('("a" * 10 ** 6).sub("", "b" * 10 ** 6)', ()),
        ('join(["a" * 10 ** 6] * 10 ** 6)', ()),
        ('join(range(3).map(fn(i) => "a"), "b" * 10 ** 8)', ()),
        ('url_encode("é" * 10 ** 8)', ()),
        ('table([{a: "x" * 10 ** 7}] * 10 ** 4)', ()),
        ('to_json(["a" * 10 ** 7] * 100)', ()),
        ('str(["a" * 10 ** 7] * 100)', ()),
        ('"{["a" * 10 ** 7] * 100}"', ()),
        ("to_json([[[[1]]]] * 1000, indent=10 ** 9)", ()),
        ("to_json([1], indent=n)", ()),
        ('("a" * 10 ** 8).split("a")', ()),
        ('chars("a" * 10 ** 8)', ()),
        ('lines("\\n" * 10 ** 8)', ()),
        ('find_all("a" * 10 ** 8, "a")', TIMED),
    ]
]

LISTS = [
    Attack(f"list {expression}", UNKNOWN + f"let n = unknown(10 ** 12)\nprint(len({expression}))\n", flags)
    for expression, flags in [
        ("[0] * n", ()),
        ("n * [0]", ()),
        ("[0] * 10 ** 30", ()),
        ("str([[0] * 10 ** 6] * 10 ** 6 + [1])", ()),
        ("flatten([[0] * 10 ** 6] * 10 ** 4)", ()),
        ("chunks([0] * 10 ** 7, 1)", TIMED),
        ("table([[1]] * n)", ()),
        ("[...range(n)]", ()),
        ("range(10 ** 30)", ()),
        ("range(0, 10 ** 30, 7)[10 ** 28:]", ()),
        ("range(n) + [1]", ()),
        ("range(n) * 2", ()),
    ]
]

RANGES = [
    Attack(f"huge range in {expression}", HUGE + f"print({expression})\n", TIMED)
    for expression in [
        "sum(r)",
        "max(r)",
        "mean(r)",
        "median(r)",
        "sorted(r)",
        "reversed(r)[0:3] == r.sorted()",
        "str(r)",
        "digest(r)",
        "to_json(r)",
        "counts(r)",
        'count(r, "x")',
        'index_of(r, "x")',
        "unique(r)",
        "shuffle(r)",
        "enumerate(r)",
        "zip(r, r)",
        "chunks(r, 3)",
        "map(r, fn(x) => x)",
        "filter(r, fn(x) => false)",
        "any(r, fn(x) => false)",
        "reduce(r, fn(a, x) => a, 0)",
        "[x for x in r]",
        "{x: 1 for x in r}",
        "top(r, 3)",
        "flatten(unknown([r]))",
        "join(map(r, str))",
        "group_by(r, fn(x) => 1)",
        "find_first(r, fn(x) => false)",
        "min(r, key=fn(x) => x)",
        "table(r)",
        "unknown([r]) == [sorted(r)]",
        "validate(unknown([r]), Lists)",
        "unknown(r) == [...r]",
    ]
] + [
    Attack(f"huge range in {expression}", HUGE + f"print({expression})\n", TIMED, (0, 1, 3))
    for expression in [
        '"x" in r',
        "0.5 in r",
        "10.0 ** 14 in r",
        "r == r",
        "r == range(10 ** 15 + 1)",
        "r < unknown([1])",
    ]
]

LOOPS = [
    Attack("doubling a list", UNKNOWN + "let xs = unknown([1])\nwhile true { xs = xs + xs }\n"),
    Attack("doubling a list in place", UNKNOWN + "let xs = unknown([1])\nwhile true { xs += xs }\n"),
    Attack("extending a list by itself", UNKNOWN + "let xs = unknown([1])\nwhile true { xs.extend(xs) }\n"),
    Attack("spreading a list into itself", UNKNOWN + "let xs = unknown([1])\nwhile true { xs = [...xs, ...xs] }\n"),
    Attack(
        "a hundred spreads of a long list",
        lambda: f"let xs: list[int] = [0] * 10 ** 7\nprint(len([{', '.join(['...xs'] * 100)}]))\n",
    ),
    Attack("doubling a typed list", "let xs: list[int] = [1]\nwhile true { xs = xs + xs }\n"),
    Attack("doubling a typed text", 'let s: str = "a"\nwhile true { s = s + s }\n'),
    Attack("doubling a text in place", 'let s = "a"\nwhile true { s += s }\n'),
    Attack("doubling a text by interpolation", 'let s = "a"\nwhile true { s = "{s}{s}" }\n'),
    Attack("squaring a number", "let n: int = 3\nwhile true { n = n * n }\n"),
    Attack("adding up a number", "let n: int = 2 ** 524200\nwhile true { n += n }\n"),
    Attack("doubling by reduce", 'print(len(reduce(range(100), fn(a, x) => a + a, "ab")))\n'),
    Attack("doubling by map", "let xs = [1]\nwhile true { xs = flatten(map(xs, fn(x) => [x, x])) }\n", TIMED),
    Attack("doubling by merge", "let d: any = {}\nfor i in range(60) { d = {a: d, b: d} }\nprint(len(to_json(d)))\n"),
    Attack("an endless loop", "while true { let x = 1 }\n", TIMED, (3,)),
    Attack(
        "an endless loop that catches",
        "while true { try { while true { let x = 1 } } catch e { print(1) } }\n",
        TIMED,
        (3,),
    ),
    Attack("an endless loop under steps", "while true { let x = 1 }\n", ("--max-steps", "100000"), (3,)),
    Attack("endless mutual recursion", "fn f(n) { return g(n) + 1 }\nfn g(n) { return f(n) + 1 }\nf(0)\n", TIMED),
    Attack(
        "a list that grows without end",
        'let xs = []\nwhile true { xs.push("a" * 1000) }\n',
        ("--max-memory", "300 MB"),
        (3,),
    ),
    Attack(
        "many large texts",
        'let xs = []\nfor i in range(1000) { xs.push("a" * 10 ** 7 + str(i)) }\n',
        ("--max-memory", "300 MB"),
        (1, 3),
    ),
    Attack(
        "a dict that grows without end",
        "let d: any = {}\nlet i = 0\nwhile true { d[i] = i; i += 1 }\n",
        ("--max-memory", "300 MB"),
        (3,),
    ),
    Attack(
        "a limit inside try",
        'try { let n: any = 10 ** 10\n  print("a" * n) } catch e { print("caught") }\n',
        says="limit|large",
    ),
    Attack(
        "a limit inside try inside a loop",
        'while true { try { let n: any = 10 ** 10\n  print("a" * n) } catch e { print("caught") } }\n',
        says="limit|large",
    ),
]

SHARING = [
    Attack(f"shared structure in {expression}", TWINS + f"print({expression})\n", exits=(0, 1, 3))
    for expression in [
        "x == x",
        "x == y",
        "x != y",
        "x < y",
        "x <= x",
        "x in [y]",
        "y in x",
        "len(str(x))",
        "len(repr(x))",
        'len("{x}")',
        "digest(x)",
        "len(to_json(x))",
        "to_json(x) == to_json(y)",
        "conforms(x, Lists)",
        "validate(x, Lists)[0] == y",
        "unique([x, y])",
        "count([x, y], y)",
        "index_of([x], y)",
        "counts([1, 2]) == counts([1]) and x == y",
        "sorted([x, y]) == 1",
        "max([x, y]) == 1",
        "min(x, y) == 1",
        "len(flatten(x))",
        "x + y == y + x",
        "[x] * 3 == [y] * 3",
        "table([{a: x}])",
        "join([str(x)])",
        "find_first([x], fn(z) => z == y) == 1",
        "reversed(x) == y",
        "x[0] == y[1]",
        "{a: x} == {a: y}",
        "merge({a: x}, {b: y}) == 1",
        "print(x)",
    ]
] + [
    Attack("shared structure through JSON", SHARED + "print(from_json(to_json(x)) == x)\n"),
    Attack(
        "shared structure against a recursive type",
        SHARED + "type Tree = int | list[Tree]\nlet t: Tree = unknown(x)\nprint(len(t))\n",
        exits=(0, 1, 2, 3),
    ),
    Attack("shared structure as a message", SHARED + 'assert false, "{x}"\n'),
    Attack("shared structure in fail", SHARED + 'fail {kind: "x", message: "m", data: x}\n', exits=(1, 3)),
    Attack(
        "shared structure as the result of a task",
        UNKNOWN + "task main() -> any {\n  let x = unknown([1])\n  for i in range(60) { x = [x, x] }\n  return x\n}\n",
    ),
    Attack(
        "shared structure with dicts",
        UNKNOWN + "let x = unknown({a: 1})\nfor i in range(60) { x = {l: x, r: x} }\n"
        "let y = unknown({a: 1})\nfor i in range(60) { y = {r: y, l: y} }\nprint(x == y)\n",
        exits=(0, 1, 3),
    ),
    Attack(
        "shared structure with a difference at the bottom",
        UNKNOWN + "let x = unknown([1])\nlet y = unknown([2])\n"
        "for i in range(60) {\n  x = [x, x]\n  y = [y, y]\n}\nprint(x == y, x < y)\n",
        exits=(0, 1, 3),
    ),
]

DEPTH = [
    Attack(f"deep data in {expression}", DEEP + f"print({expression})\n", exits=(0, 1, 3))
    for expression in [
        "x == x",
        "x == [x]",
        "len(str(x))",
        "digest(x)",
        "len(to_json(x))",
        "from_json(to_json(x)) == x",
        "x < [x]",
        "x in [x]",
        "conforms(x, Lists)",
        "unique([x, x]) == [x]",
        "len(flatten([x]))",
        "sorted([x, x]) == 1",
    ]
] + [
    Attack("data without end", UNKNOWN + "let x = unknown([1])\nwhile true { x = [x] }\n", TIMED),
    Attack("deep data, printed", UNKNOWN + "let x = unknown([1])\nfor i in range(200000) { x = [x] }\nprint(x)\n"),
    Attack(
        "deep data, compared",
        UNKNOWN + "let x = unknown([1])\nfor i in range(200000) { x = [x] }\nlet y = unknown([1])\n"
        "for i in range(200000) { y = [y] }\nprint(x == y)\n",
        exits=(0, 1, 3),
    ),
    Attack(
        "deep data, dropped",
        UNKNOWN + "let x = unknown([1])\nfor i in range(1000000) { x = [x] }\nx = 1\nprint(1)\n",
        exits=(0, 1, 3),
    ),
    Attack("deep JSON", UNKNOWN + 'print(len(from_json("[" * 10 ** 6 + "]" * 10 ** 6)))\n'),
    Attack("deep JSON that is not closed", UNKNOWN + 'print(len(from_json("[" * 10 ** 6)))\n'),
    Attack("deep JSON objects", UNKNOWN + "print(len(from_json('{\"a\":' * 10 ** 5 + '1' + '}' * 10 ** 5)))\n"),
    Attack("a long JSON number", 'print(from_json("1" * 10 ** 6) > 1)\n', exits=(0, 1, 3)),
    Attack("a JSON number with a huge exponent", 'print(from_json("1e999999999"))\n'),
    Attack("half a surrogate in JSON", "print(from_json('\"\\ud800\"'))\n", exits=(0, 1)),
]

PATTERNS = [
    Attack(f"pattern {pattern[:30]}", UNKNOWN + f"print(len(str(find_all({text}, {pattern}))))\n", exits=(0, 1))
    for pattern, text in [
        ("'^(a+)+$'", '"a" * 50000 + "b"'),
        ("'(a|a)*b'", '"a" * 50000'),
        ("'(a|aa)+$'", '"a" * 50000 + "b"'),
        ("'(.*)*x'", '"a" * 50000'),
        ("'([a-z]+)*[0-9]'", '"a" * 50000'),
        ("'((a{1,100}){1,100}){1,100}'", '"a" * 1000'),
        ("'a{1000}{1000}{1000}'", '"a" * 1000'),
        ("'(?P<n>a)(?P=n)'", '"aa"'),
        ("'(a)\\1'", '"aa"'),
        ("'(?<=a)b'", '"ab"'),
        ("'(?!a)b'", '"ab"'),
        ('"(" * 100000', '"a"'),
        ('"(a" * 5000 + ")" * 5000', '"a"'),
        ('"a" * 10 ** 7', '"a"'),
        ("'[[:nonsense:]]'", '"a"'),
        ('"\\u{0}"', '"a\\u{0}b"'),
    ]
]

ALL = [*NUMBERS, *TEXTS, *LISTS, *RANGES, *LOOPS, *SHARING, *DEPTH, *PATTERNS]


@pytest.mark.parametrize("attack", ALL, ids=lambda a: a.title)
def test_no_bomb_goes_off(attack: Attack, tmp_path: Path) -> None:
    """The plan ends with an error (or is harmless) in under two seconds of CPU and 500 MB."""
    repel(attack, tmp_path)
