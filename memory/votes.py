"""Verdicts of juries, as they lie in the record."""

from __future__ import annotations

import json

from sqlalchemy import Connection, select

from cruxbank.items import Verdict
from cruxbank.memory import schema

_CHUNK = 500
_WITH_VOTES = '%"votes":[{%'
"""Payloads are canonical JSON without blanks, so that the database can leave out all others (`codec.to_json`)."""


def jury_verdicts(connection: Connection, run: str | None = None) -> list[Verdict]:
    """Every verdict that carries votes, or those on one run's items; by item, model, wording and repeat."""
    table = schema.responses
    query = select(table.c.item_id, table.c.model, table.c.wording, table.c.repeat, table.c.payload)
    query = query.where(table.c.payload.like(_WITH_VOTES))
    if run is not None:
        query = query.join(schema.items, schema.items.c.id == table.c.item_id).where(schema.items.c.run == run)
    rows = connection.execute(query.execution_options(yield_per=_CHUNK))
    found = [((r.item_id, r.model, r.wording, r.repeat), json.loads(r.payload)["verdict"]) for r in rows]
    return [Verdict.model_validate(verdict) for _, verdict in sorted(found, key=lambda pair: pair[0])]
