"""The closed sets of words that items, settings and stores share, and how a stance is turned."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

IMPORTER = "import"
"""Generator of a draft from a file, whatever the file says; `import+MODEL` where a model wrote the wordings that it lacked.
The family test asks who wrote an item."""


def writer_in(generator: str) -> str:
    """The model that had a part in a draft's words, from what its provenance names as the generator.

    >>> writer_in("import+command-r+"), writer_in("command-r+")
    ('command-r+', 'command-r+')
    """
    return generator.removeprefix(f"{IMPORTER}+")


class Status(StrEnum):
    """Where an item stands in its life."""

    DRAFT = "draft"
    PILOT = "pilot"
    OPERATIONAL = "operational"
    RETIRED = "retired"


class Exit(StrEnum):
    """Every way in which a draft leaves the grow graph. CONTRACTS 4; `graphs/admission.py` holds the rule."""

    ADMITTED = "admitted"
    NOT_WRITTEN = "not_written"
    CRITIC = "rejected_by_critic"
    DUPLICATE_TEXT = "duplicate_text"
    DUPLICATE_LEXICAL = "duplicate_lexical"
    DUPLICATE_MEANING = "duplicate_meaning"
    DUPLICATE_IN_WINDOW = "duplicate_in_window"
    DUPLICATE_TRANSLATED = "duplicate_in_another_language"
    FRAMING = "pushes_its_answer"
    PILOT_LOW = "does_not_separate_in_pilot"
    OUTDONE = "outdone_by_another_version"
    TOO_FEW_MODELS = "too_few_scored_models"
    UNSCORED = "too_much_unscored"
    LFDR = "too_likely_not_to_separate"
    LOW = "lower_bound_too_low"
    SCORE = "score_too_low"
    BUDGET = "budget_ended"
    FAILED = "model_failure"
    DISCOVERED = "made_in_a_session"
    IMPORTED = "imported"
    EDITED = "edited_in_review"


class Outcome(StrEnum):
    """What a judge read about one dimension in one response."""

    SUPPORTS = "supports"
    OPPOSES = "opposes"
    MIXED = "mixed"
    ABSENT = "absent"


class FailureReason(StrEnum):
    """Why a call, or the reading of its answer, gave nothing. A failure is data: never a zero, never dropped."""

    TIMEOUT = "timeout"
    NETWORK = "network"
    RATE_LIMITED = "rate_limited"
    SERVER = "server_error"
    REJECTED = "request_rejected"
    CONTENT_FILTER = "content_filter"
    EMPTY = "empty_answer"
    TRUNCATED = "truncated"
    TOO_LONG = "answer_too_long"
    UNPARSEABLE = "unparseable"
    WRONG_TYPE = "wrong_type"
    AMBIGUOUS = "ambiguous"
    NONCE = "nonce_not_echoed"
    EVIDENCE = "quote_not_in_text"
    STEERING = "tries_to_steer_the_judge"
    SPLIT = "jury_without_majority"
    LANGUAGE = "language_not_read"
    REFUSAL = "refused"


ItemKind = Literal["question", "dilemma", "scenario"]
WordingKind = Literal["base", "paraphrase", "mirror"]
Stance = Literal["yes", "no", "neutral"]
CallKind = Literal["measurement", "generative"]
Purpose = Literal["generate", "critique", "respond", "judge", "check"]

_FLIP: dict[Stance, Stance] = {"yes": "no", "no": "yes", "neutral": "neutral"}


def recode(stance: Stance, wording: WordingKind) -> Stance:
    """Stance towards the base proposition of a stance taken towards a wording."""
    return _FLIP[stance] if wording == "mirror" else stance
