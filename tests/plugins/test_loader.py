"""Finding and loading plugins: what is broken is told and skipped, and nothing is imported before it is needed."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from planlang.plugins import function, hookimpl
from planlang.plugins.discovery import Found, installed
from planlang.plugins.loader import Plugins, load
from planlang.runtime.errors import PlanError
from planlang.runtime.run import Run, RunOptions

GOOD = """
from planlang.plugins import function, hookimpl

@function
def {name}(text: str) -> str:
    '''Twice.'''
    return text * 2

@hookimpl
def register_functions(register):
    register({name})
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Puts a module on the path and gives what discovery would find."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(plugin: str, text: str) -> Found:
        module = f"plugin_{plugin}_{tmp_path.name}".replace("-", "_")
        (tmp_path / f"{module}.py").write_text(text, encoding="utf-8")
        return Found(plugin, module, f"{plugin}-package", "1.0")

    return put


def only_problem(found: Found) -> str:
    plugins = Plugins([found], {})
    (problem,) = plugins.problems
    assert {} == plugins.signatures
    return str(problem)


def test_a_plugin_is_loaded_with_its_signatures(install) -> None:
    """An installed module with a hook is all it takes."""
    plugins = Plugins([install("good", GOOD.format(name="double"))], {})
    assert [] == plugins.problems
    assert ["double"] == list(plugins.signatures["good"])
    assert "abab" == plugins.bind_name("good", "double", Run())("ab")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import no_such_package", "it needs the Python package `no_such_package`, which is not installed"),
        ("1 / 0", "its code fails when it is imported"),
        ("raise SystemExit", "its code fails when it is imported"),
        ("x = (", "its code fails when it is imported"),
        (
            GOOD.format(name="f") + "INTERFACE_VERSION = 99",
            "written for version 99 of the plugin interface, and this is 1",
        ),
        ("", "it registers nothing"),
        (
            "from planlang.plugins import hookimpl\n@hookimpl\ndef register_function(register): ...",
            "a hook that planlang",
        ),
        ("from planlang.plugins import hookimpl\n@hookimpl\ndef register_functions(r): ...", "a hook that planlang"),
        ("from planlang.plugins import hookimpl\n@hookimpl\ndef register_functions(register): 1 / 0", "registers its"),
    ],
)
def test_a_broken_plugin_is_told_and_skipped(install, text, reason) -> None:
    """Each way of being broken has its sentence, which names plugin and package."""
    told = only_problem(install("bad", text))
    assert reason in told
    assert told.startswith("the plugin `bad` (of the package bad-package) was skipped: ")
    assert "Traceback" not in told


def test_a_broken_plugin_does_not_touch_another(install) -> None:
    """The rest works on."""
    plugins = Plugins([install("bad", "1 / 0"), install("good", GOOD.format(name="f"))], {})
    assert (["good"], ["bad"]) == ([p.name for p in plugins.loaded], [p.plugin for p in plugins.problems])


def test_a_plugin_that_is_gone_is_told() -> None:
    """An entry point whose module was removed is a problem, not a crash."""
    assert "needs the Python package `gone_module`" in only_problem(Found("gone", "gone_module", "p", "1"))


def test_two_packages_with_a_plugin_of_one_name_are_told(install) -> None:
    """The first is used, the second named."""
    first = install("twin", GOOD.format(name="f"))
    plugins = Plugins([first, Found("twin", first.target, "another-package", "2")], {})
    assert ["twin"] == [p.name for p in plugins.loaded]
    assert "another-package) was skipped: twin-package has a plugin of the same name" in str(plugins.problems[0])


def test_two_plugins_may_give_functions_of_one_name(install) -> None:
    """Both stay; a plan says `plugin.name` which one it means."""
    plugins = Plugins([install("one", GOOD.format(name="f")), install("two", GOOD.format(name="f"))], {})
    assert [("one", "one"), ("two", "two")] == [(p, s["f"].plugin) for p, s in plugins.signatures.items()]


@pytest.mark.parametrize(("wanted", "fits"), [("1", True), ("1.0", True), ("1.1", False), ("0", False), ("10", False)])
def test_plan_toml_can_ask_for_a_version(install, wanted, fits) -> None:
    """A plan that was written for another version is not run with this one in silence."""
    plugins = Plugins([install("good", GOOD.format(name="f"))], {})
    run = Run(RunOptions(settings={"plugins": {"good": {"version": wanted}}}))
    if fits:
        assert "aa" == plugins.bind_name("good", "f", run)("a")
    else:
        with pytest.raises(PlanError, match=rf"version {wanted} of the plugin `good`, and 1\.0 is installed"):
            plugins.bind_name("good", "f", run)


def test_only_the_plugin_that_is_called_is_imported(install) -> None:
    """A cached program pays for nothing that it does not use."""
    other = install("other", GOOD.format(name="f"))
    plugins = Plugins([install("used", GOOD.format(name="f")), other], {})
    assert plugins.fingerprint
    plugins.bind_name("used", "f", Run())
    assert other.target not in sys.modules


def test_the_fingerprint_changes_with_the_plugins_code(install, tmp_path) -> None:
    """Compiled plans are made anew when a signature may have changed."""
    found = install("good", GOOD.format(name="f"))
    before = Plugins([found], {}).fingerprint
    assert before == Plugins([found], {}).fingerprint
    (tmp_path / f"{found.target}.py").write_text(GOOD.format(name="renamed"), encoding="utf-8")
    assert before != Plugins([found], {}).fingerprint
    assert before != Plugins([], {}).fingerprint


def test_discovery_is_kept_until_something_is_installed(tmp_path, monkeypatch) -> None:
    """The slow look at all packages is done once; a new package folder is seen at once."""
    monkeypatch.setenv("PLANLANG_CACHE", str(tmp_path / "cache"))
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    assert "late" not in [found.name for found in installed()]
    kept = (tmp_path / "cache" / "plugins.txt").read_bytes()
    installed()
    assert kept == (tmp_path / "cache" / "plugins.txt").read_bytes()
    info = site / "late-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: late\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[planlang]\nlate = late_module\n", encoding="utf-8")
    assert Found("late", "late_module", "late", "1.0") in installed()


@pytest.mark.parametrize("damage", ["", "x", "{key}\nonly-a-name", "{key}\nname\tand target", "\x00\t\t\t"])
def test_a_damaged_record_of_discovery_does_no_harm(tmp_path, monkeypatch, damage) -> None:
    """It is made anew."""
    monkeypatch.setenv("PLANLANG_CACHE", str(tmp_path))
    expected = installed()
    kept = tmp_path / "plugins.txt"
    key = kept.read_text(encoding="utf-8").partition("\n")[0]
    kept.write_text(damage.replace("{key}", key), encoding="utf-8")
    assert expected == installed()


def test_a_plugin_can_add_a_command() -> None:
    """`plan greet a b` runs it with its arguments."""

    class Greeter:
        """Greets."""

        @hookimpl
        def register_commands(self, register: Any) -> None:
            register("greet", "Say hello", len)

    command = load({"greeter": Greeter()}, installed=False).commands["greet"]
    assert ("greeter", "Say hello", 2) == (command.plugin, command.summary, command.run(["a", "b"]))


def test_a_plugin_handed_over_goes_before_one_that_ships() -> None:
    """A program can replace what ships, without a problem being told."""

    class Mine:
        """Other functions of that name."""

        @hookimpl
        def register_functions(self, register: Any) -> None:
            register(own)

    plugins = load({"nlp": Mine()}, installed=False)
    assert (["own"], []) == (list(plugins.signatures["nlp"]), plugins.problems)


@function
def own() -> int:
    """One."""
    return 1


def test_signatures_are_read_without_any_model_library() -> None:
    """Checking a plan that uses models imports no torch, transformers, numpy or ray."""
    code = """
import sys
from planlang.plugins.loader import load
plugins = load()
assert plugins.signatures["nlp"]["sentiment"].doc
assert plugins.fingerprint
heavy = {"torch", "transformers", "numpy", "ray", "safetensors", "huggingface_hub", "lark"} & set(sys.modules)
print(sorted(heavy))
"""
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()
