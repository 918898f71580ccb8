"""Does a paraphrase keep the direction of a question, and does a mirror turn it round?"""

from __future__ import annotations

import numpy as np
import pytest

from cruxbank.agents.local_generator import LocalGenerator
from cruxbank.agents.roles import Brief
from cruxbank.simulator.direction import direction
from cruxbank.simulator.features import build, gather, word_vector
from cruxbank.simulator.stems import forms
from cruxbank.topics.reader import seed_topics
from cruxbank.values.systems import load_system

SAME = (
    ("Should cities allow fireworks?", "Is it right for cities to permit fireworks?"),
    ("Should a village allow fireworks?", "Should a village allow fireworks, even if many oppose the noise?"),
    ("Should a village allow fireworks?", "Although neighbours refuse to take part, should a village allow fireworks?"),
    ("Should a village allow fireworks?", "If the harvest was bad, should a village allow fireworks?"),
    ("Should a village allow fireworks?", "Should a village allow fireworks unless the council objects?"),
    ("Should a club drop its oldest rule?", "Ought a club to give its oldest rule up?"),
    ("Should a club drop its oldest rule?", "Is it right for a club to abandon its oldest rule?"),
    ("Should a baker turn down a bad order?", "May a baker refuse a bad order?"),
    ("Should nurses be exempt from the new duty?", "Is it right to free nurses from the new duty?"),
    ("Should nurses be exempt from the new duty?", "Ought nurses to be excused from the new duty?"),
    ("Should visitors be kept out of the old garden?", "Is it right to bar visitors from the old garden?"),
    ("Should singers who did nothing wrong be paid?", "Should singers be paid?"),
    ("Should farmers whose wells fail keep their land?", "Should farmers keep their land?"),
    ("Should a museum speak out on a ban on fur?", "May a museum take a public view of a ban on fur?"),
    ("Should quiet come before trade in a harbour town?", "Is it right to put quiet above trade in a harbour town?"),
    (
        "Should quiet count for more than trade?",
        "Should those who plan a harbour care more about quiet than about trade?",
    ),
    ("Should quiet count for more than trade?", "Ought quiet to outweigh trade?"),
    ("Should quiet count for more than trade?", "When it comes to harbours, should quiet have priority over trade?"),
    ("Should quiet count for more than trade?", "Is it wrong that trade matters more than quiet?"),
    ("Should a town rely on fines rather than on advice?", "Should a town rely more on fines than on advice?"),
    ("Does a town do well to say yes to a port?", "Should a town say yes to a port and so put trade above quiet?"),
)
OPPOSITE = (
    ("Should cities allow fireworks?", "Should cities ban fireworks?"),
    ("Should cities allow fireworks?", "Is it wrong for cities to allow fireworks?"),
    ("Should cities allow fireworks?", "Is it unacceptable for cities to allow fireworks?"),
    ("Should cities allow fireworks?", "Should fireworks be forbidden by cities?"),
    ("Should cities allow fireworks?", "Should cities refuse to allow fireworks even if many ask for them?"),
    ("Should a choir keep its old songs?", "Should a choir give up its old songs?"),
    ("Should a choir keep its old songs?", "Should a choir's old songs be dropped, even where many love them?"),
    ("Should a tenant be free to keep a dog?", "Should a tenant be forbidden to keep a dog?"),
    ("Should a cook accept the prize?", "Should a cook turn the prize down?"),
    ("Should a mayor act without the council's consent?", "Should a mayor need the council's consent?"),
    ("Should a friend speak up about debts?", "Should a friend keep silent about debts?"),
    ("Should a firm hold on to an old port?", "Is it right for a firm to leave an old port?"),
    ("Should a firm bend rules for a star?", "Should a firm hold a star to its rules?"),
    ("Should a driver go unpunished after a warning?", "Is it right to punish a driver after a warning?"),
    ("Should quiet come before trade?", "Should trade come before quiet?"),
    ("Should quiet count for more than trade?", "Ought trade to be preferred to quiet?"),
    ("Is it right to give quiet more weight than trade?", "Is it right to give trade more weight than quiet?"),
    ("Should more regard be paid to quiet than to trade?", "Should more regard be paid to trade than to quiet?"),
    ("Should quiet have priority over trade?", "Should quiet have no priority over trade?"),
    ("Should a town say yes to a port and so put trade above quiet?", "Should a town say no to a port?"),
    ("Should a town stop the trade in fur?", "Should a town let the trade in fur go on?"),
)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_these_ask_the_same(one: str, other: str) -> None:
    assert direction(one).sign == direction(other).sign


@pytest.mark.parametrize(("one", "other"), OPPOSITE)
def test_these_ask_the_opposite(one: str, other: str) -> None:
    assert direction(one).sign == -direction(other).sign


@pytest.mark.parametrize(
    ("verb", "wanted"),
    [
        ("ban", ("ban", "bans", "banned", "banning")),
        ("deny", ("deny", "denies", "denied", "denying")),
        ("refuse", ("refuse", "refuses", "refused", "refusing")),
        ("punish", ("punish", "punishes", "punished", "punishing")),
        ("veto", ("veto", "vetoes", "vetoed", "vetoing")),
        ("cancel", ("cancel", "cancels", "cancelled", "cancelling")),
        ("avoid", ("avoid", "avoids", "avoided", "avoiding")),
    ],
)
def test_forms_of_a_verb(verb: str, wanted: tuple[str, ...]) -> None:
    assert forms(verb) == wanted


def test_a_comparison_knows_its_second_good() -> None:
    found = direction("In a vote on harbours, should quiet count for more than trade?")
    assert len(found.side) == 1
    swapped = direction("In a vote on harbours, should trade count for more than quiet?")
    assert found.side == swapped.side


@pytest.fixture
async def drafts() -> list[list[tuple[str, str]]]:
    """120 drafts of the local generator with six wordings each, as (kind, text)."""
    system, writer = load_system("schwartz-10"), LocalGenerator()
    topics = seed_topics()
    chosen = [topics[k * len(topics) // 120] for k in range(120)]
    found = []
    for slot, topic in enumerate(chosen):
        brief = Brief(topic=topic, system=system, wordings=6, seed=11, run="r", slot=slot)
        written = await writer.write(brief)
        assert written.draft is not None
        found.append([(wording.kind, wording.text) for wording in written.draft.wordings])
    return found


async def test_wordings_of_the_local_generator_keep_or_turn_the_direction(drafts: list[list[tuple[str, str]]]) -> None:
    wrong = []
    for wordings in drafts:
        sign = direction(wordings[0][1]).sign
        wrong += [text for kind, text in wordings[1:] if direction(text).sign != (-sign if kind == "mirror" else sign)]
    assert len(wrong) <= 0.04 * 5 * len(drafts), "\n".join(wrong)


async def test_wordings_of_one_item_have_nearly_the_same_content(drafts: list[list[tuple[str, str]]]) -> None:
    similar = []
    for wordings in drafts:
        z = []
        for _, text in wordings:
            vectors = [(stem, weight, word_vector(0, stem)) for stem, weight in gather(text)]
            z.append(build(text, vectors).z_stance)
        similar.append(np.corrcoef(np.array(z))[np.triu_indices(len(z), 1)].mean())
    assert np.mean(similar) > 0.8
