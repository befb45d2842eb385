"""What tonight's rings owe to last night's: evidence inside a ring weighs a little more than other evidence.

Evolutionary clustering (Chakrabarti, Kumar, Tomkins 2006) adds to tonight's quality a cost for leaving last night's
partition. Here that cost is a bonus on existing evidence: the weight of a pair whose two accounts were in the same ring
or lead last night counts `1 + bonus` times, and the search starts from last night's rings, parted where their own
evidence no longer holds them. No pair is made, so a ring whose evidence goes, goes; what is published (weights,
evidence) is without the bonus. Figures: docs/adr/0022.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.core.pairs import Pairs
from graphfraud.core.previous import Previous
from graphfraud.core.snapshot import I32, I64, Snapshot
from graphfraud.rings.communities import DIGITS
from graphfraud.rings.levels import Stay
from graphfraud.settings import RingSettings


@dataclass(frozen=True)
class LastNight:
    """Per account: number of last night's ring or lead (−1: none), and the level it came from (−1: none)."""

    ring: I64
    stay: Stay
    bonus: float

    def favoured(self, pairs: Pairs) -> Pairs:
        """Pairs inside last night's rings weigh 1 + bonus times as much. O(pairs)."""
        together = (self.ring[pairs.a] >= 0) & (self.ring[pairs.a] == self.ring[pairs.b])
        weight = np.where(together, pairs.weight * (1 + self.bonus), pairs.weight)
        return Pairs(pairs.a, pairs.b, np.asarray(np.round(weight, DIGITS), np.float64))

    def start(self, vertices: I32) -> I64:
        """Communities 0… to start the search from: last night's rings, everybody else alone. O(vertices log)."""
        n, ring = len(vertices), self.ring[vertices]
        own = np.where(ring >= 0, ring, len(self.ring) + np.arange(n))
        return np.unique(own, return_inverse=True)[1].astype(np.int64)


def last_night(snapshot: Snapshot, previous: Previous | None, settings: RingSettings) -> LastNight | None:
    """From the predecessor's findings; None without one. O(members of its rings)."""
    if previous is None:
        return None
    levels = {round(g * 1e6): k for k, g in enumerate(settings.gammas)}
    summary = previous.findings["ring_summary"].to_pylist()
    number = {r["ring_id"]: i for i, r in enumerate(sorted(summary, key=lambda r: str(r["ring_id"])))}
    gamma = {r["ring_id"]: r["gamma_e6"] for r in summary}
    ring = np.full(len(snapshot.accounts), -1, np.int64)
    level: I32 = np.full(len(snapshot.accounts), -1, np.int32)
    for row in previous.findings["rings"].to_pylist():
        code = snapshot.accounts.id.find(row["account_id"])
        if code >= 0:
            ring[code] = number[row["ring_id"]]
            level[code] = levels.get(gamma[row["ring_id"]], -1)
    return LastNight(ring, Stay(level, settings.stay_bonus), settings.together_bonus)
