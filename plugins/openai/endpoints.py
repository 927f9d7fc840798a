"""Which endpoint a model's name means, and how it is to be used: from the name and `[plugins.openai]` of plan.toml."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from planlang.plugins import Failure

if TYPE_CHECKING:
    import httpx

PREFIX = "openai:"
_SETTINGS = frozenset(
    ("endpoint", "key", "concurrency", "requests_per_minute", "timeout", "patience", "context", "leave_out", "extra")
)
"""What `[plugins.openai]` may say, for all models or for one."""
_FOR_ALL = _SETTINGS | {"models"}
_FOR_ONE = _SETTINGS | {"model"}
_SHAPING = ("asking", "reading", "structured", "texts", "worker")
"""Modules of this plugin that shape answers."""
_LONGEST = 2000


class Endpoint(NamedTuple):
    """A model behind an endpoint.

    model: what the server calls it. url: the address below which `/chat/completions` lies.
    key: the name of the secret that is sent as the key; None where none is.
    concurrency: requests under way at the same time. requests_per_minute: the most that are begun; None is no bound.
    timeout: seconds that one request may take. patience: seconds to wait for a server that says it is busy.
    context: tokens that the model takes at once, question and answer together; longer texts are read in pieces.
    leave_out: fields that are not sent. extra: fields that are sent with every request for text.
    """

    model: str
    url: str
    key: str | None = None
    concurrency: int = 8
    requests_per_minute: float | None = None
    timeout: float = 600.0
    patience: float = 60.0
    context: int = 8192
    leave_out: tuple[str, ...] = ()
    extra: Mapping[str, Any] = {}


def endpoint_of(name: str, settings: Mapping[str, Any]) -> Endpoint:
    """The endpoint that the model `name` means; raises `Failure` where it means none.

    A key goes only to the endpoint that plan.toml names beside it: never to an address that stands in a plan.
    """
    _check(settings, _FOR_ALL, "[plugins.openai]")
    listed = _table(settings, "models", "[plugins.openai.models]")
    if name in listed:
        own = _table(listed, name, f"[plugins.openai.models.{name}]")
        _check(own, _FOR_ONE, f"[plugins.openai.models.{name}]")
        return _made(_text(own, "model", name), _merged(settings, own))
    model, url = _parts(name)
    if url is not None:
        given = {key: value for key, value in settings.items() if key in _SETTINGS - {"endpoint", "key"}}
        return _made(model, {**given, "endpoint": url})
    return _made(model, {key: value for key, value in settings.items() if key in _SETTINGS})


def reaches(name: str, settings: Mapping[str, Any]) -> tuple[str, int]:
    """The host and port that calls of the model `name` reach; raises `Failure` as `endpoint_of` does."""
    url = parsed(endpoint_of(name, settings).url)
    return url.host, url.port or (443 if url.scheme == "https" else 80)


def digest(name: str, settings: Mapping[str, Any]) -> str:
    """What identifies the model as far as that can be known from here: its address, name, and how it is asked."""
    endpoint = endpoint_of(name, settings)
    fields = f", {sorted(endpoint.leave_out)} {sorted(endpoint.extra.items())}" if _shaped(endpoint) else ""
    return f"{endpoint.model} at {endpoint.url}, openai {_own_code()}{fields}"


def _shaped(endpoint: Endpoint) -> bool:
    return bool(endpoint.leave_out or endpoint.extra)


@cache
def _own_code() -> str:
    here = Path(__file__).parent
    code = b"".join((here / f"{name}.py").read_bytes() for name in _SHAPING)
    return hashlib.sha256(code).hexdigest()[:8]


def _parts(name: str) -> tuple[str, str | None]:
    """The model and the address in `openai:MODEL@http://…`; the address is None where there is none."""
    plain = name.removeprefix(PREFIX)
    at = max(plain.rfind("@http://"), plain.rfind("@https://"))
    model, url = (plain[:at], plain[at + 1 :]) if at >= 0 else (plain, None)
    if not model or not model.isprintable() or len(name) > _LONGEST:
        hint = 'it is written model="openai:NAME@http://host:port/v1", or "openai:NAME" with an endpoint in plan.toml'
        raise Failure("this is not the name of a remote model", kind="value", hint=hint)
    return model, url


def _merged(settings: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Settings for one model: its own before those for all. An endpoint of its own does not get the key of others."""
    common = {key: value for key, value in settings.items() if key in _SETTINGS}
    if own.get("endpoint", common.get("endpoint")) != common.get("endpoint"):
        common.pop("key", None)
    return {**common, **{key: value for key, value in own.items() if key != "model"}}


def _made(model: str, said: Mapping[str, Any]) -> Endpoint:
    if "endpoint" not in said:
        hint = 'write model="openai:NAME@http://host:port/v1", or in plan.toml: [plugins.openai] endpoint = "…"'
        raise Failure(f"it is not said where the model `{model}` is", kind="value", hint=hint)
    url = str(parsed(_text(said, "endpoint", ""))).rstrip("/")
    most = said.get("requests_per_minute")
    out = said.get("leave_out", [])
    if not isinstance(out, list) or not all(isinstance(each, str) for each in cast(list[Any], out)):
        raise _wrong("leave_out", "a list of names of fields")
    return Endpoint(
        model,
        url,
        _text(said, "key", "") or None,
        int(_number(said, "concurrency", 8, 1, 1000)),
        None if most is None else _number(said, "requests_per_minute", 0, 0.001, 1e6),
        _number(said, "timeout", 600, 0.01, 86_400),
        _number(said, "patience", 60, 0, 86_400),
        int(_number(said, "context", 8192, 512, 1e9)),
        tuple(cast(list[str], out)),
        _table(said, "extra", "`extra` of [plugins.openai]"),
    )


def parsed(text: str) -> httpx.URL:
    """The address of an endpoint; raises `Failure` for one that is none, or that holds more than an address."""
    import httpx

    hint = "it looks like http://127.0.0.1:8000/v1"
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise Failure("the endpoint is no web address", kind="value", hint=hint) from None
    if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment:
        raise Failure("the endpoint is no web address", kind="value", hint=hint)
    if url.port is not None and not 0 < url.port < 65_536:
        raise Failure("the endpoint is no web address", kind="value", hint="a port is a number up to 65535")
    if url.userinfo:
        hint = 'name the key in plan.toml: [plugins.openai] key = "api_key"'
        raise Failure("the address of an endpoint cannot hold a user name or password", kind="value", hint=hint)
    return url


def _check(said: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    from planlang.lang.suggestions import closest

    for key in said:
        if key not in known:
            near = closest(key, sorted(known))
            hint = f"did you mean `{near}`?" if near else f"there are {', '.join(sorted(known))}"
            raise Failure(f"there is no setting `{key}` in {where} of plan.toml", kind="value", hint=hint)


def _table(said: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    found = said.get(key, {})
    if not isinstance(found, dict):
        raise Failure(f"{where} in plan.toml must be a table", kind="value")
    return cast(dict[str, Any], found)


def _text(said: Mapping[str, Any], key: str, default: str) -> str:
    found = said.get(key, default)
    if not isinstance(found, str):
        raise _wrong(key, "a text")
    return found


def _number(said: Mapping[str, Any], key: str, default: float, low: float, high: float) -> float:
    found = said.get(key, default)
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not low <= found <= high:
        raise _wrong(key, f"a number from {low:g} to {high:g}")
    return found


def _wrong(key: str, what: str) -> Failure:
    return Failure(f"`{key}` of [plugins.openai] in plan.toml must be {what}", kind="value")
