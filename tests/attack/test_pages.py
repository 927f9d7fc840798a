"""Plans whose words are HTML, in the pages and pictures that `plan graph` writes: they are shown, and do nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from planlang.__main__ import main

MARKUP = [
    "</script><script>escaped()</script>", "<img src=x onerror=escaped()>", "<svg onload=escaped()>", "]]><b>x</b>",
    "--><script>escaped()</script>", "</title></style></textarea><script>escaped()</script>", "javascript:escaped()",
    "' onmouseover='escaped()", "&lt;script&gt;escaped()&lt;/script&gt;", "\u2028escaped()", "<!--",
    "<base href=//evil.example>",
]  # fmt: skip


class Page(HTMLParser):
    """Notes what a browser would run, load or listen to."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts = 0
        self.loaded: list[str] = []
        self.listeners: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.scripts += tag == "script"
        self.loaded += [value or "" for name, value in attrs if name in {"src", "href", "xlink:href", "action", "data"}]
        self.listeners += [name for name, _ in attrs if name.startswith("on")]


def written(folder: Path, markup: str, kind: str, capsys: pytest.CaptureFixture[str]) -> str:
    """The page or picture of a plan that says `markup` wherever it can."""
    escaped = "".join(c if c.isprintable() and c not in '"\\{}' else f"\\u{{{ord(c):x}}}" for c in markup)
    (folder / "a.plan").write_text(
        f'# {markup}\n## {markup}\ntask main(a: str = "{escaped}" "{escaped}") -> any {{\n  step "{escaped}"\n'
        f'  let mood = sentiment("{escaped}", model="{escaped}")\n  print(mood, "{escaped}")\n  return mood\n}}\n',
        encoding="utf-8",
    )
    assert main(["graph", "a.plan", kind, "-"]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


@pytest.mark.parametrize("markup", MARKUP)
@pytest.mark.parametrize("kind", ["--html", "--svg"])
def test_words_of_a_plan_are_no_markup(
    markup: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page has the elements that it has for a harmless plan, and loads nothing."""
    monkeypatch.chdir(tmp_path)
    pages: list[Page] = []
    for words in ("harmless", markup):
        text = written(tmp_path, words, kind, capsys)
        pages.append(Page())
        pages[-1].feed(text)
    assert (pages[0].scripts, pages[0].tags) == (pages[1].scripts, pages[1].tags)
    assert [] == [address for address in pages[1].loaded if re.match(r"\w+:|//", address)]
    assert pages[0].listeners == pages[1].listeners
    if kind == "--svg":
        ET.fromstring(text)  # noqa: S314 - our own picture
