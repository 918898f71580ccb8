"""Which judge is which, and that a bank keeps to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import yaml

from cruxbank.accuracy import JudgeIdentity
from cruxbank.app.judge_identity import identify_judge, identify_writer, judge_name, local_reader
from cruxbank.app.one_judge import check_one_judge
from cruxbank.app.remeasure_plan import check_readers
from cruxbank.app.remeasure_scope import Request
from cruxbank.config.loading import settings_from
from cruxbank.config.settings import Settings
from cruxbank.config.shipped import presets
from cruxbank.errors import BankMismatch, ConfigError
from cruxbank.items import Exit, Item, Topic
from cruxbank.memory.record import Record
from cruxbank.values.systems import load_system
from tests.report_bank import empty, item, reading, slot

SYSTEM = load_system("schwartz-10")
Q1, Q2, Q3, Q4 = (f"sim-quill-{number}" for number in (1, 2, 3, 4))
TOPIC = Topic(text="rent control")


def settings(
    judge: str, spec: Mapping[str, Any] | None = None, kinds: tuple[str, ...] = (), **judging: Any
) -> Settings:
    """The simulated preset with another judge; `spec` changes what stands behind sim-quill-1."""
    data = yaml.safe_load(presets()["simulated"])
    data["models"] = [m | (spec or {}) if m["id"] == Q1 else m for m in data["models"]]
    data["agents"] |= {"judge": judge}
    return settings_from(data | {"judging": judging, "kinds": list(kinds) or ["question"]})


def judge(name: str, spec: Mapping[str, Any] | None = None, **more: Any) -> JudgeIdentity:
    return identify_judge(settings(name, spec, **more), SYSTEM)


def test_every_other_setting_is_another_judge() -> None:
    known = [
        judge("jury", jury=[Q1, Q2, Q3]),
        judge("jury", jury=["local", Q1, Q2, Q3]),
        judge("jury", jury=[Q1, Q2, Q3], retry=Q4),
        judge("jury", jury=[Q1, Q2, Q3, Q4]),
        judge("cascade", cascade=Q1, unsure=0.0),
        judge("cascade", cascade=Q1, unsure=1.0),
        judge("local"),
        judge("local", retry=Q1),
        judge(Q1),
        judge(Q1, retry=Q2),
        judge(Q1, mask_question=True),
        judge(Q1, {"model": "sim-quill-4"}),
        judge(Q1, {"base_url": "http://127.0.0.1:9/v1", "model": "sim-quill-1"}),
        judge(Q1, {"params": {"temperature": 1.0}}),
        judge(Q1, {"structured": "text"}),
    ]
    assert len({one.digest for one in known}) == len(known)
    assert all(known.count(one) == 1 for one in known)


def test_what_changes_no_reading_is_no_other_judge() -> None:
    first = judge(Q1)
    assert first == judge(Q1, {"price": {"in": 1.0, "out": 2.0}, "api_key_env": "KEY", "account": "mine"})
    assert first == judge(Q1, kinds=("question", "scenario")), "kinds change what is read, not who reads"
    assert first == judge(Q1, canaries=0.3)
    assert {p.name for p in first.prompts} == {"judge/values", "judge/actions"}
    assert judge("local").prompts == ()
    assert JudgeIdentity.model_validate_json(first.model_dump_json()) == first


def test_a_repointed_writer_is_another_writer() -> None:
    plain = identify_writer(settings("local"), Q1)
    assert plain == identify_writer(settings(Q2), Q1)
    assert plain != identify_writer(settings("local", {"model": "sim-quill-4"}), Q1)
    assert plain != identify_writer(settings("local", kinds=("dilemma",)), Q1)


def read_by(chosen: Settings, text: str, place: int, *, digest: bool = True) -> Item:
    """An item that the configured judge read; without a digest, as it was made before that was kept."""
    origin = {
        "judge": judge_name(chosen, SYSTEM),
        "signed": chosen.signed,
        "judge_digest": identify_judge(chosen, SYSTEM).digest if digest else "",
        "local_reader": local_reader(chosen, SYSTEM),
    }
    made = item(text, Exit.ADMITTED, TOPIC, slot=place)
    verdicts = {"sim-aster-1": {"power": (2, 0, 0, 0)}}
    return made.model_copy(update={"verdicts": verdicts, "provenance": made.provenance.model_copy(update=origin)})


def bank(*items: Item, models: Sequence[str] = ("sim-aster-1",)) -> Record:
    record = empty().record
    record.add_topics([TOPIC])
    for place, one in enumerate(items):
        given = [reading(one.text, model, wording, "yes", {}) for model in models for wording in (0, 1)]
        assert record.commit_slot(slot(place, TOPIC, [(one, given)]))
    return record


def test_a_bank_of_this_judge_or_of_nobody_goes_on() -> None:
    chosen = settings("cascade", cascade=Q1)
    unread = item("Should rents be capped?", Exit.CRITIC, TOPIC, slot=1)
    for record in (bank(), bank(unread), bank(read_by(chosen, "One?", 0), read_by(chosen, "Two?", 1, digest=False))):
        check_one_judge(chosen, SYSTEM, record)
        record.close()


@pytest.mark.parametrize("digest", [True, False])
def test_a_bank_of_another_judge_is_refused_with_a_way_out(digest: bool) -> None:
    record = bank(read_by(settings("cascade", cascade=Q1), "One?", 0, digest=digest), read_by(settings(Q3), "Two?", 1))
    with pytest.raises(BankMismatch) as caught:
        check_one_judge(settings(Q3), SYSTEM, record)
    record.close()
    assert "1 of 2 measured items were read by cascade(local, sim-quill-1)" in str(caught.value)
    assert "the configuration's judge is sim-quill-3" in str(caught.value)
    assert "runs/0001-aaaaaaaa/config.yaml" in caught.value.hint
    assert "another bank folder" in caught.value.hint


def test_the_same_name_with_another_model_behind_it_is_refused() -> None:
    record = bank(read_by(settings(Q1), "One?", 0))
    with pytest.raises(BankMismatch, match="by sim-quill-1 with another model, address, parameter, prompt"):
        check_one_judge(settings(Q1, {"model": "sim-quill-4"}), SYSTEM, record)
    record.close()


def test_remeasuring_asks_no_model_of_the_judges_own_family() -> None:
    """The judge's family is not in the scoring panel: the models that are asked bring it in."""
    chosen = settings("jury", jury=[Q3, Q4, "local"])
    record = bank(read_by(chosen, "One?", 0), models=chosen.panels.scoring)
    check_readers(chosen, Request(models=("sim-aster-4",)), SYSTEM, record)
    with pytest.raises(ConfigError, match="the judge 'sim-quill-3' is of the measured models' family 'quill'"):
        check_readers(chosen, Request(models=(Q2, Q3)), SYSTEM, record)
    allowed = chosen.model_copy(update={"judging": chosen.judging.model_copy(update={"allow_own_family": True})})
    check_readers(allowed, Request(models=(Q2, Q3)), SYSTEM, record)
    record.close()
