"""An endpoint of OpenAI's API with real models behind it: SmolLM2 writes and chooses, MiniLM makes vectors.

`python tests/remote/model_server.py` prints the port that it listens on, and serves until its input ends.
"""

from __future__ import annotations

import json
import sys
import threading
from array import array
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from planlang.plugins.loader import load
from planlang.runtime.engine import Engine
from planlang.runtime.values import from_python

PLAN = """
task write(messages: list[{role: "system" | "user" | "assistant", content: str}], most: int) -> str {
  return chat(messages, max_tokens=most)
}
task pick(question: str, options: list[str]) -> str { return choose(question, options) }
task vectors(texts: list[str]) -> list[vector] { return [embed(text) for text in texts] }
"""


class Models:
    """Answers requests, one after the other."""

    def __init__(self) -> None:
        self._plan = Engine(load(installed=False)).load(text=PLAN)
        self._lock = threading.Lock()

    def run(self, task: str, **arguments: Any) -> Any:
        with self._lock:
            return self._plan.run(task, {name: from_python(value) for name, value in arguments.items()})

    def answer(self, path: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if path.endswith("/embeddings"):
            rows = [list(array("f", each.numbers)) for each in self.run("vectors", texts=asked["input"])]
            data = [{"index": place, "embedding": row} for place, row in enumerate(rows)]
            return 200, {"data": data, "usage": {"total_tokens": len(rows)}}
        if not path.endswith("/chat/completions"):
            return 404, {"error": {"message": f"there is nothing at {path}"}}
        schema = asked.get("response_format", {}).get("json_schema", {}).get("schema", {})
        options = schema.get("properties", {}).get("value", {}).get("enum")
        if schema and not options:
            return 400, {"error": {"message": "only choices can be made here"}}
        if options:
            question = asked["messages"][-1]["content"].partition("\n\nAnswer with one")[0]
            said = json.dumps({"value": self.run("pick", question=question, options=options)})
        else:
            said = self.run("write", messages=asked["messages"], most=asked["max_tokens"])
        choice = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
        return 200, {"choices": [choice], "usage": {"total_tokens": len(said.split())}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    models: Models

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        status, answer = self.models.answer(self.path, asked)
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until standard input ends."""
    Handler.models = Models()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)  # noqa: T201 - whoever started it waits for this
    sys.stdin.read()


if __name__ == "__main__":
    main()
