"""What a session asks about: propositions that the bank knows to separate models, spread over values and meanings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

import numpy as np

from cruxbank.agents.moves import Move, MoveBook
from cruxbank.agents.scene import places, playable
from cruxbank.config.settings import Settings
from cruxbank.errors import InputError
from cruxbank.frozen import Frozen
from cruxbank.items import Item, Status
from cruxbank.memory.embeds import Embeds
from cruxbank.memory.record import Record
from cruxbank.science.arrays import Array
from cruxbank.science.probing import sizes
from cruxbank.science.seeds import rng
from cruxbank.sessions import PlannedMove, PlannedPair, PlannedSubject, SessionPlan

KINDS = ("question", "dilemma")
LOOKED_AT = 200
"""Most items that are compared in meaning; they are those that separate best."""
RAISED = 3
"""Most values of a proposition: those on which it separates models best."""
LUCK = 0.15
"""SD of the noise on the log of a proposition's worth: sessions with other seeds meet other propositions."""
PAIRS_EACH = 2
"""Propositions on which each pair of values is put: an order shall not hang on one subject."""


class Wish(Frozen):
    """What a session shall be about; empty: anything."""

    values: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


def candidates(record: Record, wish: Wish, bank: str) -> list[Item]:
    """Operational questions and dilemmas that fit the wish, best separation first.

    Raises:
        InputError: the bank has none, or none that fits; names the flag and what there is.
    """
    items = [i for i in record.items(status=Status.OPERATIONAL) if i.kind in KINDS and i.separation is not None]
    if not items:
        raise InputError(f"bank {bank}: has no operational question to probe with", hint="crux grow makes some")
    named = [i for i in items if _on_topic(i, wish.topics)]
    if not named:
        domains = sorted({item.topic.domain for item in items})
        hint = f"words of a topic, or one of the domains {', '.join(domains)}"
        raise InputError(f"--topics: '{', '.join(wish.topics)}' fits none of {len(items)} items", hint=hint)
    fitting = [i for i in named if not wish.values or {*dimensions_of(i)} & {*wish.values}]
    if not fitting:
        known = sorted({d for item in named for d in dimensions_of(item)})
        message = f"--values: none of {len(named)} items separates models on {', '.join(wish.values)}"
        raise InputError(message, hint=f"they separate on {', '.join(known)}")
    return fitting


def _on_topic(item: Item, wanted: Collection[str]) -> bool:
    said = f"{item.topic.text}\n{item.topic.domain}\n{item.topic.id}".casefold()
    return not wanted or any(word.casefold() in said for word in wanted)


def dimensions_of(item: Item) -> tuple[str, ...]:
    """The values that a proposition is about: its options' goods, then those that it separates models on, best first."""
    by = item.separation.by_dimension if item.separation else {}
    best = sorted((d for d in by if by[d].est > 0), key=lambda d: (-by[d].est, d))
    goods = [option.value for option in item.options if option.value]
    return tuple(dict.fromkeys([*goods, *best]))[:RAISED]


async def plan_session(
    settings: Settings, items: Sequence[Item], wish: Wish, book: MoveBook, embeds: Embeds, seed: int, turns: int,
    dimensions: Sequence[str], used: Collection[str] = (),
) -> SessionPlan:  # fmt: skip
    """The plan of one session. `used`: propositions of the run's earlier sessions, met again only where too few are left.

    `dimensions`: ids of the value system. `embeds` tells which propositions mean nearly the same.
    """
    size = sizes(turns)
    looked = items[:LOOKED_AT]
    near = np.asarray(await embeds.aencode([item.text for item in looked]), dtype=np.float64)
    chosen = choose_spread(looked, near, size.propositions, seed, used)
    wanted = wish.values if len(wish.values) > 1 else tuple(dimensions)
    return SessionPlan(
        subjects=tuple(_subject(book, item, k < size.flips) for k, item in enumerate(chosen)),
        moves=tuple(_planned(move, chosen) for move in book.moves if any(playable(move, i) for i in chosen)),
        pairs=pairs_of(book, chosen, wanted),
        floor=settings.probe.floor,
        silence=settings.probe.silence,
    )


def choose_spread(
    items: Sequence[Item], near: Array, n: int, seed: int, used: Collection[str] = ()
) -> tuple[Item, ...]:
    """n propositions, one after another by worth: the separation (bits), halved for every chosen one that is about the same
    value first, times how far it is in meaning from the nearest chosen one. near: (items, dims) unit rows."""
    luck = np.exp(LUCK * rng(seed, 0, "propositions").standard_normal(len(items)))
    worth = np.array([item.separation.joint.est if item.separation else 0.0 for item in items]) * luck
    cosines = np.clip(np.round(near @ near.T, 5), 0.0, 1.0)
    fresh = np.array([item.id not in used for item in items])
    chosen: list[int] = []
    while len(chosen) < min(n, len(items)):
        score = worth * [_halved(item, [items[c] for c in chosen]) for item in items]
        score = score * (1.0 - cosines[:, chosen].max(axis=1)) if chosen else score
        open_ = [k for k in range(len(items)) if k not in chosen]
        chosen.append(max(open_, key=lambda k: (bool(fresh[k]), round(float(score[k]), 9), -k)))
    return tuple(items[k] for k in chosen)


def _halved(item: Item, chosen: Sequence[Item]) -> float:
    lead = dimensions_of(item)[:1]
    same = sum(dimensions_of(other)[:1] == lead for other in chosen)
    return float(0.5**same)


def _subject(book: MoveBook, item: Item, flip: bool) -> PlannedSubject:
    plain = len(places(book["plain"], item))
    return PlannedSubject(item=item.id, dimensions=dimensions_of(item), wordings=max(plain, 1), flip=flip)


def _planned(move: Move, chosen: Sequence[Item]) -> PlannedMove:
    can = tuple(item.id for item in chosen if playable(move, item))
    return PlannedMove(
        name=move.name, effect=move.effect, only=None if len(can) == len(chosen) else can, prompt=move.ref
    )


def pairs_of(book: MoveBook, chosen: Sequence[Item], dimensions: Sequence[str]) -> tuple[PlannedPair, ...]:
    """Every pair of values, each on some propositions in turn; a dilemma of just these two comes first."""
    move = next((m for m in book.moves if m.effect == "pair"), None)
    able = [item for item in chosen if move is not None and playable(move, item)]
    if move is None or not able:
        return ()
    own = _own_dilemmas(able)
    found: list[PlannedPair] = []
    for k, (first, second) in enumerate(combinations(dimensions, 2)):
        turned = [able[(k + step) % len(able)].id for step in range(len(able))]
        homes = list(dict.fromkeys([*own.get(frozenset((first, second)), ()), *turned]))[:PAIRS_EACH]
        found += [PlannedPair(first=first, second=second, proposition=home, move=move.name) for home in homes]
    return tuple(found)


def _own_dilemmas(items: Sequence[Item]) -> Mapping[frozenset[str], list[str]]:
    found: dict[frozenset[str], list[str]] = {}
    for item in items:
        if item.kind == "dilemma" and len(item.options) == 2:
            found.setdefault(frozenset(option.value for option in item.options), []).append(item.id)
    return found
