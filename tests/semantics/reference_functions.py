"""The standard functions that the generated programs use, written with plain Python lists and dicts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def copied(value: Any) -> Any:
    """`value` with every container in it copied."""
    if isinstance(value, list):
        return [copied(part) for part in value]
    if isinstance(value, dict):
        return {key: copied(part) for key, part in value.items()}
    return value


def shown(value: Any) -> str:
    """What `print` shows."""
    return value if isinstance(value, str) else literal(value)


def literal(value: Any) -> str:
    """`value` as the language writes it. Texts in generated programs hold nothing that needs an escape."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("{", "\\{").replace("}", "\\}")
        return f'"{escaped}"'
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_key(k)}: {literal(v)}' for k, v in value.items())}}}"
    return repr(value)


def _key(key: Any) -> str:
    if not isinstance(key, str):
        return f"({literal(key)})"
    return key if key.isidentifier() and key.isascii() else literal(key)


def _ordered(xs: list[Any], key: Any = None, reverse: bool = False) -> list[Any]:
    return sorted(xs, key=key, reverse=reverse)


def _reduce(xs: list[Any], f: Callable[..., Any], start: Any) -> Any:
    result = start
    for x in xs:
        result = f(result, x)
    return result


def _grouped(xs: list[Any], f: Callable[..., Any]) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = {}
    for x in xs:
        groups.setdefault(f(x), []).append(x)
    return groups


def _unique(xs: list[Any]) -> list[Any]:
    return [x for i, x in enumerate(xs) if x not in xs[:i]]


def _end(at: int) -> Callable[..., Any]:
    def end(xs: list[Any], **default: Any) -> Any:
        if not xs and not default:
            raise ValueError
        return xs[at] if xs else default["default"]

    return end


def _chunks(xs: list[Any], n: int) -> list[list[Any]]:
    if n < 1:
        raise ValueError
    return [xs[i : i + n] for i in range(0, len(xs), n)]


def _flatten(xs: list[Any]) -> list[Any]:
    if not all(isinstance(x, list) for x in xs):
        raise TypeError
    return [y for x in xs for y in x]


def _joined(xs: list[Any], sep: str = "") -> str:
    return sep.join(xs)


STANDARD: dict[str, Callable[..., Any]] = {
    "len": len,
    "str": shown,
    "sum": sum,
    "range": lambda *ends: list(range(*ends)),
    "enumerate": lambda xs: [[i, x] for i, x in enumerate(xs)],
    "zip": lambda xs, ys: [[x, y] for x, y in zip(xs, ys, strict=False)],
    "sorted": _ordered,
    "reversed": lambda xs: list(reversed(xs)),
    "map": lambda xs, f: [f(x) for x in xs],
    "filter": lambda xs, f: [x for x in xs if f(x)],
    "reduce": _reduce,
    "group_by": _grouped,
    "unique": _unique,
    "first": _end(0),
    "last": _end(-1),
    "flatten": _flatten,
    "chunks": _chunks,
    "join": _joined,
    "count": lambda xs, x: xs.count(x),
    "index_of": lambda xs, x: xs.index(x) if x in xs else None,
    "find_first": lambda xs, f: next((x for x in xs if f(x)), None),
    "max": lambda xs, key=None: max(xs, key=key),
    "keys": list,
    "values": lambda d: list(d.values()),
    "items": lambda d: [[k, v] for k, v in d.items()],
    "get": lambda d, key, default=None: d.get(key, default),
    "merge": lambda a, b: {**a, **b},
    "pick": lambda d, keys: {k: d[k] for k in keys if k in d},
    "without": lambda d, keys: {k: v for k, v in d.items() if k not in keys},
    "upper": str.upper,
}
