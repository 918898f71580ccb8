"""Whoever wrote an item's wordings beside a file's question counts as its writer where families are compared."""

from __future__ import annotations

import pytest
import yaml

from cruxbank.config.loading import settings_from
from cruxbank.config.shipped import presets
from cruxbank.graphs.remeasure_weigh import _own
from tests.memory.conftest import Factory


@pytest.mark.parametrize(
    ("generator", "own"),
    [
        ("import", ()),
        ("import+sim-aster-4", ("sim-aster-4",)),
        ("sim-aster-4", ("sim-aster-4",)),
        ("import+sim-quill-1", ()),
    ],
)
def test_who_wrote_the_wordings_is_told_where_a_panel_of_its_family_answers(
    generator: str, own: tuple[str, ...]
) -> None:
    given = yaml.safe_load(presets()["simulated"])
    settings = settings_from(given | {"agents": given["agents"] | {"generator": "sim-aster-4"}})
    item = Factory().item()
    item = item.model_copy(update={"provenance": item.provenance.model_copy(update={"generator": generator})})
    assert _own(settings, item) == own
