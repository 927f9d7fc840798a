"""Names: what they refer to, in which order they are looked up, what functions capture."""

from __future__ import annotations

import pytest

from planlang.lang import tree
from planlang.lang.checked import Constant, LibraryFunction, LocalFunction, ModuleFunction, TypeSymbol, Variable

from .checking import check, codes, places


def names_of(module, text):
    """What the `Name` nodes spelt `text` refer to, in source order."""
    found = [n for n in tree.walk(module.program) if isinstance(n, tree.Name) and n.id == text]
    return [module.symbols.get(node) for node in sorted(found, key=lambda n: n.span.start)]


def functions_of(module):
    """The functions of a module, in source order."""
    found = [n for n in tree.walk(module.program) if isinstance(n, (tree.FunctionDef, tree.Lambda))]
    return sorted(found, key=lambda n: n.span.start)


def captured(module, at):
    """The names that function number `at` captures."""
    captures = module.captures[functions_of(module)[at]]
    return [c.name if isinstance(c, Variable) else c.node.name for c in captures]


def test_an_initialiser_does_not_see_its_own_name():
    module = check("let x = 1\nif true {\n  let x = x + 1\n  print(x)\n}")
    assert [] == module.diagnostics
    outer, inner = names_of(module, "x")
    assert outer is not inner


def test_a_local_name_goes_before_one_of_the_file_and_that_before_the_library():
    module = check("fn upper(x) => x\nfn f(len) => [len, upper, lower]\nprint(f(1))")
    assert isinstance(names_of(module, "len")[0], Variable)
    assert isinstance(names_of(module, "upper")[0], ModuleFunction)
    assert isinstance(names_of(module, "lower")[0], LibraryFunction)


def test_a_standard_function_goes_before_the_name_of_a_plugin_function():
    module = check('print(fake_mood("a"), fake.fake_mood("a"), pi)')
    assert isinstance(names_of(module, "fake_mood")[0], LibraryFunction)
    assert isinstance(names_of(module, "pi")[0], Constant)
    assert [] == module.diagnostics


def test_functions_of_a_file_call_each_other_in_any_order():
    assert [] == codes("fn even(n) => n == 0 or odd(n - 1)\nfn odd(n) => n != 0 and even(n - 1)\nprint(even(4))")


def test_a_local_function_is_known_from_its_place_on_and_inside_itself():
    assert ["PL0203"] == codes("fn f() {\n  g(1)\n  fn g(n) => if n > 0 then g(n - 1) else 0\n  return g(2)\n}\nf()")


def test_a_method_is_looked_up_among_functions_only():
    assert ["PL0204"] == codes('let shout = fn(s) => upper(s)\nprint("a".shout())')
    assert [] == codes('fn shout(s) => upper(s)\nprint("a".shout())')


def test_a_local_function_can_be_a_method():
    module = check('fn f() {\n  fn shout(s) => upper(s)\n  return "a".shout()\n}\nf()')
    call = next(n for n in tree.walk(module.program) if isinstance(n, tree.MethodCall))
    assert isinstance(module.symbols[call], LocalFunction)


@pytest.mark.parametrize("name", ["int", "str", "bool", "any", "none", "list"])
def test_a_type_of_the_language_is_a_value_where_a_type_is_wanted(name):
    module = check(f'print(validate("3", {name}))' if name != "none" else 'print(validate("3", any))')
    assert [] == [d.message for d in module.diagnostics]


def test_a_declared_type_is_a_value():
    module = check("type Point = {x: int}\nlet p = validate({x: 1}, Point)\nprint(p.x + 1)")
    assert isinstance(names_of(module, "Point")[0], TypeSymbol)
    assert [] == module.diagnostics


# --- Variables and captures --------------------------------------------------------------------------------


def test_captures_are_in_order_of_first_use_and_pass_through_functions_between():
    module = check("fn f(a, b) {\n  return fn(x) => fn(y) => b + a + x + y\n}\nprint(f(1, 2))")
    assert ["b", "a"] == captured(module, 1)
    assert ["b", "a", "x"] == captured(module, 2)


def test_constants_of_the_file_are_read_and_not_captured():
    module = check("let limit = 3\nfn f() => map([1], fn(x) => x + limit)\nprint(f())")
    assert [] == captured(module, 0) + captured(module, 1)
    assert module.members["limit"].constant


def test_a_function_made_at_the_top_level_captures_what_changes():
    module = check("let total = 0\ntotal += 1\nprint(map([1], fn(x) => x + total))")
    assert [] == module.diagnostics
    assert ["total"] == captured(module, 0)
    assert not module.members["total"].constant


def test_a_local_function_that_calls_itself_does_not_capture_itself():
    module = check("fn f() {\n  fn g(n) => map([n], fn(x) => g(x))\n  return g(1)\n}\nf()")
    assert [] == captured(module, 1)
    assert ["g"] == captured(module, 2)


def test_comprehension_variables_live_in_the_frame_around():
    module = check("fn f(xs) => [x for x in xs]\nprint(f([1]))")
    function = functions_of(module)[0]
    assert [("xs", "parameter", False), ("x", "comprehension", True)] == [
        (v.name, v.kind, v.in_loop) for v in module.variables[function]
    ]


def test_assigned_and_captured_are_noted():
    module = check("fn f() {\n  let a = 1\n  let b = [a]\n  b.push(2)\n  return fn() => a\n}\nf()")
    a, b = module.variables[functions_of(module)[0]]
    assert [(False, True), (True, False)] == [(a.assigned, a.captured), (b.assigned, b.captured)]


def test_underscore_may_be_declared_again():
    assert [] == codes("let _, a = [1, 2]\nlet _, b = [3, 4]\nprint(a + b)")


@pytest.mark.parametrize(
    "text",
    [
        "let n = 1\nprint(map([1], fn(x) => x + n))\nn = 2",
        "fn f() {\n  let n = 0\n  for x in [1] {\n    n += 1\n    print(map([1], fn(y) => y + n))\n  }\n}\nf()",
        "fn f() {\n  let n = 0\n  let g = fn() => n\n  print(g())\n  n = 1\n}\nf()",
    ],
)
def test_a_change_that_no_later_call_can_miss_draws_no_warning(text):
    assert [] == codes(text)


def test_a_parameter_that_is_declared_to_be_a_function_hides_nothing_by_mistake():
    assert [] == codes("fn apply(filter: fn(int) -> int, x: int) => filter(x)\nprint(apply(fn(x) => x, 1))")


def test_an_interpolation_is_underlined_where_it_stands():
    assert [("PL0203", "nane")] == places('let name = "a"\nprint("Dear {nane}, and {name}")')


def test_raw_patterns_draw_no_warning():
    assert [] == codes('let x = 1\nprint("a1".find_all(\'\\d{x}\\n\'), sub("a", \'\\n\', ""), x)')
