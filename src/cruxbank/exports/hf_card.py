"""The YAML at the top of a data set's card, by which the Hub finds, filters and loads it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from cruxbank.exports.card import Card

Feature = dict[str, Any]
"""A column as `datasets` writes it into YAML."""
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
KNOWN_LICENCES = frozenset(
    """
    apache-2.0 mit bsd-2-clause bsd-3-clause cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0
    cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0
    cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 gpl-3.0 lgpl-3.0 agpl-3.0 mpl-2.0 unlicense
    """.split()
)
OTHER_NAMES = {
    "odbl-1.0": "odbl",
    "odc-by-1.0": "odc-by",
    "pddl-1.0": "pddl",
    **{f"{name}-3.0-{end}": f"{name}-3.0" for name in ("gpl", "lgpl", "agpl") for end in ("only", "or-later")},
}
"""SPDX identifiers (lower case) that the Hub calls something else."""


def front_matter(card: Card, rows: int, files: Mapping[str, str], features: Sequence[Feature] = ()) -> str:
    """Between two lines of `---`; ends with an empty line.

    files: configuration -> pattern of its files, the default first; features: the columns' types, where the files do not
    say them themselves.
    """
    facts = _facts(card, rows) | {"configs": [_config(name, pattern) for name, pattern in files.items()]}
    if features:
        facts["dataset_info"] = {"features": list(features)}
    # PyYAML writes U+0085 as it is in a quoted text and reads it as a blank: what cannot be seen is escaped
    said = yaml.safe_dump(facts, sort_keys=False, allow_unicode=card.title.isprintable(), width=1000)
    return f"---\n{said}---\n\n"


def _facts(card: Card, rows: int) -> dict[str, Any]:
    languages = _languages(card)
    return {
        "pretty_name": card.title,
        **({"language": languages} if languages else {}),
        **_licence(card.licence),
        "multilinguality": ["multilingual" if len(languages) > 1 else "monolingual"],
        "size_categories": [next((name for bound, name in SIZES if rows < bound), "n>1M")],
        "task_categories": ["text-generation"],
        "annotations_creators": ["machine-generated"],
        "language_creators": ["machine-generated"],
        "source_datasets": ["original"],
        "tags": ["evaluation", "values", "cruxbank", *(["simulated"] if card.simulated else [])],
    }


def _config(name: str, pattern: str) -> dict[str, Any]:
    """Split `test`: nothing here is for training."""
    files = [{"split": "test", "path": pattern}]
    return {"config_name": name, "data_files": files, **({"default": True} if name == "default" else {})}


def _languages(card: Card) -> list[str]:
    """ISO 639 codes; the Hub takes no regions and scripts."""
    found = (language.split("-")[0].lower() for language in card.languages)
    return sorted({language for language in found if re.fullmatch("[a-z]{2,3}", language)})


def _licence(licence: str) -> dict[str, str]:
    """The Hub's own name for it, or `other` with a name and where it stands."""
    small = licence.lower()
    known = OTHER_NAMES.get(small, small)
    if not licence:
        return {"license": "unknown"}
    if known in KNOWN_LICENCES or known in OTHER_NAMES.values():
        return {"license": known}
    if "://" in licence:
        return {"license": "other", "license_name": "custom", "license_link": licence}
    return {"license": "other", "license_name": small, "license_link": f"https://spdx.org/licenses/{licence}.html"}


def line_features() -> tuple[Feature, ...]:
    """The columns of items.jsonl. `json` where names are keys, which differ from bank to bank and from line to line.

    Without them `datasets` guesses the types from the first 10 MB, and stops where a later line holds something new.
    """
    texts = (
        "id",
        "kind",
        "text",
        "language",
        "status",
        "exit",
        "origin",
        "value_system",
        "replaces",
        "canary",
        "schema",
    )
    loose = ("separation", "by_language", "framing", "counts", "verdicts", "provenance")
    return (
        *({"name": name, "dtype": "string"} for name in texts),
        *({"name": name, "list": _text_fields(*fields)} for name, fields in _LISTS.items()),
        {"name": "topic", "struct": _text_fields("id", "text", "domain", "region")},
        {"name": "fresh_wordings", "dtype": "int64"},
        {"name": "signed", "dtype": "bool"},
        {"name": "weight", "dtype": "float64"},
        *({"name": name, "dtype": "json"} for name in loose),
    )


_LISTS = {"options": ("text", "value"), "wordings": ("kind", "language", "text")}


def _text_fields(*names: str) -> list[Feature]:
    return [{"name": name, "dtype": "string"} for name in names]
