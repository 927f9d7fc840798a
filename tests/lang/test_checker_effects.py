"""Effects over the call graph, and the permissions that follow from them."""

from __future__ import annotations

import pytest

from planlang.lang import tree
from planlang.lang.signatures import Effect

from .checking import check


def effects(text):
    """The effect of each named function, and of the file under the empty name."""
    module = check(text)
    assert module.ok
    found = {
        node.name: module.effects[node] for node in tree.walk(module.program) if isinstance(node, tree.FunctionDef)
    }
    return {**found, "": module.effects[module.program]}


def test_an_effect_reaches_all_callers():
    text = 'fn a() => b()\nfn b() => c()\nfn c() => fake.fake_text("x")\nfn d() => 1\nprint(a() + "{d()}")'
    expected = {"a": Effect.MODEL, "b": Effect.MODEL, "c": Effect.MODEL, "d": Effect.PURE, "": Effect.CHANGE}
    assert expected == effects(text)


def test_recursion_settles():
    text = "fn even(n) => n == 0 or odd(n - 1)\nfn odd(n) {\n  print(n)\n  return even(n - 1)\n}"
    assert {"even": Effect.CHANGE, "odd": Effect.CHANGE, "": Effect.PURE} == effects(text)


def test_a_function_given_to_a_standard_function_counts_where_it_is_given():
    text = """
fn quiet(xs) => map(xs, fn(x) => x + 1)
fn loud(xs) => map(xs, fn(x) => print(x))
fn named(xs) => map(xs, loud)
"""
    found = effects(text)
    assert [Effect.PURE, Effect.CHANGE, Effect.CHANGE] == [found[name] for name in ("quiet", "loud", "named")]


def test_a_call_of_a_value_may_reach_every_function_whose_value_is_taken():
    text = "fn apply(f, x) => f(x)\nfn show(x) {\n  print(x)\n}\napply(show, 1)"
    assert Effect.CHANGE == effects(text)["apply"]
    assert Effect.PURE == effects("fn apply(f, x) => f(x)\nfn show(x) {\n  print(x)\n}\nshow(1)")["apply"]


def test_a_test_counts_for_itself_only():
    module = check('fn f() => 1\ntest "t" {\n  write("a", "b")\n}', rights={})
    assert module.ok
    assert Effect.PURE is module.effects[module.program]


def test_the_statements_of_a_file_have_effects():
    module = check("let a = 1\nlet b = now()\nprint(a, b)")
    lets = [s for s in module.program.statements if isinstance(s, tree.Let)]
    assert [Effect.PURE, Effect.OBSERVATION] == [module.effects[s] for s in lets]


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ('print(read("a"))', "read"),
        ('write("a", "b")', "write"),
        ('print(http_get("http://a"))', "net"),
        ('print(env("A"))', "env"),
        ('fake_save("a")', "write"),
        ('print(map(["a"], read))', "read"),
    ],
)
def test_a_missing_right_is_named_with_its_flag(statement, kind):
    module = check(f"fn f() {{\n  {statement}\n}}\nf()", rights={})
    assert [("PL0501", True)] == [(d.code, f"--allow-{kind}" in d.hint) for d in module.diagnostics]
    assert check(f"{statement}", rights={kind: ()}).ok
    assert check(f"{statement}", rights={kind: ("some",)}).ok


def test_a_slip_that_is_reported_already_asks_for_no_right():
    module = check("let xs = [1]\nxs.append(2)", rights={})
    assert ["PL0204"] == [d.code for d in module.diagnostics]


def test_rights_matter_only_where_they_are_asked_for():
    assert check('write("a", "b")').ok


def test_an_imported_function_that_is_not_called_needs_no_right():
    module = check('import "./helpers.plan" as helpers\nprint(helpers.double(2))', rights={})
    assert [] == module.diagnostics
