"""The `.eval` file: a zip of JSON members, with equal bytes for an equal session."""

from __future__ import annotations

import io
import json
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from cruxbank.memory.codec import rounded
from cruxbank.models.calls import safe_text
from cruxbank.report.inspect_log import header_of, samples_of, start_of
from cruxbank.report.session_data import Transcript

LONGEST = 1_000
"""Characters of a text in the list of samples, and of the JSON of a value there; the sample itself has it whole."""
_KEPT = ("id", "epoch", "input", "target", "metadata", "scores", "model_usage", "uuid")
_TIMES = ("started_at", "completed_at", "total_time", "working_time")
_DAY = (1980, 1, 1, 0, 0, 0)
"""The first day that a zip knows."""


def archive(shown: Transcript) -> bytes:
    """The file's bytes. Lone surrogates become question marks: no reader of UTF-8 takes them."""
    samples = samples_of(shown)
    rows = [_row(one) for one in samples]
    members = {
        "_journal/start.json": start_of(shown),
        **{f"samples/{one['id']}_epoch_{one['epoch']}.json": one for one in samples},
        "_journal/summaries/1.json": rows,
        "summaries.json": rows,
        "header.json": header_of(shown),
    }
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as made:
        for path, value in members.items():
            about = ZipInfo(path, _DAY)
            about.compress_type, about.create_system, about.external_attr = ZIP_DEFLATED, 3, 0o600 << 16
            made.writestr(about, _json(value))
    return file.getvalue()


def _json(value: Any) -> str:
    """ASCII, so that no text of a model can break it, and no constants that JSON does not know."""
    return json.dumps(rounded(_safe(value)), sort_keys=True, allow_nan=False, separators=(",", ":"))


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return safe_text(value)
    if isinstance(value, dict):
        return {safe_text(key): _safe(inner) for key, inner in value.items()}
    return [_safe(inner) for inner in value] if isinstance(value, list | tuple) else value


def _row(sample: dict[str, Any]) -> dict[str, Any]:
    """A sample in the list: long texts cut, large values left out."""
    kept = {key: sample[key] for key in (*_KEPT, *_TIMES) if key in sample}
    scores = {key: _thin(score) for key, score in sample["scores"].items()}
    stopped = {"error": sample["error"]["message"]} if "error" in sample else {}
    thin = {"input": _cut(sample["input"]), "metadata": _thin(sample["metadata"]), "scores": scores}
    return kept | thin | stopped | {"completed": True, "message_count": len(sample["messages"])}


def _thin(values: dict[str, Any]) -> dict[str, Any]:
    short = {key: _cut(value) if isinstance(value, str) else value for key, value in values.items()}
    return {key: value for key, value in short.items() if isinstance(value, str) or len(json.dumps(value)) <= LONGEST}


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
