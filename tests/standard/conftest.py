"""How the tests here call standard functions: with Python values in and out, through `bind`."""

from __future__ import annotations

from typing import Any

import pytest

from planlang.runtime.errors import PlanError
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import Limits, Run, RunOptions
from planlang.runtime.standard import bind
from planlang.runtime.values import from_python, to_python


class Caller:
    """Calls standard functions in one run."""

    def __init__(self, options: RunOptions) -> None:
        """A run with these options."""
        self.run = Run(options)

    def __call__(self, name: str, *arguments: Any, **named: Any) -> Any:
        """The answer as Python data."""
        plan_arguments = [from_python(a) for a in arguments]
        plan_named = {key: from_python(value) for key, value in named.items()}
        return to_python(bind(name, self.run)(*plan_arguments, **plan_named))

    def error(self, name: str, *arguments: Any, **named: Any) -> PlanError:
        """The error that the call ends in."""
        with pytest.raises(PlanError) as caught:
            self(name, *arguments, **named)
        return caught.value


@pytest.fixture
def call() -> Caller:
    """Calls with the default limits and no permissions."""
    return Caller(RunOptions())


@pytest.fixture
def small() -> Caller:
    """Calls in a run whose values hold at most 10,000 bytes and nest at most 50 levels."""
    return Caller(RunOptions(limits=Limits(value_size=10_000, depth=50)))


@pytest.fixture
def granted(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Caller:
    """Calls in an empty folder that the run may read and write."""
    monkeypatch.chdir(tmp_path)
    inside = (str(tmp_path),)
    return Caller(RunOptions(permissions=Permissions(read=inside, write=inside, net=("127.0.0.1",), env=("PLAN_X",))))
