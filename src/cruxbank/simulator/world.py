"""One simulated world: a seed, a preset, the hidden traits, and what has been worked out about texts so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

from cruxbank.simulator import dif, features, kinds
from cruxbank.simulator.features import Features, WordVector
from cruxbank.simulator.presets import preset as find_preset
from cruxbank.simulator.response import Latents, Plans, latents, plan, request_noise
from cruxbank.simulator.roster import INDEX
from cruxbank.simulator.tongues import language_of, to_english
from cruxbank.simulator.traits import Traits, draw_traits


class World:
    """Answers from text to latent response. Caches live on the object, none is global."""

    def __init__(self, seed: int = 0, preset: str = "opinionated") -> None:
        self.seed = seed
        self.preset = find_preset(preset)
        self.traits = draw_traits(seed, self.preset)
        self._shown = {"question": self.traits, "dilemma": self.traits.choosing(), "scenario": self.traits.acting()}
        self._word: Callable[[str], WordVector] = lru_cache(20_000)(lambda word: features.word_vector(seed, word))
        self.features: Callable[[str], Features] = lru_cache(4_096)(self._features)
        self._matter: Callable[[str, str], Features] = lru_cache(1_024)(self._matter_features)

    def _features(self, text: str) -> Features:
        """By the English key of a text: a translation has the content of what it translates, and its own wording noise."""
        key = to_english(text)
        made = features.build(key, [(stem, weight, self._word(stem)) for stem, weight in features.gather(key)])
        if self.preset.dif:
            language = language_of(text)
            shift = dif.shift_of(self.seed, self.preset, key, language)
            made = dif.shifted(self.seed, self.preset, made, language, shift) if shift.word else made
        return made if key == text else replace(made, text=text)

    def _matter_features(self, text: str, kind: str) -> Features:
        """Of a dilemma or scenario."""
        matter = kinds.dilemma(to_english(text)) if kind == "dilemma" else kinds.scenario(to_english(text))
        vectors = [(stem, weight, self._word(stem)) for stem, weight in matter.stems]
        return replace(features.build(text, vectors, matter.turned), frame=0.0)

    def shown(self, kind: str) -> Traits:
        """The traits that answers of a kind follow: question, dilemma or scenario."""
        return self._shown[kind]

    def latents(self, models: Sequence[str], text: str, kind: str = "question") -> Latents:
        """Latents of one text for models given by id, shapes (K,) and (K, 10)."""
        return self.all_latents(models, [text], kind).at(0)

    def all_latents(self, models: Sequence[str], texts: Sequence[str], kind: str = "question") -> Latents:
        """Latents of some texts, shapes (W, K) and (W, K, 10). A yes takes option A, or does what is asked for."""
        rows = [INDEX[model] for model in models]
        found = [self.features(text) if kind == "question" else self._matter(text, kind) for text in texts]
        return latents(self.seed, self.preset, self._shown[kind], rows, models, found)

    def respond(self, model: str, text: str, *request: str | int, order: int = 0, kind: str = "question") -> Plans:
        """The plan of one response; `request` is everything that makes this request another one.

        order: +1 when the prompt lists the option yes first, -1 when it lists no first.
        """
        noise = request_noise(self.seed, model, *request)
        latent = self.latents([model], text, kind).pushed(order * self.traits.order[[INDEX[model]]] / 2)
        return plan(self.preset, latent, noise)
