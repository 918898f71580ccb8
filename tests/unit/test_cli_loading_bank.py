"""The commands of `crux bank` that load the encoder say so before they do, to who sits before a terminal."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cruxbank.app import backup, importing, reviewing, verifying
from cruxbank.cli.bank_backup import restore
from cruxbank.cli.bank_import import import_items
from cruxbank.cli.bank_review import review
from cruxbank.cli.bank_verify import verify
from cruxbank.config.shipped import presets

LOADING = "loading the encoder ...\n"


class Terminal(io.StringIO):
    """A stderr that is a terminal."""

    def isatty(self) -> bool:
        return True


class Begun(Exception):
    """The work began."""


COMMANDS: dict[str, tuple[Any, str, Callable[[Path], None]]] = {
    "verify": (verifying, "verify_bank", lambda home: verify(home / "crux.yaml")),
    "restore": (backup, "restore_bank", lambda home: restore(home / "b.tar.gz", home / "out")),
    "import": (importing, "import_items", lambda home: import_items(home / "a.csv", home / "crux.yaml", "", "")),
    "review": (reviewing, "open_desk", lambda home: review("", home / "crux.yaml", "ada")),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_wait_is_announced_before_it_begins(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    module, function, command = COMMANDS[name]
    (tmp_path / "crux.yaml").write_text(presets()["simulated"])
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    def begin(*_: object, **__: object) -> None:
        assert terminal.getvalue() == LOADING
        raise Begun

    monkeypatch.setattr(module, function, begin)
    with pytest.raises(Begun):
        command(tmp_path)


def test_a_restore_without_vectors_loads_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    def begin(*_: object, **__: object) -> None:
        raise Begun

    monkeypatch.setattr(backup, "restore_bank", begin)
    with pytest.raises(Begun):
        restore(tmp_path / "b.tar.gz", tmp_path / "out", vectors=False)
    assert terminal.getvalue() == ""
