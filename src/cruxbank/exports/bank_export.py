"""An export of a bank from its wish to its files: chosen, written, entered in the record, and only then made visible."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cruxbank.accuracy import Calibration
from cruxbank.app.judge_identity import configured_calibration
from cruxbank.app.languages import bank_languages
from cruxbank.app.selecting import Selected, select_items
from cruxbank.app.wishes import Wish
from cruxbank.config.settings import Settings
from cruxbank.curation import ExportEntry
from cruxbank.errors import InputError
from cruxbank.exports.card import Card, Chosen
from cruxbank.exports.card_facts import card_of
from cruxbank.exports.card_tally import Tally
from cruxbank.exports.deliver import Given, deliver, write
from cruxbank.exports.format import Bundle, Format
from cruxbank.exports.lines import Shared, shaped
from cruxbank.exports.places import refuse_bank, refuse_nested
from cruxbank.exports.remembering import Remembering
from cruxbank.exports.staging import staging
from cruxbank.exports.stream import Recorded, Tallied
from cruxbank.items import Item
from cruxbank.memory.exposures import canary, exposed
from cruxbank.memory.record import Record
from cruxbank.science.selection_candidates import kish

KEPT = (
    "These items are kept back: they stand in no public export and must not be published. A model that answers them "
    "otherwise than the published ones may have learnt the latter."
)
"""The first limit that the card of what is held back names."""


@dataclass(frozen=True)
class Exported:
    """What an export made. files, private: paths, sorted; uncalibrated: items of which the calibration says nothing."""

    files: tuple[Path, ...]
    private: tuple[Path, ...]
    selected: Selected
    card: Card
    entry: ExportEntry | None
    """How the bank remembers it; None where its items do not count as published."""
    uncalibrated: int


def export_bank(
    record: Record,
    settings: Settings,
    wish: Wish,
    form: Format,
    out: Path,
    *,
    private: Path | None = None,
    force: bool = False,
) -> Exported:
    """Write items of a bank in a format; those held back go to `private`, where it is given, and nowhere else.

    Raises:
        InputError: the wish cannot be meant or fits no item; a folder is the bank's, or a file is there already and
            `force` is not set or no export wrote it.
        StoreError: a file or the record cannot be written.
    """
    refuse_nested(out, private)
    refuse_bank(settings.bank, out, private)
    calibration = configured_calibration(settings)
    selected = select_items(record, settings, wish)
    if private is not None and not selected.held:
        raise InputError("--private: nothing is held back", hint="--holdback 20% keeps a part back")
    shared = _shared(record, calibration, selected.canary, selected.hidden, selected.named)
    whole = Tallied(Recorded(record.database, selected.published, selected.weights, shared))
    told = settings.export
    bundle = Bundle(
        whole, lambda: card_of(record, settings, whole.tally, _told(selected), canary=selected.canary), told
    )
    entry = _entry(selected, form) if wish.recorded else None
    with staging(force=force) as places:
        files = write(form, bundle, places.folder(out))
        kept: tuple[Path, ...] = ()
        if private is not None:
            kept = write(form, _held(record, settings, selected, shared), places.folder(private, private=True))
        places.check()
        with Remembering(record, entry, selected.published, selected.held, visible=lambda: places.visible) as remember:
            remember.enter()
            places.publish()
    own = tuple(private / name for name in kept) if private else ()
    unread = whole.tally.uncalibrated if calibration else 0
    return Exported(tuple(out / name for name in files), own, selected, bundle.card, entry, unread)


def _held(record: Record, settings: Settings, selected: Selected, shared: Shared) -> Bundle:
    """What is held back, with a card of its own."""
    lines = Tallied(Recorded(record.database, selected.held, selected.weights, shared))

    def card() -> Card:
        made = card_of(record, settings, lines.tally, _told_held(selected), canary=selected.canary)
        title = f"{made.title} (held back: not to be published)"
        return made.model_copy(update={"title": title, "limits": (KEPT, *made.limits)})

    return Bundle(lines, card, settings.export)


def export_given(
    record: Record, settings: Settings, items: Sequence[Item], form: Format, out: Path, *, force: bool = False
) -> tuple[Path, ...]:
    """Write items that somebody has at hand; returns the files.

    Raises:
        InputError: there is none, one is held back, or a file is there already and `force` is not set.
    """
    refuse_bank(settings.bank, out)
    if not items:
        raise InputError("items: nothing to export", hint="grow on, or pass items=bank.items(status=None)")
    with record.database.read() as connection:
        held, mark = exposed(connection, "held"), canary(connection)
    if refused := sorted(item.id for item in items if not held.isdisjoint((item.id, item.replaces or ""))):
        raise InputError(f"item {refused[0]}: is held back", hint="leave it out, or write it with --private")
    shared = _shared(record, configured_calibration(settings), mark, held)
    lines = Given([shaped(item.model_dump(mode="json"), 1.0, shared) for item in items])
    card = card_of(record, settings, Tally(lines), canary=mark)
    return deliver(form, Bundle(lines, card, settings.export), out, force=force)


def _shared(
    record: Record,
    calibration: Calibration | None,
    mark: str,
    held: Collection[str],
    named: Collection[str] | None = None,
) -> Shared:
    spoken = bank_languages(record)
    return Shared(calibration, spoken.flags if spoken else (), mark, held, named)


def _told(selected: Selected) -> Chosen:
    """Of the part that is given out."""
    wish = selected.wish
    return Chosen(
        rule=wish.rule if wish.n is not None else "",
        asked=wish.n,
        seed=wish.seed,
        found=selected.found,
        matching=selected.matching,
        pool=selected.pool,
        unmeasured=selected.unmeasured,
        effective=_effective(selected, selected.published),
        filters=wish.filters,
        public=wish.recorded,
        held=selected.kept_back,
        withheld=selected.withheld,
        comparable=selected.fair,
    )


def _told_held(selected: Selected) -> Chosen:
    """Of the part that is held back. Where an earlier export held it, no rule of this one chose it."""
    if not selected.wish.holdback:
        return Chosen(pool=len(selected.held), filters=selected.wish.filters)
    own = {"effective": _effective(selected, selected.held), "public": False, "held": 0}
    return _told(selected).model_copy(update=own)


def _effective(selected: Selected, part: Sequence[str]) -> float | None:
    """Kish's effective sample size of a part; None where its weights say nothing."""
    weights = [selected.weights[key] for key in part]
    return kish([weight or 1.0 for weight in weights]) if any(weights) else None


def _entry(selected: Selected, form: Format) -> ExportEntry:
    wish = selected.wish
    parts = [form.name, wish.rule, str(wish.seed), digest(selected.published), digest(selected.held), selected.canary]
    return ExportEntry(
        id="ex_" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16],
        format=form.name,
        rule=wish.rule,
        asked=wish.n,
        filters=wish.filters,
        seed=wish.seed,
        public=True,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        canary=selected.canary,
        digest=digest(selected.published),
        published=len(selected.published),
        held=len(selected.held),
    )


def digest(ids: Sequence[str]) -> str:
    """SHA-256 over ids, sorted, one a line."""
    return hashlib.sha256("".join(f"{key}\n" for key in sorted(ids)).encode()).hexdigest()
