"""Imported files: their members, their own mistakes, circles, and modules by name."""

from __future__ import annotations

from planlang.lang import checker
from planlang.lang.library import Library
from planlang.lang.source import Source

from .checking import check, library

HELPERS = """
type Review = {text: str, stars: int}
let limit = 3
fn first_words(r: Review, n = limit) -> str => join(r.text.split()[:n], " ")
task count(reviews: list[Review]) -> int {
  return len(reviews)
}
"""


def findings(text, **files):
    module = check(text, files={f"{name}.plan": content for name, content in files.items()})
    return [(d.source.name, d.code) for d in module.diagnostics]


def test_members_are_functions_tasks_types_and_constants():
    text = """
import "./helpers.plan" as h
fn f(r: h.Review) -> str {
  return h.first_words(r, n=h.limit + 1) + "{h.count([r])}"
}
print(f({text: "a", stars: 1}), map([{text: "b", stars: 2}], h.first_words), validate({}, h.Review))
"""
    assert [] == findings(text, helpers=HELPERS)


def test_types_go_through_imports():
    text = 'import "./helpers.plan" as h\nprint(h.first_words({text: 1, stars: 2}) + 1, h.limit + "a")'
    assert [("plan.plan", "PL0306"), ("plan.plan", "PL0301"), ("plan.plan", "PL0306")] == findings(
        text, helpers=HELPERS
    )


def test_the_name_of_the_file_is_the_default_name():
    assert [] == findings('import "./helpers.plan"\nprint(helpers.limit)', helpers=HELPERS)


def test_mistakes_of_an_imported_file_are_shown_in_it():
    text = 'import "./a.plan" as a\nprint(a.f())'
    assert [("a.plan", "PL0203")] == findings(text, a="fn f() => nowhere")


def test_members_of_a_file_that_does_not_parse_are_not_missed():
    assert {"a.plan"} == {name for name, _ in findings('import "./a.plan" as a\nprint(a.f())', a="fn f( => 1")}


def test_a_file_is_checked_once_and_reported_once():
    text = 'import "./a.plan" as a\nimport "./b.plan" as b\nprint(a.f(), b.f())'
    shared = 'import "./c.plan" as c\nfn f() => c.f()'
    module = check(text, files={"a.plan": shared, "b.plan": shared, "c.plan": "fn f() => nowhere"})
    assert 1 == len(module.diagnostics)
    assert module.imports[0].imports[0] is module.imports[1].imports[0]


def test_a_circle_names_the_files_in_it():
    module = check(
        'import "./a.plan" as a', files={"a.plan": 'import "./b.plan" as b', "b.plan": 'import "./a.plan" as a'}
    )
    assert ["PL0603"] == [d.code for d in module.diagnostics]
    assert "a.plan → b.plan → a.plan" in module.diagnostics[0].message


def test_a_file_that_imports_itself():
    module = check('import "./plan.plan" as me', files={"plan.plan": ""})
    assert ["PL0603"] == [d.code for d in module.diagnostics]


def test_paths_are_taken_from_the_importing_file():
    read = []

    def read_file(path):
        read.append(path)
        return "let x = 1" if path.endswith("b.plan") else 'import "../b.plan" as b\nlet y = b.x'

    text = 'import "./sub/a.plan" as a\nprint(a.y)'
    module = checker.check(Source(text, "dir/main.plan"), library(), path="/dir/main.plan", read_file=read_file)
    assert ["/dir/sub/a.plan", "/dir/b.plan"] == read
    assert "dir/b.plan" == module.imports[0].imports[0].source.name


def test_modules_and_plugins_by_name(tmp_path):
    (tmp_path / "texts.plan").write_text("fn shout(s: str) -> str => upper(s)\n")
    found = Library(plugins=library().plugins, stdlib=tmp_path)
    text = """
import texts
import texts as t
import fake as pretend
print(texts.shout("a"), t.shout("b"), pretend.fake_mood("c"))
"""
    assert [] == checker.check(Source(text), found).diagnostics
    assert ["PL0602"] == [d.code for d in checker.check(Source("import text"), found).diagnostics]


def test_unreadable_files_are_explained():
    for error, words in [(FileNotFoundError(2, "x"), "no such file"), (IsADirectoryError(21, "x"), "folder")]:

        def read_file(_path, error=error):
            raise error

        module = checker.check(Source('import "./a.plan" as a'), library(), read_file=read_file)
        assert words in module.diagnostics[0].message
    broken = checker.check(Source('import "./a.plan" as a'), library(), read_file=lambda _: b"\xff".decode())
    assert "UTF-8" in broken.diagnostics[0].message


def test_an_imported_file_may_hold_tests_and_pure_constants():
    text = 'import "./a.plan" as a\nprint(a.x)'
    assert [] == findings(text, a='let x = sorted([2, 1])\ntest "t" {\n  assert x == [1, 2]\n}')
    assert [("a.plan", "PL0604")] == findings(text, a='let x = fake_mood("a")')
