"""The command as a process: what it imports, how it is interrupted, how it ends when its reader has gone."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PLAN = [sys.executable, "-P", "-m", "planlang"]


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PLAN, *arguments], capture_output=True, text=True, timeout=60, check=False, **options)  # type: ignore[call-overload]


def imported(folder: Path, *arguments: str) -> set[str]:
    """The modules that a run of the command has imported at its end."""
    code = f"import sys; from planlang.__main__ import main; main({list(arguments)!r}); print('@', *sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, cwd=folder)
    return set(done.stdout.rpartition("@")[2].split())


def test_a_cached_program_needs_no_parser_and_nothing_heavy(folder: Path):
    (folder / "a.plan").write_text('print("hello")\n')
    imported(folder, "run", "a.plan")
    found = imported(folder, "run", "a.plan")
    heavy = {"lark", "rich", "prompt_toolkit", "pluggy", "torch", "argparse", "httpx", "re2", "planlang.lang.checker"}
    slow = {"dataclasses", "inspect", "ctypes", "_hashlib", "planlang.lang.types", "planlang.runtime.validate"}
    assert set() == (heavy | slow) & found


def test_help_needs_no_argument_parser(folder: Path):
    assert set() == {"argparse", "lark", "rich", "dataclasses"} & imported(folder, "--help")


def test_checking_needs_no_models(folder: Path):
    (folder / "a.plan").write_text('print(sentiment("x").label)\n')
    assert set() == {"torch", "transformers", "numpy", "rich"} & imported(folder, "check", "a.plan")


def test_ctrl_c_ends_a_run_with_130(folder: Path):
    (folder / "a.plan").write_text('print("started")\nlet n = 0\nwhile true {\n  n += 1\n}\n')
    with subprocess.Popen(
        [*PLAN, "run", "a.plan"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert "started\n" == process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert (130, "interrupted\n") == (process.returncode, said)


def test_a_reader_that_has_gone_is_no_error_to_talk_about(folder: Path):
    (folder / "a.plan").write_text("for i in range(100000) {\n  print(i)\n}\n")
    line = f"{' '.join(PLAN)} run a.plan | head -n 1"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, check=False)
    assert "0\n" == done.stdout
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr


@pytest.mark.parametrize("command", ["run", "check", "fmt"])
def test_input_that_is_no_text_is_a_usage_error(command: str):
    done = subprocess.run([*PLAN, command, "-"], input=b"print(1)\xff", capture_output=True, timeout=60, check=False)
    assert (2, b"plan: standard input is not UTF-8 text (byte 8)\n") == (done.returncode, done.stderr)


def test_the_repl_takes_any_bytes():
    done = subprocess.run([*PLAN, "repl"], input=b"\xff\x00\n1 + 1\n", capture_output=True, timeout=60, check=False)
    assert (1, b"2\n") == (done.returncode, done.stdout)


def test_what_the_terminal_cannot_show_is_escaped(folder: Path):
    (folder / "a.plan").write_text('print("情感")\n')
    assert "\\u60c5\\u611f\n" == run("run", "a.plan", env={**os.environ, "PYTHONIOENCODING": "ascii"}).stdout


def test_an_unexpected_error_is_told_without_python_and_shown_with_debug(monkeypatch: pytest.MonkeyPatch, capsys):
    from planlang import cli
    from planlang.__main__ import main

    def broken(_: str) -> None:
        raise ZeroDivisionError("inner")

    monkeypatch.setattr(cli, "command", broken)
    assert 1 == main(["check", "a.plan"])
    said = capsys.readouterr().err
    assert "internal error" in said
    assert "ZeroDivisionError" not in said
    assert 1 == main(["check", "a.plan", "--debug"])
    assert "ZeroDivisionError: inner" in capsys.readouterr().err


def on_terminal(folder: Path, *arguments: str, env: dict[str, str] | None = None, keys: str = "") -> tuple[int, str]:
    """Run the command on a terminal of its own: exit code, and everything that was written."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe(PLAN[0], [*PLAN, *arguments], {**os.environ, "TERM": "xterm", **(env or {})})  # noqa: S606 - no shell
    written = b""
    if keys:
        time.sleep(1.5)
        os.write(terminal, keys.encode())
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        written += part
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), written.decode().replace("\r\n", "\n")


ROWS = 'task main() -> list[any] {\n  return [{name: "Ada", n: 3}, {name: "情感", n: 12}]\n}\n'


def test_a_list_of_records_is_a_table_on_a_terminal(folder: Path):
    (folder / "a.plan").write_text(ROWS)
    code, said = on_terminal(folder, "run", "a.plan")
    plain = re.sub(r"\x1b\[[\d;]*m", "", said)
    assert 0 == code
    assert re.search(r"name +n", plain)
    assert re.search(r"Ada +3 *\n", plain)


def test_a_value_is_laid_out_on_a_terminal(folder: Path):
    (folder / "a.plan").write_text('task main() -> any {\n  return {text: "x" * 70, list: ["y" * 30, "z" * 30]}\n}\n')
    _, said = on_terminal(folder, "run", "a.plan")
    expected = f'{{\n  text: "{"x" * 70}",\n  list: ["{"y" * 30}", "{"z" * 30}"],\n}}\n'
    assert expected == said


def test_a_text_result_stands_bare_and_cannot_drive_the_terminal(folder: Path):
    (folder / "a.plan").write_text('task main() -> str {\n  return "a\\u{1b}[31mb"\n}\n')
    assert "a\\u{1b}[31mb\n" == on_terminal(folder, "run", "a.plan")[1]


def test_messages_have_colours_on_a_terminal_unless_they_are_not_wanted(folder: Path):
    (folder / "a.plan").write_text("print(nme)\n")
    assert "\x1b[1;31merror" in on_terminal(folder, "check", "a.plan")[1]
    assert "\x1b[" not in on_terminal(folder, "check", "a.plan", env={"NO_COLOR": "1"})[1]


def test_the_repl_answers_on_a_terminal_and_keeps_its_history(folder: Path):
    state = {"PLANLANG_STATE": str(folder / "state")}
    code, said = on_terminal(folder, "repl", env=state, keys="20 + 22\r:quit\r")
    assert 0 == code
    assert "42" in said
    assert "+20 + 22" in (folder / "state" / "repl-history").read_text()
