"""The connection of this process to Ray: made once, shared by all that use it, and ended with the last of them."""

from __future__ import annotations

import atexit
import ctypes
import importlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from planlang.runtime.workers.protocol import Failure

from .requirements import Node

_ENVIRONMENT = {
    "RAY_worker_niceness": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
}
"""Nothing of Ray's is shown on the terminal, nothing is sent anywhere, and actors are as urgent as threads are."""

_REACH = 3.0
"""Seconds in which a cluster's address must answer."""

_STARTING = 20.0
"""Seconds that a start of Ray may take."""

_lock = threading.Lock()
_ended = threading.Event()
_ended.set()
"""Set while no cluster runs that was started for this process."""
_users = 0
_joined = False
"""Whether this process was connected here, and not by the program around it."""
_alone = False


class Connection:
    """A way to the cluster at an address. `ray` is the module, once it is connected."""

    def __init__(self, address: str | None, at_end: Callable[[], None] = lambda: None) -> None:
        """`address` is `ray://host:port`; None is what RAY_ADDRESS says, else a cluster of this machine alone.

        at_end: what is to be done at the end of the program, while there still is a connection.
        """
        self._at_end = at_end
        self.address = address or os.environ.get("RAY_ADDRESS") or "local"
        self.ray: Any = None
        self.failure: Failure | None = None
        self.options: dict[str, Any] = {}
        """Further options of a cluster that is started here: `num_cpus`, say."""
        self._begun = threading.Lock()
        self._done = threading.Event()

    @property
    def alone(self) -> bool:
        """Whether the cluster is this machine, and was started for this process."""
        return _alone

    def begin(self) -> None:
        """Connect, in a thread of its own; nothing where that was begun before."""
        if self._begun.acquire(blocking=False):
            threading.Thread(target=self._connect, name="connection to Ray", daemon=True).start()

    def wait(self) -> Any:
        """The module `ray`, connected. Raises `Failure` where that cannot be."""
        self.begin()
        self._done.wait()
        if self.failure is not None:
            raise self.failure
        return self.ray

    @property
    def done(self) -> bool:
        """Whether it is known if there is a connection."""
        return self._done.is_set()

    def close(self) -> None:
        """Leave the cluster; one that was started for this process alone ends with its last user."""
        if self._begun.locked():
            self._done.wait(_STARTING)  # a program that ends while Ray starts would crash
        if self.ray is not None:
            self.ray = None
            _leave()

    def _connect(self) -> None:
        started = False
        try:
            self.ray, started = _join(self.address, self.options)
            atexit.register(self._at_end)  # now: Ray does so when it is imported, and the last goes first
        except Failure as failure:
            self.failure = failure
        except BaseException as error:  # noqa: BLE001 - whatever Ray raises: it could not be connected to
            self.failure = _unreachable(self.address, _first_line(error))
            self.failure.__cause__ = error
        self._done.set()
        if started:
            _ended.wait()  # Ray's processes end with the thread that started them


def _join(address: str, options: dict[str, Any]) -> tuple[Any, bool]:
    """The module, connected, and whether a cluster was started for that."""
    global _users, _joined, _alone  # noqa: PLW0603 - Ray has one connection for each process
    with _lock:
        ray, started = _module(), False
        if not ray.is_initialized():
            if address not in ("local", "auto"):
                _knock(address)
            with _own_end():
                ray.init(address=address, log_to_driver=False, **_start_options(address), **options)
            _silence()
            _joined, _alone = True, address == "local"
            started = _alone
            if started:
                _ended.clear()
        _users += 1
        return ray, started


def _module() -> Any:
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        ray = importlib.import_module("ray")
    except ModuleNotFoundError as error:
        raise Failure(
            "Ray is not installed", hint='install it with: pip install "planlang[ray]", or run with --on local'
        ) from error
    for name in ("ray", "ray._private", "ray.util"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return ray


@contextmanager
def _own_end() -> Generator[None]:
    """Keep what this process does at SIGTERM: Ray would have it print a stack of C++."""
    set_handler = ctypes.CDLL(None).signal
    set_handler.restype, set_handler.argtypes = ctypes.c_void_p, [ctypes.c_int, ctypes.c_void_p]
    before = set_handler(signal.SIGTERM, None)
    set_handler(signal.SIGTERM, before)
    try:
        yield
    finally:
        set_handler(signal.SIGTERM, before)


def _silence() -> None:
    """Keep Ray from printing to standard output that a worker has died: there is no option for that."""
    worker = importlib.import_module("ray._private.worker")
    if hasattr(worker, "print_to_stdstream"):
        vars(worker)["print_to_stdstream"] = lambda *_message, **_options: None  # pyright: ignore[reportUnknownLambdaType]


def _start_options(address: str) -> dict[str, Any]:
    options: dict[str, Any] = {"logging_level": logging.CRITICAL}
    if address == "local":
        options |= {"include_dashboard": False}
    if not address.startswith("ray://"):
        options |= {"namespace": "planlang"}
    return options


def _knock(address: str) -> None:
    """Raise `Failure` unless something listens at `address`: Ray itself would try for a minute."""
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    try:
        host, port = parts.hostname or "", parts.port or (10001 if parts.scheme == "ray" else 6379)
    except ValueError:
        raise _unreachable(address, "this is no host and port") from None
    end = time.monotonic() + _REACH
    while True:
        try:
            socket.create_connection((host, port), timeout=_REACH).close()
        except OSError as error:
            if time.monotonic() > end or isinstance(error, socket.gaierror):
                raise _unreachable(address, (error.strerror or str(error)).lower()) from error
            time.sleep(0.2)
        else:
            return


def _unreachable(address: str, why: str) -> Failure:
    where = "a Ray cluster of this machine could not be started" if address == "local" else ""
    text = where or f"the Ray cluster at {address} cannot be reached"
    hint = "run with --on local to do without it" if where else "is it running, and of the same version of Ray?"
    return Failure(f"{text}: {why}" if why else text, hint=hint)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else ""


def _leave() -> None:
    global _users  # noqa: PLW0603 - as above
    with _lock:
        _users -= 1
        last = _users == 0
    if last:
        _end()


def _end() -> None:
    global _joined, _alone  # noqa: PLW0603 - as above
    with _lock:
        if _joined and _users == 0:
            _joined = _alone = False
            importlib.import_module("ray").shutdown()
            _ended.set()


def nodes(ray: Any) -> list[Node]:
    """The nodes that are alive, and the kinds of node that the cluster's autoscaler says it can start."""
    alive = [Node(node["NodeManagerAddress"], node["Resources"]) for node in ray.nodes() if node["Alive"]]
    return [*alive, *_startable()]


def _startable() -> list[Node]:
    """What the autoscaler has told the cluster; nothing where there is none, or where this Ray does not say."""
    try:
        state = importlib.import_module("ray._private.state").state
        config = state.get_cluster_config()
        groups: list[Any] = list(config.node_group_configs) if config is not None else []
        return [Node(group.name, dict(group.resources)) for group in groups if group.max_count]
    except Exception:  # noqa: BLE001 - not a public interface; without it the nodes that are there decide
        return []


def available(ray: Any) -> dict[str, float]:
    """What is free in the whole cluster, by Ray's names."""
    return dict(ray.available_resources())
