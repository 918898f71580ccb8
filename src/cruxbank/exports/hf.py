"""`hf`: a data set repository for the Hugging Face Hub: Parquet under data/ and a card (docs/tables.md)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import ClassVar

from cruxbank.exports.card_page import FILE as CARD_FILE, body
from cruxbank.exports.csv_tables import TABLES
from cruxbank.exports.format import Bundle, Line
from cruxbank.exports.hf_card import front_matter
from cruxbank.exports.parquet import TableFile
from cruxbank.exports.parquet_schema import COLUMNS, prompt_schema, row, schema

FOLDERS = {"default": "data", "prompts": "prompts"}
FILES = {name: f"{folder}/test-*.parquet" for name, folder in FOLDERS.items()}
"""Configuration -> its files. No other files can lie among them: an export into a folder that has some is refused."""
SHARD_ROWS = 20_000
"""Rows a file: some 50 to 100 MB of items with 12 models; the Hub asks for files below 500 MB."""


class HuggingFace:
    """Two configurations: `default`, one row an item, and `prompts`, one row a wording."""

    name: ClassVar[str] = "hf"
    summary: ClassVar[str] = "a Hugging Face data set: card and Parquet, ready to upload"

    def write(self, bundle: Bundle, folder: Path) -> None:
        """README.md, data/test-*.parquet and prompts/test-*.parquet."""
        lines, rows = iter(bundle.lines), len(bundle.lines)
        for items, prompts in zip(*(_shards(folder / name, rows) for name in FOLDERS.values()), strict=True):
            with TableFile(items, schema(), COLUMNS) as data, TableFile(prompts, prompt_schema()) as asked:
                for line in islice(lines, SHARD_ROWS):
                    data.add(row(line))
                    for prompt in _prompts(line):
                        asked.add(prompt)
        page = front_matter(bundle.card, rows, FILES) + body(bundle.card)
        (folder / CARD_FILE).write_text(page, encoding="utf-8", newline="\n")


def _shards(folder: Path, rows: int) -> list[Path]:
    """As the Hub names them; one empty file where there are no rows."""
    folder.mkdir()
    shards = max(1, -(-rows // SHARD_ROWS))
    return [folder / f"test-{number:05d}-of-{shards:05d}.parquet" for number in range(shards)]


def _prompts(line: Line) -> Iterator[dict[str, object]]:
    table = TABLES["wordings"]
    shared = {name: line[name] for name in ("status", "origin", "canary")} | {"domain": line["topic"]["domain"]}
    for cells in table.rows(line):
        yield dict(zip(table.columns, cells, strict=True)) | shared
