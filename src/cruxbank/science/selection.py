"""Choosing k of N items: the rules by name, for `crux export --select` and for the benches.

| rule | needs | weights |
|---|---|---|
| `random` | nothing | equal |
| `top` | separation | equal |
| `balanced` | separation; loadings, groups where given | equal |
| `weighted` | separation | inverse of the chance of being drawn |
| `medoids` | values | sizes of the clusters |
| `quota` | loadings | equal |
| `quota-spread` | loadings, values | equal |
| `design` (ours) | values; loadings where a value is one rating | near equal, set with the choice |
| `all` | nothing | equal |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from cruxbank.science.selection_candidates import Candidates, Selection
from cruxbank.science.selection_design import design
from cruxbank.science.selection_known import (
    at_random,
    balanced,
    everything,
    medoids,
    quota,
    quota_spread,
    top,
    weighted,
)

__all__ = ["RULES", "Candidates", "Selection", "select"]

Rule = Callable[[Candidates, int, np.random.Generator], Selection]

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "random": at_random,
        "top": top,
        "balanced": balanced,
        "weighted": weighted,
        "medoids": medoids,
        "quota": quota,
        "quota-spread": quota_spread,
        "design": design,
        "all": everything,
    }
)


def select(rule: str, candidates: Candidates, k: int, rng: np.random.Generator) -> Selection:
    """k distinct items by the rule of that name, with weights that sum to 1.

    k is cut to N. The same candidates, k and state of rng give the same selection; only `random` and `weighted` draw.
    Raises ValueError: an unknown rule, k < 1, no candidates, or input that the rule needs and was not given.
    """
    if rule not in RULES:
        raise ValueError(f"select: no rule {rule!r}, there are {', '.join(RULES)}")
    if k < 1 or len(candidates) == 0:
        raise ValueError(f"select: k = {k} of {len(candidates)} candidates")
    return RULES[rule](candidates, min(k, len(candidates)), rng)
