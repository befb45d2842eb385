"""Who is looked at, at a cut: candidates, positives, the test window (contracts.md §5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from graphfraud.core.clock import DAY
from graphfraud.core.findings import MILLION
from graphfraud.core.snapshot import F64, I64, Flags
from graphfraud.evaluate.facts import WorldFacts
from graphfraud.evaluate.metrics import Ranking, ranking
from graphfraud.evaluate.truth import Truth

WINDOW_DAYS = 60


@dataclass(frozen=True)
class Panel:
    """Flags over the accounts of a world at T.

    candidate   the bank's persons' accounts that exist and are not referred at T
    hidden      candidates that are ring members
    acted       hidden ones with a fraud transfer recorded by T; None where the world does not say
    later       candidates first referred within the test window (T, T + min(60 d, end of data)]
    """

    as_of: int
    window: tuple[int, int]
    candidate: Flags
    hidden: Flags
    acted: Flags | None
    later: Flags
    referred: Flags
    exists: Flags  # the bank's accounts of any holder that exist at T


def panel(truth: Truth, facts: WorldFacts, as_of: int) -> Panel:
    """The panel at T. O(accounts)."""
    referred, exists = facts.referred(as_of), (facts.exists_from <= as_of) & ~truth.outside
    candidate = facts.person & exists & ~referred
    acted = truth.acted(as_of)
    end = max(as_of, min(as_of + WINDOW_DAYS * DAY, facts.end))
    later = candidate & (facts.referred_at > as_of) & (facts.referred_at <= end)
    hidden = candidate & truth.mule
    return Panel(
        as_of, (as_of, end), candidate, hidden, None if acted is None else hidden & acted, later, referred, exists
    )


@dataclass(frozen=True)
class Rankings:
    """One score against three kinds of positives.

    all     hidden ring members among the candidates
    acted   hidden ring members that have acted; those that have not are left out. None where the world does not say
    later   accounts first referred within the test window (what a bank could measure itself)
    """

    all: Ranking
    acted: Ranking | None
    later: Ranking


def rankings(score: F64, who: Panel) -> Rankings:
    """Figures of one score, given for every account (0 where it is not in the export). O(n log n)."""
    listed = who.candidate
    first = ranking(score[listed], who.hidden[listed])
    acted = None
    if who.acted is not None:
        kept = listed & ~(who.hidden & ~who.acted)
        acted = ranking(score[kept], who.acted[kept])
    return Rankings(first, acted, ranking(score[listed], who.later[listed]))


def export_scores(scores: pa.Table, facts: WorldFacts) -> F64:
    """Score of every account from an export or findings table; 0 where it is missing. O(accounts)."""
    out = np.zeros(len(facts), dtype=np.float64)
    codes = facts.codes(scores["account_id"])
    raw = scores["score_e6"] if "score_e6" in scores.column_names else scores["score"]
    values = raw.cast(pa.float64()).fill_null(0.0).to_numpy()
    known = codes >= 0
    out[codes[known]] = values[known] / (MILLION if "score_e6" in scores.column_names else 1)
    return out


def export_levels(scores: pa.Table, facts: WorldFacts) -> I64:
    """Level of every account; 0 where it has none. O(accounts)."""
    out = np.zeros(len(facts), dtype=np.int64)
    codes = facts.codes(scores["account_id"])
    known = codes >= 0
    out[codes[known]] = scores["level"].cast(pa.int64()).fill_null(0).to_numpy()[known]
    return out
