"""A server process with real models: what it answers is what the same models answer here."""

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


def test_texts_choices_and_vectors_are_those_of_the_models(server: str) -> None:
    """Of one plan, with and without `model=`."""
    body = f"""
  let m = "openai:any@{server}"
  let capital = [{{role: "user", content: "What is the capital of France?"}}]
  let texts = ["a cat", "a dog", "tax law"]
  let far = [embed(text, model=m) for text in texts]
  let near = [embed(text) for text in texts]
  return {{
    same_text: chat(capital, max_tokens=12, model=m) == chat(capital, max_tokens=12),
    same_vectors: all([similarity(a, b) > 0.999999 for a, b in zip(far, near)]),
    sense: similarity(far[0], far[1]) > similarity(far[0], far[2]),
    label: classify("I love this film", ["positive", "negative"], model=m).label in ["positive", "negative"],
    option: choose("Is the sky blue?", ["yes", "no"], model=m) in ["yes", "no"],
  }}"""
    assert run(main(body)) == dict.fromkeys(("same_text", "same_vectors", "sense", "label", "option"), True)


def test_an_index_on_remote_vectors_finds(server: str) -> None:
    """Rows by meaning."""
    body = f"""
  let m = "openai:any@{server}"
  let rows = [{{text: "cats purr"}}, {{text: "taxes are due in April"}}, {{text: "dogs bark"}}]
  return search(index(rows, model=m), "animals that meow", k=1, model=m)[0].row.text"""
    assert run(main(body)) == "cats purr"
