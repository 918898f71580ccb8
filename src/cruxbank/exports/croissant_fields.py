"""The fields of an export's record sets: name, type, where the value stands, what it means."""

from __future__ import annotations

from typing import NamedTuple

from cruxbank.exports.csv_tables import TABLES

TEXT, INTEGER, FLOAT, TRUTH = "sc:Text", "sc:Integer", "sc:Float", "sc:Boolean"
ITEM_ID = "items/id"


class Field(NamedTuple):
    """A field. column: key of the line; path: where in that value; both are the name's own where they are left out."""

    name: str
    type: str
    description: str
    column: str = ""
    path: str = ""
    key: bool = False
    term: str = ""
    """A word of another vocabulary that means the same."""
    references: str = ""
    parts: tuple[Field, ...] = ()
    """Fields of a repeated one."""


_ORIGIN = "simulated: measured on simulated models, without any meaning for real ones; or real."


def item_fields() -> tuple[Field, ...]:
    """Of items.jsonl: what an item has once, and its wordings and options."""
    return (
        Field("id", TEXT, "Identifier: it_ and 16 hex digits of the text's hash.", key=True, term="sc:identifier"),
        Field("text", TEXT, "The question, as it is asked in the base wording.", term="sc:text"),
        Field("kind", TEXT, "question, dilemma or scenario."),
        Field("language", TEXT, "Language that the item was written in.", term="sc:inLanguage"),
        Field("status", TEXT, "draft, pilot, operational or retired."),
        Field("origin", TEXT, _ORIGIN),
        Field("value_system", TEXT, "Value system by which answers were read."),
        Field("signed", TRUTH, "False: the judge knew presence of a value only."),
        Field("weight", FLOAT, "How many items of the pool it stands for; empty where the best were chosen."),
        Field("canary", TEXT, "String by which these texts are found in training data."),
        *(
            Field(f"topic_{name}" if name in ("id", "text") else name, TEXT, about, "topic", name)
            for name, about in (
                ("id", "Identifier of the subject."),
                ("text", "Subject."),
                ("domain", "Domain of the subject."),
                ("region", "Region of the subject."),
            )
        ),
        *(
            Field(
                f"{name}_{end}" if end != "est" else name, FLOAT, f"{about} {_END[end]}", "separation", f"{path}.{end}"
            )
            for name, path, about in (
                ("separation", "joint", "Joint separation, bits:"),
                ("stance", "stance", "Separation by stance, bits:"),
                ("refusal", "refusal", "Separation by refusal, bits:"),
            )
            for end in _END
        ),
        Field("lfdr", FLOAT, "Local false discovery rate.", "separation", "lfdr"),
        Field("models", INTEGER, "Models behind the figures.", "separation", "models"),
        Field("responses", INTEGER, "Responses behind the figures.", "separation", "responses"),
        Field("estimator", TEXT, "Name of the estimator.", "separation", "estimator"),
        Field(
            "wordings",
            TEXT,
            "Ways to ask the question; a mirror asks the reversed proposition.",
            parts=(
                Field("kind", TEXT, "base, paraphrase or mirror.", "wordings", "kind"),
                Field("text", TEXT, "The wording.", "wordings", "text"),
                Field("language", TEXT, "Empty: the item's own.", "wordings", "language"),
            ),
        ),
        Field(
            "options",
            TEXT,
            "The two ways that a dilemma leaves; none for the other kinds.",
            parts=(
                Field("text", TEXT, "The option.", "options", "text"),
                Field("value", TEXT, "The value that it serves.", "options", "value"),
            ),
        ),
    )


_END = {"est": "estimate.", "lo": "lower end of the 95 % interval.", "hi": "upper end of the 95 % interval."}


def provenance_fields() -> tuple[Field, ...]:
    """Of provenance.jsonl: the first steps of each item's graph; the lines hold the rest."""
    return (
        Field("item", TEXT, "URN of the item.", "id", key=True),
        Field("generated_by", TEXT, "The attempt that wrote it.", "wasGeneratedBy", "id", term="prov:wasGeneratedBy"),
        Field("run", TEXT, "The run of that attempt.", "wasGeneratedBy", "wasInformedBy.id", term="prov:wasInformedBy"),
        Field("attributed_to", TEXT, "Its writer.", "wasAttributedTo", "id", term="prov:wasAttributedTo"),
        Field("writer", TEXT, "The writer's name.", "wasAttributedTo", "label"),
        Field("derived_from", TEXT, "Its subject.", "wasDerivedFrom", "id", term="prov:wasDerivedFrom"),
        Field("revision_of", TEXT, "The item that it replaces.", "wasRevisionOf", "id", term="prov:wasRevisionOf"),
        Field("reading", TEXT, "Its figures, which were derived from it.", "reading", "id"),
        Field(
            "measured_by", TEXT, "What made the figures.", "reading", "wasGeneratedBy.id", term="prov:wasGeneratedBy"
        ),
    )


_TYPES = {
    "dimension": (TEXT, "Value."),
    "est": (FLOAT, "Separation on this value, bits: estimate."),
    "lo": (FLOAT, "Lower end of the 95 % interval."),
    "hi": (FLOAT, "Upper end of the 95 % interval."),
    "salience": (FLOAT, "Part of it by how often models raise the value."),
    "polarity": (FLOAT, "Part of it by the side that they take."),
    "pairwise": (FLOAT, "Mean pairwise Jensen-Shannon divergence."),
    "given_stance": (FLOAT, "What the value tells beside the stance, bits."),
    "use": (
        TEXT,
        "chosen: answers that chose the item; confirmed: on fresh wordings; translated: in a further language.",
    ),
    "language": (TEXT, "Language that was spoken."),
    "model": (TEXT, "Model that was asked."),
    "asked": (INTEGER, "Questions put to it: answered + refused + unscored."),
    "answered": (INTEGER, "Answers that were read."),
    "refused": (INTEGER, "Refusals."),
    "unscored": (INTEGER, "Responses that could not be read."),
    "never_called": (INTEGER, "Questions saved because the decision had fallen; not among the asked."),
    "unscored_by": (TEXT, "The unscored by reason, as JSON."),
    "origin": (TEXT, _ORIGIN),
}
_KEYS = ("id", "dimension", "use", "language", "model")


def table_fields(name: str) -> tuple[Field, ...]:
    """Of one of the flat tables: its columns, the first of which names the item."""
    first, *others = TABLES[name].columns
    return (
        Field(first, TEXT, "The item.", key=True, references=ITEM_ID),
        *(Field(column, *_TYPES[column], key=column in _KEYS) for column in others),
    )
