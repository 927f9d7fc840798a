"""What an actor needs, from the task's `needs` and the worker class's own, and whether the cluster can ever give it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from planlang.runtime.resources import size_in_bytes
from planlang.runtime.workers.protocol import Failure

_ACCELERATOR = "accelerator_type:"
_RESOURCES = ("cpu", "gpu", "memory", "accelerator")
_DROP = "ask for less, write `prefers` for `needs`, or add such a node to the cluster"

LOST = "plan resume goes on from here once it is back; --on local does without it"
"""What to do where the cluster has broken down."""

Needs = tuple[tuple[str, Any, bool], ...]


class Node(NamedTuple):
    """A node of the cluster, or a kind of node that it starts when asked for. Resources by Ray's names."""

    name: str
    resources: Mapping[str, float]

    @property
    def accelerators(self) -> list[str]:
        """The types of its accelerators."""
        return [name[len(_ACCELERATOR) :] for name in self.resources if name.startswith(_ACCELERATOR)]

    def __str__(self) -> str:
        """What it has, for people."""
        cores, gpus = self.resources.get("CPU", 0), self.resources.get("GPU", 0)
        parts = [f"{cores:g} CPU cores" if cores != 1 else "1 CPU core", gigabytes(self.resources.get("memory", 0))]
        if gpus:
            kinds = f" ({', '.join(self.accelerators)})" if self.accelerators else ""
            parts.append(f"{gpus:g} GPU{'s' if gpus != 1 else ''}{kinds}")
        return ", ".join(parts)


class Requirement(NamedTuple):
    """What one actor takes of its node."""

    cpu: float = 1.0
    gpu: float = 0.0
    memory: int = 0
    accelerator: str = ""

    @property
    def resources(self) -> dict[str, float]:
        """By Ray's names."""
        wanted = {"CPU": self.cpu, "GPU": self.gpu, "memory": float(self.memory)}
        if self.accelerator:
            wanted[_ACCELERATOR + self.accelerator] = 0.001
        return {name: amount for name, amount in wanted.items() if amount}

    @property
    def options(self) -> dict[str, Any]:
        """As the options of an actor."""
        options: dict[str, Any] = {"num_cpus": self.cpu, "num_gpus": self.gpu}
        if self.memory:
            options["memory"] = self.memory
        if self.accelerator:
            options["accelerator_type"] = self.accelerator
        return options

    def __str__(self) -> str:
        """For people."""
        parts = [f"{self.cpu:g} CPU core{'s' if self.cpu != 1 else ''}"] if self.cpu else []
        parts += [f"{self.gpu:g} GPU{'s' if self.gpu > 1 else ''}"] if self.gpu else []
        parts += [f"{gigabytes(self.memory)}"] if self.memory else []
        parts += [f"an accelerator {self.accelerator}"] if self.accelerator else []
        return ", ".join(parts)


def required(own: Mapping[str, Any], needs: Needs, nodes: Iterable[Node], plugin: str) -> Requirement:
    """What an actor is to be given. Raises `Failure` where no node can ever give it, or `own` is no such thing.

    own: `needs` of the worker class, which knows its model: it goes before what the task states, resource by resource.
    needs: of the task; what it only prefers is taken if some node has it beside all the rest.
    """
    there = list(nodes)
    if not there:
        raise Failure("the Ray cluster has lost all its nodes", hint=LOST)
    _check(own, plugin)
    stated = {name: value for name, value, optional in needs if not optional and name in _RESOURCES}
    preferred = {name: value for name, value, optional in needs if optional and name in _RESOURCES}
    wanted = {**stated, **own}
    for name, value in preferred.items():
        if name not in wanted and fitting(_requirement({**wanted, name: value}, there), there):
            wanted[name] = value
    found = _requirement(wanted, there)
    if not fitting(found, there):
        raise _impossible(found, there)
    return found


def fitting(wanted: Requirement, nodes: Iterable[Node]) -> int:
    """How many such actors the nodes hold together, with nothing else on them."""
    return sum(_fits(wanted, node) for node in nodes)


def _fits(wanted: Requirement, node: Node) -> int:
    return int(min((node.resources.get(name, 0) + 1e-6) // amount for name, amount in wanted.resources.items()))


def _check(own: Mapping[str, Any], plugin: str) -> None:
    for name, value in own.items():
        right = isinstance(value, str) if name == "accelerator" else isinstance(value, int | float | str)
        if name not in _RESOURCES or not right or (name in ("cpu", "gpu") and not isinstance(value, int | float)):
            known = ", ".join(_RESOURCES)
            text = f"the plugin `{plugin}` asks for `{name} = {value!r}` for its model, which is no resource"
            raise Failure(text, hint=f"there are {known}, as in needs = {{'gpu': 0.5, 'memory': '4 GB'}}")


def _requirement(wanted: Mapping[str, Any], nodes: list[Node]) -> Requirement:
    gpu = float(wanted.get("gpu", 0.0))
    if gpu > 1 and gpu != int(gpu):
        raise Failure(f"it needs {gpu:g} GPUs, and more than one come whole", kind="value", hint="write a whole number")
    accelerator = _accelerator(str(wanted.get("accelerator", "")), nodes)
    if accelerator and "gpu" not in wanted:
        gpu = 1.0 if any(accelerator in node.accelerators and node.resources.get("GPU") for node in nodes) else 0.0
    cpu = float(wanted.get("cpu", 1.0))
    return Requirement(cpu, gpu, size_in_bytes(wanted.get("memory", 0)), accelerator)


def _accelerator(wanted: str, nodes: list[Node]) -> str:
    """The name by which the cluster knows it: the same, or the first that it is a part of."""
    there = list(dict.fromkeys(each for node in nodes for each in node.accelerators))
    small = wanted.lower()
    same = [each for each in there if each.lower() == small]
    return next(iter(same or [each for each in there if small and small in each.lower()]), wanted)


def _impossible(wanted: Requirement, nodes: list[Node]) -> Failure:
    for name, amount in wanted.resources.items():
        most = max((node.resources.get(name, 0.0) for node in nodes), default=0.0)
        if most + 1e-6 < amount:
            text = f"it needs {_amount(name, amount)} on one node, and {_most(name, most, nodes)}"
            return Failure(text, kind="value", hint=_DROP)
    kinds = "; ".join(dict.fromkeys(map(str, nodes)))
    return Failure(f"it needs {wanted} on one node, and no node has all of it: {kinds}", kind="value", hint=_DROP)


def _amount(name: str, amount: float) -> str:
    if name == "memory":
        return f"{gigabytes(amount)} of memory"
    if name.startswith(_ACCELERATOR):
        return f"an accelerator {name[len(_ACCELERATOR) :]}"
    unit = "GPU" if name == "GPU" else "CPU core"
    return f"{amount:g} {unit}{'s' if amount > 1 else ''}"


def _most(name: str, most: float, nodes: list[Node]) -> str:
    if name.startswith(_ACCELERATOR):
        there = dict.fromkeys(each for node in nodes for each in node.accelerators)
        return f"the cluster has {', '.join(there) or 'no accelerators'}"
    if not most:
        return f"the cluster has no {'GPU' if name == 'GPU' else _amount(name, 0)}"
    return f"the largest node of the cluster has {gigabytes(most) if name == 'memory' else f'{most:g}'}"


def gigabytes(size: float) -> str:
    """A size in memory."""
    if size >= 1e11:
        return f"{size / 1e9:,.0f} GB"
    return f"{size / 1e9:.3g} GB" if size >= 1e8 else f"{size / 1e6:.3g} MB"
