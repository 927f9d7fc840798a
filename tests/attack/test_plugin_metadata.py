"""Packages whose metadata is hostile, or whose plugin is: they are named, skipped, and disturb no plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from planlang.plugins import discovery, loader
from planlang.runtime.engine import Engine
from planlang.runtime.run import RunOptions

from .attempt import LEAKS
from .terminals import HOSTILE, install

GOOD = """
from planlang.plugins import function, hookimpl
@function
def NAME(text: str) -> str:
    "Say it."
    return "planted"
@hookimpl
def register_functions(register):
    register(NAME)
"""
BROKEN = GOOD.replace("NAME", "f").replace("text: str", "text: TYPE")
HOOK = "from planlang.plugins import hookimpl\n@hookimpl\ndef register_functions(register):\n"
MARK = "\nimport pathlib; pathlib.Path(__file__).with_name('imported').touch()\n"


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages, which Python looks through first."""
    monkeypatch.setenv("PLANLANG_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


def problems(plugins: loader.Plugins) -> list[str]:
    """What is told of plugins that were skipped, from the packages of the test."""
    found = [str(problem) for problem in plugins.problems if problem.distribution == "evil-package"]
    assert not [text for text in found if LEAKS.search(text.replace("x.py", ""))], found
    return found


def works(plugins: loader.Plugins) -> None:
    """A plan that uses no plugin, and one that uses the shipped one, are checked as ever."""
    engine = Engine(plugins)
    assert engine.load(text="task main() -> int { return 1 + 1 }").run("main", {}, RunOptions()) == 2
    assert engine.check(text="let mood = sentiment('x')\n").ok


@pytest.mark.parametrize(
    "name",
    ["../../evil", "os.path", "a b", "x\ty", "__import__('os')", "print(1)", "1st", "", "class Evil", "let",
     "match()", "é!",
     "a" * 5000 + "-", HOSTILE.replace("\n", "").replace("\r", "").replace("=", "")],
    ids=lambda name: repr(name)[:30],
)  # fmt: skip
def test_a_name_that_is_none_is_refused_before_anything_is_imported(name: str, packages: Path) -> None:
    """The name of an entry point is a name of the language, or nothing of it is run."""
    install(packages, name, "evil_named", GOOD.replace("NAME", "f") + MARK)
    plugins = loader.load()
    told = problems(plugins)
    assert len(told) <= 1
    assert not [text for text in told if "must be a name of the language" not in text]
    assert not (packages / "imported").exists()
    works(plugins)


@pytest.mark.parametrize(
    "target",
    ["os:system", "os", "builtins:exec", "subprocess:run", "..evil", ".evil",
     "evil target", "evil/../../x", "evil;import os",
     "evil:f()", "evil:__class__.__base__", "evil\ttab", ":", "a:b:c", "evil..x", "-m evil", "C:\\evil", "/etc/passwd",
     "http://evil.example/x.py"],
)  # fmt: skip
def test_a_target_that_is_no_plugin_is_refused(target: str, packages: Path) -> None:
    """Whatever an entry point names, nothing of it is called."""
    install(packages, "evil", target, None)
    plugins = loader.load()
    assert 1 >= len(problems(plugins))
    assert "evil" not in [plugin.name for plugin in plugins.loaded]
    works(plugins)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("ends the process", "import sys; sys.exit(0)"),
        ("raises what is no Exception", "class Odd(BaseException): ...\nraise Odd('x')"),
        ("raises what has no text", "class Odd(Exception):\n    def __str__(self): raise Odd\nraise Odd"),
        ("closes a generator that is none", "raise GeneratorExit"),
        ("is no text", "\0\0\0"),
        ("is endless recursion", "def f(): f()\nf()"),
        ("needs what is not there", "import there_is_no_such_package_" + "x" * 10),
        ("has a version that lies", "class V(int):\n    __eq__ = lambda *_: True\nINTERFACE_VERSION = V(99)"),
        ("has a version that shouts", f"INTERFACE_VERSION = {HOSTILE!r}"),
        ("has documentation that is none", GOOD.replace("NAME", "f") + "__doc__ = 5\nINTERFACE_VERSION = 2"),
        ("registers a name of Python", GOOD.replace("NAME", "f").replace("@function", "@function(name='__class__.x')")),
        ("registers a keyword", GOOD.replace("NAME", "f").replace("@function", "@function(name='return')")),
        ("registers itself", HOOK + "    register(register)"),
        ("fails when it registers", HOOK + "    raise SystemExit"),
        ("has a parameter that is none", BROKEN.replace("TYPE", "'no such type'")),
        ("has an annotation that fails", BROKEN.replace("TYPE", "'1 // 0'")),
    ],
)  # fmt: skip
def test_a_plugin_that_is_broken_on_purpose_is_skipped(title: str, text: str, packages: Path) -> None:
    """It is told, in one sentence of plain words, and nothing else suffers."""
    install(packages, "evil", f"evil_{abs(hash(title))}", text)
    plugins = loader.load()
    assert 1 == len(problems(plugins)), title
    works(plugins)


@pytest.mark.parametrize("name", ["print", "read", "write", "len", "validate", "http_get", "ask", "env"])
def test_a_plugin_takes_no_standard_function_over(name: str, packages: Path) -> None:
    """Standard functions go before those of plugins."""
    install(packages, "evil", f"evil_{name}", GOOD.replace("NAME", name))
    source = f'let f: any = {name}\ntask main() -> any {{ return f("a") }}'
    try:
        value = Engine(loader.load()).load(text=source).run("main", {}, RunOptions(ask=lambda _: "asked"))
    except Exception as error:  # noqa: BLE001 - whatever the standard function says is right
        value = error
    assert "planted" != value


def test_a_plugin_takes_no_shipped_plugin_over(packages: Path) -> None:
    """A second plugin called `nlp` is told, and the first is used."""
    install(packages, "nlp", "evil_nlp", GOOD.replace("NAME", "sentiment"))
    plugins = loader.load()
    assert "has a plugin of the same name" in problems(plugins)[0]
    assert "planlang.plugins.nlp" in plugins.function("nlp", "sentiment").declaration.class_name


def test_the_list_that_is_kept_is_believed_no_further_than_it_is_whole(packages: Path) -> None:
    """A cache file that somebody wrote gives names to look at, and each is checked as ever."""
    discovery.installed()
    kept = packages.parent / "cache" / "plugins.txt"
    key = kept.read_text(encoding="utf-8").split("\n")[0]
    for lines in ("evil\tos:system\tevil-package\t1", "evil\t../x\tevil-package\t1", "one part", "\t\t\t", "\0" * 100):
        kept.write_text(f"{key}\n{lines}\n", encoding="utf-8")
        plugins = loader.load()
        problems(plugins)
        works(plugins)


def test_links_without_ends_among_a_plugins_files_do_no_harm(packages: Path) -> None:
    """The state of its files is looked at on each check of a plan."""
    install(packages, "evil", "evil_linked", None)
    (packages / "evil_linked").mkdir()
    (packages / "evil_linked" / "gone.py").symlink_to("nowhere.py")
    (packages / "evil_linked" / "round.py").symlink_to("round.py")
    plugins = loader.load()
    assert plugins.fingerprint
    works(plugins)
