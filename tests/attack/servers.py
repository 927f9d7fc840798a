"""A web server that answers what a test tells it to, byte by byte, and counts who came."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Talk = Callable[[socket.socket], None]


class Server:
    """Listens on this machine. `requests` are the heads of what was asked."""

    def __init__(self, talk: Talk, *, reads: bool = True) -> None:
        """`talk` answers one connection, whose request has been read, unless it `reads` for itself."""
        self._talk = talk
        self._reads = reads
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.requests: list[bytes] = []
        self._ended = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(OSError):
                peer, _ = self._listening.accept()
                threading.Thread(target=self._answer, args=(peer,), daemon=True).start()

    def _answer(self, peer: socket.socket) -> None:
        with peer, contextlib.suppress(OSError):
            if self._reads:
                self.requests.append(peer.recv(65536))
            self._talk(peer)

    def close(self) -> None:
        self._ended.set()
        self._listening.close()


@contextmanager
def serving(talk: Talk, *, reads: bool = True) -> Iterator[Server]:
    server = Server(talk, reads=reads)
    try:
        yield server
    finally:
        server.close()


def saying(answer: bytes) -> Talk:
    """Say this, and hang up."""
    return lambda peer: peer.sendall(answer)


def page(body: bytes = b"reached", headers: str = "") -> bytes:
    return f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n{headers}\r\n".encode("latin-1") + body


def moved(to: str, status: int = 302) -> Talk:
    return saying(f"HTTP/1.1 {status} Moved\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n".encode("latin-1"))


def endless(head: bytes, piece: bytes, pause: float = 0.0) -> Talk:
    """Say `head`, and then `piece` for ever, or until the other side has gone."""

    def talk(peer: socket.socket) -> None:
        peer.sendall(head)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            peer.sendall(piece)
            time.sleep(pause)

    return talk
