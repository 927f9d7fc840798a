"""The page as a file: it asks for nothing, lets nothing foreign run, and keeps to its size."""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from hostile_texts import TEXTS, hostile_run
from trace_runs import large

from planlang.runtime.journal.errors import RunFolderError
from planlang.runtime.journal.folder import RunFolder
from planlang.trace import write_page
from planlang.trace.page import MOST_BYTES


def page(of: Path, folder: Path) -> str:
    """The text of a run's page."""
    write_page(of, folder / "trace.html")
    return (folder / "trace.html").read_text("utf-8")


def test_the_policy_allows_just_the_scripts_and_styles_of_the_page(reviewed: RunFolder, tmp_path: Path):
    text = page(reviewed.path, tmp_path)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    allowed = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert "'none'" == allowed["default-src"] == allowed["base-uri"] == allowed["form-action"]
    inline = {"script-src": re.findall(r"<script>(.*?)</script>", text, re.DOTALL),
              "style-src": re.findall(r"<style>(.*?)</style>", text, re.DOTALL)}  # fmt: skip
    for rule, parts in inline.items():
        hashes = [f"'sha256-{b64encode(sha256(part.encode()).digest()).decode()}'" for part in parts]
        assert hashes == allowed[rule].split()


def test_nothing_in_the_page_is_asked_of_a_network(reviewed: RunFolder, tmp_path: Path):
    text = page(reviewed.path, tmp_path)
    assert [] == re.findall(r"https?://|\bsrc=|\bhref=|@import|url\(|fetch\(|XMLHttpRequest|WebSocket|import\(", text)


def test_no_script_makes_markup_of_texts(reviewed: RunFolder, tmp_path: Path):
    text = page(reviewed.path, tmp_path)
    assert [] == re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|DOMParser", text)


def test_hostile_texts_are_in_the_page_as_data_alone(tmp_path: Path):
    text = page(hostile_run(tmp_path).path, tmp_path)
    (packed,) = re.findall(r'id="data">(.*?)</script>', text)
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", packed)
    assert [text for text in TEXTS if f"reply to: {text}" in text] == []
    gave = {answer[1] for answer in json.loads(gzip.decompress(b64decode(packed)))["calls"]["gave"]}
    assert {f"reply to: {text}" for text in TEXTS} == gave


def test_a_hostile_name_stays_text_in_the_title(tmp_path: Path):
    text = page(hostile_run(tmp_path, name="</title><script>hacked=1</script>.plan").path, tmp_path)
    assert "<title>&lt;/title&gt;&lt;script&gt;hacked=1&lt;/script&gt;.plan: run " in text
    assert "hacked=1<" not in text


def test_the_page_of_ten_thousand_long_calls_keeps_to_its_size(tmp_path: Path):
    text = page(large(tmp_path / "20260101-000000-abcd", 10_000, 1500), tmp_path)
    assert 2_000_000 < len(text) < MOST_BYTES


def test_the_same_journal_gives_the_same_page(reviewed: RunFolder, tmp_path: Path):
    assert page(reviewed.path, tmp_path) == page(reviewed.path, tmp_path)


def test_a_folder_without_a_journal_is_told(tmp_path: Path):
    with pytest.raises(RunFolderError, match="has no journal"):
        write_page(tmp_path / "20260101-000000-none", tmp_path / "trace.html")
    assert not (tmp_path / "trace.html").exists()
