"""The hold-back draw: exact, kept, blind to what an item says."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from cruxbank.app.holding import Past, split

IDS = [f"it_{number:016x}" for number in range(400)]
keys = st.lists(st.sampled_from(IDS), unique=True, max_size=60)


@settings(max_examples=80, deadline=None)
@given(keys, st.floats(0, 0.99), st.sets(st.sampled_from(IDS), max_size=30), st.sets(st.sampled_from(IDS), max_size=30))
def test_parts_and_promises(ids: list[str], share: float, held: set[str], published: set[str]) -> None:
    published -= held
    found = split(ids, share, "c", Past(held, published))
    assert sorted((*found.published, *found.held)) == sorted(ids)
    assert set(found.held) >= set(ids) & held, "once held, always held"
    assert not set(found.held) & published, "what is out cannot be taken back"
    wanted, free = round(share * len(ids) + 1e-12), set(ids) - held - published
    assert abs(found.wanted - wanted) <= 1
    missing = max(found.wanted - len(set(ids) & held), 0)
    assert len(found.held) == len(set(ids) & held) + min(missing, len(free))
    again = split(list(reversed(ids)), share, "c", Past(found.held, found.published))
    assert (again.published, again.held) == (found.published, found.held), "the same export, the same parts"


def test_the_draw_is_exact_and_another_bank_draws_others() -> None:
    one, other = split(IDS, 0.2, "one"), split(IDS, 0.2, "other")
    assert len(one.held) == len(other.held) == 80
    assert 5 < len(set(one.held) & set(other.held)) < 32, "16 by chance"
    assert set(split(IDS, 0.3, "one").held) > set(one.held), "a larger share adds to the smaller"
    assert split(IDS, 0.0, "one").held == ()


@settings(max_examples=80, deadline=None)
@given(
    keys, st.floats(0, 0.99), st.dictionaries(st.sampled_from(IDS), st.integers(0, 5)), st.sets(st.sampled_from(IDS))
)
def test_a_group_is_never_parted(ids: list[str], share: float, groups: dict[str, int], published: set[str]) -> None:
    units = {key: f"group {number}" for key, number in groups.items()}
    whole = {key for key in ids if units.get(key, key) in {units.get(one, one) for one in published}}
    found = split(ids, share, "c", Past(published=whole, units=units))
    sides = {(units.get(key, key), key in found.held) for key in ids}
    assert len(sides) == len({unit for unit, _ in sides})
    assert not set(found.held) & whole
    largest = max((sum(units.get(key) == name for key in ids) for name in units.values()), default=1)
    assert len(found.held) < found.wanted + max(largest, 1)


@settings(max_examples=60, deadline=None)
@given(keys.filter(lambda ids: len(ids) > 3), st.floats(0.2, 0.8))
def test_a_draw_is_fair_unless_something_went_out_without_one(ids: list[str], share: float) -> None:
    first = split(ids, share, "c")
    assert first.fair
    assert split(ids, share, "c", Past(first.held, first.published)).fair, "the same again"
    out = set(ids[:2])
    assert not split(ids, share, "c", Past(published=out, certain=out)).fair, "even where the hash would spare them"
    late = split(ids, share, "c", Past(held=set(ids) - set(first.held)))
    assert late.fair == (set(late.held) == set(ids))
