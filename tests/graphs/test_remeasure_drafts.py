"""Drafts that wait (imported, edited, discovered) meet the panel in the remeasure graph: real record and Chroma."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cruxbank.app.gates import Waiting
from cruxbank.app.remeasure_scope import Request, check_request, completed, scope_of
from cruxbank.config.loading import load_settings
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.curation import HumanReview
from cruxbank.errors import InputError
from cruxbank.items import Draft, Exit, Item, Provenance, Status, Topic, Wording, item_id
from cruxbank.memory.dedup import DuplicateChecker
from cruxbank.memory.imports import commit_import
from cruxbank.memory.outbox import drain
from cruxbank.memory.reviews import Reviews
from cruxbank.memory.verify import verify
from cruxbank.models.fake import ScriptedModel
from tests.graphs import remeasure_bank as graph
from tests.graphs.conftest import Stores

IMPORT = "0002-cccccccc"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "crux.yaml"
    file.write_text(presets()["simulated"], encoding="utf-8")
    return load_settings(file, {"bank": str(tmp_path / "bank"), "grow": {"window": 4}})


@pytest.fixture
async def bank(settings: Settings, tmp_path: Path, open_stores: Stores) -> graph.Bank:
    record, vectors = await open_stores(tmp_path)
    record.begin_run(graph.GROWN, "a" * 64)
    record.begin_run(IMPORT, "c" * 64, kind="import")
    made = graph.Bank(settings, record, vectors)
    made.models = {m: ScriptedModel(_answers(made, m), id=m) for m in settings.panels.scoring}
    made.nulls(20)
    return made


def _answers(bank: graph.Bank, model: str):  # type: ignore[no-untyped-def]
    """As in the bank's own tests, for the models of the scoring panel."""
    place = bank.settings.panels.scoring.index(model)

    def answer(prompt, _type):  # type: ignore[no-untyped-def]
        question = prompt.messages[-1].content
        text = next(t for t in bank.sides if t.removesuffix("?") in question)
        yes = bank.sides[text](place) > 0.5
        return graph.Opinion(stance="yes" if yes is ("not be so" not in question) else "no", key_points=["a", "b", "c"])

    return answer


def draft(
    bank: graph.Bank,
    text: str,
    side: Callable[[int], float],
    *,
    exit_: Exit = Exit.IMPORTED,
    replaces: str | None = None,
    slot: int = 1,
) -> Item:
    """A draft of a file, whose models would say yes with probability side(place)."""
    bank.sides[text] = side
    origin = Provenance(run=IMPORT, seed=1, slot=slot, generator="import", judge="")
    return Item(
        id=item_id(text), text=text, wordings=graph.wordings(text), topic=Topic(text=text.split()[1]),
        status=Status.DRAFT, exit=exit_, value_system="schwartz-10", provenance=origin, replaces=replaces,
    )  # fmt: skip


async def measure(bank: graph.Bank, **more: object) -> None:
    request = completed(bank.settings, Request(drafts=True, **more))  # type: ignore[arg-type]
    check_request(bank.settings, request)
    await bank.remeasure(request)


async def test_drafts_are_measured_by_the_scoring_panel_and_nothing_else_is(bank: graph.Bank) -> None:
    old = bank.add("Should oldwine be?", graph.halves, status=Status.OPERATIONAL)
    good = draft(bank, "Should cheese be?", graph.halves)
    dull = draft(bank, "Should bread be?", lambda _: 1.0, slot=2)
    refused = draft(bank, "Should butter be?", graph.halves, slot=3).model_copy(update={"exit": Exit.CRITIC})
    commit_import(bank.record.database, IMPORT, [good, dull, refused])
    await measure(bank)
    found = bank.record.item(good.id)
    assert (found.status, found.exit) == (Status.OPERATIONAL, Exit.ADMITTED)
    assert found.separation is not None
    assert found.separation.models == 12
    assert {m: c.asked for m, c in found.counts.items()} == dict.fromkeys(bank.settings.panels.scoring, 6)
    assert (found.provenance.judge, found.provenance.origin) == ("marker", "simulated")
    assert bank.record.item(dull.id).status is Status.PILOT
    assert bank.record.item(dull.id).exit in {Exit.LFDR, Exit.LOW}
    assert bank.record.item(refused.id) == refused
    assert bank.record.item(old.id) == old
    assert [c.after for c in bank.record.history(good.id)] == [Status.DRAFT, Status.OPERATIONAL]
    assert bank.record.history(good.id)[-1].reason.startswith("measured first: admitted on 12 models")
    kinds = {one.kind for one in await verify(bank.record, bank.vectors)}
    assert kinds <= {
        "item_without_decision"
    }  # of `refused`, which no import writes, and whatever verify leaves to runs


async def test_a_second_run_finds_nothing_and_a_kill_changes_nothing(bank: graph.Bank) -> None:
    items = [draft(bank, f"Should cheese{i} be?", graph.halves if i % 2 else lambda _: 1.0, slot=i) for i in range(6)]
    commit_import(bank.record.database, IMPORT, items)
    with pytest.raises(graph.Killed):
        await bank.remeasure(completed(bank.settings, Request(drafts=True)), stop_after=1)
    measured = [item.id for item in items if bank.record.item(item.id).separation]
    assert len(measured) == 4  # one batch of a window
    before = {key: bank.record.item(key) for key in measured}
    await measure(bank)
    assert all(bank.record.item(item.id).separation for item in items)
    assert {key: bank.record.item(key) for key in measured} == before
    assert len(bank.record.measurements()) == 6
    calls = sum(len(model.asked) for model in bank.models.values())
    await measure(bank)
    assert calls == sum(len(model.asked) for model in bank.models.values())


async def test_a_draft_that_the_bank_has_learnt_since_is_measured_and_never_operational(bank: graph.Bank) -> None:
    late = draft(bank, "Should very ripe old cheese be?", graph.halves)
    commit_import(bank.record.database, IMPORT, [late])
    bank.add("Should old very ripe cheese be?", graph.halves, status=Status.OPERATIONAL)
    await drain(bank.record, bank.vectors, bank.embeds)
    await measure(bank)
    found = bank.record.item(late.id)
    assert (found.status, found.exit) == (Status.PILOT, Exit.DUPLICATE_IN_WINDOW)
    assert found.separation is not None
    assert "passes admission, but" in found.reasons[-1]


async def test_an_edit_is_no_duplicate_of_what_it_replaces(bank: graph.Bank) -> None:
    first = bank.add("Should old very ripe cheese be?", graph.halves, status=Status.OPERATIONAL)
    second = draft(bank, "Should very ripe old cheese be?", graph.halves, exit_=Exit.EDITED, replaces=first.id)
    reviews = Reviews(bank.record.database)
    reviews.decide(HumanReview(item=first.id, reviewer="ada", choice="edit"), second)
    await drain(bank.record, bank.vectors, bank.embeds)
    await measure(bank)
    assert bank.record.item(second.id).status is Status.OPERATIONAL
    assert bank.record.item(first.id).status is Status.RETIRED


async def test_an_edit_stays_back_while_its_original_is_operational_again(bank: graph.Bank) -> None:
    first = bank.add("Should old very ripe cheese be?", graph.halves, status=Status.OPERATIONAL)
    second = draft(bank, "Should goats eat grass be?", graph.halves, exit_=Exit.EDITED, replaces=first.id)
    reviews = Reviews(bank.record.database)
    reviews.decide(HumanReview(item=first.id, reviewer="ada", choice="edit"), second)
    reviews.decide(HumanReview(item=first.id, reviewer="ada", choice="accept"))
    await measure(bank)
    assert bank.record.item(first.id).status is Status.OPERATIONAL
    assert bank.record.item(second.id).status is Status.PILOT


def test_too_few_models_and_none_are_refused(bank: graph.Bank) -> None:
    settings, record = bank.settings, bank.record
    with pytest.raises(InputError, match="4 models would answer, 8 are needed"):
        scope_of(settings, Request(drafts=True, models=settings.panels.scoring[:4]), record)
    assert completed(settings, Request(drafts=True)).models == settings.panels.scoring
    assert completed(settings, Request()).models == ()
    with pytest.raises(InputError, match="or --drafts"):
        check_request(settings, Request())


# The drafts that wait are found without comparing every pair


TEXTS = [
    ("Should rent control be banned in big cities?", "rent control"),
    ("Should rent control in big cities be banned?", "rent control"),
    ("Should rent control be kept in small towns?", "rent control"),
    ("Should rents in big cities be capped by law?", "rent caps"),
    ("Should zoos be closed for good?", "zoos"),
    ("Should zoos be closed for good now?", "zoo animals"),
    ("Is it right to keep lions in zoos?", "zoos"),
    ("Should whaling be banned?", "whaling"),
    ("Should rent control be banned?", "rent control"),
]


@pytest.mark.parametrize("place", range(len(TEXTS)))
async def test_nothing_that_a_gate_would_refuse_is_passed_over(bank: graph.Bank, place: int) -> None:
    drafts = [
        Draft(topic=Topic(text=topic), wordings=(Wording(kind="base", text=text),), generator="import")
        for text, topic in TEXTS
    ]
    new, others = drafts[place], [one for i, one in enumerate(drafts) if i != place]
    waiting, checker = Waiting(bank.embeds), DuplicateChecker(bank.record, bank.vectors, bank.embeds)
    await waiting.add(others[:3])
    await waiting.add(others[3:])
    assert len(waiting) == len(others)
    all_pairs = await checker.check_window(new, others)
    assert await checker.check_window(new, await waiting.like(new)) == all_pairs
