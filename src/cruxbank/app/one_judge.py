"""A bank has one judge: bits, rates and thresholds of two of them do not compare (decision 0021)."""

from __future__ import annotations

from cruxbank.accuracy import JudgeIdentity
from cruxbank.app.judge_identity import identify_judge, judge_name
from cruxbank.config.settings import Settings
from cruxbank.errors import BankMismatch
from cruxbank.items import Provenance
from cruxbank.memory.record import Record
from cruxbank.values.systems import ValueSystem


def check_one_judge(settings: Settings, system: ValueSystem, record: Record) -> None:
    """Whatever was read in this bank, the configured judge read. Drafts that nobody answered belong to no judge.

    Raises:
        BankMismatch: names both judges and the ways out.
    """
    judge, name = identify_judge(settings, system), judge_name(settings, system)
    read = [item.provenance for item in record.items(order="seq") if item.verdicts]
    others = [one for one in read if not _same(one, judge, name)]
    if not others:
        return
    theirs = ", ".join(dict.fromkeys(one.judge for one in others))
    what = f"by {theirs}, the configuration's judge is {name}"
    if theirs == name:
        what = f"by {name} with another model, address, parameter, prompt, recogniser or definition"
    message = f"bank {settings.bank}: {len(others)} of {len(read)} measured items were read {what}"
    where = settings.bank / "runs" / others[0].run / "config.yaml"
    hint = f"set the judge back to that of {where}, or use another bank folder: figures of two judges do not compare"
    raise BankMismatch(message, hint=hint)


def _same(item: Provenance, judge: JudgeIdentity, name: str) -> bool:
    """By the digest; items that were made before it was kept tell their judge's name only, and whether it knew sides."""
    if item.judge_digest:
        return item.judge_digest == judge.digest
    return (item.judge, item.signed) == (name, judge.signed)
