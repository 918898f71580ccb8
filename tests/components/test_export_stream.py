"""Lines of an export, read from the record a few items at a time: byte for byte those of the items."""

from __future__ import annotations

import json

from sqlalchemy import select, update

from cruxbank import Bank
from cruxbank.exports.lines import Shared, dump, encode, line
from cruxbank.exports.stream import Recorded
from cruxbank.memory import schema
from tests.components.numbered_bank import ITEMS, N


def test_streamed_lines_are_byte_for_byte_those_of_the_items(bank: Bank) -> None:
    record = bank._record
    keys = sorted(item.id for item in ITEMS)
    streamed = Recorded(record.database, keys, dict.fromkeys(keys, 1 / 3), Shared(canary="here"))
    assert len(streamed) == N
    for _ in range(2):
        rows = [encode(one) for one in streamed]
        assert rows == [encode(line(record.item(key), 1 / 3, canary="here")) for key in keys]
        assert [row.decode() for row in rows] == [
            dump(line(record.item(key), 1 / 3, canary="here")) + "\n" for key in keys
        ]


def test_items_of_an_earlier_version_are_filled_up(bank: Bank) -> None:
    """Fields that came later are missing in old records, at the top and deep inside; NaN was possible once."""
    record, table = bank._record, schema.items
    key, other = ITEMS[0].id, ITEMS[1].id
    with record.database.write() as connection:
        found = connection.execute(select(table.c.payload).where(table.c.id == key)).scalar_one()
        old = json.loads(found)
        del old["by_language"], old["confirmation"], old["provenance"]["session"], old["separation"]["carried"]
        del old["separation"]["by_dimension"]["power"]["given_stance"]
        connection.execute(update(table).where(table.c.id == key).values(payload=json.dumps(old)))
        odd = json.loads(connection.execute(select(table.c.payload).where(table.c.id == other)).scalar_one())
        odd["separation"]["q_se"] = float("nan")
        connection.execute(update(table).where(table.c.id == other).values(payload=json.dumps(odd)))
    streamed = Recorded(record.database, [key, other], {}, Shared())
    assert [encode(one) for one in streamed] == [encode(line(record.item(i), None)) for i in (key, other)]
