"""An export of a bank from its wish to its files: chosen, written, entered in the record, and only then made visible."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from contextlib import ExitStack
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
from cruxbank.exports.remembering import Remembering
from cruxbank.exports.staging import refuse_taken, staged
from cruxbank.exports.stream import Recorded, Tallied
from cruxbank.items import Item
from cruxbank.memory.exposures import canary, exposed
from cruxbank.memory.record import Record


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
        InputError: the wish cannot be meant or fits no item, or a file is there already and `force` is not set.
        StoreError: a file or the record cannot be written.
    """
    _refuse_nested(out, private)
    calibration = configured_calibration(settings)
    selected = select_items(record, settings, wish)
    if private is not None and not selected.held:
        raise InputError("--private: nothing is held back", hint="--holdback 20% keeps a part back")
    shared = _shared(record, calibration, selected.canary, selected.hidden)
    whole = Tallied(Recorded(record.database, selected.published, selected.weights, shared))
    bundle = Bundle(whole, lambda: card_of(record, settings, whole.tally, _told(selected), canary=selected.canary))
    entry = _entry(selected, form) if wish.recorded else None
    with Remembering(record, entry, selected.published, selected.held) as remember, ExitStack() as stack:
        folder = stack.enter_context(staged(out, force=force))
        files = write(form, bundle, folder)
        kept: tuple[Path, ...] = ()
        if private is not None:
            apart = stack.enter_context(staged(private, force=force))
            kept = write(form, _held(record, settings, selected, shared), apart)
            refuse_taken(apart, private, force=force)
        refuse_taken(folder, out, force=force)
        remember.enter()
    own = tuple(private / name for name in kept) if private else ()
    unread = whole.tally.uncalibrated if calibration else 0
    return Exported(tuple(out / name for name in files), own, selected, bundle.card, entry, unread)


def _held(record: Record, settings: Settings, selected: Selected, shared: Shared) -> Bundle:
    """What is held back, with a card of its own."""
    lines = Tallied(Recorded(record.database, selected.held, selected.weights, shared))

    def card() -> Card:
        made = card_of(record, settings, lines.tally, _told(selected), canary=selected.canary)
        return made.model_copy(update={"title": f"{made.title} (held back: not to be published)"})

    return Bundle(lines, card)


def export_given(
    record: Record, settings: Settings, items: Sequence[Item], form: Format, out: Path, *, force: bool = False
) -> tuple[Path, ...]:
    """Write items that somebody has at hand; returns the files.

    Raises:
        InputError: there is none, one is held back, or a file is there already and `force` is not set.
    """
    if not items:
        raise InputError("items: nothing to export", hint="grow on, or pass items=bank.items(status=None)")
    with record.database.read() as connection:
        held, mark = exposed(connection, "held"), canary(connection)
    if refused := sorted(item.id for item in items if item.id in held):
        raise InputError(f"item {refused[0]}: is held back", hint="leave it out, or write it with --private")
    shared = _shared(record, configured_calibration(settings), mark, held)
    lines = Given([shaped(item.model_dump(mode="json"), 1.0, shared) for item in items])
    card = card_of(record, settings, Tally(lines), canary=mark)
    return deliver(form, Bundle(lines, card), out, force=force)


def _shared(record: Record, calibration: Calibration | None, mark: str, held: Collection[str]) -> Shared:
    spoken = bank_languages(record)
    return Shared(calibration, spoken.flags if spoken else (), mark, held)


def _refuse_nested(out: Path, private: Path | None) -> None:
    """What is held back must not lie where the others are published from."""
    if private is None:
        return
    public, own = out.resolve(), private.resolve()
    if public == own or public in own.parents or own in public.parents:
        raise InputError(f"--private {private}: lies in one folder with --out {out}", hint="choose one that is apart")


def _told(selected: Selected) -> Chosen:
    wish = selected.wish
    return Chosen(
        rule=wish.rule if wish.n is not None else "",
        asked=wish.n,
        seed=wish.seed,
        pool=selected.pool,
        effective=selected.effective if any(selected.weights[key] for key in selected.published) else None,
        filters=wish.filters,
        public=wish.recorded,
        held=len(selected.held),
        withheld=selected.withheld,
    )


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
