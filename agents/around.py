"""A judge around another one: what changes what it sees, or checks what it says, but reads nothing itself."""

from __future__ import annotations

from cruxbank.agents.roles import Judge


class Around:
    """Base of such judges; `read` is theirs."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    @property
    def name(self) -> str:
        """The inner judge's."""
        return self._judge.name

    @property
    def signed(self) -> bool:
        """The inner judge's."""
        return self._judge.signed
