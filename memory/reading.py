"""Which languages an encoder reads: found out by asking it, since a name proves nothing.

English-only encoders do not fail on other languages, they answer at random: with all-MiniLM-L6-v2 the meaning gate takes 9 %
of pairs of different Chinese questions on one topic for one crux (12 questions, 66 pairs), and of six everyday words it
finds the English one for two in Chinese and one in German.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from cruxbank.memory.embeds import Embeds

ENGLISH = ("dog", "tree", "girl", "work", "knife", "happiness")
PROBES: Mapping[str, Sequence[str]] = {
    "ar": ("كلب", "شجرة", "فتاة", "عمل", "سكين", "سعادة"),
    "de": ("Hund", "Baum", "Mädchen", "Arbeit", "Messer", "Glück"),
    "es": ("perro", "árbol", "niña", "trabajo", "cuchillo", "felicidad"),
    "fr": ("chien", "arbre", "fille", "travail", "couteau", "bonheur"),
    "hi": ("कुत्ता", "पेड़", "लड़की", "काम", "चाकू", "खुशी"),
    "it": ("cane", "albero", "ragazza", "lavoro", "coltello", "felicità"),
    "ja": ("犬", "木", "少女", "仕事", "包丁", "幸福"),
    "ko": ("개", "나무", "소녀", "일", "칼", "행복"),
    "nl": ("hond", "boom", "meisje", "baan", "mes", "geluk"),
    "pl": ("pies", "drzewo", "dziewczyna", "praca", "nóż", "szczęście"),
    "pt": ("cachorro", "árvore", "menina", "trabalho", "faca", "felicidade"),
    "ru": ("собака", "дерево", "девочка", "работа", "нож", "счастье"),
    "sv": ("hund", "träd", "flicka", "arbete", "kniv", "lycka"),
    "tr": ("köpek", "ağaç", "kız", "iş", "bıçak", "mutluluk"),
    "uk": ("собака", "дерево", "дівчина", "робота", "ніж", "щастя"),
    "zh": ("狗", "树", "女孩", "工作", "刀", "幸福"),
}
"""The same words in other languages; few of them look alike."""
ENOUGH = 5
"""Words of six whose nearest English word is the right one. By chance one is."""

UNREAD = "a duplicate there is found by its words only, and one in another language only through its translation"
"""What it means that an encoder does not read a language."""
MULTILINGUAL = "set memory.encoder to paraphrase-multilingual-MiniLM-L12-v2 in a new bank folder (docs/languages.md)"


async def languages_read(embeds: Embeds, languages: Iterable[str]) -> frozenset[str]:
    """Those of the languages (codes without region) whose words the encoder puts beside their English ones.

    English counts as read by every encoder; a language without words here counts as not read.
    """
    wanted = sorted({base(language) for language in languages} & set(PROBES))
    if not wanted:
        return frozenset({"en"})
    words = [word for language in wanted for word in PROBES[language]]
    rows = np.asarray(await embeds.aencode([*ENGLISH, *words]), dtype=np.float64)
    english, others = rows[: len(ENGLISH)], rows[len(ENGLISH) :].reshape(len(wanted), len(ENGLISH), -1)
    right = (others @ english.T).argmax(axis=2) == np.arange(len(ENGLISH))
    return frozenset({"en", *(name for name, hits in zip(wanted, right, strict=True) if hits.sum() >= ENOUGH)})


def base(language: str) -> str:
    """A language's code without its region: `pt` for `pt-BR`."""
    return language.casefold().replace("_", "-").split("-")[0]
