"""Value systems: the shipped ones, the rules of the file, options and views, and that a mistake is named."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, strategies as st

from cruxbank.errors import ValueSystemError
from cruxbank.values.rules import problems
from cruxbank.values.schema import MOST_DIMENSIONS, ValueSystem
from cruxbank.values.systems import digest, is_file, load_system, load_whole, shipped
from cruxbank.values.views import levels, options, parse

OWN: dict[str, Any] = {
    "version": 1,
    "id": "own",
    "name": "My own",
    "source": "Written for a test.",
    "groups": [
        {"id": "near", "name": "Near", "level": "reach", "definition": "What is close.", "cue": "Home first."},
        {"id": "far", "name": "Far", "level": "reach", "definition": "What is distant.", "cue": "Look abroad."},
    ],
    "circular": ["home", "street", "world"],
    "dimensions": [
        {"id": "home", "name": "Home", "group": "near", "definition": "One's house.", "cue": "There is no place like it."},
        {"id": "street", "name": "Street", "group": "near", "definition": "Next door.", "cue": "Greet your neighbour."},
        {"id": "world", "name": "World", "group": "far", "definition": "All people.", "cue": "Everyone counts."},
    ],
}  # fmt: skip


def saved(folder: Path, data: Any) -> str:
    file = folder / "own.yaml"
    file.write_text(data if isinstance(data, str) else yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return str(file)


def changed(path: str, value: Any) -> dict[str, Any]:
    data = copy.deepcopy(OWN)
    *way, last = [int(p) if p.isdigit() else p for p in path.split(".")]
    at: Any = data
    for part in way:
        at = at[part]
    at[last] = value
    return data


# Shipped


def test_five_systems_are_shipped_with_their_sizes() -> None:
    sizes = {name: len(load_system(name).ids) for name in shipped()}
    assert sizes == {"llm-unique": 6, "moral-foundations": 5, "safety": 16, "schwartz-10": 10, "schwartz-19": 19}


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_system_is_whole(name: str) -> None:
    system = load_system(name)
    assert system.id == name
    assert all(d.group in {g.id for g in system.groups} for d in system.dimensions)
    assert not list(problems(load_whole(name)))
    definitions = [d.definition for d in system.dimensions] + [d.cue for d in system.dimensions]
    assert len(set(definitions)) == len(definitions)
    assert all(len(text.split()) <= 30 for text in definitions)


def test_schwartz_10_is_read_as_ever() -> None:
    """Its digest: what judges were told before this schema; another one is another instrument."""
    assert digest(load_system("schwartz-10")) == "652204c37379f04a"


def test_tradition_and_conformity_share_a_wedge() -> None:
    angles = load_system("schwartz-10").angles
    assert angles["tradition"] == angles["conformity"] == 120
    assert sorted(set(angles.values())) == [40.0 * k for k in range(9)]
    assert angles["universalism"] == 40
    assert angles["power"] - angles["self-direction"] == 200


def test_the_nineteen_lie_on_the_circle_as_the_ten_do() -> None:
    ten, nineteen = load_system("schwartz-10"), load_system("schwartz-19")
    basic = [name if name in ten.ids else nineteen.chain(name)[0] for wedge in nineteen.wedges for name in wedge]
    first_seen = [name for name in dict.fromkeys(basic) if name in ten.ids]
    wedges = [name for wedge in ten.wedges for name in reversed(wedge)]  # conformity, then tradition: one wedge
    assert first_seen == wedges
    assert basic[0] == basic[-1] == "self-direction"


def test_safety_has_six_domains_of_tasks() -> None:
    system, domains = load_system("safety"), load_system("safety@domains")
    assert {system.chain(i)[0] for i in system.ids} == set(domains.ids)
    assert len(domains.ids) == 6
    assert "safe pole" in system.polarity


# Options and views


def test_liberty_is_an_option() -> None:
    plain, more = load_system("moral-foundations"), load_system("moral-foundations+liberty")
    assert more.ids == (*plain.ids, "liberty")
    assert more.id == "moral-foundations+liberty"
    assert digest(plain) != digest(more)
    assert options(load_whole("moral-foundations")) == ("liberty",)


def test_groups_can_be_read_in_the_place_of_values() -> None:
    view = load_system("schwartz-10@higher-order")
    assert view.ids == ("openness", "self-enhancement", "conservation", "self-transcendence")
    assert view.circular == ("openness", "self-transcendence", "conservation", "self-enhancement")
    assert dict(zip(view.ids, (d.opposite for d in view.dimensions), strict=True))["openness"] == ("conservation",)
    assert levels(load_whole("schwartz-10")) == ("higher-order",)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("schwartz-11", "no value system 'schwartz-11'"),
        ("moral-foundations+freedom", "has no option 'freedom'"),
        ("schwartz-10@domains", "has no view 'domains'"),
        ("moral-foundations+liberty@clusters", "do not go together"),
        ("nowhere.yaml", "no value system 'nowhere.yaml'"),
        ("", "no value system ''"),
        ("../schwartz-10", "no value system"),
    ],
)
def test_a_name_that_means_nothing_is_refused(name: str, says: str) -> None:
    with pytest.raises(ValueSystemError, match=says.replace("+", r"\+")) as caught:
        load_system(name)
    assert caught.value.hint


def test_a_file_takes_suffixes_too(tmp_path: Path) -> None:
    data = changed("dimensions.2.optional", True)
    data |= {"circular": []}
    file = saved(tmp_path, data)
    assert load_system(file).ids == ("home", "street")
    assert load_system(f"{file}+world").ids == ("home", "street", "world")
    assert load_system(f"{file}@reach").ids == ("near", "far")
    assert is_file(f"{file}+world")
    assert not is_file("moral-foundations+liberty")


@given(st.text(max_size=40))
def test_any_name_is_taken_apart_without_loss(name: str) -> None:
    found = parse(name)
    again = found.base + "".join(f"+{o}" for o in found.options) + (f"@{found.view}" if found.view else "")
    assert again == name


# The rules


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    system = load_system(saved(tmp_path, OWN))
    assert system.ids == ("home", "street", "world")
    assert system.angles == {"home": 0, "street": 120, "world": 240}
    assert (system.chain("home"), system.group_name("near")) == (("near",), "Near")


@pytest.mark.parametrize("name", ["schwartz-10", "safety"])
def test_the_id_of_a_shipped_system_is_not_for_other_dimensions(tmp_path: Path, name: str) -> None:
    file = saved(tmp_path, OWN | {"id": name})
    for asked in (file, f"{file}@reach"):
        with pytest.raises(ValueSystemError, match=f"id: '{name}' comes with the package") as caught:
            load_system(asked)
        assert "an id of its own" in caught.value.hint
    copied = load_whole(name).model_dump(mode="json")
    assert load_system(saved(tmp_path, copied)) == load_system(name)
    copied["dimensions"][0]["definition"] = "The taste of strawberries."
    with pytest.raises(ValueSystemError, match="comes with the package"):
        load_system(saved(tmp_path, copied))
    assert load_system(saved(tmp_path, copied | {"id": "my-own"})).id == "my-own"


def test_groups_need_no_list(tmp_path: Path) -> None:
    data = changed("dimensions.0.group", "house") | {"groups": []}
    system = load_system(saved(tmp_path, data))
    assert (system.chain("home"), system.group_name("house")) == (("house",), "house")


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("version", 2, "version: Input should be 1 (found 2)"),
        ("id", "My System", "id: "),
        ("id", "own+more", "id: 'own+more' is not an id"),
        ("colour", "red", "unknown field 'colour'"),
        ("circuler", ["home"], "unknown field 'circuler': did you mean 'circular'?"),
        ("dimensions", OWN["dimensions"][:1], "dimensions: "),
        ("dimensions", OWN["dimensions"] * 2, "dimensions: id 'home' occurs twice"),
        ("dimensions", "home", "dimensions: "),
        ("dimensions.0.cues", "x", "unknown field 'dimensions.home.cues': did you mean 'cue'?"),
        ("dimensions.0.id", "Home", "dimensions.Home.id: not an id"),
        ("dimensions.0.id", "../home", "not an id"),
        ("dimensions.0.id", True, "dimensions.0.id: Input should be a valid string (found True)"),
        ("dimensions.0.id", "h" * 41, "not an id"),
        ("dimensions.0.definition", "", "dimensions.home.definition: is empty"),
        ("dimensions.0.definition", "  \n ", "dimensions.home.definition: is empty"),
        ("dimensions.0.definition", "a" * 401, "dimensions.home.definition: "),
        ("dimensions.0.definition", "A house.\u202e", "control or invisible character"),
        ("dimensions.0.cue", "no full stop", "dimensions.home.cue: is not a sentence"),
        ("dimensions.0.cue", "One. Two.", "dimensions.home.cue: has more than one sentence"),
        ("dimensions.0.cue", "一。二。", "dimensions.home.cue: has more than one sentence"),
        ("dimensions.0.name", "Street", "dimensions.home.name: 'street' also means 'street'"),
        ("dimensions.1.name", "HOME", "dimensions.street.name: 'home' also means 'home'"),
        ("dimensions.0.opposite", ["wrold"], "dimensions.home.opposite: no id 'wrold'"),
        ("dimensions.0.opposite", ["home"], "'home' is its own opposite"),
        ("dimensions.0.opposite", ["world"], "'world' does not name 'home' back"),
        ("dimensions.0.group", "middle", "dimensions.home.group: no group 'middle'"),
        ("groups.0.parent", "wide", "groups.near.parent: no group 'wide'"),
        ("groups.0.parent", "near", "groups.near.parent: 'near' leads back to 'near'"),
        ("groups.0.cue", None, "groups.near.cue: is missing"),
        ("circular", ["home", "street"], "circular: 2 wedges make no circle"),
        ("circular", ["home", "street", "world", "home"], "circular: 'home' stands in it twice"),
        ("circular", ["home", "street", "world", "sky"], "circular: no dimension 'sky'"),
        ("circular", [["home"], ["street"], []], "circular: 'world' has no place in it"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_field_and_value(tmp_path: Path, path: str, value: Any, says: str) -> None:
    file = saved(tmp_path, changed(path, value))
    with pytest.raises(ValueSystemError) as caught:
        load_system(file)
    assert str(caught.value).startswith(f"value system {file}: ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no fields"),
        ("- a list", "holds no fields"),
        ("id: [", "line 1"),
        ("id: a\nid: b\n", "line 2: 'id' stands here twice"),
        ("? [a, b]\n: 1\n", ""),
        ("!!python/object/apply:os.system ['echo']", "not valid YAML"),
        ("id: a\x00b", "not valid YAML"),
        ("[" * 1500, "not valid YAML"),
        ("name: 2026-13-45\n", ""),
        ("x" * 200_001, "at most 200000"),
    ],
)
def test_a_file_that_is_no_system_is_refused_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ValueSystemError) as caught:
        load_system(saved(tmp_path, text))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueSystemError, match="cannot be read"):
        load_system(str(file))


def test_sixty_dimensions_are_the_most(tmp_path: Path) -> None:
    def system(n: int) -> dict[str, Any]:
        one = {"definition": "A thing.", "cue": "It is so."}
        many = [{"id": f"d{k}", "name": f"D{k}", **one} for k in range(n)]
        return OWN | {"groups": [], "circular": [], "dimensions": many}

    assert len(load_system(saved(tmp_path, system(MOST_DIMENSIONS))).ids) == 60
    with pytest.raises(ValueSystemError, match="dimensions"):
        load_system(saved(tmp_path, system(MOST_DIMENSIONS + 1)))


def test_cues_of_other_scripts_are_sentences(tmp_path: Path) -> None:
    for cue in ("每个人都算数。", "Chacun compte !", "كل إنسان مهم؟", "हर कोई मायने रखता है।", 'He said "no."'):
        assert load_system(saved(tmp_path, changed("dimensions.0.cue", cue))).dimensions[0].cue == cue


def test_the_digest_is_of_what_readers_see(tmp_path: Path) -> None:
    first = digest(load_system(saved(tmp_path, OWN)))
    same = changed("dimensions.0.group", "far") | {"source": "Elsewhere.", "circular": []}
    assert digest(load_system(saved(tmp_path, same))) == first
    assert digest(load_system(saved(tmp_path, changed("dimensions.0.definition", "Shelter.")))) != first


def test_a_system_is_hashable_and_frozen() -> None:
    system = load_system("schwartz-10")
    assert {system: 1}[load_system("schwartz-10")] == 1
    assert isinstance(system, ValueSystem)
