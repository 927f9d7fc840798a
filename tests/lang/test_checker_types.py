"""Types: what expressions are inferred to be, what is validated, what does not fit."""

from __future__ import annotations

import pytest

from planlang.lang import tree
from planlang.lang.typing import display

from .checking import check, codes


def type_at_end(text, name="result"):
    """What the variable `name` of the file holds in the end."""
    module = check(text)
    assert [] == [d.message for d in module.diagnostics if d.is_error]
    return display(module.constants[module.members[name]])


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1", "int"),
        ("1 + true", "int"),
        ("1 / 2", "float"),
        ("7 // 2", "int"),
        ("7 % 2.5", "float"),
        ("2 ** 3", "int"),
        ("2 ** -1", "float"),
        ("-true", "int"),
        ('"a" * 2', "str"),
        ("[1] + [2.5]", "list[float]"),
        ('[1, "a"]', "[int, str]"),
        ('[1, "a"][1]', "str"),
        ('"abc"[1:]', "str"),
        ("[1, 2][:1]", "list[int]"),
        ("[]", "list[any]"),
        ("{}", "dict[any]"),
        ('{a: 1, b: "x"}', "{a: int, b: str}"),
        ('{a: 1}["a"]', "int"),
        ("{(1): 2}", "dict[int, int]"),
        ("{...{a: 1}, b: 2}", "{a: int, b: int}"),
        ("{a: 1, ...{b: 2}}.a", "any"),
        ("[x * 2 for x in [1, 2]]", "list[int]"),
        ("{k: v for k, v in [[1, true]]}", "dict[int, bool]"),
        ('if true then 1 else "a"', "int | str"),
        ("if true then 1 else 2.5", "float"),
        ('{}.a ?? "x"', "str"),
        ("none ?? 1", "int"),
        ("1 < 2", "bool"),
        ("not true", "bool"),
        ('"{1}"', "str"),
        ("map([1, 2], fn(x) => x / 2)", "list[float]"),
        ('map([1], fn(x) => {n: x, s: "{x}"})', "list[{n: int, s: str}]"),
        ("[[1, 2]].map(fn(p) => p[0])", "list[int]"),
        ('sorted(["b"], key=fn(s) => len(s))', "list[str]"),
        ('group_by(["a"], len)', "dict[int, list[str]]"),
        ("items({a: 1})[0][0]", "any"),
        ('zip([1], ["a"])[0]', "[int, str]"),
        ('int("1")', "int"),
        ('int("1", default=none)', "int?"),
        ('first(["a"])', "str"),
        ('find("a", "b")', "int?"),
        ("fn(x: int) => x + 1", "fn(int) -> int"),
        ("(fn(x) => 1)(2)", "int"),
        ('fake_mood("a").label', '"positive" | "negative"'),
        ('fake_vector("a")', "vector"),
        ("http_get", "fn(…) -> {status: int, text: str, headers: dict[str]}"),
    ],
)
def test_expressions(expression, expected):
    assert expected == type_at_end(f"let result = {expression}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('let result = 1\nresult = "a"', "str"),
        ('let result = 1\nif len("a") > 0 {\n  result = "a"\n}', "str | int"),
        ('let result = none\nif len("a") > 0 {\n  result = 1\n}', "any"),
        ("let result = 1\nfor x in [1] {\n  result = result / 2\n}", "float"),
        ("let result = 1\nwhile result < 3 {\n  result = [result]\n  break\n}", "list[int] | int"),
        ("let result = []\nfor x in [1, 2] {\n  result.push(x)\n}", "list[int]"),
        ('let result = {}\nfor w in ["a"] {\n  result[w] = (result[w] ?? 0) + 1\n}', "dict[int]"),
        ("let result = 1\nfor x in [1] {\n  for y in [1] {\n    result = [result]\n  }\n}", "any"),
        ("let result = {a: 1}\nresult.b = 2", "{a: int, b: int}"),
        ("let result = {a: {b: 1}}\nresult.a.b = none", "{a: {b: none}}"),
        ('let result = {a: 1}\nfor k in ["b"] {\n  result[k] = 2\n}', "dict[any, any]"),
        ('let result = [1, 2]\nresult[0] = "a"', "list[int | str]"),
        ('let result = [1, "a"]\nresult[0] = none', "[none, str]"),
        ('let result = 1\ntry {\n  result = "a"\n  fail "x"\n} catch {\n}', "int | str"),
        ('fn f(x) {\n  if x {\n    return 1\n  }\n  return "a"\n}\nlet result = f(true)', "int | str"),
        ("fn f(n) {\n  if n > 0 {\n    return f(n - 1)\n  }\n  return 0\n}\nlet result = f(2)", "any"),
        ("fn f(n) -> int {\n  if n > 0 {\n    return f(n - 1)\n  }\n  return 0\n}\nlet result = f(2)", "int"),
        ("let limit = 2\nfn f() => limit * 2\nlet result = f()", "int"),
        ('let a, result = [1, "a"]\nprint(a)', "str"),
        ('let xs = [1, "a"]\nlet result = 1\nfor x in xs {\n  result = x\n}', "int | str"),
        ("let result: int? = none\nresult = 3", "int"),
        ("let result: float = 1", "float"),
        ("let result: list[float] = []\nresult.push(1)", "list[float]"),
        ("let result = reduce([1, 2], fn(a, b) => a + b, 0)", "any"),
    ],
)
def test_variables_follow_the_flow(text, expected):
    assert expected == type_at_end(text)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("x != none", "int | str"),
        ("not (x == none)", "int | str"),
        ('type_of(x) == "int"', "int"),
        ('x.type_of() == "str"', "str"),
        ('type_of(x) != "none"', "int | str"),
        ('x != none and type_of(x) != "str"', "int"),
        ('not (x == none or type_of(x) == "str")', "int"),
        ("conforms(x, int)", "int"),
        ("x == none", "none"),
        ('x == none or type_of(x) == "int"', "int?"),
    ],
)
def test_narrowing(condition, expected):
    text = f"""
fn f(x: int | str | none) {{
  if {condition} {{
    let seen = x
    return seen
  }}
  return 0
}}
f(1)
"""
    module = check(text)
    target = next(n for n in tree.walk(module.program) if isinstance(n, tree.Target))
    assert expected == display(module.types[target])


@pytest.mark.parametrize(
    "body",
    [
        "if x == none { return 0 }\n  return x + 1",
        'if x == none { fail "none" }\n  return x + 1',
        "assert x != none\n  return x + 1",
        "return if x == none then 0 else x + 1",
        "while x == none { x = 1 }\n  return x + 1",
        "for i in [1] {\n    if x == none { continue }\n    return x + 1\n  }\n  return 0",
        "for i in [1] {\n    if x == none { break }\n    return x + 1\n  }\n  return 0",
        "match x {\n    case none { return 0 }\n    case n { return n + 1 }\n  }",
        "if x != none and x > 0 { return x + 1 }\n  return 0",
        "if x == none or x > 0 { return 0 }\n  return x + 1",
        "return (x ?? 0) + 1",
        "let y = x\n  if y == none { y = 0 }\n  return y + 1",
        "if not (x != none) { x = 3 }\n  return x + 1",
        "if x in [1, 2] { return x + 1 }\n  return 0",
    ],
)
def test_ways_to_rule_none_out(body):
    assert [] == codes(f"fn f(x: int?) -> int {{\n  {body}\n}}\nf(1)")


@pytest.mark.parametrize(
    "body",
    [
        "return x + 1",
        "if x != none { print(x) }\n  return x + 1",
        "if x != none or true { return x + 1 }\n  return 0",
        'if x != none {\n    x = find("a", "b")\n    return x + 1\n  }\n  return 0',
        "return abs(x)",
        "return [1][x]",
        "for i in [1] {\n    if x == none { break }\n  }\n  return x + 1",
    ],
)
def test_none_that_is_not_ruled_out(body):
    assert "PL0309" in codes(f"fn f(x: int?) {{\n  {body}\n}}\nf(1)")


def test_a_literal_field_tells_the_records_of_a_union_apart():
    text = """
type Shape = {kind: "circle", r: float} | {kind: "square", side: float} | {kind: "dot"}
fn area(s: Shape) -> float {
  if s.kind == "circle" { return s.r * s.r * pi }
  if s.kind == "dot" { return 0 }
  return s.side * s.side
}
fn wrong(s: Shape) {
  if s.kind == "circle" { return s.side }
  return 0
}
print(area({kind: "circle", r: 1}), wrong({kind: "dot"}))
"""
    assert ["PL0308"] == codes(text)


def test_a_path_is_narrowed_until_it_is_assigned():
    good = """
type P = {name: str?}
fn f(p: P) {
  if p.name != none { return upper(p.name) }
  return 0
}
f({})
"""
    bad = good.replace("return upper", "p = {name: none}; return upper")
    assert [[], ["PL0310"]] == [codes(good), codes(bad)]


def test_the_types_that_functions_of_values_state_are_not_believed():
    """Nobody can validate what a function will give, so its result stays unknown."""
    text = "fn f(g: fn(int) -> int) {\n  let result = g(1)\n  return result\n}\nf(fn(x) => x)"
    module = check(text)
    target = next(n for n in tree.walk(module.program) if isinstance(n, tree.Target))
    assert "any" == display(module.types[target])


def test_literals_are_compared_part_by_part_with_what_is_stated():
    text = """
type Row = {name: str, tags: list["a" | "b"], more: dict[int], pair: [int, str]?}
let row: Row = {name: 3, tags: ["a", "c"], more: {x: "y"}, pair: [1]}
"""
    module = check(text)
    underlined = [text[d.span.start : d.span.end] for d in module.diagnostics]
    assert ["3", '"c"', '"y"', "[1]"] == underlined


def test_a_bool_is_no_int():
    assert ["PL0301"] == codes("let n: int = true")
    assert [] == codes("let n: float = 3")


def test_further_keys_are_accepted_but_not_in_a_literal():
    text = "type P = {x: int}\nlet a = {x: 1, y: 2}\nlet p: P = a\nprint(p)\nlet q: P = {x: 1, y: 2}"
    assert ["PL0315"] == codes(text)


def test_recursive_types():
    text = """
type Tree = {value: int, left: Tree?, right: Tree?}
fn sum_of(t: Tree?) -> int {
  if t == none { return 0 }
  return t.value + sum_of(t.left) + sum_of(t.right)
}
print(sum_of({value: 1, left: {value: 2}, right: none}), sum_of({value: 1, left: {valu: 2}}))
"""
    assert ["PL0316", "PL0315"] == codes(text)


def test_a_function_written_in_place_gets_the_types_of_what_it_is_called_with():
    text = 'let rows = [{name: "a", n: 1}]\nprint(map(rows, fn(r) => r.nme), sorted(rows, key=fn(r) => r.n + r.name))'
    assert ["PL0308", "PL0306"] == codes(text)


def test_arguments_of_functions_of_all_origins_are_checked():
    text = 'fn own(n: int) => n\nprint(own("a"), upper(1), fake_mood(2), map([1], 3))\nlet f = fn(n: int) => n\nf("a")'
    assert ["PL0302"] * 5 == codes(text)


def test_the_recorded_type_of_a_literal_is_its_scalar_type():
    module = check('let x: "a" | "b" = "a"\nprint(x, 1)')
    literals = [n for n in tree.walk(module.program) if isinstance(n, tree.Literal)]
    assert {"str", "int"} == {display(module.types[n]) for n in literals}


def test_an_unknown_value_is_of_the_type_that_it_was_validated_against():
    assert "list[int]" == type_at_end('let result: list[int] = from_json("[1]")')
    assert ["PL0306"] == codes('let ages: list[int] = [1]\nages[0] = from_json("2")\nprint(ages[0] + "a")')
    assert ["PL0306"] == codes('let names: list[str] = from_json("[]")\nlet n = names[0] + 1')


def test_an_unknown_value_of_a_union_may_be_any_of_its_members():
    assert [] == codes('let n: int? = from_json("1")\nprint(n + 1)')
