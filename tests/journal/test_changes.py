"""What becomes of changes that a run had begun when it stopped."""

from __future__ import annotations

import http.server
import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from planlang.runtime.engine import Engine
from planlang.runtime.errors import LimitError, PlanError
from planlang.runtime.journal.journal import Journal
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import RunOptions
from planlang.runtime.standard import files


class Dead(BaseException):
    """The process ends."""


def run(text: str, folder: Path, journal: Journal, net: str = "") -> tuple[object, str]:
    """Result and output of a session of a run."""
    out = io.StringIO()
    permissions = Permissions(read=(str(folder),), write=(str(folder),), net=(net,) if net else None)
    try:
        return Engine().load(text=text).run(options=RunOptions(permissions, out=out, journal=journal)), out.getvalue()
    finally:
        journal.store._db.rollback()
        journal.store._db.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the journal is."""
    made = tmp_path / "run"
    made.mkdir()
    return made


@pytest.mark.parametrize("written", [0, 1, 4, 7], ids=["nothing", "a part", "more", "all"])
def test_append_that_was_cut_short(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int) -> None:
    """Whatever part of it was written, it stands there once."""
    file = tmp_path / "out.txt"
    file.write_text("before\n")
    text = f'append("{file}", "first\\n")\nappend("{file}", "second\\n")\nprint(1)\n'
    append = files.append_bytes

    def cut(path: str, shown: str, data: bytes) -> None:
        if data != b"second\n":
            append(path, shown, data)
            return
        append(path, shown, data[:written])
        raise Dead

    with monkeypatch.context() as patched:
        patched.setattr(files, "append_bytes", cut)
        with pytest.raises(Dead):
            run(text, tmp_path, Journal.begin(folder, {}))
    assert (None, "1\n") == run(text, tmp_path, Journal.resume(folder))
    assert "before\nfirst\nsecond\n" == file.read_text()


def test_file_that_somebody_else_changed(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is guessed: the run says that it cannot tell."""
    file = tmp_path / "out.txt"
    text = f'append("{file}", "first\\n")\n'

    def cut(path: str, shown: str, data: bytes) -> None:
        raise Dead

    with monkeypatch.context() as patched:
        patched.setattr(files, "append_bytes", cut)
        with pytest.raises(Dead):
            run(text, tmp_path, Journal.begin(folder, {}))
    file.write_text("other")
    with pytest.raises(LimitError, match="was changed by somebody else"):
        run(text, tmp_path, Journal.resume(folder))
    assert "other" == file.read_text()


class Counting(http.server.BaseHTTPRequestHandler):
    """Counts what is posted."""

    posts = 0

    def do_POST(self) -> None:
        """Answer the first with an error of the connection, the others as they wish."""
        type(self).posts += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/broken":
            self.connection.close()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"thanks")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """A server on loopback: its host and port."""
    Counting.posts = 0
    served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{served.server_port}"
    served.shutdown()
    served.server_close()
    thread.join()


def test_posts_are_made_once(folder: Path, tmp_path: Path, server: str) -> None:
    """What was answered is known when the run goes on."""
    text = f'let a = http_post("http://{server}/x", body="b")\nprint(a.text)\nassert false\n'
    for taken_up in (False, True):
        journal = Journal.resume(folder) if taken_up else Journal.begin(folder, {})
        with pytest.raises(PlanError, match="does not hold"):
            run(text, tmp_path, journal, server)
    assert 1 == Counting.posts


def test_post_that_was_under_way(folder: Path, tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not made again; the plan sees an error, which it may catch, and sees again the next time."""
    text = (
        f'try {{ http_post("http://{server}/x", body="b") }} catch e {{ print(e.message) }}\n'
        f'append("{tmp_path}/out.txt", "x")\nassert false\n'
    )

    def dies(*_: object) -> None:
        raise Dead

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "changed", dies)
        with pytest.raises(Dead):
            run(text, tmp_path, Journal.begin(folder, {}), server)
    for _ in range(2):
        journal = Journal.resume(folder)
        journal.show_again = True
        with pytest.raises(PlanError, match="does not hold"):
            run(text, tmp_path, journal, server)
    assert (1, "x") == (Counting.posts, (tmp_path / "out.txt").read_text())


def test_post_that_failed_is_tried_again(folder: Path, tmp_path: Path, server: str) -> None:
    """An error that ended the run is no outcome."""
    text = f'http_post("http://{server}/broken", body="b")\n'
    for taken_up in (False, True):
        journal = Journal.resume(folder) if taken_up else Journal.begin(folder, {})
        with pytest.raises(PlanError):
            run(text, tmp_path, journal, server)
    assert 2 == Counting.posts
