"""Exports of a small bank: selection, exposure, hold-back, canary, and what is left behind when something fails."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from sqlalchemy import event, select, update

from cruxbank import Bank
from cruxbank.app import looking
from cruxbank.config.shipped import presets
from cruxbank.errors import BankMismatch, InputError
from cruxbank.exports import bank_export, registry, staging
from cruxbank.exports.bank_export import export_bank
from cruxbank.exports.format import Bundle
from cruxbank.exports.lines import Shared, dump, encode, line
from cruxbank.exports.stream import Recorded
from cruxbank.items import Exit, Item, Neighbour, Provenance, Status, Topic, Wording, item_id
from cruxbank.measures import DimensionSeparation, Estimate, Separation
from cruxbank.memory import payloads, schema
from cruxbank.memory.bank import BankFolder
from cruxbank.memory.embeds import EncoderId
from cruxbank.memory.record import Record
from cruxbank.memory.rows import SlotCommit

RUN = "0001-aaaaaaaa"
VALUES = ("power", "security", "hedonism")
N = 24


def make_item(number: int) -> Item:
    zero = Estimate(est=0.0, lo=0.0, hi=0.0)
    bits = 0.02 * (number + 1) + 1e-7
    text = f"Should number {number} be allowed?"
    best = {
        d: DimensionSeparation(est=bits / (1 + (i - number // 3) % 3), lo=0.0, hi=1.0) for i, d in enumerate(VALUES)
    }
    return Item(
        id=item_id(text),
        text=text,
        wordings=(Wording(kind="base", text=text),),
        topic=Topic(text=f"topic {number // 2}", domain=("economy", "media", "family")[number % 3]),
        status=Status.OPERATIONAL,
        exit=Exit.ADMITTED,
        value_system="schwartz-10",
        separation=Separation(
            joint=Estimate(est=bits, lo=bits / 2, hi=bits * 2),
            lfdr=0.01,
            q=bits,
            q_se=0.1,
            by_dimension=best,
            stance=zero,
            refusal=zero,
            models=8,
            responses=16,
        ),
        provenance=Provenance(
            run=RUN,
            seed=1,
            slot=number,
            generator="local",
            judge="local",
            origin="simulated",
            nearest=Neighbour(id=item_id(f"Should number {(number + 1) % N} be allowed?"), cosine=0.5123456789),
        ),
    )


ITEMS = tuple(make_item(number) for number in range(N))


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    folder = BankFolder(tmp_path / "bank")
    folder.ensure(EncoderId(name="none", dimension=1, digest="0"), "schwartz-10")
    record = Record.open(str(folder.record))
    record.begin_run(RUN, "a" * 64, seed=1)
    for slot, item in enumerate(ITEMS):
        record.commit_slot(SlotCommit(run=RUN, slot=slot, topic=item.topic, exit=item.exit, items=(item,)))
    record.close()
    (folder.run_folder(RUN) / "config.yaml").write_text(presets()["simulated"], encoding="utf-8")
    with Bank.open(folder.path) as opened:
        yield opened


def ids(folder: Path) -> list[str]:
    return [json.loads(row)["id"] for row in (folder / "items.jsonl").read_text(encoding="utf-8").splitlines()]


def ids_of(numbers: Sequence[int]) -> list[str]:
    return sorted(ITEMS[number].id for number in numbers)


# Lines


def test_streamed_lines_are_byte_for_byte_those_of_the_items(bank: Bank) -> None:
    record = bank._record
    keys = sorted(item.id for item in ITEMS)
    streamed = Recorded(record.database, keys, dict.fromkeys(keys, 1 / 3), Shared(canary="here"))
    assert len(streamed) == N
    for _ in range(2):
        rows = [encode(one) for one in streamed]
        assert rows == [encode(line(record.item(key), 1 / 3, canary="here")) for key in keys]
        assert [row.decode() for row in rows] == [
            dump(line(record.item(key), 1 / 3, canary="here")) + "\n" for key in keys
        ]


def test_items_of_an_earlier_version_are_filled_up(bank: Bank) -> None:
    """Fields that came later are missing in old records, at the top and deep inside; NaN was possible once."""
    record, table = bank._record, schema.items
    key, other = ITEMS[0].id, ITEMS[1].id
    with record.database.write() as connection:
        found = connection.execute(select(table.c.payload).where(table.c.id == key)).scalar_one()
        old = json.loads(found)
        del old["by_language"], old["confirmation"], old["provenance"]["session"], old["separation"]["carried"]
        del old["separation"]["by_dimension"]["power"]["given_stance"]
        connection.execute(update(table).where(table.c.id == key).values(payload=json.dumps(old)))
        odd = json.loads(connection.execute(select(table.c.payload).where(table.c.id == other)).scalar_one())
        odd["separation"]["q_se"] = float("nan")
        connection.execute(update(table).where(table.c.id == other).values(payload=json.dumps(odd)))
    streamed = Recorded(record.database, [key, other], {}, Shared())
    assert [encode(one) for one in streamed] == [encode(line(record.item(i), None)) for i in (key, other)]


# Selection


def test_filters(bank: Bank, tmp_path: Path) -> None:
    bank.export("jsonl", tmp_path / "a", domains=["media"], values=["power", "hedonism"], min_separation=0.1)
    wanted = [n for n in range(N) if n % 3 == 1 and n // 3 % 3 != 1 and 0.01 * (n + 1) >= 0.1]
    assert ids(tmp_path / "a") == ids_of(wanted)
    assert len(wanted) == 3


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"domains": ["medai"]}, "--domains: no item of 'medai': this bank has economy, family, media"),
        ({"languages": ["de"]}, "--languages: no item of 'de': this bank has en"),
        ({"values": ["might"]}, "--values: no 'might': one of self-direction"),
        ({"kinds": ["riddle"]}, "--kinds: no 'riddle': one of question, dilemma, scenario"),
        ({"quotas": {"colour": 1}}, "--quota: no 'colour': one of domain, topic"),
        ({"quotas": {"domain": 0}}, "--quota domain=0: leaves nothing"),
        ({"select": "best"}, "--select: no rule 'best'"),
        ({"max_similarity": 2.0}, "--max-similarity: 2 is no cosine"),
        ({"holdback": 1.0}, "--holdback: 1 of the items"),
        ({"n": 0}, "--n: 0 items"),
        ({"n": 3, "select": "random", "seed": -1}, "--seed: -1: 0 or more"),
        ({"seed": 2**63}, "--seed: 9223372036854775808: 0 or more"),
        ({"status": "pilot"}, "--status pilot: the bank has no such item"),
        ({"status": "ready"}, "status: no status 'ready'"),
        ({"status": ()}, "--status: none given"),
        ({"private": "p"}, "--private: nothing is held back"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_leaves_nothing(
    bank: Bank, tmp_path: Path, wish: dict[str, Any], message: str
) -> None:
    wish = {name: tmp_path / value if name == "private" else value for name, value in wish.items()}
    with pytest.raises(InputError) as refused:
        bank.export("jsonl", tmp_path / "a", **wish)
    assert str(refused.value).startswith(message)
    assert {path.name for path in tmp_path.iterdir()} == {"bank"}
    assert bank.exports() == ()


def test_quotas_take_the_best_of_each_group_and_say_where_there_are_too_few(bank: Bank, tmp_path: Path) -> None:
    done = bank.export("jsonl", tmp_path / "a", quotas={"domain": 2, "topic": 1})
    assert ids(tmp_path / "a") == ids_of([23, 21, 19, 17, 15, 13])
    assert dict(done.selected.coverage) == {"domain": (3, 3), "topic": (12, 6)}
    few = bank.export("jsonl", tmp_path / "b", quotas={"value": 9})
    assert dict(few.selected.coverage) == {"value": (3, 2)}


def test_a_subset_of_what_is_thinned_keeps_the_limits(bank: Bank, tmp_path: Path) -> None:
    for rule in ("top", "balanced", "weighted", "random"):
        bank.export("jsonl", tmp_path / rule, n=5, select=rule, quotas={"topic": 1, "domain": 3})
        chosen = [item for item in ITEMS if item.id in ids(tmp_path / rule)]
        assert len(chosen) == len({item.topic.id for item in chosen}) == 5
        assert max([item.topic.domain for item in chosen].count(d) for d in ("economy", "media", "family")) <= 3


class Marks:
    """An encoder without a model: texts with a 1 point one way, all others another."""

    name, dimension, digest = "none", 1, "0"

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return np.array([[float("1" in text), float("1" not in text)] for text in texts])

    def close(self) -> None: ...


def test_likeness_is_read_a_few_items_at_a_time_and_makes_no_vector_store(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound: list[int] = []
    monkeypatch.setattr(payloads, "CHUNK", 10)
    monkeypatch.setattr(looking, "load_encoder", lambda _: Marks())
    engine = bank._record.database._engine
    event.listen(engine, "before_cursor_execute", lambda *call: bound.append(len(call[3])))
    bank.export("jsonl", tmp_path / "a", max_similarity=0.5)
    assert ids(tmp_path / "a") == ids_of([23, 21])
    assert not (tmp_path / "bank" / "chroma").exists()
    assert 10 in bound
    assert max(bound) < N, bound
    monkeypatch.setattr(Marks, "digest", "1")
    with pytest.raises(BankMismatch, match="was made with encoder none"):
        bank.export("jsonl", tmp_path / "b", max_similarity=0.5)


# Exposure and hold-back


def everything(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*")) if path.is_file())


def test_what_is_held_back_is_in_no_public_file_then_or_later(bank: Bank, tmp_path: Path) -> None:
    done = bank.export("jsonl", tmp_path / "a", n=15, select="random", holdback=0.2, private=tmp_path / "apart")
    assert (len(done.selected.published), len(done.selected.held)) == (12, 3)
    assert done.card.chosen is not None
    assert (done.card.items, done.card.chosen.held, done.card.chosen.public) == (12, 3, True)
    bank.export("jsonl", tmp_path / "b")
    bank.export("jsonl", tmp_path / "c", n=20, public=True)
    bank.export("jsonl", tmp_path / "d", select="random", n=9, holdback=0.5)
    held = done.selected.held
    for name in "abcd":
        public = everything(tmp_path / name)
        assert [key for key in held if key in public] == [], "not even as somebody's nearest neighbour"
        assert [i.text for i in ITEMS if i.id in held and i.text in public] == []
    assert ids(tmp_path / "apart") == list(held)
    assert len(ids(tmp_path / "b")) == 21
    assert "to be published" in everything(tmp_path / "apart")


@pytest.mark.parametrize("form", ["csv", "inspect", "petri", "lm-eval", "promptfoo", "deepeval"])
def test_no_format_names_what_is_held_back(bank: Bank, tmp_path: Path, form: str) -> None:
    held = bank.export(form, tmp_path / "a", holdback=0.3).selected.held
    public = everything(tmp_path / "a")
    assert [key for key in held if key in public] == []
    assert [item.text for item in ITEMS if item.id in held and item.text in public] == []
    assert all(item.id in public for item in ITEMS if item.id not in held)


def test_the_same_export_again_gives_the_same_two_parts(bank: Bank, tmp_path: Path) -> None:
    first = bank.export("jsonl", tmp_path / "a", n=10, holdback=0.3)
    again = bank.export("jsonl", tmp_path / "b", n=10, holdback=0.3)
    assert everything(tmp_path / "a") == everything(tmp_path / "b")
    assert again.selected.held == first.selected.held
    assert [entry.id for entry in bank.exports()] == [first.entry.id if first.entry else ""]
    (entry,) = bank.exports()
    assert (entry.published, entry.held, entry.rule, entry.asked) == (7, 3, "top", 10)
    assert entry.canary == first.selected.canary


def test_what_was_published_can_be_left_out_and_cannot_be_held_back(bank: Bank, tmp_path: Path) -> None:
    bank.export("jsonl", tmp_path / "private use")
    assert bank.exports() == (), "only public exports are remembered"
    bank.export("jsonl", tmp_path / "a", n=20, public=True)
    fresh = bank.export("jsonl", tmp_path / "b", unexposed=True)
    assert (len(ids(tmp_path / "b")), fresh.selected.withheld) == (4, 20)
    late = bank.export("jsonl", tmp_path / "c", holdback=0.5)
    assert (late.selected.wanted, len(late.selected.held)) == (12, 4), "20 of the 24 are out already"
    with pytest.raises(InputError, match=r"--unexposed: all 20 items that match were published before"):
        bank.export("jsonl", tmp_path / "d", unexposed=True, min_separation=0.05)


def test_weights_still_stand_for_the_pool(bank: Bank, tmp_path: Path) -> None:
    done = bank.export("jsonl", tmp_path / "a", n=10, select="random", holdback=0.2)
    weights = [done.selected.weights[key] for key in done.selected.published]
    assert weights == pytest.approx([24 / 8] * 8)
    assert done.selected.effective == pytest.approx(8.0)
    assert sum(json.loads(row)["weight"] for row in (tmp_path / "a" / "items.jsonl").read_text().splitlines()) == 24


def test_the_private_folder_lies_apart(bank: Bank, tmp_path: Path) -> None:
    for private in (tmp_path / "a", tmp_path / "a" / "held", tmp_path):
        with pytest.raises(InputError, match="lies in one folder with --out"):
            bank.export("jsonl", tmp_path / "a", holdback=0.2, private=private)
    assert bank.exports() == ()


def test_items_that_somebody_hands_over_are_checked_too(bank: Bank, tmp_path: Path) -> None:
    done = bank.export("jsonl", tmp_path / "a", holdback=0.2)
    held = [bank.item(key) for key in done.selected.held]
    with pytest.raises(InputError, match="is held back"):
        bank.export_jsonl(tmp_path / "b", items=held)
    free = [bank.item(key) for key in done.selected.published]
    bank.export_jsonl(tmp_path / "b", items=free)
    assert [key for key in done.selected.held if key in everything(tmp_path / "b")] == []


def test_every_line_bears_the_canary_and_so_does_the_card(bank: Bank, tmp_path: Path) -> None:
    done = bank.export("jsonl", tmp_path / "a")
    assert done.selected.canary.startswith("cruxbank canary ")
    rows = (tmp_path / "a" / "items.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(row)["canary"] for row in rows} == {done.selected.canary}
    assert done.selected.canary in (tmp_path / "a" / "README.md").read_text(encoding="utf-8")


# When something fails


class Failing:
    """Writes a file, then ends as if the disk were full."""

    name: ClassVar[str] = "failing"
    summary: ClassVar[str] = "nothing"

    def write(self, bundle: Bundle, folder: Path) -> None:
        next(iter(bundle.lines))
        (folder / "half.txt").write_text("half")
        raise OSError(28, "No space left on device")


def test_a_format_that_fails_leaves_nothing_and_publishes_nothing(bank: Bank, tmp_path: Path) -> None:
    from cruxbank.app.wishes import Wish

    with pytest.raises(Exception, match="No space left"):
        export_bank(bank._record, bank.settings, Wish(public=True), Failing(), tmp_path / "a")
    assert not (tmp_path / "a").exists()
    assert bank.exports() == ()


def test_a_file_in_the_way_publishes_nothing(bank: Bank, tmp_path: Path) -> None:
    bank.export("jsonl", tmp_path / "a", n=3)
    before = everything(tmp_path / "a")
    with pytest.raises(InputError, match="already exists"):
        bank.export("jsonl", tmp_path / "a", public=True)
    with pytest.raises(InputError, match="already exists"):
        bank.export("jsonl", tmp_path / "b", holdback=0.2, private=tmp_path / "a")
    assert (everything(tmp_path / "a"), (tmp_path / "b").exists(), bank.exports()) == (before, False, ())


def test_files_that_cannot_be_moved_are_not_published(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        assert len(bank.exports()) == 1, "entered before a file is to be seen"
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(staging.Place, "move", refuse)
    with pytest.raises(Exception, match="Read-only"):
        bank.export("jsonl", tmp_path / "a", public=True)
    assert bank.exports() == ()


def test_a_move_that_fails_half_way_is_taken_back_and_publishes_nothing(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The private folder is moved first: its files, too, are taken back when the public ones cannot be moved."""
    bank.export("csv", tmp_path / "a", n=5)
    before, real = everything(tmp_path / "a"), Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if target == tmp_path / "a" / "wordings.csv":
            assert (tmp_path / "apart" / "items.csv").exists(), "the last of all files is moved"
            raise OSError(30, "Read-only file system")
        return real(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(Exception, match="Read-only"):
        bank.export("csv", tmp_path / "a", holdback=0.5, private=tmp_path / "apart", force=True)
    assert everything(tmp_path / "a") == before
    assert {path.name for path in tmp_path.iterdir()} == {"bank", "a"}
    assert bank.exports() == ()


def test_what_cannot_be_taken_back_stays_published(bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = staging.Place.move

    def half(place: staging.Place) -> None:
        real(place)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(staging.Place, "move", half)
    monkeypatch.setattr(staging.Place, "take_back", lambda _: None)
    with pytest.raises(Exception, match="Input/output error"):
        bank.export("jsonl", tmp_path / "a", public=True)
    assert (tmp_path / "a" / "items.jsonl").exists()
    assert len(bank.exports()) == 1


def test_an_export_that_another_one_overtook_is_refused(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = bank_export.write

    def slow(*arguments: Any) -> Any:
        monkeypatch.setattr(bank_export, "write", real)
        bank.export("jsonl", tmp_path / "quick", holdback=0.5)
        return real(*arguments)

    monkeypatch.setattr(bank_export, "write", slow)
    with pytest.raises(InputError, match="was held back by another export meanwhile"):
        bank.export("jsonl", tmp_path / "slow", public=True)
    assert not (tmp_path / "slow").exists()
    assert len(bank.exports()) == 1


def test_force_does_not_leave_files_of_another_export_among_its_own(bank: Bank, tmp_path: Path) -> None:
    bank.export("petri", tmp_path / "a", n=5)
    bank.export("petri", tmp_path / "a", n=6, force=True)
    before = everything(tmp_path / "a")
    with pytest.raises(InputError, match=r"it_\w+\.md: not of this export, and would stay among its files: remove "):
        bank.export("petri", tmp_path / "a", n=4, force=True, public=True)
    assert everything(tmp_path / "a") == before
    assert bank.exports() == ()


def test_what_is_held_back_does_not_stay_beside_the_published(bank: Bank, tmp_path: Path) -> None:
    bank.export("jsonl", tmp_path / "a")
    before = everything(tmp_path / "a")
    for without in ("", ".cruxbank-export.json"):  # a folder of an export that left no list of its files
        (tmp_path / "a" / (without or "none")).unlink(missing_ok=True)
        with pytest.raises(
            InputError, match=r"items\.jsonl: not of this export, and would stay among its files: remove "
        ):
            bank.export("csv", tmp_path / "a", holdback=0.2, force=True)
    assert json.loads(before[before.index("{") : before.index("}") + 1]) == {"files": ["README.md", "items.jsonl"]}
    assert everything(tmp_path / "a") == before[before.index("}") + 2 :]
    assert bank.exports() == ()
    assert bank.export("jsonl", tmp_path / "a", holdback=0.2, force=True).selected.held


@pytest.mark.parametrize("place", ["bank", "bank/within", "."])
def test_the_folder_of_the_bank_takes_no_export(bank: Bank, tmp_path: Path, place: str) -> None:
    folder = tmp_path / place
    kept = (tmp_path / "bank" / "bank.json").read_bytes()
    with pytest.raises(InputError, match=r"--out .*: (is|lies in|contains) the bank folder"):
        bank.export("inspect", folder, force=True)
    with pytest.raises(InputError, match=r"--out .*the bank folder"):
        bank.export_jsonl(folder, items=ITEMS[:2])
    with pytest.raises(InputError, match=r"--private .*the bank folder"):
        bank.export("inspect", tmp_path.parent / "elsewhere", holdback=0.2, private=folder)
    assert {path.name for path in tmp_path.iterdir()} == {"bank"}
    assert (tmp_path / "bank" / "bank.json").read_bytes() == kept
    assert not (tmp_path.parent / "elsewhere").exists()


def test_the_card_of_what_is_held_back_speaks_of_it(bank: Bank, tmp_path: Path) -> None:
    bank.export("csv", tmp_path / "a", n=20, select="weighted", holdback=0.25, private=tmp_path / "apart")
    public, own = ((tmp_path / name / "README.md").read_text(encoding="utf-8") for name in ("a", "apart"))
    assert "Published with this export." in public
    assert "Not recorded as published." in own
    assert "Published with this export." not in own
    assert bank_export.KEPT in own
    assert bank_export.KEPT not in public
    assert "Kept back and in no public export: 5 items." in public
    assert "Kept back and in no public export" not in own
    sizes = [text.split("effective sample size ")[1].split(".")[0] for text in (public, own)]
    assert 0 < int(sizes[1]) <= 5 < int(sizes[0]) <= 15
    bank.export("csv", tmp_path / "b", n=3, private=tmp_path / "later")
    later = (tmp_path / "later" / "README.md").read_text(encoding="utf-8")
    assert "5 of 5" in later, "the rule chose among the others"
    assert "3 asked for" not in later


def test_many_files_are_flushed_together(bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[str] = []
    monkeypatch.setattr(staging.os, "sync", lambda: flushed.append("all"))
    monkeypatch.setattr(staging.os, "fsync", lambda _: flushed.append("one"))
    bank.export("jsonl", tmp_path / "a")
    assert flushed == ["one", "one"]
    monkeypatch.setattr(staging, "MANY", 1)
    bank.export("jsonl", tmp_path / "b")
    assert flushed == ["one", "one", "all"]


def test_statuses_can_be_several(bank: Bank, tmp_path: Path) -> None:
    bank._record.set_status(ITEMS[0].id, Status.RETIRED, "test")
    bank.export("jsonl", tmp_path / "a", status=["retired", Status.OPERATIONAL])
    bank.export("jsonl", tmp_path / "b", status="retired")
    assert (len(ids(tmp_path / "a")), ids(tmp_path / "b")) == (N, [ITEMS[0].id])


# Formats of other people


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
