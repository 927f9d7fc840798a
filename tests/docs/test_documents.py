"""Every code block of the README and of docs/ does what the page says."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from blocks import Block, agrees, blocks, commands

from planlang.__main__ import main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_blocks_of_a_page_do_what_it_says(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("PLANLANG_STATE", str(tmp_path / "state"))
    found = blocks(page)
    for at, block in enumerate(found):
        if "file" in block.words:
            path = tmp_path / block.words["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        following = found[at + 1] if at + 1 < len(found) else Block("")
        shows_output = following.language == "text" and "file" not in following.words
        expected = following.text if shows_output else None
        if block.runs and block.language in RUNNERS:
            RUNNERS[block.language](block, expected, f"{page.name}:{block.line}")


def run_plan(block: Block, expected: str | None, where: str) -> None:
    """Check a plan; run it where the page shows what it prints."""
    name = block.words.get("file", "example.plan")
    Path(name).write_text(block.text, encoding="utf-8")
    code, said = command("check", name)
    if expected is None:
        assert 0 == code, f"{where}: {said}"
        return
    if code == 0:
        code, said = command("run", name)
    assert agrees(expected, said), f"{where}: expected\n{expected}\ngot\n{said}"


def run_shell(block: Block, _: str | None, where: str) -> None:
    """Run the `$ ` lines of a block."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for line, expected in commands(block.text):
        done = subprocess.run(
            ["bash", "-c", line],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PATH": path},
        )
        said = done.stdout + done.stderr
        assert agrees(expected, said), f"{where}: $ {line}\nexpected\n{expected}\ngot\n{said}"


def run_python(block: Block, expected: str | None, where: str) -> None:
    """Run Python code as a reader would, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", block.text], capture_output=True, text=True, timeout=120, check=False)
    said = done.stdout + done.stderr
    assert 0 == done.returncode, f"{where}: {said}"
    assert expected is None or agrees(expected, said), f"{where}: expected\n{expected}\ngot\n{said}"


def command(*arguments: str) -> tuple[int, str]:
    """Run `plan` in this process: its exit code, and what it writes."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = main(list(arguments))
    return code, out.getvalue()


RUNNERS = {"plan": run_plan, "sh": run_shell, "python": run_python}


def test_a_wildcard_stands_for_any_text_in_a_line_and_any_lines():
    assert agrees("a … c\n…\nz", "a b c\n1\n2\nz\n")
    assert not agrees("a … c", "a b\nc")


def test_every_link_to_a_file_of_the_project_leads_somewhere():
    links = re.compile(r"\]\((?!\w+:)([^)#\s]+)[^)]*\)")
    code = re.compile(r"^ *```.*?^ *```|^    .*?$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
    targets = [(page, link) for page in PAGES for link in links.findall(code.sub("", page.read_text("utf-8")))]
    assert [] == [f"{page.name}: {link}" for page, link in targets if not (page.parent / link).exists()]
