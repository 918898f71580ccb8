"""What a run folder may hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from cruxbank.app.runs import Chosen, choose_run, describe
from cruxbank.config.loading import load_settings
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.memory.record import Record


@pytest.mark.parametrize("url", ["postgresql+psycopg://me:s3cret@db/x", "postgresql+psycopg://me:a:b@db/x"])
def test_a_database_password_never_reaches_the_run_folder(tmp_path: Path, url: str) -> None:
    file = tmp_path / "crux.yaml"
    file.write_text(presets()["simulated"], encoding="utf-8")
    describe(tmp_path, load_settings(file, {"memory": {"record_url": url}}), ())
    text = (tmp_path / "config.yaml").read_text()
    assert "postgresql+psycopg://me:***@db/x" in text
    assert "s3cret" not in text
    assert "a:b" not in text


def test_a_new_run_names_the_one_before_it_and_why_it_does_not_go_on_with_that(tmp_path: Path) -> None:
    file = tmp_path / "crux.yaml"
    file.write_text(presets()["simulated"], encoding="utf-8")
    record = Record.open(str(tmp_path / "record.sqlite"))

    def choose(settings: Settings) -> Chosen:
        return choose_run(settings, record, ())

    mine, other = load_settings(file), load_settings(file, {"seed": 8})
    first = choose(mine)
    assert (first.resumed, first.after, first.changed) == (False, "", False)
    record.begin_run(first.identity.id, first.hash, kind="grow", seed=7, started_at="")
    assert choose(mine)[1::2] == (True, "")
    assert choose(other)[1:] == (False, choose(other).hash, first.identity.id, True)
    record.finish_run(first.identity.id, "topics exhausted")
    assert choose(mine)[1:] == (False, first.hash, first.identity.id, False)
    record.close()
