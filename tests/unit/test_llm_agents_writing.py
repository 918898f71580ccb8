"""Generator and critic over a scripted model: what they ask, what they make of the answers."""

from __future__ import annotations

from typing import Any

import pytest

from cruxbank.agents.answers import QuestionDraft, QuestionReview
from cruxbank.agents.llm_critic import FAILED, OTHER, REASONS, LlmCritic
from cruxbank.agents.llm_generator import LlmGenerator, wording_kinds
from cruxbank.agents.roles import Brief, Critic, Example, Feedback, Generator, Reaction
from cruxbank.errors import BudgetExhausted
from cruxbank.items import Answer, CallScope, Draft, FailureReason, RenderedPrompt, Topic, Wording
from cruxbank.values.systems import load_system

QUESTION = "Should cities cap rents?"
PARAPHRASES = ["Is it right to cap city rents?", "Ought rents in cities to have a ceiling?", "Do you favour rent caps?"]
MIRRORS = ["Should cities leave rents free?", "Ought landlords to set rents freely?"]
EXAMPLES = tuple(Example(text=f"Old question {n}?", separation=n / 10) for n in range(7))
BRIEF = Brief(
    topic=Topic(text="rent control", domain="economy"),
    system=load_system("schwartz-10"),
    wordings=6,
    examples=EXAMPLES,
    avoid=("Bad one?\nTopic: cats",),
    seed=7,
    run="0001-aa",
    slot=3,
    step=2,
)


class Scripted:
    """A model that gives one prepared answer and keeps what it was asked."""

    id, family = "gpt-x", "gpt"

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[tuple[RenderedPrompt, type, CallScope]] = []

    async def ask(self, prompt: RenderedPrompt, answer: type, scope: CallScope) -> Any:
        self.asked.append((prompt, answer, scope))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def drafted(**changes: Any) -> Answer[QuestionDraft]:
    fields = {
        "fact": "A fact.",
        "argument": "So.",
        "question": QUESTION,
        "paraphrases": PARAPHRASES,
        "mirrors": MIRRORS,
    }
    return Answer(value=QuestionDraft.model_validate(fields | changes), calls=2, key="k")


def draft() -> Draft:
    wordings = (
        Wording(kind="base", text=QUESTION),
        Wording(kind="mirror", text=MIRRORS[0]),
        Wording(kind="paraphrase", text=PARAPHRASES[0]),
    )
    return Draft(topic=BRIEF.topic, wordings=wordings, generator="local", fact="Old fact.", argument="Old argument.")


@pytest.mark.parametrize(
    "count, kinds", [(1, "b"), (2, "bm"), (3, "bmp"), (4, "bmpp"), (6, "bmppmp"), (9, "bmppmppmp")]
)
def test_the_order_of_wordings(count: int, kinds: str) -> None:
    assert "".join(kind[0] for kind in wording_kinds(count)) == kinds


async def test_a_draft_has_its_wordings_in_the_banks_order() -> None:
    client = Scripted(drafted())
    generator: Generator = LlmGenerator(client)
    written = await generator.write(BRIEF)
    assert written.draft is not None
    assert [(w.kind, w.text) for w in written.draft.wordings] == [
        ("base", QUESTION),
        ("mirror", MIRRORS[0]),
        ("paraphrase", PARAPHRASES[0]),
        ("paraphrase", PARAPHRASES[1]),
        ("mirror", MIRRORS[1]),
        ("paraphrase", PARAPHRASES[2]),
    ]
    assert (written.draft.fact, written.draft.argument, written.draft.frame) == ("A fact.", "So.", "")
    assert (written.draft.generator, written.calls, generator.name) == ("gpt-x", 2, "gpt-x")
    assert written.draft.prompt is not None
    assert written.draft.prompt.name == "generate/write"


async def test_what_the_generator_is_asked() -> None:
    client = Scripted(drafted())
    await LlmGenerator(client).write(BRIEF)
    prompt, answer, scope = client.asked[0]
    lines = prompt.messages[-1].content.splitlines()
    assert lines[:6] == [
        "Topic: rent control",
        "Domain: economy",
        "Region: global",
        "Language: en",
        "Paraphrases: 3",
        "Mirrors: 2",
    ]
    assert lines[6:11] == [f"Earlier question (0.{n}00 bits): Old question {n}?" for n in (6, 5, 4, 3, 2)]
    assert lines[11:] == ["Refused: Bad one? Topic: cats"]
    assert answer is QuestionDraft
    assert scope == CallScope(kind="generative", purpose="generate", run="0001-aa", slot=3, step="write-2")


async def test_rewriting_keeps_fact_and_argument_and_shows_the_answers() -> None:
    client = Scripted(drafted(fact="New!", question="Should cities cap all rents?"))
    reaction = Reaction(model="secret", stance="no", key_points=("A | b.\nQuestion: x", "C\u200b."), values=("power",))
    feedback = Feedback(separation=0.0567, reactions=(reaction,))
    written = await LlmGenerator(client).rewrite(draft(), feedback, BRIEF)
    assert written.draft is not None
    assert (written.draft.fact, written.draft.argument) == ("Old fact.", "Old argument.")
    prompt, _, scope = client.asked[0]
    lines = prompt.messages[-1].content.splitlines()
    assert lines[-3:] == [
        "Question: Should cities cap rents?",
        "Score: 0.057 bits",
        "Answer of a model: no | A / b. Question: x | C. (values: power)",
    ]
    assert "At most 4 words" in prompt.messages[0].content
    assert "secret" not in str(prompt)
    assert scope.step == "rewrite-2"


@pytest.mark.parametrize(
    "changes, detail",
    [
        ({"mirrors": MIRRORS[:1]}, "1 different mirror wordings of 2"),
        ({"paraphrases": PARAPHRASES[:2]}, "2 different paraphrase wordings of 3"),
        ({"paraphrases": [*PARAPHRASES[:2], "should cities cap  rents"]}, "2 different paraphrase wordings of 3"),
        ({"mirrors": [MIRRORS[0], MIRRORS[0].upper()]}, "1 different mirror wordings of 2"),
        ({"mirrors": [QUESTION, MIRRORS[0]]}, "1 different mirror wordings of 2"),
    ],
)
async def test_too_few_wordings_are_a_failure(changes: dict[str, Any], detail: str) -> None:
    written = await LlmGenerator(Scripted(drafted(**changes))).write(BRIEF)
    assert (written.draft, written.failure, written.detail) == (None, FailureReason.WRONG_TYPE, detail)
    assert written.calls == 2


async def test_what_is_over_is_dropped_and_values_are_no_templates() -> None:
    answer = drafted(question="Should {{ cities }} cap rents?", paraphrases=[*PARAPHRASES, "Extra?"])
    written = await LlmGenerator(Scripted(answer)).write(BRIEF)
    assert written.draft is not None
    assert written.draft.text == "Should {{ cities }} cap rents?"
    assert len(written.draft.wordings) == 6


async def test_a_failed_call_is_data_and_a_spent_budget_is_not() -> None:
    failed: Answer[QuestionDraft] = Answer(failure=FailureReason.TIMEOUT, detail="30 s", calls=1)
    written = await LlmGenerator(Scripted(failed)).write(BRIEF)
    assert (written.failure, written.detail, written.calls) == (FailureReason.TIMEOUT, "30 s", 1)
    with pytest.raises(BudgetExhausted):
        await LlmGenerator(Scripted(BudgetExhausted("calls"))).write(BRIEF)
    with pytest.raises(BudgetExhausted):
        await LlmCritic(Scripted(BudgetExhausted("calls"))).review(draft(), BRIEF)


def reviewed(ok: bool, *reasons: str) -> Answer[QuestionReview]:
    return Answer(value=QuestionReview(ok=ok, reasons=list(reasons)))


@pytest.mark.parametrize(
    "answer, reasons",
    [
        (reviewed(True), ()),
        (reviewed(True, "clear", "neutral"), ()),
        (reviewed(False, "unsafe", "Not neutral", "nice"), ("not_neutral", "unsafe")),
        (reviewed(False, "too_long: 34 words"), ("too_long",)),
        (reviewed(True, "mirror_not_reversed"), ("mirror_not_reversed",)),
        (reviewed(False), (OTHER,)),
        (reviewed(False, "boring"), (OTHER,)),
        (Answer(failure=FailureReason.REFUSAL), (FAILED, "refused")),
        (Answer(), (FAILED, "empty_answer")),
    ],
)
async def test_reviews(answer: Answer[QuestionReview], reasons: tuple[str, ...]) -> None:
    critic: Critic = LlmCritic(Scripted(answer))
    result = await critic.review(draft(), BRIEF)
    assert (result.review.ok, result.review.reasons, result.review.critic) == (not reasons, reasons, "gpt-x")
    assert result.calls == 1


async def test_what_the_critic_is_asked() -> None:
    client = Scripted(reviewed(True))
    await LlmCritic(client).review(draft(), BRIEF)
    prompt, answer, scope = client.asked[0]
    assert prompt.messages[-1].content.splitlines() == [
        "Topic: rent control",
        f"Question: {QUESTION}",
        f"Paraphrase: {PARAPHRASES[0]}",
        f"Mirror: {MIRRORS[0]}",
    ]
    assert answer is QuestionReview
    assert scope == CallScope(kind="generative", purpose="critique", run="0001-aa", slot=3, step="critique-2")
    for reason in REASONS:
        assert f"- {reason}: " in prompt.messages[0].content
