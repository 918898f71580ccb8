"""The hold-back draw: exact, kept, blind to what an item says."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from cruxbank.app.holding import split

IDS = [f"it_{number:016x}" for number in range(400)]
keys = st.lists(st.sampled_from(IDS), unique=True, max_size=60)


@settings(max_examples=80, deadline=None)
@given(keys, st.floats(0, 0.99), st.sets(st.sampled_from(IDS), max_size=30), st.sets(st.sampled_from(IDS), max_size=30))
def test_parts_and_promises(ids: list[str], share: float, held: set[str], published: set[str]) -> None:
    published -= held
    found = split(ids, share, "c", held, published)
    assert sorted((*found.published, *found.held)) == sorted(ids)
    assert set(found.held) >= set(ids) & held, "once held, always held"
    assert not set(found.held) & published, "what is out cannot be taken back"
    wanted, free = round(share * len(ids) + 1e-12), set(ids) - held - published
    assert abs(found.wanted - wanted) <= 1
    missing = max(found.wanted - len(set(ids) & held), 0)
    assert len(found.held) == len(set(ids) & held) + min(missing, len(free))
    again = split(list(reversed(ids)), share, "c", found.held, found.published)
    assert (again.published, again.held) == (found.published, found.held), "the same export, the same parts"


def test_the_draw_is_exact_and_another_bank_draws_others() -> None:
    one, other = split(IDS, 0.2, "one", ()), split(IDS, 0.2, "other", ())
    assert len(one.held) == len(other.held) == 80
    assert 5 < len(set(one.held) & set(other.held)) < 32, "16 by chance"
    assert set(split(IDS, 0.3, "one", ()).held) > set(one.held), "a larger share adds to the smaller"
    assert split(IDS, 0.0, "one", ()).held == ()
