"""Models behind endpoints, as plans use them: what is sent, what comes back, and what is never sent."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from planlang.lang.diagnostics import CheckError
from planlang.runtime.errors import PlanError

from .endpoint import Asked, Endpoint, Reply, echo, refusing, run, serving, text


def main(body: str) -> str:
    return f"task main() -> any {{\n{body}\n}}"


def told(plan: str, **options: Any) -> PlanError:
    with pytest.raises(PlanError) as caught:
        run(plan, **options)
    return caught.value


def test_a_model_is_asked_where_its_name_says() -> None:
    """The question has what the call says, and nothing else."""
    with serving(echo) as there:
        plan = main(f'return generate("ping", model="{there.model}", max_tokens=9, system="Be brief.", stop="x")')
        assert run(plan) == "PING"
        (asked,) = there.asked
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "ping"}]
    sent = {"model": "tiny", "messages": messages, "temperature": 0.0, "max_tokens": 9, "stop": ["x"]}
    assert sent == asked.body
    assert asked.path == "/v1/chat/completions"
    assert "authorization" not in asked.headers


def test_the_models_of_options_and_settings_are_remote_too() -> None:
    """`--model` and plan.toml name models as calls do."""
    with serving(echo) as there:
        assert run(main('return generate("a")'), models={"generate": there.model}) == "A"
        assert run(main('return generate("b")'), models={"": there.model}) == "B"
        settings = {"plugins": {"openai": {"endpoint": there.url}}}
        assert run(main('return generate("c", model="openai:other")'), settings=settings) == "C"
        settings = {"plugins": {"openai": {"models": {"fast": {"model": "m-1", "endpoint": there.url}}}}}
        assert run(main('return generate("d", model="fast")'), settings=settings) == "D"
        assert [each.body["model"] for each in there.asked] == ["tiny", "tiny", "other", "m-1"]


def test_calls_overlap_up_to_the_concurrency() -> None:
    """A barrier that only opens for four requests at the same time is passed; a fifth is never under way."""
    barrier = threading.Barrier(4)

    def together(asked: Asked) -> Reply:
        barrier.wait(20)
        return echo(asked)

    with serving(together) as there:
        settings = {"plugins": {"openai": {"concurrency": 4}}}
        plan = main(f'return [generate("w{{i}}", model="{there.model}") for i in range(8)]')
        assert run(plan, settings=settings) == [f"W{i}" for i in range(8)]
        assert there.most == 4


# ── rights ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("net", [None, ("127.0.0.2",)])
def test_a_model_that_may_not_be_reached_is_found_before_the_plan_runs(net: tuple[str, ...] | None) -> None:
    """Where a call or the user names it; the finding says which host to allow, and nothing is printed before."""
    with serving(echo) as there:
        for plan, options in (
            (main(f'return generate("ping", model="{there.model}")'), {}),
            (main('return generate("ping")'), {"models": {"generate": there.model}}),
        ):
            with pytest.raises(CheckError) as caught:
                run(f'print("begun")\n{plan}', net=net, **options)
            (finding,) = caught.value.diagnostics
            assert ("PL0501", "this plan may not reach 127.0.0.1") == (finding.code, finding.message)
            assert "127.0.0.1" in finding.hint
        assert there.asked == []


def test_a_model_that_turns_out_to_be_remote_may_not_be_reached_either() -> None:
    """Where its name is computed, the call fails."""
    with serving(echo) as there:
        error = told(main(f'let where = "{there.url}"\nreturn generate("ping", model="openai:m@{{where}}")'), net=None)
        assert error.kind == "permission"
        assert there.asked == []


def test_calls_that_only_tests_make_need_no_permission() -> None:
    """A plan is not held up by the models of its tests."""
    with serving(echo) as there:
        plan = f'test "remote" {{ assert generate("a", model="{there.model}") == "A" }}\n{main("return 1")}'
        assert run(plan, net=None) == 1


def test_the_right_to_reach_the_internet_does_not_reach_this_machine() -> None:
    """Loopback has to be named."""
    with serving(echo) as there:
        with pytest.raises(CheckError):
            run(main(f'return generate("ping", model="{there.model}")'), net=())
        assert there.asked == []


def test_a_name_that_leads_to_this_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is where a name leads that counts, when the connection is made (DNS rebinding)."""
    from planlang.runtime.standard import web_exchange

    with serving(echo) as there:
        monkeypatch.setattr(web_exchange, "_addresses", lambda _host, _port: ["127.0.0.1"])
        plan = main(f'return generate("x", model="openai:m@http://models.example.org:{there.server_port}/v1")')
        error = told(plan, net=("models.example.org",))
        assert error.kind == "permission"
        assert there.asked == []


def test_redirects_are_not_followed() -> None:
    """What an endpoint answers cannot send a question elsewhere."""
    with serving(echo) as other, serving(lambda _: Reply({}, 307, {"location": other.url})) as there:
        error = told(main(f'return generate("x", model="{there.model}")'))
        assert "sends elsewhere (307)" in error.message
        assert other.asked == []


def test_a_call_that_a_fail_hangs_before_is_held_back() -> None:
    """No text leaves the machine for a call that sequential execution would not have made."""

    def judge(asked: Asked) -> Reply:
        return text("no" if "judge" in asked.body["messages"][-1]["content"] else "sent")

    with serving(judge) as there:
        plan = main(
            f'let ok = generate("judge", model="{there.model}")\n'
            'if ok == "no" { fail "stop" }\n'
            f'return generate("secret", model="{there.model}")'
        )
        assert told(plan).message == "stop"
        assert ["judge"] == [each.body["messages"][-1]["content"] for each in there.asked]


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

KEY = "sk-1234567890"


def with_key(there: Endpoint, **more: Any) -> dict[str, Any]:
    secrets = {"api_key": {"env": "TEST_REMOTE_KEY"}}
    return {"plugins": {"openai": {"endpoint": there.url, "key": "api_key", "secrets": secrets, **more}}}


def test_the_key_of_plan_toml_is_sent_to_its_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a bearer token."""
    monkeypatch.setenv("TEST_REMOTE_KEY", KEY)
    with serving(echo) as there:
        assert run(main('return generate("a", model="openai:m")'), settings=with_key(there)) == "A"
        assert f"Bearer {KEY}" == there.asked[0].headers["authorization"]


def test_an_endpoint_that_a_plan_names_gets_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan of a stranger cannot have the key sent to the stranger; nor does another endpoint of plan.toml get it."""
    monkeypatch.setenv("TEST_REMOTE_KEY", KEY)
    with serving(echo) as own, serving(echo) as other:
        settings = with_key(own, models={"second": {"model": "m", "endpoint": other.url}})
        run(main(f'return generate("a", model="{other.model}")'), settings=settings)
        run(main('return generate("a", model="second")'), settings=settings)
        assert [False, False] == ["authorization" in each.headers for each in other.asked]


def test_a_key_is_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where the server repeats it."""
    monkeypatch.setenv("TEST_REMOTE_KEY", KEY)
    with serving(lambda _: refusing(401, f"wrong key {KEY}")) as there:
        error = told(main('return generate("a", model="openai:m")'), settings=with_key(there))
        assert "answered 401: wrong key •••" in error.message
        assert KEY not in f"{error.message} {error.hint}"


def test_a_secret_that_is_not_set_is_told_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the variable."""
    monkeypatch.delenv("TEST_REMOTE_KEY", raising=False)
    with serving(echo) as there:
        error = told(main('return generate("a", model="openai:m")'), settings=with_key(there))
        assert "needs the environment variable TEST_REMOTE_KEY" in error.message
        assert there.asked == []
