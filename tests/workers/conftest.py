"""One Ray for all tests of a module that ask for it, and workers of both kinds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .asking import Place


@pytest.fixture(scope="module")
def ray_here() -> Iterator[None]:
    """A Ray of this machine with four (declared) cores, started before anybody else would start one."""
    ray = pytest.importorskip("ray")
    from planlang.runtime.workers.ray.cluster import Connection

    connection = Connection("local")
    connection.options = {"num_cpus": 4}
    connection.wait()
    yield
    connection.close()
    assert not ray.is_initialized()


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
