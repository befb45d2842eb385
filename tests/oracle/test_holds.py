"""Plans of holds, and what they rest on, against plain Python and figures worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshot_kit import START, World, hours, snapshot
from trace_kit import Case, cases

from graphfraud.core.clock import DAY, HOUR
from graphfraud.errors import UsageError
from graphfraud.trace import RULES, Book, End, Limits, Rule, Starts, under_all_rules
from graphfraud.trace.balances import Stated, balances
from graphfraud.trace.hazard import BANDS, PRIOR_EVENTS, PRIOR_HOURS, SHRINK, Hazard, history
from graphfraud.trace.held import Known
from graphfraud.trace.holds import INNOCENT, PROPORTION, Hold, HoldTerms, plan
from graphfraud.trace.innocence import Arrival, Bounds, facts, looks_innocent

WIDE = Limits(depth=1000, window=10**15, breadth=10**6)
moments = st.integers(0, 31)


@settings(max_examples=100, deadline=None)
@given(cases(), moments, moments)
def test_balances_are_those_of_a_plain_ledger(case: Case, since: int, at: int) -> None:
    """Opening balance and payments one by one; a debit beyond it leaves 0 and is unexplained."""
    flows, n = case.world.flows, len(case.world.accounts)
    found = balances(case.book, np.arange(n, dtype=np.int32), hours(at), hours(since))
    for v in range(n):
        balance = int(case.world.accounts.opening_balance[v])
        unexplained = left = came = 0
        seen = [balance]
        for f in case.world.flows_of(v).tolist():
            amount, late = int(flows.amount[f]), flows.time[f] >= hours(since)
            if flows.time[f] > hours(at):
                continue
            if flows.payer[f] == v:
                left += amount
                unexplained += max(0, amount - balance)
                balance = max(0, balance - amount)
            else:
                balance += amount
                came += amount * late
            seen = [*seen, balance] if late else [balance]
        mine = (found.amount[v], found.unexplained[v], found.left[v], found.came[v], found.low[v])
        assert mine == (balance, unexplained, left, came, min(seen))
        assert found.amount[v] >= 0


def test_a_stated_balance_stands_in_for_what_the_flows_say() -> None:
    """100 in, 40 out stated as 500 left, 30 out: 470, and nothing unexplained after it."""
    book = Book.of(snapshot(World([(1, "v", "a", 100), (2, "a", "b", 40), (3, "a", "b", 30)])))
    a = np.array([book.account("a")], np.int32)
    assert balances(book, a).amount.tolist() == [30]
    stated = Stated(np.array([1]), np.array([500]))
    assert balances(book, a, stated=stated).amount.tolist() == [470]
    assert balances(book, a, at=hours(1), stated=stated).amount.tolist() == [100]


@settings(max_examples=100, deadline=None)
@given(cases(), st.integers(0, 40))
def test_history_counts_inflows_part_by_part(case: Case, at: int) -> None:
    """Every link and every rest of an inflow by itself, hour by hour."""
    flows, n = case.world.flows, len(case.world.accounts)
    found = history(case.book, np.arange(n, dtype=np.int32), hours(at))
    events, lain = np.zeros((n, len(BANDS))), np.zeros((n, len(BANDS)))
    edges = [b / HOUR for b in BANDS.tolist()] + [1e9]

    def lie(v: int, age: float, weight: float, left: bool) -> None:
        for b in range(len(BANDS)):
            lain[v, b] += weight * max(0.0, min(age, edges[b + 1]) - edges[b])
            events[v, b] += weight * (left and edges[b] <= age < edges[b + 1])

    lots = case.world.lots
    for f in range(len(flows.time)):
        if flows.payee[f] < 0 or flows.time[f] > hours(at):
            continue
        rest = int(flows.amount[f])
        for i in np.flatnonzero(lots.inflow == f).tolist():
            if flows.time[lots.outflow[i]] <= hours(at):
                wait = (flows.time[lots.outflow[i]] - flows.time[f]) / HOUR
                lie(flows.payee[f], wait, lots.amount[i] / flows.amount[f], left=True)
                rest -= int(lots.amount[i])
        lie(flows.payee[f], (hours(at) - flows.time[f]) / HOUR, rest / flows.amount[f], left=False)
    np.testing.assert_allclose(found.events, events, atol=1e-9)
    np.testing.assert_allclose(found.hours, lain, atol=1e-9)


def test_hazard_is_shrunk_to_the_population_and_grows_piecewise() -> None:
    """x passes 100 on after half an hour, y keeps 100 for 2 h: one event in the first hour's 1.5, none later."""
    moves = [(0, "v", "x", 100), (0.5, "x", "z", 100), (0, "w", "y", 100)]
    book = Book.of(snapshot(World(moves)))
    both = np.array([book.account("x"), book.account("y")], np.int32)
    own = history(book, both, START + 2 * HOUR)
    assert own.events[:, 0].tolist() == [1, 0]
    assert own.hours[:, :2].tolist() == [[0.5, 0], [1, 1]]
    hazard = Hazard.of(own, own)
    first, second = (1 + PRIOR_EVENTS) / (1.5 + PRIOR_HOURS), PRIOR_EVENTS / (1 + PRIOR_HOURS)
    assert hazard.base[:2].tolist() == pytest.approx([first, second])
    paces = [(1 + SHRINK) / (0.5 * first + SHRINK), SHRINK / (first + second + SHRINK)]
    assert hazard.pace.tolist() == pytest.approx(paces)
    stays = hazard.stays(np.array([1]), np.array([HOUR // 2]), HOUR)
    assert stays.tolist() == pytest.approx([exp(-paces[1] * (first + second) / 2)])


def planned(world: World, start: int = 0, at: float | None = None, **known: object) -> tuple[Book, list[Hold]]:
    book = Book.of(snapshot(world))
    moment = hours(world.end if at is None else at)
    traces = under_all_rules(book, Starts.of(book, [[start]]), replace(WIDE, horizon=moment))
    terms = known.pop("terms", HoldTerms())
    referred = frozenset(book.account(a) for a in known.pop("referred", ()))
    return book, plan(book, traces, Known(moment, referred, **known), terms)  # type: ignore[arg-type]


def test_a_plan_worked_by_hand() -> None:
    """v pays a 100; a has 60 of its own and pays b 80; b pays c 30, and c keeps it.

    What each rule holds where is the engine's, which has oracles of its own; a's row is written out: 80 of 160 leave.
    """
    moves = [(0, "v", "a", 100), (1, "a", "b", 80), (2, "b", "c", 30)]
    world = World(moves, opening={"a": 60}, end=10)
    book, found = planned(world)
    traces = under_all_rules(book, Starts.of(book, [[0]]), replace(WIDE, horizon=hours(10)))
    expected: dict[str, dict[Rule, int]] = {
        n: {r: traces[r].held().get(book.account(n), 0) for r in RULES} for n in "abc"
    }
    assert expected["a"] == {Rule.FIFO: 80, Rule.LIFO: 20, Rule.PRO_RATA: 50, Rule.LIBR: 80, Rule.TAINT_FIRST: 20}
    by_name = {book.accounts.id[h.account]: h for h in found}
    assert sorted(by_name) == sorted(n for n in "abc" if any(expected[n].values()))
    for name, hold in by_name.items():
        assert dict(hold.traced) == expected[name]
        assert hold.recoverable == sum(expected[name].values()) // 5
        assert (hold.low, hold.high) == (min(expected[name].values()), max(expected[name].values()))
        assert hold.expected == int(hold.recoverable * exp(-hold.hazard_e6 / 1e6))
        assert hold.decisive == (hold.low == 0)
    a = by_name["a"]
    assert (a.balance, a.recoverable, a.collateral, a.unexplained, a.layer) == (80, 50, 30, 0, 1)
    assert book.flows.txn[a.flow] == "t000000"


@settings(max_examples=90, deadline=None)
@given(cases(), moments, st.sampled_from([0, HOUR // 2, HOUR, 6 * HOUR, 2 * DAY]))
def test_what_holds_of_every_plan(case: Case, at: int, delay: int) -> None:
    """Sums under every rule are what the trace holds; nothing above a balance; the order; more delay saves less."""
    limits = replace(WIDE, horizon=hours(at))
    traces = under_all_rules(case.book, Starts.of(case.book, case.origins), limits)
    found = plan(case.book, traces, Known(hours(at)), HoldTerms(delay))
    for rule in RULES:
        ours = sum(h.traced[rule] for h in found if h.ours)
        others = sum(h.traced[rule] for h in found if not h.ours)
        assert (ours, others) == (traces[rule].coverage.held, traces[rule].coverage.other_bank)
    assert sum(h.recoverable for h in found) <= int(next(iter(traces.values())).started.sum())
    assert [h.marginal for h in found] == sorted((h.marginal for h in found), reverse=True)
    for h in found:
        assert 0 <= h.expected <= h.recoverable <= h.high
        assert h.loss_per_hour >= 0
        if h.ours:
            assert h.balance is not None
            assert h.facts is not None
            assert h.high <= h.amount <= h.balance
            assert h.collateral == h.amount - h.recoverable >= 0
            assert h.recoverable + h.further <= h.balance
    later = plan(case.book, traces, Known(hours(at)), HoldTerms(delay + HOUR))
    after = {h.account: h.expected for h in later}
    assert all(after[h.account] <= h.expected for h in found)
    if delay == 0:
        assert all(h.expected == h.recoverable for h in found)


def test_money_that_is_gone_leaves_no_plan() -> None:
    assert planned(World([(0, "v", "a", 100), (1, "a", "", 100)], end=5))[1] == []


def test_another_banks_account_is_listed_without_a_balance() -> None:
    """60 of 100 went to d of another bank; what arrived is known, what is left there is at the pace of the case."""
    world = World([(0, "v", "a", 100), (1, "a", "d", 60)], end=5)
    made = snapshot(world)
    book = Book.of(made, np.array([n == "d" for n in made.accounts.id]))
    traces = under_all_rules(book, Starts.of(book, [[0]]), replace(WIDE, horizon=hours(5)))
    found = {book.accounts.id[h.account]: h for h in plan(book, traces, Known(hours(5)))}
    d = found["d"]
    assert (d.ours, d.balance, d.facts, d.high, d.amount) == (False, None, None, 60, 60)
    own = history(book, np.array([book.account("a")], np.int32), hours(5))
    left = Hazard.of(own, own)
    lain = [float(left.cumulative(np.array([t * HOUR]))[0]) for t in (4, 5)]
    assert d.recoverable == int(60 * exp(-lain[0]))
    assert d.hazard_e6 == round((lain[1] - lain[0]) * 1e6)
    assert found["a"].balance == 40


def test_a_quick_account_goes_before_a_slow_one_of_equal_amount() -> None:
    """q passes money on within the hour as a habit, s never has: q loses more an hour; at no delay they are equal."""
    habit = [(h, f"p{h}", "q", 50) for h in range(20)] + [(h + 0.4, "q", f"r{h}", 50) for h in range(20)]
    kept = [(h, f"p{h}", "s", 50) for h in range(20)]
    moves = [*habit, *kept, (30, "v", "a", 200), (30.1, "a", "q", 100), (30.1, "a", "s", 100)]
    world = World(moves, end=30.5, referred=())
    start = next(i for i, f in enumerate(sorted(moves)) if f[1:3] == ("v", "a"))
    terms = HoldTerms(6 * HOUR, collateral_weight=0, further_weight=0)
    book, found = planned(world, start, terms=terms)
    hold = {book.accounts.id[h.account]: h for h in found}
    assert hold["q"].recoverable == 100
    assert hold["q"].loss_per_hour > 3 * hold["s"].loss_per_hour
    assert hold["q"].expected < hold["s"].expected


def world_of_recipients(**more: object) -> World:
    """v pays mule m 1,000, who pays s 400 for a phone: s is old, has sold to m before and keeps the money."""
    moves = [(0, "m", "s", 30), (1000, "v", "m", 1000), (1000.5, "m", "s", 400), (1001, "m", "x", 500)]
    return World(moves, opening={"s": 9000, "m": 100}, opened={"s": -24 * 900, "m": 900.0}, end=1030, **more)  # type: ignore[arg-type]


def test_a_good_faith_recipient_gets_a_partial_hold_and_a_referred_account_a_whole_one() -> None:
    book, found = planned(world_of_recipients(), 1)
    hold = {book.accounts.id[h.account]: h for h in found}
    s = hold["s"]
    assert set(s.speaks) == {"old", "prior", "no_relay"}
    assert (s.partial, s.amount, s.balance, s.further) == (INNOCENT, s.high, 9430, 0)
    assert s.collateral == s.high - s.recoverable
    book, found = planned(world_of_recipients(), 1, referred=("s",))
    s = {book.accounts.id[h.account]: h for h in found}["s"]
    assert (s.partial, s.amount, s.collateral) == ("", 9430, 9430 - s.recoverable)


def test_a_large_companys_account_is_held_in_proportion() -> None:
    """500 of 1,000,000: nothing older than 30 days before the case is touched."""
    moves = [
        (0, "m", "k", 7),
        (1000, "v", "m", 500),
        (1000.5, "m", "k", 500),
        (1001, "k", "l", 100),
        (1002, "p", "k", 300),
    ]
    world = World(moves, opening={"k": 1_000_000}, companies=frozenset("k"), end=1010)
    book, found = planned(world, 1)
    k = {book.accounts.id[h.account]: h for h in found}["k"]
    assert (k.partial, k.balance) == (PROPORTION, 1_000_707)
    assert k.amount == 1_000_707 - 1_000_007 == 700


def test_exculpatory_facts_worked_by_hand() -> None:
    """a: opened 400 d before; a company paid it on three days a month apart; its savings of 50 went to m before."""
    month = 30 * 24
    salary = [(month * i, "firm", "a", 500) for i in range(3)] + [(month + 240, "firm", "a", 1)]
    moves = [
        *salary,
        (2 * month + 30, "a", "m", 50),
        (2 * month + 400, "m", "a", 200),
        (2 * month + 420, "a", "z", 150),
    ]
    world = World(moves, companies=frozenset({"firm"}), opened={"a": 2 * month + 400 - 24 * 400}, end=2 * month + 500)
    book = Book.of(snapshot(world))
    a, m = book.account("a"), book.account("m")
    flow = next(i for i in range(len(book.flows.time)) if book.flows.payer[i] == m)
    came = Arrival(a, flow, int(book.flows.time[flow]), hours(world.end), 2, 200, 50)
    found = facts(book, came, np.array(sorted([a, m]), np.int32), Bounds())
    assert (found.age_days, found.prior, found.relayed_e6, found.layer) == (400, 0, 750_000, 2)
    assert found.salary == 2  # one payment between breaks the run of three
    assert found.own_first == 0  # the 50 are of the newest salary, 30 h old
    late = facts(book, came, np.array(sorted([a, m]), np.int32), Bounds(old_money_days=1, prior_days=1))
    assert (late.own_first, late.prior) == (50, 1)
    assert Bounds().speaks(found) == ["old"]
    assert Bounds(relayed_share=0.8, lain_hours=100).speaks(found) == ["old", "no_relay"]
    assert Bounds(relayed_share=0.8, lain_hours=101).speaks(found) == ["old"]


@pytest.mark.parametrize(("speaks", "layer", "innocent"), [
    (("no_relay", "prior"), 3, True), (("no_relay", "old"), 2, True), (("no_relay", "salary"), 2, True),
    (("no_relay",), 2, False), (("prior", "old", "salary"), 2, False), (("old", "own_first"), 1, True),
    (("old", "own_first"), 2, False), (("own_first",), 1, False),
])  # fmt: skip
def test_who_looks_innocent(speaks: tuple[str, ...], layer: int, innocent: bool) -> None:
    assert looks_innocent(speaks, layer) is innocent


def test_delays_out_of_range() -> None:
    for delay in (-1, 31 * DAY):
        with pytest.raises(UsageError, match="0 to 30 days"):
            HoldTerms(delay)


def test_ten_thousand_victims_make_one_plan() -> None:
    moves = [(i / 10_000, f"v{i:05d}", f"c{i % 40:02d}", 7) for i in range(10_000)]
    moves += [(2 + i / 100, f"c{i:02d}", "x", 500) for i in range(40)]
    book = Book.of(snapshot(World(moves, end=10)))
    traces = under_all_rules(book, Starts.of(book, [[f] for f in range(10_000)]), replace(WIDE, horizon=hours(10)))
    found = plan(book, traces, Known(hours(10)))
    assert len(found) == 41
    assert {book.accounts.id[found[0].account]: found[0].recoverable} == {"x": 20_000}
    assert sum(h.recoverable for h in found) == 70_000
    assert End.HELD in traces[Rule.FIFO].totals


def test_a_case_of_nothing_is_an_empty_plan() -> None:
    nothing: Mapping[Rule, object] = {}
    book = Book.of(snapshot(World([(0, "v", "a", 1)])))
    assert plan(book, nothing, Known(hours(1))) == []  # type: ignore[arg-type]
