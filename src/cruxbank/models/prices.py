"""What tokens cost, and how many a text can be before anyone has counted."""

from __future__ import annotations

from collections.abc import Iterable

from cruxbank.frozen import Frozen
from cruxbank.items import Usage

BYTES_PER_TOKEN = 3
"""Conservative: English has about 4 bytes a token, Chinese 3 bytes a character and about one token."""
TURN_TOKENS = 8
"""Tokens of one message's frame (role, separators), at most."""

MOST_TOKENS = 10**9
"""A count above it is nonsense: a thousand times the largest context. SQLite's integers end at 9e18, also in sums."""


class Price(Frozen):
    """USD per million tokens. `cached` is the price of input tokens served from the endpoint's cache."""

    input: float = 0.0
    output: float = 0.0
    cached: float | None = None

    def of(self, usage: Usage) -> float:
        """USD of a call. Cached tokens count at the input price unless a price of their own is set."""
        cached = usage.cached_tokens
        fresh = usage.input_tokens - cached
        rate = self.input if self.cached is None else self.cached
        return (fresh * self.input + cached * rate + usage.output_tokens * self.output) / 1e6


def usage_of(input_tokens: int, output_tokens: int, cached_tokens: int) -> Usage:
    """Usage with cached tokens inside the input count. Some providers leave them out: then they are more than it."""
    total = input_tokens + cached_tokens if cached_tokens > input_tokens else input_tokens
    return Usage(input_tokens=total, output_tokens=output_tokens, cached_tokens=cached_tokens)


def countable(tokens: object) -> bool:
    """Whether a token count that an endpoint sent can be one: an integer, 0 to MOST_TOKENS."""
    return isinstance(tokens, int) and not isinstance(tokens, bool) and 0 <= tokens <= MOST_TOKENS


def worst_tokens(texts: Iterable[str]) -> int:
    """Tokens that messages can cost at most, by their length."""
    return sum(len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN + TURN_TOKENS for text in texts)
