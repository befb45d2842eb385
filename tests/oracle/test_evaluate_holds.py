"""What holds save by the truth, worked out by hand on the world of evaluate_kit.

v1 pays s1 1,000 (t1); s1 pays r1 600 and r2 300, r1 pays r3 500; after that r2 draws 300 in cash (no truth marks it)
and s1 pays x1 50. h1 pays h2 and c1 70 each, which is nobody's fraud. The moment is 65 s into the day: k1, t9 come
later.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from evaluate_kit import DAY_0, write
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshot_kit import World, hours, snapshot
from trace_kit import payments

from graphfraud.core.clock import DAY
from graphfraud.core.text import TextColumn
from graphfraud.evaluate.facts import WorldFacts, load_facts, read_table
from graphfraud.evaluate.holds import BEST, Ledger, hold_savings, holds_section
from graphfraud.evaluate.lineage import Lineage
from graphfraud.services.holds.replay import SCHEMA
from graphfraud.trace import Book
from graphfraud.trace.balances import balances

AT = (DAY_0 + 65) * 1_000_000
PLAN = [("r3", 500, True), ("s1", 30, False), ("r2", 300, True), ("h2", 40, False), ("r1", 100, True), ("c1", 70, True)]
RIVAL = [("c1", 70, True), ("h2", 70, True), ("r2", 300, True), ("s1", 100, True), ("r1", 100, True), ("r3", 500, True)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[WorldFacts, Lineage, Path]:
    folder = write(tmp_path_factory.mktemp("world"))
    facts = load_facts(folder)
    marked = read_table(folder / "truth", "fraud_transfers")
    transfers, cash = read_table(folder, "transfers"), read_table(folder, "cash")
    assert marked is not None
    assert transfers is not None
    twice = pa.concat_tables([marked, pa.table({"txn_id": ["t2"], "case": ["C2"], "depth": [0]}, schema=marked.schema)])
    found = Lineage.of(twice, facts, transfers, cash)
    assert found is not None
    return facts, found, folder


def orders(*rows: tuple[str, int, str, list[tuple[str, int, bool]], list[str]]) -> pa.Table:
    """From (case, moment, order, [account, amount, whole], payments)."""
    made: list[dict[str, Any]] = [
        {
            "case_no": case,
            "at": at,
            "order": order,
            "rank": rank,
            "account_id": account,
            "amount": amount,
            "whole": whole,
        }
        | {"balance": amount, "unexplained": 1, "left": 8, "payments": serials}
        for case, at, order, holds, serials in rows
        for rank, (account, amount, whole) in enumerate(holds, 1)
    ]
    return pa.Table.from_pylist(made, schema=SCHEMA)


def member(facts: WorldFacts) -> np.ndarray:
    flags = np.zeros(len(facts), bool)
    flags[facts.codes(["s1", "r1", "r2", "r3", "r4", "x1"])] = True
    return flags


def test_savings_by_hand(world: tuple[WorldFacts, Lineage, Path]) -> None:
    """After an hour truly there: r3 500, r1 100, s1 50 (30 of them held), r2 0 for it was drawn; h2 and c1 none."""
    facts, lineage, _ = world
    table = orders(("C1", AT, "plan", PLAN, ["t1"]), ("C1", AT, "rival", RIVAL, ["t1"]))
    found = hold_savings(table, lineage, facts, member(facts))
    assert (found.cases, found.many, found.accounts, found.too_late, found.untrue) == (1, 1, 6, 0, 0)
    assert found.left == 500 + 100 + 100 + 300
    assert found.unknown == 1 / 8
    plan, rival, best = found.orders
    assert plan.saved == ((630, 630, 630),) * 3
    assert plan.touched == (40, 110, 110)
    assert rival.saved == ((150, 650, 650),) * 3
    assert rival.touched == (140, 140, 140)
    assert (best.order, best.saved) == (BEST, ((650, 650, 650),) * 3)


def test_a_payment_of_two_cases_counts_once(world: tuple[WorldFacts, Lineage, Path]) -> None:
    facts, lineage, _ = world
    both = lineage.cases_of(["t2"])
    assert len(both) == 2
    r1 = facts.codes(["r1"])
    assert lineage.net(lineage.payments(both), r1, AT).tolist() == [100]
    only = lineage.cases_of(["t2"]) - lineage.cases_of(["t1"])
    assert lineage.net(lineage.payments(only), r1, AT).tolist() == [600]
    assert lineage.net(lineage.payments(None), facts.codes(["s1", "r4"]), AT + 3 * DAY).tolist() == [50, 400]


def test_cases_that_cannot_be_measured_are_counted(world: tuple[WorldFacts, Lineage, Path]) -> None:
    """A day before the end of the data it is too late; h1's payment is no fraud: measured, nothing can be saved."""
    facts, lineage, _ = world
    late = facts.end - DAY + 1
    table = orders(("C1", late, "plan", PLAN, ["t1"]), ("C2", AT, "plan", [("h2", 70, True)], ["t5"]))
    found = hold_savings(table, lineage, facts, member(facts))
    assert (found.cases, found.too_late, found.untrue, found.left) == (1, 1, 1, 0)
    assert found.orders[0].saved == ((0, 0, 0),) * 3
    assert found.orders[0].touched == (70, 70, 70)


def test_no_section_without_plans_or_cases(world: tuple[WorldFacts, Lineage, Path]) -> None:
    facts, lineage, folder = world

    class Asked:
        findings: dict[str, pa.Table]
        truth: Any

    class Truth:
        mule = member(facts)

    asked = Asked()
    asked.truth, asked.facts = Truth(), facts  # type: ignore[attr-defined]
    for findings, known in (({}, lineage), ({"hold_orders": orders()}, lineage), ({"hold_orders": orders()}, None)):
        asked.findings, asked.truth.lineage = findings, known
        assert holds_section(asked) is None  # type: ignore[arg-type]
    asked.findings = {"hold_orders": orders(("C1", AT, "plan", PLAN, ["t1"]), ("C1", AT, "rival first", RIVAL, ["t1"]))}
    asked.truth.lineage = lineage
    section = holds_section(asked)  # type: ignore[arg-type]
    assert section is not None
    assert section.grids[0].rows[0][:2] == ("plan", "6.30")
    assert section.grids[-1].rows[1] == ("rival first", "1.40", "1.40", "1.40")
    assert "+320.0% than rival first" in section.lines[1]
    marked = read_table(folder / "truth", "fraud_transfers")
    assert marked is not None
    transfers = read_table(folder, "transfers")
    assert transfers is not None
    assert Lineage.of(marked.drop_columns(["case"]), facts, transfers, None) is None


@settings(max_examples=60, deadline=None)
@given(payments, st.integers(0, 31))
def test_balances_are_those_of_the_engine_where_no_times_are_equal(moves: list[Any], at: int) -> None:
    """The evaluation works balances out from the files by itself; the plan's come from a snapshot."""
    spread = [(t + i / 100, a, b, x) for i, (t, a, b, x) in enumerate(moves)]
    world = snapshot(World(spread, opening={"a": 4}, extra=["a", "b", "c", "d"]))
    flows, n = world.flows, len(world.accounts)
    real, paid, drawn = (flows.payer >= 0) & (flows.payee >= 0), flows.payer < 0, flows.payee < 0
    none = np.zeros(0, np.int32)
    cash = paid | drawn
    facts = WorldFacts.__new__(WorldFacts)
    values = {
        "account_id": TextColumn.of(list(world.accounts.id)).arrow(), "payer": flows.payer[real],
        "payee": flows.payee[real], "amount": flows.amount[real], "time": flows.time[real],
        "cash_account": np.where(paid, flows.payee, flows.payer)[cash],
        "cash_amount": np.where(paid, -flows.amount, flows.amount)[cash], "cash_time": flows.time[cash],
        "opening": world.accounts.opening_balance, "user": none,
    }  # fmt: skip
    for name, value in values.items():
        object.__setattr__(facts, name, value)
    every = np.arange(n, dtype=np.int32)
    ledger, moment = Ledger(facts, every), hours(at)
    assert [ledger.at(v, moment) for v in range(n)] == balances(Book.of(world), every, moment).amount.tolist()
