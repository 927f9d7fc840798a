"""A server process with real models, asked for all that remote models answer; nothing is loaded here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .endpoint import run
from .test_remote import main

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server process."""
    script = Path(__file__).with_name("model_server.py")
    process = subprocess.Popen(
        [sys.executable, "-P", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        port = process.stdout.readline().strip()
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.stdin.close()
        process.wait(30)


def test_texts_choices_vectors_and_searches_make_sense(server: str) -> None:
    """What the models are good for, through the whole of both processes."""
    body = f"""
  let m = "openai:any@{server}"
  let capital = [{{role: "user", content: "What is the capital of France?"}}]
  let rows = [{{text: "cats purr"}}, {{text: "taxes are due in April"}}, {{text: "dogs bark"}}]
  let far = [embed(text, model=m) for text in ["a cat", "a dog", "tax law"]]
  return {{
    text: find(chat(capital, max_tokens=12, model=m), "Paris") != none,
    alike: similarity(far[0], far[1]) > similarity(far[0], far[2]) + 0.2,
    found: search(index(rows, model=m), "animals that meow", k=1, model=m)[0].row.text == "cats purr",
    label: classify("I love this film", ["positive", "negative"], model=m).label == "positive",
    option: choose("Is the sky blue?", ["yes", "no"], model=m) in ["yes", "no"],
  }}"""
    assert run(main(body)) == dict.fromkeys(("text", "alike", "found", "label", "option"), True)
