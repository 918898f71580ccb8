"""From turns to the strategy's numbers and back, the limits of a session, and what its plan asks about."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cruxbank.agents.moves import MoveBook
from cruxbank.errors import InputError
from cruxbank.graphs.probe_fold import ask_of, choice_of, event_of, findings_of, plain_choice, plan_of
from cruxbank.graphs.probe_limits import stalled
from cruxbank.graphs.probe_plan import Wish, choose_spread, dimensions_of, pairs_of
from cruxbank.graphs.probe_seat import REPEATS, first_repeat
from cruxbank.items import FailureReason, Item, Option, Outcome, Response, Topic, Verdict
from cruxbank.science.probing import Choice
from cruxbank.sessions import Ask, PlannedMove, PlannedSubject, Session, SessionPlan, Turn
from tests.memory.conftest import Factory


def turn(number: int, stance: str | None = "yes", **more: Any) -> Turn:
    state = more.pop("state", "answered")
    failure = more.pop("failure", None)
    read = more.pop("read", "scored" if state == "answered" else "refused" if state == "refused" else "unscored")
    outcomes = {"power": Outcome.SUPPORTS, "security": Outcome.MIXED, "hedonism": Outcome.ABSENT}
    text = more.pop("said", f"answer {number}")
    ask = {"proposition": "it_a", "move": "plain", "purpose": "position", "text": f"question {number}"} | more
    return Turn(
        number=number,
        ask=Ask(**ask),
        response=Response(
            item="it_a", wording=0, model="m", state=state, text=text, failure=failure,
            stance=stance if state == "answered" else None,
        ),
        verdict=Verdict(state=read, outcomes=outcomes if read == "scored" else {}, judge="j", failure=failure),
    )  # fmt: skip


def session(**more: Any) -> Session:
    plan = SessionPlan(
        subjects=(PlannedSubject(item="it_a", dimensions=("power",), wordings=2),),
        moves=tuple(
            PlannedMove(name=name, effect=effect)
            for name, effect in (("again", "pressure"), ("authority", "pressure"), ("plain", "same"))
        ),
    )
    values: dict[str, Any] = {"id": "r.1", "run": "r", "number": 1, "target": "m", "seed": 3, "judge": "j"}
    return Session(**values | {"value_system": "schwartz-10", "turns": 20, "plan": plan} | more)


def test_a_turn_in_numbers() -> None:
    event = event_of(turn(4, "no", after=2, repeat=1, strength=0.35, wording=1))
    assert (event.number, event.stance, event.state) == (4, -1, "answered")
    assert (event.after, event.repeat, event.strength, event.wording) == (2, 1, 0.35, 1)
    assert event.signs == (("power", 1), ("security", 0))


def test_a_judge_without_sides_gives_no_side_and_an_unread_answer_keeps_its_stance() -> None:
    found = turn(0)
    unsigned = found.model_copy(update={"verdict": found.verdict.model_copy(update={"signed": False})})
    assert event_of(unsigned).signs == (("power", 0), ("security", 0))
    unread = event_of(turn(0, read="unscored", failure=FailureReason.LANGUAGE))
    assert (unread.stance, unread.state, unread.signs) == (1, "answered", ())


@pytest.mark.parametrize(("state", "said"), [("refused", "refused"), ("failed", "unscored")])
def test_an_answer_that_is_none_has_no_stance(state: str, said: str) -> None:
    event = event_of(turn(0, state=state))
    assert (event.stance, event.state) == (None, said)


def test_the_control_of_pressure_is_no_move_and_plain_is_none_either() -> None:
    plan = plan_of(session())
    assert [move.name for move in plan.moves] == ["authority"]
    assert plan.again == "again"
    assert plan_of(session(plan=SessionPlan())).again is None


def test_a_choice_comes_back_as_it_went_in() -> None:
    choice = Choice("it_a", "pair", "order", 0.5, pair=("a", "b"), after=3, repeat=2)
    assert choice_of(plain_choice(choice)) == choice
    assert ask_of(choice, "de").pair == ("a", "b")
    assert choice_of({"proposition": "it_a", "move": "plain", "purpose": "plain"}).bits == 0.0


def test_denominators_are_those_of_the_verdicts() -> None:
    turns = (turn(0), turn(1, state="refused"), turn(2, read="unscored", failure=FailureReason.LANGUAGE))
    counts = findings_of(session(), turns).counts
    assert (counts.asked, counts.answered, counts.refused, counts.unscored) == (3, 1, 1, 1)
    assert counts.unscored_by == {"language_not_read": 1}


def test_a_session_stalls_only_on_a_row_of_nothing() -> None:
    fine = [turn(k) for k in range(8)]
    refused = [turn(k, state="refused") for k in range(3)]
    silent = [turn(k, state="failed", failure=FailureReason.EMPTY) for k in range(3)]
    unread = [turn(k, read="unscored", failure=FailureReason.TIMEOUT) for k in range(3)]
    assert stalled(fine, 3) == stalled(refused[:2], 3) == stalled([*refused, turn(9)], 3) == ""
    assert stalled(refused, 3) == "the target refused for 3 turns in a row"
    assert stalled(silent, 3) == "no answer could be read for 3 turns in a row, most often empty_answer"
    assert stalled(unread, 3) == "the judge could not read the answers for 3 turns in a row, most often timeout"
    assert stalled([refused[0], *silent[:2]], 3).startswith("no answer could be read")


def test_a_loop_is_one_text_to_different_questions_and_not_one_repeated_question() -> None:
    same = [turn(k, said="same") for k in range(4)]
    assert stalled(same, 4) == ""  # all on one proposition in one direction: a firm position looks so
    mixed = [*same[:3], turn(3, said="same", sense="mirror")]
    assert stalled(mixed, 4) == "the target gave the same answer for 4 turns in a row"
    assert stalled([*mixed[:3], turn(3, said="other", sense="mirror")], 4) == ""


def test_sessions_have_ranges_of_repeats_of_their_own() -> None:
    first, second = first_repeat(session(seed=3)), first_repeat(session(seed=4))
    assert abs(first - second) >= REPEATS
    assert first >= REPEATS  # 0 .. 999 are the panel's


def items(*texts: str) -> list[Item]:
    return [Factory().item(text, topic=Topic(text=f"topic {k}", domain="d")) for k, text in enumerate(texts)]


def test_propositions_are_spread_and_earlier_ones_come_last() -> None:
    found = items("Should A?", "Should A now?", "Should B?")
    near = np.array([[1.0, 0.0], [0.99, 0.141], [0.0, 1.0]])
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    chosen = [i.text for i in choose_spread(found, near, 2, seed=1)]
    assert "Should B?" in chosen  # not the twins
    assert choose_spread(found, near, 2, seed=1) == choose_spread(found, near, 2, seed=1)
    again = choose_spread(found, near, 1, seed=1, used={found[0].id, found[2].id})
    assert [i.text for i in again] == ["Should A now?"]
    assert len(choose_spread(found, near, 9, seed=1)) == 3


def test_every_pair_of_values_has_its_places_and_a_dilemma_of_the_two_comes_first() -> None:
    plain, dilemma = items("Should A?", "Should B?")
    options = (Option(text="x", value="power"), Option(text="y", value="security"))
    dilemma = dilemma.model_copy(update={"kind": "dilemma", "options": options})
    assert dimensions_of(dilemma)[:2] == ("power", "security")
    pairs = pairs_of(MoveBook.shipped(), [plain, dilemma], ("hedonism", "power", "security"))
    assert {(p.first, p.second) for p in pairs} == {
        ("hedonism", "power"),
        ("hedonism", "security"),
        ("power", "security"),
    }
    own = [p.proposition for p in pairs if (p.first, p.second) == ("power", "security")]
    assert own[0] == dilemma.id
    assert pairs_of(MoveBook.shipped(), [], ("a", "b")) == ()


def test_wishes_that_nothing_fits_are_refused(tmp_path: Any) -> None:
    from cruxbank.graphs.probe_plan import candidates
    from cruxbank.memory.record import Record

    record, make = Record.open(str(tmp_path / "record.sqlite")), Factory()
    record.begin_run("0001-aaaaaaaa", "a")
    with pytest.raises(InputError, match="no operational question"):
        candidates(record, Wish(), "bank")
    record.commit_slot(make.commit(0, make.item()))
    assert len(candidates(record, Wish(topics=("RENT",), values=("power",)), "bank")) == 1
    with pytest.raises(InputError, match=r"--topics: 'moon' fits none of 1 items"):
        candidates(record, Wish(topics=("moon",)), "bank")
    with pytest.raises(InputError, match=r"they separate on power, security"):
        candidates(record, Wish(values=("hedonism",)), "bank")
    record.close()
