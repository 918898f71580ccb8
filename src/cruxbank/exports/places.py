"""Folders that an export may not write into."""

from __future__ import annotations

from pathlib import Path

from cruxbank.errors import InputError


def refuse_bank(bank: Path, out: Path, private: Path | None = None) -> None:
    """A format's files may bear the names of the bank's own (bank.json), and who publishes a folder gives all of it out.

    Raises:
        InputError: a target is the bank folder, lies in it or contains it.
    """
    own = bank.resolve()
    for flag, given in (("--out", out), ("--private", private)):
        if given is None or not (how := _overlap(given.resolve(), own)):
            continue
        raise InputError(f"{flag} {given}: {how} the bank folder {bank}", hint="choose a folder apart from the bank")


def refuse_nested(out: Path, private: Path | None) -> None:
    """What is held back must not lie where the others are published from.

    Raises:
        InputError: one of the two folders is or contains the other.
    """
    if private is not None and _overlap(private.resolve(), out.resolve()):
        raise InputError(f"--private {private}: lies in one folder with --out {out}", hint="choose one that is apart")


def _overlap(given: Path, other: Path) -> str:
    """What a folder is to another; empty where they are apart."""
    if given == other:
        return "is"
    if other in given.parents:
        return "lies in"
    return "contains" if given in other.parents else ""
