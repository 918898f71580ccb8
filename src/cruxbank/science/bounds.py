"""What unscored responses could hide: the least separation over every way in which they may have read (SCIENCE 1).

A judge that fails on some answers leaves p_i anywhere in [q p^, q p^ + 1 - q], q the share it could read. A figure from
the readable ones alone may come from what the judge fails on. The bound fills the others so that models become as alike
as they can; it needs no assumption about why they are unreadable.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cruxbank.measures import Estimate
from cruxbank.science.arrays import Array
from cruxbank.science.divergence import gjs
from cruxbank.science.quadratic import q_item, tensor
from cruxbank.science.readings import ItemReadings
from cruxbank.science.shrink import Posterior, Prior, posterior

ROUNDS = 500
"""Steps of both minimisations; 100 are within .001 bits."""


def filled_gjs(p: Array, scored: Array, weights: Array) -> float:
    """Least generalised Jensen-Shannon divergence, bits, of distributions in [q p, q p + 1 - q].

    p: (K, C) outcomes of the readable responses; scored: (K,) their share q; weights: (K,). Convex, so that taking the
    mixture m and then each row's nearest allowed one in KL(p_i || m), which is max(q p_i, lambda m), in turn reaches
    the minimum (alternating projections of Csiszar and Tusnady).
    """
    low = scored[:, None] * p
    now = low + (1 - scored)[:, None] * (weights @ p)
    for _ in range(ROUNDS):
        now = _nearest(low, weights @ now)
    return float(gjs(now, weights))


def _nearest(low: Array, mixture: Array) -> Array:
    """(K, C) rows max(low, lambda mixture) that sum to 1. Cells leave the bound in the order of low / mixture."""
    safe = np.maximum(mixture, 1e-300)
    order = np.argsort(-low / safe, axis=1)
    sorted_low = np.take_along_axis(low, order, axis=1)
    sorted_m = safe[order]
    held = np.concatenate([np.zeros((len(low), 1)), np.cumsum(sorted_low, axis=1)[:, :-1]], axis=1)
    free = np.maximum(np.cumsum(sorted_m[:, ::-1], axis=1)[:, ::-1], 1e-300)
    scale = (1 - held) / free
    fits = sorted_low / sorted_m <= scale + 1e-12
    first = np.argmax(fits, axis=1)
    return np.asarray(np.maximum(low, scale[np.arange(len(low)), first][:, None] * mixture))


def unscored_bound(readings: ItemReadings, weight: Array, prior: Prior) -> Estimate:
    """The joint separation that is left under the worst filling, bits: posterior mean with 2.5 and 97.5 % points.

    Q is lowered by what filling takes from the spread of the models' means, at the readable responses' error. Equal to
    `joint_posterior(...).estimate()` where everything was scored, never above it. Models with fewer than two scored
    responses leave K as everywhere. Admission: where any response is unscored, the lower point of this bound, not of
    `Separation.joint`, has to reach `min_separation`; the limit on the share of unscored responses stays beside it.
    """
    return unscored_posterior(readings, weight, prior).estimate()


def unscored_posterior(readings: ItemReadings, weight: Array, prior: Prior) -> Posterior:
    """The posterior behind `unscored_bound`: for its lfdr and for racing."""
    stats = q_item(readings, weight)
    return posterior(replace(stats, q=stats.q - hidden(readings, weight)), prior)


def hidden(readings: ItemReadings, weight: Array) -> float:
    """How much of Q unscored responses may hide: the models' spread less its least value; 0 where all were scored."""
    x, mask = tensor(readings)
    if len(x) < 2:
        return 0.0
    share = _shares(readings)
    means = x.sum(axis=1) / mask.sum(axis=1)[:, None]
    slack = (1 - share)[:, None]
    low, high = share[:, None] * means - slack, share[:, None] * means + slack
    step = 1 / float(np.linalg.eigvalsh(weight)[-1])
    now = means
    for _ in range(ROUNDS if slack.any() else 0):
        now = np.clip(now - step * (now - now.mean(axis=0)) @ weight, low, high)
    return max(_spread(means, weight) - _spread(now, weight), 0.0)


def _shares(readings: ItemReadings) -> Array:
    """(K,) scored over scored and unscored responses of each eligible model; refusals have their own figure."""
    models = readings.eligible()
    scored = (readings.models[readings.scored][None, :] == models[:, None]).sum(axis=1)
    lost = (readings.models[readings.unscored][None, :] == models[:, None]).sum(axis=1)
    return np.asarray(scored / (scored + lost))


def _spread(means: Array, weight: Array) -> float:
    d = means - means.mean(axis=0)
    return float(((d @ weight) * d).sum() / (len(means) - 1))
