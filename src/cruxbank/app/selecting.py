"""Items for an export: filtered, kept apart from what was given out before, thinned, chosen, and divided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from cruxbank.app.choosing import Chosen, choose
from cruxbank.app.holding import Split, split
from cruxbank.app.likenesses import unit_vectors
from cruxbank.app.sketches import GROUPS, Sketch, sketches
from cruxbank.app.wishes import Wish, check, check_names
from cruxbank.config.settings import Settings
from cruxbank.errors import InputError
from cruxbank.memory.embeds import Vectors
from cruxbank.memory.exposures import canary, exposed
from cruxbank.memory.payloads import ids, names
from cruxbank.memory.record import Record
from cruxbank.science.arrays import Ints
from cruxbank.science.selection_candidates import kish
from cruxbank.science.thinning import Quota, thin
from cruxbank.values.systems import load_system

Likeness = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True)
class Selected:
    """The items of an export.

    published, held: ids, sorted. hidden: ids of all items that this or an earlier export held back. weights: of both parts,
    by id. effective: Kish's effective sample size of the published ones'. pool: items to choose from, after filters and
    thinning. withheld: items left out because they were published before. wanted: how many this one should hold back.
    coverage: by quota how many groups there were and how many it filled.
    """

    wish: Wish
    canary: str
    published: tuple[str, ...]
    held: tuple[str, ...]
    hidden: frozenset[str]
    weights: Mapping[str, float | None]
    effective: float
    pool: int
    withheld: int
    wanted: int
    coverage: Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class _Pool:
    """What passed the filters. held, published: ids of earlier exports."""

    items: list[Sketch]
    canary: str
    held: frozenset[str]
    published: frozenset[str]
    withheld: int


def select_items(record: Record, settings: Settings, wish: Wish) -> Selected:
    """Choose.

    Raises:
        InputError: the wish cannot be meant, or nothing is left to give out.
    """
    system = load_system(settings.values)
    check(wish, system)
    with record.database.read() as connection:
        pool = _pool(connection, wish)
    # An export that holds nothing back itself chooses among the others, so that --n items come out. One that does chooses
    # as if nothing were held yet: the same command then gives the same two parts again.
    kept = [] if wish.holdback else [one for one in pool.items if one.id in pool.held]
    free = [one for one in pool.items if wish.holdback or one.id not in pool.held]
    thinned, coverage = _thinned(free, wish, lambda keys: unit_vectors(settings, record, keys))
    chosen = choose(record, system, thinned, wish.rule, wish.n, wish.seed)
    parts = split(chosen.ids, wish.holdback, pool.canary, pool.held, pool.published)
    if not parts.published:
        raise InputError(_nothing(wish, pool), hint=_way_out(pool))
    return _selected(wish, pool, chosen, parts, kept, coverage)


def _pool(connection: Connection, wish: Wish) -> _Pool:
    check_names("--domains", wish.domains, names(connection, "domain"))
    check_names("--languages", wish.languages, names(connection, "language"))
    held, published = exposed(connection, "held"), exposed(connection, "published")
    found = ids(
        connection,
        [status.value for status in wish.statuses],
        languages=wish.languages,
        domains=wish.domains,
        least=wish.min_separation,
    )
    fresh = [key for key in found if not (wish.unexposed and key in published)]
    known = sketches(connection, fresh) if wish.looks_inside else [Sketch(key) for key in fresh]
    items = [one for one in known if _wanted(one, wish)]
    return _Pool(items, canary(connection), held, published, len(found) - len(fresh))


def _wanted(one: Sketch, wish: Wish) -> bool:
    return (not wish.kinds or one.kind in wish.kinds) and (not wish.values or not one.values.isdisjoint(wish.values))


def _thinned(items: list[Sketch], wish: Wish, likeness: Likeness) -> tuple[list[Sketch], dict[str, tuple[int, int]]]:
    """Without what quotas and similarity leave out, the best kept first; and how far the quotas were filled."""
    if not items or (wish.max_similarity is None and not wish.quotas):
        return items, {}
    groups = {name: _groups(items, name) for name, _ in wish.quotas}
    vectors = None if wish.max_similarity is None else likeness([one.id for one in items])
    quotas = [Quota(groups[name], most) for name, most in wish.quotas]
    kept = thin(_best_first(items), vectors, 1.0 if wish.max_similarity is None else wish.max_similarity, quotas)
    coverage = {name: _filled(groups[name], kept, most) for name, most in wish.quotas}
    return [items[i] for i in kept.tolist()], coverage


def _best_first(items: Sequence[Sketch]) -> Ints:
    order = sorted(range(len(items)), key=lambda i: (items[i].joint is None, -(items[i].joint or 0.0), items[i].id))
    return np.array(order, dtype=np.int64)


def _groups(items: Sequence[Sketch], name: str) -> Ints:
    labels = [GROUPS[name](one) for one in items]
    numbers = {label: number for number, label in enumerate(sorted(set(labels) - {""}))}
    return np.array([numbers.get(label, -1) for label in labels], dtype=np.int64)


def _filled(groups: Ints, kept: Ints, most: int) -> tuple[int, int]:
    counts = Counter(groups[kept].tolist())
    return len(set(groups.tolist()) - {-1}), sum(count >= most for group, count in counts.items() if group >= 0)


def _selected(
    wish: Wish,
    pool: _Pool,
    chosen: Chosen,
    parts: Split,
    kept: Sequence[Sketch],
    coverage: dict[str, tuple[int, int]],
) -> Selected:
    weights = _scaled(chosen.weights, parts.published) | _scaled(chosen.weights, parts.held)
    return Selected(
        wish=wish,
        canary=pool.canary,
        published=parts.published,
        held=parts.held or tuple(sorted(one.id for one in kept)),
        hidden=pool.held | set(parts.held),
        weights=weights | {one.id: None for one in kept},
        effective=kish([weights[key] or 1.0 for key in parts.published]),
        pool=chosen.pool,
        withheld=pool.withheld,
        wanted=parts.wanted,
        coverage=coverage,
    )


def _scaled(weights: Mapping[str, float | None], part: Sequence[str]) -> dict[str, float | None]:
    """Weights of a part that stands for the whole: it was divided off by chance alone."""
    factor = len(weights) / len(part) if part else 1.0
    return {key: None if (weight := weights[key]) is None else weight * factor for key in part}


def _nothing(wish: Wish, pool: _Pool) -> str:
    statuses = ",".join(status.value for status in wish.statuses)
    if pool.items:
        return f"--status {statuses}: all {len(pool.items)} items that match are held back"
    if pool.withheld:
        return f"--unexposed: all {pool.withheld} items that match were published before"
    others = ", ".join(f"--{name} {value}" for name, value in wish.filters if name != "status")
    return f"--status {statuses}: the bank has no such item" + (f" with {others}" if others else "")


def _way_out(pool: _Pool) -> str:
    if pool.items:
        return "a smaller --holdback, or grow on"
    return "grow on, or leave --unexposed out" if pool.withheld else "see `crux bank stats`"
