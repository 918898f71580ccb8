"""Which errors are worth another try, which end the call, which end the run; and the one retry layer."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import openai
import pytest

from cruxbank.errors import EndpointError
from cruxbank.items import FailureReason
from cruxbank.models.faults import Fault, classify, retry_after
from cruxbank.models.retry import Backoff, with_retries
from cruxbank.models.specs import ModelSpec

SPEC = ModelSpec(id="m1", base_url="http://host/v1", model="big", api_key_env="BIG_KEY")
SENT = httpx2.Request("POST", "http://host/v1/chat/completions", headers={"Authorization": "Bearer sk-secret"})


def status(code: int, body: Any = None, **headers: str) -> Exception:
    """The error that the openai client raises for a status."""
    response = httpx2.Response(code, request=SENT, json=body or {"error": {"message": "no"}}, headers=headers)
    return openai.AsyncOpenAI(api_key="x")._make_status_error_from_response(response)


def fault(error: Exception, *, reached: bool = True) -> Fault:
    found = classify(error, SPEC, reached=reached)
    assert isinstance(found, Fault)
    return found


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (408, "request_rejected"),
        (409, "request_rejected"),
        (429, "rate_limited"),
        (500, "server_error"),
        (502, "server_error"),
        (503, "server_error"),
        (529, "server_error"),
    ],
)
def test_statuses_that_are_tried_again(code: int, reason: str) -> None:
    found = fault(status(code))
    assert found.retryable
    assert found.failure == reason
    assert not found.billed


@pytest.mark.parametrize("code", [400, 405, 413, 422])
def test_statuses_that_are_not(code: int) -> None:
    found = fault(status(code, {"error": {"message": "max_tokens is\ntoo large"}}))
    assert not found.retryable
    assert found.failure is FailureReason.REJECTED
    assert "max_tokens is too large" in found.message


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (status(401), ["models.m1", "refuses the key", "BIG_KEY"]),
        (status(403), ["models.m1", "BIG_KEY"]),
        (status(404), ["models.m1", "'big'", "models.m1.model"]),
        (status(400, {"error": {"message": "x", "code": "model_not_found"}}), ["'big'"]),
        (status(402), ["models.m1", "credit"]),
        (status(429, {"error": {"message": "x", "code": "insufficient_quota"}}), ["credit"]),
    ],
)
def test_what_ends_the_run_names_the_way_out(error: Exception, words: list[str]) -> None:
    found = classify(error, SPEC, reached=True)
    assert isinstance(found, EndpointError)
    assert found.hint
    assert all(word in str(found) for word in words)
    assert "sk-secret" not in str(found)


@pytest.mark.parametrize(
    "error",
    [
        status(400, {"error": {"message": "The response was filtered", "code": "content_filter"}}),
        status(400, {"error": {"message": "no", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}),
        status(403, {"error": {"message": "no", "metadata": {"reasons": ["moderation"]}}}),
    ],
)
def test_a_filter_is_told_from_a_bad_request(error: Exception) -> None:
    found = fault(error)
    assert found.failure is FailureReason.CONTENT_FILTER
    assert not found.retryable


def connection(cause: Exception) -> Exception:
    error = openai.APIConnectionError(request=SENT)
    error.__cause__ = cause
    return error


def test_a_refused_connection_at_first_contact_is_a_wrong_address() -> None:
    error = connection(httpx2.ConnectError("refused"))
    found = classify(error, SPEC, reached=False)
    assert isinstance(found, EndpointError)
    assert "http://host/v1" in str(found)
    later = fault(error)
    assert later.retryable
    assert later.failure is FailureReason.NETWORK
    assert not later.billed  # nobody took the request


@pytest.mark.parametrize(
    ("cause", "reason"),
    [(ConnectionRefusedError(), "network"), (ConnectionResetError(), "network"), (TimeoutError(), "timeout")],
)
def test_a_timeout_of_the_aiohttp_transport_is_looked_into(cause: Exception, reason: str) -> None:
    error = openai.APITimeoutError(SENT)
    error.__cause__ = httpx2.ConnectTimeout("x")
    error.__cause__.__cause__ = cause
    assert fault(error).failure == reason
    assert isinstance(classify(error, SPEC, reached=False), EndpointError) == isinstance(cause, ConnectionRefusedError)


def test_a_reset_may_have_been_served() -> None:
    found = fault(connection(httpx2.ReadError("reset")), reached=False)
    assert found.retryable
    assert found.billed


@pytest.mark.parametrize("error", [TimeoutError(), openai.APITimeoutError(SENT)])
def test_a_timeout_may_have_been_served(error: Exception) -> None:
    found = fault(error)
    assert found.failure is FailureReason.TIMEOUT
    assert found.retryable
    assert found.billed


def test_a_body_that_is_no_completion_is_the_servers_fault_and_a_bug_is_not() -> None:
    assert fault(TypeError("null value for 'choices'")).failure is FailureReason.SERVER
    assert classify(ZeroDivisionError(), SPEC, reached=True) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "Thu, 01 Jan 1970 00:20:00 GMT"}, 200.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:01 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
    ],
)
def test_retry_after_in_seconds_and_as_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, now=lambda: 1000.0) == seconds


class Flaky:
    """Fails with the given errors in turn, then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0
        self.slept: list[float] = []

    async def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


def busy(after: float | None = None) -> Fault:
    return Fault("busy", reason=FailureReason.RATE_LIMITED, kind="429", retryable=True, retry_after=after)


async def test_waits_double_with_jitter_and_respect_retry_after() -> None:
    flaky = Flaky(busy(), busy(), busy(), busy(30.0))
    assert await with_retries(flaky, 5, Backoff(first_s=1.0, longest_s=3.0, sleep=flaky.sleep)) == "done"
    first, second, third, fourth = flaky.slept
    assert 0.5 <= first <= 1.0
    assert 1.0 <= second <= 2.0
    assert 1.5 <= third <= 3.0
    assert 31.5 <= fourth <= 33.0


async def test_retries_end() -> None:
    flaky = Flaky(*[busy() for _ in range(9)])
    with pytest.raises(Fault, match="busy"):
        await with_retries(flaky, 3, Backoff(sleep=flaky.sleep))
    assert flaky.calls == 4


@pytest.mark.parametrize(
    "error",
    [
        Fault("bad", reason=FailureReason.REJECTED, kind="400"),
        EndpointError("no key"),
        ValueError("a bug"),
        busy(after=3600.0),  # an hour: the call is given up, not the evening
    ],
)
async def test_what_is_not_tried_again(error: Exception) -> None:
    flaky = Flaky(error)
    with pytest.raises(type(error)):
        await with_retries(flaky, 5, Backoff(sleep=flaky.sleep))
    assert (flaky.calls, flaky.slept) == (1, [])
