"""The known ways out of Python sandboxes by code in text and by names: none leads anywhere here."""
# ruff: noqa: RUF001 - characters that look alike are what is tried

from __future__ import annotations

from pathlib import Path

import pytest

from .escape import Escape, repel

CODE = [
    Escape(
        "CVE-2023-36258 LangChain PALChain: __import__ in the program",
        '__import__("os").system("CANARY")',
        "check",
        "__import__",
    ),
    Escape(
        "CVE-2023-44467 LangChain: __import__ by another name", 'let i = __import__\ni("os")', "check", "__import__"
    ),
    Escape("CVE-2023-29374 LangChain LLMMathChain", "print(exec('CANARY'))", "check", "exec"),
    Escape(
        "numexpr: a text that is evaluated",
        'print(int(unknown(\'__import__("os").system("CANARY")\')))',
        "value",
        "number",
    ),
    Escape("a float that is evaluated", "print(float('().__class__'))", "value", "number"),
    Escape("CVE-2024-12366 PandasAI: an import by prompt", 'import os\nos.system("CANARY")', "check", "PL0602"),
    Escape("the same of a part of this program", "import planlang\nplanlang.load('x')", "check", "PL0602"),
    Escape("an import with a path of Python", 'import "os.path" as p\nprint(p)', "check", "PL06"),
    Escape(
        "CVE-2023-39662 llama_index: a walk in a comprehension",
        "print([c for c in (1).__class__.__base__.__subclasses__()])",
        "check",
        "no field `__class__`",
    ),
    Escape(
        "CVE-2024-4181 llama_index: code in a loaded value",
        'print(validate(from_json(\'"__import__(\\\\"os\\\\")"\'), int))',
        "value",
        "int",
    ),
    Escape(
        "CVE-2025-3248 Langflow: a decorator runs while code is checked",
        '@exec("CANARY")\nfn f() { return 1 }',
        "check",
        "@",
    ),
    Escape(
        "CVE-2025-3248 Langflow: a default runs while code is checked",
        'fn boom() { fail "ran" }\nfn f(a = boom()) { return 1 }\nlet x: int = "no"',
        "check",
        "PL0301",
    ),
    Escape("CVE-2024-28397 js2py: the names of a value's properties", "print(keys(unknown(print)))", "type", "dict"),
    Escape("pyodide: the host's objects as a module", "import js\nprint(js.process)", "check", "PL0602"),
    Escape(
        "CVE-2023-37274 AutoGPT: a path for a program's name",
        "import '../../../etc/cron.d/x' as x\nprint(1)",
        "check",
        "PL0601",
    ),
    Escape("a walrus in an expression", 'print((x := "CANARY"))', "check", "PL0117"),
    Escape("a lambda with a default", "let f = lambda x=__import__('os'): x", "check", "`lambda` has no meaning here"),
    Escape("a starred call", "print(*unknown([1]))", "check", "PL0127"),
    Escape("a keyword call from a dict", "print(**unknown({file: 1}))", "check", "PL0127"),
    Escape("a class with a hook", "class A: pass", "check", "`class` has no meaning here"),
    Escape("a with statement and its __exit__", "with unknown(1) as x { }", "check", "`with` has no meaning here"),
    Escape("a global of the frame", "global __builtins__\nprint(1)", "check", "`global` has no meaning here"),
    Escape("del of a guard", "del print\nprint(1)", "check", "`del` has no meaning here"),
    Escape("line continuation into code", "let a = 1 \\\nimport os", "check", "PL0117"),
    Escape("an encoding cookie", "# -*- coding: unicode_escape -*-\n# \\u000aimport os\nprint(1)", "", "1"),
    Escape("a form feed that ends a line for Python", "# hidden \x0cimport os\nprint(1)", "", "1"),
    Escape("a carriage return that ends a comment", '# hidden \rprint("ran")\nprint(1)', "", "1\n"),
    Escape("a NEL that ends a comment", '# hidden \x85print("ran")\nprint(1)', "", "1"),
    Escape("a line separator in a text", 'print("a\u2028import os")', "", "a\u2028import os"),
    Escape("a NUL that ends the source for C", 'print(1)\0\nprint("ran")', "check", "U+0000"),
]

NAMES = [
    Escape(
        "a full-width name that Python would fold",
        "ｐｒｉｎｔ(ｅｖａｌ('CANARY'))",
        "check",
        "there is no function `ｐｒｉｎｔ`",
    ),
    Escape("a mathematical name of a keyword", "𝗶𝗺𝗽𝗼𝗿𝘁 os", "check", "PL0126"),
    Escape("an italic dunder", "print(𝑥.__𝑐lass__)", "check", "PL0203"),
    Escape("a field that folds into a dunder", "let d: any = {a: 1}\nprint(d.＿＿class＿＿)", "check", "PL0107"),
    Escape("a ligature that folds into two letters", "let ﬁle = 1\nprint(file)", "check", "file"),
    Escape("a Cyrillic letter in a function's name", "рrint(1)", "check", "there is no function `рrint`"),
    Escape("a variable selector in a name", "let a\ufe0f = 1\nprint(a)", "check", "PL0203"),
    Escape("names of the generator's own variables", "print(v_print, _f, __plan__)", "check", "PL0203"),
    Escape("a name that is a slot of containers", "let x = unknown([1])\nprint(x.holes)", "type", "field"),
    Escape(
        "the slot of ownership set from a plan",
        "let x = unknown([1])\nx.shared = false\nprint(x)",
        "type",
        "an index must be an int",
    ),
    Escape(
        "a key that is a slot of containers",
        "let d: any = {holes: 1, shared: 2}\nlet e = d\ne.holes = 5\nprint(d.holes, e.holes)",
        "",
        "1 5",
    ),
    Escape(
        "a key that overwrites a method of dicts",
        "let d: any = {__getitem__: 1, __missing__: 2, get: 3}\nprint(d.get, get(d, 'x', 9))",
        "",
        "3 9",
    ),
    Escape(
        "an argument that is a slot of the caller",
        "fn f(x) { return x }\nlet g = unknown(f)\nprint(g(__closure__=1))",
        "type",
        "__closure__",
    ),
    Escape("an argument that is the run", "let g = unknown(print)\ng('a', run=1)", "type", "run"),
    Escape("an argument that is a file", "let g = unknown(print)\ng('a', file=1)", "type", "file"),
    Escape("a field of a type", "print(unknown(int).__init__)", "type", "field"),
    Escape(
        "a pattern that calls a class",
        'match unknown(1) { case int() { print("in") } case _ { print("out") } }',
        "check",
        "PL0126",
    ),
    Escape(
        "a pattern that reads an attribute",
        'match unknown("") { case {__class__: c} { print("in", c) } case _ { print("out") } }',
        "",
        "out",
    ),
    Escape(
        "a pattern that is a dotted name",
        'match unknown(1) { case a.b { print("in") } case _ { print("out") } }',
        "check",
        "PL0101",
    ),
    Escape(
        "a key that is true and 1 at once",
        'let d: any = {(1): "one"}\nd[true] = "true"\nprint(len(d), d[1.0])',
        "",
        "1 true",
    ),
    Escape(
        "a key that is not equal to itself", "let n = unknown(inf) - 1\nprint({(n - n): 1})", "arithmetic", "number"
    ),
]


@pytest.mark.parametrize("escape", [*CODE, *NAMES], ids=lambda escape: escape.origin)
def test_no_way_out_by_code_and_names(escape: Escape, tmp_path: Path) -> None:
    """It meets the language's own error, before it runs where the checker can tell."""
    repel(escape, tmp_path)
