"""Worlds without text: the simulator's response process on numbers, fast enough for studies (SCIENCE 4).

A draft's content is a sum of its topic's, its own and its wordings', with the shares that World.features shows on
720 drafts of the local generator (120 seed topics x 6): topic .52, draft .43, wording .05. Everything after the content
is `simulator.response` and `simulator.truth` themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cruxbank.bench.worlds_judge import NumericJudge, perfect, presence_judge, signed_judge
from cruxbank.bench.worlds_topics import draw_topics
from cruxbank.science.arrays import Array, Bools, Ints
from cruxbank.science.readings import ItemReadings
from cruxbank.science.seeds import rng as seeded
from cruxbank.simulator.features import D, loading_of
from cruxbank.simulator.presets import SIMULATOR_VERSION, preset as find_preset
from cruxbank.simulator.response import Contents, Latents, mix, plan, random_noise
from cruxbank.simulator.roster import DIMENSIONS, MODELS, SimModel
from cruxbank.simulator.traits import DIRECTIONS, draw_traits
from cruxbank.simulator.truth import Truth, separation

TOPIC, DRAFT, WORDING = 0.52, 0.43, 0.05
NUMBERS = 4 + 3 * D + DIRECTIONS * (D + 1)
"""Latent normals of a content: item, divisive, delicate, frame; tau, strength, side; directions."""
NEAR = 0.35
"""Correlation of the content of two near topics. In the text world, whose words are hashed, it is .04 to .19 above a
cosine of .4; no source says what it is for real models. 0 is the control: then neighbours teach nothing."""
CRUXES = 48
"""Different drafts of one topic: the local generator has 27 to 130 candidates a topic, the median 46."""
KEPT = 0.68
"""Correlation of a rewrite's own content with its draft's: the simulated LLM writer's, which keeps the two sides."""
UNSEEN = tuple(SimModel(f"sim-{name}-{n}", name) for name in ("rowan", "sedge", "tansy", "yarrow") for n in range(1, 5))
"""Families that no panel of a run has: outcomes are judged on them."""
PATTERN = (False, True, False, False, True, False)
"""Which wordings are mirrors, in the order in which the local generator writes them; then it begins again."""


@dataclass(frozen=True)
class Draft:
    """A draft of topic number `topic`. Two drafts with one `key` are the same draft."""

    topic: int
    crux: int
    own: Array
    """(NUMBERS,) standard normal: its content beside the topic's."""
    latent: Latents
    """Shapes (W, M) and (W, M, 10), M = all models of the world."""

    @property
    def key(self) -> tuple[int, int]:
        """Topic and crux."""
        return self.topic, self.crux


class NumericWorld:
    """A world of topics, drafts and models; models are numbered by their place in `models`.

    seed, preset: as for the text world. topics: A. near: see NEAR. wordings: W of every draft, the first six for the
    search, the rest fresh for a confirmation. leading: share of drafts whose wordings, mirrors apart, push to yes with
    two loaded words more than other drafts have. lift: SDs of divisiveness that a rewrite gains on average; 0: it only
    moves.
    """

    def __init__(
        self,
        seed: int = 0,
        preset: str = "compass",
        *,
        topics: int = 455,
        near: float = NEAR,
        wordings: int = 12,
        leading: float = 0.0,
        lift: float = 0.0,
    ) -> None:
        self.seed, self.version = seed, SIMULATOR_VERSION
        self.preset = find_preset(preset)
        self._leading, self._lift = leading, lift
        self._roster = (*MODELS, *UNSEEN)
        self.traits = draw_traits(seed, self.preset, self._roster)
        self.map = draw_topics(seed, topics, NUMBERS, near)
        self.models: tuple[str, ...] = tuple(model.id for model in self._roster)
        self.families: Ints = np.unique([model.family for model in self._roster], return_inverse=True)[1]
        self.panels: Mapping[str, Ints] = _panels(self._roster)
        self.mirror: Bools = np.array([PATTERN[w % len(PATTERN)] for w in range(wordings)], dtype=np.bool_)
        groups = int(self.families.max()) + 1
        self.signed: NumericJudge = signed_judge(seed, D, groups)
        self.presence: NumericJudge = presence_judge(seed, groups)
        self.perfect: NumericJudge = perfect(D, groups)

    @property
    def topics(self) -> int:
        """A."""
        return len(self.map)

    @property
    def vectors(self) -> Array:
        """(A, 384) unit vectors of the topics."""
        return self.map.vectors

    @property
    def domains(self) -> Ints:
        """(A,) number of each topic's domain."""
        return self.map.domains

    @property
    def profiles(self) -> Array:
        """(M, 10) true person-centred values, in the order of `dimensions`."""
        return self.traits.theta

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Names of the ten values."""
        return DIMENSIONS

    def draft(self, topic: int, rng: np.random.Generator) -> Draft:
        """One of the topic's CRUXES drafts, at random. Drawing one again gives the same draft: a duplicate."""
        crux = int(rng.integers(CRUXES))
        own = seeded(self.seed, topic, "crux", crux).standard_normal(NUMBERS)
        return self._make(topic, crux, own)

    def rewrite(self, draft: Draft, rng: np.random.Generator, kept: float = KEPT) -> Draft:
        """Another draft of the topic whose own content correlates `kept` with this one's: gains fall back to the mean."""
        crux = CRUXES + int(rng.integers(2**31))
        own = kept * draft.own + np.sqrt(1 - kept**2) * rng.standard_normal(NUMBERS)
        own[_DIVISIVE] += self._lift / np.sqrt(DRAFT)
        return self._make(draft.topic, crux, own)

    def respond(
        self,
        draft: Draft,
        models: Ints,
        wordings: Ints,
        rng: np.random.Generator,
        judge: NumericJudge | None = None,
        order: Array | None = None,
    ) -> ItemReadings:
        """n responses: row k is model models[k] on wording wordings[k]; a repeat is a row that comes twice.

        judge: None is `signed`. order: (n,) +1 where options were listed with yes first, -1 with no first; None: none
        were listed. `ItemReadings.models` are numbers of this world, `families` covers all its models.
        """
        models, wordings = np.asarray(models, dtype=np.int64), np.asarray(wordings, dtype=np.int64)
        latent = draft.latent.at(wordings, models)
        if order is not None:
            latent = latent.pushed(order * self.traits.order[models] / 2)
        plans = plan(self.preset, latent, random_noise(rng, models.shape))
        answered = ~plans.refused
        read = (judge or self.signed).read(plans.values.astype(np.float64), self.families[models], rng)
        turn = np.where(self.mirror[wordings], -1.0, 1.0)
        return ItemReadings(
            models=models,
            wordings=wordings,
            mirror=self.mirror,
            values=np.where(answered[:, None], read, 0.0),
            stance=np.where(answered, plans.stance * turn, 0.0),
            refused=plans.refused,
            unscored=np.zeros(len(models), dtype=np.bool_),
            families=self.families,
            signed=(judge or self.signed).signed,
        )

    def truth(self, draft: Draft, models: Sequence[int] | Ints, draws: int = 40) -> Truth:
        """True separation of these models over the mixture of all W wordings; draws a model and wording.

        The draws depend on the world, the draft and nothing else: the same question gives the same answer.
        """
        rows = np.asarray(models, dtype=np.int64)
        rng = seeded(self.seed, draft.topic, "truth", draft.crux)
        latent = draft.latent.at(slice(None), rows)
        return separation(self.preset, latent, self.mirror.tolist(), self.families[rows].tolist(), rng, draws=draws)

    def _make(self, topic: int, crux: int, own: Array) -> Draft:
        draw = seeded(self.seed, topic, "wordings", crux)
        shape = (len(self.mirror), NUMBERS)
        fixed = np.sqrt(TOPIC) * self.map.content[topic] + np.sqrt(DRAFT) * own
        worded = np.sqrt(WORDING) * draw.standard_normal(shape) if self.preset.wording > 0 else 0.0
        contents = contents_of(np.broadcast_to(fixed, shape) + worded, self.mirror, self._frames(draw))
        omega = draw.standard_normal((len(self.mirror), len(self.models), D + 1))
        return Draft(topic, crux, own, mix(self.preset, self.traits, range(len(self.models)), contents, omega))

    def _frames(self, draw: np.random.Generator) -> Array:
        """(W,) loaded words of each wording, towards a yes to it: as often as in the local generator's drafts."""
        whole = draw.random(2) < (_LOADED_DRAFTS, self._leading)
        pushed = (draw.random(len(self.mirror)) < _LOADED_WORDINGS) | whole[0]
        return np.where(pushed, 1.0, 0.0) + np.where(whole[1] & ~self.mirror, 2.0, 0.0)


_DIVISIVE = 1
_ONE_WAY = 0.92
_LOADED_DRAFTS, _LOADED_WORDINGS = 0.03, 0.03


def _panels(roster: Sequence[SimModel]) -> dict[str, Ints]:
    """Panels of the simulated preset, and families that no panel of a run has."""
    first, second = ("aster", "birch", "cedar", "dahlia"), ("elm", "fern")
    place = {model: k for k, model in enumerate(roster)}
    number = {model: int(model.id[-1]) for model in roster}
    groups = {
        "scoring": [m for m in roster if m.family in first and number[m] <= 3],
        "pilot": [m for m in roster if m.family in first and number[m] <= 2],
        "holdout": [m for m in roster if m.family in second],
        "unseen": [m for m in roster if m in UNSEEN],
    }
    return {name: np.array([place[m] for m in group], dtype=np.int64) for name, group in groups.items()}


def contents_of(z: Array, mirror: Bools, frame: Array) -> Contents:
    """Contents of W wordings from normals (W, NUMBERS).

    Strength of a value at stake: 14 % none, 28 % all, mean .58; two values in three are pulled one way only. Sizes from
    the drafts named above.
    """
    tau, strength, side = (z[:, 4 + k * D : 4 + (k + 1) * D] for k in range(3))
    directions = z[:, 4 + 3 * D :].reshape(-1, DIRECTIONS, D + 1)
    relevance = np.clip(0.62 + 0.58 * strength, 0.0, 1.0)
    polarity = relevance * _ONE_WAY * np.clip(0.6 + 2.3 * side, -1.0, 1.0)
    return Contents(
        sign=np.where(mirror, -1.0, 1.0),
        frame=frame,
        item=z[:, 0],
        divisive=z[:, _DIVISIVE] + 0.35,  # on real drafts .30 to .40: tension between known words adds to it
        delicate=z[:, 2],
        relevance=relevance,
        polarity=polarity,
        loading=loading_of(polarity),
        tau=tau,
        z_stance=directions[..., D],
        z_values=directions[..., :D],
    )
