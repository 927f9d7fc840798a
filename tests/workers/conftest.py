"""One Ray for all tests that do with it, and workers of both kinds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from planlang.runtime.workers.ray.cluster import Connection

from .asking import Place


class SharedRay:
    """A Ray of this machine with four (declared) cores, for all tests of this process that want no more than that."""

    def __init__(self) -> None:
        self._connection: Connection | None = None

    def start(self) -> None:
        """Start it, unless it runs."""
        if self._connection is None:
            self._connection = Connection("local")
            self._connection.options = {"num_cpus": 4}
            self._connection.wait()

    def stop(self) -> None:
        """Make room for another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


SHARED = SharedRay()


@pytest.fixture
def ray_here() -> None:
    """The shared Ray."""
    pytest.importorskip("ray")
    SHARED.start()


@pytest.fixture(scope="module")
def no_ray_here() -> None:
    """No Ray: a module has its own."""
    pytest.importorskip("ray")
    SHARED.stop()


@pytest.fixture
def on_ray(ray_here: None, tmp_path: Path) -> Iterator[Place]:
    """Actors."""
    place = Place("ray", tmp_path)
    yield place
    place.plugins.close()


@pytest.fixture(params=["local", "ray"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Threads, and then actors."""
    if request.param == "ray":
        request.getfixturevalue("ray_here")
    made = Place(request.param, tmp_path)
    yield made
    made.plugins.close()
