"""`OpenAIModel`: the seam's client. Ledger first, then limiter, budget and wire; every failure is data."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from pydantic import BaseModel

from cruxbank.errors import EndpointError
from cruxbank.items import Answer, CallScope, FailureReason, Message, RenderedPrompt, Usage
from cruxbank.models.answer_schema import repair_messages, response_format, with_block
from cruxbank.models.budget import Budget, Reservation
from cruxbank.models.calls import Reply, Request, canonical
from cruxbank.models.endpoint import Endpoint, Wire
from cruxbank.models.faults import Fault, asks_too_long, classify
from cruxbank.models.ledger import Ledger
from cruxbank.models.outgoing import Outgoing
from cruxbank.models.prices import worst_tokens
from cruxbank.models.retry import Backoff, with_retries
from cruxbank.models.specs import ModelSpec
from cruxbank.models.structured import Parsed, parse

T = TypeVar("T", bound=BaseModel)

REPAIRED = frozenset(
    {
        FailureReason.EMPTY,
        FailureReason.UNPARSEABLE,
        FailureReason.WRONG_TYPE,
        FailureReason.AMBIGUOUS,
        FailureReason.TRUNCATED,
    }
)
"""Failures of reading that a second turn can mend. A refusal, a filter and an over-long answer stand."""


class OpenAIModel:
    """A model behind an OpenAI-compatible endpoint; satisfies `seam.ModelClient`."""

    def __init__(
        self,
        spec: ModelSpec,
        wire: Wire,
        endpoint: Endpoint,
        ledger: Ledger,
        budget: Budget,
        backoff: Backoff,
        outgoing: Outgoing,
    ) -> None:
        self._spec = spec
        self._wire = wire
        self._endpoint = endpoint
        self._ledger = ledger
        self._budget = budget
        self._backoff = backoff
        self._outgoing = outgoing

    @property
    def id(self) -> str:
        """The model's id in crux.yaml."""
        return self._spec.id

    @property
    def family(self) -> str:
        """Models of one family share training and count as one voice."""
        return self._spec.family

    async def ask(self, prompt: RenderedPrompt, answer: type[T], scope: CallScope) -> Answer[T]:
        """Ask for an `answer`, with one repair turn. See `seam.ModelClient.ask`.

        `usage` and `usd` are those of the ledger: a cached answer reports what it once cost.
        """
        first = self._request(prompt.messages, answer, scope)
        key = first.key
        try:
            reply = await self._obtain(first, key)
        except Fault as fault:
            return Answer(failure=fault.failure, detail=fault.message, key=key)
        parsed = _read(reply, answer)
        if parsed.failure not in REPAIRED or reply.failure is not None:
            return _answer(parsed, reply, [reply], key)
        return await self._repair(prompt, answer, scope, reply, parsed)

    async def _repair(
        self, prompt: RenderedPrompt, answer: type[T], scope: CallScope, bad: Reply, parsed: Parsed[T]
    ) -> Answer[T]:
        request = self._request(repair_messages(prompt.messages, bad.text, parsed.detail), answer, scope)
        key = request.key
        try:
            reply = await self._obtain(request, key)
        except Fault as fault:
            lost: Parsed[T] = Parsed(failure=fault.failure, detail=fault.message)
            return _answer(lost, bad, [bad], key, calls=2)
        return _answer(_read(reply, answer), reply, [bad, reply], key)

    def _request(self, messages: tuple[Message, ...], answer: type[BaseModel], scope: CallScope) -> Request:
        spec = self._spec
        params: dict[str, Any] = dict(spec.params)
        wanted = response_format(answer, spec.structured)
        if wanted is not None:
            params["response_format"] = wanted
        if spec.seeded:
            params["seed"] = scope.repeat
        blocked = with_block(messages, answer, spec.structured)
        return Request(spec.provider, spec.base_url, spec.model, params, blocked, scope)

    async def _obtain(self, request: Request, key: str) -> Reply:
        """The committed reply, or a new one; equal requests at the same time are one."""

        async def work() -> Reply:
            await self._outgoing.settled(key)  # its first caller was cancelled: the answer is paid and on its way
            return await self._ledger.lookup(key) or await self._buy(request, key)

        return await self._ledger.flight.run(key, work)

    async def _buy(self, request: Request, key: str) -> Reply:
        try:
            return await with_retries(lambda: self._attempt(request, key), self._spec.retries, self._backoff)
        except Fault as fault:
            await self._ledger.give_up(key, fault.failure)
            raise

    async def _attempt(self, request: Request, key: str) -> Reply:
        tokens_in = worst_tokens([canonical(request.params), *(m.content for m in request.messages)])
        worst = Usage(input_tokens=tokens_in, output_tokens=self._spec.max_output)
        tokens, usd = worst.input_tokens + worst.output_tokens, self._spec.price.of(worst)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._endpoint.limiter.slot())
            self._refuse_if_shut()
            held = await self._budget.reserve(tokens, usd)
            if self._outgoing.closed:  # the hub is closing and nothing was sent: dropped, like a cancelled caller
                self._budget.cancel(held)
                raise asyncio.CancelledError
            place = stack.pop_all()
        # nothing can be cancelled between the reservation and its task, which gives back both place and reservation
        return await self._outgoing.finish(key, self._pay(request, key, held, place))

    async def _pay(self, request: Request, key: str, held: Reservation, place: AsyncExitStack) -> Reply:
        """Write down, send, commit: a task of its own (`Outgoing`), so that no answer is lost with its caller."""
        async with place:
            try:
                number = await self._ledger.attempt(request, key, tokens=held.tokens, usd=held.usd)
            except BaseException:
                self._budget.cancel(held)  # nothing was sent
                raise
            reply = await self._send(request, key, number, held)
        # outside the slot: the endpoint is free again while the disk writes
        self._budget.settle(held, reply.usage, reply.usd)
        await self._ledger.commit(key, number, reply)
        return reply

    async def _send(self, request: Request, key: str, number: int, held: Reservation) -> Reply:
        try:
            async with asyncio.timeout(self._spec.timeout_s):
                reply = await self._wire.send(request)
        except Exception as error:  # noqa: BLE001 - sorted by `classify`; what it does not know is raised again
            return await self._failed(error, key, number, held)
        except BaseException:  # a second Ctrl-C while the hub drains: it may be served
            self._budget.settle_unknown(held)
            self._ledger.abandon(key, number)
            raise
        self._endpoint.reached = True
        self._endpoint.limiter.succeeded()
        return reply

    async def _failed(self, error: Exception, key: str, number: int, held: Reservation) -> Reply:
        """Write the failure down and raise what it means. A filtered prompt is an answer: asking again changes nothing."""
        fault = classify(error, self._spec, reached=self._endpoint.reached, redact=self._wire.redacted)
        if isinstance(fault, Fault) and fault.failure is FailureReason.CONTENT_FILTER:
            self._endpoint.reached = True
            return Reply(fault.message, "content_filter")
        billed = fault is None or (isinstance(fault, Fault) and fault.billed)
        if billed:
            self._budget.settle_unknown(held)
        else:
            self._budget.cancel(held)
        kind = fault.kind if isinstance(fault, Fault) else type(error).__name__
        await self._ledger.fail(key, number, kind, billed=billed)
        if isinstance(fault, Fault):
            fault = self._note(fault)
        if isinstance(fault, Fault | EndpointError):
            raise fault from None  # the cause holds request headers
        raise error

    def _note(self, fault: Fault) -> Fault | EndpointError:
        """Tell the limiter what a failure says about the endpoint. What asks for more than our patience ends the run."""
        if fault.failure not in {FailureReason.NETWORK, FailureReason.TIMEOUT}:
            self._endpoint.reached = True
        if fault.failure is FailureReason.RATE_LIMITED or fault.retry_after:
            asked = min(fault.retry_after or 0.0, self._backoff.patience_s)
            too_long = fault.retryable and (fault.retry_after or 0.0) > self._backoff.patience_s
            # shut, not paused: calls that wait for a place are refused at once, and the error is seen now
            self._endpoint.limiter.limited(None if too_long else asked)
            if too_long and fault.retry_after is not None:
                self._endpoint.shut_until = self._backoff.clock() + fault.retry_after
                return asks_too_long(self._spec, fault.retry_after)
        return fault

    def _refuse_if_shut(self) -> None:
        left = self._endpoint.shut_until - self._backoff.clock()
        if left > 0:
            raise asks_too_long(self._spec, left)


def _read(reply: Reply, answer: type[T]) -> Parsed[T]:
    if reply.failure is not None:
        return Parsed(failure=reply.failure, detail=reply.refusal[:200] or f"finish_reason {reply.finish_reason}")
    return parse(reply.text, answer)


def _answer(parsed: Parsed[T], last: Reply, replies: list[Reply], key: str, calls: int | None = None) -> Answer[T]:
    usage = Usage(
        input_tokens=sum(r.usage.input_tokens for r in replies),
        output_tokens=sum(r.usage.output_tokens for r in replies),
        cached_tokens=sum(r.usage.cached_tokens for r in replies),
    )
    return Answer(
        value=parsed.value,
        text=last.text,
        failure=parsed.failure,
        detail=parsed.detail,
        usage=usage,
        usd=sum(r.usd for r in replies),
        calls=calls or len(replies),
        key=key,
    )
