"""Recursion, nesting and size of programs: deep is an error of the plan, never a crash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .attack import Attack, repel

MANY = 100_000

RECURSION = [
    Attack(
        "100,000 nested calls",
        "fn f(n) { return if n == 0 then 0 else 1 + f(n - 1) }\nprint(f(100000))\n",
        exits=(0,),
        says="100000",
    ),
    Attack(
        "10,000,000 nested calls",
        "fn f(n) { return if n == 0 then 0 else 1 + f(n - 1) }\nprint(f(10000000))\n",
        exits=(1, 3),
    ),
    Attack("calls without end", "fn f() { return f() }\nf()\n", exits=(1, 3)),
    Attack(
        "calls without end, caught", 'fn f() { return f() }\ntry { f() } catch e { print("caught") }\n', exits=(0, 1, 3)
    ),
    Attack(
        "calls that catch on every level",
        "fn f() {\n  try { return f() } catch e { return f() }\n}\nf()\n",
        ("--max-time", "1"),
        (1, 3),
    ),
    Attack("a function value that calls itself", "fn f(g) { return g(g) }\nprint(f(fn(g) => g(g)))\n", exits=(1, 2, 3)),
    Attack("recursion in a default", "fn f(x = f()) { return x }\nf()\n", exits=(1, 2, 3)),
    Attack("recursion in an interpolation", 'fn f() { return "{f()}" }\nprint(f())\n', exits=(1, 3)),
    *[
        Attack(f"recursion through {way}", f"fn f(n) {{\n  return {call}\n}}\nprint(f(0))\n", exits=(1, 3))
        for way, call in [
            ("map", "map([n], fn(x) => f(x + 1))"),
            ("sorted(key=)", "sorted([n, n + 1], key=fn(x) => f(x + 1))"),
            ("filter", "filter([n], fn(x) => f(x + 1) == 1)"),
            ("reduce", "reduce([n], fn(a, x) => f(x + 1), 0)"),
            ("min(key=)", "min([n, n], key=fn(x) => f(x + 1))"),
            ("group_by", "group_by([n], fn(x) => f(x + 1))"),
            ("any", "any([n], fn(x) => f(x + 1) == 1)"),
            ("find_first", "find_first([n], fn(x) => f(x + 1) == 1)"),
            ("top", "top([n], 1, key=fn(x) => f(x + 1))"),
            ("a comprehension", "[f(x + 1) for x in [n]]"),
            ("a list literal", "[f(n + 1)]"),
            ("an argument", "max(f(n + 1), 0)"),
            ("print", "print(f(n + 1))"),
        ]
    ],
    Attack(
        "100,000 nested calls through map",
        "fn f(n) { return if n == 0 then 0 else map([n - 1], f)[0] }\nprint(f(100000))\n",
        exits=(0, 1, 3),
    ),
    Attack(
        "100,000 nested calls through sorted(key=)",
        "fn f(n) { return if n == 0 then 0 else len(sorted([n - 1], key=f)) }\nprint(f(100000))\n",
        exits=(0, 1, 3),
    ),
    Attack(
        "100,000 nested functions",
        "let f: any = fn(x) => x\nfor i in range(100000) {\n  let g = f\n  f = fn(x) => g(x)\n}\nprint(f(7))\n",
        exits=(0, 1, 2, 3),
    ),
    Attack(
        "an error through a callback",
        'fn f(x) { fail "in f" }\nprint(sorted([1, 2], key=f))\n',
        exits=(1,),
        says="in f",
    ),
    Attack(
        "an error thrown 50,000 levels deep",
        'fn f(n) { if n == 0 { fail "deep" }; return 1 + f(n - 1) }\nf(50000)\n',
        exits=(1,),
        says="deep",
    ),
]


def _source(make: Callable[[int], str], size: int) -> Callable[[], str]:
    return lambda: make(size)


NESTING = [
    Attack(f"{size:,} times {title}", _source(make, size), exits=(0, 1, 2, 3))
    for title, make, size in [
        ("open parenthesis", lambda n: "print(" + "(" * n, MANY),
        ("open bracket", lambda n: "print(" + "[" * n, MANY),
        ("open brace", lambda n: "{" * n, MANY),
        ("closing parenthesis", lambda n: "print(1" + ")" * n, MANY),
        ("matched parentheses", lambda n: "print(" + "(" * n + "1" + ")" * n + ")\n", MANY),
        ("matched brackets", lambda n: "print(" + "[" * n + "]" * n + ")\n", MANY),
        ("matched dicts", lambda n: "print(" + "{a: " * n + "1" + "}" * n + ")\n", MANY),
        ("`not`", lambda n: "print(" + "not " * n + "true)\n", MANY),
        ("minus", lambda n: "print(" + "-" * n + "1)\n", MANY),
        ("field", lambda n: "let a: any = 1\nprint(a" + ".b" * n + ")\n", MANY),
        ("index", lambda n: "let a: any = 1\nprint(a" + "[0]" * n + ")\n", MANY),
        ("method", lambda n: 'print("a"' + ".upper()" * n + ")\n", MANY),
        ("call", lambda n: "let a: any = 1\nprint(a" + "()" * n + ")\n", MANY),
        ("call in a call", lambda n: "print(" + "abs(" * n + "1" + ")" * n + ")\n", MANY),
        ("sum", lambda n: "print(" + "1+" * n + "1)\n", MANY),
        ("power", lambda n: "print(" + "1**" * n + "1)\n", MANY),
        ("`??`", lambda n: "print(" + "none ?? " * n + "1)\n", MANY),
        ("`and`", lambda n: "print(" + "true and " * n + "true)\n", MANY),
        ("comparison", lambda n: "print(" + "1 == " * n + "1)\n", MANY),
        ("conditional", lambda n: "print(" + "if true then 1 else " * n + "1)\n", MANY),
        ("conditional test", lambda n: "print(" + "if " * n + "true" + " then true else true" * n + ")\n", 20000),
        ("function value", lambda n: "print(" + "fn() => " * n + "1)\n", MANY),
        ("interpolation", lambda n: "print(" + '"{' * n + "1" + '}"' * n + ")\n", 20000),
        (
            "`else if`",
            lambda n: (
                "let x = 5\nif x == 0 { print(0) }"
                + "".join(f" else if x == {i} {{ print({i}) }}" for i in range(1, n))
                + "\n"
            ),
            4000,
        ),
        ("`if` in an `if`", lambda n: "if true {\n" * n + "print(1)\n" + "}\n" * n, 5000),
        ("`for` in a `for`", lambda n: "for x in [1] {\n" * n + "print(1)\n" + "}\n" * n, 300),
        ("`while` in a `while`", lambda n: "while true {\n" * n + 'fail "x"\n' + "}\n" * n, 150),
        ("`try` in a `try`", lambda n: "try {\n" * n + "print(1)\n" + "} catch e { print(2) }\n" * n, 300),
        ("`match` in a `match`", lambda n: "match 1 { case x {\n" * n + "print(1)\n" + "} }\n" * n, 150),
        ("function in a function", lambda n: "".join(f"fn f{i}() {{\n" for i in range(n)) + "}\n" * n, 300),
        ("comprehension in a comprehension", lambda n: "print(" + "[" * n + "1" + " for x in [1]]" * n + ")\n", 150),
        ("`for` of a comprehension", lambda n: "print([1" + " for x in [1]" * n + "])\n", 1000),
        ("list type", lambda n: "let x: " + "list[" * n + "int" + "]" * n + " = []\n", MANY),
        ("optional type", lambda n: "let x: int" + "?" * n + " = 1\n", MANY),
        ("union type", lambda n: "let x: " + " | ".join(f'"{i}"' for i in range(n)) + ' = "1"\n', 5000),
        (
            "list pattern",
            lambda n: "match 1 { case " + "[" * n + "]" * n + " { print(1) } case _ { print(2) } }\n",
            MANY,
        ),
        (
            "alternative pattern",
            lambda n: "match 1 { case " + " | ".join(str(i) for i in range(n)) + " { print(1) } case _ { } }\n",
            5000,
        ),
        ("function type", lambda n: "let x: " + "fn() -> " * n + "int = fn() => 1\n", MANY),
        ("spread", lambda n: "print(" + "[..." * n + "[]" + "]" * n + ")\n", MANY),
        ("semicolon", lambda n: ";" * n + "\n", MANY),
        ("newline", lambda n: "\n" * n, MANY),
        ("quote", lambda n: "'" * n, MANY),
        ("double quote", lambda n: '"' * n, MANY + 1),
        ("backslash", lambda n: '"' + "\\" * n, MANY),
        ("hash", lambda n: "#" * n, MANY),
        ("soft keyword", lambda n: "step " * n, 20000),
        ("wrong line", lambda n: "let = \n" * n, 10000),
        ("stray closer", lambda n: "}\n" * n, 20000),
    ]
]

SIZE = [
    Attack("a long name", lambda: f"let {'a' * 10**6} = 1\nprint(1)\n", exits=(0, 2)),
    Attack("a long comment", lambda: "#" + "x" * 10**6 + "\nprint(1)\n", exits=(0,)),
    Attack("a long text", lambda: f'print(len("{"x" * 10**6}"))\n', exits=(0,), says="1000000"),
    Attack("a long number", lambda: f"print({'9' * 10**6} > 1)\n", exits=(0, 1, 2)),
    Attack("a long hexadecimal number", lambda: f"print(0x{'f' * 10**6} > 1)\n", exits=(0, 1, 2)),
    Attack("a long float", lambda: f"print(0.{'9' * 10**6} > 1)\n", exits=(0, 1, 2)),
    Attack("a float that is too large", "print(1e999)\n"),
    Attack("a long list", lambda: "let xs = [" + "1, " * 10000 + "]\nprint(len(xs))\n", exits=(0,), says="10000"),
    Attack("many arguments", lambda: "print(" + "1, " * 10000 + ")\n", exits=(0, 2)),
    Attack(
        "many parameters",
        lambda: "fn f(" + ", ".join(f"a{i}" for i in range(3000)) + ") { return a1 }\nprint(1)\n",
        exits=(0, 2),
    ),
    Attack(
        "many variables", lambda: "".join(f"let a{i} = {i}\n" for i in range(5000)) + "print(a4999)\n", exits=(0, 2)
    ),
    Attack("a NUL character", "let a = 1\0\nprint(a)\n", exits=(2,)),
    Attack("a NUL character in a text", 'print(len("a\0b"))\n', exits=(0, 2)),
    Attack("a byte order mark", "\ufeffprint(1)\n", exits=(0, 2)),
    Attack("carriage returns", "print(1)\r\nprint(2)\r\n", exits=(0,), says="1\r?\n2"),
    Attack("lone carriage returns", "print(1)\rprint(2)\r", exits=(0, 2)),
    Attack("half a surrogate", 'print("\ud800")\n', exits=(1, 2)),
    Attack("half a surrogate by escape", 'print("\\u{D800}")\n', exits=(1, 2)),
    Attack("line separators", "print(1)\u2028print(2)\u2029\x0b\x0cprint(3)\n", exits=(0, 2)),
]

CHECKING = [
    Attack(
        "a type that doubles forty times",
        lambda: (
            "type T0 = [int, int]\n"
            + "".join(f"type T{i} = [T{i - 1}, T{i - 1}]\n" for i in range(1, 40))
            + "fn f(x: T39) -> T39 { return x }\nlet y: any = 1\nprint(f(y))\n"
        ),
    ),
    Attack(
        "a record type that doubles",
        lambda: (
            "type T0 = {a: int}\n"
            + "".join(f"type T{i} = {{l: T{i - 1}, r: T{i - 1}}}\n" for i in range(1, 40))
            + "fn f(x: T39) -> T39 { return x }\nfn g(x: T38) -> T39 { return x }\n"
        ),
        exits=(0, 1, 2),
    ),
    Attack(
        "a value whose type doubles",
        lambda: (
            'let a0 = [1, "a"]\n'
            + "".join(f"let a{i} = {{l: a{i - 1}, r: a{i - 1}}}\n" for i in range(1, 40))
            + "print(a39.x)\n"
        ),
    ),
    Attack(
        "a loop that nests a type",
        "let x: any = 1\nlet y = [1]\nfor i in range(50) { y = [y] }\nprint(len(y))\n",
        exits=(0,),
    ),
    Attack(
        "a function whose result nests",
        "fn f(n) { return if n == 0 then [] else [f(n - 1)] }\nprint(len(f(3)))\n",
        exits=(0,),
    ),
    Attack(
        "functions whose results double",
        lambda: (
            "fn f0() { return {a: 1} }\n"
            + "".join(f"fn f{i}() {{ return {{l: f{i - 1}(), r: f{i - 1}()}} }}\n" for i in range(1, 40))
            + "fn main() { return f39().x }\n"
        ),
        exits=(0, 1, 2),
    ),
    Attack(
        "nested loops over one variable",
        lambda: (
            "let x: any = 1\nlet y = 1\n"
            + "".join(f"for i{i} in [1] {{\n" for i in range(18))
            + "if y == 1 { y = 2 } else { y = 3 }\n"
            + "}\n" * 18
            + "print(y)\n"
        ),
        exits=(0, 2),
    ),
    Attack(
        "nested callbacks",
        lambda: (
            "let r = " + "".join(f"map([1], fn(x{i}) => " for i in range(18)) + "1" + ")" * 18 + "\nprint(len(r))\n"
        ),
        exits=(0, 2),
    ),
    Attack("nested overloads", lambda: "print(" + "max(1, " * 60 + "1" + ")" * 60 + ")\n", exits=(0, 2)),
    Attack("types that are only each other", "type A = B\ntype B = A\nlet x: any = 1\nlet y: A = x\n", exits=(2,)),
    Attack("a type that is its own union", "type A = A | A\nlet x: A = 1\n", exits=(2,)),
    Attack("a type without a smallest value", "type A = {a: A}\nlet x: any = {}\nlet y: A = x\n", exits=(1, 2)),
    Attack("a list type of itself", "type A = list[A]\nlet x: A = [[], [[]]]\nlet y: A = [[[1]]]\n", exits=(1, 2)),
    Attack(
        "two recursive types compared",
        "type A = {next: A?, v: int}\ntype B = {next: B?, v: int}\nfn f(a: A) -> B { return a }\nprint(1)\n",
        exits=(0, 2),
    ),
    Attack(
        "recursive unions compared",
        "type A = int | list[A] | {a: A}\ntype B = int | list[B] | {a: B} | str\nfn f(a: A) -> B { return a }\n"
        "fn g(b: B) -> A { return b }\n",
        exits=(0, 2),
    ),
    Attack(
        "a match over many literals",
        lambda: (
            "type A = ["
            + ", ".join(["true | false"] * 24)
            + "]\nfn f(a: A) {\n  match a {\n    case ["
            + ", ".join(["true | false"] * 24)
            + "] { return 1 }\n  }\n}\n"
        ),
        exits=(0, 1, 2),
    ),
    Attack(
        "many functions that call each other",
        lambda: "".join(f"fn f{i}(x) {{ return f{(i + 1) % 1000}(x) }}\n" for i in range(1000)) + "print(1)\n",
        exits=(0, 2),
    ),
]


@pytest.mark.parametrize("attack", [*RECURSION, *NESTING, *SIZE, *CHECKING], ids=lambda a: a.title)
def test_deep_and_large_is_no_crash(attack: Attack, tmp_path: Path) -> None:
    """The plan ends with an error (or is harmless) in under two seconds of CPU and 500 MB."""
    repel(attack, tmp_path)
