"""Items for an export: filtered, kept apart from what was given out before, thinned, chosen, and divided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sqlalchemy import Connection

from cruxbank.app.choosing import Drawn, choose
from cruxbank.app.holding import Past, Split, split
from cruxbank.app.likenesses import unit_vectors
from cruxbank.app.sketches import GROUPS, Sketch, sketches
from cruxbank.app.wishes import Wish, check, check_names
from cruxbank.config.settings import Settings
from cruxbank.errors import InputError
from cruxbank.memory.embeds import Vectors
from cruxbank.memory.exposures import canary, certain, entered
from cruxbank.memory.families import NONE, Families, families
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

    published, held: ids, sorted. hidden: ids that no line names: all that this or an earlier export held back, their other
    versions and near-duplicates. named: ids that a line may name as its neighbour; None: all but the hidden ones.
    weights: of both parts, by id. effective: Kish's effective sample size of the published ones'.

    found: items of the wished statuses; matching: those that pass the filters; pool: those that quotas and similarity leave.
    All three without what earlier exports held back, but for an export that holds a part back itself: that one draws anew.
    unmeasured: items of the pool that the rule left out because they were never measured. withheld: items left out because
    they were published before. wanted: how many this one should hold back. kept_back: how many of the whole bank are held
    back. akin: items of these filters that stay out only as another version or near-duplicate of those. fair: chance alone
    parts the two. coverage: by quota how many groups there were and how many the chosen items fill.
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
    found: int = 0
    matching: int = 0
    unmeasured: int = 0
    kept_back: int = 0
    akin: int = 0
    fair: bool = True
    named: frozenset[str] | None = None


@dataclass(frozen=True)
class _Pool:
    """What passed the filters, and what earlier exports did with it.

    entered: ids that were held back; held, published: those held and given out with all that belongs to them; certain: those
    given out without a draw; out: those given out.
    """

    items: list[Sketch]
    canary: str
    found: list[str]
    withheld: int
    families: Families
    entered: frozenset[str]
    out: frozenset[str]
    certain: frozenset[str]

    @cached_property
    def held(self) -> frozenset[str]:
        return self.families.of(self.entered)

    @cached_property
    def published(self) -> frozenset[str]:
        return self.families.of(self.out)

    def past(self, ids: Sequence[str]) -> Past:
        """What a division of these ids has to keep to."""
        return Past(self.held, self.published, self.families.of(self.certain), self.families.units(ids))


def select_items(record: Record, settings: Settings, wish: Wish) -> Selected:
    """Choose.

    Raises:
        InputError: the wish cannot be meant, nothing is left to give out, or a share to hold back is less than an item.
    """
    system = load_system(settings.values)
    check(wish, system)
    with record.database.read() as connection:
        pool = _pool(connection, wish)
    # An export that holds nothing back itself chooses among the others, so that --n items come out. One that does chooses
    # as if nothing were held yet: the same command then gives the same two parts again.
    free = [one for one in pool.items if wish.holdback or one.id not in pool.held]
    thinned = _thinned(free, wish, lambda keys: unit_vectors(settings, record, keys))
    drawn = choose(record, system, thinned, wish.rule, wish.n, wish.seed)
    parts = split(drawn.ids, wish.holdback, pool.canary, pool.past(drawn.ids))
    if wish.holdback and drawn.ids and not parts.wanted:
        message = f"--holdback {wish.holdback:.6g}: less than one of {len(drawn.ids)} items"
        raise InputError(message, hint="a larger share, or more items")
    if not parts.published:
        raise InputError(_nothing(wish, pool, len(drawn.ids)), hint=_way_out(wish, pool))
    return _selected(wish, pool, free, drawn, parts)


def _pool(connection: Connection, wish: Wish) -> _Pool:
    check_names("--domains", wish.domains, names(connection, "domain"))
    check_names("--languages", wish.languages, names(connection, "language"))
    entered_, out = entered(connection, "held"), entered(connection, "published")
    statuses = [status.value for status in wish.statuses]
    found = ids(connection, statuses, languages=wish.languages, domains=wish.domains, least=wish.min_separation)
    # Only where a part is held back it matters what belongs to the others: no draw may part them.
    asked = entered_ | out | frozenset(found if wish.holdback else ())
    known = families(connection, asked) if asked else NONE
    published = known.of(out) if wish.unexposed else frozenset()
    fresh = [key for key in found if key not in published]
    looked = sketches(connection, fresh) if wish.looks_inside else [Sketch(key) for key in fresh]
    return _Pool(
        items=[one for one in looked if _wanted(one, wish)],
        canary=canary(connection),
        found=ids(connection, statuses),
        withheld=len(found) - len(fresh),
        families=known,
        entered=entered_,
        out=out,
        certain=certain(connection) if wish.holdback else frozenset(),
    )


def _wanted(one: Sketch, wish: Wish) -> bool:
    return (not wish.kinds or one.kind in wish.kinds) and (not wish.values or not one.values.isdisjoint(wish.values))


def _thinned(items: list[Sketch], wish: Wish, likeness: Likeness) -> list[Sketch]:
    """Without what quotas and similarity leave out, the best kept first."""
    if not items or (wish.max_similarity is None and not wish.quotas):
        return items
    vectors = None if wish.max_similarity is None else likeness([one.id for one in items])
    quotas = [Quota(_groups(items, name), most) for name, most in wish.quotas]
    kept = thin(_best_first(items), vectors, 1.0 if wish.max_similarity is None else wish.max_similarity, quotas)
    return [items[i] for i in kept.tolist()]


def _best_first(items: Sequence[Sketch]) -> Ints:
    order = sorted(range(len(items)), key=lambda i: (items[i].joint is None, -(items[i].joint or 0.0), items[i].id))
    return np.array(order, dtype=np.int64)


def _groups(items: Sequence[Sketch], name: str) -> Ints:
    labels = [GROUPS[name](one) for one in items]
    numbers = {label: number for number, label in enumerate(sorted(set(labels) - {""}))}
    return np.array([numbers.get(label, -1) for label in labels], dtype=np.int64)


def _coverage(items: Sequence[Sketch], chosen: Collection[str], wish: Wish) -> dict[str, tuple[int, int]]:
    """By quota: how many groups there are, and how many of them the chosen items fill."""
    found: dict[str, tuple[int, int]] = {}
    for name, most in wish.quotas:
        groups = {one.id: GROUPS[name](one) for one in items}
        counts = Counter(groups[key] for key in chosen if groups[key])
        found[name] = len(set(groups.values()) - {""}), sum(count >= most for count in counts.values())
    return found


def _selected(wish: Wish, pool: _Pool, free: Sequence[Sketch], drawn: Drawn, parts: Split) -> Selected:
    before = pool.held if not wish.holdback else frozenset()
    kept = {one.id for one in pool.items if one.id in before}
    weights = _weights(drawn, parts) | dict.fromkeys(kept)
    shut = pool.entered | set(parts.held)
    return Selected(
        wish=wish,
        canary=pool.canary,
        published=parts.published,
        held=parts.held or tuple(sorted(kept)),
        hidden=pool.families.of(shut),
        weights=weights,
        effective=kish([weights[key] or 1.0 for key in parts.published]),
        pool=drawn.pool,
        withheld=pool.withheld,
        wanted=parts.wanted,
        coverage=_coverage(free, drawn.ids, wish),
        found=sum(key not in before for key in pool.found),
        matching=len(free),
        unmeasured=drawn.unmeasured,
        kept_back=len(shut),
        akin=sum(key in pool.held and key not in pool.entered for key in {*kept, *parts.held}),
        fair=parts.fair,
        named=pool.out | set(parts.published) if wish.recorded else None,
    )


def _weights(drawn: Drawn, parts: Split) -> dict[str, float | None]:
    """Of both parts. Each stands for the whole where chance alone divided them; else nobody knows what either stands for."""
    if not parts.fair and parts.held:
        return dict.fromkeys(drawn.ids)
    return _scaled(drawn.weights, parts.published) | _scaled(drawn.weights, parts.held)


def _scaled(weights: Mapping[str, float | None], part: Sequence[str]) -> dict[str, float | None]:
    factor = len(weights) / len(part) if part else 1.0
    return {key: None if (weight := weights[key]) is None else weight * factor for key in part}


def _nothing(wish: Wish, pool: _Pool, drawn: int) -> str:
    statuses = ",".join(status.value for status in wish.statuses)
    if drawn:
        return f"--holdback {wish.holdback:.6g}: leaves none of {drawn} items to give out"
    if pool.items:
        others = f"; {pool.withheld} more were published before" if pool.withheld else ""
        return f"--status {statuses}: {len(pool.items)} items match and are held back{others}"
    if pool.withheld:
        return f"--unexposed: all {pool.withheld} items that match were published before"
    others = ", ".join(f"--{name} {value}" for name, value in wish.filters if name != "status")
    return f"--status {statuses}: the bank has no such item" + (f" with {others}" if others else "")


def _way_out(wish: Wish, pool: _Pool) -> str:
    if pool.items and wish.holdback:
        return "a smaller --holdback, or grow on"
    if pool.withheld:
        return "grow on, or leave --unexposed out"
    return "grow on" if pool.items else "see `crux bank stats`"
