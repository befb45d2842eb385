"""AMLSim without its artefact. Every pair that pays more than once is fraudulent there: first payments alone are kept.

A pair is two accounts, whoever pays: of the pairs that pay one another 63 % to 88 % are fraudulent too. What is left
is what a detector knows without counting: one run; baselines and boosting on the same payments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace

import numpy as np
import pyarrow as pa

from graphfraud.core.snapshot import I32, I64
from graphfraud.evaluate import boosting
from graphfraud.evaluate.baselines import baseline_scores
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.facts import WorldFacts, micros
from graphfraud.evaluate.intervals import Intervals, intervals
from graphfraud.evaluate.intervals import section as intervals_section
from graphfraud.evaluate.section import Section
from graphfraud.evaluate.trial import Detect, Trial

NAME = "only the first payment of every pair"


def first_rows(payer: I32, payee: I32, time: I64) -> I64:
    """Rows that are the first in time between two accounts in either direction, ties by row; ascending. O(n log n)."""
    one, other = np.minimum(payer, payee), np.maximum(payer, payee)
    order = np.lexsort((np.arange(len(time)), time, other, one))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (one[order][1:] != one[order][:-1]) | (other[order][1:] != other[order][:-1])
    return np.sort(order[new])


def without_repeats(transfers: pa.Table, facts: WorldFacts) -> tuple[pa.Table, WorldFacts]:
    """The table and the facts of first payments alone."""
    payer, payee = facts.codes(transfers["payer"]), facts.codes(transfers["payee"])
    table = transfers.take(pa.array(first_rows(payer, payee, micros(transfers["time"]))))
    rows = first_rows(facts.payer, facts.payee, facts.time)
    kept = replace(
        facts, payer=facts.payer[rows], payee=facts.payee[rows], amount=facts.amount[rows], time=facts.time[rows]
    )
    return table, kept


def repeats(case: Case, transfers: pa.Table, detect: Detect) -> tuple[Intervals, float]:
    """Figures and margins without repeats; the share of payments that is left."""
    table, facts = without_repeats(transfers, case.facts)
    findings: Mapping[str, pa.Table] = detect(Trial(NAME, case.as_of, {"transfers": table}))
    alone = Case.of(case.truth, facts, findings, case.as_of)
    others = baseline_scores(facts, case.as_of) | {boosting.NAME: boosting.boosted(case.truth, facts, case.as_of).score}
    return intervals(alone, others), table.num_rows / max(1, transfers.num_rows)


def section(found: Intervals, left: float) -> Section:
    """As the intervals of a run, with what was taken away said first."""
    made = intervals_section(found, "repeats", "Without the artefact of repeats")
    line = f"The detector and the baselines on the first payment of every pair alone ({left:.1%} of the payments)."
    return replace(made, lines=(line, *made.lines), data=asdict(found) | {"payments_left": left})
