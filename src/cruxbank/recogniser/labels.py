"""What the recogniser can name: 20 categories and ten values, in the order of their columns."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import yaml
from numpy.typing import NDArray

VALUES = (
    "self-direction",
    "stimulation",
    "hedonism",
    "achievement",
    "power",
    "security",
    "conformity",
    "tradition",
    "benevolence",
    "universalism",
)
"""The ids of schwartz-10 in its order."""


@dataclass(frozen=True)
class Labels:
    """Names of the columns, and which category speaks for which value."""

    categories: tuple[str, ...]
    values: tuple[str, ...]
    of_value: NDArray[np.bool_]
    """(categories, values)"""

    def to_values(self, categories: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Labels of categories (n, 20) to labels of values (n, 10): present where any of its categories is."""
        found: NDArray[np.bool_] = categories.astype(np.int64) @ self.of_value.astype(np.int64) > 0
        return found


def load_labels() -> Labels:
    """The shipped table `categories.yaml`."""
    rows = yaml.safe_load(files("cruxbank.recogniser").joinpath("categories.yaml").read_text(encoding="utf-8"))
    table = np.array([[row["value"] == value for value in VALUES] for row in rows])
    return Labels(tuple(row["category"] for row in rows), VALUES, table)
