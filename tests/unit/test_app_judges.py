"""Who judges, from the settings: what is refused, what is warned about, and how the readers are put together."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from cruxbank.agents.cascade import Cascade
from cruxbank.agents.jury import Jury
from cruxbank.agents.llm_judge import LlmJudge
from cruxbank.agents.local_judge import LocalJudge
from cruxbank.agents.quoted import Masking
from cruxbank.agents.retrying import Retrying
from cruxbank.app.clients import used_models
from cruxbank.app.doctor import judge as judge_check
from cruxbank.app.estimate import estimate_run
from cruxbank.app.judge_identity import judge_name
from cruxbank.app.judges import build_judge
from cruxbank.app.roles import judge_prompts
from cruxbank.config.families import shared_families
from cruxbank.config.loading import settings_from
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.encoder import load_encoder
from cruxbank.errors import ConfigError
from cruxbank.graphs.stages import calls_per_answer, worst_case
from cruxbank.models.fake import ScriptedModel
from cruxbank.values.systems import load_system

JURORS = ["sim-quill-1", "sim-other-1", "local"]


def settings(judge: str, **judging: Any) -> Settings:
    data = yaml.safe_load(presets()["simulated"])
    data["models"].append({"id": "sim-other-1", "base_url": "sim://compass/v1", "family": "other"})
    data["agents"] |= {"judge": judge}
    return settings_from(data | {"judging": {"canaries": 0, **judging}})


@pytest.mark.parametrize(
    ("judge", "judging", "says"),
    [
        ("cascade", {}, r"judging\.cascade is missing"),
        ("cascade", {"cascade": "sim-quil-1"}, r"judging\.cascade: unknown model 'sim-quil-1'"),
        ("jury", {}, r"judging\.jury: 0 members, at least 3"),
        ("jury", {"jury": JURORS[:2]}, r"judging\.jury: 2 members"),
        ("jury", {"jury": [*JURORS, "local"]}, r"judging\.jury: 'local' occurs twice"),
        ("jury", {"jury": [*JURORS, "nobody"]}, r"judging\.jury: unknown model 'nobody'"),
        ("jury", {"jury": JURORS, "retry": "sim-other-1"}, r"judging\.retry: 'sim-other-1' has read the answer"),
        ("sim-quill-1", {"retry": "sim-quill-1"}, r"judging\.retry: 'sim-quill-1' has read"),
        ("local", {"retry": "nobody"}, r"judging\.retry: unknown model 'nobody'"),
    ],
)
def test_judges_that_cannot_be(judge: str, judging: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        settings(judge, **judging)


@pytest.mark.parametrize("word", ["local", "cascade", "jury"])
def test_no_model_is_called_by_a_word_of_ours(word: str) -> None:
    data = yaml.safe_load(presets()["simulated"])
    data["models"].append({"id": word, "base_url": "sim://compass/v1"})
    with pytest.raises(ConfigError, match=f"the id '{word}' is a word of agents"):
        settings_from(data)


@pytest.mark.parametrize(
    ("judge", "judging", "name", "kind", "signed"),
    [
        ("local", {}, "local", LocalJudge, False),
        ("sim-quill-1", {}, "sim-quill-1", LlmJudge, True),
        ("cascade", {"cascade": "sim-quill-1"}, "cascade(local, sim-quill-1)", Cascade, False),
        ("jury", {"jury": JURORS}, "jury(sim-quill-1, sim-other-1, local)", Jury, True),
        ("local", {"retry": "sim-quill-1"}, "local, else sim-quill-1", Retrying, False),
        (
            "sim-quill-1",
            {"retry": "sim-other-1", "mask_question": True},
            "sim-quill-1, else sim-other-1",
            Masking,
            True,
        ),
    ],
)
def test_readers_are_put_together(judge: str, judging: dict[str, Any], name: str, kind: type, signed: bool) -> None:
    chosen = settings(judge, **judging)
    built = build_judge(chosen, lambda model: ScriptedModel(lambda *_: "", model), load_encoder(), 0)
    assert isinstance(built, kind)
    assert (built.name, built.signed) == (name, signed) == (name, chosen.signed)
    assert judge_name(chosen, load_system(chosen.values)) == name


@pytest.mark.parametrize(
    ("judge", "judging", "each", "used"),
    [
        ("local", {}, 1, set()),
        ("sim-quill-1", {}, 2, {"sim-quill-1"}),
        ("cascade", {"cascade": "sim-quill-1"}, 2, {"sim-quill-1"}),
        ("jury", {"jury": JURORS}, 3, {"sim-quill-1", "sim-other-1"}),
        ("sim-quill-1", {"retry": "sim-other-1"}, 2, {"sim-quill-1", "sim-other-1"}),
    ],
)
def test_every_member_is_paid_for(judge: str, judging: dict[str, Any], each: int, used: set[str]) -> None:
    """One call an answer for each model of the judge, none for the local one; a retry only where it is needed."""
    chosen, alone = settings(judge, **judging), settings("local")
    assert calls_per_answer(chosen) == each
    answers = worst_case(alone)
    assert worst_case(chosen) == each * answers
    assert set(used_models(chosen)) - set(used_models(alone)) == used
    assert bool(judge_prompts(chosen)) is bool(used)
    assert estimate_run(chosen)["calls"] > 0


def test_a_scenario_has_a_prompt_of_its_own() -> None:
    chosen = settings("sim-quill-1").model_copy(update={"kinds": ("question", "scenario")})
    assert [ref.name for ref in judge_prompts(chosen)] == ["judge/values", "judge/actions"]


def test_voices_that_are_not_independent_are_named() -> None:
    assert shared_families(settings("jury", jury=JURORS)) == ()
    assert judge_check(settings("jury", jury=JURORS)).state == "ok"
    same = settings("jury", jury=["sim-quill-1", "sim-quill-2", "sim-aster-1"])
    twins, panel = shared_families(same)
    assert twins.startswith("'sim-quill-1' and 'sim-quill-2' share the family")
    assert panel.startswith("'sim-aster-1' is of the panel's family")
    found = judge_check(same)
    assert found.state == "warning"
    assert twins in found.seen
    assert shared_families(settings("sim-aster-1"))
    assert shared_families(settings("local", retry="sim-aster-2"))
