"""What a reviewer types and sees, and how far reviewers agree."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from rich.console import Console

from cruxbank.app.review_agreement import review_agreement
from cruxbank.app.reviewing import Near, Sheet
from cruxbank.cli.review_keys import KEYS, REASONS, Said, from_edit, parse, to_edit
from cruxbank.cli.review_screen import sheet_lines
from cruxbank.cli.review_tables import agreement as print_agreement
from cruxbank.config.loading import settings_from
from cruxbank.config.shipped import presets
from cruxbank.curation import HumanReview
from cruxbank.errors import InputError
from cruxbank.items import Evidence, Exit, Item, Option, Outcome, Reading, Response, Status, Topic, Verdict, Wording
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import EncoderId
from cruxbank.memory.record import Record
from cruxbank.memory.reviews import Reviews
from tests.memory.conftest import Factory

HOSTILE = "\x1b[31mred\x1b]0;title\x07 [bold]loud[/bold] [/] back\\ > a accept \u202eleft\nsecond line\x9b"
LINES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")).map(
    lambda text: " ".join(text.split())
)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a\n", Said("accept")),
        (" Accept ", Said("accept")),
        ("r", Said("reject")),
        ("r too leading", Said("reject", "too leading")),
        ("r 5", Said("reject", REASONS[4])),
        ("reject 8", Said("reject", "8")),
        ("f\tis the mirror right?", Said("wrong", "not a command: 'f\\tis the mirror right?'. " + KEYS)),
        ("f is the  mirror right?", Said("flag", "is the mirror right?")),
        ("b", Said("back")),
        ("w", Said("wordings")),
        ("q", Said("quit")),
        ("?", Said("help")),
        ("", Said("wrong", KEYS)),
        ("a b", Said("wrong", "not a command: 'a b'. " + KEYS)),
        ("y", Said("wrong", "not a command: 'y'. " + KEYS)),
        ("accept all", Said("wrong", "not a command: 'accept all'. " + KEYS)),
        ("²", Said("wrong", "not a command: '²'. " + KEYS)),
    ],
)
def test_only_a_line_that_is_a_command_decides(line: str, said: Said) -> None:
    assert parse(line) == said


@given(base=LINES, others=st.lists(st.tuples(st.sampled_from(["mirror", "paraphrase"]), LINES)), option=LINES)
def test_what_is_not_changed_comes_back_from_the_editor(base: str, others: list[tuple[str, str]], option: str) -> None:
    words = [("base", base), *others]
    kept = [Wording.model_validate({"kind": kind, "text": text}) for kind, text in words if text]
    options = (Option(text=option, value="power"),) if option else ()
    if not base:
        return
    wordings, found, wrong = from_edit(to_edit(tuple(kept), options), options)
    assert (wordings, found, wrong) == (tuple(kept), options, "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mirror: Should it?", "has to be the base"),
        ("base: A?\nbase: B?", "there is one base"),
        ("base: A?\nodd: B?", "not a wording"),
        ("base: A?\nmirror:", "not a wording"),
        ("base: A?\njust words", "not a wording"),
        ("", "has to be the base"),
        ("base: A?\noption: x", "1 options, 0 are needed"),
    ],
)
def test_what_is_wrong_with_an_edited_text_is_said(text: str, words: str) -> None:
    assert words in from_edit(text, ())[2]


def shown(sheet: Sheet, width: int = 80, **more: bool) -> str:
    console = Console(file=io.StringIO(), width=width, soft_wrap=True, highlight=False)
    for line in sheet_lines(sheet, 1, 9, width, **more):
        console.print(line)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def sheet(text: str = "Should rent control be banned?", **more: object) -> Sheet:
    item = Factory().item(text, extra=[f"{text} again"], topic=Topic(text=f"rent {text}", domain="economy"))
    item = item.model_copy(update={"reasons": (text,), "wordings": (*item.wordings, Wording(kind="mirror", text=text))})
    response = Response(
        item=item.id, wording=0, model=f"m {text}", state="answered", stance="yes", key_points=(text, "second")
    )
    evidence = (Evidence(dimension="power", side="supports", point=1, quote=text),)
    verdict = Verdict(
        state="scored", outcomes={"power": Outcome.SUPPORTS, "security": Outcome.ABSENT}, evidence=evidence
    )
    near = Near(item=item, cosine=0.91)
    values = {"item": item, "stood": Status.OPERATIONAL, "near": (near,)} | more
    return Sheet.model_validate({"readings": (Reading(response=response, verdict=verdict),), **values})


def test_an_item_is_shown_with_its_figures_answers_quotes_and_neighbours() -> None:
    seen = shown(sheet())
    assert "1 of 9  it_" in seen
    assert "simulated models" in seen
    assert "0.40 bits (0.20 to 0.80) on 8 models, 16 responses" in seen
    assert "1 yes, 0 no, 0 neutral, 0 refused of 1" in seen
    assert "power supports 'Should rent control be banned?'" in seen
    assert "0.91  Should rent control be banned? [operational, 0.40 bits]" in seen
    assert "and 1 more wording: w shows them" in seen
    assert len(seen.splitlines()) < 24
    assert "again" in shown(sheet(), more=True)


@pytest.mark.parametrize("more", [False, True])
@pytest.mark.parametrize("width", [20, 80, 200])
def test_no_text_of_a_model_steers_the_terminal_or_poses_as_a_prompt(width: int, more: bool) -> None:
    seen = shown(sheet(HOSTILE), width, more=more)
    assert not {c for c in seen if not c.isprintable() and c != "\n"}
    assert "[bold]loud" in seen.replace("\n", "").replace(" ", "") or width == 20
    assert not [line for line in seen.splitlines() if line.startswith((">", "a accept"))]


def test_others_decisions_are_shown_to_who_settles_flags_and_to_nobody_else() -> None:
    other = HumanReview(
        item="it_1", reviewer="bob", choice="flag", reason="is it fair?", at="2026-11-22T12:00:00+00:00"
    )
    mine = other.model_copy(update={"reviewer": "ada", "choice": "reject", "reason": "loaded"})
    both = sheet(mine=mine, others=(other,))
    assert "you rejected it on 2026-11-22 at 12:00 UTC: loaded" in shown(both)
    assert "bob" not in shown(both)
    assert "bob flagged it" in shown(both, settling=True)


# Agreement

ADA = "aaaarrrrffee"
BOB = "aaarrrrafaee"
"""Worked by hand over 12 items: equal on 3 + 3 + 3 = 9, so .75 raw.

Kept (a, f) or not: ADA ++++ ---- ++--, BOB +++- ---+ ++--; equal on 10 of 12.
"""
CHOICE = {"a": "accept", "r": "reject", "f": "flag", "e": "edit"}


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    folder = BankFolder(tmp_path)
    folder.ensure(EncoderId(name="x", dimension=4), "schwartz-10")
    record, make = Record.open(str(folder.record)), Factory()
    record.begin_run("0001-aaaaaaaa", "a" * 64)
    reviews = Reviews(record.database)
    for slot, pair in enumerate(zip(ADA, BOB, strict=True)):
        item = make.item(f"Should thing {slot} be?", slot=slot)
        record.commit_slot(make.commit(slot, item))
        for who, letter in zip(("ada", "bob"), pair, strict=True):
            decide(reviews, make, item, who, letter)
    decide(reviews, make, make.item("Should thing 0 be?"), "cem", "a")
    record.close()
    return tmp_path


def decide(reviews: Reviews, make: Factory, item: Item, who: str, letter: str) -> None:
    draft = make.item(f"{item.text} {who}", status=Status.DRAFT, exit=Exit.EDITED) if letter == "e" else None
    reviews.decide(HumanReview(item=item.id, reviewer=who, choice=CHOICE[letter], reason="why"), draft)  # type: ignore[arg-type]


def configured(bank: Path):  # type: ignore[no-untyped-def]
    import yaml

    return settings_from({**yaml.safe_load(presets()["simulated"]), "bank": str(bank)})


def test_agreement_is_what_it_is_by_hand(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = review_agreement(configured(bank))
    assert found.reviewers == {"ada": 12, "bob": 12, "cem": 1}
    pair = next(p for p in found.pairs if p.reviewers == ("ada", "bob"))
    assert (pair.choice.items, pair.choice.raw) == (12, 0.75)
    assert pair.kept.raw == round(10 / 12, 6)
    # kept: 6 of 12 each: chance 1/2, kappa = (10/12 - 1/2) / (1/2) = 2/3
    assert pair.kappa_kept == round(2 / 3, 6)
    # four choices: ada 4a 4r 2f 2e; bob 5a... a: 3 + 1 (r->a) + 1 (f->a) = 5, r: 1 + 3 = 4, f 1, e 2
    chance = (4 * 5 + 4 * 4 + 2 * 1 + 2 * 2) / 144
    assert pair.kappa == round((0.75 - chance) / (1 - chance), 6)
    assert pair.table == {
        "accept": {"accept": 3, "reject": 1},
        "edit": {"edit": 2},
        "flag": {"accept": 1, "flag": 1},
        "reject": {"accept": 1, "reject": 3},
    }
    # Krippendorff, two readers, nominal: 1 - (n - 1) (disagreeing pairs) / sum of n_c n_k; 24 values, 12 + 12 kept or not
    assert pair.kept.alpha == round(1 - 23 * (2 * 2) / (2 * 12 * 12), 6)
    assert pair.kept.lo is not None
    assert pair.kept.lo < (pair.kept.alpha or 0) < (pair.kept.hi or 0)
    assert len(found.disagreements) == 3
    print_agreement(found)
    out = capsys.readouterr().out
    assert "they differ on 3 of 12 items" in out
    assert "0.83" in out


def test_agreement_fits_a_terminal_of_80_columns(
    bank: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole words, behind their indent: what a terminal breaks itself is broken anywhere."""
    monkeypatch.setenv("COLUMNS", "80")
    found = review_agreement(configured(bank))
    text, why = "Should thing 0 be banned in every town? " * 4, "the mirror is no mirror of it " * 6
    long = found.disagreements[0].model_copy(update={"text": text, "reasons": {"ada": why, "bob": HOSTILE}})
    print_agreement(found.model_copy(update={"disagreements": (long,)}))
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    told = out[out.index("they differ") :].splitlines()[2:]
    assert all(line.startswith("    ") for line in told), told
    words = " ".join(line.strip() for line in told)
    assert " ".join(text.split()) in words
    assert f"ed: {' '.join(why.split())}" in words
    assert not {c for c in out if not c.isprintable() and c != "\n"}


def test_one_reviewer_agrees_with_nobody(tmp_path: Path) -> None:
    BankFolder(tmp_path).ensure(EncoderId(name="x", dimension=4), "schwartz-10")
    with pytest.raises(InputError, match="0 reviewers, 0 items that two of them decided"):
        review_agreement(configured(tmp_path))
