"""The bank that several tests of exports share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cruxbank import Bank


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    """The 24 items of `numbered_bank`, in `tmp_path / "bank"`, opened."""
    # here, not above: most unit tests need no database
    from cruxbank import Bank
    from tests.components.numbered_bank import ITEMS
    from tests.made_items import bank_of

    with Bank.open(bank_of(tmp_path / "bank", ITEMS)) as opened:
        yield opened
