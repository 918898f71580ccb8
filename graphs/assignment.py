"""What a slot is to write: which kind of item, and in which language. Drawn by slot, so that no result has a part in it."""

from __future__ import annotations

from cruxbank.config.settings import Settings
from cruxbank.items import ItemKind, Topic
from cruxbank.science.seeds import rng


def kind_of(settings: Settings, seed: int, slot: int) -> ItemKind:
    """One of `kinds`; each with the same chance."""
    kinds = settings.kinds
    return kinds[int(rng(seed, slot, "kind", 0).integers(len(kinds)))] if len(kinds) > 1 else kinds[0]


def language_of(settings: Settings, topic: Topic, seed: int, slot: int) -> str:
    """One of `languages`; with a single one the topic's own."""
    languages = settings.languages
    if len(languages) == 1:
        return topic.language
    return languages[int(rng(seed, slot, "language", 0).integers(len(languages)))]
