"""The readable transcript of a probing session, from the record into the run folder."""

from __future__ import annotations

from pathlib import Path

from cruxbank.graphs.probe_fold import findings_of
from cruxbank.memory.record import Record
from cruxbank.report.session_data import transcript
from cruxbank.report.session_files import paths_of, write_transcript
from cruxbank.sessions import Session


def leave_transcript(record: Record, folder: Path, session_id: str) -> None:
    """Write session-<n>.md, .html and .json as the record has the session now.

    Raises:
        StoreError: a file cannot be written; the same command writes it again.
    """
    session = record.session(session_id)
    turns = record.turns(session.id)
    lead = record.session(session.replays) if session.replays else None
    wanted = sorted({*session.propositions, *(turn.ask.proposition for turn in turns)})
    shown = transcript(
        session,
        session.findings or findings_of(session, turns),
        turns,
        record.items_by_id(wanted),
        lead,
        record.turns(lead.id) if lead else (),
    )
    write_transcript(folder, shown)


def left_transcript(folder: Path, session: Session) -> bool:
    """Whether all files of a session are there; a stop may have come between its end and them."""
    return all(path.is_file() for path in paths_of(folder, session))


def transcripts(record: Record, folder: Path, run: str) -> list[str]:
    """The pages of a run's sessions, for a person to open."""
    found = [paths_of(folder, session)[-1] for session in record.sessions(run)]
    return [str(path) for path in found if path.is_file()]
