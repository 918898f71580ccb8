"""Records docs/images/probe-interactive.svg: the real command in a pseudo-terminal against a simulated target.

    python -m tests.e2e.record_interactive FOLDER docs/images/probe-interactive.svg

FOLDER has a crux.yaml and a bank with operational items.
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
TYPED = ("", "2", "u", "q")


def record(folder: Path) -> str:
    """The screen of a short session, as SVG. What the terminal echoes is in it."""
    seat = Terminal(
        "probe", "--target", "sim-target-flip-1", "--turns", "24", "--interactive", cwd=folder, COLUMNS=str(WIDTH)
    )
    for line in TYPED:
        seat.until("\n> ")
        seat.type(line)
    code, rest = seat.end()
    if code:
        raise SystemExit(rest)
    seen = seat.seen.decode(errors="replace").replace("\r\n", "\n").replace(f"{folder}/", "")
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text.from_ansi("$ crux probe --target sim-target-flip-1 --turns 24 --interactive\n" + seen))
    drawn = console.export_svg(title="crux probe --interactive", unique_id="probe")
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)  # a picture loads no font from elsewhere


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(record(Path(sys.argv[1])), encoding="utf-8")
