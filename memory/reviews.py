"""What people decided about items, and what that does to an item's status: one transaction a decision (decision 0024).

While anybody's standing decision is `reject` or `edit`, the item is out: retired. When the last of them is withdrawn by
another decision of the same person, it goes back to where it stood.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, func, insert, select

from cruxbank.curation import OUT, HumanReview
from cruxbank.errors import InputError
from cruxbank.items import Item, Status
from cruxbank.memory import commits, queries, schema
from cruxbank.memory.codec import plain, to_json
from cruxbank.memory.database import Database
from cruxbank.memory.rows import SlotCommit

BY = "review by "
"""Begins the reason of every change of status that a review made."""


class Reviews:
    """The reviews of one record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def decide(self, review: HumanReview, draft: Item | None = None) -> HumanReview:
        """Write a decision, the draft that an edit made, and what follows for the status; returns it as it was written.

        Its number, and where the item stood, are the record's to say.

        Raises:
            InputError: no such item, no reviewer, a rejection or flag without a reason, or a decision that would bring the
                item back beside another version of it that has taken its place.
        """
        readable = {"reviewer": _column(review.reviewer), "reason": _unicode(review.reason)}
        review = review.model_copy(update=readable)
        _check(review, draft)
        with self._database.write() as connection:
            item = queries.item(connection, review.item)
            earlier = reviews(connection, item.id)
            number = sum(one.reviewer == review.reviewer for one in earlier)
            made = draft.id if draft else ""
            found = {"item": item.id, "number": number, "stood": stood(item, earlier), "made": made}
            written = review.model_copy(update=found)
            _insert(connection, written)
            if draft is not None:
                _put(connection, draft)
            _move(connection, item, (*earlier, written))
            return written

    def all(self, item: str | None = None) -> tuple[HumanReview, ...]:
        """Every decision in the order in which they fell, of one item or of all."""
        with self._database.read() as connection:
            return reviews(connection, item)

    def queue(self, status: Status | None) -> tuple[str, ...]:
        """Ids of the items that have this status when no review is counted (None: any), best separating first.

        An item that a person rejected stays in the next person's queue: else two reviewers would only ever agree.
        """
        with self._database.read() as connection:
            kept = {item: one.stood for item, one in _out(reviews(connection)).items()}
            table = schema.items
            query = select(table.c.id, table.c.status)
            query = query.order_by(table.c.joint_est.is_(None), table.c.joint_est.desc(), table.c.id)
            rows = connection.execute(query).all()
        return tuple(row.id for row in rows if status is None or kept.get(row.id, row.status) == status)


def standing(all_: Iterable[HumanReview]) -> dict[tuple[str, str], HumanReview]:
    """(item, reviewer) -> that person's last decision about it, in the order of the first ones."""
    return {(one.item, one.reviewer): one for one in all_}


def flagged(all_: Sequence[HumanReview]) -> frozenset[str]:
    """Items with a flag that nobody has answered: its author has not decided otherwise since, and nobody settled it."""
    settled = {one.item: place for place, one in enumerate(all_) if one.settles}
    last = {(one.item, one.reviewer): (place, one) for place, one in enumerate(all_)}
    waiting = [one for place, one in last.values() if one.choice == "flag" and place >= settled.get(one.item, 0)]
    return frozenset(one.item for one in waiting)


def stood(item: Item, earlier: Sequence[HumanReview]) -> Status:
    """Where an item stands when no review is counted: what the first decision that holds it out found, else its status."""
    held = _out(earlier).get(item.id)
    return held.stood if held is not None and held.stood is not None else item.status


def reviews(connection: Connection, item: str | None = None) -> tuple[HumanReview, ...]:
    """Decisions in their order, of one item or of all."""
    table = schema.reviews
    query = select(table.c.payload).order_by(table.c.seq)
    if item is not None:
        query = query.where(table.c.item_id == item)
    return tuple(HumanReview.model_validate_json(payload) for payload in connection.execute(query).scalars())


def _out(all_: Sequence[HumanReview]) -> dict[str, HumanReview]:
    """item id -> the decision by which it is out. They all found it where it stood, so any of them tells."""
    return {one.item: one for one in standing(all_).values() if one.choice in OUT}


def _check(review: HumanReview, draft: Item | None) -> None:
    if not review.reviewer.strip():
        raise InputError(f"item {review.item}: a decision of nobody", hint="say who decides with --reviewer NAME")
    if review.choice in ("reject", "flag") and not review.reason.strip():
        message = f"item {review.item}: no reason for the decision '{review.choice}'"
        raise InputError(message, hint="say why in a few words")
    if (review.choice == "edit") != (draft is not None):
        raise InputError(f"item {review.item}: an edit and its draft go together", hint="give both, or neither")


def _insert(connection: Connection, review: HumanReview) -> None:
    table = schema.reviews
    highest = connection.execute(select(func.max(table.c.seq))).scalar_one()
    values = {"item_id": review.item, "reviewer": review.reviewer, "number": review.number}
    values |= {"seq": int(highest or 0) + 1, "choice": review.choice}
    connection.execute(insert(table).values(**values, payload=to_json(review)))


def _put(connection: Connection, draft: Item) -> None:
    """The draft of an edit, in the place of the item that it replaces. A text that the record has stays as it is there."""
    known = select(schema.items.c.id).where(schema.items.c.id == draft.id)
    if connection.execute(known).first() is None:
        where = {"run": draft.provenance.run, "slot": draft.provenance.slot}
        commits.put_item(connection, SlotCommit(topic=draft.topic, exit=draft.exit, **where), draft)


def _move(connection: Connection, item: Item, all_: Sequence[HumanReview]) -> None:
    last, out = all_[-1], item.id in _out(all_)
    reason = f"{BY}{last.reviewer}: {last.choice}" + (f", {_column(last.reason)}" if last.reason else "")
    reason += f", now {last.made}" if last.made else ""
    if out and item.status is not Status.RETIRED:
        commits.set_status(connection, item.id, Status.RETIRED, reason)
    elif not out and item.status is Status.RETIRED and last.stood not in (None, Status.RETIRED):
        changes = queries.history(connection, item.id)
        if changes and changes[-1].reason.startswith(
            BY
        ):  # something else retired it since: a review undoes only reviews
            _alone(connection, item, last.stood)
            commits.set_status(connection, item.id, last.stood or Status.RETIRED, reason)


def _alone(connection: Connection, item: Item, to: Status | None) -> None:
    """One version of an item is operational at a time: two would count one crux twice."""
    if to is not Status.OPERATIONAL:
        return
    table = schema.items
    versions = sorted(_versions(connection, item.id) - {item.id})
    query = select(table.c.id).where(table.c.id.in_(versions), table.c.status == Status.OPERATIONAL.value)
    if (other := connection.execute(query.order_by(table.c.id)).scalars().first()) is not None:
        message = f"item {item.id}: its other version {other} is operational in its place"
        raise InputError(message, hint=f"reject that one first: crux bank review {other}")


def _versions(connection: Connection, key: str) -> set[str]:
    """The item and all that edits made of it, or that it was made of, near or far."""
    pairs = [(one.item, one.made) for one in reviews(connection) if one.made]
    found: set[str] = set()
    fresh = {key}
    while fresh:
        found |= fresh
        fresh = {two for pair in pairs for one, two in (pair, pair[::-1]) if one in found} - found
    return found


def _column(text: str) -> str:
    """A text that a column of any database takes."""
    return _unicode(plain(text))


def _unicode(text: str) -> str:
    """Without lone surrogates, whatever a terminal made of the keys: JSON that holds one cannot be read again."""
    return text.encode("utf-8", "replace").decode()
