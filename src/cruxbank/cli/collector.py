"""How often Python looks for cycles among live objects, while a command makes millions of them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

COLLECT_AFTER = 70_000
"""New objects between two looks, in place of 700: items of an export hold no cycles, and an item is a thousand objects.
Looking was a quarter to a half of the time of a Parquet file."""


@contextmanager
def rare_collections() -> Iterator[None]:
    """Seldom, and as before afterwards. For commands only: the setting is the process's, and a notebook's is not ours."""
    before = gc.get_threshold()
    if before[0]:  # 0: switched off
        gc.set_threshold(max(before[0], COLLECT_AFTER), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
