"""Web servers that are not who they say they are."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from planlang.runtime.permissions import Permissions

from .attempt import Told, attempt
from .servers import Server, page, serving

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl makes the certificates")
RIGHTS = Permissions(net=("localhost", "127.0.0.1"))


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate that nobody signed but itself, and its key."""
    made = folder / "own.crt", folder / "own.key"
    subprocess.run(
        [OPENSSL or "", "req", "-x509", "-nodes", "-days", "2", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
         "-keyout", made[1], "-out", made[0]],
        check=True, capture_output=True,
    )  # fmt: skip
    return made


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Speaks TLS as `localhost`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(tmp_path, "localhost"))

    def talk(peer: socket.socket) -> None:
        with context.wrap_socket(peer, server_side=True) as secure:
            secure.recv(65536)
            secure.sendall(page())

    with serving(talk, reads=False) as server:
        yield server


def get(server: Server, host: str) -> Told:
    return attempt(f'print(http_get("https://{host}:{server.port}/").text)\n', RIGHTS)


def test_a_certificate_that_nobody_vouches_for_is_refused(server: Server) -> None:
    """As by any browser."""
    told = get(server, "localhost")
    assert ("call", True) == (told.kind, "certificate" in told.text), told


def test_a_certificate_of_another_name_is_refused(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the name that the plan wrote which counts, and not the address that was connected to."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "own.crt"))
    assert ("", "reached\n") == (get(server, "localhost").kind, get(server, "localhost").out)
    told = get(server, "127.0.0.1")
    assert ("call", True) == (told.kind, "certificate" in told.text), told


def test_a_server_without_tls_is_no_secure_one() -> None:
    """Nothing is sent to it in the clear."""
    with serving(lambda peer: peer.sendall(page())) as plain:
        told = attempt(f'print(http_get("https://localhost:{plain.port}/secret").text)\n', RIGHTS)
        assert ("call", False) == (told.kind, any(b"secret" in request for request in plain.requests)), told
