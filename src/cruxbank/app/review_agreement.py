"""How far the people who review a bank agree: their standing decisions about the same items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import combinations
from math import isfinite

from cruxbank.app.looking import open_record
from cruxbank.config.settings import Settings
from cruxbank.curation import HumanReview
from cruxbank.errors import InputError
from cruxbank.frozen import Frozen
from cruxbank.memory.reviews import Reviews, standing
from cruxbank.science.agreement import Alpha, alpha, coded, kappa
from cruxbank.science.seeds import rng


class Agreed(Frozen):
    """Agreement on one question over some items. None where a figure is not defined: nothing varies, or too few items."""

    items: int
    """Items that two or more reviewers decided."""
    raw: float | None
    """Share of pairs of decisions about one item that are equal."""
    alpha: float | None
    """Krippendorff's, nominal: 1 perfect, 0 as by chance."""
    lo: float | None
    hi: float | None
    """95 % interval over items, reviewers fixed."""


class Pair(Frozen):
    """Two reviewers."""

    reviewers: tuple[str, str]
    choice: Agreed
    kept: Agreed
    kappa: float | None
    """Cohen's, of the four choices."""
    kappa_kept: float | None
    """Cohen's, of keeping an item or not."""
    table: dict[str, dict[str, int]]
    """First reviewer's choice -> second's -> items."""


class Disagreement(Frozen):
    """An item about which decisions differ."""

    item: str
    text: str
    choices: dict[str, str]
    reasons: dict[str, str]


class ReviewAgreement(Frozen):
    """All of it."""

    reviewers: dict[str, int]
    """Items that each has decided."""
    choice: Agreed
    """Of accept, edit, reject and flag."""
    kept: Agreed
    """Of keeping an item as it is (accept, flag) or not (edit, reject)."""
    pairs: tuple[Pair, ...]
    disagreements: tuple[Disagreement, ...]


def review_agreement(settings: Settings) -> ReviewAgreement:
    """The agreement of a bank's reviewers.

    Raises:
        InputError: fewer than two reviewers, or no item that two of them decided.
    """
    with open_record(settings) as record:
        last = standing(Reviews(record.database).all())
        common = _common(last)
        texts = {key: item.text for key, item in record.items_by_id(list(common)).items()}
    names = sorted({who for _, who in last})
    if len(names) < 2 or not common:
        have = f"{len(names)} reviewers, {len(common)} items that two of them decided"
        message = f"bank {settings.bank}: {have}"
        raise InputError(
            message, hint="let two people go through the same items: crux bank review --reviewer NAME --n 50"
        )
    differing = [key for key in common if len({one.choice for one in common[key].values()}) > 1]
    return ReviewAgreement(
        reviewers={name: sum(who == name for _, who in last) for name in names},
        choice=_agreed(common, names, False, settings.seed),
        kept=_agreed(common, names, True, settings.seed),
        pairs=tuple(_pair(common, pair, settings.seed) for pair in combinations(names, 2) if _both(common, pair)),
        disagreements=tuple(_differ(key, texts.get(key, ""), common[key]) for key in differing),
    )


Common = dict[str, dict[str, HumanReview]]


def _common(last: dict[tuple[str, str], HumanReview]) -> Common:
    """item -> reviewer -> decision, of items that two or more decided, by id."""
    found: Common = {}
    for (item, who), one in last.items():
        found.setdefault(item, {})[who] = one
    return {item: dict(sorted(mine.items())) for item, mine in sorted(found.items()) if len(mine) > 1}


def _both(common: Common, pair: tuple[str, str]) -> Common:
    return {item: mine for item, mine in common.items() if set(pair) <= mine.keys()}


def _rows(common: Common, names: Sequence[str], kept: bool) -> list[list[Hashable | None]]:
    """Labels (reviewers, items); None where a reviewer has not decided."""

    def label(one: HumanReview | None) -> Hashable | None:
        return None if one is None else one.choice in ("accept", "flag") if kept else one.choice

    return [[label(mine.get(name)) for mine in common.values()] for name in names]


def _agreed(common: Common, names: Sequence[str], kept: bool, seed: int) -> Agreed:
    found: Alpha = alpha(coded(_rows(common, names, kept)), rng(seed, 0, "agreement of reviewers"))
    figures = (_known(x) for x in (found.agreement, found.est, found.lo, found.hi))
    return Agreed(items=found.units, **dict(zip(("raw", "alpha", "lo", "hi"), figures, strict=True)))


def _pair(common: Common, names: tuple[str, str], seed: int) -> Pair:
    both = _both(common, names)
    table = Counter((mine[names[0]].choice, mine[names[1]].choice) for mine in both.values())
    return Pair(
        reviewers=names,
        choice=_agreed(both, names, False, seed),
        kept=_agreed(both, names, True, seed),
        kappa=_known(kappa(*coded(_rows(both, names, False)))),
        kappa_kept=_known(kappa(*coded(_rows(both, names, True)))),
        table={a: {b: n for (c, b), n in sorted(table.items()) if c == a} for a in sorted({a for a, _ in table})},
    )


def _differ(item: str, text: str, mine: dict[str, HumanReview]) -> Disagreement:
    choices = {who: one.choice for who, one in mine.items()}
    return Disagreement(
        item=item, text=text, choices=choices, reasons={who: one.reason for who, one in mine.items() if one.reason}
    )


def _known(figure: float) -> float | None:
    return round(figure, 6) if isfinite(figure) else None
