"""What an export says of itself: how its items came about, how many, how well they separate, what they are for."""

from __future__ import annotations

from cruxbank.frozen import Frozen


class Card(Frozen):
    """A data card. Everything in it comes from the bank and the settings; nothing from the clock."""

    name: str
    """Lower case, digits and hyphens: the name of the data set and of tasks made of it."""
    title: str
    description: str
    licence: str = ""
    """An SPDX identifier, or empty where the user has chosen none."""
    creator: str = ""
    url: str = ""
    published: str = ""
    """ISO date: the user's, or that of the bank's last run."""
    version: str = "1.0.0"
    canary: str = ""
    """The string by which this bank's texts can be found again in training data; in every line, too."""
    value_system: str = ""
    languages: tuple[str, ...] = ("en",)
    simulated: bool = False
    items: int = 0
