"""Rings: communities of relay links and shared identifiers, with evidence, roles and lasting identities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from graphfraud.core.previous import Previous
from graphfraud.core.snapshot import Snapshot
from graphfraud.rings.find import find_members
from graphfraud.rings.levels import Stay
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
    found = find_members(snapshot, settings, _stay(snapshot, settings, previous))
    return Rings(ring_tables(snapshot, found, previous, settings), found.edges)


def _stay(snapshot: Snapshot, settings: Settings, previous: Previous | None) -> Stay | None:
    """Level of last night's ring per account, from the resolutions that were published with it."""
    if previous is None:
        return None
    levels = {round(g * 1e6): k for k, g in enumerate(settings.rings.gammas)}
    gamma = {r["ring_id"]: r["gamma_e6"] for r in previous.findings["ring_summary"].to_pylist()}
    level = np.full(len(snapshot.accounts), -1, np.int32)
    for row in previous.findings["rings"].to_pylist():
        code = snapshot.accounts.id.find(row["account_id"])
        if code >= 0:
            level[code] = levels.get(gamma[row["ring_id"]], -1)
    return Stay(level, settings.rings.stay_bonus)
