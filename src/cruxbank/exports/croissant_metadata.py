"""croissant.json: files with their hashes, typed record sets, who made them and how (Croissant 1.0, RAI, PROV-O)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from cruxbank.exports.card import Card
from cruxbank.exports.croissant_fields import Field, item_fields, provenance_fields, table_fields
from cruxbank.exports.provenance import shared

Node = dict[str, Any]
VERSION = "http://mlcommons.org/croissant/1.0"
RAI = "http://mlcommons.org/croissant/RAI/1.0"
ITEMS, PROVENANCE = "items", "provenance"
TABLED = ("dimensions", "models")
"""Tables of `csv_tables` that an item has many rows in; the items' own figures and wordings stand in `items`."""
JSON_LINES = "application/jsonlines"
CONTEXT: Node = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    **{name: f"cr:{name}" for name in ("citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty")},
    **{
        name: f"cr:{name}"
        for name in ("fileObject", "fileSet", "format", "includes", "isLiveDataset", "jsonPath", "key")
    },
    **{name: f"cr:{name}" for name in ("md5", "parentField", "path", "recordSet", "references", "regex", "repeated")},
    **{name: f"cr:{name}" for name in ("replace", "samplingRate", "separator", "source", "subField", "transform")},
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
}
"""The context of the standard, and `prov`."""
ABOUT = {
    ITEMS: "Every item whole: one cruxbank.item/1 object a line.",
    PROVENANCE: "Where each item comes from: one JSON-LD object a line, in the words of PROV-O.",
    "dimensions": "Separation of each item on each value, in bits.",
    "models": "Denominators: what became of each item's questions to each model.",
}


class Written(NamedTuple):
    """A file of the export. name: without `.jsonl`; size: bytes."""

    name: str
    sha256: str
    size: int


def metadata(card: Card, files: Sequence[Written]) -> Node:
    """The whole description. The card has licence, creator and url."""
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": [VERSION, RAI],
        "name": card.name,
        "alternateName": card.title,
        "description": card.description,
        "license": licence(card.licence),
        "url": card.url,
        "creator": {"@type": "Organization", "name": card.creator},
        "datePublished": card.published,
        "version": card.version,
        "citeAs": card.citation
        or f"{card.creator}: {card.title}. Version {card.version}, {card.published}. {card.url}",
        "keywords": list(_keywords(card)),
        "inLanguage": list(card.languages),
        "isLiveDataset": False,
        **_responsible(card),
        "prov:wasGeneratedBy": shared(card),
        "distribution": [_file(file) for file in files],
        "recordSet": [_record_set(file.name) for file in files],
    }


def _keywords(card: Card) -> Iterator[str]:
    yield from ("language models", "values", "evaluation")
    if card.value_system:
        yield card.value_system
    if card.simulated:
        yield "simulated"


def licence(name: str) -> str:
    """The address of an SPDX licence; an address, and a licence of one's own (LicenseRef-...), as they are."""
    return name if "://" in name or name.startswith("LicenseRef-") else f"https://spdx.org/licenses/{name}.html"


def _responsible(card: Card) -> Node:
    """The card in the terms of the RAI vocabulary; empty ones are left out."""
    maker = card.maker
    judges = list(maker.judges) if maker else []
    written = f"Items written by {', '.join(maker.generators)}; answers by the models listed." if maker else ""
    told: Node = {
        "rai:dataCollection": written,
        "rai:dataCollectionType": "Software Collection",
        "rai:machineAnnotationTools": judges,
        "rai:dataLimitations": list(card.limits),
        "rai:dataUseCases": list(card.uses),
        "rai:dataSocialImpact": " ".join(card.misuses),
        "rai:dataBiases": [],
        "rai:personalSensitiveInformation": [],
    }
    return {name: value for name, value in told.items() if value}


def _file(file: Written) -> Node:
    return {
        "@type": "cr:FileObject",
        "@id": f"{file.name}.jsonl",
        "name": f"{file.name}.jsonl",
        "description": ABOUT[file.name],
        "contentUrl": f"{file.name}.jsonl",
        "contentSize": f"{file.size} B",
        "encodingFormat": JSON_LINES,
        "sha256": file.sha256,
    }


def _record_set(name: str) -> Node:
    fixed = {ITEMS: item_fields, PROVENANCE: provenance_fields}
    fields = fixed[name]() if name in fixed else table_fields(name)
    keys = [field for field in fields if field.key]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": ABOUT[name],
        "key": [{"@id": f"{name}/{field.name}"} for field in keys],
        "field": [_field(name, field) for field in fields],
    }


def _field(record_set: str, field: Field) -> Node:
    name = f"{record_set}/{field.name}"
    found: Node = {"@type": "cr:Field", "@id": name, "name": field.name, "description": field.description}
    if field.parts:
        return found | {
            "repeated": True,
            "subField": [_field(name, part) | _source(record_set, part) for part in field.parts],
        }
    if field.term:
        found["equivalentProperty"] = field.term
    if field.references:
        found["references"] = {"field": {"@id": field.references}}
    return found | {"dataType": field.type} | _source(record_set, field)


def _source(record_set: str, field: Field) -> Node:
    source: Node = {"fileObject": {"@id": f"{record_set}.jsonl"}, "extract": {"column": field.column or field.name}}
    if field.path:
        source["transform"] = {"jsonPath": field.path}
    return {"source": source}
