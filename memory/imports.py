"""Items from a file in the record: all of one import in one transaction, as drafts without a decision about a slot.

A decision would be a pull of the topic's arm, and the search has not chosen these topics.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from cruxbank.items import Item
from cruxbank.memory import schema
from cruxbank.memory.commits import put_item
from cruxbank.memory.database import Database
from cruxbank.memory.rows import SlotCommit


def commit_import(database: Database, run: str, items: Sequence[Item]) -> int:
    """Write the drafts of an import; returns how many are new. A text that the record has stays as it is there.

    Raises:
        StoreError: the disk is full or the database refuses; nothing was written.
    """
    fresh = 0
    with database.write() as connection:
        for item in items:
            known = select(schema.items.c.id).where(schema.items.c.id == item.id)
            if connection.execute(known).first() is None:
                slot = SlotCommit(run=run, slot=item.provenance.slot, topic=item.topic, exit=item.exit)
                fresh += put_item(connection, slot, item)
    return fresh
