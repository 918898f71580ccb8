"""Texts in the cells of a CSV file. A spreadsheet takes a cell that begins with `=` for a formula, and runs it.

The rule, both ways (docs/tables.md): an apostrophe is put wherever a formula could begin, that is at the start of the text
and after each character that some reader takes for the end of a cell or of a row. A spreadsheet whose list separator is
the semicolon (most of Europe) opens `"a;=1+1"` of a comma-separated file as two cells, the second of them live.
Blanks, invisible characters, quotes and apostrophes that stand before the sign do not hide it.
"""

from __future__ import annotations

import re

_ENDS = ";|\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029"
"""What readers take for the end of a cell or row. Not the comma: who splits there heeds the quotes around the cell."""
_CONTROLS = r"\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f"
_BLANKS = r" \xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
_UNSEEN = r"\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
_SKIPPED = f"['\"`{_CONTROLS}{_BLANKS}{_UNSEEN}]*"
_SIGNS = "[-=+@−＝＋－＠﹢﹣﹦﹫]"
"""The four signs, and what versions of Excel and Calc for other scripts take for them."""
_PLACE = f"(?:(?<=[{_ENDS}])|^)"
_HIDE = re.compile(f"{_PLACE}(?={_SKIPPED}{_SIGNS})")
_SHOW = re.compile(f"{_PLACE}'(?={_SKIPPED}{_SIGNS})")


def guarded(text: str) -> str:
    """The text with an apostrophe before everything that a spreadsheet could take for a formula."""
    return _HIDE.sub("'", text)


def unguarded(cell: str) -> str:
    """The text that `guarded` made a cell of: `unguarded(guarded(text)) == text` for every text."""
    return _SHOW.sub("", cell)
