"""The judge of a run, from the settings to a chain of readers.

From the inside out, and why in this order:
1. the reader: `local`, a model, `cascade` (local first, a model where it is unsure) or `jury` (several at a time). Each
   of the two leaves, local and model, screens what it reads for attempts to steer it (`agents.steering`), so that no
   way of putting them together leaves one unprotected;
2. `judging.retry`: another model reads what the reader could not. Outside the jury, because a jury without a majority
   is a failure to read like any other; it never sees what tried to steer the first;
3. `judging.mask_question`: outside both, so that the first and the second reader see the same text;
4. canaries (`agents.canaries`, put on by the run): outermost, so that known answers go the whole way that answers go.
"""

from __future__ import annotations

from collections.abc import Callable

from cruxbank.agents.cascade import Cascade
from cruxbank.agents.jury import Jury
from cruxbank.agents.llm_judge import LlmJudge
from cruxbank.agents.local_judge import LocalJudge
from cruxbank.agents.quoted import Masking
from cruxbank.agents.retrying import Retrying
from cruxbank.agents.roles import Judge
from cruxbank.config.settings import CASCADE, JURY, LOCAL, Settings
from cruxbank.encoder import DEFAULT_ENCODER, Encoder, load_encoder
from cruxbank.errors import ConfigError
from cruxbank.models.seam import ModelClient
from cruxbank.recogniser.recogniser import Recogniser, shipped_head
from cruxbank.values.systems import load_system

Clients = Callable[[str], ModelClient]
"""The metered client of a model by its id: every member's calls are booked where the slot's are."""


def build_judge(settings: Settings, clients: Clients, encoder: Encoder, seed: int) -> Judge:
    """The chain above but for the canaries. `seed` is the run's.

    Raises:
        ConfigError: `cascade` without judging.cascade.
        KeyMissing: the key of a model is not set.
    """
    judge = _reader(settings, clients, encoder, seed)
    if settings.judging.retry:
        judge = Retrying(judge, LlmJudge(clients(settings.judging.retry), seed))
    return Masking(judge) if settings.judging.mask_question else judge


def _reader(settings: Settings, clients: Clients, encoder: Encoder, seed: int) -> Judge:
    name, judging = settings.agents.judge, settings.judging
    if name == CASCADE:
        if judging.cascade is None:
            raise ConfigError("judging.cascade is missing", hint="name the model that reads what is unclear")
        return Cascade(_local(settings, encoder), LlmJudge(clients(judging.cascade), seed), judging.unsure)
    if name == JURY:
        return Jury([_member(member, settings, clients, encoder, seed) for member in judging.jury])
    return _member(name, settings, clients, encoder, seed)


def _member(name: str, settings: Settings, clients: Clients, encoder: Encoder, seed: int) -> Judge:
    return _local(settings, encoder) if name == LOCAL else LlmJudge(clients(name), seed)


def _local(settings: Settings, encoder: Encoder) -> LocalJudge:
    """The recogniser was trained on the default encoder; a bank with another one (several languages) needs both."""
    own = encoder if encoder.name == DEFAULT_ENCODER else load_encoder()
    return LocalJudge(Recogniser(own, shipped_head()), load_system(settings.values))


def reading_order(settings: Settings) -> str:
    """Who reads, in words: for `crux doctor`."""
    judging, name = settings.judging, settings.agents.judge
    parts = {
        LOCAL: "the local judge (presence only, no calls)",
        CASCADE: f"the local judge, and {judging.cascade} where it expects {judging.unsure:.0%} wrong (presence only)",
        JURY: f"a jury of {', '.join(judging.jury)}",
    }
    second = f"; {judging.retry} reads what could not be read" if judging.retry else ""
    return f"{parts.get(name, name)}{second}"
