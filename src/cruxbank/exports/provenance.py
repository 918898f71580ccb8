"""Where items come from, in the words of PROV-O: one JSON-LD object an item, and the runs that they share.

    item  wasGeneratedBy  writing (a slot of a run), which used a topic, and with which writer and critic were associated
    reading  wasDerivedFrom  item, wasGeneratedBy  measuring, with which judge and models were associated

Names are URNs (`urn:cruxbank:item:it_...`), so that lines of different files speak of the same things wherever they lie.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from cruxbank.config.settings import LOCAL
from cruxbank.exports.card import Card, RunFacts
from cruxbank.exports.format import Line
from cruxbank.items import PromptRef
from cruxbank.vocabulary import IMPORTER

PROV = "http://www.w3.org/ns/prov#"
XSD_TIME = "http://www.w3.org/2001/XMLSchema#dateTime"
CONTEXT: dict[str, Any] = {
    "@vocab": PROV,
    "id": "@id",
    "type": "@type",
    "label": "http://www.w3.org/2000/01/rdf-schema#label",
    "reading": {"@reverse": f"{PROV}wasDerivedFrom"},
    "canary": "urn:cruxbank:word:canary",
}
"""Everything that is no word of PROV-O is named here: `reading` is what was derived from an item."""
PERSON = "person"
"""The writer of what somebody edited in a review: the only one that is no software."""
Node = dict[str, Any]


@lru_cache(maxsize=4096)
def urn(kind: str, *parts: str) -> str:
    """A name without blanks and with every other sign in its parts escaped.

    >>> urn("agent", "openai/gpt 5")
    'urn:cruxbank:agent:openai%2Fgpt%205'
    """
    return ":".join(("urn:cruxbank", kind, *(quote(part, safe="") or "-" for part in parts)))


def entity(line: Line) -> Node:
    """One item: who wrote it, in which run, from which topic and by which prompts; and who answered and read it.

    Equal keys in every object: a reader that makes columns of them finds all. What there is not is null, which says nothing.
    """
    made = line["provenance"]
    item, topic = urn("item", line["id"]), line["topic"]
    earlier = line.get("replaces")
    return {
        "@context": CONTEXT,
        "id": item,
        "type": "Entity",
        "wasDerivedFrom": _named("Entity", urn("topic", topic["id"]), topic["text"]),
        "wasAttributedTo": agent(parts(made["generator"])[0], "generator"),
        "wasGeneratedBy": _writing(made, topic),
        "wasRevisionOf": {"id": urn("item", earlier), "type": "Entity"} if earlier else None,
        "reading": _reading(line, made) if line["separation"] else None,
        "canary": line.get("canary", ""),
    }


def _writing(made: Mapping[str, Any], topic: Mapping[str, Any]) -> Node:
    """The slot of a run, or the turn of a session, that ended with the item."""
    started = urn("run", made["run"])
    session = {"wasStartedBy": {"id": urn("session", made["session"]), "type": "Entity"}} if made["session"] else {}
    return {
        "id": f"{started}:slot:{made['slot']}",
        "type": "Activity",
        "wasInformedBy": {"id": started, "type": "Activity"},
        "used": [{"id": urn("topic", topic["id"])}, *({"id": prompt_urn(ref)} for ref in made["prompts"])],
        "qualifiedAssociation": [*_roles("generator", made["generator"]), *_roles("critic", made["critic"])],
        **session,
    }


def _reading(line: Line, made: Mapping[str, Any]) -> Node:
    """The figures of an item: measured from the models' answers, as a judge read them."""
    name = line["id"]
    return {
        "id": urn("reading", name),
        "type": "Entity",
        "wasGeneratedBy": {
            "id": urn("measuring", name),
            "type": "Activity",
            "wasInformedBy": {"id": urn("run", made["run"])},
            "used": [{"id": urn("item", name)}, {"id": urn("values", line["value_system"])}],
            "wasAssociatedWith": [{"id": urn("agent", model)} for model in sorted(line["counts"])],
            "qualifiedAssociation": list(_roles("judge", made["judge"])),
        },
    }


def _roles(role: str, name: str) -> Iterator[Node]:
    for part in parts(name) if name else ():
        yield {"type": "Association", "agent": agent(part, role), "hadRole": {"id": urn("role", role), "type": "Role"}}


def parts(name: str) -> tuple[str, ...]:
    """Who shared a role: the local rules and a model after them, a file and the model that wrote what it lacked.

    >>> parts("local+gpt-5"), parts("command-r+")
    (('local', 'gpt-5'), ('command-r+',))
    """
    first = next((own for own in (LOCAL, IMPORTER) if name.startswith(f"{own}+")), None)
    return (first, name.removeprefix(f"{first}+")) if first else (name,)


def agent(name: str, role: str) -> Node:
    """A model; a person, of whom nothing else is known; or one of our own programs, which are several under one name."""
    if name == LOCAL:
        return _named("SoftwareAgent", urn("agent", LOCAL, role), f"{LOCAL} {role}")
    return _named("Person" if name == PERSON else "SoftwareAgent", urn("agent", name), name)


def _named(kind: str, name: str, label: str) -> Node:
    return {"id": name, "type": kind, "label": label}


def prompt_urn(ref: Mapping[str, Any] | PromptRef) -> str:
    """A prompt file in one version, with one content."""
    found = ref.model_dump() if isinstance(ref, PromptRef) else ref
    return urn("prompt", found["name"], str(found["version"]), found["sha256"])


def shared(card: Card) -> list[Node]:
    """What the items' objects refer to, said once for all: runs with their days and models, prompts, the value system.

    Terms with the prefix `prov:`, for a document whose own vocabulary is another.
    """
    prompts = card.maker.prompts if card.maker else ()
    plans = [_prefixed(["Entity", "Plan"], prompt_urn(ref), f"{ref.name}, version {ref.version}") for ref in prompts]
    system = [_prefixed(["Entity"], urn("values", card.value_system), card.value_system)] if card.value_system else []
    return [*(_run(card, run, prompts) for run in card.runs), *plans, *system]


def _run(card: Card, run: RunFacts, prompts: Sequence[PromptRef]) -> Node:
    asked = [_prefixed(["SoftwareAgent"], urn("agent", model.id), model.id) for model in card.models]
    times = {"startedAtTime": run.started, "endedAtTime": run.ended}
    used = [*(prompt_urn(ref) for ref in prompts), *([urn("values", card.value_system)] if card.value_system else [])]
    return {
        **_prefixed(["Activity"], urn("run", run.id), f"{run.kind} {run.id}"),
        **{f"prov:{name}": {"@value": at, "@type": XSD_TIME} for name, at in times.items() if at},
        "prov:wasAssociatedWith": asked,
        "prov:used": [{"@id": name} for name in used],
    }


def _prefixed(kinds: Sequence[str], name: str, label: str) -> Node:
    return {"@id": name, "@type": [f"prov:{kind}" for kind in kinds], "name": label}
