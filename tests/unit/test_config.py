"""crux.yaml: presets load, every mistake is one line that names the field and the way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from cruxbank.config.loading import config_hash, load_settings
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.errors import ConfigError


@pytest.fixture
def simulated() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(presets()["simulated"])
    return loaded


def write(folder: Path, data: Any) -> Path:
    path = folder / "crux.yaml"
    path.write_text(data if isinstance(data, str) else yaml.safe_dump(data), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", sorted(presets()))
def test_every_preset_loads(tmp_path: Path, name: str) -> None:
    settings = load_settings(write(tmp_path, presets()[name]))
    assert len(settings.panels.pilot) >= 8
    assert settings.simulated is (name == "simulated")


def test_real_presets_keep_out_of_the_simulated_bank(tmp_path: Path) -> None:
    """One folder for both would mix figures that mean something with figures that do not."""
    folders = {name: load_settings(write(tmp_path, text)).bank.name for name, text in presets().items()}
    assert folders["simulated"] == "bank"
    assert len(set(folders.values())) == len(folders)


def test_the_mixed_preset_measures_what_carries_over(tmp_path: Path) -> None:
    panels = load_settings(write(tmp_path, presets()["openrouter"])).panels
    assert len(panels.holdout) >= 2  # a separation needs two models


def test_the_simulated_panels_share_no_family_with_the_holdout(tmp_path: Path, simulated: dict[str, Any]) -> None:
    settings = load_settings(write(tmp_path, simulated))
    assert (len(settings.panels.pilot), len(settings.panels.scoring), len(settings.panels.holdout)) == (8, 12, 8)
    families = {settings.model(m).family for m in settings.panels.scoring}
    assert len(families) == 4
    assert not families & {settings.model(m).family for m in settings.panels.holdout}


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("grow", "windw"), 8, "unknown field 'grow.windw': did you mean 'window'?"),
        (("agnets",), {}, "unknown field 'agnets': did you mean 'agents'?"),
        (("seed",), -1, "seed: Input should be greater than or equal to 0 (found -1)"),
        (("budget",), {"calls": 0}, "budget.calls: Input should be greater than 0 (found 0)"),
        (("budget",), {"usd": -2.0}, "budget.usd: Input should be greater than 0 (found -2.0)"),
        (("budget",), {}, "a run needs an end"),
        (("agents", "judge"), "sim-quil-1", "agents.judge: unknown model 'sim-quil-1': did you mean 'sim-quill-1'?"),
        (("panels", "pilot"), ["sim-aster-1"] * 8, "panels.pilot: 1 models, at least 8 are needed"),
        (("panels", "holdout"), ["sim-aster-4"], "'sim-aster-4' shares model or family with panels.scoring"),
        (("grow", "scoring_responses"), 7, "scoring_responses must not pass wordings"),
    ],
)
def test_a_mistake_is_one_line(
    tmp_path: Path, simulated: dict[str, Any], path: tuple[str, ...], value: Any, says: str
) -> None:
    target = simulated
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    file = write(tmp_path, simulated)
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    assert says in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_broken_yaml_names_the_place(tmp_path: Path) -> None:
    file = write(tmp_path, "seed: 1\nlanguages: [en\nmodels: 2\n")
    with pytest.raises(ConfigError, match=r"not valid YAML: line 3, column 7"):
        load_settings(file)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="crux init"):
        load_settings(tmp_path / "none.yaml")


def test_flags_win_over_the_file_and_the_file_over_the_environment(
    tmp_path: Path, simulated: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated["seed"] = 5
    del simulated["limits"]
    monkeypatch.setenv("CRUX_SEED", "9")
    monkeypatch.setenv("CRUX_LIMITS__RETRIES", "2")
    file = write(tmp_path, simulated)
    assert load_settings(file).seed == 5
    assert load_settings(file, {"seed": 3}).seed == 3
    assert load_settings(file).limits.retries == 2


def test_only_what_changes_results_changes_the_hash(tmp_path: Path, simulated: dict[str, Any]) -> None:
    base = load_settings(write(tmp_path, simulated))
    free = {"budget": {"calls": 50}, "limits": {"in_flight": 3}, "bank": "elsewhere"}
    assert config_hash(base) == config_hash(load_settings(write(tmp_path, simulated), free))
    assert config_hash(base) != config_hash(load_settings(write(tmp_path, simulated), {"seed": 1}))
    assert config_hash(base) != config_hash(base, topics_digest="other topics")


def test_every_field_is_described() -> None:
    def walk(model: Any, path: str) -> list[str]:
        missing = []
        for name, info in model.model_fields.items():
            if not info.description:
                missing.append(f"{path}{name}")
            kind = info.annotation
            inner = getattr(kind, "__args__", (kind,))[0]
            if hasattr(inner, "model_fields"):
                missing += walk(inner, f"{path}{name}.")
        return missing

    assert walk(Settings, "") == []
