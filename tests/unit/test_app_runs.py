"""What a run folder may hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from cruxbank.app.runs import describe
from cruxbank.config.loading import load_settings
from cruxbank.config.shipped import presets


@pytest.mark.parametrize("url", ["postgresql+psycopg://me:s3cret@db/x", "postgresql+psycopg://me:a:b@db/x"])
def test_a_database_password_never_reaches_the_run_folder(tmp_path: Path, url: str) -> None:
    file = tmp_path / "crux.yaml"
    file.write_text(presets()["simulated"], encoding="utf-8")
    describe(tmp_path, load_settings(file, {"memory": {"record_url": url}}), ())
    text = (tmp_path / "config.yaml").read_text()
    assert "postgresql+psycopg://me:***@db/x" in text
    assert "s3cret" not in text
    assert "a:b" not in text
