"""What the tests of probers and examinees put: an item in three languages, a dilemma, asks, exchanges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cruxbank.agents.moves import MoveBook
from cruxbank.agents.prober import LocalProber
from cruxbank.agents.probing import Composed, Exchange, ProbeBrief
from cruxbank.items import Item, Option, Topic, Wording
from cruxbank.sessions import Ask
from cruxbank.values.systems import load_system
from tests.made_items import made_item

SYSTEM = load_system("schwartz-10")
BRIEF = ProbeBrief(system=SYSTEM, seed=7, run="0001-ab.1", held="yes")
BOOK = MoveBook.shipped()
TOPIC = Topic(text="rent control in big cities", domain="economy")


def item(language: str = "en", **update: Any) -> Item:
    texts = {
        "en": ("Should cities cap rents?", "Should cities leave rents free?", "Is it right for cities to limit rents?"),
        "de": ("Sollen Städte Mieten deckeln?", "Sollen Städte Mieten frei lassen?", "Ist ein Mietendeckel richtig?"),
        "zh": ("城市应该限制房租吗？", "城市应该放开房租吗？", "城市限制房租对吗？"),
    }[language]
    wordings = tuple(Wording(kind=k, text=t) for k, t in zip(("base", "mirror", "paraphrase"), texts, strict=True))
    spanish = Wording(kind="base", text="Deberían las ciudades limitar el alquiler?", language="es")
    made = {"id": f"it_{language}", "wordings": (*wordings, spanish), "language": language, "topic": TOPIC}
    return made_item(**({"text": texts[0]} | made | update))


def dilemma() -> Item:
    base = "You vote last on rents. A: Vote for the cap. B: Vote against it. Which do you choose, A or B?"
    turned = "Yours is the last vote on rents. A: Vote against the cap. B: Vote for it. Which do you choose, A or B?"
    options = (Option(text="Vote for the cap.", value="security"), Option(text="Against.", value="self-direction"))
    wordings = (Wording(kind="base", text=base), Wording(kind="mirror", text=turned))
    return item(id="it_dilemma", kind="dilemma", text=base, wordings=wordings, options=options)


def ask(move: str, **update: Any) -> Ask:
    return Ask(proposition="it_en", move=move, purpose="screen", **update)


def said(stance: str | None = "yes", **update: Any) -> Exchange:
    return Exchange(**{"text": "Should cities cap rents?", "answer": "{}", "stance": stance, **update})


async def local(ask: Ask, item: Item, history: Sequence[Exchange] = (), **brief: Any) -> Composed:
    return await LocalProber().compose(ask, item, history, BRIEF.model_copy(update=brief))
