"""`promptfoo`: a configuration that runs as it is, a test a question, and a prompt for chat models."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from cruxbank.exports.about import origin, row
from cruxbank.exports.card import Card
from cruxbank.exports.flow import flow
from cruxbank.exports.format import Bundle, Line
from cruxbank.exports.inert import inert, like_chat, unread, unread_config
from cruxbank.exports.labels import labels

CONFIG, ROWS, CHAT = "promptfooconfig.yaml", "items.jsonl", "chat.json"
MESSAGES = '[{"role": "user", "content": {{ input | dump }}}]\n'
"""Not valid JSON until it is rendered: promptfoo renders the values of a prompt that is none, and only then writes it."""


class Promptfoo:
    """`promptfoo eval` in the folder runs every question; the echo provider stands where the user's models go."""

    name: ClassVar[str] = "promptfoo"
    summary: ClassVar[str] = "promptfoo (npm): configuration and tests"

    def write(self, bundle: Bundle, folder: Path) -> None:
        """promptfooconfig.yaml, items.jsonl (a test a line) and chat.json (the prompt for chat models)."""
        alike = 0
        with (folder / ROWS).open("wb") as file:
            for line in bundle.lines:
                alike += like_chat(line["text"])
                file.write(row(_test(line)))
        (folder / CHAT).write_text(MESSAGES, encoding="utf-8", newline="\n")
        (folder / CONFIG).write_text(_config(bundle.card, len(bundle.lines), alike), encoding="utf-8", newline="\n")


def _test(line: Line) -> dict[str, Any]:
    told = {key: unread(value) if isinstance(value, str) else value for key, value in labels(line).items()}
    return {
        "description": unread(f"{line['id']}: {line['topic']['text']}"),
        "vars": {"id": inert(line["id"]), "input": inert(line["text"])},
        "metadata": told,
    }


def _config(card: Card, items: int, alike: int) -> str:
    tags = {"dataset": card.name, "version": card.version, "licence": card.licence, "canary": card.canary}
    tags |= {"origin": origin(card)}
    return CONFIGURATION.format(
        description=_value(f"{card.name}: {items} questions"),
        tags="\n".join(f"  {name}: {_value(said)}" for name, said in tags.items() if said),
        alike=alike,
        items=items,
    )


def _value(text: str) -> str:
    return flow(unread_config(text))


CONFIGURATION = """\
# promptfoo eval           runs all questions; promptfoo view shows the answers
# Texts in items.jsonl are templates: promptfoo renders them back to what the bank holds.
description: {description}
tags:
{tags}
prompts:
  # A chat model's provider takes a text that looks like JSON for a list of messages: {alike} of {items} do.
  # For chat models, then, and to add a system prompt, put this in its place:  file://chat.json
  - "{{{{input}}}}"
providers:
  # Gives back what it is asked. Put your models here: https://www.promptfoo.dev/docs/providers/
  - echo
tests: file://items.jsonl
sharing: false
"""
