"""Signatures and implementations agree."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from planlang.lang.library import Library
from planlang.lang.signatures import Effect, Permission
from planlang.lang.standard import TEXTS
from planlang.runtime.run import Run
from planlang.runtime.standard import MODULES, bind

LIBRARY = Library()


def test_every_function_with_a_signature_is_implemented():
    assert set(TEXTS) == set(MODULES)


@pytest.mark.parametrize("name", TEXTS)
def test_an_implementation_takes_the_parameters_of_its_signature(name: str):
    signature = LIBRARY.function(name)
    by_name = [p.name for p in signature.params if p.keyword_only]
    positional = [p.name for p in signature.params if not p.keyword_only and not p.variadic]
    optional = [p.name for p in signature.params if not p.variadic and p.default is not None]
    found = inspect.signature(bind(name, Run())).parameters.values()
    plain = [p.name.rstrip("_") for p in found if p.kind is p.POSITIONAL_OR_KEYWORD]
    keywords = [p.name for p in found if p.kind is p.KEYWORD_ONLY]
    defaults = [p.name for p in found if p.default is not p.empty]
    assert positional == plain
    assert by_name == keywords
    assert optional == defaults


@pytest.mark.parametrize("name", TEXTS)
def test_a_function_knows_its_name(name: str):
    assert name == bind(name, Run()).__name__


def test_effects_and_permissions_are_those_of_the_text():
    read = LIBRARY.function("read")
    assert (Effect.OBSERVATION, (Permission("read", "path"),)) == (read.effect, read.permissions)
    assert Effect.CHANGE == LIBRARY.function("print").effect
    assert Effect.PURE == LIBRARY.function("upper").effect


def test_functions_that_take_functions_say_so():
    callers = {name for name in TEXTS if LIBRARY.function(name).callbacks}
    expected = "map filter reduce any all find_first group_by sorted top min max"
    assert set(expected.split()) == callers


def test_binding_a_function_imports_nothing_heavy():
    code = (
        "import sys; from planlang.runtime.run import Run; from planlang.runtime.standard import bind\n"
        "for name in ('len', 'map', 'upper', 'sorted', 'print', 'sum', 'keys', 'join'): bind(name, Run())\n"
        "print([m for m in ('re2', 'httpx', 'json', 'datetime', 'csv', 'hashlib', 'lark') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/")
    assert "[]\n" == done.stdout
