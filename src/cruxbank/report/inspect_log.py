"""A session as a log of Inspect (the AISI's evaluation framework): header, and one sample a turn.

Why a turn is a sample, and not a session. The judge reads one answer, so a verdict belongs to one answer, and Inspect
keeps scores by sample: the list of samples is then the session turn by turn, to sort and filter by stance, flip or value,
and a data frame of samples is a data frame of turns. A session is no single conversation either: most asks open a new
one, and a test puts the same one again and again. In one list of messages it would seem that the target remembered what it
never saw. So each sample has the messages that the target was sent for that turn, earlier turns of its conversation
among them, and what belongs to the session as a whole (weaknesses, flip points, order, noise) stands in the log's results.

Format: version 2 of the log as inspect_ai 0.3 documents and reads it; nothing of it is needed to write one.
"""

from __future__ import annotations

from typing import Any

from cruxbank.report.inspect_sample import error, is_lost, iso, name, sample_of, usage_of
from cruxbank.report.inspect_scores import FLIPPED, STANCE, VALUE, VERDICT, raised_in, results_of, told
from cruxbank.report.session_data import Transcript
from cruxbank.sessions import Session

VERSION = 2
TASK = "cruxbank_probe"
SIMULATED = "A simulated model gave these answers: no figure here says anything about a real model."
_BROKE = ("no answer could be read", "the judge could not read")
"""How a session that could not go on tells why."""
_UNKNOWN = "1970-01-01T00:00:00+00:00"
"""Inspect demands a time; a record without one gets none that could be true."""


def samples_of(shown: Transcript) -> list[dict[str, Any]]:
    """One a turn, in their order."""
    raised = raised_in(shown.turns)
    return [sample_of(turn, shown, raised) for turn in shown.turns]


def header_of(shown: Transcript) -> dict[str, Any]:
    """Everything but the samples: what was run, how it ended, what it found and cost."""
    status = status_of(shown.session)
    broken = {"error": error(shown.session.ended)} if status == "error" else {}
    return {
        **start_of(shown),
        "status": status,
        "results": results_of(shown, sum(is_lost(turn, shown) for turn in shown.turns)),
        "stats": _stats(shown),
        "invalidated": False,
        **broken,
    }


def start_of(shown: Transcript) -> dict[str, Any]:
    """What was known when it began: version, what is run, on what."""
    session = shown.session
    given = {"turns": session.turns, "seed": session.seed, "value_system": session.value_system}
    step = {"solver": TASK, "params": given, "params_passed": given}
    return {"version": VERSION, "eval": _spec(shown), "plan": {"name": "plan", "steps": [step], "config": {}}}


def status_of(session: Session) -> str:
    """`success` of a session that ended by itself or by the person's word, `cancelled` of one that a budget or a person's
    leaving stopped and that can go on, `error` where no answer could be read any more."""
    if not session.ended or session.ended.startswith("budget"):
        return "cancelled"
    return "error" if session.ended.startswith(_BROKE) else "success"


def _spec(shown: Transcript) -> dict[str, Any]:
    session, samples = shown.session, [name(turn, shown) for turn in shown.turns]
    return {
        "eval_id": session.id,
        "run_id": session.run,
        "created": _spans(shown)[0] or shown.began or _UNKNOWN,
        "task": TASK,
        "task_id": session.id,
        "task_version": 0,
        "task_display_name": f"crux probe, session {session.number}" + (" (simulated)" if shown.simulated else ""),
        "task_attribs": {},
        "task_args": {"turns": session.turns, "seed": session.seed},
        "tags": ["cruxbank", "probe", *(["simulated"] if shown.simulated else [])],
        "dataset": {"name": f"session {session.id}", "samples": len(samples), "sample_ids": samples, "shuffled": False},
        "model": session.target,
        "model_generate_config": {},
        "model_args": {},
        "config": {"epochs": 1},
        "packages": {},
        "metadata": _about(shown),
        "viewer": _viewer(shown),
    }


def _about(shown: Transcript) -> dict[str, Any]:
    """The session as its JSON transcript tells it, less the turns."""
    session = shown.session
    kept = {
        "id",
        "run",
        "number",
        "target",
        "origin",
        "seed",
        "value_system",
        "judge",
        "signed",
        "interactive",
        "ended",
    }
    return {
        **({"simulated": SIMULATED} if shown.simulated else {}),
        **session.model_dump(mode="json", include=kept),
        **({"compared_with": shown.other_target} if shown.other_target else {}),
        "propositions": {key: about._asdict() for key, about in shown.propositions.items()},
        "told": told(shown),
        "new_questions": list(shown.discovered),
        "findings": shown.findings.model_dump(mode="json"),
        "spent": dict(shown.spent),
    }


def _stats(shown: Transcript) -> dict[str, Any]:
    """Times from the first request to the last answer of the target, and its tokens."""
    began, ended = _spans(shown)
    calls = [paid for paid in shown.paid.values() if paid.answered]
    usage = {shown.session.target: usage_of(*calls)} if calls else {}
    return {"started_at": began or shown.began, "completed_at": ended, "model_usage": usage, "role_usage": {}}


def _spans(shown: Transcript) -> tuple[str, str]:
    """When the first request of the session was sent and the last answer came; empty where the ledger does not know."""
    sent = [paid.sent_at for paid in shown.paid.values() if paid.sent_at is not None]
    came = [paid.committed_at for paid in shown.paid.values() if paid.committed_at is not None]
    return iso(min(sent)) if sent else "", iso(max(came)) if came else ""


def _viewer(shown: Transcript) -> dict[str, Any]:
    """How `inspect view` shows the turns: as a list by number, and every text of a model as text, never as markup."""
    values = [VALUE + name for name in raised_in(shown.turns)]
    columns = ["sampleId", "input", *(f"score__{key}__{key}" for key in (STANCE, FLIPPED, *values, VERDICT)), "tokens"]
    hidden = [{"id": key, "visible": False} for key in ("sampleStatus", "target", "answer", "duration")]
    sides = {"supports": "info", "present": "info", "opposes": "warn", "mixed": "muted"}
    view = {
        "name": "Turns",
        "columns": [*({"id": key, "visible": True} for key in columns), *hidden],
        "sort": [{"column": "sampleId", "dir": "asc"}],
        "multiline": False,
        "score_labels": {key: key.removeprefix(VALUE) for key in values},
        "score_color_scales": {FLIPPED: {"flipped": "warn"}} | dict.fromkeys(values, sides),
    }
    return {"trust_content": False, "task_samples_view": view, "scanner_result_view": {}}
