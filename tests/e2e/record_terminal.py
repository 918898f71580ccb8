"""Records docs/images/terminal.svg: the live panel of `crux grow` as it stood at one round of a run.

python -m tests.e2e.record_terminal demo/bank/runs/RUN 136 docs/images/terminal.svg
"""

from __future__ import annotations

import io
import json
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from cruxbank.cli.progress import Progress
from cruxbank.config.loading import load_settings

WIDTH = 90


def record(run: Path, slots: int) -> str:
    """The panel after so many slots, as SVG."""
    events = [json.loads(line) for line in (run / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    until = next(n for n, e in enumerate(events) if e["event"] == "round_committed" and e["slots"] >= slots)
    now = [_seconds(events[0])]
    panel = Progress(load_settings(run / "config.yaml"), live=False, clock=lambda: now[0], aside=True)
    for event in events[: until + 1]:
        now[0] = _seconds(event)
        panel.replay([event])
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print("[bold]$ crux grow[/]")
    console.print(panel)
    drawn = console.export_svg(title="crux grow", unique_id="grow")
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)  # a picture loads no font from elsewhere


def _seconds(event: dict[str, Any]) -> float:
    return datetime.fromisoformat(event["at"]).timestamp()


if __name__ == "__main__":
    Path(sys.argv[3]).write_text(record(Path(sys.argv[1]), int(sys.argv[2])), encoding="utf-8")
