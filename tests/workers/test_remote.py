"""Remote models on a Ray cluster: asked from an actor, with the plan's rights and the plugin's secrets."""

from __future__ import annotations

import pytest
from remote.endpoint import echo, run, serving


@pytest.mark.usefixtures("ray_here")
def test_an_actor_asks_with_the_key_and_only_where_the_plan_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """All calls go through one actor, several at a time."""
    monkeypatch.setenv("RAY_TEST_KEY", "sk-on-ray")
    with serving(echo) as there:
        secrets = {"api_key": {"env": "RAY_TEST_KEY"}}
        own = {"endpoint": there.url, "key": "api_key", "concurrency": 3, "secrets": secrets}
        plan = 'task main() -> any { return [generate("w{i}", model="openai:m") for i in range(6)] }'
        assert run(plan, on="ray", settings={"plugins": {"openai": own}}) == [f"W{i}" for i in range(6)]
        assert {each.headers["authorization"] for each in there.asked} == {"Bearer sk-on-ray"}
        assert there.most <= 3
