"""Rings: communities of relay links and shared identifiers, with evidence, roles and lasting identities."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from graphfraud.core.previous import Previous
from graphfraud.core.snapshot import Snapshot
from graphfraud.rings.find import find_members
from graphfraud.rings.inertia import last_night
from graphfraud.rings.tables import ring_tables
from graphfraud.settings import Settings


@dataclass(frozen=True)
class Rings:
    """Findings tables of the rings, and the edge counts of the graphs they were found in."""

    tables: dict[str, pa.Table]
    edges: dict[str, int]


def find_rings(snapshot: Snapshot, settings: Settings, previous: Previous | None) -> Rings:
    """Rings with a referred member, leads without one, named after last night's.

    Tables rings, ring_summary, ring_evidence, ring_lineage and hubs. Source: algorithms.md §1 (CPM Leiden on
    lot relay links and identifier links, level choice, prune and attach). O(flows + levels · iterations ·
    pairs).
    """
    found = find_members(snapshot, settings, last_night(snapshot, previous, settings.rings))
    return Rings(ring_tables(snapshot, found, previous, settings), found.edges)
