"""The tables that a bank's items make: what an item has once in one row, what it has many of in rows of their own.

Hugging Face's second configuration and CSV both write from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from cruxbank.exports.format import Line
from cruxbank.exports.lines import dump

Row = tuple[Any, ...]
ESTIMATE = ("est", "lo", "hi")
FRESH = (*ESTIMATE, "q", "q_se", "models", "responses")
CARRIED = (*ESTIMATE, "without", "family", "odd_model", "odd_share")
DIMENSION = (*ESTIMATE, "salience", "polarity", "pairwise", "given_stance")
OUTCOMES = ("supports", "opposes", "mixed", "absent")
ASKED = ("asked", "answered", "refused", "unscored", "never_called")
PLAIN = ("id", "kind", "text", "language")
WHERE = ("status", "exit", "origin", "value_system", "signed", "weight", "replaces", "fresh_wordings")
MADE = ("run", "seed", "slot", "session", "generator", "critic", "judge", "judge_digest", "local_reader", "calibration")
LISTS = ("own_family", "prompts")
SAID = ("fact", "argument")


class Table(NamedTuple):
    """Column names, and the rows that one item gives.

    recurring: what follows the item's id is texts and small whole numbers that come again and again, in one item and
    the next (of 12 million rows of verdicts a few thousand differ): who writes them may keep what they were written as.
    """

    columns: tuple[str, ...]
    rows: Callable[[Line], Iterator[Row]]
    recurring: bool = False


def _named(prefix: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{prefix}_{name}" for name in names)


def _estimates(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}{end}" for name in names for end in ("", "_lo", "_hi"))


ITEM_COLUMNS = (
    *PLAIN,
    *("option_a", "option_a_value", "option_b", "option_b_value", "topic_id", "topic", "domain", "region"),
    *WHERE,
    *_estimates("separation", "stance", "refusal"),
    *("pairwise", "lfdr", "models", "responses", "estimator"),
    *_named("confirmed", FRESH),
    *_named("holdout", FRESH),
    *_named("families", CARRIED),
    *("leaning", "differential_leaning", "leaning_dimension"),
    *ASKED[:-1],
    *MADE,
    *LISTS,
    *("nearest_id", "nearest_cosine"),
    *SAID,
    *("canary", "schema"),
)


def _item(line: Line) -> Iterator[Row]:
    separation, made = line["separation"] or {}, line["provenance"]
    transfer = separation.get("transfer") or {}
    confirmed = transfer.get("confirmation") or {}
    yield (
        *_taken(line, PLAIN),
        *_options(line),
        *_taken(line["topic"], ("id", "text", "domain", "region")),
        *_taken(line, WHERE),
        *(cell for name in ("joint", "stance", "refusal") for cell in _taken(separation.get(name), ESTIMATE)),
        *_taken(separation, ("pairwise", "lfdr", "models", "responses", "estimator")),
        *_taken(confirmed.get("scoring"), FRESH),
        *_taken(confirmed.get("holdout"), FRESH),
        *_taken(transfer.get("families"), CARRIED),
        *_taken(line["framing"], ("leaning", "differential", "dimension")),
        *(sum(counts[name] for counts in line["counts"].values()) for name in ASKED[:-1]),
        *_taken(made, MADE),
        *(dump(made[name]) for name in LISTS),
        *_taken(made["nearest"], ("id", "cosine")),
        *_taken(made, SAID),
        *_taken(line, ("canary", "schema")),
    )


def _taken(part: Mapping[str, Any] | None, names: tuple[str, ...]) -> Row:
    """The named values; None for what is not there."""
    found = part or {}
    return tuple(found.get(name) for name in names)


def _options(line: Line) -> Row:
    """Text and value of the two options that a dilemma has; longer lists are no item of ours."""
    pairs = [_taken(option, ("text", "value")) for option in line["options"]]
    return tuple(cell for pair in [*pairs, (None, None), (None, None)][:2] for cell in pair)


def _wordings(line: Line) -> Iterator[Row]:
    own = sum(not wording["language"] for wording in line["wordings"])
    for position, wording in enumerate(line["wordings"]):
        translated = bool(wording["language"])
        use = "translation" if translated else "chosen" if position < own - line["fresh_wordings"] else "fresh"
        language = wording["language"] or line["language"]
        yield line["id"], position, wording["kind"], language, use, wording["text"]


def _dimensions(line: Line) -> Iterator[Row]:
    for name, figures in ((line["separation"] or {}).get("by_dimension") or {}).items():
        yield line["id"], name, *_taken(figures, DIMENSION), line["origin"]


def _verdicts(line: Line) -> Iterator[Row]:
    for model, read in line["verdicts"].items():
        for dimension, outcomes in read.items():
            yield line["id"], model, dimension, *outcomes, line["origin"]


def _models(line: Line) -> Iterator[Row]:
    transfer = (line["separation"] or {}).get("transfer") or {}
    parts = [
        ("chosen", line["language"], line["counts"]),
        ("confirmed", line["language"], (transfer.get("confirmation") or {}).get("counts") or {}),
        *(("translated", language, read["counts"]) for language, read in line["by_language"].items()),
    ]
    for use, language, counts in parts:
        for model, told in counts.items():
            reasons = dump(told["unscored_by"]) if told["unscored_by"] else "{}"
            yield line["id"], use, language, model, *_taken(told, ASKED), reasons, line["origin"]


def _languages(line: Line) -> Iterator[Row]:
    for language, read in line["by_language"].items():
        told = _taken(read, ("translator", "failure", "detail"))
        yield line["id"], language, *_taken(read["separation"], FRESH), *told, dump(read["flags"]), line["origin"]


TABLES: dict[str, Table] = {
    "items": Table(ITEM_COLUMNS, _item),
    "wordings": Table(("id", "position", "kind", "language", "use", "text"), _wordings),
    "dimensions": Table(("id", "dimension", *DIMENSION, "origin"), _dimensions),
    "models": Table(("id", "use", "language", "model", *ASKED, "unscored_by", "origin"), _models, recurring=True),
    "verdicts": Table(("id", "model", "dimension", *OUTCOMES, "origin"), _verdicts, recurring=True),
    "languages": Table(("id", "language", *FRESH, "translator", "failure", "detail", "flags", "origin"), _languages),
}
"""Every table with a figure in it says in each row whether models or simulations answered (`origin`)."""
