"""`crux export`: flags that hold several things, and what the command says."""

from __future__ import annotations

from pathlib import Path

import pytest

from cruxbank.app.selecting import Selected
from cruxbank.app.wishes import Wish
from cruxbank.cli.export_told import as_mapping, summary
from cruxbank.cli.lists import comma, quotas, share, statuses
from cruxbank.curation import ExportEntry
from cruxbank.errors import InputError
from cruxbank.exports.bank_export import Exported
from cruxbank.exports.card import Card
from cruxbank.items import Status


def test_lists() -> None:
    assert comma(" a,,b , a") == ("a", "b")
    assert comma("") == ()
    assert statuses("pilot, operational") == (Status.PILOT, Status.OPERATIONAL)
    assert quotas(["domain=10", " topic = 1 ,value=3"]) == (("domain", 10), ("topic", 1), ("value", 3))


@pytest.mark.parametrize(("text", "value"), [("20%", 0.2), ("0.2", 0.2), (" 12.5% ", 0.125), ("0", 0.0), (".5", 0.5)])
def test_shares(text: str, value: float) -> None:
    assert share("--holdback", text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["20", "100%", "-1%", "a fifth", "", "%", "nan", "inf", "1e3%"])
def test_what_is_no_share(text: str) -> None:
    with pytest.raises(InputError, match=r"--holdback: '.*' is no share: 20% or 0\.2, say; below 100%"):
        share("--holdback", text)


@pytest.mark.parametrize("text", ["domain", "domain=", "=3", "domain=many", "domain=-1", "domain=1.5"])
def test_what_is_no_quota(text: str) -> None:
    with pytest.raises(InputError, match="is no quota: domain=10, say"):
        quotas([text])


@pytest.mark.parametrize("text", ["", "  ", "ready", "pilot,ready"])
def test_what_is_no_status(text: str) -> None:
    with pytest.raises(
        InputError, match=r"--status: no status '.*': one or more of draft, pilot, operational, retired"
    ):
        statuses(text)


def exported() -> Exported:
    wish = Wish(n=10, quotas=(("domain", 2), ("topic", 1)), holdback=0.3)
    selected = Selected(
        wish=wish,
        canary="cruxbank canary x",
        published=("a", "b"),
        held=("c",),
        hidden=frozenset("c"),
        weights={"a": 1.0, "b": 1.0, "c": 1.0},
        effective=2.0,
        pool=7,
        withheld=4,
        wanted=3,
        coverage={"domain": (5, 2), "topic": (3, 3)},
    )
    entry = ExportEntry(
        id="ex_1",
        format="jsonl",
        rule="top",
        seed=1,
        public=True,
        at="",
        canary="",
        digest="",
        published=2,
        held=1,
    )
    card = Card(name="a", title="A", description="", simulated=True)
    files = (Path("o/README.md"), Path("o/items.jsonl"))
    return Exported(files, (Path("p/items.jsonl"),), selected, card, entry, uncalibrated=2)


def test_what_is_said_has_its_denominators() -> None:
    assert list(summary(exported())) == [
        "2 of 7 items (top; effective sample size 2.0), grown on simulated models; not calibrated: 2",
        "quota domain=2: 2 of 5 groups have 2, the others fewer",
        "quota topic=1: 3 of 3 groups have 1",
        "left out because they were published before: 4",
        "held back: 1 of 3 asked for, the others were published before, in p only",
        "the bank remembers this export as ex_1: its items count as published",
    ]
    told = as_mapping(exported(), "jsonl")
    assert (told["written"], told["items"], told["held"], told["held_wanted"]) == ("o/items.jsonl", 2, 1, 3)
    assert (told["public"], told["simulated"], told["uncalibrated"]) == (True, True, 2)
