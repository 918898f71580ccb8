"""What a session leaves in its run folder: session-<n>.md, .html and .json."""

from __future__ import annotations

import json
from pathlib import Path

from cruxbank.memory.codec import rounded
from cruxbank.report.page import write_page
from cruxbank.report.session_data import Transcript, said
from cruxbank.report.session_page import html
from cruxbank.report.session_text import markdown
from cruxbank.sessions import Session


def write_transcript(folder: Path, shown: Transcript) -> tuple[Path, ...]:
    """Write the three files, each whole or not at all; the same record gives the same bytes.

    Raises:
        StoreError: one cannot be written; an older one stays as it was.
    """
    paths = paths_of(folder, shown.session)
    for path, text in zip(paths, (markdown(shown), as_json(shown), html(shown)), strict=True):
        write_page(path, text)
    return paths


def paths_of(folder: Path, session: Session) -> tuple[Path, Path, Path]:
    """Markdown, JSON and page of a session; the page is written last."""
    name = f"session-{session.number}"
    return folder / f"{name}.md", folder / f"{name}.json", folder / f"{name}.html"


def as_json(shown: Transcript) -> str:
    """The session, its turns in full and its findings. ASCII, so that no text of a model can break it."""
    value = {
        "session": shown.session.model_dump(mode="json", exclude={"findings"}),
        "findings": shown.findings.model_dump(mode="json"),
        "propositions": {key: about._asdict() for key, about in shown.propositions.items()},
        "turns": [turn.model_dump(mode="json") for turn in shown.turns],
        "compared_with": shown.other_target or None,
        "compared": [
            {
                "turn": one.mine.number,
                "other": one.theirs.number,
                "answer": said(one.mine),
                "other_answer": said(one.theirs),
                "differs": one.differs,
            }
            for one in shown.others
        ],
    }
    return json.dumps(rounded(value), sort_keys=True, indent=1) + "\n"
