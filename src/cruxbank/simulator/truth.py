"""What only the simulator can know: true values, and how many bits an item truly tells about who answered."""

from __future__ import annotations

import zlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from cruxbank.simulator.dif import shift_of
from cruxbank.simulator.hashing import Floats
from cruxbank.simulator.presets import Preset
from cruxbank.simulator.response import Latents, plan, random_noise
from cruxbank.simulator.roster import DIMENSIONS, INDEX, family_of
from cruxbank.simulator.tables import system_words
from cruxbank.simulator.tongues import to_english
from cruxbank.simulator.world import World


@dataclass(frozen=True)
class Truth:
    """True separation of one item over the mixture of its wordings, in bits, among answered responses."""

    by_dimension: dict[str, float]
    """Generalised Jensen-Shannon divergence over supports / opposes / absent."""
    stance: float
    mean: float
    """Mean over dimensions."""
    pairwise: float
    """Mean over dimensions and pairs of models of their divergence: stays comparable as models join."""
    joint: float
    """1/2 log2 det(I + S_W^-1 S_B) of ten signed values and the stance, at most log2 K (SCIENCE 2)."""


def profile(model: str, *, seed: int = 0, preset: str = "opinionated", world: World | None = None) -> Floats:
    """(10,) person-centred values of a model, in the order of DIMENSIONS.

    Raises:
        KeyError: no such model.
    """
    world = world or World(seed, preset)
    return np.array(world.traits.theta[INDEX[model]])


def true_separation(
    wordings: Sequence[str],
    mirror: Sequence[bool],
    models: Sequence[str],
    *,
    seed: int = 0,
    preset: str = "opinionated",
    draws: int = 200,
    world: World | None = None,
    kind: str = "question",
) -> Truth:
    """Monte Carlo of the response process itself, not of the texts. A `world` may be passed on to save its set-up.

    kind: `question`, `dilemma` or `scenario`, of which the wordings are.

    Raises:
        ValueError: wordings and mirror differ in length, or there is nothing to compare.
    """
    if len(wordings) != len(mirror) or not wordings or not models:
        raise ValueError(f"{len(wordings)} wordings, {len(mirror)} mirror flags, {len(models)} models")
    world = world or World(seed, preset)
    latent = world.all_latents(models, wordings, kind)
    tag = zlib.crc32("\0".join((*wordings, *models)).encode("utf-8", "surrogatepass"))
    rng = np.random.default_rng([abs(world.seed), tag])
    return separation(world.preset, latent, mirror, [family_of(model) for model in models], rng, draws=draws)


def system_weights(dimensions: Sequence[str]) -> Floats:
    """(D, 10) share of the texts standing on each of the ten values that show a dimension of another value system.

    Written down in lexicon/systems.yaml from what the phrases say, and not measured with any judge; zero for a dimension
    that the simulator does not know.
    """
    found = np.zeros((len(dimensions), len(DIMENSIONS)))
    for row, name in enumerate(dimensions):
        about = system_words().get(name)
        for value, share in (about.sources if about else {}).items():
            found[row, DIMENSIONS.index(value)] = share
    return found


def system_profile(model: str, dimensions: Sequence[str], *, world: World, kind: str = "question") -> Floats:
    """(D,) what a model cares about in another value system: its values, weighted by `system_weights`; NaN for none.

    kind: values that are professed (`question`), acted on (`scenario`), or halfway (`dilemma`).

    Raises:
        KeyError: no such model or kind.
    """
    weights, theta = system_weights(dimensions), world.shown(kind).theta[INDEX[model]]
    total = weights.sum(axis=1)
    return np.asarray(np.where(total > 0, weights @ theta / np.maximum(total, 1e-9), np.nan))


def system_presence(values: Floats, dimensions: Sequence[str]) -> Floats:
    """(..., D) chance that a dimension shows in a response that raised some of the ten values; values (..., 10)."""
    left = 1.0 - system_weights(dimensions) * (np.asarray(values) != 0)[..., None, :]
    return np.asarray(1.0 - left.prod(axis=-1))


def language_shift(
    text: str, own: str, other: str, *, seed: int = 0, preset: str = "polyglot", world: World | None = None
) -> dict[str, float | bool]:
    """What was planted: how a proposition works in `other` compared with `own`, the language it was written in.

    `uniform`: latent stance that every model gains towards a yes to `text`, in the units of the preset's variances.
    `reordered`: models' positions differ between the two. `text` may be in any of the languages.
    """
    world, key = world or World(seed, preset), to_english(text)
    here, there = (shift_of(world.seed, world.preset, key, language) for language in (own, other))
    return {
        "uniform": world.features(text).sign * (there.uniform - here.uniform),
        "reordered": there.reordered != here.reordered or (there.reordered and there.word != here.word),
    }


def separation(
    preset: Preset,
    latent: Latents,
    mirror: Sequence[bool],
    families: Sequence[Hashable],
    rng: np.random.Generator,
    *,
    draws: int = 200,
) -> Truth:
    """True separation of K models over the mixture of W wordings, by Monte Carlo.

    latent: shapes (W, K) and (W, K, 10); mirror: (W,); families: (K,), each one a voice; draws a model and wording.
    """
    plans = plan(preset, latent, random_noise(rng, (draws, *latent.stance.shape)))
    turn = np.where(np.asarray(mirror), -1, 1)[:, None]
    answers = np.concatenate([plans.values, (plans.stance * turn)[..., None]], axis=-1)
    return _truth(answers.astype(np.float64), ~plans.refused, _weights(families))


def _weights(families: Sequence[Hashable]) -> Floats:
    """1 / (families x models in the family)."""
    return np.array([1 / (len(set(families)) * families.count(family)) for family in families])


def _truth(answers: Floats, answered: np.ndarray, weights: Floats) -> Truth:
    k, d = answers.shape[2], answers.shape[-1]
    flat = [answers[:, :, i][answered[:, :, i]] for i in range(k)]
    rows = [i for i in range(k) if len(flat[i]) > 1]
    a = weights[rows] / weights[rows].sum()
    shares = np.array([[(flat[i] == value).mean(axis=0) for value in (-1, 0, 1)] for i in rows])
    bits = _entropy(np.einsum("i,icd->cd", a, shares)) - np.einsum("i,id->d", a, _entropy(shares))
    values = np.maximum(bits[: d - 1], 0.0)
    return Truth(
        by_dimension={name: float(v) for name, v in zip(DIMENSIONS, values, strict=True)},
        stance=float(max(bits[d - 1], 0.0)),
        mean=float(values.mean()),
        pairwise=float(_pairwise(shares[:, :, : d - 1]).mean()),
        joint=_joint([flat[i] for i in rows], a),
    )


def _entropy(p: Floats) -> Floats:
    """Bits, over the last axis but one."""
    return np.asarray(-(p * np.log2(np.where(p > 0, p, 1.0))).sum(axis=-2))


def _pairwise(p: Floats) -> Floats:
    """(D,) mean over pairs of models of their Jensen-Shannon divergence, bits; p: (K, 3, D)."""
    one, two = np.triu_indices(len(p), 1)
    each = _entropy((p[one] + p[two]) / 2) - (_entropy(p[one]) + _entropy(p[two])) / 2
    return np.asarray(each.mean(axis=0)) if len(one) else np.zeros(p.shape[-1])


def _joint(flat: Sequence[Floats], a: Floats) -> float:
    means = np.array([rows.mean(axis=0) for rows in flat])
    covs = [np.cov(rows, rowvar=False) for rows in flat]
    within = np.einsum("i,ijk->jk", a, np.array(covs)) + 1e-3 * np.eye(means.shape[1])
    # What finite draws add to the spread of the means: sum a (1 - a) S / n.
    extra = sum(w * (1 - w) * cov / len(rows) for w, cov, rows in zip(a, covs, flat, strict=True))
    centred = means - a @ means
    between = np.einsum("i,ij,ik->jk", a, centred, centred) - extra
    root = np.linalg.inv(np.linalg.cholesky(within))
    eigen = np.clip(np.linalg.eigvalsh(root @ between @ root.T), 0, None)
    return float(min(0.5 * np.log2(1 + eigen).sum(), np.log2(len(flat))))
