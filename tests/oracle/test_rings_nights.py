"""Rings over several nights: what last night adds to the evidence, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from snapshot_kit import World, snapshot

from graphfraud.core.findings import findings_hash
from graphfraud.core.pairs import Pairs, collect
from graphfraud.core.previous import Previous
from graphfraud.rings import find_rings
from graphfraud.rings.communities import leiden, vertices_of
from graphfraud.rings.identity import events, name_rings, new_id
from graphfraud.rings.inertia import LastNight
from graphfraud.rings.levels import Stay
from graphfraud.rings.partitions import Search
from graphfraud.settings import Settings

DAY_H = 24.0


def last(ring: list[int], bonus: float) -> LastNight:
    n = len(ring)
    return LastNight(np.array(ring), Stay(np.full(n, -1, np.int32), 1.0), bonus)


def pairs_of(edges: list[tuple[int, int, float]], n: int) -> Pairs:
    a, b, w = zip(*edges, strict=True)
    return collect(n, np.array(a, np.int32), np.array(b, np.int32), np.array(w))


def test_pairs_inside_last_nights_ring_weigh_more_and_no_pair_is_made() -> None:
    pairs = pairs_of([(0, 1, 1.0), (1, 2, 0.5), (2, 3, 0.4), (3, 4, 2.0)], 5)
    found = last([7, 7, 7, 2, -1], 0.3).favoured(pairs)
    assert found.a.tolist() == [0, 1, 2, 3]
    assert found.weight.tolist() == pytest.approx([1.3, 0.65, 0.4, 2.0])
    assert last([-1] * 5, 0.3).favoured(pairs).weight.tolist() == pairs.weight.tolist()


def test_the_search_starts_from_last_nights_rings() -> None:
    """Of the vertices 1, 2, 4, 5 two were together; the others are communities of their own."""
    pairs = pairs_of([(1, 2, 1.0), (4, 5, 1.0)], 6)
    start = last([3, 3, 0, -1, 3, -1], 0.3).start(vertices_of(pairs)).tolist()
    assert start[0] == start[2]
    assert sorted(set(start)) == [0, 1, 2]


def test_a_bonus_keeps_a_ring_that_the_bare_evidence_would_just_split() -> None:
    """Two triangles of weight 1 joined by three links of .14, γ = .05.

    Together the joint costs γ·9 = .45 and brings .42; with the bonus of .3 it brings .546.
    """
    inside = [(0, 1, 1.0), (1, 2, 1.0), (0, 2, 1.0), (3, 4, 1.0), (4, 5, 1.0), (3, 5, 1.0)]
    pairs = pairs_of([*inside, (0, 3, 0.14), (1, 4, 0.14), (2, 5, 0.14)], 6)

    def parts(bonus: float, joint: bool = True) -> int:
        before = last([0] * 6, bonus)
        given = before.favoured(pairs if joint else pairs_of(inside, 6))
        ((_, label),) = Search((0.05,), 4, 1, before.start(vertices_of(given))).of(given)
        return len(set(label.tolist()))

    assert len(set(leiden(pairs, 0.05, 4, 1)[1].tolist())) == 2
    assert parts(0.0) == 2  # starting there alone does not hold it
    assert parts(0.05) == 2  # .441 < .45
    assert parts(0.3) == 1
    assert parts(0.3, joint=False) == 2  # evidence gone, ring gone


def ring_world(more: float = 0.0) -> World:
    """Five that pass victims' money on; `more` days later a sixth begins to take part."""
    moves: list[tuple[float, str, str, int]] = []
    for day in range(0, 50, 5):
        t = DAY_H * day
        moves += [(t, f"v{day:02d}", "m1", 90_000), (t + 1, "m1", "m2", 50_000), (t + 1.2, "m1", "m3", 40_000)]
        moves += [(t + 2, "m2", "m4", 50_000), (t + 2.5, "m3", "m5", 40_000), (t + 3, "m4", "", 50_000)]
        moves += [(t + 3.5, "m5", "", 40_000)]
        moves += [(t + 6, "employer", f"h{i}", 500_000) for i in range(5)]
        moves += [(t + 40 + i, f"h{i}", f"h{(i + 1) % 5}", 3_000) for i in range(5)]
    if more:
        t = DAY_H * (45 + more)
        moves += [(t, "v99", "m1", 90_000), (t + 1, "m1", "m6", 90_000), (t + 2, "m6", "m2", 89_000)]
        moves += [(t + 3, "m2", "m4", 89_000), (t + 4, "m4", "", 89_000)]
    shared = [(m, "device", "d1") for m in ("m1", "m2")] + [("m6", "device", "d1")] * bool(more)
    return World(sorted(moves), companies=frozenset({"employer"}), identifiers=shared, referred=[("m1", 0.0)])


def events_of(tables: dict) -> list[tuple[str, str]]:
    return [(e["ring_id"], e["event"]) for e in tables["ring_lineage"].to_pylist()]


def previous_of(tables: dict, as_of: int = 0) -> Previous:
    return Previous("night before", as_of, "", tables)


def test_published_weights_are_without_the_bonus() -> None:
    """The same facts again: same ring, same weights, only what happened to it differs."""
    world = snapshot(ring_world())
    first = find_rings(world, Settings(), None).tables
    second = find_rings(world, Settings(), previous_of(first, world.as_of - 1)).tables
    assert first["rings"].num_rows == 5
    assert second["rings"].equals(first["rings"])
    assert second["ring_evidence"].equals(first["ring_evidence"])
    (event,) = second["ring_lineage"].to_pylist()
    assert (event["event"], event["jaccard_e6"]) == ("same", 1_000_000)


def test_a_ring_that_wins_a_member_grows_under_its_name() -> None:
    world = snapshot(ring_world())
    first = find_rings(world, Settings(), None).tables
    later = find_rings(snapshot(ring_world(more=2)), Settings(), previous_of(first, world.as_of)).tables
    (event,) = later["ring_lineage"].to_pylist()
    assert event["ring_id"] == first["ring_summary"]["ring_id"][0].as_py()
    assert (event["event"], event["joined"], event["left"]) == ("grown", 1, 0)
    assert "m6" in later["rings"]["account_id"].to_pylist()


def test_without_a_predecessor_the_bonus_makes_no_difference() -> None:
    world = snapshot(ring_world())
    plain = Settings()
    other = plain.model_copy(update={"rings": plain.rings.model_copy(update={"together_bonus": 1.0})})
    assert findings_hash(find_rings(world, plain, None).tables) == findings_hash(find_rings(world, other, None).tables)


def test_a_ring_sleeps_after_thirty_days_and_wakes_under_its_name() -> None:
    """Its last payment is of day 45: at work on day 60, dormant on days 80 and 85 (said once), at work again on 88."""
    busy = ring_world()
    again = ring_world(more=42)  # day 87
    worlds = [(busy, 60), (busy, 80), (busy, 85), (again, 88)]
    before, told = None, []
    for world, day in worlds:
        seen = snapshot(replace(world, end=DAY_H * day))
        tables = find_rings(seen, Settings(), before).tables
        told += events_of(tables)
        before = previous_of(tables, seen.as_of)
    name = told[0][0]
    assert told == [(name, "born"), (name, "dormant"), (name, "same"), (name, "revived")]


def test_three_nights_of_parting_and_coming_together() -> None:
    """abcdef + gh, then abcd and efgh, then all together again: the larger overlap keeps the name."""

    def weights(*rings: str) -> dict[str, dict[str, int]]:
        return {f"{i:08d}": dict.fromkeys(r, 1) for i, r in enumerate(rings)}

    told, before = [], {}
    for night in (weights("abcdefgh"), weights("abcde", "fgh"), weights("abcdefgh")):
        names, overlaps = name_rings(night, before, 0.3)
        named = {names[k]: m for k, m in night.items()}
        kept = {names[k]: v for k, v in overlaps.items()}
        told.append([(e.ring_id, e.event, e.previous_ring_id) for e in events(named, kept, before, {})])
        before = named
    first, small = told[0][0][0], new_id(list("fgh"))
    assert told == [
        [(first, "born", "")],
        sorted([(first, "same", first), (small, "split", first)]),
        [(first, "merged", small)],
    ]
