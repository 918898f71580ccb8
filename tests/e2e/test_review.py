"""`crux bank review` in a pseudo-terminal by two people; `crux bank import` through the gates; the drafts measured."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from cruxbank.curation import HumanReview
from cruxbank.items import Item, Status
from cruxbank.memory.record import Record
from cruxbank.memory.reviews import Reviews
from tests.e2e.conftest import configure, crux
from tests.e2e.test_probe_interactive import Terminal

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("review"), pytest.mark.timeout(600)]
LAX = {"window": 2, "fdr": 0.99, "min_separation": 0.0, "confirm_responses": 0}
COMMAND = ("bank", "review", "--reviewer", "ada", "--n", "5")
EDITOR = """
import re, sys
text = open(sys.argv[1]).read()
open(sys.argv[1], "w").write(re.sub(r"(?m)^(\\w+: .*)\\?$", r"\\1 in the years to come?", text))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reviewed")
    agents = {"generator": "local", "critic": "local", "judge": "sim-quill-3"}  # one that quotes
    configure(folder, grow=LAX, budget={"calls": 600}, agents=agents)
    (folder / "editor.py").write_text(EDITOR)
    done = crux("grow", cwd=folder)
    assert done.code == 0, done.err
    return folder


def reviews(folder: Path) -> tuple[HumanReview, ...]:
    record = Record.open(str(folder / "bank" / "record.sqlite"))
    try:
        return Reviews(record.database).all()
    finally:
        record.close()


def item(folder: Path, key: str) -> Item:
    record = Record.open(str(folder / "bank" / "record.sqlite"))
    try:
        return record.item(key)
    finally:
        record.close()


def test_a_person_decides_leaves_and_comes_back(folder: Path) -> None:
    seat = Terminal(*COMMAND, cwd=folder, EDITOR=f"{sys.executable} {folder / 'editor.py'}", VISUAL="")
    shown = seat.until("\n> ")
    assert "1 of " in shown
    assert re.search(r"separates +\d\.\d\d bits \(\d\.\d\d to \d\.\d\d\) on \d+ models", shown), shown
    assert re.search(r"\S+ (supports|opposes) '.+'", shown), shown
    assert "nearest in the bank" in shown
    first = re.findall(r"1 of \d+  (it_\w+)", shown)[0]
    seat.type("yes")
    assert "not a command" in seat.until("\n> ")
    seat.type("a")
    shown = seat.until("\n> ")
    assert "accepted" in shown
    second = re.findall(r"2 of \d+  (it_\w+)", shown)[0]
    seat.type("r")
    seat.until("not at all)> ")
    seat.type("1")
    assert "rejected: loaded or leading words; operational before, retired now" in seat.until("\n> ")
    seat.type("b")
    assert "you rejected it on" in seat.until("\n> ")
    seat.type("f is the mirror right?")
    shown = seat.until("\n> ")
    assert "flagged: is the mirror right?; retired before, operational now" in shown
    third = re.findall(r"3 of \d+  (it_\w+)", shown)[0]
    seat.type("e")
    assert "stands in its place as a draft" in seat.until("\n> ")
    seat.interrupt()
    code, rest = seat.end()
    assert (code, "the same command goes on" in rest) == (130, True), rest

    made = reviews(folder)
    assert [(one.item, one.choice, one.number) for one in made] == [
        (first, "accept", 0), (second, "reject", 0), (second, "flag", 1), (third, "edit", 0)
    ]  # fmt: skip
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", one.at) for one in made)
    draft = item(folder, made[-1].made)
    assert (draft.status, draft.replaces, draft.provenance.generator) == (Status.DRAFT, third, "person")
    assert all(wording.text.endswith("in the years to come?") for wording in draft.wordings)
    assert item(folder, third).status is Status.RETIRED

    again = Terminal(*COMMAND, cwd=folder, NO_COLOR="1", TERM="dumb")
    shown = again.until("\n> ")
    assert not {first, second, third} & set(re.findall(r"it_\w+(?=  operational)", shown))
    again.type("s")
    if "1 of 1 " not in shown:
        again.until("\n> ")
        again.type("q")
    code, rest = again.end()
    assert (code, "ada: nothing decided; 1 skipped" in rest) == (0, True), rest
    assert b"\x1b" not in again.seen
    assert crux("bank", "verify", cwd=folder).code == 0  # the vectors followed


def test_a_second_person_is_not_led_and_the_two_are_compared(folder: Path) -> None:
    ada = reviews(folder)
    done = crux(
        "bank", "review", "--reviewer", "bob", "--n", "3", "--json", cwd=folder
    )  # stdin is closed: looks, leaves
    assert (done.code, json.loads(done.out)["decided"]["accept"]) == (0, 0), done.err
    assert "ada" not in done.err
    assert (
        ada[-1].item in piped(folder, "a\na\nr 2\n", "--reviewer", "bob", "--n", "3")["err"]
    )  # out, and shown as it stood
    told = json.loads(crux("bank", "review", "--agreement", "--json", cwd=folder).out)
    assert told["reviewers"] == {"ada": 3, "bob": 3}
    assert (told["choice"]["items"], told["kept"]["raw"]) == (3, 1.0)
    assert {d["item"]: d["choices"] for d in told["disagreements"]} == {
        ada[-2].item: {"ada": "flag", "bob": "accept"}, ada[-1].item: {"ada": "edit", "bob": "reject"}
    }  # fmt: skip
    shown = crux("bank", "review", "--agreement", cwd=folder)
    assert "they differ on 2 of 3 items" in shown.out
    seen = piped(folder, "q\n", "--reviewer", "cem", "--flagged")[
        "err"
    ]  # bob, who did not see the flag, has accepted since
    assert re.findall(r"(\d+ of \d+)  (it_\w+)", seen) == [("1 of 1", ada[-2].item)]
    assert "ada flagged it on" in seen
    assert "bob accepted it on" in seen
    assert "accepted" in piped(folder, "a\n", "--reviewer", "cem", "--flagged")["err"]
    assert "nothing to review" in piped(folder, "", "--reviewer", "dan", "--flagged")["err"]
    whole = crux("bank", "show", ada[-1].item, cwd=folder).out
    assert "ada edited it at" in whole
    assert "bob rejected it at" in whole


def piped(folder: Path, typed: str, *arguments: str) -> dict[str, Any]:
    import subprocess

    from tests.e2e.conftest import ENV

    done = subprocess.run(
        [sys.executable, "-m", "cruxbank.cli", "bank", "review", *arguments],
        cwd=folder, env=ENV, input=typed, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {"code": done.returncode, "err": done.stderr, "out": done.stdout}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--n", "1"), "--reviewer: names nobody"),
        (("it_ffff", "--reviewer", "ada"), "not in this bank"),
        (("--reviewer", "ada", "--status", "good"), "good"),
    ],
)
def test_what_cannot_be_reviewed_is_said(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    done = crux("bank", "review", *arguments, cwd=folder)
    assert (done.code, words in done.err) == (2, True), done.err


def test_items_of_a_file_pass_the_gates_and_are_measured(folder: Path) -> None:
    for form in ("jsonl", "inspect", "csv"):
        done = crux("export", "--to", form, "--out", form, cwd=folder)
        assert done.code == 0, done.err
        file = f"{form}/items.{'csv' if form == 'csv' else 'jsonl'}"
        told = json.loads(crux("bank", "import", file, "--dry-run", "--json", cwd=folder).out)
        assert told["format"] == form
        assert told["refused"] == {"already_in_the_bank": told["rows"]}
    rows = [json.loads(line) for line in (folder / "jsonl" / "items.jsonl").read_text().splitlines()]
    old = rows[0]["topic"]["text"]
    new = json.loads(json.dumps(rows[0]).replace(old, "the trade in used clothes")) | {"id": "x"}
    close = {**rows[0], "text": rows[0]["text"].replace("?", ", on the whole?")}
    bare = {"text": "Isn't it obviously wrong to sell used clothes abroad?", "topic": "trade in used clothes"}
    (folder / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in (new, new, close, bare)) + "nonsense\n")
    before = json.loads(crux("bank", "stats", "--json", cwd=folder).out)
    runs = sorted((folder / "bank" / "runs").iterdir())
    (folder / "bare.csv").write_text("question,topic\nShould zoos be closed for good?,zoos\n")
    none = crux("bank", "import", "bare.csv", cwd=folder)
    assert none.code == 2, none.err
    assert "Give the columns mirror, paraphrase_1," in none.err
    assert "Or name a model in agents.generator of crux.yaml (no simulated one): it writes them." in none.err
    assert sorted((folder / "bank" / "runs").iterdir()) == runs
    assert json.loads(crux("bank", "stats", "--json", cwd=folder).out) == before

    dry = json.loads(crux("bank", "import", "in.jsonl", "--dry-run", "--json", cwd=folder).out)
    assert json.loads(crux("bank", "stats", "--json", cwd=folder).out) == before
    done = crux("bank", "import", "in.jsonl", "--json", cwd=folder)
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["rows"], told["taken"]) == (5, 1), told
    assert {k: v for k, v in dry.items() if k not in ("run", "dry_run")} == {
        k: v for k, v in told.items() if k not in ("run", "dry_run")
    }
    assert set(told["refused"]) == {"duplicate_in_window", "duplicate_text", "rejected_by_critic", "unreadable"}
    assert told["reasons"]["no_mirror"] == 1
    assert json.loads((folder / "bank" / "runs" / told["run"] / "import.json").read_text())["lines"] == told["lines"]
    assert crux("bank", "verify", cwd=folder).code == 0
    after = json.loads(crux("bank", "stats", "--json", cwd=folder).out)
    assert after["by_status"]["draft"] == before["by_status"]["draft"] + 1
    assert after["decisions"] == before["decisions"]

    measured = crux("bank", "remeasure", "--drafts", "--json", "--budget-calls", "2000", cwd=folder)
    assert measured.code == 0, measured.err
    assert json.loads(measured.out)["items"] >= 1  # the import, and ada's edit where the tests before this one ran
    found = item(folder, told["items"][0])
    assert found.status in {Status.OPERATIONAL, Status.PILOT}
    assert found.separation is not None
    assert found.provenance.judge == "sim-quill-3"
    assert crux("bank", "verify", cwd=folder).code == 0
