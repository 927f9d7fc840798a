"""Texts that try to be more than text in a page."""

from __future__ import annotations

from pathlib import Path

from trace_runs import run

from planlang.runtime.journal.folder import RunFolder

TEXTS = [
    "</script><script>window.hacked = 1</script>",
    "<!--<script>window.hacked = 1",
    "]]></script>--><svg onload='window.hacked = 1'>",
    '<img src="x" onerror="window.hacked = 1">',
    '<a href="javascript:window.hacked = 1">here</a>',
    "javascript:window.hacked=1",
    '"><iframe srcdoc="<script>parent.hacked = 1</script>"></iframe>',
    "<style>body { display: none }</style>",
    '<meta http-equiv="refresh" content="0; url=https://example.com/">',
    '<link rel="stylesheet" href="https://example.com/a.css">',
    '<base href="https://example.com/">',
    "<form action='https://example.com/'><input name=a autofocus onfocus='window.hacked = 1'>",
    "${window.hacked = 1} {{constructor.constructor('window.hacked = 1')()}} #{7*7} <%= 7*7 %>",
    "'; window.hacked = 1; //",
    "\\u003cscript>window.hacked = 1\\u003c/script>",
    "line\u2028window.hacked = 1\u2029",
    "nul\x00 bell\x07 escape\x1b[31m \u202etxt.exe \u200bzero \ufeffmark",
    "&lt;b&gt; &amp; <b>bold</b> &#60;script&#62;",
    "__proto__",
    "constructor",
    "é 情感 🙂",
]


def hostile_run(folder: Path, name: str = "hostile.plan") -> RunFolder:
    """A run in which a model gives each of `TEXTS` back, and which puts them into steps and an error too."""
    plan = 'task main(texts: list[str]) -> any {\n  for t in texts {\n    step "{t}"\n    fake_text(t)\n  }\n'
    plan += '  step "<img src=x onerror=window.hacked=1>" # <script>window.hacked = 1</script>\n'
    plan += '  fail {kind: "<b>", message: texts.join(" ")}\n}\n'
    return run(folder, plan, name, texts=TEXTS)
