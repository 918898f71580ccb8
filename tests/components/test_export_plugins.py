"""Export formats of other people's packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from cruxbank import Bank
from cruxbank.errors import InputError
from cruxbank.exports import registry


def test_a_format_comes_from_another_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bank: Bank) -> None:
    third_party(tmp_path / "site", "prompts", "their_package:Prompts")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert "prompts" in registry.names()
    done = bank.export("prompts", tmp_path / "a", n=2)
    assert [path.name for path in done.files] == ["README.md", "prompts.txt"]
    assert (tmp_path / "a" / "prompts.txt").read_text().count("\n") == 2


def test_a_package_that_does_not_load_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bank: Bank) -> None:
    third_party(tmp_path / "site", "broken", "their_package:Nothing")
    third_party(tmp_path / "site", "jsonl", "their_package:Prompts", package="rival")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    with pytest.raises(InputError, match=r"--to broken: their_package:Nothing cannot be loaded \(AttributeError"):
        bank.export("broken", tmp_path / "a")
    with pytest.raises(InputError, match="2 formats are named 'jsonl'"):
        bank.export("jsonl", tmp_path / "a")
    with pytest.raises(InputError, match="no format 'pdf': one of broken, "):
        bank.export("pdf", tmp_path / "a")


def third_party(site: Path, name: str, target: str, package: str = "theirs") -> None:
    """A package as pip installs it."""
    info = site / f"{package}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[cruxbank.formats]\n{name} = {target}\n")
    (site / "their_package.py").write_text(
        "class Prompts:\n"
        "    name = 'prompts'\n"
        "    summary = 'texts'\n"
        "    def write(self, bundle, folder):\n"
        "        text = ''.join(line['text'] + chr(10) for line in bundle.lines)\n"
        "        (folder / 'prompts.txt').write_text(text)\n"
    )
