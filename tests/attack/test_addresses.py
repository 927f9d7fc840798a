"""Requests that a plan is not to make: to this machine, to private networks, and to where a cloud keeps its secrets."""
# ruff: noqa: RUF001, S104 - odd digits and all kinds of addresses are what is tried

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import httpcore
import pytest

from planlang.runtime.permissions import Permissions

from .attempt import Told, attempt
from .servers import Server, moved, page, saying, serving

EVERYWHERE = Permissions(net=())

THIS_MACHINE = [
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1",
    "017700000001", "0.0.0.0", "0", "0x0", "localhost", "LOCALHOST", "localhost.", "a.localhost", "[::1]", "[::]",
    "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::80ff:fffe]", "[::ffff:0:127.0.0.1]",
    "１２７.０.０.１", "127。0。0。1",
    "①②⑦.⓪.⓪.①",
]  # fmt: skip
OTHERS = [
    "169.254.169.254", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "2852039166", "0xa9fea9fe", "169.254.170.2",
    "[fd00:ec2::254]", "[fd20:ce::254]", "100.100.100.200", "168.63.129.16", "192.0.0.192", "10.0.0.1", "10.1",
    "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.168.257", "100.64.0.1", "198.18.0.1", "[fc00::1]", "[fe80::1]",
    "[fec0::1]", "224.0.0.1", "[ff02::1]", "255.255.255.255", "240.0.0.1", "0.1.2.3",
]  # fmt: skip
NAMES = {
    "metadata.google.internal": ["169.254.169.254"],
    "own.evil.example": ["127.0.0.1"],
    "own6.evil.example": ["::1"],
    "mapped.evil.example": ["::ffff:127.0.0.1"],
    "zero.evil.example": ["0.0.0.0"],
    "private.evil.example": ["192.168.0.1", "10.0.0.1"],
    "cloud.evil.example": ["fd00:ec2::254"],
}


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(saying(page())) as server:
        yield server


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What names lead to, here; other names lead nowhere. Numbers are looked up as ever."""
    known = dict(NAMES)
    original = socket.getaddrinfo

    def look_up(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        plain = host.decode() if isinstance(host, bytes) else str(host)
        if plain in known:
            found = known[plain]
            return [
                (socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in found
            ]
        if any(c.isalpha() for c in plain.replace("0x", "")) and ":" not in plain and "localhost" not in plain:
            raise socket.gaierror(-2, "Name or service not known")
        return original(host, port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


def get(address: str, permissions: Permissions = EVERYWHERE) -> Told:
    return attempt(f"print(http_get('{address}', timeout=5).text)\n", permissions)


@pytest.mark.parametrize("host", THIS_MACHINE)
def test_all_hosts_do_not_mean_this_machine(host: str, server: Server) -> None:
    """However it is written, the server on this machine is not asked."""
    told = get(f"http://{host}:{server.port}/")
    assert told.kind in {"permission", "value"}, told
    assert "may not reach" in told.text or "is no web address" in told.text, told
    assert [] == server.requests


@pytest.mark.parametrize("host", OTHERS)
def test_all_hosts_do_not_mean_what_is_near(host: str) -> None:
    """Metadata services, private networks and addresses of nobody need their own names."""
    told = get(f"http://{host}/latest/meta-data/iam/security-credentials/")
    assert ("permission", True) == (told.kind, "may not reach" in told.text), told


@pytest.mark.parametrize("host", NAMES)
def test_all_hosts_do_not_mean_names_that_lead_there(host: str, names: dict[str, list[str]]) -> None:
    """It is where a name leads that counts, and the message says where."""
    told = get(f"http://{host}/")
    assert ("permission", True) == (told.kind, f"may not reach {host} at {names[host][0]}" in told.text), told


@pytest.mark.parametrize("host", ["own.evil.example", "metadata.google.internal", "zero.evil.example"])
def test_a_name_that_is_allowed_does_not_open_this_machine(
    host: str, names: dict[str, list[str]], server: Server
) -> None:
    """Anybody can make a name that leads here: the address has to be allowed, or `localhost`."""
    told = get(f"http://{host}:{server.port}/", Permissions(net=(host,)))
    assert ("permission", []) == (told.kind, server.requests), told


def test_a_name_below_localhost_leads_to_this_machine_only(names: dict[str, list[str]]) -> None:
    """A resolver may say otherwise."""
    names["cloud.localhost"] = ["169.254.169.254"]
    told = get("http://cloud.localhost/", Permissions(net=("cloud.localhost",)))
    assert "permission" == told.kind, told


@pytest.mark.parametrize("granted", ["127.0.0.1", "127.0.0.1:PORT"])
def test_this_machine_can_be_allowed(granted: str, server: Server) -> None:
    """By its address, with or without a port."""
    told = get(f"http://127.0.0.1:{server.port}/", Permissions(net=(granted.replace("PORT", str(server.port)),)))
    assert ("", "reached\n") == (told.kind, told.out), told


def test_this_machine_can_be_allowed_by_its_usual_name(server: Server) -> None:
    """`localhost` means nothing else."""
    told = get(f"http://localhost:{server.port}/", Permissions(net=("localhost",)))
    assert ("", "reached\n") == (told.kind, told.out), told


@pytest.mark.parametrize(
    "granted", ["127.0.0.1:1", "127.0.0.2", "127.0.0", "localhost:1", "0.0.0.0", "[::1]", "example.org"]
)
def test_another_address_or_port_does_not_do(granted: str, server: Server) -> None:
    """What is allowed is compared as a whole."""
    told = get(f"http://127.0.0.1:{server.port}/", Permissions(net=(granted,)))
    assert ("permission", []) == (told.kind, server.requests), told


def test_a_private_server_can_be_allowed_by_its_name(
    names: dict[str, list[str]], connections: list[tuple[str, int]]
) -> None:
    """A name of one's own network is worth as much as its address."""
    names["intranet"] = ["192.168.7.7"]
    assert "call" == get("http://intranet/", Permissions(net=("intranet",))).kind
    assert [("192.168.7.7", 80)] == connections


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where connections were to be made to; none is."""
    made: list[tuple[str, int]] = []

    def connect(_self: object, host: str, port: int, *more: object) -> httpcore.NetworkStream:
        made.append((host, port))
        raise httpcore.ConnectError("refused")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    return made


def test_a_name_is_looked_up_once(connections: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: a name that leads elsewhere the second time is never asked for a second time."""
    answers = iter(["93.184.216.34", "127.0.0.1", "127.0.0.1"])

    def look_up(host: str, port: int, *more: object, **named: object) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert "call" == get("http://rebinding.example/").kind
    assert ([("93.184.216.34", 80)], "127.0.0.1") == (connections, next(answers))


def test_of_several_addresses_only_permitted_ones_are_tried(
    names: dict[str, list[str]], connections: list[tuple[str, int]]
) -> None:
    """A second address is no way around the first."""
    names["both.example"] = ["127.0.0.1", "93.184.216.34", "10.0.0.1", "::1"]
    get("http://both.example/")
    assert [("93.184.216.34", 80)] == connections


REDIRECTS = [
    "http://localhost:PORT/", "http://127.1:PORT/", "//127.1:PORT/", "http://[::1]:PORT/",
    "http://169.254.169.254/latest/",
    "http://127.0.0.1:1/", "http://127.0.0.1@169.254.169.254/", "http://169.254.169.254#@127.0.0.1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:PORT/_x", "ftp://127.0.0.1/", "javascript:alert(1)", "data:text/plain,x",
    "unix:/var/run/docker.sock",
    "http+unix://%2fvar%2frun%2fdocker.sock/", "http://127.0.0.1:99999/", "dict://127.0.0.1:11211/stat",
]  # fmt: skip


@pytest.mark.parametrize("status", [301, 307])
@pytest.mark.parametrize("to", REDIRECTS)
def test_a_redirect_leads_nowhere_else(to: str, status: int) -> None:
    """An allowed server cannot send a plan where it may not go by itself."""
    with serving(saying(page())) as inner:
        location = to.replace("PORT", str(inner.port))
        with serving(moved(location, status)) as outer:
            granted = Permissions(net=(f"127.0.0.1:{outer.port}",))
            told = get(f"http://127.0.0.1:{outer.port}/", granted)
        assert told.kind in {"permission", "value"}, told
        assert [] == inner.requests


def test_a_redirect_takes_no_secrets_along() -> None:
    """What proves who asks goes to the server that it is for."""
    with serving(saying(page())) as inner, serving(moved(f"http://127.0.0.1:{inner.port}/")) as outer:
        headers = "{Authorization: 'Bearer x', Cookie: 'y', accept: 'z'}"
        assert not attempt(
            f"http_get('http://127.0.0.1:{outer.port}/', headers={headers})\n", Permissions(net=("127.0.0.1",))
        ).kind
        assert b"Bearer x" in outer.requests[0]
        assert (False, False, True) == tuple(
            word in inner.requests[0] for word in (b"Bearer x", b"y\r\n", b"accept: z")
        )


def test_the_users_proxy_is_not_asked_for_what_is_near(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy stands in a network of its own, and reaches for us what it can."""
    with serving(saying(page(b"by proxy"))) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        for host in ("169.254.169.254", "localhost", "127.1", "[::1]", "10.0.0.1"):
            assert "permission" == get(f"http://{host}/").kind
        assert [] == proxy.requests
        assert "by proxy\n" == get("http://example.org/").out
