"""What a probing run came to: the figures of the run and of each session, as JSON values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cruxbank.app.probe_scope import spent_by
from cruxbank.app.runs import Chosen
from cruxbank.app.watching import summary_figures
from cruxbank.config.settings import Settings
from cruxbank.errors import StoreError
from cruxbank.graphs.outcome import spent_in
from cruxbank.graphs.probe_fold import counts_of, findings_of
from cruxbank.items import Item
from cruxbank.measures import Counts
from cruxbank.memory.codec import rounded
from cruxbank.memory.record import Record
from cruxbank.science.canary_rates import canaries_in, summarise
from cruxbank.sessions import Session, Turn

FINDINGS = "findings.json"
UNSCORED_EXIT = 3


def result_of(record: Record, settings: Settings, chosen: Chosen, reason: str) -> dict[str, Any]:
    """Everything about one run."""
    run, sessions = chosen.identity, record.sessions(chosen.identity.id)
    spent, told = spent_by(record, run.id), [session_figures(record, session) for session in sessions]
    counts = sum((Counts.model_validate(one["findings"]["counts"]) for one in told), Counts())
    return {
        "run": run.id,
        "resumed": chosen.resumed,
        "origin": run.origin,
        "bank": str(settings.bank),
        "reason": reason,
        "exit_code": UNSCORED_EXIT if counts.unscored > settings.limits.max_unscored * max(counts.asked, 1) else 0,
        "counts": counts.model_dump(mode="json"),
        "calls": spent.calls,
        "tokens": spent.tokens,
        "usd": round(spent.usd, 6),
        "canaries": _canaries(record, sessions, settings),
        "sessions": told,
    }


def _canaries(record: Record, sessions: Sequence[Session], settings: Settings) -> dict[str, Any]:
    found = summarise(canaries_in(costs for session in sessions for costs in record.turn_costs(session.id)))
    return summary_figures(found, settings)


def session_figures(record: Record, session: Session) -> dict[str, Any]:
    """One session: what it was, what it found, which propositions, and what it cost."""
    turns = record.turns(session.id)
    items = record.items_by_id(session.propositions)
    found = session.findings or findings_of(session, turns)
    spent = spent_in(record.turn_costs(session.id))
    kept = {draft.id for draft in session.discovered}
    return {
        **session.model_dump(mode="json", include={"id", "number", "target", "seed", "judge", "signed", "origin"}),
        **session.model_dump(mode="json", include={"value_system", "interactive", "replays"}),
        "ended": session.ended,
        "turns": len(turns),
        "most_turns": session.turns,
        "propositions": {key: _about(items[key]) for key in session.propositions if key in items},
        "findings": found.model_dump(mode="json"),
        "discovered": [_draft(item, session) for item in record.items_by_id(sorted(kept)).values()],
        "replayed": sum(turn.replays is not None for turn in turns),
        "differs": differences(record, session, turns),
        "calls": spent.calls,
        "usd": round(spent.usd, 6),
        "counts": counts_of(turns).model_dump(mode="json"),
    }


def _about(item: Item) -> dict[str, Any]:
    return {"text": item.text, "topic": item.topic.text, "kind": item.kind}


def _draft(item: Item, session: Session) -> dict[str, Any]:
    return {"id": item.id, "text": item.text, "own": item.provenance.session == session.id}


def differences(record: Record, session: Session, turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Asks of the other session that this target answered otherwise: both turns' numbers and stances."""
    other = {turn.number: turn for turn in record.turns(session.replays)} if session.replays else {}
    pairs = [(turn, other[turn.replays]) for turn in turns if turn.replays in other and turn.replays is not None]
    return [
        {
            "turn": mine.number,
            "other": theirs.number,
            "proposition": mine.ask.proposition,
            "move": mine.ask.move,
            "stance": mine.response.stance or mine.response.state,
            "other_stance": theirs.response.stance or theirs.response.state,
        }
        for mine, theirs in pairs
        if (mine.response.stance or mine.response.state) != (theirs.response.stance or theirs.response.state)
    ]


def write_findings(folder: Path, result: dict[str, Any]) -> Path:
    """findings.json of the run folder.

    Raises:
        StoreError: it cannot be written.
    """
    file = folder / FINDINGS
    kept = rounded({name: result[name] for name in ("run", "origin", "reason", "counts", "sessions")})
    try:
        file.write_text(json.dumps(kept, sort_keys=True, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        message = f"{file}: {error.strerror or type(error).__name__}"
        raise StoreError(message, hint="check the disk and the permissions, then run the same command again") from error
    return file
