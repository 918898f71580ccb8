"""One turn of a session as a sample of Inspect: what the target was sent, what it answered, how it was read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from cruxbank.items import Message, Usage
from cruxbank.models.paid import Paid
from cruxbank.report.inspect_scores import scores_of
from cruxbank.report.session_data import Transcript, put, said
from cruxbank.sessions import Turn

_STOPPED: Mapping[str, str] = MappingProxyType(
    {"stop": "stop", "length": "max_tokens", "content_filter": "content_filter", "tool_calls": "tool_calls"}
)
"""Finish reasons of the wire in Inspect's words; others are `unknown`."""
_NAMED = 30
"""Characters of a move in the name of a sample."""
_SEEN = 200
"""Characters by which a question is found again in the message that put it."""


def sample_of(turn: Turn, shown: Transcript, raised: Sequence[str]) -> dict[str, Any]:
    """The sample. Texts are whole here; `inspect_archive` cuts them for the list of samples."""
    paid = shown.paid.get(turn.response.call)
    asked, reply = _messages(turn, shown, paid), _reply(turn, shown, paid)
    output = _output(reply, shown, paid)
    return {
        "id": name(turn, shown),
        "epoch": 1,
        "input": turn.ask.text,
        "target": "",
        "messages": [*asked, *([reply] if reply else [])],
        "output": output,
        "scores": scores_of(turn, raised),
        "metadata": _metadata(turn, shown, as_sent=paid is not None),
        "store": {},
        "events": [_event(turn, asked, output, paid)] if paid and paid.sent_at is not None else [],
        "attachments": {},
        "uuid": f"{shown.session.id}.{turn.number}",
        "model_usage": {shown.session.target: usage_of(paid)} if paid and paid.answered else {},
        **({} if reply else {"error": error(said(turn).replace("_", " "))}),
        **_times(paid),
    }


def name(turn: Turn, shown: Transcript) -> str:
    """`007-majority`: what a person sees first of a sample. As many digits as the last turn needs, so that names sort as
    numbers do; of the move what may stand in the name of a file, since it names a member of the archive."""
    digits = max(3, len(str(max(one.number for one in shown.turns))))
    move = re.sub(r"[^a-z0-9]+", "-", turn.ask.move.lower())[:_NAMED].strip("-")
    return f"{turn.number:0{digits}}" + (f"-{move}" if move else "")


def is_lost(turn: Turn, shown: Transcript) -> bool:
    """Whether the call of a turn gave nothing at all, not even an empty answer."""
    paid = shown.paid.get(turn.response.call)
    return turn.response.state == "failed" and not turn.response.text and not (paid and paid.answered)


def usage_of(*calls: Paid) -> dict[str, Any]:
    """Tokens and dollars of calls. Inspect counts tokens that came from the endpoint's cache beside the input, not in it."""
    used = [call.usage for call in calls]
    cached = sum(min(one.cached_tokens, one.input_tokens) for one in used)
    return {
        "input_tokens": sum(one.input_tokens for one in used) - cached,
        "input_tokens_cache_read": cached,
        "output_tokens": sum(one.output_tokens for one in used),
        "total_tokens": sum(_total(one) for one in used),
        "total_cost": sum(call.usd for call in calls),
    }


def iso(seconds: float) -> str:
    """A time of the ledger as Inspect writes times."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def error(message: str) -> dict[str, str]:
    """What stopped a call or a session; there is no traceback to show."""
    return {"message": message, "traceback": "", "traceback_ansi": ""}


def _total(usage: Usage) -> int:
    return usage.input_tokens + usage.output_tokens


def _times(paid: Paid | None) -> dict[str, Any]:
    if paid is None or paid.sent_at is None or paid.committed_at is None:
        return {}
    return {
        "started_at": iso(paid.sent_at),
        "completed_at": iso(paid.committed_at),
        "total_time": round(max(paid.committed_at - paid.sent_at, 0.0), 3),
        "working_time": paid.latency_ms / 1000,
    }


def _messages(turn: Turn, shown: Transcript, paid: Paid | None) -> list[dict[str, Any]]:
    """Messages as they were sent, each marked with the turn it belongs to; without a ledger the bare words of the turns."""
    branch = shown.conversation(turn.number)
    sent = paid.messages if paid else _bare(branch)
    found, place = [], -1
    for index, message in enumerate(sent):
        if message.role == "user" and place + 1 < len(branch) and _puts(message, branch[place + 1]):
            place += 1
        about = _mark(branch[place], message.role) if place >= 0 and message.role != "system" else {}
        source = {"source": "input"} if message.role == "user" else {}
        shape = {"id": f"t{turn.number}m{index}", "role": message.role, "content": message.content, **source}
        found.append(shape | ({"metadata": about} if about else {}))
    return found


def _bare(branch: Sequence[Turn]) -> tuple[Message, ...]:
    """The ledger does not know the call: what the record has of the conversation."""
    found: list[Message] = []
    for turn in branch:
        found += [Message(role="user", content=turn.ask.text), Message(role="assistant", content=turn.response.text)]
    return tuple(found[:-1])


def _puts(message: Message, turn: Turn) -> bool:
    """Whether this message puts that turn's words; the prompt around them may fold their blanks."""
    return " ".join(turn.ask.text.split())[:_SEEN] in " ".join(message.content.split())


def _mark(turn: Turn, role: str) -> dict[str, Any]:
    if role == "assistant":
        return {"turn": turn.number, "stance": said(turn)}
    return {"turn": turn.number, "move": turn.ask.move, "purpose": turn.ask.purpose}


def _reply(turn: Turn, shown: Transcript, paid: Paid | None) -> dict[str, Any] | None:
    """The answer as a message; None where the call gave none."""
    if is_lost(turn, shown):
        return None
    text = (paid.text or paid.refusal) if paid and paid.answered else turn.response.text
    return {
        "id": f"t{turn.number}answer",
        "role": "assistant",
        "content": text,
        "source": "generate",
        "model": paid.model if paid else shown.session.target,
        "metadata": _mark(turn, "assistant"),
    }


def _output(reply: Mapping[str, Any] | None, shown: Transcript, paid: Paid | None) -> dict[str, Any]:
    model = paid.model if paid else shown.session.target
    if reply is None:
        return {"model": model, "choices": [], "completion": ""}
    stopped = _STOPPED.get(paid.finish_reason, "unknown") if paid else "unknown"
    return {
        "model": model,
        "choices": [{"message": dict(reply), "stop_reason": stopped}],
        "completion": reply["content"],
        **({"usage": usage_of(paid), "time": paid.latency_ms / 1000} if paid else {}),
    }


def _event(turn: Turn, asked: Sequence[Any], output: Mapping[str, Any], paid: Paid) -> dict[str, Any]:
    """The call as an event: Inspect takes what a model was sent from there for its data frames of messages."""
    ended = {} if paid.committed_at is None else {"completed": iso(paid.committed_at)}
    return {
        "event": "model",
        "uuid": f"t{turn.number}call",
        "timestamp": iso(paid.sent_at or 0.0),
        "working_start": 0.0,
        "working_time": paid.latency_ms / 1000,
        "model": paid.model,
        "input": list(asked),
        "tools": [],
        "tool_choice": "none",
        "config": {},
        "output": dict(output),
        **ended,
        **({} if output["choices"] else {"error": said(turn).replace("_", " ")}),
    }


def _metadata(turn: Turn, shown: Transcript, *, as_sent: bool) -> dict[str, Any]:
    """All that the record knows of the ask, what has no value left out."""
    ask, about = turn.ask, shown.about(turn.ask.proposition)
    other = next((one for one in shown.others if one.mine.number == turn.number), None)
    compared = (
        {"target": shown.other_target, "turn": other.theirs.number, "stance": said(other.theirs)} if other else None
    )
    found = {
        "turn": turn.number,
        "move": ask.move,
        "purpose": ask.purpose,
        "how": put(turn),
        "proposition": ask.proposition,
        "about": about.text,
        "topic": about.topic,
        "kind": ask.kind,
        "language": ask.language,
        "sense": ask.sense,
        "strength": ask.strength,
        "pair": list(ask.pair) if ask.pair else None,
        "continues_turn": ask.after,
        "repeat": ask.repeat or None,
        "expected_bits": ask.expected,
        "asked_by": turn.source,
        "prompt": f"{ask.prompt.name} v{ask.prompt.version}" if ask.prompt else None,
        "call": turn.response.call or None,
        "as_sent": as_sent,
        "compared_with": compared,
        "differs": other.differs if other else None,
    }
    return {key: value for key, value in found.items() if value is not None}
