"""From a raw walk score to a published score and a level.

The walk gives a relative number: how strongly the referrals of tonight reach an account. The *scale* turns it into
[0, 1] by where the account stands against the median referred account:

    r = walk ÷ median walk of the referred accounts (those above 0),   odds = o · r,   score = odds ÷ (1 + odds)

with o = p/(1 − p), p = [levels] odds_at_reference. The curve is monotone; 0 stays 0; without referrals every score is
0. It is a scale on which nights can be compared, not a probability: nothing here was calibrated on matured labels.

House rules (contracts.md §4, domain.md §7) then bound the level, never the score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.core.findings import MILLION
from graphfraud.core.snapshot import F64, I8, I64, Flags
from graphfraud.settings import LevelSettings

NO_LEVEL = 0


@dataclass(frozen=True)
class Scale:
    """The reference a raw score is measured by; 0 where nothing is referred."""

    reference: float
    odds: float


def reference(walk: F64, referred: Flags, settings: LevelSettings) -> Scale:
    """Scale of tonight: the median raw score of the referred accounts that have one. O(referred log referred)."""
    known = walk[referred & (walk > 0)]
    odds = settings.odds_at_reference / (1 - settings.odds_at_reference)
    return Scale(float(np.median(known)) if len(known) else 0.0, odds)


def publish(walk: F64, scale: Scale) -> I64:
    """Score of every account in 1e-6. Monotone in `walk` (≥ 0). O(accounts)."""
    if scale.reference <= 0:
        return np.zeros(len(walk), np.int64)
    weighted = scale.odds * walk
    result: I64 = np.rint(weighted / (scale.reference + weighted) * MILLION).astype(np.int64)
    return result


@dataclass(frozen=True)
class Standing:
    """What is known about every account beside its score; one flag per account."""

    referred: Flags
    person: Flags  # neither company nor merchant nor pooled
    money: Flags  # money evidence: lineage, a relay link, or at least two flow or cash indicators
    likely_victim: Flags  # its only connection is that it paid a referred account or a ring
    corroborated: Flags  # independent evidence beside the score
    proven_ring: Flags  # firm member of a ring with several referred accounts
    exempt: Flags  # of a class that the bank exempts: level 3 at most


def assign(score_e6: I64, standing: Standing, settings: LevelSettings) -> I8:
    """Level 1, 2, 3 or NO_LEVEL of every account.

    A referred account is at level 1. For the others the thresholds decide, and then: levels 1 and 2 need corroboration,
    which a place in a proven ring is too, and there a lower score is enough for level 2; no level 1 without money
    evidence, so that a shared device or phone alone never gets there; companies, merchants, pooled and exempt accounts
    are at level 3 at most; a likely victim has none, for a payment to a suspect makes nobody a suspect. A higher score
    or more evidence never lowers a level. O(accounts).
    """
    level = np.full(len(score_e6), NO_LEVEL, np.int8)
    reached = score_e6 > 0
    level[reached & (score_e6 >= round(settings.level_3 * MILLION))] = 3
    proven = reached & standing.proven_ring
    level[proven & (score_e6 >= round(settings.level_2_in_ring * MILLION))] = 2
    backed = reached & (standing.corroborated | standing.proven_ring)
    level[backed & (score_e6 >= round(settings.level_2 * MILLION))] = 2
    level[backed & standing.money & (score_e6 >= round(settings.level_1 * MILLION))] = 1
    level[(~standing.person | standing.exempt) & (level != NO_LEVEL)] = 3
    level[standing.likely_victim] = NO_LEVEL
    level[standing.referred] = 1
    return level
