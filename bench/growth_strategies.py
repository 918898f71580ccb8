"""What is compared in `bench/growth`: ways to grow a bank, each a set of choices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Measure = Literal["posterior", "plug-in", "adaem"]


@dataclass(frozen=True)
class Strategy:
    """One way to grow. The fields are the parts that can be taken out."""

    name: str
    policy: str = "kernel"
    measure: Measure = "posterior"
    """posterior: Q with empirical Bayes; plug-in: GJS of raw frequencies, as if they were the truth; adaem: the score S."""
    wordings: bool = True
    """False: every response goes to the base wording."""
    race: bool = True
    """False: every draft is asked all wordings by the whole panel at once."""
    rewrites: int = 1
    framing: bool = True
    balance: float = 0.25


OURS = Strategy("ours")
STRATEGIES: tuple[Strategy, ...] = (
    OURS,
    Strategy("just ask", policy="random", race=False, rewrites=0, framing=False, balance=0.0),
    Strategy("random topics", policy="random", balance=0.0),
    Strategy("AdAEM as printed", policy="adaem", measure="adaem", wordings=False, framing=False, balance=0.0),
    Strategy("AdAEM repaired", policy="adaem-repaired", measure="adaem", wordings=False, framing=False, balance=0.0),
    replace(OURS, name="without Q and posterior", measure="plug-in"),
    replace(OURS, name="without wordings", wordings=False),
    replace(OURS, name="without racing", race=False),
    replace(OURS, name="without kernel (ucb1)", policy="ucb1"),
    replace(OURS, name="without reflection", rewrites=0),
    replace(OURS, name="without framing", framing=False),
    replace(OURS, name="without balance", balance=0.0),
)
PUBLISHED = ("AdAEM as printed", "AdAEM repaired")
CONTROL = ("ours", "just ask", "AdAEM as printed", "AdAEM repaired")
"""What the control worlds are played with: there the question is what may be claimed, not which part pays."""
