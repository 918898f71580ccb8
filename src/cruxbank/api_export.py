"""Exports from Python: `bank.export("jsonl", "exported")`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cruxbank.config.settings import Settings
from cruxbank.errors import InputError
from cruxbank.items import Item, Status

if TYPE_CHECKING:
    from cruxbank.curation import ExportEntry
    from cruxbank.exports.bank_export import Exported
    from cruxbank.memory.record import Record


class Exporting:
    """The part of a bank that gives items out."""

    settings: Settings
    _record: Record

    def export(
        self,
        to: str,
        out: Path | str,
        *,
        n: int | None = None,
        select: str = "top",
        status: Status | str | Sequence[Status | str] = Status.OPERATIONAL,
        values: str | Sequence[str] = (),
        languages: str | Sequence[str] = (),
        domains: str | Sequence[str] = (),
        kinds: str | Sequence[str] = (),
        min_separation: float | None = None,
        quotas: Mapping[str, int] | None = None,
        max_similarity: float | None = None,
        public: bool = False,
        unexposed: bool = False,
        holdback: float | str = 0.0,
        private: Path | str | None = None,
        seed: int | None = None,
        force: bool = False,
    ) -> Exported:
        """What `crux export` does: choose items and write them in a format, with their card (docs/export.md).

        For example `bank.export("jsonl", "exported", n=50, quotas={"domain": 5}).files`.

        Raises:
            InputError: no such format, an argument that is no such thing, a wish that cannot be meant or fits no item, or a
                file that is there already.
            StoreError: a file or the record cannot be written.
        """
        from cruxbank.api_wish import wish_of
        from cruxbank.exports import registry
        from cruxbank.exports.bank_export import export_bank

        wish = wish_of(
            select,
            status,
            quotas,
            holdback,
            n=n,
            seed=self.settings.seed if seed is None else seed,
            values=values,
            languages=languages,
            domains=domains,
            kinds=kinds,
            min_separation=min_separation,
            max_similarity=max_similarity,
            public=public,
            unexposed=unexposed,
        )
        apart = None if private is None else Path(private)
        form = registry.load(to)
        return export_bank(self._record, self.settings, wish, form, Path(out), private=apart, force=force)

    def exports(self) -> tuple[ExportEntry, ...]:
        """The public exports that the bank remembers, oldest first."""
        from cruxbank.memory.exposures import entries

        with self._record.database.read() as connection:
            return entries(connection)

    def export_jsonl(self, out: Path | str, *, items: Iterable[Item] | None = None, force: bool = False) -> Path:
        """Write OUT/items.jsonl, by default all operational items; returns the file.

        Raises:
            InputError: there is nothing to write, an item is held back or stands there twice, or the file exists and
                `force` is not set.
        """
        from cruxbank.exports import registry
        from cruxbank.exports.bank_export import export_given
        from cruxbank.exports.jsonl import FILE

        if items is None:
            self.export("jsonl", out, force=force)
        else:
            export_given(self._record, self.settings, _once(items), registry.load("jsonl"), Path(out), force=force)
        return Path(out) / FILE


def _once(items: Iterable[Item]) -> tuple[Item, ...]:
    given = tuple(items)
    if twice := [key for key, n in Counter(item.id for item in given).items() if n > 1]:
        raise InputError(f"items: {twice[0]} stands there twice", hint="pass each item once")
    return given


def status_of(name: Status | str) -> Status:
    """A status by its name.

    Raises:
        InputError: there is none.
    """
    try:
        return Status(name)
    except ValueError as error:
        known = ", ".join(s.value for s in Status)
        raise InputError(f"status: no status '{name}'", hint=f"one of {known}") from error
