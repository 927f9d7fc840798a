"""Control flow: what is reached, which paths return, which cases cover a type; and where statements may stand."""

from __future__ import annotations

import pytest

from .checking import codes, places


@pytest.mark.parametrize(
    "body",
    [
        "return 1",
        "if n > 0 { return 1 } else { return 2 }",
        'if n > 0 { return 1 } else if n < 0 { return 2 } else { fail "zero" }',
        "while true { n += 1 }",
        "while true { if n > 3 { return n } }",
        "match n {\n case 1 { return 1 }\n case _ { return 2 }\n }",
        'try { return int("1") } catch { return 0 }',
        'fail "no"',
        "for i in [1] { print(i) }\n return 1",
    ],
)
def test_every_path_returns(body):
    assert [] == codes(f"fn f(n: int) -> int {{\n  {body}\n}}\nf(1)")


@pytest.mark.parametrize(
    "body",
    [
        "print(n)",
        "if n > 0 { return 1 }",
        "while n > 0 { return 1 }",
        "while true { break }",
        "while true { if n > 1 { break } }",
        "for i in [1] { return i }",
        'try { return int("1") } catch { print(1) }',
        "match n {\n case 1 { return 1 }\n case _ { print(n) }\n }",
    ],
)
def test_a_path_without_return(body):
    assert ["PL0402"] == codes(f"fn f(n: int) -> int {{\n  {body}\n}}\nf(1)")


@pytest.mark.parametrize("result", ["none", "any", "int?"])
def test_a_function_that_may_give_none_may_end_anywhere(result):
    assert [] == codes(f"fn f(n: int) -> {result} {{\n  print(n)\n}}\nf(1)")


def test_each_block_reports_its_first_unreachable_statement():
    text = "fn f() {\n  return 1\n  print(1)\n  print(2)\n}\nfor x in [1] {\n  continue\n  print(x)\n}\nf()"
    assert [("PL0401", "print(1)"), ("PL0401", "print(x)")] == places(text)


def test_a_loop_in_a_loop_has_its_own_break():
    assert [] == codes("while true {\n  while true {\n    break\n  }\n  break\n}\nprint(1)")
    assert ["PL0401"] == codes("while true {\n  while true {\n    break\n  }\n}\nprint(1)")


@pytest.mark.parametrize(
    ("type_", "cases"),
    [
        ("bool", ["true", "false"]),
        ('"a" | "b"', ['"a" | "b"']),
        ('"a" | none', ['"a"', "none"]),
        ('{k: "a"} | {k: "b", n: int}', ['{k: "a"}', '{k: "b", n: n}']),
        ("[bool, bool]", ["[true, _]", "[false, _]"]),
        ("int | str", ["x"]),
    ],
)
def test_cases_that_cover_a_type(type_, cases):
    body = "\n".join(f"    case {case} {{ return 1 }}" for case in cases)
    expected = ["PL0905"] if type_.startswith("[") else []
    assert expected == codes(f"fn f(v: {type_}) {{\n  match v {{\n{body}\n  }}\n}}\nprint(f)")


def test_a_guard_covers_nothing():
    text = """
fn f(v: bool) {
  match v {
    case true if 1 < 2 { return 1 }
    case false { return 2 }
  }
}
print(f)
"""
    assert ["PL0405"] == codes(text)


def test_a_catch_all_for_safety_is_no_mistake():
    text = "fn f(v: bool) {\n  match v {\n    case true { }\n    case false { }\n    case _ { }\n  }\n}\nprint(f)"
    assert [] == codes(text)


def test_a_pattern_gives_its_names_their_types():
    text = """
type Reply = {ok: true, value: int} | {ok: false, error: str}
fn f(r: Reply) {
  match r {
    case {ok: true, value: v} { return upper(v) }
    case {ok: false, error: e} { return e + 1 }
  }
}
print(f)
"""
    assert ["PL0302", "PL0306"] == codes(text)


def test_needs_is_for_the_start_of_a_task():
    good = 'task f() -> none {\n  needs gpu = 0.5, memory = "4 GB"\n  prefers model = "m"\n  print(1)\n}'
    assert [] == codes(good)
    assert ["PL0502"] == codes("task f() -> none {\n  if true {\n    needs gpu = 1\n  }\n}")


def test_steps_may_stand_anywhere():
    assert [] == codes('step "a"\nfn f() {\n  if true {\n    step "b {1}"\n  }\n}\nf()')


def test_a_long_chain_of_else_if_is_no_trouble():
    chain = "".join(f" else if n == {i} {{ n = {i} }}" for i in range(3000))
    assert [] == codes(f"let n = 1\nif n == 0 {{ print(n) }}{chain}\nprint(n)")


def test_loops_inside_loops_are_looked_at_a_bounded_number_of_times():
    depth = 40
    opening = "".join(f"let v{i} = none\nfor i{i} in [1] {{\nv{i} = i{i}\n" for i in range(depth))
    assert [] == codes(opening + "}\n" * depth)


def test_growing_values_are_cut():
    assert [] == codes("let x = {a: 1}\n" + "x = {a: x, b: x, c: x}\n" * 60)
