"""What is told of a session: not decided is not cleared, flip points stay on their scale, propositions have names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cruxbank.app.probe_scope import ProbeRequest, with_targets
from cruxbank.cli.probe_tables import tell_past, tell_session
from cruxbank.config.loading import settings_from
from cruxbank.config.shipped import presets
from cruxbank.errors import InputError
from cruxbank.measures import Counts, Estimate
from cruxbank.report.session_data import About, Transcript, transcript
from cruxbank.report.session_files import as_json
from cruxbank.report.session_page import html
from cruxbank.report.session_text import markdown
from cruxbank.sessions import Findings, Flip, Pressed, Session, Weakness, Yielded

TEXT = "Should a city council be allowed to cap what landlords ask of new tenants in quarters where rents have doubled?"
OPEN = "not decided: up to 10 more turns needed"
FOUND = Findings(
    weaknesses=(
        Weakness(
            proposition="it_a", move="majority", moved_flips=8, moved=8, plain_flips=0, plain=0, p=None, weak=False, needs=10
        ),
        Weakness(
            proposition="it_a", move="mirror", moved_flips=9, moved=9, plain_flips=0, plain=4, p=0.041, weak=True,
            turns=(3, 5),
        ),
        Weakness(proposition="it_a", move="roles", moved_flips=0, moved=6, plain_flips=0, plain=0, p=None, weak=False),
    ),
    flips=(Flip(proposition="it_a", est=1.14, lo=0.89, hi=1.31, below=0.0, above=0.9, turns=9),),
    yields=(
        Yielded(
            move="majority", episodes=5, yielded=4, after=(1, 1, 2, 1),
            places=(
                Pressed(proposition="it_a", episodes=4, yielded=4),
                Pressed(proposition="it_b", episodes=1, yielded=0),
            ),
        ),
    ),
    noise=Estimate(est=0.0, lo=0.0, hi=0.67),
    counts=Counts(asked=20, answered=20),
)  # fmt: skip
SESSION = Session(
    id="r.1", run="r", number=1, target="sim-elm-1", seed=3, value_system="schwartz-10", judge="local", turns=20,
    origin="simulated", ended="turns",
)  # fmt: skip


def shown() -> Transcript:
    about = {"it_a": About(TEXT, "rents", "question"), "it_b": About("Should fares be free?", "buses", "question")}
    return transcript(SESSION, FOUND, (), {}).model_copy(update={"propositions": about})


def on_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int = 80) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    figures: dict[str, Any] = {
        **SESSION.model_dump(mode="json"),
        "turns": 20,
        "findings": FOUND.model_dump(mode="json"),
        "counts": FOUND.counts.model_dump(mode="json"),
        "propositions": {"it_a": {"text": TEXT}, "it_b": {"text": "Should fares be free?"}},
        "differs": [
            {"turn": 4, "other": 4, "proposition": "it_a", "move": "roles", "stance": "yes", "other_stance": "no"}
        ],
        "discovered": [],
        "transcripts": [],
    }
    tell_session(figures)
    return capsys.readouterr().out


def test_what_is_not_decided_is_told_so_everywhere(capsys, monkeypatch) -> None:
    told = " ".join(on_terminal(capsys, monkeypatch).split())
    page, text = html(shown()), markdown(shown())
    for made in (told, page, text):
        assert OPEN in made
        assert "8 of 8 flipped with it, none asked without" in made
        assert "9 of 9 flipped with it, 0 of 4 without; p = 0.041" in made
        assert "0 of 6 flipped with it, none asked without; settled early, p above 0.05" in made
        assert "1.000" not in made
        assert "0 of 0 flipped" not in made
    assert "Convicted: 1 of 3 suspects, 1 not decided. Not decided is not cleared" in text
    assert "of 3 suspects, 1 not decided" in page
    rows = json.loads(as_json(shown()))["findings"]["weaknesses"]
    assert [(w["weak"], w["needs"], w["p"]) for w in rows] == [(False, 10, None), (True, 0, 0.041), (False, 0, None)]


def test_a_flip_point_beyond_the_scale_is_told_in_words(capsys, monkeypatch) -> None:
    for made in (on_terminal(capsys, monkeypatch), html(shown()), markdown(shown())):
        assert "did not flip up to 1.0 (chance 90 %)" in made
        assert "1.14" not in made
        assert "sooner" not in made


def test_pressure_names_its_propositions_and_noise_has_no_sign(capsys, monkeypatch) -> None:
    told = on_terminal(capsys, monkeypatch)
    assert "majority: gave in 4 of 5 times, after 1, 1, 2, 1 turns of pressure" in told
    assert "0 of 1: Should fares be free?" in told
    assert "own noise: 0.00 (0.00 to 0.67) of unchanged repeats flip" in told
    for made in (html(shown()), markdown(shown())):
        assert "0 of 1: " in made
        assert "Should fares be free?" in made


def test_findings_are_readable_at_80_columns(capsys, monkeypatch) -> None:
    """Every line fits, and a proposition is read from left to right, not from a column ten characters wide."""
    lines = on_terminal(capsys, monkeypatch).splitlines()
    assert max(map(len, lines)) <= 80
    assert sum("Should a city council be allowed to cap what landlords ask" in line for line in lines) == 6


def test_the_list_of_sessions_counts_what_is_open(capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    line = {"id": "r.1", "target": "m", "turns": 20, "most_turns": 20, "weak": 1, "undecided": 2, "ended": "turns"}
    tell_past([line, {**line, "undecided": 0}])
    told = capsys.readouterr().out
    assert told.count("(2 not decided)") == 1


def test_a_target_that_the_simulator_lacks_is_unknown() -> None:
    """Before anything is written: a run that was begun would leave an open session."""
    import yaml

    settings = settings_from(yaml.safe_load(presets()["simulated"]), {})
    for target in ("sim-foo", "sim-elm-9", "sim-judge-naive-elm", "sim-target-flop"):
        with pytest.raises(InputError, match=f"--target: unknown model '{target}'"):
            with_targets(settings, ProbeRequest(targets=(target,)))
    for target in ("sim-elm-1", "sim-target-flip-3"):
        assert target in {model.id for model in with_targets(settings, ProbeRequest(targets=(target,))).models}
