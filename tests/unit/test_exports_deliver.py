"""How often Python looks for cycles while a format writes, and that it is as before afterwards."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import ClassVar

import pytest

from cruxbank.exports.deliver import COLLECT_AFTER, deliver
from cruxbank.exports.format import Bundle
from tests.export_lines import bundle_of, full_line


class Watching:
    """Notes the threshold, and fails when told to."""

    name: ClassVar[str] = "watching"
    summary: ClassVar[str] = ""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.seen: list[int] = []

    def write(self, bundle: Bundle, folder: Path) -> None:
        self.seen.append(gc.get_threshold()[0])
        (folder / "file").write_text(str(len(bundle.lines)), encoding="utf-8")
        if self.failure:
            raise self.failure


def test_collections_are_rare_while_a_format_writes(tmp_path: Path) -> None:
    form, before = Watching(), gc.get_threshold()
    deliver(form, bundle_of([full_line()]), tmp_path / "out")
    assert form.seen == [COLLECT_AFTER]
    assert before[0] < COLLECT_AFTER
    assert gc.get_threshold() == before


def test_a_format_that_fails_leaves_the_collector_as_it_was(tmp_path: Path) -> None:
    before = gc.get_threshold()
    with pytest.raises(RuntimeError, match="no more"):
        deliver(Watching(RuntimeError("no more")), bundle_of([full_line()]), tmp_path / "out")
    assert gc.get_threshold() == before
    assert not (tmp_path / "out").exists()
