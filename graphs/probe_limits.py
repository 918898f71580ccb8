"""When a session has to end before the strategy would: nothing comes back, the same comes back, or the judge is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from cruxbank.items import FailureReason, normalise
from cruxbank.sessions import Turn


def stalled(turns: Sequence[Turn], silence: int) -> str:
    """Why the last `silence` turns show that asking on is no use; empty where it may be."""
    last = turns[-silence:]
    if len(last) < silence:
        return ""
    in_a_row = f"for {silence} turns in a row"
    states = {turn.response.state for turn in last}
    if states == {"refused"}:
        return f"the target refused {in_a_row}"
    if "answered" not in states:
        return f"no answer could be read {in_a_row}{_why(turn.response.failure for turn in last)}"
    if all(turn.verdict.state == "unscored" for turn in last):
        return f"the judge could not read the answers {in_a_row}{_why(turn.verdict.failure for turn in last)}"
    return f"the target gave the same answer {in_a_row}" if _loops(last) else ""


def _why(failures: Iterable[FailureReason | None]) -> str:
    known = Counter(str(failure) for failure in failures if failure)
    return f", most often {known.most_common(1)[0][0]}" if known else ""


def _loops(turns: Sequence[Turn]) -> bool:
    """One and the same text to questions that differ, and to both directions of one or to several propositions."""
    said = {normalise(turn.response.text) for turn in turns}
    put = {turn.ask.text for turn in turns}
    about = {(turn.ask.proposition, turn.ask.sense) for turn in turns}
    return len(said) == 1 and len(put) > 2 and len(about) > 1
