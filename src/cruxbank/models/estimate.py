"""What a run will cost, before it starts."""

from __future__ import annotations

from cruxbank.frozen import Frozen
from cruxbank.models.prices import Price

CHARS_PER_TOKEN = 4.0
"""English on current tokenizers; a mean, where `prices.BYTES_PER_TOKEN` is a bound."""


class CostEstimate(Frozen):
    """Expected figures; `worst_usd` is what the budget would reserve."""

    calls: int
    input_tokens: int
    output_tokens: int
    usd: float
    worst_usd: float


def estimate(calls: int, prompt_chars: int, answer_chars: int, price: Price, max_output: int) -> CostEstimate:
    """Cost of `calls` calls with prompts and answers of these mean sizes (characters, schema included).

    `max_output` (tokens) is what one answer can have at most. Retries and repair turns are not in it.
    """
    tokens_in = round(calls * prompt_chars / CHARS_PER_TOKEN)
    tokens_out = round(calls * answer_chars / CHARS_PER_TOKEN)
    usd = (tokens_in * price.input + tokens_out * price.output) / 1e6
    worst = calls * (prompt_chars / 3 * price.input + max_output * price.output) / 1e6
    return CostEstimate(calls=calls, input_tokens=tokens_in, output_tokens=tokens_out, usd=usd, worst_usd=worst)


def total(parts: list[CostEstimate]) -> CostEstimate:
    """The sum over models and roles."""
    return CostEstimate(
        calls=sum(p.calls for p in parts),
        input_tokens=sum(p.input_tokens for p in parts),
        output_tokens=sum(p.output_tokens for p in parts),
        usd=sum(p.usd for p in parts),
        worst_usd=sum(p.worst_usd for p in parts),
    )
