"""Reverse traces: shares against fractions, and the forward engine on the whole world read at the suspect."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from trace_kit import Case, back_trace, bounds, cases, exact, found, share_trace

from graphfraud.trace.attribution import Starts, follow
from graphfraud.trace.rules import LOT_RULES, RULES, End, Limits, Rule

SHARE_RULES = [r for r in RULES if r not in LOT_RULES]
WIDE = Limits(depth=1000, window=10**15, breadth=10**6)


@settings(max_examples=500, deadline=None)
@given(cases(scale=1_000_003), st.sampled_from(SHARE_RULES), bounds)
def test_shares_agree_with_fractions(case: Case, rule: Rule, limits: Limits) -> None:
    trace = found(follow(case.book, Starts.of(case.book, case.origins), rule, limits, "up"))
    wanted = back_trace(case, rule, limits)
    slack = 3 * len(case.world.flows.time) ** 2
    for mine, theirs in ((trace.hops, wanted.hops), (trace.ends, wanted.ends)):
        assert all(abs(mine[key] - theirs[key]) <= slack for key in mine.keys() | theirs.keys())


@settings(max_examples=300, deadline=None)
@given(cases(scale=1_000_003))
def test_pro_rata_back_is_forward_from_everything_read_at_the_suspect(case: Case) -> None:
    """Cash paid in and what stops elsewhere are the sources; forward in fractions, read in the start payment."""
    flows, target = case.world.flows, case.origins[0][0]
    payer = int(flows.payer[target])
    if payer < 0 or case.book.stop[payer] >= 0:
        return
    sources = [f for f in range(target) if flows.payer[f] < 0 or case.book.stop[flows.payer[f]] >= 0]
    forward = share_trace(Case(case.world, case.book, [[f] for f in sources]), Rule.PRO_RATA, WIDE, exact)
    came: Counter[int] = Counter()
    for (origin, _, f), amount in forward.hops.items():
        if f == target:
            came[sources[origin]] += amount
    trace = follow(case.book, Starts.of(case.book, [[target]]), Rule.PRO_RATA, WIDE, "up")
    back: Counter[int] = Counter()
    for hop in trace.all_hops():
        if hop.flow in sources:
            back[hop.flow] += hop.carried
    slack = 3 * len(flows.time) ** 2
    assert all(abs(came[f] - back[f]) <= slack for f in sources)
    known = sum(came.values(), Fraction(0))
    rest = trace.totals.get(End.OPENING, 0) + trace.totals.get(End.UNEXPLAINED, 0)
    assert abs(int(flows.amount[target]) - known - rest) <= slack * (len(sources) + 1)
