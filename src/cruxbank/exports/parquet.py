"""`parquet`: one typed table for pandas, Polars, DuckDB, Spark and `datasets` (docs/tables.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from cruxbank.exports.format import Bundle
from cruxbank.exports.parquet_schema import COLUMNS, row, schema

if TYPE_CHECKING:
    import pyarrow as pa

FILE = "items.parquet"
GROUP_ROWS = 2000
"""Rows of a row group."""
BATCH_ROWS = 200
"""Rows that are Python objects at a time; a row with 12 models takes some 100 kB as such, and 3 kB in Arrow."""


class Parquet:
    """One row an item, nested where an item has many of something; the same columns and types for every bank."""

    name: ClassVar[str] = "parquet"
    summary: ClassVar[str] = "one typed table: pandas, Polars, DuckDB, Spark, datasets"

    def write(self, bundle: Bundle, folder: Path) -> None:
        """items.parquet; title, licence and canary stand in the file's metadata, too."""
        with TableFile(folder / FILE, schema(), COLUMNS) as file:
            for line in bundle.lines:
                file.add(row(line))
            # only now: the card is made of what the lines come to
            card = bundle.card
            file.describe({"title": card.title, "licence": card.licence, "canary": card.canary})


MadeColumn = Callable[[Sequence[Any]], "pa.Array"]


class TableFile:
    """A Parquet file that is written as its rows come.

    Equal rows give equal bytes with one version of pyarrow, which writes its name into the file.
    """

    def __init__(self, path: Path, columns: pa.Schema, made: Mapping[str, MadeColumn] | None = None) -> None:
        """Make the file. `made`: columns that a function makes of the rows' values, in place of Arrow."""
        import pyarrow.parquet as pq

        self._columns = columns
        self._made = made or {}
        self._writer = pq.ParquetWriter(path, columns, compression="zstd")
        self._rows: list[Mapping[str, Any]] = []
        self._batches: list[pa.Table] = []

    def add(self, row: Mapping[str, Any]) -> None:
        """One row, with the columns' names and types."""
        self._rows.append(row)
        if len(self._rows) == BATCH_ROWS:
            self._pack()
        if len(self._batches) == GROUP_ROWS // BATCH_ROWS:
            self._put()

    def describe(self, said: Mapping[str, str]) -> None:
        """What readers of the file's metadata find, under keys that no other writer uses."""
        self._writer.add_key_value_metadata({f"cruxbank.{key}": value for key, value in said.items()})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._pack()
                self._put()
        finally:
            self._writer.close()

    def _pack(self) -> None:
        import pyarrow as pa

        if self._rows:
            arrays = [self._column(field, [row[field.name] for row in self._rows]) for field in self._columns]
            self._batches.append(pa.Table.from_arrays(arrays, schema=self._columns))
            self._rows = []

    def _column(self, field: pa.Field, values: Sequence[Any]) -> pa.Array:
        import pyarrow as pa

        return self._made[field.name](values) if field.name in self._made else pa.array(values, field.type)

    def _put(self) -> None:
        import pyarrow as pa

        if self._batches:
            self._writer.write_table(pa.concat_tables(self._batches))
            self._batches = []
