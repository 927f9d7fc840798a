"""Nothing that a model, a file, a plan or a plugin says drives the terminal of the person who reads it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from .terminals import HOSTILE, IN_A_NAME, hostile_plugin, install, raw, shown

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a terminal of one's own needs a Unix system")

TEXT = "".join(c if c.isprintable() and c not in '"\\{}' else f"\\u{{{ord(c):x}}}" for c in HOSTILE)
"""The hostile text as a literal of the language: the source is harmless to show."""
RAW = HOSTILE.replace("\r", "").replace("\x85", "").replace("'", "")
"""The hostile text as it can stand in the source itself."""

RUNS = {
    "an answer that is printed": 'print(hostile("x"))',
    "an answer that is a warning": 'warn(hostile("x"))',
    "an answer in a list": 'print([hostile("x")], {a: hostile("y")})',
    "an answer as the result": 'task main() -> str { return hostile("x") }',
    "a record as the result": f'task main() -> any {{ return {{"{TEXT}": quick(), b: [quick()]}} }}',
    "a table as the result": f'task main() -> any {{ return [{{"{TEXT}": quick()}}, {{"{TEXT}": quick()}}] }}',
    "what a model failed with": 'print(hostile("fail"))',
    "the title of a step": f'step "{TEXT}"\nprint(hostile("x"))',
    "the message of fail": f'fail "{TEXT}"',
    "a kind of one's own": f'fail {{kind: "{TEXT}", message: "m"}}',
    "the message of assert": f'assert 1 == 2, "{TEXT}"',
    "a key that is missing": f'let d: any = {{a: 1}}\nprint(d["{TEXT}"])',
    "a text that is no number": f'print(int("{TEXT}"))',
    "a text that does not fit a type": f'type Kind = "a" | "b"\nprint(validate("{TEXT}", Kind))',
    "a pattern that is none": f'print(matches("a", "[{TEXT}"))',
    "a path that is not there": f'print(read("{TEXT.replace("/", "")}"))',
    "a path that is not allowed": f'write("/{TEXT}", "x")',
    "a host that is not allowed": f'print(http_get("http://{TEXT}/"))',
    "a variable that is not set": f'print(env("{TEXT}"))',
    "a variable": 'print(env("EVIL"))',
    "the contents of a file": 'print(read("evil.txt"))',
    "rows of a file": 'print(table(read_rows("evil.csv")))',
    "a file that is no JSON": 'print(read_rows("evil.json"))',
    "names of files": 'for name in list_dir("names") { print(name) }',
    "a model's name": f'print(hostile("x", model="{TEXT}"))',
    "a question": f'print(ask("{TEXT}"))',
    "a text in the source of an error": f"let x = '{RAW}'\nprint(1 // int('0'), '{RAW}')",
    "a text in the source of a finding": f"let x: int = '{RAW}'",
    "a comment in the source of a finding": f"let x: int = 'a' # {RAW}",
    "a name that is unknown": f"print(unknown_{RAW})",
    "an import that is not there": f"import './{RAW.replace('/', '')}.plan' as x",
    "a function's step in a call stack": f'fn f() {{\n  step "{TEXT}"\n  fail "x"\n}}\nfn g() {{ f() }}\ng()',
}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    install(folder, "evil", "evil_plugin", hostile_plugin(), version=f"1{HOSTILE}".replace("\n", ""))
    return folder


@pytest.fixture
def folder(tmp_path: Path, packages: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with hostile files, where the hostile plugin is installed."""
    for name, value in {"PYTHONPATH": packages, "PLANLANG_STATE": tmp_path / "state"}.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setenv("PLANLANG_CACHE", str(packages / "cache"))
    monkeypatch.setenv("EVIL", HOSTILE)
    (tmp_path / "evil.txt").write_text(HOSTILE, encoding="utf-8")
    (tmp_path / "evil.csv").write_text(f'"{HOSTILE}"\n"{HOSTILE}"\n', encoding="utf-8")
    (tmp_path / "evil.json").write_text(HOSTILE, encoding="utf-8")
    (tmp_path / "names").mkdir()
    (tmp_path / "names" / IN_A_NAME).touch()
    return tmp_path


def harmless(text: str) -> None:
    """Something was shown, and it holds the hostile text's letters at most."""
    assert text.strip()
    assert [] == raw(text), repr(text[-3000:])
    assert "\x1b[8m" not in text
    assert "internal error" not in text
    assert "Traceback" not in text


@pytest.mark.parametrize("title", RUNS)
def test_a_run_shows_it_harmlessly(title: str, folder: Path) -> None:
    """What `plan run` shows on a terminal, status line included."""
    (folder / "a.plan").write_text(RUNS[title] + "\n", encoding="utf-8")
    rights = ["--allow-read=.", "--allow-write=none", "--allow-net=none", "--allow-env"]
    text = shown(["run", *rights, "a.plan"], folder, typed="yes\n")
    harmless(text)
    assert "evil" in text or "title" in text


@pytest.mark.parametrize("colour", ["", "1"])
def test_colours_change_nothing(colour: str, folder: Path) -> None:
    """The escapes that planlang draws with are no hole for others."""
    (folder / "a.plan").write_text(f"let x: int = '{RAW}'\n", encoding="utf-8")
    text = shown(["check", "a.plan"], folder, NO_COLOR=colour)
    harmless(text)
    assert (not colour) == ("\x1b[" in text)


TASK = f"""## Goal {RAW}
task main(a: str = "{TEXT}" "says {TEXT}", b: "{TEXT}" | "y" = "y") -> "{TEXT}" | "z" {{
  return "z"
}}
test "{TEXT}" {{ assert "{TEXT}" == "" }}
"""
COMMANDS = {
    "a task's help": ["run", "a.plan", "--help"],
    "a wrong option of a task": ["run", "a.plan", f"--{HOSTILE}", "x"],
    "a wrong value of an option": ["run", "a.plan", "--b", HOSTILE],
    "a file that is not there": ["run", IN_A_NAME],
    "a wrong option": ["run", "a.plan", f"--max-time={HOSTILE}"],
    "a wrong name of a model": ["run", "a.plan", f"--model==={HOSTILE}"],
    "a wrong command": [HOSTILE],
    "tests and their titles": ["test", "a.plan"],
    "a graph": ["graph", "a.plan"],
    "a graph as a picture": ["graph", "a.plan", "--svg", "-"],
    "a graph as JSON": ["graph", "a.plan", "--json"],
    "the layout's difference": ["fmt", "--diff", "a.plan"],
    "findings as JSON": ["check", "--json", "broken.plan"],
    "a result as JSON": ["run", "--json", "result.plan"],
    "plugins": ["plugins"],
    "plugins as JSON": ["plugins", "--json"],
    "a plugin that is unknown": ["plugins", HOSTILE],
    "a code that is unknown": ["explain", HOSTILE],
    "answers that are kept": ["cache"],
    "a run that is unknown": ["show", HOSTILE],
    "a run to go on with that is unknown": ["resume", HOSTILE],
}


@pytest.mark.parametrize("title", COMMANDS)
def test_a_command_shows_it_harmlessly(title: str, folder: Path) -> None:
    """Whatever reads plans, plugins or words shows them so that they can be read."""
    (folder / "a.plan").write_text(TASK, encoding="utf-8")
    (folder / "broken.plan").write_text(f"let x: int = '{RAW}'\n", encoding="utf-8")
    (folder / "result.plan").write_text(f'task main() -> any {{ return {{"{TEXT}": "{TEXT}"}} }}\n', encoding="utf-8")
    harmless(shown(COMMANDS[title], folder))


@pytest.mark.parametrize("command", ["run", "check", "test", "graph", "fmt"])
def test_the_name_of_a_plan_is_shown_harmlessly(command: str, folder: Path) -> None:
    """A name of a file can hold almost anything."""
    name = f"{IN_A_NAME[:60]}.plan"
    (folder / name).write_text('let  x = 1\ntest "t" { assert x == 1 }\nprint( x, 1 // int("0") )\n', encoding="utf-8")
    harmless(shown([command, name], folder))


def test_plan_toml_is_shown_harmlessly(folder: Path) -> None:
    """A setting that is unknown is named."""
    (folder / "a.plan").write_text("print(1)\n", encoding="utf-8")
    escaped = "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08X}" for c in HOSTILE)
    (folder / "plan.toml").write_text(f'"{escaped}" = 1\n', encoding="utf-8")
    text = shown(["run", "a.plan"], folder)
    harmless(text)
    assert "there is no setting" in text


def test_what_is_kept_of_a_run_is_shown_harmlessly(folder: Path) -> None:
    """Journals and caches hold what models said, and show it later."""
    source = f'step "{TEXT}"\nprint(hostile("{TEXT}"))\nprint(1 // int("0"))\n'
    (folder / "a.plan").write_text(source, encoding="utf-8")
    harmless(shown(["run", "a.plan"], folder))
    run = next(path.name for path in (folder / "state" / "runs").iterdir())
    for words in (["runs"], ["show", run], ["show", run, "--json"], ["resume", run], ["cache"], ["cache", "--json"]):
        harmless(shown(words, folder))


def test_a_pipe_gets_every_byte(folder: Path) -> None:
    """Only terminals are spared: a program that reads the output gets what the plan wrote."""
    import subprocess

    (folder / "a.plan").write_text("print(quick())\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "planlang", "run", "a.plan"], cwd=folder, capture_output=True, check=True,
        env={**os.environ},
    )  # fmt: skip
    assert f"{HOSTILE}\n" == done.stdout.decode("utf-8")


def test_the_session_shows_it_harmlessly(folder: Path) -> None:
    """The REPL draws with many escapes of its own; the hostile ones are none of them."""
    typed = "quick()\nprint(quick())\n:help quick\nfail quick()\nlet q = quick()\nq\n:type q\n:quit\n"
    text = shown(["repl"], folder, typed=typed.replace("\n", "\r"))
    assert "evil" in text
    for part in (
        "\x1b]52",
        "\x1b]0;",
        "\x1b]8;",
        "\x1bP$q",
        "\x1bc",
        "\x1b[8m",
        "\x1b[?1049h",
        "\x9b",
        "\x9d",
        "\u202e",
    ):
        assert part not in text, repr(part)
