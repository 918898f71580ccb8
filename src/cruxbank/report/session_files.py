"""What a session leaves in its run folder: session-<n>.md, .json, .eval and .html."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from cruxbank.memory.codec import rounded
from cruxbank.report.inspect_archive import archive
from cruxbank.report.page import write_file
from cruxbank.report.session_data import Transcript, said
from cruxbank.report.session_page import html
from cruxbank.report.session_text import markdown
from cruxbank.sessions import Session


def write_transcript(folder: Path, shown: Transcript) -> tuple[Path, ...]:
    """Write the files, each whole or not at all; the same record and ledger give the same bytes.

    Raises:
        StoreError: one cannot be written; an older one stays as it was.
    """
    text, data, log, page = paths_of(folder, shown.session)
    made = {text: markdown(shown).encode(), data: as_json(shown).encode(), page: html(shown).encode()}
    if shown.turns:
        made = {log: archive(shown), **made}
    else:  # a person took every turn back: an evaluation without a sample is none
        with suppress(OSError):
            log.unlink()
    for path, content in made.items():
        write_file(path, content)
    return tuple(made)


def paths_of(folder: Path, session: Session) -> tuple[Path, Path, Path, Path]:
    """Markdown, JSON, log for Inspect and page of a session; the page is written last."""
    name = f"session-{session.number}"
    return folder / f"{name}.md", folder / f"{name}.json", folder / f"{name}.eval", folder / f"{name}.html"


def complete(folder: Path, session: Session, turns: int) -> bool:
    """Whether all files of a session with so many turns are there; without a turn there is no log for Inspect."""
    wanted = (path for path in paths_of(folder, session) if turns or path.suffix != ".eval")
    return all(path.is_file() for path in wanted)


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
