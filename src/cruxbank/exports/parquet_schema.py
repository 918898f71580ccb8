"""Columns and types of the Parquet file: the same for every bank, whatever its models and dimensions are called.

Where a line of JSON maps names to figures ({"sim-a": {...}}), the table has a list of rows with the name in a field of
theirs: Arrow's map type is one that `datasets` cannot load, and a struct with a field a model would be another schema for
every bank. pyarrow is imported by what is called here, not before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cruxbank.exports.csv_tables import ASKED, CARRIED, DIMENSION, ESTIMATE, FRESH, OUTCOMES
from cruxbank.exports.format import Line

if TYPE_CHECKING:
    import pyarrow as pa

WHOLE = frozenset(("models", "responses", *ASKED, *OUTCOMES, "slot", "version", "count", "fresh_wordings"))
NAMES = frozenset(("family", "odd_model"))
"""Among CARRIED and the like: texts; the others are figures."""


def schema() -> pa.Schema:
    """One row an item. Everything of `cruxbank.item/1`, under the same names."""
    import pyarrow as pa

    text, figure, whole = pa.string(), pa.float64(), pa.int64()
    fresh, counts = _figures(FRESH), _counts()
    flag = pa.struct(
        [(name, text) for name in ("kind", "dimension")] + [(name, figure) for name in ("effect", "p", "q")]
    )
    return pa.schema(
        [
            *((name, text) for name in ("id", "kind", "text")),
            ("options", _rows(text=text, value=text)),
            ("wordings", _rows(kind=text, language=text, text=text)),
            ("fresh_wordings", whole),
            ("language", text),
            ("topic", pa.struct([(name, text) for name in ("id", "text", "domain", "region")])),
            *((name, text) for name in ("status", "exit", "origin", "value_system")),
            ("separation", _separation(fresh, counts)),
            (
                "by_language",
                _rows(
                    language=text,
                    separation=fresh,
                    counts=counts,
                    translator=text,
                    failure=text,
                    detail=text,
                    flags=pa.list_(flag),
                ),
            ),
            ("framing", pa.struct([("leaning", figure), ("differential", figure), ("dimension", text)])),
            ("counts", counts),
            ("verdicts", _rows(model=text, dimension=text, **dict.fromkeys(OUTCOMES, whole))),
            ("signed", pa.bool_()),
            ("provenance", _provenance()),
            ("weight", figure),
            ("replaces", text),
            ("canary", text),
            ("schema", text),
        ]
    )


def prompt_schema() -> pa.Schema:
    """One row a wording: what is put to a model, and how it is to be counted."""
    import pyarrow as pa

    texts = ("kind", "language", "use", "text", "domain", "status", "origin", "canary")
    columns = [("id", pa.string()), ("position", pa.int64()), *((name, pa.string()) for name in texts)]
    return pa.schema(columns)


def _rows(**fields: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    return pa.list_(pa.struct(list(fields.items())))


def _figures(names: tuple[str, ...]) -> pa.DataType:
    import pyarrow as pa

    def kind(name: str) -> pa.DataType:
        return pa.string() if name in NAMES else pa.int64() if name in WHOLE else pa.float64()

    return pa.struct([(name, kind(name)) for name in names])


def _counts() -> pa.DataType:
    import pyarrow as pa

    reasons = _rows(reason=pa.string(), count=pa.int64())
    return _rows(model=pa.string(), **dict.fromkeys(ASKED, pa.int64()), unscored_by=reasons)


def _separation(fresh: pa.DataType, counts: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    estimate = _figures(ESTIMATE)
    confirmation = pa.struct([("scoring", fresh), ("holdout", fresh), ("counts", counts)])
    return pa.struct(
        [
            ("joint", estimate),
            ("by_dimension", _rows(dimension=pa.string(), **dict.fromkeys(DIMENSION, pa.float64()))),
            ("stance", estimate),
            ("refusal", estimate),
            ("pairwise", pa.float64()),
            ("transfer", pa.struct([("confirmation", confirmation), ("families", _figures(CARRIED))])),
            ("lfdr", pa.float64()),
            ("models", pa.int64()),
            ("responses", pa.int64()),
            ("estimator", pa.string()),
        ]
    )


def _provenance() -> pa.DataType:
    import pyarrow as pa

    names = (
        "run",
        "session",
        "generator",
        "critic",
        "judge",
        "judge_digest",
        "local_reader",
        "calibration",
        "fact",
        "argument",
    )
    return pa.struct(
        [
            *((name, pa.string()) for name in names),
            ("seed", pa.int64()),
            ("slot", pa.int64()),
            ("own_family", pa.list_(pa.string())),
            ("prompts", _rows(name=pa.string(), version=pa.int64(), sha256=pa.string())),
            ("nearest", pa.struct([("id", pa.string()), ("cosine", pa.float64())])),
        ]
    )


def row(line: Line) -> dict[str, Any]:
    """A line, whose floats have their 6 places, as a row of the table: maps become lists, but for those of COLUMNS.

    The line stays as it is.
    """
    told = line["by_language"].items()
    return {
        **line,
        "separation": _measured(line["separation"]) if line["separation"] else None,
        "by_language": [{"language": name, **said, "counts": _told(said["counts"])} for name, said in told],
        "counts": _told(line["counts"]),
    }


def _measured(separation: Mapping[str, Any]) -> dict[str, Any]:
    transfer = separation["transfer"]
    fresh = transfer["confirmation"]
    confirmation = {**fresh, "counts": _told(fresh["counts"])} if fresh else None
    listed = _listed("dimension", separation["by_dimension"])
    return {**separation, "by_dimension": listed, "transfer": {**transfer, "confirmation": confirmation}}


def verdict_column(lines: Sequence[Mapping[str, Mapping[str, Any]]]) -> pa.Array:
    """The column of verdicts of several lines, from {model: {dimension: [supports, opposes, mixed, absent]}} of each.

    Not by a dict a row: an item of 12 models and 10 dimensions has 120 of these, and 100,000 items took a third longer.
    """
    import pyarrow as pa

    rows, ends = [], [0]
    for verdicts in lines:
        rows += [(model, name, *said) for model, read in verdicts.items() for name, said in read.items()]
        ends.append(len(rows))
    kind = schema().field("verdicts").type
    fields = [kind.value_type.field(place) for place in range(kind.value_type.num_fields)]
    cells = list(zip(*rows, strict=True)) or [()] * len(fields)
    arrays = [pa.array(column, field.type) for column, field in zip(cells, fields, strict=True)]
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), pa.StructArray.from_arrays(arrays, fields=fields))


COLUMNS = {"verdicts": verdict_column}
"""What `row` leaves as it stands in a line: made for many lines at once."""


def _listed(key: str, named: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{key: name, **figures} for name, figures in named.items()]


def _told(counts: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "model": model,
            **told,
            "unscored_by": [{"reason": reason, "count": number} for reason, number in told["unscored_by"].items()],
        }
        for model, told in counts.items()
    ]
