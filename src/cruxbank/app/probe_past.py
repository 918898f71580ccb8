"""Earlier probing sessions of a bank: which there are, and what one of them found. Nothing is asked or written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cruxbank.app.looking import open_record
from cruxbank.app.probe_result import session_figures
from cruxbank.config.settings import Settings
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.record import Record
from cruxbank.report.session_files import paths_of
from cruxbank.sessions import Findings, Session


def past_sessions(settings: Settings, targets: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The sessions of the bank in the order in which they began; with `targets` those with these models alone.

    Raises:
        InputError: there is no bank in that folder.
    """
    with open_record(settings) as record:
        known = [one for one in record.sessions() if not targets or one.target in targets]
        return [_line(record, session) for session in known]


def past_session(settings: Settings, id_or_prefix: str) -> dict[str, Any]:
    """One session with its findings (`session_figures`), and the pages of its transcript that are there.

    Raises:
        InputError: no bank, no such session, or several whose ids begin so.
    """
    with open_record(settings) as record:
        session = record.session(id_or_prefix)
        told = session_figures(record, session)
    folder = BankFolder(settings.bank).run_folder(session.run)
    return {**told, "transcripts": [str(path) for path in paths_of(folder, session) if path.is_file()]}


def _line(record: Record, session: Session) -> dict[str, Any]:
    found = session.findings or Findings()
    return {
        **session.model_dump(mode="json", include={"id", "run", "target", "origin", "ended", "interactive", "replays"}),
        "turns": len(record.turns(session.id)),
        "most_turns": session.turns,
        "weak": sum(one.weak for one in found.weaknesses),
        "undecided": sum(one.needs > 0 for one in found.weaknesses),
        "flips": len(found.flips),
    }
