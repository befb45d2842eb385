"""Ring identities from night to night: who is last night's ring, and what happened to it (algorithms.md §1).

Overlap is a Jaccard index in which confirmed (referred) members count three times; the assignment maximises the
sum of overlaps (Kuhn 1955, `linear_sum_assignment`) per block of overlapping rings, overlaps below the
threshold never match. A ring without a predecessor is named by its members, so the same members get the same
name on any night.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import networkx as nx
import numpy as np
from scipy.optimize import linear_sum_assignment

CONFIRMED_WEIGHT = 3

Rings = Mapping[str, Mapping[str, int]]  # ring → account → weight


@dataclass(frozen=True)
class Event:
    """What happened to a ring: born, same, grown, merged, split, dormant, revived."""

    ring_id: str
    event: str
    previous_ring_id: str
    jaccard: float
    joined: int
    left: int


def new_id(accounts: list[str]) -> str:
    """Name of a ring by its members: the same members give the same name."""
    digest = hashlib.sha256("\n".join(sorted(accounts)).encode()).hexdigest()
    return f"R-{digest[:10]}"


def overlap(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """Weighted Jaccard: Σ min / Σ max over accounts. In [0, 1]."""
    both = sum(min(one[a], other[a]) for a in one.keys() & other.keys())
    return both / (sum(one.values()) + sum(other.values()) - both)


def match(tonight: Rings, before: Rings, threshold: float) -> dict[str, tuple[str, float]]:
    """Ring of tonight → (ring of last night, overlap), one to one, ties by name. O(Σ block³)."""
    owners = defaultdict(set)
    for ring, members in before.items():
        for account in members:
            owners[account].add(ring)
    blocks: nx.Graph[tuple[str, str]] = nx.Graph()
    for ring, members in tonight.items():
        for other in sorted({o for a in members for o in owners.get(a, ())}):
            value = overlap(members, before[other])
            if value >= threshold:
                blocks.add_edge(("new", ring), ("old", other), weight=value)
    result = {}
    for block in nx.connected_components(blocks):
        new = sorted(name for side, name in block if side == "new")
        old = sorted(name for side, name in block if side == "old")
        gain = np.zeros((len(new), len(old)))
        for i, a in enumerate(new):
            for j, b in enumerate(old):
                edge = blocks.get_edge_data(("new", a), ("old", b))
                gain[i, j] = edge["weight"] if edge else 0.0
        rows, columns = linear_sum_assignment(-np.round(gain, 9))
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            if gain[row, column] > 0:
                result[new[row]] = (old[column], float(gain[row, column]))
    return result


def name_rings(tonight: Rings, before: Rings, threshold: float) -> tuple[dict[str, str], dict[str, float]]:
    """Key of tonight's ring → its lasting name, and the overlap with its predecessor where it has one."""
    kept = match(tonight, before, threshold)
    names, overlaps = {}, {}
    taken = {old for old, _ in kept.values()}
    for key in sorted(tonight):
        if key in kept:
            names[key], overlaps[key] = kept[key]
            continue
        name = new_id(list(tonight[key]))
        if name in taken:  # its members' name lives on in another ring that matched better
            name = new_id([*tonight[key], name])
        names[key] = name
        taken.add(name)
    return names, overlaps


def _is_part(part: Mapping[str, int], whole: Mapping[str, int]) -> bool:
    """At least half of a ring's members, and two of them, are in another."""
    common = len(part.keys() & whole.keys())
    return common >= 2 and 2 * common >= len(part)


def events(
    named: Rings, overlaps: Mapping[str, float], before: Rings, dormant: Mapping[str, tuple[bool, bool]]
) -> list[Event]:
    """What happened since last night, by ring name.

    `named` are tonight's rings by lasting name, `overlaps` by the same name, `dormant` says for each whether it
    was dormant last night and is tonight. A ring of last night that has no successor and was not absorbed is
    dormant.
    """
    result = []
    for ring, members in sorted(named.items()):
        old = before.get(ring, {}) if ring in overlaps else {}
        joined, left = len(members.keys() - old.keys()), len(old.keys() - members.keys())
        was, now = dormant.get(ring, (False, False))
        absorbed = [o for o, m in sorted(before.items()) if o != ring and o not in named and _is_part(m, members)]
        sources = [o for o, m in sorted(before.items()) if o != ring and ring not in overlaps and _is_part(members, m)]
        shared = overlaps.get(ring, 0.0)
        if absorbed:
            result += [Event(ring, "merged", o, overlap(members, before[o]), joined, left) for o in absorbed]
        elif ring not in overlaps and sources:
            result += [Event(ring, "split", o, overlap(members, before[o]), joined, left) for o in sources]
        elif ring not in overlaps:
            result.append(Event(ring, "born", "", 0.0, joined, 0))
        elif was != now:
            result.append(Event(ring, "dormant" if now else "revived", ring, shared, joined, left))
        else:
            result.append(Event(ring, "grown" if joined else "same", ring, shared, joined, left))
    alive = {o for e in result for o in (e.previous_ring_id, e.ring_id)}
    gone = [o for o in sorted(before) if o not in alive]
    return result + [Event(o, "dormant", o, 0.0, 0, len(before[o])) for o in gone]
