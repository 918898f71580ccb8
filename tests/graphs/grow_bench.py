"""A grow graph over a real record, real Chroma and scripted models, and what a yardstick is taught beforehand."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from cruxbank.agents.answers import EvidenceReading, Opinion, QuestionDraft
from cruxbank.agents.llm_generator import LlmGenerator
from cruxbank.agents.llm_judge import LlmJudge
from cruxbank.agents.local_critic import LocalCritic
from cruxbank.agents.respondent import LlmRespondent
from cruxbank.config.settings import Settings
from cruxbank.graphs.assembly import to_item
from cruxbank.graphs.context import GrowContext, RunIdentity
from cruxbank.graphs.grow import build
from cruxbank.graphs.library import Library
from cruxbank.graphs.meter import Metered, Pulse
from cruxbank.graphs.stages import questions
from cruxbank.graphs.state import initial_state
from cruxbank.graphs.yardstick import Yardstick
from cruxbank.items import (
    Draft,
    Exit,
    FailureReason,
    Outcome,
    Reading,
    RenderedPrompt,
    Response,
    Topic,
    Verdict,
    Wording,
)
from cruxbank.memory.record import Record
from cruxbank.memory.vectors import VectorStore
from cruxbank.models.fake import Said, ScriptedModel
from cruxbank.science.bandit import policy
from cruxbank.values.systems import load_system
from tests.graphs.heard import Heard
from tests.memory.conftest import BagOfWords

RUN = "0001-0badcafe"
Script = Callable[[RenderedPrompt, type[BaseModel]], Said]


def user(prompt: RenderedPrompt) -> str:
    return prompt.messages[-1].content


def draft(question: str, reverse: str) -> QuestionDraft:
    """One base, three paraphrases, two mirrors of one proposition."""
    stem, against = question.removesuffix("?"), reverse.removesuffix("?")
    more = [f"{stem} {extra}?" for extra in ("from now on", "in the long run", "as a rule")]
    return QuestionDraft(
        fact="A new case came up.",
        argument="It matters.",
        question=question,
        paraphrases=more,
        mirrors=[reverse, f"{against} from now on?"],
    )


def writer(prompt: RenderedPrompt, _: type[BaseModel]) -> Said:
    topic = re.search(r"^Topic: (.+)$", user(prompt), flags=re.M)
    assert topic is not None
    subject = topic.group(1)
    if subject == "silent topics":
        return FailureReason.SERVER
    if subject == "loaded topics":
        question = f"Should obviously evil {subject} be allowed in the country?"
        return draft(question, "Should loaded topics be banned in the country?")
    tail = "as a first step" if "Question:" in user(prompt) else "in the country"
    return draft(f"Should {subject} be allowed {tail}?", f"Should {subject} be banned {tail}?")


def panelist(place: int) -> Script:
    """Divided on zoos by the model's place, agreed on everything else; the mirror turns the answer."""

    def answer(prompt: RenderedPrompt, _: type[BaseModel]) -> Said:
        question = user(prompt)
        agrees = place % 2 == 0 if "zoos" in question else True
        stance = "yes" if agrees is ("banned" not in question) else "no"
        return Opinion(stance=stance, key_points=[f"{stance} to one", f"{stance} to two", f"{stance} to three"])

    return answer


def judge(prompt: RenderedPrompt, _: type[BaseModel]) -> Said:
    nonce = re.search(r"^Nonce: (\w+)$", user(prompt), flags=re.M)
    assert nonce is not None
    first = re.search(r"^1\. (.+)$", user(prompt), flags=re.M)
    assert first is not None
    seen = [{"value": "security", "side": "supports", "quote": first.group(1)}]
    points = [{"point": i, "readings": seen if i == 1 else []} for i in (1, 2, 3)]
    return EvidenceReading.model_validate({"nonce": nonce.group(1), "points": points})


class Bench:
    """A context over temporary stores."""

    def __init__(self, settings: Settings, record: Record, vectors: VectorStore, topics: list[str]) -> None:
        self.record = record
        self.pulse = Pulse()
        self.heard = Heard()
        system = load_system("schwartz-10")
        embeds = BagOfWords()
        listed = [Topic(text=text, domain="animals" if text == "zoos" else "other") for text in topics]
        self.panel = {m: ScriptedModel(panelist(i), id=m) for i, m in enumerate(settings.panels.scoring)}
        self.writer = ScriptedModel(writer, id="writer")
        self.judge = ScriptedModel(judge, id="judge")
        self.context = GrowContext(
            settings=settings,
            run=RunIdentity(id=RUN, seed=3, configured_seed=3, origin="real"),
            system=system,
            generator=LlmGenerator(Metered(self.writer, self.pulse)),
            critic=LocalCritic(),
            judge=LlmJudge(Metered(self.judge, self.pulse), 3),
            panel={m: LlmRespondent(Metered(c, self.pulse)) for m, c in self.panel.items()},
            library=Library(record, vectors, embeds, RUN, listed),
            yardstick=Yardstick(settings, system.ids, 3),
            policy=policy("random"),
            events=self.heard,
        )

    async def run(self, saver: Any = None, thread: str = "t") -> dict[str, Any]:
        await self.context.library.prepare()
        await self.context.library.news()
        config: Any = {"configurable": {"thread_id": thread}, "recursion_limit": 10_000}
        graph = build().compile(checkpointer=saver)
        first = self.record.next_slot(RUN)
        return dict(await graph.ainvoke(initial_state(RUN, first), config, context=self.context))

    def exits(self) -> dict[str, list[Exit]]:
        """Topic -> exits of its drafts, in the order in which they came."""
        found: dict[str, list[Exit]] = {}
        for item in self.record.items(order="seq"):
            found.setdefault(item.topic.text, []).append(item.exit)
        return found


def hopeful(bench: Bench, pairs: int = 6) -> None:
    """Teach the yardstick that rewrites of questions on which the panel agrees divide it."""
    settings, system = bench.context.settings, bench.context.system
    taught = []
    for k in range(pairs):
        topic = Topic(text=f"taught {k}")
        kinds = ("base", "mirror", "paraphrase", "paraphrase", "mirror", "paraphrase")
        old, new = (
            Draft(
                topic=topic,
                wordings=tuple(Wording(kind=kind, text=f"Is {name} {k} {i} right?") for i, kind in enumerate(kinds)),  # type: ignore[arg-type]
                generator="test",
            )
            for name in ("dull", "sharp")
        )
        for draft_, splits in ((old, False), (new, True)):
            readings = tuple(
                Reading(
                    response=Response(
                        item=draft_.id,
                        wording=w,
                        model=m,
                        state="answered",
                        stance="no" if splits and settings.panels.pilot.index(m) % 2 else "yes",
                    ),
                    verdict=Verdict(state="scored", outcomes={system.ids[0]: Outcome.SUPPORTS}),
                )
                for m, w in questions("pilot", settings)
            )
            found = bench.context.yardstick.measure(draft_, readings, k, 0)
            parent = old.id if splits else None
            item = to_item(bench.context, k, draft_, Exit.PILOT_LOW, (), readings, found.separation, replaces=parent)
            taught.append((item, readings))
    bench.context.yardstick.learn(taught)
