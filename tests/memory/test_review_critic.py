"""An edit is read by the critic of crux.yaml: a model costs a call in the ledger, within the budget, and only then."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml

from cruxbank.app.reviewing import Desk, Edited
from cruxbank.config.loading import settings_from
from cruxbank.config.shipped import presets
from cruxbank.items import Exit, Item, Status, Wording
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import encoder_id
from cruxbank.memory.outbox import drain
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import VectorStore
from tests.chat_endpoint import Chat, reply, serving
from tests.memory.conftest import BagOfWords, Factory

MODEL = "sim-quill-1"
TOPIC = "rent control in big cities"
BASE = "Should big cities keep rent control even if fewer homes are built?"
MIRROR = "Should big cities end rent control even if some tenants have to leave?"
OpenDesk = Callable[..., Desk]


@pytest.fixture
async def sit(tmp_path: Path, make: Factory, embeds: BagOfWords) -> AsyncIterator[OpenDesk]:
    """Opens a desk with these settings over a bank of one item."""
    folder = BankFolder(tmp_path / "bank")
    folder.ensure(encoder_id(embeds), "schwartz-10")
    record = Record.open(str(folder.record))
    record.begin_run("0001-aaaaaaaa", "a" * 64, seed=1)
    record.commit_slot(make.commit(0, make.item("Should rents be capped?", topic=make.topic(TOPIC))))
    vectors = await VectorStore.open(str(folder.chroma), encoder_id(embeds))
    await drain(record, vectors, embeds)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(vectors.close)

        def open_one(critic: str = MODEL, **more: Any) -> Desk:
            given = yaml.safe_load(presets()["simulated"]) | {"bank": str(folder.path)}
            given["agents"] = given["agents"] | {"critic": critic}
            given["grow"] = given["grow"] | {"wordings": 2, "pilot_responses": 2, "scoring_responses": 2}
            for model in given["models"]:
                if model["id"] == MODEL:
                    model |= more.pop("model", {})
            desk = Desk(settings_from(given | more), record, vectors, embeds, "ada")
            stack.push_async_callback(desk.close)
            return desk

        yield open_one
    record.close()


def only(desk: Desk) -> Item:
    return desk._record.items()[0]


async def put(desk: Desk, base: str = BASE, mirror: str = MIRROR, *, overrule: bool = False) -> Edited:
    wordings = (Wording(kind="base", text=base), Wording(kind="mirror", text=mirror))
    item = next(one for one in desk._record.items(order="seq") if one.provenance.generator != "person")
    return await desk.edit(item, wordings, (), overrule=overrule)


def attempts(desk: Desk) -> list[tuple[str, str, str]]:
    path = BankFolder(desk._settings.bank).ledger
    if not path.is_file():
        return []
    query = "SELECT c.run, c.purpose, a.session FROM attempts a JOIN calls c ON c.key = a.key ORDER BY a.sent_at"
    with closing(sqlite3.connect(path)) as ledger:
        return ledger.execute(query).fetchall()


async def test_a_model_reads_what_the_rules_let_through(sit: OpenDesk) -> None:
    desk = sit()
    assert desk.asked == MODEL
    desk.decide(only(desk).id, "flag", "look again")
    assert attempts(desk) == [], "who edits nothing pays nothing"
    refused = await put(desk, "Should big cities keep rent control, as every reasonable tenant would?")
    assert refused == Edited(None, ("not_neutral",), binding=False)
    taken = await put(desk)
    assert taken.review is not None, taken.reasons
    made = desk._record.item(taken.review.made)
    assert (made.status, made.exit, made.provenance.critic) == (Status.DRAFT, Exit.EDITED, f"local+{MODEL}")
    assert [one.name for one in made.provenance.prompts] == ["critique/review"]
    (call,) = {call[:2] for call in attempts(desk)}
    assert call == ("review", "critique")
    assert desk.paid.calls == len(attempts(desk)) >= 1


async def test_a_person_may_overrule_the_model_and_is_not_charged_twice(sit: OpenDesk) -> None:
    desk = sit()
    leading = "Should big cities keep rent control, right?"
    refused = await put(desk, leading)
    assert (refused.review, refused.binding) == (None, False), refused.reasons
    paid = attempts(desk)
    kept = await put(desk, leading, overrule=True)
    assert kept.review is not None
    assert attempts(desk) == paid
    assert all(reason.startswith("kept against the critic: ") for reason in desk._record.item(kept.review.made).reasons)


async def test_the_local_critic_costs_nothing_and_opens_nothing(sit: OpenDesk) -> None:
    desk = sit("local")
    taken = await put(desk)
    assert taken.review is not None, taken.reasons
    made = desk._record.item(taken.review.made)
    assert (desk.asked, made.provenance.critic, made.provenance.prompts, attempts(desk)) == ("", "local", (), [])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"model": {"base_url": "https://127.0.0.1:9/v1", "api_key_env": "CRUX_NO_SUCH_KEY"}}, "CRUX_NO_SUCH_KEY"),
        ({"model": {"base_url": "http://127.0.0.1:9/v1"}}, "cannot be reached"),
    ],
)
async def test_what_no_model_could_read_does_not_enter(sit: OpenDesk, more: dict[str, Any], words: str) -> None:
    desk = sit(**more)
    before = desk._record.canonical_dump()
    refused = await put(desk)
    assert (refused.review, refused.binding) == (None, True)
    assert words in refused.reasons[0]
    assert desk._record.canonical_dump() == before
    assert desk.decide(only(desk).id, "accept").choice == "accept", "everything else goes on"


class Broken(Chat):
    """An endpoint that gives no review: an error, a refusal, or prose."""

    status: ClassVar[int] = 200
    said: ClassVar[dict[str, Any]] = {}

    def do_POST(self) -> None:
        self.asked()
        self.send(type(self).status, type(self).said)


@pytest.fixture
def broken() -> Iterator[str]:
    with serving(Broken) as url:
        yield url


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (500, reply("no")),
        (200, reply("", refusal="I do not review that.")),
        (200, reply("I cannot help.")),
    ],
)
async def test_nobody_overrules_a_critic_that_gave_no_answer(
    sit: OpenDesk, broken: str, status: int, said: dict[str, Any]
) -> None:
    Broken.status, Broken.said = status, said
    desk = sit(model={"base_url": broken}, limits={"retries": 0})
    before = desk._record.canonical_dump()
    for overrule in (False, True):
        refused = await put(desk, overrule=overrule)
        assert (refused.review, refused.binding, refused.reasons[0]) == (None, True, "critic_failed")
    assert desk._record.canonical_dump() == before


async def test_what_the_rules_refuse_needs_no_key(sit: OpenDesk) -> None:
    desk = sit(model={"base_url": "https://127.0.0.1:9/v1", "api_key_env": "CRUX_NO_SUCH_KEY"})
    refused = await put(desk, mirror=BASE)
    assert refused.review is None
    assert "KEY" not in "".join(refused.reasons), "its key is asked for when it is asked"


async def test_the_budget_ends_the_edits_and_not_the_review(sit: OpenDesk) -> None:
    desk = sit(budget={"calls": 1})
    texts = [f"Should big cities keep rent control for {n} years even if fewer homes are built?" for n in (2, 3, 4, 5)]
    found = [await put(desk, text) for text in texts]
    assert [one.binding and "budget" in one.reasons[0] for one in found][-2:] == [True, True]
    assert len(attempts(desk)) == 2  # SENT_PER_CALL: two requests may be sent for a budget of one call
    assert desk.decide(only(desk).id, "accept").choice == "accept"
    again = sit(budget={"calls": 1})
    assert "budget" not in "".join((await put(again, texts[-1])).reasons), "every session has the whole budget"
