"""An operational item in the run's other languages: asked, compared, refused as a repeat; nothing in it chooses."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel

from cruxbank.agents.answers import Opinion, QuestionDraft
from cruxbank.agents.llm_generator import LlmGenerator
from cruxbank.agents.respondent import LlmRespondent
from cruxbank.agents.translator import LlmTranslator, Translation
from cruxbank.graphs.meter import Metered
from cruxbank.graphs.stages import calls_per_answer, language_calls, language_questions, worst_case
from cruxbank.graphs.translate import chosen, further
from cruxbank.items import Exit, FailureReason, RenderedPrompt, Status
from cruxbank.memory.verify import verify
from cruxbank.models.fake import Said, ScriptedModel
from tests.graphs.grow_bench import Bench, Script, user

ENDS = {
    "en": ("in the country", "from now on", "in the long run", "as a rule", "for good", "for every one of us"),
    "de": ("im Land", "von nun an", "auf lange Sicht", "in der Regel", "auf Dauer", "für jeden von uns"),
}
ACTS = {"en": ("allowed", "banned"), "de": ("erlaubt", "verboten")}


def text(language: str, act: int, end: int) -> str:
    """One of twelve wordings about zoos in a language: act 0 allows, 1 bans."""
    if language == "en":
        return f"Should the zoos be {ACTS['en'][act]} {ENDS['en'][end]}?"
    return f"Sollten die Zoos {ENDS['de'][end]} {ACTS['de'][act]} sein?"


PLACE = {text(language, act, end): (act, end) for language in ENDS for act in (0, 1) for end in range(6)}


def writer(prompt: RenderedPrompt, _: type[BaseModel]) -> Said:
    """Writes in the language that it is told to write in."""
    language = re.search(r"^Language: (.+)$", user(prompt), flags=re.M)
    assert language is not None
    code = language.group(1)
    return QuestionDraft(
        fact="Something happened.",
        argument="It matters.",
        question=text(code, 0, 0),
        paraphrases=[text(code, 0, end) for end in range(1, 6)],
        mirrors=[text(code, 1, end) for end in range(4)],
    )


def translator(prompt: RenderedPrompt, _: type[BaseModel]) -> Said:
    """Word for word, and exactly."""
    target = re.search(r"^To: .*\((\w+)\)$", user(prompt), flags=re.M)
    assert target is not None
    code = target.group(1)

    def moved(label: str) -> list[str]:
        return [text(code, *PLACE[one]) for one in re.findall(rf"^{label}: (.+)$", user(prompt), flags=re.M)]

    return Translation(question=moved("Question")[0], mirrors=moved("Mirror"), paraphrases=moved("Paraphrase"))


def panelist(place: int) -> Script:
    """Divided by place, in both languages; in German the last four models change sides."""

    def answer(prompt: RenderedPrompt, _: type[BaseModel]) -> Said:
        question = user(prompt)
        agrees = place % 2 == 0
        if "Zoos" in question and place >= 8:
            agrees = not agrees
        stance = "yes" if agrees is not ("banned" in question or "verboten" in question) else "no"
        return Opinion(stance=stance, key_points=[f"{stance} to one", f"{stance} to two", f"{stance} to three"])

    return answer


async def in_two(
    make_bench: Callable[..., Any], script: Script = translator, **sections: Any
) -> tuple[Bench, ScriptedModel]:
    grow = {"window": 1, "attempts": 1, "confirm_responses": 2, **sections.pop("grow", {})}
    bench = await make_bench(["zoos"], languages=["en", "de"], grow=grow, budget={"items": 1}, **sections)
    client = ScriptedModel(script, id="translator")
    settings = bench.context.settings
    panel = {
        m: ScriptedModel(panelist(i), id=m) for i, m in enumerate((*settings.panels.scoring, *settings.panels.holdout))
    }
    bench.context = replace(
        bench.context,
        generator=LlmGenerator(Metered(ScriptedModel(writer, id="writer"), bench.pulse)),
        panel={m: LlmRespondent(Metered(c, bench.pulse)) for m, c in panel.items()},
        translator=LlmTranslator(Metered(client, bench.pulse)),
    )
    return bench, client


async def test_translations_stand_behind_and_choose_nothing(make_bench: Callable[..., Any]) -> None:
    bench, client = await in_two(make_bench)
    await bench.run()
    item = bench.record.items(status=Status.OPERATIONAL)[0]
    other = "de" if item.language == "en" else "en"
    assert (len(item.wordings), len(item.own_wordings), len(item.chosen_on)) == (12, 9, 6)
    assert [w.kind for w in item.translations[other]] == ["base", "mirror", "paraphrase"]
    assert [PLACE[w.text] for w in item.translations[other]] == [PLACE[w.text] for w in chosen(item, 3)]
    readings = bench.record.readings(item.id)
    mine = [r.response for r in readings if item.wordings[r.response.wording].language == other]
    panels = bench.context.settings.panels
    assert {r.model for r in mine} == set(panels.scoring), "the holdout is not asked"
    assert {m: sum(r.model == m for r in mine) for m in panels.scoring} == dict.fromkeys(panels.scoring, 2)
    assert {r.response.wording for r in item.choosing(readings)} <= set(range(6))
    found = item.by_language[other]
    assert found.translator == "translator"
    assert found.separation is not None
    assert found.separation.q > 0.5
    assert {c.asked for c in found.counts.values()} == {2}
    assert set(item.counts) == set(panels.scoring)
    assert item.separation is not None
    assert item.separation.responses == sum(c.asked for c in item.counts.values()), "translations are no part of it"
    assert len(client.asked) == 1
    assert await verify(bench.record, bench.context.library._vectors) == []
    stats = bench.record.denominators()
    assert stats.total.asked == len(readings)
    assert stats.by_language[other].asked == len(mine)


async def test_a_failed_translation_leaves_the_item_as_it_is(make_bench: Callable[..., Any]) -> None:
    bench, _ = await in_two(make_bench, lambda *_: FailureReason.REFUSAL)
    await bench.run()
    item = bench.record.items(status=Status.OPERATIONAL)[0]
    (reading,) = item.by_language.values()
    assert (reading.failure, reading.separation, reading.counts) == ("refused", None, {})
    assert len(item.wordings) == 9
    assert item.exit is Exit.ADMITTED


async def test_an_item_whose_translation_the_bank_has_is_a_duplicate(make_bench: Callable[..., Any]) -> None:
    """The encoder of these tests reads no German: only its translation shows that the second item is the first one."""

    def once(prompt: RenderedPrompt, kind: type[BaseModel]) -> Said:
        return FailureReason.SERVER if not done else translator(prompt, kind)

    done: list[str] = []
    bench, _ = await in_two(make_bench, once, grow={"language_responses": 2})
    await bench.run()
    first = bench.record.items(status=Status.OPERATIONAL)[0]
    done.append(first.id)
    other = "de" if first.language == "en" else "en"
    settings = bench.context.settings.model_copy(
        update={
            "languages": (first.language, other),
            "budget": bench.context.settings.budget.model_copy(update={"items": 2, "calls": 4000}),
        }
    )
    bench.context = replace(bench.context, settings=settings)
    await bench.run(thread="again")
    found = {item.language: item for item in bench.record.items(order="seq") if item.exit is not Exit.CRITIC}
    assert found[other].exit is Exit.DUPLICATE_TRANSLATED
    assert found[other].status is Status.PILOT
    assert first.id in found[other].reasons[0]


async def test_a_draft_that_repeats_a_translation_is_refused(make_bench: Callable[..., Any]) -> None:
    bench, _ = await in_two(make_bench)
    await bench.run()
    budget = bench.context.settings.budget.model_copy(update={"items": 2, "calls": 4000})
    bench.context = replace(bench.context, settings=bench.context.settings.model_copy(update={"budget": budget}))
    await bench.run(thread="again")
    exits = [d.exit for d in bench.record.decisions()]
    assert exits.count(Exit.ADMITTED) == 1
    assert {*exits} == {Exit.ADMITTED, Exit.DUPLICATE_TEXT}
    first = bench.record.items(status=Status.OPERATIONAL)[0]
    drafts = [item for item in bench.record.items(order="seq") if item.id != first.id]
    assert {item.language for item in drafts} == {"en" if first.language == "de" else "de"}, (
        "texts of its own are one id"
    )


async def test_every_call_is_counted_beforehand(make_bench: Callable[..., Any]) -> None:
    bench, _ = await in_two(make_bench)
    settings = bench.context.settings
    none = settings.model_copy(update={"grow": settings.grow.model_copy(update={"language_responses": 0})})
    assert worst_case(settings) - worst_case(none) == language_calls(settings) == 1 + calls_per_answer(settings) * 24
    three = settings.model_copy(update={"languages": ("en", "de", "zh")})
    assert language_calls(three) == 2 * language_calls(settings)
    assert language_calls(settings.model_copy(update={"languages": ("en",)})) == 0
    asked = language_questions(settings, 9)
    one, two = settings.panels.scoring[:2]
    assert [w for m, w in asked if m == one] == [9, 10]
    assert [w for m, w in asked if m == two] == [9, 11], "every other model meets a paraphrase"
    assert further(three, "de") == ("en", "zh")
    assert further(three, "en-GB") == ("de", "zh")


@pytest.mark.parametrize("critic", ["local", "sim-quill-2"])
async def test_a_model_that_is_critic_reads_translations_too(make_bench: Callable[..., Any], critic: str) -> None:
    from cruxbank.agents.answers import QuestionReview
    from cruxbank.agents.critics import ChainedCritic
    from cruxbank.agents.llm_critic import LlmCritic
    from cruxbank.agents.local_critic import LocalCritic

    def review(prompt: RenderedPrompt, _: type[BaseModel]) -> Said:
        first = "Mirror:" in user(prompt) and user(prompt).count("Paraphrase:") > 1
        return QuestionReview(ok=first, reasons=[] if first else ["mirror_not_reversed"])

    agents = {"generator": "sim-quill-1", "judge": "sim-quill-3", "critic": critic}
    bench, _ = await in_two(make_bench, agents=agents)
    if critic != "local":
        strict = LlmCritic(Metered(ScriptedModel(review, id="critic"), bench.pulse))
        bench.context = replace(bench.context, critic=ChainedCritic([LocalCritic(), strict]))
    await bench.run()
    (reading,) = bench.record.items(status=Status.OPERATIONAL)[0].by_language.values()
    assert (reading.failure, reading.detail) == (
        ("", "") if critic == "local" else ("refused_by_critic", "mirror_not_reversed")
    )
