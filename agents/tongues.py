"""Which language a short text is written in, as far as script and small words tell: enough to catch a text that was left in
another language, not to name any language of the world.

Words in quotation marks do not count: a name or a term may stay as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

NAMES: Mapping[str, str] = {
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "sv": "Swedish",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "zh": "Chinese",
}
"""Names for prompts; a code that is not here stands for itself."""

_QUOTED = re.compile(r"[„“”\"«»]([^„“”\"«»]*)[“”\"«»]|[「『]([^」』]*)[」』]")
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_KANA = "\u3040-\u30ff"
_SCRIPTS: Mapping[str, str] = {
    "zh": _HAN,
    "ja": _HAN + _KANA,
    "ko": "\uac00-\ud7af\u1100-\u11ff",
    "ru": "\u0400-\u04ff",
    "uk": "\u0400-\u04ff",
    "ar": "\u0600-\u06ff\u0750-\u077f",
    "hi": "\u0900-\u097f",
}
"""Languages that are told by their letters: the range of a character class. All others are written in Latin letters."""
_SYLLABIC = _HAN + _KANA
_UNIT = re.compile(rf"[{_SYLLABIC}]|[^\W\d_{_SYLLABIC}]+(?:['’][^\W\d_{_SYLLABIC}]+)*")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
SHARE = 0.6
"""Least share of a text's units (a word; in Chinese and Japanese a character) in the letters of its language. A Chinese
sentence with a foreign name of two words has .8 and more; a sentence left in English has 0."""
LONG = 9
"""One small word of its language is expected in each so many words. None of Touche23's 4,113 premises of people who write
English is taken for another language then."""

_SMALL: Mapping[str, str] = {
    "en": (
        "the of to in and is are a be for that with on by should or not it as their this from who when than "
        "which they would have has can we even people if more what while at over into does do will against an "
        "its any all such every there because people's someone everyone no but without must may only so those "
        "where between under how whose ought cannot deserves matters"
    ),
    "de": (
        "der die das in an sein war wäre und ist sind zu den dem des ein eine einen einem einer eines nicht "
        "mit von für auf im auch sich wenn als dass oder werden wird soll sollte sollten sollen darf dürfen "
        "es man wer wie bei durch über aus nach kein keine mehr nur ohne statt gegen zum zur vom ihre ihrer "
        "ihren ihr sie wir uns haben hat kann können muss müssen diese dieser dieses"
    ),
    "es": (
        "el la los las de que y en un una es son por con para del se al no debe deben deberían debería como "
        "más su sus lo"
    ),
    "fr": (
        "le la les des du de et en un une est sont que qui dans pour par sur au aux ne pas doit doivent "
        "devrait ce ces se"
    ),
    "it": (
        "il lo la gli le di che e un una è sono per con del della dei delle si non deve dovrebbe nel nella "
        "più come i al"
    ),
    "nl": (
        "de het een en van is zijn dat die in op te voor met niet moet moeten zou aan door ook als bij wordt worden er"
    ),
    "pt": (
        "o a os as de que e em um uma é são por com para do da dos das se não deve devem deveria como mais no na ao"
    ),
    "pl": (
        "i w na z do że nie jest są o się to co jak od po za przez dla czy ale ich ten tego być powinno powinny oraz"
    ),
    "sv": (
        "och i att det en ett som på är av för med till den inte om de bör ska har kan eller från vid sig man också"
    ),
    "tr": ("ve bir bu da de için mi mı mu mü ile olarak gibi daha çok olan ya ne en değil kadar her olmalı gerekir"),
}
_WORDS: Mapping[str, frozenset[str]] = {language: frozenset(words.split()) for language, words in _SMALL.items()}

_ALSO_ENGLISH = frozenset(
    "bin come con den des die do door er hat her i man me men over per pour son sur till to van war".split()
)
"""Small words of others that English has too, with another meaning: they are no sign of another language."""


def name_of(language: str) -> str:
    """What a prompt calls a language: `German (de)`; the code alone where it has no name here."""
    name = NAMES.get(_base(language))
    return f"{name} ({language})" if name else language


def reads_as(text: str, language: str) -> bool:
    """Whether a text can be in a language: its letters, and for languages in Latin letters their small words.

    A short text without small words of any language passes where its letters do: there is nothing to tell it by.
    """
    base, units = _base(language), _units(text)
    if not _letters_fit(units, base):
        return False
    return base in _SCRIPTS or _small_words_fit([unit.casefold() for unit in _own(units, base)], base)


def may_be(text: str, language: str) -> bool:
    """Whether nothing says that a text is in another language: what `reads_as` asks for, key points of three words need
    not have ("Innovation drives prosperity.").

    Against it speak letters of another script, more small words of another language than of its own, foreign letters
    in place of small words, and three times LONG words without a small one.
    """
    base, units = _base(language), _units(text)
    if not _letters_fit(units, base):
        return False
    if base in _SCRIPTS or base not in _WORDS:
        return True
    words = [unit.casefold() for unit in units]
    own = sum(word in _WORDS[base] for word in words)
    known = [word for word in words if base != "en" or word not in _ALSO_ENGLISH]
    rival = max(sum(word in small for word in known) for name, small in _WORDS.items() if name != base)
    if rival > own and rival >= (1 if len(words) < LONG else 2):
        return False
    foreign = sum(not word.isascii() for word in words) if base == "en" else 0
    return own >= len(words) // (3 * LONG) and not (foreign > 1 and own < len(words) // LONG)


def _letters_fit(units: list[str], base: str) -> bool:
    return not units or len(_own(units, base)) >= SHARE * len(units)


def _own(units: list[str], base: str) -> list[str]:
    """The units in the letters of a language."""
    script = _SCRIPTS.get(base)
    return [unit for unit in units if re.match(f"[{script}]" if script else _LATIN, unit)]


def _small_words_fit(words: list[str], language: str) -> bool:
    if language not in _WORDS:
        return True
    found = {name: sum(word in small for word in words) for name, small in _WORDS.items()}
    if found[language] < len(words) // LONG:
        return False
    rivals = [count for name, count in found.items() if name != language]
    return found[language] >= max(rivals, default=0)


def small_words(text: str) -> frozenset[str]:
    """The small words of the language that a text seems to be in; none where it has none of any."""
    units = [unit.casefold() for unit in _units(text)]
    found = {name: sum(unit in small for unit in units) for name, small in _WORDS.items()}
    likely = max(found, key=found.__getitem__)  # the first of equals: English
    return _WORDS[likely] if found[likely] else frozenset()


def _units(text: str) -> list[str]:
    return _UNIT.findall(_QUOTED.sub(" ", text))


def _base(language: str) -> str:
    return language.casefold().split("-")[0].split("_")[0]


def same_language(one: str, other: str) -> bool:
    """Whether two codes name one language: `en` and `en-GB` do."""
    return _base(one) == _base(other)
