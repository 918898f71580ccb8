"""Words for a page: control characters made visible, texts cut short, numbers with thousands, exits explained."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence

from cruxbank.items import Exit

_JOINERS = {"\u200c", "\u200d"}
"""Zero-width (non-)joiner: invisible, but Persian words and emoji are written with them."""

WHY: dict[Exit, str] = {
    Exit.ADMITTED: "separates the panel, with the lower bound and the error rate that were asked for",
    Exit.NOT_WRITTEN: "the writer gave no usable draft",
    Exit.CRITIC: "the critic refused the wording",
    Exit.DUPLICATE_TEXT: "the same text is in the bank",
    Exit.DUPLICATE_LEXICAL: "nearly the same words are in the bank",
    Exit.DUPLICATE_MEANING: "the same crux is in the bank in other words",
    Exit.DUPLICATE_IN_WINDOW: "another slot of the same round wrote it",
    Exit.DUPLICATE_TRANSLATED: "its translation repeats an item of that language",
    Exit.FRAMING: "its wordings push the answers to one side",
    Exit.PILOT_LOW: "the pilot's answers leave it too small a chance",
    Exit.OUTDONE: "another version of it did better in the pilot",
    Exit.TOO_FEW_MODELS: "too few models gave answers that could be read",
    Exit.UNSCORED: "the judge could not read too many answers",
    Exit.LFDR: "too likely that the models do not differ on it",
    Exit.LOW: "the lower bound of its separation is too low",
    Exit.SCORE: "its score is not among the best so far",
    Exit.BUDGET: "the money ended before it was measured",
    Exit.FAILED: "a model failed",
    Exit.DISCOVERED: "a probing session made it, and nobody has measured it yet",
    Exit.IMPORTED: "it came from a file, and nobody has measured it yet",
    Exit.EDITED: "a reviewer wrote it, and nobody has measured it yet",
}


def visible(text: str) -> str:
    """Text of a model or a file as it may stand on a page: what would act unseen is written out.

    Control characters, bidirectional overrides, zero-width characters and lone surrogates become a name in brackets;
    line breaks and tabs become a space. Markup is left as it is: escaping is the renderer's work.
    """
    return "".join(_shown(c) for c in text)


def _shown(c: str) -> str:
    if c in "\n\r\t\u2028\u2029":
        return " "
    if c.isprintable() or c in _JOINERS or unicodedata.category(c) == "Zs":
        return c
    return f"⟨U+{ord(c):04X}⟩"


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters on one line, cut at a word where there is one in the last third."""
    line = " ".join(visible(text[: 20 * limit]).split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit * 2 // 3 else cut).rstrip(" ,;:") + "…"


def shorten_apart(names: Sequence[str], limit: int) -> tuple[str, ...]:
    """Each name in at most `limit` characters. Names that would look the same keep their ends, as long as that helps.

    >>> shorten_apart(["self-direction-thought", "self-direction-action", "tradition"], 16)
    ('self-dir…thought', 'self-dire…action', 'tradition')
    """
    short = [shorten(name, limit) for name in names]
    alike = {one for one in short if short.count(one) > 1}
    return tuple(_middle(name, limit) if one in alike else one for name, one in zip(names, short, strict=True))


def _middle(name: str, limit: int) -> str:
    """A name without its middle: its last part whole, where that leaves a third for the beginning."""
    line = " ".join(visible(name[: 20 * limit]).split())
    if len(line) <= limit:
        return line
    last = re.split(r"[-_ ]", line)[-1]
    tail = last if len(last) <= limit * 2 // 3 else line[-(limit // 2) :]
    return f"{line[: limit - 1 - len(tail)].rstrip('-_ ')}…{tail}"


def thousands(number: int) -> str:
    """12,345."""
    return f"{number:,}"


def percent(part: float, whole: float) -> str:
    """A share in whole per cent; "-" of nothing. A part that is not zero never reads 0 %."""
    if whole <= 0:
        return "-"
    share = 100 * part / whole
    return "< 1 %" if 0 < share < 0.5 else f"{share:.0f} %"


def bits(value: float) -> str:
    """Bits to two places."""
    return f"{value:.2f}"


def said(exit_: Exit) -> str:
    """An exit's name for people."""
    return exit_.value.replace("_", " ")


def ticks(top: float, count: int = 4) -> tuple[float, ...]:
    """Round numbers from 0 to the first that is at least `top`, about `count` steps."""
    if not math.isfinite(top) or top <= 0:
        return (0.0, 1.0)
    raw = top / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * (1 - 1e-9))
    steps = math.ceil(top / step - 1e-9)
    return tuple(round(i * step, 10) for i in range(steps + 1))
