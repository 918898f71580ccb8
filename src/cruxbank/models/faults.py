"""Which errors of a request are worth another try, which end the call, and which end the run."""

from __future__ import annotations

import email.utils
import json
import math
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cruxbank.errors import EndpointError, ModelFailure
from cruxbank.items import FailureReason

if TYPE_CHECKING:
    from cruxbank.models.specs import ModelSpec

RETRIED = frozenset({408, 409, 425, 429})
"""Beside all 5xx. Never 400, 401, 403, 404, 422: the same request would be refused again."""
FILTERED = ("content_filter", "content_policy", "moderation", "flagged", "responsibleai")
NOT_CONNECTED = frozenset(
    {"ConnectError", "ClientConnectorError", "ClientConnectorDNSError", "ClientConnectorCertificateError", "gaierror"}
)
"""Names of the errors (httpx2, aiohttp, socket) after which nobody can have taken the request."""
DETAIL_CHARS = 200


class Fault(ModelFailure):
    """One attempt failed. `billed`: the endpoint may have served it. `kind` is what the ledger writes down."""

    def __init__(
        self,
        detail: str,
        *,
        reason: FailureReason,
        kind: str,
        retryable: bool = False,
        billed: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail, reason=reason.value, retryable=retryable)
        self.failure = reason
        self.kind = kind
        self.billed = billed
        self.retry_after = retry_after


def _as_is(text: str) -> str:
    return text


def classify(
    error: Exception, spec: ModelSpec, *, reached: bool, redact: Callable[[str], str] = _as_is
) -> Fault | EndpointError | None:
    """What an error of one request means; None for an error that no endpoint causes (a bug).

    `redact` takes the key out of what the endpoint says.
    `reached`: the endpoint has answered before, so a refused connection is an outage and not a wrong address.
    """
    import openai

    if isinstance(error, TimeoutError) or (isinstance(error, openai.APITimeoutError) and not _broken(error)):
        return _fault(FailureReason.TIMEOUT, "timeout", f"no answer within {spec.timeout_s:g} s", billed=True)
    if isinstance(error, openai.APIStatusError):
        return _status(error, spec, redact)
    if isinstance(error, openai.APIConnectionError):
        return _connection(error, spec, reached=reached)
    if isinstance(error, openai.OpenAIError | ValueError | TypeError | KeyError | IndexError | AttributeError):
        # a 200 whose body is no chat completion; langchain-openai raises these five
        return _fault(FailureReason.SERVER, f"malformed {type(error).__name__}", _line(redact(str(error))), billed=True)
    return None


def retry_after(headers: Mapping[str, str], now: Callable[[], float] = time.time) -> float | None:
    """Seconds that a Retry-After header (or OpenAI's retry-after-ms) asks for; None when absent or unreadable."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    if value is None:
        return None
    if (seconds := _number(value)) is not None:
        return seconds
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - now())
    except (ValueError, OverflowError):
        return None


def asks_too_long(spec: ModelSpec, wait_s: float) -> EndpointError:
    """The endpoint wants a longer wait than a run should sleep through."""
    message = f"models.{spec.id}: {spec.base_url} asks to wait {in_words(wait_s)} (Retry-After)"
    return EndpointError(message, hint="try again later: the same command goes on where it stopped", retryable=True)


def in_words(seconds: float) -> str:
    """A waiting time for people, rounded up: minutes below 2 hours, hours below 2 days, then days to a year."""
    for unit, size, below in (("minute", 60, 7_200), ("hour", 3_600, 172_800), ("day", 86_400, 31_536_000)):
        if seconds < below:
            count = max(1, math.ceil(seconds / size))
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "more than a year"


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value is not None else None
    except ValueError:
        return None
    return number if number is not None and math.isfinite(number) and number >= 0 else None


def _fault(reason: FailureReason, kind: str, detail: str, *, billed: bool) -> Fault:
    return Fault(detail, reason=reason, kind=kind, retryable=True, billed=billed)


def _connection(error: Exception, spec: ModelSpec, *, reached: bool) -> Fault | EndpointError:
    chain = _chain(error)
    refused = any(isinstance(e, ConnectionRefusedError) or type(e).__name__ in NOT_CONNECTED for e in chain)
    if refused and not reached:
        message = f"models.{spec.id}.base_url: nobody answers at {spec.base_url}"
        return EndpointError(message, hint="start the server, or correct base_url")
    kind = type(chain[-1]).__name__
    return _fault(FailureReason.NETWORK, kind, f"connection failed ({kind})", billed=not refused)


def _broken(error: Exception) -> bool:
    """Whether a "timeout" is none: openai's aiohttp transport reports refused and reset connections as ConnectTimeout."""
    return any(isinstance(cause, OSError) and not isinstance(cause, TimeoutError) for cause in _chain(error))


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and len(chain) < 10:
        chain.append(cause)
    return chain


def _status(error: Any, spec: ModelSpec, redact: Callable[[str], str]) -> Fault | EndpointError:
    status, about, said = int(error.status_code), _about(error), _line(redact(error.message))
    if status in {400, 403, 422} and any(word in about for word in FILTERED):
        return Fault(said, reason=FailureReason.CONTENT_FILTER, kind=f"{status} filtered")
    fatal = _fatal(status, about, spec)
    if fatal is not None:
        return fatal
    wait = retry_after(error.response.headers)
    reason = FailureReason.SERVER if status >= 500 else FailureReason.REJECTED
    if status == 429:
        reason = FailureReason.RATE_LIMITED
    retryable = status in RETRIED or status >= 500
    detail = f"HTTP {status}: {said}"
    return Fault(detail, reason=reason, kind=str(status), retryable=retryable, retry_after=wait)


def _fatal(status: int, about: str, spec: ModelSpec) -> EndpointError | None:
    """Statuses that every further call would meet too."""
    place = f"models.{spec.id}"
    if status in {401, 403}:
        named = f"check the key in {spec.api_key_env}" if spec.api_key_env else f"set {place}.api_key_env"
        return EndpointError(f"{place}: {spec.base_url} refuses the key (HTTP {status})", hint=named)
    if status == 404 or "model_not_found" in about:
        message = f"{place}: {spec.base_url} knows no model {spec.model!r} (HTTP {status})"
        return EndpointError(message, hint=f"correct {place}.model, or the path in base_url")
    if status == 402 or "insufficient_quota" in about:
        return EndpointError(f"{place}: the account has no credit left (HTTP {status})", hint="top it up, then go on")
    return None


def _about(error: Any) -> str:
    """Code, type and body of an error answer, lower case: where providers say that a filter struck."""
    body = error.body if isinstance(error.body, dict | list | str) else ""
    return json.dumps([error.code, error.type, body], default=str).lower()[:4_000]


def _line(text: str) -> str:
    return " ".join(text.split())[:DETAIL_CHARS]
