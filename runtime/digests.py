"""The hash by which compiled programs and their sources are known again."""

from __future__ import annotations

try:
    from _blake2 import blake2b  # `hashlib` would load OpenSSL, which costs more than running a short plan
except ImportError:
    from hashlib import blake2b


def digest_of(content: str | bytes) -> str:
    """A hex text of 64 digits that is equal for equal contents alone."""
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return blake2b(data, digest_size=32).hexdigest()
