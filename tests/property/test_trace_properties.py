"""What every trace must satisfy, whatever the world, the rule, the bounds and the direction (algorithms.md §6)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trace_kit import NAMES, Case, case_of, cases, found, openings, payments

from graphfraud.core.clock import HOUR
from graphfraud.core.snapshot import Snapshot
from graphfraud.errors import CheckFailed
from graphfraud.trace import (
    LOT_RULES,
    RULES,
    Book,
    Coverage,
    End,
    Limits,
    Rule,
    Starts,
    Trace,
    ancestors,
    envelope,
    follow,
    reach,
    under_all_rules,
)  # fmt: skip

WIDE = Limits(depth=1000, window=10**15, breadth=10**6)
rules = st.sampled_from(RULES)
ways = st.sampled_from(["down", "up"])
limits = st.builds(
    Limits, depth=st.integers(1, 6), window=st.integers(0, 30).map(lambda h: h * HOUR), floor=st.integers(0, 4),
    breadth=st.integers(1, 8), busy=st.integers(1, 8) | st.just(50_000),
)  # fmt: skip


def traced(case: Case, rule: Rule, bounds: Limits, way: str = "down") -> Trace:
    return follow(case.book, Starts.of(case.book, case.origins), rule, bounds, way)


@settings(max_examples=1300, deadline=None)
@given(cases(), rules, limits, ways)
def test_every_fen_is_somewhere_once(case: Case, rule: Rule, bounds: Limits, way: str) -> None:
    """Per origin, per hop and in all: what starts or arrives is what stops or goes on; nothing is negative."""
    trace = traced(case, rule, bounds, way)
    hops, steps, stops = trace.hops, trace.steps, trace.stops
    amount = case.world.flows.amount
    went, came = np.zeros(len(hops.flow), np.int64), np.zeros(len(hops.flow), np.int64)
    np.add.at(went, steps.parent, steps.amount)
    np.add.at(came, steps.child, steps.amount)
    np.add.at(went, stops.hop[stops.hop >= 0], stops.amount[stops.hop >= 0])
    assert (went == hops.carried).all()
    assert (came[hops.depth > 1] == hops.carried[hops.depth > 1]).all()
    for o, flows in enumerate(case.origins):
        assert stops.amount[stops.origin == o].sum() == trace.started[o] == amount[flows].sum()
    c = trace.coverage
    parts = c.held + c.cash + c.pooled + c.merchant + c.other_bank + c.cut + c.beyond + c.unexplained
    assert parts == c.start == amount[Starts.of(case.book, case.origins).flow].sum()
    assert all((column > 0).all() for column in (hops.carried, steps.amount, stops.amount))
    assert (hops.carried[hops.depth > 1] >= bounds.floor).all()
    assert all(n <= bounds.breadth for n in Counter(hops.origin.tolist()).values())


@settings(max_examples=500, deadline=None)
@given(cases(), rules, limits, ways)
def test_lineage_moves_strictly_in_time_and_never_through_a_stop(
    case: Case, rule: Rule, bounds: Limits, way: str
) -> None:
    """(time, sequence) is the number of a payment: strictly increasing down, decreasing up; the account is the same."""
    trace = traced(case, rule, bounds, way)
    parent, child = trace.hops.flow[trace.steps.parent], trace.hops.flow[trace.steps.child]
    earlier, later = (parent, child) if way == "down" else (child, parent)
    flows = case.world.flows
    assert (earlier < later).all()
    assert (flows.payee[earlier] == flows.payer[later]).all()
    assert (case.book.stop[flows.payee[earlier]] < 0).all()
    assert (flows.time[later] - flows.time[earlier] <= bounds.window).all()
    assert (trace.hops.depth[trace.steps.child] == trace.hops.depth[trace.steps.parent] + 1).all()
    assert (trace.hops.depth <= bounds.depth).all()


@settings(max_examples=500, deadline=None)
@given(cases(), ways)
def test_no_account_holds_more_than_its_balance(case: Case, way: str) -> None:
    """Σ origins ≤ what is in the account; no payment carries more than its amount."""
    balance = dict(enumerate(case.world.accounts.opening_balance.tolist()))
    flows = case.world.flows
    for payer, payee, amount in zip(*(x.tolist() for x in (flows.payer, flows.payee, flows.amount)), strict=True):
        balance[payer] = max(0, balance.get(payer, 0) - amount)
        balance[payee] = balance.get(payee, 0) + amount
    for trace in under_all_rules(case.book, Starts.of(case.book, case.origins), WIDE, way).values():
        assert all(amount <= balance[account] for account, amount in trace.held().items())
        carried = np.zeros(len(flows.time), np.int64)
        np.add.at(carried, trace.hops.flow, trace.hops.carried)
        assert (carried <= flows.amount).all()


def every_walk(case: Case, way: str) -> tuple[set[int], dict[int, int]]:
    """Payments that time-respecting walks from the starts go through, by enumerating every walk; fewest per account."""
    facts = case.world.flows
    payer, payee = facts.payer.tolist(), facts.payee.tolist()
    near, far = (payer, payee) if way == "down" else (payee, payer)
    seen, fewest = set(), {}
    todo = [(f, 1) for flows in case.origins for f in flows]
    while todo:
        f, n = todo.pop()
        seen.add(f)
        fewest[far[f]] = min(n, fewest.get(far[f], n))
        if far[f] >= 0 and case.book.stop[far[f]] < 0:
            onward = range(f + 1, len(near)) if way == "down" else range(f)
            todo += [(g, n + 1) for g in onward if near[g] == far[f]]
    return seen, fewest


@st.composite
def short_cases(draw: Any) -> Case:
    moves = draw(payments)[:12]
    case = case_of(moves, draw(openings), draw(st.sampled_from([{}, {"d": End.POOLED}])))
    n = len(case.world.flows.time)
    return Case(case.world, case.book, [[draw(st.integers(0, n - 1))]])


@settings(max_examples=500, deadline=None)
@given(short_cases(), rules, ways)
def test_support_lies_within_poison_and_poison_is_every_walk(case: Case, rule: Rule, way: str) -> None:
    starts = Starts.of(case.book, case.origins)
    poison = reach(case.book, starts) if way == "down" else ancestors(case.book, starts)
    seen, fewest = every_walk(case, way)
    assert set(np.flatnonzero(poison.through).tolist()) == seen
    assert {v: int(n) for v, n in enumerate(poison.hops) if n} == {v: n for v, n in fewest.items() if v >= 0}
    assert set(traced(case, rule, WIDE, way).hops.flow.tolist()) <= seen


@settings(max_examples=400, deadline=None)
@given(short_cases())
def test_reach_is_reverse_reach_on_reversed_time(case: Case) -> None:
    flows, names = case.world.flows, case.world.accounts.id
    n = len(flows.time)
    back = [
        (n - f, "" if flows.payee[f] < 0 else names[flows.payee[f]],
         "" if flows.payer[f] < 0 else names[flows.payer[f]], 1)
        for f in range(n)
    ]  # fmt: skip
    stop = {"d": End.POOLED} if (case.book.stop >= 0).any() else {}
    mirror = case_of(back, stops=stop)
    start = case.origins[0][0]
    there = reach(case.book, Starts.of(case.book, [[start]]))
    again = ancestors(mirror.book, Starts.of(mirror.book, [[n - 1 - start]]))
    assert (there.through == again.through[::-1]).all()
    assert (there.hops == again.hops).all()


@settings(max_examples=500, deadline=None)
@given(cases(), rules, st.randoms(use_true_random=False))
def test_the_order_and_the_names_of_the_input_change_nothing(case: Case, rule: Rule, random: Any) -> None:
    """The same payments, given in another order, to accounts that sort in another order."""
    flows, names = case.world.flows, case.world.accounts.id
    swap = dict(zip(NAMES, random.sample(NAMES, len(NAMES)), strict=True)) | {"": ""}
    moves = [
        (f, *(swap["" if side[f] < 0 else names[side[f]]] for side in (flows.payer, flows.payee)), int(flows.amount[f]))
        for f in range(len(flows.time))
    ]
    opening = {swap[names[v]]: int(x) for v, x in enumerate(case.world.accounts.opening_balance)}
    stops = {swap[names[v]]: list(End)[s] for v, s in enumerate(case.book.stop) if s >= 0}
    straight = case_of([(t, *rest) for t, *rest in moves], opening, stops)
    random.shuffle(moves)
    other = case_of(moves, opening, stops)
    mine, theirs, here = (
        found(follow(c.book, Starts.of(c.book, case.origins), rule, WIDE)) for c in (straight, other, _spread(case))
    )
    assert mine == theirs
    assert mine.hops == here.hops


def _spread(case: Case) -> Case:
    """The case with an hour between payments, so that ties do not matter."""
    flows, names = case.world.flows, case.world.accounts.id
    sides = [["" if v < 0 else names[v] for v in side.tolist()] for side in (flows.payer, flows.payee)]
    moves = list(zip(range(len(flows.time)), *sides, flows.amount.tolist(), strict=True))
    opening = {names[v]: int(x) for v, x in enumerate(case.world.accounts.opening_balance)}
    stops = {names[v]: list(End)[s] for v, s in enumerate(case.book.stop) if s >= 0}
    return case_of(moves, opening, stops)


@settings(max_examples=600, deadline=None)
@given(cases(), st.sampled_from(LOT_RULES), limits, ways)
def test_a_batch_is_the_sum_of_its_origins(case: Case, rule: Rule, bounds: Limits, way: str) -> None:
    """Batch = one by one, under rules of lots; only money that meets another start stops there in a batch."""
    batch = traced(case, rule, bounds, way)
    if batch.totals.get(End.RESTARTED):
        return
    single: Counter[Any] = Counter()
    for o, flows in enumerate(case.origins):
        alone = found(follow(case.book, Starts.of(case.book, [flows]), rule, bounds, way))
        if any(end == End.RESTARTED for _, end, _ in alone.ends):
            return
        single.update({(o, *key[1:]): x for key, x in (alone.hops + alone.ends).items()})
    together = found(batch)
    assert together.hops + together.ends == single


@settings(max_examples=500, deadline=None)
@given(cases(), rules, st.integers(2, 9), ways)
def test_scaling_every_amount_scales_every_part(case: Case, rule: Rule, factor: int, way: str) -> None:
    """Exactly under lots; under shares within a fen per account and payment."""
    flows, names = case.world.flows, case.world.accounts.id
    sides = [["" if v < 0 else names[v] for v in side.tolist()] for side in (flows.payer, flows.payee)]
    stops = {names[v]: list(End)[s] for v, s in enumerate(case.book.stop) if s >= 0}
    opening = {names[v]: int(x) * factor for v, x in enumerate(case.world.accounts.opening_balance)}
    moves = zip(range(len(flows.time)), *sides, (flows.amount * factor).tolist(), strict=True)
    larger = case_of(list(moves), opening, stops)
    small = found(follow(case.book, Starts.of(case.book, case.origins), rule, WIDE, way))
    large = found(follow(larger.book, Starts.of(larger.book, case.origins), rule, WIDE, way))
    slack = 0 if rule in LOT_RULES else factor * 3 * len(flows.time)
    for few, many in ((small.hops, large.hops), (small.ends, large.ends)):
        assert all(abs(many[key] - factor * few[key]) <= slack for key in few.keys() | many.keys())


@settings(max_examples=400, deadline=None)
@given(cases(), st.sampled_from(LOT_RULES), st.integers(1, 5))
def test_a_deposit_in_two_parts_ends_like_one(case: Case, rule: Rule, first: int) -> None:
    """Splitting a start: the two parts, one after the other, end where the whole ended."""
    start = case.origins[0][0]
    flows, names = case.world.flows, case.world.accounts.id
    moves, starts = [], []
    for f in range(len(flows.time)):
        payer, payee = ("" if side[f] < 0 else names[side[f]] for side in (flows.payer, flows.payee))
        amounts = [int(flows.amount[f])]
        if f == start and first < amounts[0]:
            amounts = [first, amounts[0] - first]
        starts += range(len(moves), len(moves) + len(amounts)) if f == start else []
        moves += [(len(moves) + i, payer, payee, x) for i, x in enumerate(amounts)]
    opening = {names[v]: int(x) for v, x in enumerate(case.world.accounts.opening_balance)}
    stops = {names[v]: list(End)[s] for v, s in enumerate(case.book.stop) if s >= 0}
    split = case_of(moves, opening, stops)
    one = follow(case.book, Starts.of(case.book, [[start]]), rule, WIDE)
    two = follow(split.book, Starts.of(split.book, [starts]), rule, WIDE)
    assert _without_restarts(one) == _without_restarts(two)


def _without_restarts(trace: Trace) -> Counter[Any]:
    ends = found(trace).ends
    return Counter() if trace.totals.get(End.RESTARTED) else ends


@settings(max_examples=400, deadline=None)
@given(cases(), rules, st.integers(0, 31))
def test_more_data_adds_to_a_trace_and_changes_nothing_in_it(case: Case, rule: Rule, hour: int) -> None:
    """Incremental: hops up to a moment are the same, however much came later."""
    moment = int(case.world.flows.time[0]) + hour * HOUR
    starts = Starts.of(case.book, case.origins)
    early = found(follow(case.book, starts, rule, Limits(50, 10**15, 0, 10**6, moment)))
    late = found(follow(case.book, starts, rule, Limits(50, 10**15, 0, 10**6)))
    known = case.world.flows.time <= moment
    assert early.hops == Counter({key: x for key, x in late.hops.items() if known[key[2]]})


@settings(max_examples=40, deadline=None)
@given(case=cases())
def test_reopened_from_disk_nothing_differs(case: Case, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder: Path = tmp_path_factory.mktemp("book")
    case.world.save(folder)
    book = Book.of(Snapshot.open(folder))
    for rule in RULES:
        for way in ("down", "up"):
            again = follow(book, Starts.of(book, case.origins), rule, WIDE, way)  # type: ignore[arg-type]
            once = follow(case.book, Starts.of(case.book, case.origins), rule, WIDE, way)  # type: ignore[arg-type]
            for mine, theirs in zip((*once.hops, *once.steps, *once.stops), (*again.hops, *again.steps, *again.stops)):  # noqa: B905
                assert (mine == theirs).all()


@settings(max_examples=400, deadline=None)
@given(cases(), st.integers(0, 5))
def test_envelope_spans_the_five_rules(case: Case, threshold: int) -> None:
    traces = under_all_rules(case.book, Starts.of(case.book, case.origins), WIDE)
    spans = envelope(traces, threshold)
    held = {rule: trace.held() for rule, trace in traces.items()}
    everybody = {account for amounts in held.values() for account in amounts}
    assert {r.account for r in spans.accounts} == everybody
    for r in spans.accounts:
        amounts = [held[rule].get(r.account, 0) for rule in RULES]
        assert (r.low, r.high) == (min(amounts), max(amounts))
        assert r.decisive == (0 in amounts and any(x > threshold for x in amounts))
    by_account: dict[int, Counter[Rule]] = defaultdict(Counter)
    for r in spans.origins:
        by_account[r.account].update(r.amounts)
    assert {v: +c for v, c in by_account.items()} == {r.account: +Counter(r.amounts) for r in spans.accounts}


def test_a_certificate_that_does_not_add_up_is_refused() -> None:
    Coverage(10, 4, 1, 1, 1, 1, 1, 1, 0)
    with pytest.raises(CheckFailed, match="does not add up"):
        Coverage(10, 4, 1, 1, 1, 1, 1, 1, 1)
    with pytest.raises(CheckFailed, match="does not add up"):
        Coverage(10, 11, -1, 0, 0, 0, 0, 0, 0)


def test_ten_thousand_examples_run() -> None:
    """What the tests of tracing that draw worlds ask for, in sum: none of them may be thinned out unnoticed."""
    folder = Path(__file__).parent.parent
    files = [*folder.glob("property/test_trace_*.py"), *folder.glob("oracle/test_trace_*.py")]
    asked = [int(n) for file in files for n in re.findall(r"max_examples=(\d+)", file.read_text(encoding="utf-8"))]
    assert len(asked) >= 20
    assert sum(asked) >= 10_000
