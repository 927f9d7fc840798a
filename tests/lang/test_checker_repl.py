"""Inputs of a session see each other's declarations and may declare them again."""

from __future__ import annotations

from planlang.lang import checker
from planlang.lang.source import Source
from planlang.lang.typing import display

from .checking import library


class Session:
    """Checks one input after another."""

    def __init__(self):
        self.repl = checker.Repl()

    def __call__(self, text, *, finished=True):
        module = checker.check(Source(text), library(), repl=self.repl)
        if module.ok:
            self.repl.remember(module, finished=finished)
        return [d.code for d in module.diagnostics]

    def type_of(self, text):
        module = checker.check(Source(text), library(), repl=self.repl)
        return display(module.type_of(module.program.statements[0].value))


def test_declarations_stay():
    session = Session()
    assert [] == session("let x = 1\nfn f(n: int) -> int => n + x\ntype P = {a: int}")
    assert [] == session("let p: P = {a: f(x)}")
    assert ["PL0302"] == session('f("a")')
    assert ["PL0308"] == session("p.b")
    assert "int" == session.type_of("p.a")


def test_names_may_be_declared_again():
    session = Session()
    session("let x = 1")
    assert [] == session('let x = "a"')
    assert "str" == session.type_of("x")
    assert ["PL0202"] == session("let y = 1\nlet y = 2")


def test_variables_change_between_inputs():
    session = Session()
    session("let xs = []")
    assert [] == session("xs.push(1)")
    assert "list[int]" == session.type_of("xs")
    assert [] == session('xs = "text"')
    assert "str" == session.type_of("xs")


def test_a_function_relies_on_no_type_of_what_may_change():
    session = Session()
    session("let n = 1\nfn f() => n")
    assert "any" == session.type_of("f()")
    assert [] == session('n = "a"')


def test_an_input_that_failed_leaves_its_variables_unknown():
    session = Session()
    session("let x = 1")
    session('x = "a"\nfail "half way"', finished=False)
    assert "any" == session.type_of("x")


def test_an_input_with_mistakes_leaves_no_trace():
    session = Session()
    assert ["PL0203"] == session("let x = nowhere")
    assert ["PL0203"] == session("x")


def test_functions_made_on_the_spot_take_copies():
    session = Session()
    session("let n = 1")
    module = checker.check(Source("let f = fn(x) => x + n"), library(), repl=session.repl)
    assert ["n"] == [variable.name for captures in module.captures.values() for variable in captures]


def test_imports_stay(tmp_path):
    session = Session()
    (tmp_path / "a.plan").write_text("fn f() => 1\n")
    assert [] == session(f'import "{tmp_path}/a.plan" as a')
    assert [] == session("a.f() + 1")
