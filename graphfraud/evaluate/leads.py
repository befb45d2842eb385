"""Leads against the truth: how many of the first are rings that nobody referred, and how many such rings they find.

A lead is right if at least half of its members are ring members. A true ring (≥ 3 acted members) is without a seed if
none of its members is referred at T; it is found if at least half of a lead's members are its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import pyarrow as pa

from graphfraud.core.snapshot import Flags
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.facts import WorldFacts
from graphfraud.evaluate.matching import planted
from graphfraud.evaluate.section import Grid, Section, decimals
from graphfraud.evaluate.truth import Truth

FIRST = (10, 20)


@dataclass(frozen=True)
class Leads:
    """leads listed; right among the first 10 and 20; true rings without a seed, and those a lead finds."""

    listed: int
    right: tuple[int, ...]
    unseeded: int
    found: int

    def precision(self, place: int) -> float | None:
        """Of the first 10 (place 0) or 20 (place 1), over those that are listed; None where none is."""
        shown = min(self.listed, FIRST[place])
        return self.right[place] / shown if shown else None


def ranked(findings: Mapping[str, pa.Table], facts: WorldFacts) -> list[list[int]]:
    """Members of every lead, best lead first; accounts the world does not know are −1. O(rows)."""
    summary = findings["ring_summary"].select(["ring_id", "lead_rank"]).to_pylist()
    place = {r["ring_id"]: (r["lead_rank"], r["ring_id"]) for r in summary if r["lead_rank"] is not None}
    table = findings["rings"]
    members: dict[str, list[int]] = defaultdict(list)
    for ring, code in zip(table["ring_id"].to_pylist(), facts.codes(table["account_id"]).tolist(), strict=True):
        if ring in place:
            members[ring].append(code)
    return [members[ring] for ring in sorted(members, key=lambda r: place[r])]


def leads(truth: Truth, findings: Mapping[str, pa.Table], facts: WorldFacts, referred: Flags, as_of: int) -> Leads:
    """The figures at T; `referred` are the accounts the detector was told of. O(leads · members · rings)."""
    listed = ranked(findings, facts)

    def half(members: list[int], among: frozenset[int] | None) -> bool:
        """Whether at least half are ring members (of `among`)."""
        inside = [m for m in members if m >= 0 and (truth.mule[m] if among is None else m in among)]
        return 2 * len(inside) >= len(members)

    right = [half(members, None) for members in listed]
    whole = [ring.acted | ring.neutral for ring in planted(truth, as_of)]
    unseeded = [ring for ring in whole if not any(referred[m] for m in ring)]
    found = sum(any(half(members, ring) for members in listed) for ring in unseeded)
    return Leads(len(listed), tuple(sum(right[:k]) for k in FIRST), len(unseeded), found)


def leads_section(case: Case) -> Section | None:
    """The table; None without true rings or without a summary of the rings found."""
    if case.truth.ring is None or "ring_summary" not in case.findings:
        return None
    made = leads(case.truth, case.findings, case.facts, case.facts.referred(case.as_of), case.as_of)
    head = ("leads", "right of first 10", "right of first 20", "rings without a seed", "of them found")
    row = (made.listed, *made.right, made.unseeded, made.found)
    said = f"Precision of the first 10 {decimals(made.precision(0))}, of the first 20 {decimals(made.precision(1))}."
    return Section("leads", "Leads", (said,), (Grid(head, (tuple(map(str, row)),)),), (), asdict(made))
