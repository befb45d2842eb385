"""Ring identities from night to night."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfraud.rings.identity import events, match, name_rings, new_id, overlap


def ring(text: str, confirmed: str = "") -> dict[str, int]:
    return {a: 3 if a in confirmed else 1 for a in text}


def test_overlap_counts_confirmed_members_three_times() -> None:
    assert overlap(ring("abcd"), ring("abef")) == pytest.approx(2 / 6)
    assert overlap(ring("abcd", "a"), ring("abef", "a")) == pytest.approx(4 / 8)


def test_new_names_depend_on_members_only() -> None:
    assert new_id(["b", "a"]) == new_id(["a", "b"]) != new_id(["a", "c"])


def test_the_largest_overlap_keeps_the_name() -> None:
    before = {"R-1": ring("abcdef")}
    names, overlaps = name_rings({"x": ring("abcd"), "y": ring("efgh")}, before, 0.2)
    assert names["x"] == "R-1"
    assert names["y"] == new_id(list("efgh"))
    assert overlaps == {"x": pytest.approx(4 / 6)}


def test_below_the_threshold_nothing_is_carried_over() -> None:
    names, overlaps = name_rings({"x": ring("abwxyz")}, {"R-1": ring("abcdef")}, 0.3)
    assert names["x"] != "R-1"
    assert overlaps == {}


sets = st.lists(st.sets(st.sampled_from("abcdefgh"), min_size=1), min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(sets, sets)
def test_matching_is_the_best_of_all_one_to_one_matchings(tonight: list[set[str]], before: list[set[str]]) -> None:
    new = {f"n{i}": ring("".join(sorted(s))) for i, s in enumerate(tonight)}
    old = {f"o{i}": ring("".join(sorted(s))) for i, s in enumerate(before)}
    found = match(new, old, 0.3)
    assert len({o for o, _ in found.values()}) == len(found)

    def value(n: str, o: str) -> float:
        v = overlap(new[n], old[o])
        return v if v >= 0.3 else 0.0

    padded = [*old, *(f"none{i}" for i in range(len(new)))]
    best = max(
        sum(value(n, o) for n, o in zip(new, chosen, strict=True) if o in old)
        for chosen in itertools.permutations(padded, len(new))
    )
    assert sum(v for _, v in found.values()) == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize(
    ("tonight", "before", "expected"),
    [
        ({"R-1": "abcd"}, {"R-1": "abcd"}, [("R-1", "same", "R-1")]),
        ({"R-1": "abcde"}, {"R-1": "abcd"}, [("R-1", "grown", "R-1")]),
        ({"R-1": "abcdef"}, {"R-1": "abcd", "R-2": "ef"}, [("R-1", "merged", "R-2")]),
        ({"R-1": "abcd", "R-9": "efg"}, {"R-1": "abcdefg"}, [("R-1", "same", "R-1"), ("R-9", "split", "R-1")]),
        ({}, {"R-1": "abcd"}, [("R-1", "dormant", "R-1")]),
        ({"R-5": "xyz"}, {}, [("R-5", "born", "")]),
    ],
)
def test_what_happened(tonight: dict, before: dict, expected: list) -> None:
    named = {r: ring(m) for r, m in tonight.items()}
    old = {r: ring(m) for r, m in before.items()}
    kept = {r: overlap(named[r], old[r]) for r in named if r in old}
    assert [(e.ring_id, e.event, e.previous_ring_id) for e in events(named, kept, old, {})] == expected


def test_dormant_and_revived() -> None:
    same = {"R-1": ring("abc")}
    asleep = events(same, {"R-1": 1.0}, same, {"R-1": (False, True)})
    awake = events(same, {"R-1": 1.0}, same, {"R-1": (True, False)})
    assert [asleep[0].event, awake[0].event] == ["dormant", "revived"]
