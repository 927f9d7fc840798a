"""For tests of plugins: the pytest fixture `plan`, which runs a piece of plan text against installed plugins.

Name it in `conftest.py` (`pytest_plugins = ["planlang.plugins.testing"]`), or use `Runner` without pytest.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from planlang.plugins.loader import load
from planlang.runtime.engine import Engine
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import RunOptions
from planlang.runtime.values import from_python, to_python


class Runner:
    """Runs plans with all installed plugins, and ones that are handed over."""

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        """`given` are plugins by name: modules, or objects with the hooks as methods. They need not be installed."""
        self.plugins = load(given)
        self._engine = Engine(self.plugins)

    def __call__(
        self,
        text: str,
        *,
        task: str | None = None,
        permissions: Permissions | None = None,
        settings: Mapping[str, Any] | None = None,
        **arguments: Any,
    ) -> Any:
        """Check and run the plan `text`; what its task returns, as Python data, else what it prints.

        arguments: those of `task`, or of `main` or the only task where none is named.
        permissions: what the plan may do; nothing if left out.
        settings: what plan.toml would say.

        Raises `CheckError` for a plan with mistakes, and `PlanError` for one that fails.
        """
        rights = permissions or Permissions()
        out = io.StringIO()
        plan = self._engine.load(text=text, permissions=rights)
        options = RunOptions(permissions=rights, settings=dict(settings or {}), out=out)
        result = plan.run(task, {name: from_python(value) for name, value in arguments.items()}, options)
        return to_python(result) if plan.tasks else out.getvalue()

    def close(self) -> None:
        """Let go of loaded models."""
        self.plugins.close()


@pytest.fixture(scope="session")
def plan() -> Iterator[Runner]:
    """A `Runner`: `plan("print(1 + 1)")`. Models stay loaded for the whole session."""
    runner = Runner()
    yield runner
    runner.close()
