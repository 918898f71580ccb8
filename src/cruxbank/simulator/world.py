"""One simulated world: a seed, a preset, the hidden traits, and what has been worked out about texts so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from cruxbank.simulator import features
from cruxbank.simulator.features import Features, WordVector
from cruxbank.simulator.presets import preset as find_preset
from cruxbank.simulator.response import Latents, Plans, latents, plan, request_noise
from cruxbank.simulator.roster import INDEX
from cruxbank.simulator.traits import draw_traits


class World:
    """Answers from text to latent response. Caches live on the object, none is global."""

    def __init__(self, seed: int = 0, preset: str = "opinionated") -> None:
        self.seed = seed
        self.preset = find_preset(preset)
        self.traits = draw_traits(seed, self.preset)
        self._word: Callable[[str], WordVector] = lru_cache(20_000)(lambda word: features.word_vector(seed, word))
        self.features: Callable[[str], Features] = lru_cache(4_096)(self._features)

    def _features(self, text: str) -> Features:
        return features.build(text, [(stem, weight, self._word(stem)) for stem, weight in features.gather(text)])

    def latents(self, models: Sequence[str], text: str) -> Latents:
        """Latents of one text for models given by id, shapes (K,) and (K, 10)."""
        return self.all_latents(models, [text]).at(0)

    def all_latents(self, models: Sequence[str], texts: Sequence[str]) -> Latents:
        """Latents of some texts, shapes (W, K) and (W, K, 10)."""
        rows = [INDEX[model] for model in models]
        return latents(self.seed, self.preset, self.traits, rows, models, [self.features(text) for text in texts])

    def respond(self, model: str, text: str, *request: str | int, order: int = 0) -> Plans:
        """The plan of one response; `request` is everything that makes this request another one.

        order: +1 when the prompt lists the option yes first, -1 when it lists no first.
        """
        noise = request_noise(self.seed, model, *request)
        latent = self.latents([model], text).pushed(order * self.traits.order[[INDEX[model]]] / 2)
        return plan(self.preset, latent, noise)
