"""A small bank in memory for the tests of the report: two families, made by hand, so that goldens can be worked out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import yaml

from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.graphs.assembly import count
from cruxbank.items import (
    Exit,
    Item,
    Outcome,
    PromptRef,
    Reading,
    Response,
    Stance,
    Status,
    Topic,
    Verdict,
    Wording,
    item_id,
)
from cruxbank.measures import Estimate
from cruxbank.memory.record import Record
from cruxbank.memory.rows import SlotCommit
from tests.made_items import RUN, made_item, separation

HOSTILE = {
    "text": "</svg></title></style><script>window.pwned=1</script>"
    '<img src=x onerror="window.pwned=2"> \x1b[31m\u202eevil\x00?',
    "topic": "{{ 7 * 7 }} {% raw %} '\"><svg onload=window.pwned=3> مرحبا بالعالم",
    "point": "]]>--><script src=//example.invalid/x.js></script>\u2066\u200bשלום \u0007" + "long " * 400,
}
_STATUS = {Exit.ADMITTED: Status.OPERATIONAL, Exit.CRITIC: Status.DRAFT, Exit.DUPLICATE_MEANING: Status.DRAFT}


class Bank(NamedTuple):
    """An open record, one run in it, and its settings."""

    record: Record
    run: str
    settings: Settings


def settings(**sections: object) -> Settings:
    """The simulated preset."""
    data = yaml.safe_load(presets()["simulated"])
    return Settings(**{**data, **sections})


def item(
    text: str, exit_: Exit, topic: Topic, *, joint: float = 0.4, slot: int = 0, readings: Sequence[Reading] = ()
) -> Item:
    """An item with two wordings, base and mirror; all its figures follow from the joint one."""
    interval = Estimate(est=joint, lo=joint / 2, hi=joint * 1.5)
    by = {"power": joint / 2, "security": joint / 4}
    measured = exit_ not in (Exit.CRITIC, Exit.DUPLICATE_MEANING)
    return made_item(
        text,
        separation(joint, by, joint=interval, models=12, responses=24) if measured else None,
        {"seed": 7, "slot": slot, "prompts": (PromptRef(name="respond/opinion", version=1, sha256="ab" * 32),)},
        wordings=(Wording(kind="base", text=text), Wording(kind="mirror", text=f"Not: {text}")),
        topic=topic,
        status=_STATUS.get(exit_, Status.PILOT),
        exit=exit_,
        counts=count(readings),
    )


def reading(
    text: str,
    model: str,
    wording: int,
    stance: Stance | None,
    outcomes: Mapping[str, Outcome],
    point: str = "It is so.",
) -> Reading:
    """An answer; no stance is a refusal."""
    state = "refused" if stance is None else "answered"
    points = () if stance is None else (point, "Second.", "Third.")
    response = Response(item=item_id(text), wording=wording, model=model, state=state, stance=stance, key_points=points)
    verdict = Verdict(state="refused" if stance is None else "scored", outcomes=dict(outcomes), judge="local")
    return Reading(response=response, verdict=verdict)


def answers(text: str, *, point: str = "It is so.") -> tuple[Reading, ...]:
    """Two aster models say yes and raise power, one birch model says no and raises nothing, another refuses once."""
    power = {"power": Outcome.SUPPORTS}
    return (
        *(
            reading(text, m, w, "yes", power, f"{point} says {m}")
            for m in ("sim-aster-1", "sim-aster-2")
            for w in (0, 1)
        ),
        *(reading(text, "sim-birch-1", w, "no", {}, f"{point} denies sim-birch-1") for w in (0, 1)),
        reading(text, "sim-birch-2", 0, "no", {}, f"{point} denies sim-birch-2"),
        reading(text, "sim-birch-2", 1, None, {}),
    )


def slot(number: int, topic: Topic, drafts: Sequence[tuple[Item, Sequence[Reading]]], **spent: float) -> SlotCommit:
    """A slot that ended as its last draft did; without drafts nothing was written."""
    last = drafts[-1][0] if drafts else None
    paid = {"examinee": 0, "judge": 0, "agents": 0, "tokens": 0, "usd": 0.0, **spent}
    listed = [{"id": i.id, "exit": i.exit.value} for i, _ in drafts]
    won = last.separation.joint.est if last and last.separation and last.exit is Exit.ADMITTED else 0.0
    return SlotCommit(
        run=RUN,
        slot=number,
        topic=topic,
        exit=last.exit if last else Exit.NOT_WRITTEN,
        reward=won,
        examinee_calls=int(paid["examinee"]),
        judge_calls=int(paid["judge"]),
        agent_calls=int(paid["agents"]),
        item_id=last.id if last else None,
        items=tuple(i for i, _ in drafts),
        readings=tuple(r for _, readings in drafts for r in readings),
        payload=json.dumps({"detail": "", "spent": paid, "drafts": listed}),
    )


def empty() -> Bank:
    """A run that has begun and committed nothing."""
    record = Record.open("sqlite://")
    record.begin_run(RUN, "aaaaaaaa" * 8, seed=7)
    return Bank(record, RUN, settings())


def bank(*, hostile: bool = False, admitted: bool = True) -> Bank:
    """Three slots: an admitted item after a refused draft; a pilot that did not separate; nothing written."""
    made = empty()
    words = HOSTILE if hostile else {"text": "Should zoos be closed?", "topic": "zoos", "point": "Because"}
    zoos, rents = Topic(text=words["topic"], domain="animals"), Topic(text="rent control", domain="cities")
    made.record.add_topics([zoos, rents, Topic(text="tuition fees", domain="education")])
    read = answers(words["text"], point=words["point"])
    exit_ = Exit.ADMITTED if admitted else Exit.LOW
    first = item(words["text"], exit_, zoos, joint=0.8, readings=read)
    refused = item("Are zoos bad, is it not so?", Exit.CRITIC, zoos)
    low = item("Should rents be capped?", Exit.PILOT_LOW, rents, joint=0.1, slot=1)
    made.record.commit_slot(slot(0, zoos, [(refused, ()), (first, read)], examinee=8, agents=2, tokens=900, usd=0.5))
    made.record.commit_slot(slot(1, rents, [(low, ())], examinee=16, judge=4, tokens=1100, usd=0.25))
    made.record.commit_slot(slot(2, rents, [], agents=1))
    made.record.finish_run(RUN, "budget.calls reached")
    return made
