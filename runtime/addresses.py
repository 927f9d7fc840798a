"""Network addresses by whom they reach: everybody's Internet, a private network, or this machine and its like."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Literal, TypeAlias

Reach: TypeAlias = Literal["public", "private", "local"]

_ORDER: tuple[Reach, ...] = ("public", "private", "local")
_TRANSLATED = (
    ip_network("64:ff9b::/96"),
    ip_network("64:ff9b:1::/48"),
    ip_network("::/96"),
    ip_network("::ffff:0:0:0/96"),
)
"""Networks of IPv6 whose last 32 bits are an address of IPv4: translated, or compatible in the old ways."""
_PRIVATE = (ip_network("100.64.0.0/10"), ip_network("198.18.0.0/15"), ip_network("fec0::/10"))
"""Networks that are not of the Internet and that not every version of Python counts as private."""
_METADATA = frozenset(("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"))
"""Where clouds tell a machine its own secrets, outside the link-local network."""


def reach_of(address: str) -> Reach:
    """Whom a numeric address reaches; the least public of what it may mean, where it holds another address."""
    number = ip_address(address.partition("%")[0])
    found = [_reach(number)]
    if isinstance(number, IPv6Address):
        found += [_reach(inner) for inner in _inside(number)]
    return _ORDER[max(_ORDER.index(reach) for reach in found)]


def is_this_machine(address: str) -> bool:
    """Whether a numeric address is one by which a machine reaches itself alone."""
    return ip_address(address.partition("%")[0]).is_loopback


def _reach(number: IPv4Address | IPv6Address) -> Reach:
    surroundings = number.is_loopback or number.is_link_local or number.is_unspecified or number.is_multicast
    if surroundings or str(number) in _METADATA or (number.version == 4 and int(number) < 1 << 24):
        return "local"
    if any(number in network for network in _PRIVATE):
        return "private"
    if number.is_reserved:
        return "local" if number.version == 4 else "public" if number.is_global else "private"
    return "public" if number.is_global else "private"


def _inside(number: IPv6Address) -> list[IPv4Address]:
    """The addresses of IPv4 that one of IPv6 leads to."""
    found = [number.ipv4_mapped, number.sixtofour, *(number.teredo or ())]
    if any(number in network for network in _TRANSLATED) and int(number) > 1:
        found.append(IPv4Address(int(number) & 0xFFFFFFFF))
    return [inner for inner in found if inner is not None]


def numeric(host: str) -> str | None:
    """The address that `host` is, however it is written (`127.1`, `0x7f000001`, `2130706433`); None for a name."""
    try:
        return str(ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None
