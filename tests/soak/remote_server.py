"""Asks a real `transformers serve` process for everything that remote models answer, and says what came of it.

    pip install fastapi uvicorn
    python tests/soak/remote_server.py

The server holds the default language model (`plan models get`). It takes about a minute. Ends with 1 if anything is not
as it should be.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from remote.endpoint import run

PLAN = """
type Person = {name: str, age: int}

task main() -> any {
  let greedy = generate("What is the capital of France?", max_tokens=24)
  let sampled = [generate("Name an animal.", temperature=1.0, seed=7, cache=false, max_tokens=6) for i in range(2)]
  return {
    text: find(greedy, "Paris") != none,
    again: generate("What is the capital of France?", max_tokens=24, cache=false) == greedy,
    seeds: sampled[0] == sampled[1],
    chat: len(chat([{role: "user", content: "Say hello."}], max_tokens=8)) > 0,
    samples: len(samples("Name an animal.", 3, max_tokens=6)),
    label: tried(fn() => classify("I love this film", ["positive", "negative"]).label),
    option: tried(fn() => choose("Is the sky blue?", ["yes", "no"])),
    person: tried(fn() => extract("Ada is 36 years old.", Person)),
    pattern: tried(fn() => generate("Write the number twelve in digits.", pattern='[0-9]+', max_tokens=6)),
    vector: tried(fn() => embed("a cat")),
  }
}

fn tried(f: fn() -> any) -> str {
  try {
    return "gave {f()}"
  } catch e {
    return "told: {e.message}"
  }
}
"""


def main() -> int:
    """Serve, ask, and compare."""
    from planlang.plugins.nlp import GENERATOR, models
    from planlang.runtime.folders import cache_folder

    folder = models.locate(GENERATOR, cache_folder())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(folder)]
    options = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu", "--dtype", "float32"]
    server = subprocess.Popen(
        [*command, *options],
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(f"http://127.0.0.1:{port}/health")
        listed = {"model": str(folder), "endpoint": f"http://127.0.0.1:{port}/v1", "concurrency": 2}
        settings = {"plugins": {"openai": {"models": {"served": listed}}}}
        began = time.monotonic()
        found = run(PLAN, settings=settings, models={"": "served"})
    finally:
        server.terminate()
        server.wait(30)
    for name, value in found.items():
        print(f"{name:<8}  {value}")  # noqa: T201 - this is a command
    print(f"{time.monotonic() - began:.0f} s")  # noqa: T201 - this is a command
    sure = ("text", "again", "seeds", "chat")
    told = all(
        str(found[name]).startswith(("gave", "told")) for name in ("label", "option", "person", "pattern", "vector")
    )
    return 0 if all(found[name] is True for name in sure) and found["samples"] == 3 and told else 1


def _await(address: str) -> None:
    for _ in range(120):
        try:
            if httpx.get(address, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(1)
    raise SystemExit("the server did not come up")


if __name__ == "__main__":
    raise SystemExit(main())
