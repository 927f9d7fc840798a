"""What servers do: they are busy, broken, slow, and say odd things. Every outcome is an answer or a plain message."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from planlang.runtime.errors import PlanError

from .endpoint import Asked, Reply, echo, refusing, run, serving, text
from .test_remote import main, told


def in_turn(*replies: Reply) -> Any:
    """The replies one after the other, then the last for ever."""
    left: Iterator[Reply] = iter(replies)

    def script(_: Asked) -> Reply:
        return next(left, replies[-1])

    return script


def ask(there: Any, more: str = "") -> str:
    return main(f'return generate("ping", model="{there.model}"{more})')


def openai(**settings: Any) -> dict[str, Any]:
    return {"plugins": {"openai": settings}}


# ── busy servers ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "headers",
    [
        {"retry_after": "0.3"},
        {"retry_after_ms": "300"},
        {"x_ratelimit_remaining_requests": "0", "x_ratelimit_reset_requests": "300ms"},
    ],
)
def test_a_busy_server_is_asked_again_when_it_says(headers: dict[str, str]) -> None:
    """That is no failure of the call: it needs no retries."""
    times: list[float] = []
    replies = in_turn(refusing(429, "slow down", **headers), text("pong"))

    def script(asked: Asked) -> Reply:
        times.append(time.monotonic())
        return replies(asked)

    with serving(script) as there:
        assert run(ask(there, ", retries=0")) == "pong"
        assert times[1] - times[0] >= 0.3


def test_others_wait_too_while_a_server_is_busy() -> None:
    """Of twelve calls, none is sent while one was told to wait; all are answered."""
    shut_until = [0.0]
    early: list[float] = []
    lock = threading.Lock()

    def script(asked: Asked) -> Reply:
        now = time.monotonic()
        with lock:
            if len(there.asked) == 1:
                shut_until[0] = now + 0.4
                return refusing(429, "wait", retry_after="0.4")
            if now < shut_until[0]:
                early.append(now)
        return echo(asked)

    with serving(script) as there:
        plan = main(f'return [generate("w{{i}}", model="{there.model}") for i in range(12)]')
        assert run(plan, settings=openai(concurrency=1)) == [f"W{i}" for i in range(12)]
        assert early == []


def test_patience_has_an_end() -> None:
    """A server that asks for more time than the user has is told so at once."""
    with serving(lambda _: refusing(429, "try tomorrow", retry_after="86400")) as there:
        error = told(ask(there))
        assert "is busy (429): try tomorrow" in error.message
        assert "it asks to wait 8.64e+04 seconds" in error.hint
        assert len(there.asked) == 1


def test_a_used_up_quota_is_no_reason_to_wait() -> None:
    """It will not be there in a moment."""
    reply = Reply({"error": {"message": "You have no quota", "code": "insufficient_quota"}}, 429)
    with serving(lambda _: reply) as there:
        assert "answered 429: You have no quota" in told(ask(there)).message
        assert len(there.asked) == 1


def test_no_more_requests_are_begun_in_a_minute_than_allowed() -> None:
    """With 600 a minute, five take at least 0.4 seconds."""
    began: list[float] = []

    def script(asked: Asked) -> Reply:
        began.append(time.monotonic())
        return echo(asked)

    with serving(script) as there:
        plan = main(f'return [generate("w{{i}}", model="{there.model}") for i in range(5)]')
        run(plan, settings=openai(requests_per_minute=600))
        assert began[-1] - began[0] >= 0.35


# ── broken servers ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_server_that_fails_in_passing_is_asked_again() -> None:
    """As often as `retries` says, which is twice if left out."""
    with serving(in_turn(refusing(500), refusing(502), text("pong"))) as there:
        assert run(ask(there)) == "pong"
    with serving(in_turn(refusing(500, "on fire"))) as there:
        error = told(ask(there, ", retries=1"))
        assert "answered 500: on fire (tried 2 times)" in error.message


@pytest.mark.parametrize(
    ("status", "message", "hint"),
    [
        (400, "answered 400: no", ""),
        (401, "answered 401: no", "name its key in plan.toml"),
        (403, "answered 403: no", "may this key use this model?"),
        (404, "answered 404: no", "Most end in /v1"),
    ],
)
def test_a_server_that_refuses_is_asked_once(status: int, message: str, hint: str) -> None:
    """The server's own words are told."""
    with serving(lambda _: refusing(status)) as there:
        error = told(ask(there))
        assert message in error.message
        assert hint in error.hint
        assert len(there.asked) == 1


def test_what_a_server_says_reaches_the_user_as_one_bounded_line() -> None:
    """No control characters, and no more than 300 characters."""
    with serving(lambda _: refusing(400, "bad\x1b[31m\nthing " + "x" * 5000)) as there:
        message = told(ask(there)).message
        assert "bad [31m thing xxx" in message
        assert len(message) < 500


@pytest.mark.parametrize(
    "body",
    [
        b"<html>hello</html>",
        b'{"choices": ',
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        {},
        {"choices": []},
        {"choices": [{}]},
        {"choices": [3]},
        {"choices": [{"message": {"content": 7}}]},
    ],
    ids=lambda body: str(body)[:20],
)
def test_an_answer_that_is_none_is_told_in_plain_words(body: Any) -> None:
    """Never with a traceback or a name of Python."""
    with serving(lambda _: Reply(body)) as there:
        error = told(ask(there))
        assert error.kind == "call"
        assert "no JSON object" in error.message or "the server gave no text" in error.message


def test_an_answer_without_content_is_an_empty_text() -> None:
    """As of a model that only thought."""
    with serving(lambda _: Reply({"choices": [{"message": {"content": None}, "finish_reason": "length"}]})) as there:
        assert run(ask(there)) == ""


def test_a_model_that_declines_is_an_error() -> None:
    """And no empty answer."""
    reply = Reply({"choices": [{"message": {"content": None, "refusal": "I cannot"}, "finish_reason": "stop"}]})
    with serving(lambda _: reply) as there:
        assert "declines to answer" in told(ask(there)).message


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """At so many bytes."""
    from planlang.plugins.openai import connection

    monkeypatch.setattr(connection, "LARGEST", 1 << 20)
    with serving(lambda _: Reply(b" " * (2 << 20))) as there:
        assert "is larger than 1 MB" in told(ask(there)).message


def test_a_server_that_is_not_there_is_told_by_its_address() -> None:
    """After so many tries."""
    with serving(echo) as there:
        model = there.model
    error = told(main(f'return generate("ping", model="{model}", retries=1)'))
    assert "cannot be reached" in error.message
    assert "(tried 2 times)" in error.message
    assert "is the server running" in error.hint


# ── slow servers ─────────────────────────────────────────────────────────────────────────────────────────────────────


def hanging(over: threading.Event) -> Any:
    def script(asked: Asked) -> Reply:
        over.wait(30)
        return echo(asked)

    return script


def test_a_timeout_of_the_call_ends_the_request() -> None:
    """The worker is free again long before the server's time is over."""
    over = threading.Event()
    with serving(hanging(over)) as there:
        plan = main(
            f'try {{ generate("ping", model="{there.model}", timeout=0.2) }} catch e {{ return e.kind }}\nreturn "none"'
        )
        began = time.monotonic()
        assert run(plan, settings=openai(concurrency=1)) == "timeout"
        assert time.monotonic() - began < 15
        over.set()


def test_a_server_has_a_time_of_its_own() -> None:
    """`timeout` of [plugins.openai]."""
    over = threading.Event()
    with serving(hanging(over)) as there:
        error = told(ask(there), settings=openai(timeout=0.3))
        assert ("timeout", True) == (error.kind, "did not answer within 0.3 seconds" in error.message)
        over.set()


# ── settings ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("model", "settings", "message"),
    [
        ("openai:", {}, "not the name of a remote model"),
        ("openai:m", {}, "it is not said where the model `m` is"),
        ("openai:m", {"endpoint": "ftp://x"}, "the endpoint is no web address"),
        ("openai:m", {"endpoint": "http://u:p@127.0.0.1/v1"}, "cannot hold a user name"),
        ("openai:m@http://127.0.0.1:99999/v1", {}, "the endpoint is no web address"),
        ("openai:m", {"endpoint": "http://127.0.0.1/v1", "concurency": 3}, "there is no setting `concurency`"),
        ("openai:m", {"endpoint": "http://127.0.0.1/v1", "concurrency": 0}, "`concurrency` of [plugins.openai]"),
        ("openai:m", {"endpoint": 3}, "`endpoint` of [plugins.openai]"),
        ("openai:m", {"models": 3}, "[plugins.openai.models] in plan.toml must be a table"),
        ("openai:m@sha256:" + "0" * 64, {"endpoint": "http://127.0.0.1/v1"}, "cannot be pinned"),
    ],
)
def test_a_name_or_setting_that_is_wrong_is_told(model: str, settings: dict[str, Any], message: str) -> None:
    """Before anything is sent."""
    assert message in told(main(f'return generate("a", model="{model}")'), settings=openai(**settings)).message


def test_a_function_that_remote_models_do_not_answer_says_so() -> None:
    """And which do."""
    error = told(main('return entities("a", model="openai:m@http://127.0.0.1/v1")'))
    assert "`entities` cannot be answered by `openai:m@http://127.0.0.1/v1`" in error.message
    assert "generate" in error.hint
    assert "--model entities=NAME" in error.hint


def test_fields_can_be_left_out_and_added() -> None:
    """For servers that do not know some, or know more."""
    with serving(echo) as there:
        run(ask(there), settings=openai(leave_out=["temperature"], extra={"top_k": 1}))
        body = there.asked[0].body
        assert (False, 1) == ("temperature" in body, body["top_k"])


def test_a_server_that_calls_the_limit_otherwise_is_understood() -> None:
    """It is asked twice the first time, and once from then on."""

    def script(asked: Asked) -> Reply:
        if "max_tokens" in asked.body:
            return refusing(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")
        return echo(asked)

    with serving(script) as there:
        plan = main(f'return [generate("a", model="{there.model}"), generate("b", model="{there.model}")]')
        assert run(plan, sequential=True) == ["A", "B"]
        assert [256, 256] == [each.body["max_completion_tokens"] for each in there.asked[1:]]


def test_tokens_count_against_the_limit() -> None:
    """As the server counts them."""
    from planlang.runtime.errors import LimitError
    from planlang.runtime.run import Limits

    with serving(lambda _: text("a", tokens=60)) as there:
        plan = main(f'let a = generate("x", model="{there.model}")\nreturn generate(a, model="{there.model}")')
        with pytest.raises(LimitError):
            run(plan, limits=Limits(max_tokens=100))


def test_errors_are_values_that_a_plan_can_catch() -> None:
    """A failed call is one of the plan."""
    with serving(lambda _: refusing(404, "no such model")) as there:
        plan = main(f'try {{ return generate("a", model="{there.model}") }} catch e {{ return e.message }}')
        assert "no such model" in run(plan)


def test_a_plan_error_has_its_place() -> None:
    """As of any call."""
    error = told(main('return generate("a", model="openai:m")'))
    assert isinstance(error, PlanError)
    assert error.place is not None
