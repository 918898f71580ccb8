"""The moves of probing sessions: prompt files of the package and of a person's own folder, read and checked.

How to write one: docs/moves.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from cruxbank.errors import PromptError
from cruxbank.items import ItemKind, PromptRef
from cruxbank.prompts.loader import MoveHeader, Prompt, Value, load, parse
from cruxbank.sessions import Effect

SHIPPED: Mapping[str, int] = {
    "again": 1,
    "authority": 1,
    "counter-argument": 1,
    "majority": 1,
    "opposing-consideration": 1,
    "other-language": 1,
    "pair": 1,
    "paraphrase": 1,
    "persona": 1,
    "plain": 1,
    "raised-stakes": 1,
    "reversed-framing": 1,
    "role-reversal": 1,
}
"""Moves of the package with the version that is played: a new one changes what is measured and is chosen here."""
INPUTS: Mapping[str, str] = {
    "wording": "the wording that is put",
    "kind": "question or dilemma",
    "language": "language of the wording",
    "opens": "whether it opens a conversation",
    "held": "the answer that is held",
    "opposite": "the answer that is not held",
    "condition": "the answer that is held, as a condition",
    "cost": "a consideration with its quantity",
    "argument": "a clause that speaks against the answer held",
    "source": "who speaks with authority",
    "share": "per cent of people",
    "persona": "who asks",
    "subject": "the subject, a noun phrase",
    "first": "what option A gives priority to",
    "second": "what option B gives priority to",
}
"""Every variable that a move may declare."""
_NEEDS: Mapping[Effect, tuple[str, ...]] = {
    "same": ("wording",),
    "reversed": ("wording",),
    "graded": ("cost",),
    "pressure": (),
    "pair": ("first", "second"),
}
_LONGEST = 20_000


@dataclass(frozen=True)
class Move:
    """One move. `own`: it comes from a person's folder."""

    prompt: Prompt
    own: bool = False

    @property
    def header(self) -> MoveHeader:
        """Its front matter."""
        return cast(MoveHeader, self.prompt.header)

    @property
    def name(self) -> str:
        """What an ask names it by."""
        return self.header.name

    @property
    def effect(self) -> Effect:
        """What it does to a proposition."""
        return self.header.effect

    @property
    def ref(self) -> PromptRef:
        """Name, version and SHA-256 of its file."""
        return self.prompt.ref

    @property
    def inputs(self) -> frozenset[str]:
        """The variables that it declares."""
        return frozenset(self.header.inputs)

    @property
    def follows(self) -> bool:
        """Whether it has to continue a conversation: pressure presses on an answer, and so does what puts no wording."""
        return self.effect == "pressure" or not self.inputs & {"wording", "first"}

    def fits(self, kind: ItemKind, language: str) -> bool:
        """Whether it has words for this kind of item and this language."""
        return kind in self.header.kinds and (not self.header.languages or base_of(language) in self.header.languages)

    def text(self, values: Mapping[str, Value]) -> str:
        """The move's words on one line; values are inserted and never rendered.

        Raises:
            PromptError: a declared variable is missing, or the template fails.
        """
        rendered = self.prompt.render(**{name: values[name] for name in self.inputs if name in values})
        return " ".join(rendered.messages[-1].content.split())


class MoveBook:
    """The moves of a session by name."""

    def __init__(self, moves: Iterable[Move]) -> None:
        self._moves = {move.name: move for move in sorted(moves, key=lambda move: (move.own, move.name))}

    @classmethod
    def shipped(cls) -> MoveBook:
        """The package's own."""
        return cls(_shipped())

    @classmethod
    def with_folder(cls, folder: Path) -> MoveBook:
        """The package's and those of a folder of files `<name>.v<version>.md`; of several versions the highest.

        Raises:
            PromptError: no such folder, no move in it, a file that is none, or a name of the package.
        """
        if not folder.is_dir():
            raise PromptError(f"probe.moves: no folder '{folder}'", hint="give the folder that holds your moves")
        own = _own(folder)
        if not own:
            raise PromptError(f"probe.moves: no move in '{folder}'", hint="a move is a file such as silence.v1.md")
        return cls((*_shipped(), *own))

    @property
    def moves(self) -> tuple[Move, ...]:
        """All of them by name, the package's first: the first graded one is the scale of flip points."""
        return tuple(self._moves.values())

    def __contains__(self, name: object) -> bool:
        return name in self._moves

    def __getitem__(self, name: str) -> Move:
        """The move of this name.

        Raises:
            PromptError: there is none.
        """
        if name not in self._moves:
            raise PromptError(f"move '{name}': no such move", hint=f"one of {', '.join(self._moves)}")
        return self._moves[name]


def base_of(language: str) -> str:
    """`de` of `de-AT`."""
    return language.casefold().split("-")[0].split("_")[0]


def checked(prompt: Prompt, own: bool = False) -> Move:
    """A move from its parsed file.

    Raises:
        PromptError: it is no move, declares a variable that no composer fills, or lacks one that its effect needs.
    """
    header = prompt.header
    if not isinstance(header, MoveHeader):
        raise PromptError(f"prompt {prompt.label}: role: '{header.role}'", hint="the role of a move is 'move'")
    if len(prompt.sections) != 1:
        raise PromptError(f"prompt {prompt.label}: {len(prompt.sections)} sections", hint="a move is one '## user'")
    for name in sorted(header.inputs.keys() - INPUTS.keys()):
        raise PromptError(f"prompt {prompt.label}: inputs: '{name}'", hint=f"one of {', '.join(INPUTS)}")
    for name in _NEEDS[header.effect]:
        if name not in header.inputs:
            hint = f"an effect '{header.effect}' puts {name}: {INPUTS[name]}"
            raise PromptError(f"prompt {prompt.label}: inputs: no '{name}'", hint=hint)
    return Move(prompt, own)


@cache
def _shipped() -> tuple[Move, ...]:
    return tuple(checked(load("move", name, version=version)) for name, version in SHIPPED.items())


def _own(folder: Path) -> list[Move]:
    newest: dict[str, Move] = {}
    for file in sorted(folder.glob("*.md")):
        move = _read(file)
        if move.name in SHIPPED:
            hint = "give yours another name: a session has to say which one it played"
            raise PromptError(f"prompt {file.name}: name: '{move.name}' is a shipped move", hint=hint)
        if move.name not in newest or newest[move.name].ref.version < move.ref.version:
            newest[move.name] = move
    return list(newest.values())


def _read(file: Path) -> Move:
    if file.stat().st_size > _LONGEST:
        raise PromptError(f"prompt {file.name}: more than {_LONGEST:,} bytes", hint="a move is a few sentences")
    move = checked(parse(file.read_bytes(), file.name), own=True)
    stated = f"{move.name}.v{move.ref.version}.md"
    if stated != file.name:
        raise PromptError(f"prompt {file.name}: its front matter says {stated}", hint="make name and file agree")
    return move
