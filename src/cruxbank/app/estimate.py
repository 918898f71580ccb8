"""What the configured run will cost, before it starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from cruxbank.app.clients import to_spec, used_models
from cruxbank.config.settings import LOCAL, Settings
from cruxbank.errors import ValueSystemError
from cruxbank.graphs.stages import (
    canary_calls,
    confirm_calls,
    confirm_questions,
    language_questions,
    questions,
    worst_case,
)
from cruxbank.models.estimate import CostEstimate, estimate, total
from cruxbank.values.systems import load_system


class Size(NamedTuple):
    """Mean characters of a call."""

    prompt: int
    answer: int


SIZES = {
    "respond": Size(1_200, 500),
    "judge": Size(4_600, 500),
    "generator": Size(4_400, 1_400),
    "critic": Size(2_600, 80),
    "translator": Size(3_400, 500),
}
"""Prompts: the shipped files rendered with their JSON schema (1,177, 4,244, 3,851 and 2,066 characters), with room for
three key points, five earlier questions and nine wordings. Answers: three key points of 20 words, an entry for each of
them, a draft with nine wordings, a line. Thinking tokens of reasoning models are not in them."""


def estimate_run(settings: Settings) -> Mapping[str, Any]:
    """Calls, tokens and price of one run up to the first of its budgets, every slot at its dearest.

    `ends_by` is that budget; `unpriced` are real models without a price, which the figures count as free. A budget of
    items tells only the fewest slots: one for an item.
    """
    slot = _slot(settings)
    slots, ends_by = _slots(settings, slot)
    whole = total([_times(part, slots) for part in slot])
    models = map(settings.model, used_models(settings))
    return {
        "slots": slots,
        "ends_by": ends_by,
        "calls": whole.calls,
        "tokens": whole.input_tokens + whole.output_tokens,
        "usd": round(whole.usd, 4),
        "worst_usd": round(whole.worst_usd, 4),
        "unpriced": [m.id for m in models if not m.simulated and not (m.price.input or m.price.output)],
        "assumption": (
            f"{slots} slots at their dearest ({sum(p.calls for p in slot)} calls), until budget.{ends_by} ends; "
            f"an answer of {SIZES['respond'].answer} characters to a prompt of {SIZES['respond'].prompt}, "
            "no thinking tokens, no repairs or retries"
        ),
    }


def _slot(settings: Settings) -> list[CostEstimate]:
    """Cost of the dearest slot, by model and role."""
    pilots = min(settings.grow.max_rewrites, settings.grow.attempts - 1)
    asked = questions("full", settings) + questions("pilot", settings) * pilots
    asked += confirm_questions(settings) if confirm_calls(settings) else []
    further = (len(settings.languages) - 1) if settings.translator else 0
    asked += language_questions(settings, 0) * further
    counts = Counter((model, "respond") for model, _ in asked)
    agents = settings.agents
    readers = settings.first_judges
    known = canary_calls(settings, len(asked)) // max(1, len(readers))
    counts += Counter({(judge, "judge"): len(asked) + known for judge in readers})
    for name, role in ((agents.generator, "generator"), (agents.critic, "critic")):
        counts[name, role] += settings.grow.attempts
    if further:
        counts[settings.translator or LOCAL, "translator"] += further
        counts[agents.critic, "critic"] += further
    parts = []
    for (model, role), calls in counts.items():
        if model != LOCAL:
            spec = to_spec(settings.model(model), settings)
            parts.append(estimate(calls, *_size(role, settings), spec.price, spec.max_output))
    return parts


def _size(role: str, settings: Settings) -> Size:
    """Judge and writer are shown every definition; `SIZES` are with those of schwartz-10."""
    size = SIZES[role]
    if role not in ("judge", "generator"):
        return size
    try:
        more = _listed(settings.values) - _listed("schwartz-10")
    except ValueSystemError:  # said where the value system itself is looked at
        more = 0
    return Size(size.prompt + more, size.answer)


def _listed(values: str) -> int:
    """Characters of a system's dimensions in a prompt: `- id: definition`, a line each."""
    return sum(len(d.id) + len(d.definition) + 5 for d in load_system(values).dimensions)


def _slots(settings: Settings, slot: list[CostEstimate]) -> tuple[int, str]:
    """How many dearest slots the budgets pay for, and which of them ends first."""
    budget, one = settings.budget, total(slot)
    limits: dict[str, int] = {}
    if budget.calls is not None:
        limits["calls"] = budget.calls // worst_case(settings)
    if budget.usd is not None and one.usd > 0:
        limits["usd"] = int(budget.usd / one.usd)
    if budget.tokens is not None:
        limits["tokens"] = budget.tokens // max(1, one.input_tokens + one.output_tokens)
    if budget.items is not None and not limits:
        limits["items"] = budget.items
    if not limits:
        return 1, "usd"
    first = min(limits, key=lambda name: limits[name])
    return max(1, limits[first]), first


def _times(part: CostEstimate, n: int) -> CostEstimate:
    return CostEstimate(**{name: value * n for name, value in part.model_dump().items()})
