"""Records docs/images/review.svg: the real command in a pseudo-terminal on a grown bank (a copy: it is changed).

    python -m tests.e2e.record_review FOLDER docs/images/review.svg

FOLDER has a crux.yaml and a bank with operational items, best with a judge that quotes.
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tests.e2e.test_probe_interactive import Terminal

WIDTH = 100
COMMAND = ("bank", "review", "--reviewer", "noor", "--n", "20")
TYPED = ("r", "6", "q")


def record(folder: Path) -> str:
    """The screen of a short session, as SVG, without the list of keys that it begins with."""
    seat = Terminal(*COMMAND, cwd=folder, COLUMNS=str(WIDTH))
    for line in TYPED:
        seat.until("> ")
        seat.type(line)
    code, rest = seat.end()
    if code:
        raise SystemExit(rest)
    seen = seat.seen.decode(errors="replace").replace("\r\n", "\n").replace(f"{folder}/", "")
    seen = re.sub(r"\A.*?(?=[^\n]*1 of \d)", "", seen, flags=re.DOTALL)
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text.from_ansi(f"$ crux {' '.join(COMMAND)}\n\n{seen}"))
    drawn = console.export_svg(title="crux bank review", unique_id="review")
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)  # a picture loads no font from elsewhere


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(record(Path(sys.argv[1])), encoding="utf-8")
