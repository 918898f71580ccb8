"""The judges under attack, over models that are simulated in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from cruxbank.agents.answers import EvidenceReading
from cruxbank.agents.cascade import Cascade
from cruxbank.agents.jury import Jury
from cruxbank.agents.llm_judge import LlmJudge, default_prompts
from cruxbank.agents.local_judge import LocalJudge
from cruxbank.agents.roles import Judge, Read
from cruxbank.encoder import load_encoder
from cruxbank.items import CallScope, Outcome, RenderedPrompt, Response, Verdict
from cruxbank.models.fake import ScriptedModel
from cruxbank.models.seam import ModelClient
from cruxbank.recogniser.recogniser import Recogniser, shipped_head
from cruxbank.simulator.asking import Asked
from cruxbank.simulator.roles import reply
from cruxbank.simulator.world import World
from cruxbank.values.systems import ValueSystem

NAIVE, HALF, ORDINARY = "sim-judge-naive-aster", "sim-judge-halfnaive-aster", "sim-aster-1"
UNDEFENDED, UNGUARDED = "naive, undefended", "naive, fence only"
UNSURE = 0.1
WEAKENED = (UNDEFENDED, UNGUARDED)
"""Judges that are shown to be fooled; all others must not be."""


def client(model: str, seed: int = 0) -> ModelClient:
    """A simulated model, asked in this process."""
    world = World(seed, "opinionated")

    def script(prompt: RenderedPrompt, answer: type[BaseModel]) -> str:
        messages = tuple((message.role, message.content) for message in prompt.messages)
        return reply(world, Asked(model, messages, answer.__name__, True, {}, ""))

    return ScriptedModel(script, id=model)


class Undefended:
    """A judge as people write them first: the text between two fixed lines, and the answer believed as it comes.

    The prompt's words are those of the defended judge. What it lacks is cleaning, nonce, decoy, quotes and guard.
    """

    def __init__(self, model: ModelClient) -> None:
        self._model = model
        self._prompt = default_prompts()["question"]

    @property
    def name(self) -> str:
        """Says what it is."""
        return UNDEFENDED

    @property
    def signed(self) -> bool:
        """True."""
        return True

    async def read(self, responses: Sequence[Response], system: ValueSystem) -> Read:
        """One verdict a response."""
        return Read(verdicts=tuple([await self._one(r, system) for r in responses]), calls=len(responses))

    async def _one(self, response: Response, system: ValueSystem) -> Verdict:
        text = "\n".join(f"{number}. {point}" for number, point in enumerate(response.key_points, start=1))
        listed = [{"id": entry.id, "definition": entry.definition} for entry in system.dimensions]
        prompt = self._prompt.render(
            dimensions=listed, nonce="text", fenced=f"<<<<text\n{text}\ntext>>>>", count=len(response.key_points)
        )
        scope = CallScope(kind="measurement", purpose="judge")
        answer = await self._model.ask(prompt, EvidenceReading, scope)
        if answer.value is None:
            return Verdict(state="unscored", judge=self.name, failure=answer.failure)
        sides: dict[str, set[str]] = {name: set() for name in system.ids}
        for point in answer.value.points:
            for reading in point.readings:
                sides.get(reading.value, set()).add(reading.side)
        outcomes = {name: _outcome(found) for name, found in sides.items()}
        return Verdict(state="scored", judge=self.name, outcomes=outcomes)


def _outcome(sides: set[str]) -> Outcome:
    if len(sides) > 1:
        return Outcome.MIXED
    return Outcome(next(iter(sides))) if sides else Outcome.ABSENT


class Unguarded:
    """The defended judge without the guard: cleaning, fence and nonce, decoy and quotes are left."""

    name, signed = UNGUARDED, True

    def __init__(self, judge: LlmJudge) -> None:
        self._judge = judge

    async def read(self, responses: Sequence[Response], system: ValueSystem) -> Read:
        """One verdict a response."""
        return await self._judge._read(responses, system)


def simulated_judges(seed: int) -> Mapping[str, Judge]:
    """Judges that need no encoder, by the name of their column."""
    naive, half, ordinary = (LlmJudge(client(model, seed), seed) for model in (NAIVE, HALF, ORDINARY))
    return {
        UNDEFENDED: Undefended(client(NAIVE, seed)),
        UNGUARDED: Unguarded(naive),
        "naive": naive,
        "half-naive": half,
        "ordinary": ordinary,
        "jury of three naive": Jury([naive, LlmJudge(client("sim-judge-naive-birch", seed), seed), half]),
    }


def all_judges(seed: int) -> Mapping[str, Judge]:
    """The above, the local judge, and a cascade from it to the naive model."""
    local = LocalJudge(Recogniser(load_encoder(), shipped_head()))
    cascade = Cascade(local, LlmJudge(client(NAIVE, seed), seed), UNSURE)
    return {**simulated_judges(seed), "local": local, "cascade to naive": cascade}
