"""Labels in, calibration out: formats, errors, figures, the file, and who is refused."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from cruxbank.accuracy import Calibration, JudgeIdentity, Member, PromptDigest
from cruxbank.app.calibration_figures import Readings, calibrated
from cruxbank.app.labels import Label, Labels, read_labels
from cruxbank.calibrations import check_judge, read_calibration, text_of
from cruxbank.errors import InputError
from cruxbank.items import FailureReason, Outcome, Verdict
from cruxbank.report.calibration_page import render
from cruxbank.report.calibration_text import as_markdown
from cruxbank.values.systems import load_system

SYSTEM = load_system("schwartz-10")
JUDGE = JudgeIdentity(
    judge="m-1",
    members=(Member(id="m-1"),),
    value_system="schwartz-10",
    system_digest="ab",
    prompts=(PromptDigest(name="judge/values", version=2, sha256="cd" * 32),),
)


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_csv_with_lines_groups_and_signs(tmp_path: Path) -> None:
    text = 'text,Self-Direction,power,model,group\n"One.\nTwo.",1,-1,m,g\nThree.,0,,n,\n'
    labels = read_labels(write(tmp_path, "a.csv", text), SYSTEM)
    first, second = labels.rows
    assert first.points == ("One.", "Two.")
    assert first.marks == {"self-direction": Outcome.SUPPORTS, "power": Outcome.OPPOSES}
    assert (first.group, first.model, first.family) == ("g", "m", "m")
    assert second.marks == {"self-direction": Outcome.ABSENT}
    assert second.group.startswith("text ")
    assert labels.signed
    assert labels.dimensions == ("self-direction", "power")
    response = first.response()
    assert (response.state, response.key_points) == ("answered", ("One.", "Two."))


def test_one_content_in_four_formats_is_one_file(tmp_path: Path) -> None:
    pyarrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    rows = [{"text": "One, two.", "power": "1"}, {"text": "Three.", "power": "absent"}]
    csv = write(tmp_path, "a.csv", '\ufefftext,power\n"One, two.",1\nThree.,0\n')
    tsv = write(tmp_path, "a.tsv", "text\tpower\nOne, two.\t1\nThree.\tabsent\n")
    jsonl = write(tmp_path, "a.jsonl", "\n".join(json.dumps(row) for row in rows) + "\n")
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "a.parquet")
    digests = {read_labels(f, SYSTEM).digest for f in (csv, tsv, jsonl, tmp_path / "a.parquet")}
    assert len(digests) == 1


def test_key_points_as_a_list(tmp_path: Path) -> None:
    jsonl = write(tmp_path, "a.jsonl", json.dumps({"key_points": ["One.", " Two. "], "power": 1}))
    csv = write(tmp_path, "a.csv", 'key_points,power\n"[""One."", ""Two.""]",1\n')
    assert read_labels(jsonl, SYSTEM).rows[0].points == read_labels(csv, SYSTEM).rows[0].points == ("One.", "Two.")


@pytest.mark.parametrize(
    "name,text,message",
    [
        ("a.csv", "text,powr\nOne.,1\n", "unknown column 'powr': did you mean 'power'?"),
        ("a.csv", "txt,power\nOne.,1\n", "no column 'text' or 'key_points'"),
        ("a.csv", "text,note\nOne.,1\n", "no column of schwartz-10"),
        ("a.csv", "text,power,Power\nOne.,1,0\n", "two columns for one dimension"),
        ("a.csv", "text,power,power\nOne.,1,0\n", "column 'power' stands there twice"),
        ("a.csv", "text,power,text\nOne.,1,Two.\n", "column 'text' stands there twice"),
        ("a.tsv", "text\tpower\tpower\nOne.\t1\t0\n", "column 'power' stands there twice"),
        ("a.jsonl", '{"text": "One.", "power": 1, "power": 0}', "line 1: key 'power' stands there twice"),
        ("a.jsonl", "[" * 100_000, "line 1: not JSON"),
        ("a.csv", "key_points,power\n" + "[" * 100_000 + ",1\n", "row 1, key_points: not a JSON list"),
        ("a.csv", f"text,power\n{'x' * 131_073},1\n", "not a table (field larger than field limit (131072))"),
        ("a.csv", "text,power\nOne.,2\n", "row 1, power: '2'"),
        ("a.csv", "text,power\nOne.\n", "row 1: not as many cells as the header"),
        ("a.csv", "text,power\nOne.,\n", "no row has a label"),
        ("a.csv", "text,power\n", "no rows"),
        ("a.csv", 'text,power\n"1\n2\n3\n4",1\n', "row 1: 4 key points"),
        ("a.csv", "text,power\n ,1\n", "row 1: 0 key points"),
        ("a.csv", "text,key_points,power\nOne.,Two.,1\n", "both 'text' and 'key_points'"),
        ("a.jsonl", "{]", "line 1: not JSON"),
        ("a.jsonl", "[1]", "line 1: not an object"),
        ("a.jsonl", '{"key_points": [1], "power": 1}', "row 1: no text"),
        ("a.xlsx", "", "not a file of labels"),
        ("a.parquet", "no", "not a Parquet file"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_labels(write(tmp_path, name, text), SYSTEM)
    assert message in str(caught.value)
    assert caught.value.hint


def test_a_cell_that_is_too_long_is_no_question_of_utf_8(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_labels(write(tmp_path, "a.csv", f"text,power\n{'x' * 131_073},1\n"), SYSTEM)
    assert "131,072 characters" in caught.value.hint


@pytest.mark.parametrize("name", ["A.CSV", "a.Csv"])
def test_capitals_in_a_files_ending_do_not_count(tmp_path: Path, name: str) -> None:
    assert len(read_labels(write(tmp_path, name, "text,power\nOne.,1\n"), SYSTEM).rows) == 1
    tsv = write(tmp_path, "a.TSV", "text\tpower\nOne.\t1\n")
    assert read_labels(tsv, SYSTEM).rows[0].points == ("One.",)


def test_copies_of_two_texts_are_two_groups(tmp_path: Path) -> None:
    lines = "".join(f"{text},{mark}\n" for text, mark in (("One.", 1), ("Two.", 0), (" ONE ,", 1)) * 20)
    text = "text,power\n" + lines.replace(" ONE ,,", '" ONE ,",')
    labels = read_labels(write(tmp_path, "a.csv", text), SYSTEM)
    assert len(labels.rows) == 60
    assert len({row.group for row in labels.rows}) == 2
    assert labels.contradictions == ()
    outcomes = [{"power": row.marks["power"]} for row in labels.rows]
    readings = Readings(tuple(Verdict(state="scored", outcomes=o) for o in outcomes), None)
    power = calibrated(labels, readings, JUDGE, SYSTEM.ids).dimensions["power"].present
    assert power.sensitivity.n == 40
    assert power.sensitivity.effective < 2.01
    assert power.sensitivity.lo < 0.2  # one text was found: forty rows of it say no more


def test_one_text_with_two_labels_is_named(tmp_path: Path) -> None:
    text = "text,question,power,security\nOne.,,1,1\nTwo.,,0,\none,,0,1\nOne.,Why?,0,0\n"
    labels = read_labels(write(tmp_path, "a.csv", text), SYSTEM)
    assert labels.contradictions == ("rows 1 and 3 (power: supports, absent)",)  # row 4 answers another question


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_labels(tmp_path / "a.csv", SYSTEM)


def sample(n: int = 400, seed: int = 0, families: int = 3) -> tuple[Labels, Readings]:
    """A judge with sensitivity .8 and specificity .9 for power; signs of hedonism are confused one time in ten."""
    generator = np.random.default_rng(seed)
    rows, verdicts = [], []
    for i in range(n):
        power = generator.random() < 0.4
        side = [Outcome.SUPPORTS, Outcome.OPPOSES, Outcome.ABSENT][int(generator.integers(3))]
        marks = {"power": Outcome.SUPPORTS if power else Outcome.ABSENT, "hedonism": side}
        family = f"family {i % families}"
        rows.append(Label(points=(f"Point {i}.",), marks=marks, group=f"g{i // 4}", model=f"m{i % 6}", family=family))
        found = generator.random() < (0.8 if power else 0.1)
        other = Outcome.OPPOSES if side is Outcome.SUPPORTS else Outcome.SUPPORTS
        read = other if generator.random() < 0.1 else side
        outcomes = dict.fromkeys(SYSTEM.ids, Outcome.ABSENT)
        outcomes |= {"power": Outcome.SUPPORTS if found else Outcome.ABSENT, "hedonism": read}
        verdicts.append(Verdict(state="scored", outcomes=outcomes))
    verdicts[0] = Verdict(state="unscored", failure=FailureReason.NONCE)
    verdicts[1] = Verdict(state="refused")
    labels = Labels(rows=tuple(rows), dimensions=("hedonism", "power"), signed=True, digest="ef")
    return labels, Readings(tuple(verdicts), None)


def made(**changes: object) -> Calibration:
    labels, readings = sample()
    return calibrated(labels, readings, JUDGE.model_copy(update=changes), SYSTEM.ids)


def test_planted_errors_are_found_and_failures_are_told() -> None:
    found = made()
    power = found.dimensions["power"].present
    assert power.sensitivity.lo <= 0.8 <= power.sensitivity.hi
    assert power.specificity.lo <= 0.9 <= power.specificity.hi
    assert (found.texts, found.scored, found.refused, found.unscored) == (400, 398, 1, {"nonce_not_echoed": 1})
    assert power.sensitivity.n + power.specificity.n == 398
    assert found.groups == 100
    hedonism = found.dimensions["hedonism"]
    assert hedonism.supports is not None
    assert sum(map(sum, hedonism.confusion)) == 398
    assert hedonism.confusion[0][1] > 0  # read as its opposite: presence is right, the side is not
    assert hedonism.supports.sensitivity.est < hedonism.present.sensitivity.est
    assert {c.dimension for c in found.contrasts} == {"power", "hedonism"}
    assert min(c.adjusted for c in found.contrasts) > 0.05


def test_it_speaks_of_the_labelled_languages_only() -> None:
    labels, readings = sample()
    assert (made().languages, made().kinds) == (("en",), ("question", "dilemma"))
    rows = tuple(row.model_copy(update={"language": ("", "pt-BR")[i % 2]}) for i, row in enumerate(labels.rows))
    found = calibrated(labels.model_copy(update={"rows": rows}), readings, JUDGE, SYSTEM.ids)
    assert found.languages == ("en", "pt")
    assert found.covers(JUDGE.digest, "dilemma", "pt-PT")
    assert not found.covers(JUDGE.digest, "dilemma", "de")
    assert not found.covers(JUDGE.digest, "scenario", "en")
    assert not found.covers("", "question", "en")


def test_a_judge_of_presence_has_no_sides() -> None:
    found = made(signed=False)
    assert found.dimensions["hedonism"].supports is None
    assert found.dimensions["hedonism"].confusion == ()


def test_probabilities_give_curves_and_cuts() -> None:
    labels, readings = sample()
    scores = np.full((400, len(SYSTEM.ids)), np.nan)
    generator = np.random.default_rng(9)
    truth = np.array([row.marks["power"] is Outcome.SUPPORTS for row in labels.rows])
    scores[:, SYSTEM.ids.index("power")] = np.clip(0.35 + 0.3 * truth + 0.15 * generator.standard_normal(400), 0, 1)
    found = calibrated(labels, readings._replace(scores=scores), JUDGE, SYSTEM.ids)
    power = found.dimensions["power"]
    assert power.reliability is not None
    assert power.reliability.auc is not None
    assert power.reliability.auc > 0.85
    assert [c.rule for c in power.cuts] == ["youden", "f1", "specificity 0.9"]
    assert 0.4 < power.cuts[0].cut < 0.6
    assert power.cuts[2].accuracy.specificity.lo <= 0.9 <= power.cuts[2].accuracy.specificity.hi
    assert found.dimensions["hedonism"].reliability is None
    assert "Cuts" in as_markdown(found)


def test_the_file_comes_back_and_names_itself(tmp_path: Path) -> None:
    found = made()
    file = write(tmp_path, "calibration.json", text_of(found))
    assert read_calibration(file) == found
    assert text_of(read_calibration(file)) == text_of(made())
    assert len(found.digest) == 64


def test_a_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    text = text_of(made()).replace('"refused": 1', '"refused": 2')
    with pytest.raises(InputError, match="was changed after it was made"):
        read_calibration(write(tmp_path, "c.json", text))
    for content, message in (("{}", "schema None"), ("x", "cannot be read"), ('{"schema": "x/2"}', "schema 'x/2'")):
        with pytest.raises(InputError, match=message):
            read_calibration(write(tmp_path, "c.json", content))
    with pytest.raises(InputError, match="no such file"):
        read_calibration(tmp_path / "none.json")


@pytest.mark.parametrize(
    "change,message",
    [
        ({"judge": "local"}, "another judge: m-1, now it is local"),
        ({"value_system": "safety"}, "another value system: schwartz-10, now it is safety"),
        ({"system_digest": "ff"}, "another definitions of the value system"),
        ({"prompts": ()}, "another judge's prompts: judge/values v2 cdcdcdcd, now it is none"),
        (
            {"members": (Member(id="m-1", model="m-2"),)},
            "another reader, or another setting of it: m-1, now it is m-1 model m-2",
        ),
        ({"retry": Member(id="m-3")}, "judging.retry, or another setting of it: none, now it is m-3"),
        ({"unsure": 0.0}, "another judging.unsure: none, now it is 0.0"),
        ({"masked": True}, "judging.mask_question: False, now it is True"),
    ],
)
def test_another_judge_is_refused(change: dict[str, object], message: str) -> None:
    check_judge(made(), JUDGE, "judging.calibration c.json")
    with pytest.raises(InputError) as caught:
        check_judge(made(), JUDGE.model_copy(update=change), "judging.calibration c.json")
    assert message in str(caught.value)
    assert "crux judge calibrate" in caught.value.hint


def test_the_report_escapes_and_says_what_it_is_of() -> None:
    labels, readings = sample()
    rows = tuple(
        row.model_copy(update={"family": "<script>alert(1)</script>"[: 8 + i % 20]})
        for i, row in enumerate(labels.rows)
    )
    page = render(calibrated(labels.model_copy(update={"rows": rows}), readings, JUDGE, SYSTEM.ids))
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "m-1" in page
    assert "1 refused, 1 unscored: nonce_not_echoed 1" in page
    assert page == render(calibrated(labels.model_copy(update={"rows": rows}), readings, JUDGE, SYSTEM.ids))


def test_markdown_has_every_denominator() -> None:
    text = as_markdown(made())
    assert "400 labelled texts in 100 groups: 398 read, 1 refused, 1 unscored (nonce_not_echoed 1)" in text
    assert "| power | present |" in text
    assert "| hedonism | supports |" in text


@given(st.integers(0, 2**16))
@settings(deadline=None, max_examples=10)
def test_counts_always_add_up(seed: int) -> None:
    labels, readings = sample(60, seed)
    found = calibrated(labels, readings, JUDGE, SYSTEM.ids)
    for d in found.dimensions.values():
        assert d.present.sensitivity.n + d.present.specificity.n == found.scored
        assert sum(a.sensitivity.n + a.specificity.n for a in d.by_family.values()) == found.scored
