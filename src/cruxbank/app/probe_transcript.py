"""The readable transcript of a probing session, from the record into the run folder."""

from __future__ import annotations

from pathlib import Path

from cruxbank.graphs.outcome import spent_in
from cruxbank.graphs.probe_fold import findings_of
from cruxbank.memory.record import Record
from cruxbank.models.paid import paid_calls
from cruxbank.report.session_data import transcript
from cruxbank.report.session_files import complete, paths_of, write_transcript
from cruxbank.sessions import Session


def leave_transcript(record: Record, ledger: Path, folder: Path, session_id: str) -> None:
    """Write session-<n>.md, .html, .json and, with a turn in it, .eval as record and ledger have the session now.

    Raises:
        StoreError: a file cannot be written, or the ledger not be read; the same command writes them again.
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
    run = record.run(session.run)
    found = {
        "paid": paid_calls(ledger, [turn.response.call for turn in turns]),
        "began": run.started_at if run else "",
        "spent": spent_in(record.turn_costs(session.id)).model_dump(),
    }
    write_transcript(folder, shown.model_copy(update=found))


def left_transcript(record: Record, folder: Path, session: Session) -> bool:
    """Whether all files of a session are there; a stop may have come between its end and them."""
    return complete(folder, session, len(record.turns(session.id)))


def transcripts(record: Record, folder: Path, run: str) -> list[str]:
    """The pages of a run's sessions, for a person to open."""
    found = [paths_of(folder, session)[-1] for session in record.sessions(run)]
    return [str(path) for path in found if path.is_file()]
