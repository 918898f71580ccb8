"""What a run refuses before anything is written or paid."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from cruxbank.app.checks import check_budget, check_languages, check_worlds
from cruxbank.config.loading import settings_from
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.errors import ConfigError

PRICED = {"price": {"in": 1.0, "out": 2.0}}


def settings(*, model: dict[str, Any] | None = None, **sections: Any) -> Settings:
    data = yaml.safe_load(presets()["simulated"])
    data["models"] = [{**m, **(model or {})} for m in data["models"]]
    data |= sections
    return settings_from(data)


@pytest.mark.parametrize(
    ("budget", "says"),
    [
        ({"calls": 20}, "budget.calls: 20 does not pay for one slot"),
        ({"tokens": 1000}, "budget.tokens: 1000 does not pay for one slot"),
    ],
)
def test_a_budget_below_one_slot(budget: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        check_budget(settings(budget=budget))


def test_a_dollar_budget_below_one_slot() -> None:
    with pytest.raises(ConfigError, match=r"budget\.usd: 0\.01 does not pay"):
        check_budget(settings(model=PRICED, budget={"usd": 0.01}))
    check_budget(settings(model=PRICED, budget={"usd": 5}))


def test_a_dollar_budget_that_could_never_end() -> None:
    with pytest.raises(ConfigError, match="no model costs anything"):
        check_budget(settings(budget={"usd": 5}))
    check_budget(settings(budget={"usd": 5, "calls": 5000}))


def test_a_real_model_without_a_price_is_refused_with_a_dollar_budget() -> None:
    far = {"base_url": "https://models.example/v1", "model": "m"}
    with pytest.raises(ConfigError, match=r"models\.sim-aster-1\.price is not set"):
        check_budget(settings(model=far, budget={"usd": 5, "calls": 5000}))
    near = {"base_url": "http://localhost:11434/v1", "model": "m"}
    check_budget(settings(model=near, budget={"usd": 5, "calls": 5000}))


def test_languages_that_somebody_cannot_read() -> None:
    with pytest.raises(ConfigError, match=r"agents\.generator: local knows English only"):
        check_languages(settings(languages=["de"]))
    llm = {"generator": "sim-quill-1", "judge": "sim-quill-3"}
    with pytest.raises(ConfigError, match="shipped topics are English"):
        check_languages(settings(languages=["de"], agents=llm))
    check_languages(settings(languages=["de"], agents=llm, topics={"file": "themen.txt"}))


def test_several_languages() -> None:
    llm = {"generator": "sim-quill-1", "judge": "sim-quill-3"}
    check_languages(settings(languages=["en", "de", "zh"], agents=llm))
    with pytest.raises(ConfigError, match=r"'zh', but agents\.judge: local knows English only"):
        check_languages(settings(languages=["en", "zh"], agents=llm | {"judge": "local"}))
    with pytest.raises(ConfigError, match="'german' is no language code"):
        check_languages(settings(languages=["en", "german"], agents=llm))
    with pytest.raises(ConfigError, match="'en-GB' is there twice"):
        check_languages(settings(languages=["en", "en-GB"], agents=llm))
    few = {"wordings": 2, "scoring_responses": 2, "pilot_responses": 2}
    with pytest.raises(ConfigError, match=r"grow\.wordings: 2, but 3 are put into each further language"):
        check_languages(settings(languages=["en", "de"], agents=llm, grow=few))
    check_languages(settings(languages=["en", "de"], agents=llm, grow=few | {"language_responses": 0}))


def test_a_local_judge_among_others_reads_no_other_language() -> None:
    """It would leave German to the models: another instrument per language, and what differs is called DIF."""
    llm = {"generator": "sim-quill-1", "judge": "cascade"}
    cascade = settings(languages=["en", "de"], agents=llm, judging={"cascade": "sim-quill-3"})
    with pytest.raises(ConfigError, match=r"'de', but in agents\.judge: cascade the local judge reads"):
        check_languages(cascade)
    check_languages(cascade.model_copy(update={"languages": ("en",)}))
    members = ["sim-quill-3", "sim-quill-4", "sim-aster-1"]
    jury = settings(languages=["en", "de"], agents=llm | {"judge": "jury"}, judging={"jury": members})
    check_languages(jury)
    mixed = settings(languages=["en", "de"], agents=llm | {"judge": "jury"}, judging={"jury": [*members[:2], "local"]})
    with pytest.raises(ConfigError, match=r"in agents\.judge: jury the local judge reads"):
        check_languages(mixed)


@pytest.mark.parametrize("url", ["sim://nowhere/v1", "sim://panel/v1"])
def test_a_simulated_world_that_does_not_exist(url: str) -> None:
    with pytest.raises(ConfigError, match="is unknown"):
        check_worlds(settings(model={"base_url": url}))


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ({"base_url": "localhost:8000/v1"}, "not an address"),
        ({"base_url": "http://127.0.0.1:99999/v1"}, "not an address"),
        ({"base_url": "http://me:s3cret@host/v1"}, "keys do not belong into an address"),
        ({"base_url": "https://host/v1?key=s3cret"}, "keys do not belong into an address"),
        ({"params": {"api_key": "s3cret"}}, "'api_key' looks like a secret"),
        ({"params": {"seed": 1}}, "'seed' is set by Cruxbank itself"),
    ],
)
def test_addresses_and_parameters_are_checked_at_load_and_secrets_never_shown(model: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        settings(model=model)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("role", ["judge", "generator", "critic"])
def test_a_simulated_agent_makes_a_run_simulated(role: str) -> None:
    data = yaml.safe_load(presets()["simulated"])
    for model in data["models"]:
        if model["family"] != "quill":
            model |= {"base_url": "http://localhost:1/v1", "model": "real"}
    assert settings_from(data).simulated is False
    data["agents"] = {role: "sim-quill-1"}
    assert settings_from(data).simulated is True
