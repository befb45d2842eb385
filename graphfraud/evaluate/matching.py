"""Rings found against rings planted: best-match F1, precision, continuity from night to night (contracts.md §5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

import pyarrow as pa

from graphfraud.evaluate.facts import WorldFacts
from graphfraud.evaluate.truth import Truth

MIN_MEMBERS = 3
RING = "ring"


@dataclass(frozen=True)
class RingFigures:
    """Ring figures at a cut; means are over the true rings and None where there are none.

    f1, jaccard      of the best match (by Jaccard) of every true ring, 0 where nothing overlaps
    found            true rings whose best match has Jaccard ≥ .5
    precision        share of reported rings of which at least half are ring members; None where none is reported
    """

    true_rings: int
    reported_rings: int
    f1: float | None
    jaccard: float | None
    found: int
    precision: float | None
    precise_rings: int


@dataclass(frozen=True)
class Planted:
    """One true ring: who has acted by T and, neutral, who has not."""

    acted: frozenset[int]
    neutral: frozenset[int]
    number: int = -1


def planted(truth: Truth, as_of: int) -> list[Planted]:
    """True rings with ≥ 3 acted members of our bank, in order of their number. O(members)."""
    if truth.ring is None:
        return []
    acted = truth.acted(as_of)
    inside: dict[int, set[int]] = defaultdict(set)
    idle: dict[int, set[int]] = defaultdict(set)
    for account, ring in zip(truth.member.tolist(), truth.ring.tolist(), strict=True):
        if account >= 0 and not truth.outside[account]:
            (inside if acted is None or acted[account] else idle)[ring].add(account)
    kept = [r for r in sorted(inside) if len(inside[r]) >= MIN_MEMBERS]
    return [Planted(frozenset(inside[r]), frozenset(idle[r]), r) for r in kept]


def reported(rings: pa.Table, facts: WorldFacts, truth: Truth) -> list[frozenset[int]]:
    """Reported rings (kind ring, ≥ 3 members as reported), without accounts of other banks, in order of ring_id.

    Accounts that the world does not know stay in as negative numbers: they count against the ring. O(rows).
    """
    rows = rings.filter(pa.compute.equal(rings["kind"], RING)).sort_by([("ring_id", "ascending")])
    codes = facts.codes(rows["account_id"]).tolist()
    whole: dict[str, list[int]] = defaultdict(list)
    for row, (ring, code) in enumerate(zip(rows["ring_id"].to_pylist(), codes, strict=True)):
        whole[ring].append(code if code >= 0 else -2 - row)
    kept = [members for members in whole.values() if len(set(members)) >= MIN_MEMBERS]
    return [frozenset(m for m in members if m < 0 or not truth.outside[m]) for members in kept]


def jaccard(a: frozenset[int], b: frozenset[int]) -> float:
    """Shared ÷ all members; 0 for two empty sets."""
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared) if shared else 0.0


def best_match(ring: Planted, found: Iterable[frozenset[int]]) -> float:
    """Best Jaccard of a true ring; its members that have not acted count neither for nor against a match."""
    return max((jaccard(ring.acted, members - ring.neutral) for members in found), default=0.0)


def f1_of(best: float) -> float:
    """F1 of a match from its Jaccard."""
    return 2 * best / (1 + best)


def ring_figures(truth: Truth, facts: WorldFacts, rings: pa.Table, as_of: int) -> RingFigures | None:
    """Ring figures at T; None for a world that does not know rings. F1 of a match is 2J/(1 + J).

    For the precision every ring member counts, acted or not; accounts of other banks are left out of both counts.
    O(true rings · reported rings · members).
    """
    if truth.ring is None:
        return None
    true, found = planted(truth, as_of), reported(rings, facts, truth)
    best = [best_match(ring, found) for ring in true]
    precise = sum(1 for members in found if 2 * sum(1 for m in members if m >= 0 and truth.mule[m]) >= len(members) > 0)
    return RingFigures(
        len(true),
        len(found),
        fmean(f1_of(j) for j in best) if best else None,
        fmean(best) if best else None,
        sum(1 for j in best if j >= 0.5),
        precise / len(found) if found else None,
        precise,
    )


def continuity(before: Mapping[str, frozenset[str]], after: Mapping[str, frozenset[str]]) -> float | None:
    """Mean best Jaccard of the rings present on both nights (by ring_id); None where none is.

    The best match of last night's ring is sought among all of tonight's, and must be the ring that carries its id:
    another best match counts 0.
    """
    both = [ring for ring in sorted(before) if ring in after]
    if not both:
        return None
    return fmean(_kept(ring, before[ring], after) for ring in both)


def _kept(ring: str, members: frozenset[str], after: Mapping[str, frozenset[str]]) -> float:
    def overlap(other: frozenset[str]) -> float:
        shared = len(members & other)
        return shared / (len(members) + len(other) - shared) if shared else 0.0

    own = overlap(after[ring])
    return own if own >= max(overlap(other) for other in after.values()) else 0.0
