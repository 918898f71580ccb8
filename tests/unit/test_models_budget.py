"""Budgets, prices and the estimate."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cruxbank.errors import BudgetExhausted, ConfigError
from cruxbank.items import Usage
from cruxbank.models.budget import Budget
from cruxbank.models.estimate import estimate, total
from cruxbank.models.ledger_queries import Spent
from cruxbank.models.prices import Price, usage_of, worst_tokens


def test_the_price_of_a_call() -> None:
    usage = Usage(input_tokens=1_000, output_tokens=500, cached_tokens=400)
    assert Price(input=2.0, output=8.0).of(usage) == pytest.approx(0.006)
    assert Price(input=2.0, output=8.0, cached=0.5).of(usage) == pytest.approx(0.0054)


def test_cached_tokens_that_the_endpoint_left_out_are_put_back() -> None:
    assert usage_of(10, 5, 90) == Usage(input_tokens=100, output_tokens=5, cached_tokens=90)
    assert usage_of(100, 5, 90) == Usage(input_tokens=100, output_tokens=5, cached_tokens=90)


@given(st.text(max_size=200))
def test_the_worst_case_is_above_one_token_for_three_bytes(text: str) -> None:
    assert worst_tokens([text]) * 3 >= len(text.encode("utf-8", "replace"))


async def test_calls_are_capped() -> None:
    budget = Budget(calls=2)
    for _ in range(2):
        budget.settle(await budget.reserve(10, 0.0), Usage(), 0.0)
    with pytest.raises(BudgetExhausted, match=r"budget\.calls: 2 of 2 used"):
        await budget.reserve(10, 0.0)


async def test_the_worst_case_counts_before_the_call_and_the_real_cost_after() -> None:
    budget = Budget(tokens=100)
    held = await budget.reserve(90, 0.0)
    budget.settle(held, Usage(input_tokens=10, output_tokens=5), 0.0)
    budget.settle(await budget.reserve(85, 0.0), Usage(input_tokens=85), 0.0)
    with pytest.raises(BudgetExhausted, match=r"budget\.tokens"):
        await budget.reserve(1, 0.0)
    assert budget.spent == Spent(calls=2, tokens=100, usd=0.0)


async def test_what_does_not_fit_beside_the_calls_in_flight_waits_for_them() -> None:
    budget = Budget(usd=1.0)
    held = await budget.reserve(1, 0.8)
    second = asyncio.create_task(budget.reserve(1, 0.5))
    await asyncio.sleep(0.01)
    assert not second.done()
    budget.settle(held, Usage(), 0.1)
    await asyncio.wait_for(second, 1)


async def test_waiting_ends_in_refusal_when_the_money_was_really_spent() -> None:
    budget = Budget(usd=1.0)
    held = await budget.reserve(1, 0.8)
    second = asyncio.create_task(budget.reserve(1, 0.5))
    await asyncio.sleep(0.01)
    budget.settle_unknown(held)
    with pytest.raises(BudgetExhausted, match=r"budget\.usd: 0\.8 of 1 used, the next call needs up to 0\.5"):
        await asyncio.wait_for(second, 1)


async def test_a_refused_request_costs_nothing() -> None:
    budget = Budget(calls=1, usd=0.1)
    budget.cancel(await budget.reserve(1, 0.1))
    assert budget.spent == Spent()
    await budget.reserve(1, 0.1)


async def test_a_second_process_of_the_run_goes_on_where_the_first_stopped() -> None:
    budget = Budget(calls=10, spent=Spent(calls=10, tokens=5, usd=0.0))
    with pytest.raises(BudgetExhausted):
        await budget.reserve(1, 0.0)


@pytest.mark.parametrize("caps", [{"calls": 0}, {"tokens": -1}, {"usd": 0.0}])
def test_a_budget_of_nothing_is_a_mistake(caps: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"budget.{next(iter(caps))}"):
        Budget(**caps)


def test_the_estimate_by_hand() -> None:
    one = estimate(1_000, 2_000, 400, Price(input=1.0, output=10.0), max_output=500)
    assert (one.input_tokens, one.output_tokens) == (500_000, 100_000)
    assert one.usd == pytest.approx(0.5 + 1.0)
    assert one.worst_usd == pytest.approx(2 / 3 + 5.0)
    assert total([one, one]).usd == pytest.approx(3.0)
