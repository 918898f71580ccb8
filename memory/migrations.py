"""Ordered migrations of the record. A released one never changes; the next one gets the next number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import Connection, inspect, text

from cruxbank.errors import BankMismatch
from cruxbank.frozen import Frozen


class Migration(Frozen):
    """One step of the schema: plain SQL that SQLite and PostgreSQL both understand, and what each has in its own words."""

    version: int
    name: str
    statements: tuple[str, ...]
    own: Mapping[str, tuple[str, ...]] = {}
    """By the name of a database."""


_FIRST = Migration(
    version=1,
    name="the record",
    statements=(
        """CREATE TABLE topics (id TEXT PRIMARY KEY, seq BIGINT NOT NULL UNIQUE, domain TEXT NOT NULL,
           language TEXT NOT NULL, payload TEXT NOT NULL)""",
        """CREATE TABLE runs (id TEXT PRIMARY KEY, seq BIGINT NOT NULL UNIQUE, config_hash TEXT NOT NULL,
           seed BIGINT NOT NULL, state TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT NOT NULL,
           payload TEXT NOT NULL)""",
        """CREATE TABLE items (id TEXT PRIMARY KEY, seq BIGINT NOT NULL UNIQUE, rev BIGINT NOT NULL,
           status TEXT NOT NULL, exit TEXT NOT NULL, topic_id TEXT NOT NULL REFERENCES topics (id),
           domain TEXT NOT NULL, language TEXT NOT NULL, run TEXT NOT NULL, slot INTEGER NOT NULL,
           joint_est DOUBLE PRECISION, joint_lo DOUBLE PRECISION, joint_hi DOUBLE PRECISION, lfdr DOUBLE PRECISION,
           payload TEXT NOT NULL)""",
        "CREATE INDEX items_by_status ON items (status, joint_est)",
        "CREATE INDEX items_by_rev ON items (rev)",
        """CREATE TABLE wordings (hash TEXT NOT NULL, item_id TEXT NOT NULL REFERENCES items (id),
           position INTEGER NOT NULL, PRIMARY KEY (hash, item_id, position))""",
        "CREATE INDEX wordings_by_item ON wordings (item_id)",
        """CREATE TABLE item_history (item_id TEXT NOT NULL REFERENCES items (id), step INTEGER NOT NULL, before TEXT,
           after TEXT NOT NULL, reason TEXT NOT NULL, run TEXT NOT NULL, slot INTEGER NOT NULL,
           PRIMARY KEY (item_id, step))""",
        """CREATE TABLE responses (item_id TEXT NOT NULL REFERENCES items (id), model TEXT NOT NULL,
           wording INTEGER NOT NULL, repeat INTEGER NOT NULL, payload TEXT NOT NULL,
           PRIMARY KEY (item_id, model, wording, repeat))""",
        """CREATE TABLE decisions (run TEXT NOT NULL REFERENCES runs (id), slot INTEGER NOT NULL,
           seq BIGINT NOT NULL UNIQUE, topic_id TEXT NOT NULL REFERENCES topics (id), exit TEXT NOT NULL,
           reward DOUBLE PRECISION NOT NULL, examinee_calls INTEGER NOT NULL, judge_calls INTEGER NOT NULL,
           agent_calls INTEGER NOT NULL, item_id TEXT REFERENCES items (id), seen_before TEXT NOT NULL,
           payload TEXT NOT NULL, PRIMARY KEY (run, slot))""",
        "CREATE INDEX decisions_by_topic ON decisions (topic_id)",
        """CREATE TABLE staged (run TEXT NOT NULL REFERENCES runs (id), slot INTEGER NOT NULL, payload TEXT NOT NULL,
           PRIMARY KEY (run, slot))""",
        "CREATE TABLE outbox (seq BIGINT PRIMARY KEY, kind TEXT NOT NULL, ref TEXT NOT NULL)",
    ),
)

_REMEASURING = Migration(
    version=2,
    name="re-measurement",
    statements=(
        "ALTER TABLE runs ADD COLUMN kind TEXT NOT NULL DEFAULT 'grow'",
        """CREATE TABLE updates (run TEXT NOT NULL REFERENCES runs (id), batch INTEGER NOT NULL,
           seq BIGINT NOT NULL UNIQUE, examinee_calls INTEGER NOT NULL, judge_calls INTEGER NOT NULL,
           payload TEXT NOT NULL, PRIMARY KEY (run, batch))""",
        """CREATE TABLE measurements (item_id TEXT NOT NULL REFERENCES items (id), step INTEGER NOT NULL,
           run TEXT NOT NULL, batch INTEGER NOT NULL, payload TEXT NOT NULL, PRIMARY KEY (item_id, step),
           FOREIGN KEY (run, batch) REFERENCES updates (run, batch))""",
        "CREATE INDEX measurements_by_run ON measurements (run, batch)",
    ),
)

_PROBING = Migration(
    version=3,
    name="probing sessions",
    statements=(
        """CREATE TABLE sessions (id TEXT PRIMARY KEY, seq BIGINT NOT NULL UNIQUE,
           run TEXT NOT NULL REFERENCES runs (id), number INTEGER NOT NULL, target TEXT NOT NULL, ended TEXT NOT NULL,
           further TEXT NOT NULL, payload TEXT NOT NULL, UNIQUE (run, number))""",
        "CREATE INDEX sessions_by_target ON sessions (target)",
        """CREATE TABLE turns (session TEXT NOT NULL REFERENCES sessions (id), number INTEGER NOT NULL,
           proposition TEXT NOT NULL, examinee_calls INTEGER NOT NULL, judge_calls INTEGER NOT NULL,
           agent_calls INTEGER NOT NULL, costs TEXT NOT NULL, payload TEXT NOT NULL, PRIMARY KEY (session, number))""",
        "CREATE INDEX turns_by_proposition ON turns (proposition)",
    ),
)

_CURATING = Migration(
    version=4,
    name="exports and reviews",
    statements=(
        """CREATE TABLE exports (id TEXT PRIMARY KEY, seq BIGINT NOT NULL UNIQUE, public INTEGER NOT NULL,
           payload TEXT NOT NULL)""",
        """CREATE TABLE exposures (export TEXT NOT NULL REFERENCES exports (id),
           item_id TEXT NOT NULL REFERENCES items (id), part TEXT NOT NULL, PRIMARY KEY (export, item_id))""",
        "CREATE INDEX exposures_by_item ON exposures (item_id)",
        """CREATE TABLE reviews (item_id TEXT NOT NULL REFERENCES items (id), reviewer TEXT NOT NULL,
           number INTEGER NOT NULL, seq BIGINT NOT NULL UNIQUE, choice TEXT NOT NULL, payload TEXT NOT NULL,
           PRIMARY KEY (item_id, reviewer, number))""",
        "CREATE INDEX reviews_by_reviewer ON reviews (reviewer)",
    ),
)

REPLACES: Mapping[str, str] = MappingProxyType(
    {
        "sqlite": "CASE WHEN json_valid(payload) THEN json_extract(payload, '$.replaces') END",
        "postgresql": """substring(payload from '"replaces":"([^"]+)"')""",
    }
)
"""Id of the item that an item replaces, as each database finds it in the payload; NULL where there is none, or nobody can
read the payload. A quote within a text is \\" in JSON: no text can be taken for the field. An index answers only to these
very words."""
NEAREST: Mapping[str, str] = MappingProxyType(
    {
        "sqlite": "CASE WHEN json_valid(payload) THEN json_extract(payload, '$.provenance.nearest.id') END",
        "postgresql": r"""substring(payload from '"nearest":\{[^}]*"id":"([^"]+)"')""",
    }
)
"""Id of the item of the bank that was nearest when an item was written, likewise."""
_RELATING = Migration(
    version=5,
    name="what belongs to an item is found by an index",
    statements=(),
    own={
        name: (
            f"CREATE INDEX IF NOT EXISTS items_by_replaced ON items (({REPLACES[name]}))",
            f"CREATE INDEX IF NOT EXISTS items_by_nearest ON items (({NEAREST[name]}))",
        )
        for name in ("sqlite", "postgresql")
    },
)

MIGRATIONS: tuple[Migration, ...] = (_FIRST, _REMEASURING, _PROBING, _CURATING, _RELATING)
_META = "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)"


def schema_version(connection: Connection) -> int:
    """The version of the open database; 0 when it is empty."""
    if not inspect(connection).has_table("meta"):
        return 0
    found = connection.execute(text("SELECT value FROM meta WHERE key = 'schema'")).scalar_one_or_none()
    return int(found) if found is not None else 0


def migrate(connection: Connection, steps: Sequence[Migration] = MIGRATIONS) -> int:
    """Bring the database to the newest known version, inside the caller's transaction; returns the version.

    Raises:
        BankMismatch: the database was made by a newer cruxbank.
    """
    newest = max(step.version for step in steps)
    present = schema_version(connection)
    if present > newest:
        raise BankMismatch(
            f"record: schema version {present}, this cruxbank knows up to {newest}",
            hint="install the newer cruxbank that made this bank, or use another bank folder",
        )
    if not inspect(connection).has_table("meta"):
        connection.execute(text(_META))
    for step in sorted(steps, key=lambda s: s.version):
        if step.version > present:
            _apply(connection, step)
    return newest


def _apply(connection: Connection, step: Migration) -> None:
    for statement in step.statements:
        connection.execute(text(statement))
    for statement in step.own.get(connection.dialect.name, ()):
        connection.exec_driver_sql(statement)
    connection.execute(text("DELETE FROM meta WHERE key = 'schema'"))
    connection.execute(text("INSERT INTO meta (key, value) VALUES ('schema', :v)"), {"v": str(step.version)})
