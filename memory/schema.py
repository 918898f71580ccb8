"""The record's tables, as SQLAlchemy sees them. `migrations.py` creates them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()

meta = Table("meta", METADATA, Column("key", String, primary_key=True), Column("value", Text, nullable=False))

topics = Table(
    "topics",
    METADATA,
    Column("id", String, primary_key=True),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("domain", String, nullable=False),
    Column("language", String, nullable=False),
    Column("payload", Text, nullable=False),
)

runs = Table(
    "runs",
    METADATA,
    Column("id", String, primary_key=True),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("config_hash", String, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("started_at", String, nullable=False),
    Column("finished_at", String, nullable=False),
    Column("payload", Text, nullable=False),
    Column("kind", String, nullable=False),
)

items = Table(
    "items",
    METADATA,
    Column("id", String, primary_key=True),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("rev", BigInteger, nullable=False),
    Column("status", String, nullable=False),
    Column("exit", String, nullable=False),
    Column("topic_id", String, nullable=False),
    Column("domain", String, nullable=False),
    Column("language", String, nullable=False),
    Column("run", String, nullable=False),
    Column("slot", Integer, nullable=False),
    Column("joint_est", Double),
    Column("joint_lo", Double),
    Column("joint_hi", Double),
    Column("lfdr", Double),
    Column("payload", Text, nullable=False),
    Index("items_by_status", "status", "joint_est"),
    Index("items_by_rev", "rev"),
)

wordings = Table(
    "wordings",
    METADATA,
    Column("hash", String, nullable=False),
    Column("item_id", String, nullable=False),
    Column("position", Integer, nullable=False),
    PrimaryKeyConstraint("hash", "item_id", "position"),
    Index("wordings_by_item", "item_id"),
)

item_history = Table(
    "item_history",
    METADATA,
    Column("item_id", String, nullable=False),
    Column("step", Integer, nullable=False),
    Column("before", String),
    Column("after", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("run", String, nullable=False),
    Column("slot", Integer, nullable=False),
    PrimaryKeyConstraint("item_id", "step"),
)

responses = Table(
    "responses",
    METADATA,
    Column("item_id", String, nullable=False),
    Column("model", String, nullable=False),
    Column("wording", Integer, nullable=False),
    Column("repeat", Integer, nullable=False),
    Column("payload", Text, nullable=False),
    PrimaryKeyConstraint("item_id", "model", "wording", "repeat"),
)

decisions = Table(
    "decisions",
    METADATA,
    Column("run", String, nullable=False),
    Column("slot", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("topic_id", String, nullable=False),
    Column("exit", String, nullable=False),
    Column("reward", Double, nullable=False),
    Column("examinee_calls", Integer, nullable=False),
    Column("judge_calls", Integer, nullable=False),
    Column("agent_calls", Integer, nullable=False),
    Column("item_id", String),
    Column("seen_before", Text, nullable=False),
    Column("payload", Text, nullable=False),
    PrimaryKeyConstraint("run", "slot"),
    Index("decisions_by_topic", "topic_id"),
)

staged = Table(
    "staged",
    METADATA,
    Column("run", String, nullable=False),
    Column("slot", Integer, nullable=False),
    Column("payload", Text, nullable=False),
    PrimaryKeyConstraint("run", "slot"),
)

outbox = Table(
    "outbox",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("ref", String, nullable=False),
)

updates = Table(
    "updates",
    METADATA,
    Column("run", String, nullable=False),
    Column("batch", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("examinee_calls", Integer, nullable=False),
    Column("judge_calls", Integer, nullable=False),
    Column("payload", Text, nullable=False),
    PrimaryKeyConstraint("run", "batch"),
)

measurements = Table(
    "measurements",
    METADATA,
    Column("item_id", String, nullable=False),
    Column("step", Integer, nullable=False),
    Column("run", String, nullable=False),
    Column("batch", Integer, nullable=False),
    Column("payload", Text, nullable=False),
    PrimaryKeyConstraint("item_id", "step"),
    Index("measurements_by_run", "run", "batch"),
)

sessions = Table(
    "sessions",
    METADATA,
    Column("id", String, primary_key=True),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("run", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("target", String, nullable=False),
    Column("ended", Text, nullable=False),
    Column("further", Text, nullable=False),
    Column("payload", Text, nullable=False),
    UniqueConstraint("run", "number"),
    Index("sessions_by_target", "target"),
)

turns = Table(
    "turns",
    METADATA,
    Column("session", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("proposition", String, nullable=False),
    Column("examinee_calls", Integer, nullable=False),
    Column("judge_calls", Integer, nullable=False),
    Column("agent_calls", Integer, nullable=False),
    Column("costs", Text, nullable=False),
    Column("payload", Text, nullable=False),
    PrimaryKeyConstraint("session", "number"),
    Index("turns_by_proposition", "proposition"),
)

exports = Table(
    "exports",
    METADATA,
    Column("id", String, primary_key=True),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("public", Integer, nullable=False),
    Column("payload", Text, nullable=False),
)

exposures = Table(
    "exposures",
    METADATA,
    Column("export", String, nullable=False),
    Column("item_id", String, nullable=False),
    Column("part", String, nullable=False),
    PrimaryKeyConstraint("export", "item_id"),
    Index("exposures_by_item", "item_id"),
)

reviews = Table(
    "reviews",
    METADATA,
    Column("item_id", String, nullable=False),
    Column("reviewer", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("choice", String, nullable=False),
    Column("payload", Text, nullable=False),
    PrimaryKeyConstraint("item_id", "reviewer", "number"),
    Index("reviews_by_reviewer", "reviewer"),
)
