"""`jsonl`: the bank's own format, one `cruxbank.item/1` object a line (CONTRACTS 10)."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from cruxbank.exports import card_page
from cruxbank.exports.format import Bundle
from cruxbank.exports.hf_card import front_matter, line_features
from cruxbank.exports.lines import encode

FILE = "items.jsonl"


class Jsonl:
    """Everything that the bank knows of its items; `crux bank import` reads it again."""

    name: ClassVar[str] = "jsonl"
    summary: ClassVar[str] = "everything, one object a line; crux bank import reads it"

    def write(self, bundle: Bundle, folder: Path) -> None:
        """items.jsonl: sorted keys, UTF-8, LF, floats to 6 places. README.md says its types, for `load_dataset(DIR)`."""
        with (folder / FILE).open("wb") as file:
            file.writelines(encode(line) for line in bundle.lines)
        about = front_matter(bundle.card, len(bundle.lines), {"default": FILE}, line_features())
        (folder / card_page.FILE).write_text(about + card_page.body(bundle.card), encoding="utf-8", newline="\n")
