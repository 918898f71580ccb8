"""Conversations of a session: which turns the target is shown again, and in which words.

A target sees its own branch only. What it said goes back to it cut to a size that a megabyte cannot pass.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from cruxbank.agents.fence import plain
from cruxbank.agents.probing import Exchange
from cruxbank.agents.respondent import FORMS
from cruxbank.items import ItemKind, Message, Response, recode
from cruxbank.prompts.loader import Prompt
from cruxbank.sessions import Turn

KEPT = 1_500
"""Characters of an earlier answer; three key points of 30 words have about 700."""
POINT = 300
"""Characters of a key point where an answer is told again in short."""
NOTHING = "(no answer)"
"""Stands for an answer without text: endpoints refuse empty messages."""


def branch(turns: Sequence[Turn], after: int | None) -> tuple[Turn, ...]:
    """The turns of the conversation that ends with turn `after`, oldest first. Other branches are not in it."""
    known = {turn.number: turn for turn in turns}
    found: list[Turn] = []
    while after is not None and after in known:
        found.append(known.pop(after))  # a turn that continues itself would never end
        after = found[-1].ask.after
    return tuple(reversed(found))


def history_of(turns: Sequence[Turn], after: int | None) -> tuple[Exchange, ...]:
    """The same conversation as the target is shown it."""
    return tuple(exchange(turn) for turn in branch(turns, after))


def exchange(turn: Turn) -> Exchange:
    """A turn as a question and its answer."""
    ask, response = turn.ask, turn.response
    return Exchange(
        text=ask.text,
        answer=told_again(response, ask.sense),
        kind=ask.kind,
        sense=ask.sense,
        place=ask.place,
        language=ask.language,
        stance=response.stance,
        key_points=response.key_points,
        pair=ask.pair,
    )


def told_again(response: Response, sense: str) -> str:
    """The raw answer where it is short; else what was read of it, in the form that was asked for."""
    text = plain(response.text)
    if len(text) > KEPT:
        text = _in_short(response, sense) if response.state == "answered" else f"{text[:KEPT]} ..."
    return text or NOTHING


def messages(history: Sequence[Exchange], forms: Mapping[ItemKind, Prompt]) -> tuple[Message, ...]:
    """User and assistant messages of a conversation; `forms`: the respondent's prompts by kind."""
    found: list[Message] = []
    for one in history:
        asked = forms[one.kind].render(**{FORMS[one.kind].variable: one.text}).messages[-1]
        found += [asked, Message(role="assistant", content=one.answer)]
    return tuple(found)


def _in_short(response: Response, sense: str) -> str:
    form = FORMS[response.kind]
    stance = recode(response.stance or "neutral", "mirror" if sense == "mirror" else "base")
    word = next(word for word, meant in form.words.items() if meant == stance)
    points = [point[:POINT] for point in response.key_points]
    return json.dumps({form.stance: word, form.points: points}, ensure_ascii=False)
