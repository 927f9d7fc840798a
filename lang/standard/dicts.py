"""Signatures of the standard functions on dicts."""

SECTION = "Dicts"
TEXT = """
## The keys, in order.
## >>> keys({a: 1, b: 2})
## ["a", "b"]
fn keys[K, V](d: dict[K, V]) -> list[K]

## The values, in the order of the keys.
## >>> values({a: 1, b: 2})
## [1, 2]
fn values[K, V](d: dict[K, V]) -> list[V]

## The pairs of key and value, in order.
## >>> items({a: 1})
## [["a", 1]]
fn items[K, V](d: dict[K, V]) -> list[[K, V]]

## The value at `key`, or `default` where there is none.
## >>> get({a: 1}, "b", 0)
## 0
fn get(d: dict[any, any], key: any, default: any = none) -> any

## The keys of both; where both have a key, the value of `b`.
## >>> merge({a: 1, b: 2}, {b: 3})
## {a: 1, b: 3}
fn merge(a: dict[any, any], b: dict[any, any]) -> dict[any, any]

## The dict with the given keys alone, in that order; keys that it lacks are left out.
## >>> pick({a: 1, b: 2}, ["b"])
## {b: 2}
fn pick[K, V](d: dict[K, V], keys: list[any]) -> dict[K, V]

## The dict without the given keys.
## >>> without({a: 1, b: 2}, ["b"])
## {a: 1}
fn without[K, V](d: dict[K, V], keys: list[any]) -> dict[K, V]
"""
