"""What speaks for an account that alerts: each fact on a case worked by hand, and on the same case just short of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from indicator_world import World, ago

from graphfraud.core.clock import DAY, HOUR, MINUTE
from graphfraud.core.links import count_holders
from graphfraud.core.snapshot import FEE, OWN, Snapshot
from graphfraud.models.ties import NO_RING, Ties, flag
from graphfraud.nightly.findings.favour import exculpatory
from graphfraud.nightly.findings.habits import every_month
from graphfraud.nightly.findings.lines import Row, Sources
from graphfraud.settings import Settings
from graphfraud.trace.innocence import monthly


def young() -> World:
    """x was opened a month ago, so that its age says nothing."""
    world = World()
    world.account("x", open_time=ago(30))
    return world


def facts(world: World, folder: Path, lineage: list[Row] | None = None, ring: tuple[str, ...] = ()) -> dict[str, str]:
    """Name and English wording of what speaks for x; all Chinese ones are there."""
    snapshot = world.build(folder)
    sources = Sources(
        snapshot, Settings(), ties(snapshot, ring), (), {}, {"x": lineage or []}, {}, np.zeros(0, np.int8), {}
    )
    found = exculpatory(sources, snapshot.code("x"))
    if [(line.source_id, line.en) for line in found] == [("", "nothing that is looked for speaks for it")]:
        return {}
    assert all(line.source == "exculpatory" and line.points_e6 == 0 and not line.keys for line in found)
    assert all(line.zh.startswith("有利情形：") and line.en.startswith("in its favour: ") for line in found)
    return {line.source_id: line.en.removeprefix("in its favour: ") for line in found}


def ties(snapshot: Snapshot, ring: tuple[str, ...]) -> Ties:
    n, identifiers = len(snapshot.accounts), snapshot.identifiers
    none = np.zeros(n, bool)
    member = flag(n, np.array([snapshot.code(a) for a in ring], np.int32))
    holders = count_holders(identifiers.ptr, identifiers.account, snapshot.accounts.holder)
    of_ring = np.where(member, 0, NO_RING).astype(np.int32)
    return Ties(flag(n, snapshot.referrals.account), of_ring, member, none, none, holders)


def test_nothing_speaks_for_an_account_that_only_passes_on(tmp_path: Path) -> None:
    world = young()
    for day in range(2, 20):
        world.pay(ago(day), "a", "x", 100)
        world.pay(ago(day) + HOUR, "x", f"b{day}", 100)
    assert facts(world, tmp_path) == {}


@pytest.mark.parametrize(("days", "expected"), [(180, {"age": "open for 180 days"}), (179, {})])
def test_age(days: int, expected: dict[str, str], tmp_path: Path) -> None:
    world = World()
    world.account("x", open_time=ago(days))
    assert facts(world, tmp_path) == expected


def test_counterparties_that_pay_both_ways(tmp_path: Path) -> None:
    world = young()
    for payer, payee in (("x", "a"), ("a", "x"), ("x", "b"), ("c", "x"), ("own", "x"), ("x", "own")):
        world.pay(ago(1), payer, payee, 10, OWN if "own" in (payer, payee) else 0)
    world.withdraw(ago(1), "x", 5)
    assert facts(world, tmp_path)["two_way"] == "1 of 3 counterparties pay both ways"


def employed(days: tuple[int, ...], kind: str) -> World:
    world = young()
    world.account("firm", holder_type=kind)
    for day in days:
        world.pay(ago(day), "firm", "x", 5_000)
        world.pay(ago(day) + HOUR, "x", f"shop{day}", 5_000)
    return world


@pytest.mark.parametrize(
    ("days", "kind", "found"),
    [
        ((95, 65, 34), "company", "one company has paid it every month for 3 months, 15,000.00 yuan (a salary)"),
        ((95, 65, 34), "person", None),
        ((65, 34), "company", None),
        ((95, 65, 20), "company", None),  # 45 days apart is no month
    ],
)
def test_a_salary(days: tuple[int, ...], kind: str, found: str | None, tmp_path: Path) -> None:
    assert facts(employed(days, kind), tmp_path).get("salary") == found


def test_payees_paid_every_month(tmp_path: Path) -> None:
    world = young()
    for n, payee in enumerate(("landlord", "bank")):
        for month in range(3 + n):
            world.pay(ago(100 - 30 * month), "x", payee, 1_000)
    for day in (3, 2, 1):
        world.pay(ago(day), "x", "kiosk", 7)
    told = facts(world, tmp_path)
    assert told["regular"] == "pays 2 payees every month, for up to 4 months, 7,000.00 yuan"
    assert "salary" not in told


@pytest.mark.parametrize(("gap", "known"), [(31, True), (30, False)])
def test_dealings_long_before_the_referred_money(gap: int, known: bool, tmp_path: Path) -> None:
    """r paid x, from which the lineage comes, 40 and `gap` days earlier too; the last time was yesterday."""
    world = young()
    world.pay(ago(41), "x", "r", 10)
    world.pay(ago(1 + gap), "r", "x", 20)
    world.pay(ago(1), "r", "x", 30)
    hops = [{"hop": n, "from_account": a, "time": ago(1)} for n, a in ((1, "seed"), (2, "r"))]
    told = facts(world, tmp_path, hops)
    count = "2 payments" if known else "1 payment"
    assert told["prior"] == f"dealt with r, which paid that money, long before: {count} since 40 days earlier"
    assert "prior" not in facts(world, tmp_path, [{"hop": 1, "from_account": "seed", "time": ago(1)}])


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (23 * HOUR, None),  # 200 of 1,100 left within 24 hours: more than a tenth
        (25 * HOUR, "of 1,100.00 yuan that came in over 30 days only 0.00 (0.0 %) left within 24 h"),
    ],
)
def test_money_that_was_not_passed_on(after: int, told: str | None, tmp_path: Path) -> None:
    """What came more than 30 days ago, or less than a day ago, does not count; nor do fees."""
    world = young()
    world.pay(ago(40), "a", "x", 900)
    world.pay(ago(39), "x", "b", 900)
    for day, yuan in ((10, 1_000), (5, 100), (0, 500)):
        world.pay(ago(day) - 2 * HOUR, "a", "x", yuan)
    world.pay(ago(9) + 2 * HOUR, "x", "bank", 1, FEE)
    world.pay(ago(10) - 2 * HOUR + after, "x", "b", 200)
    assert facts(world, tmp_path).get("kept") == told


@pytest.mark.parametrize(("emptied", "found"), [(2, True), (3, False)])
def test_balances_kept_overnight(emptied: int, found: bool, tmp_path: Path) -> None:
    """Ten days with credits of 100; on the last `emptied` of them all that is there goes out before midnight."""
    world = young()
    for n in range(10):
        world.pay(ago(20 - n), "a", "x", 100)
    for n in range(10 - emptied, 10):
        world.pay(ago(20 - n) + HOUR, "x", "b", 100 if n > 10 - emptied else 100 * (10 - emptied + 1))
    told = facts(world, tmp_path).get("overnight")
    text = "on 8 of 10 days with credits half of them or more lay there at the end of the day"
    assert told == (text if found else None)


@pytest.mark.parametrize(("days", "saved"), [(8, "60.00"), (6, None)])
def test_savings_paid_to_suspects(days: int, saved: str | None, tmp_path: Path) -> None:
    """x paid 40 to the referred account and 60 to its ring, of which 60 (newest first) had come `days` days before."""
    world = young()
    world.refer("r", "C1")
    world.pay(ago(3) - days * DAY, "a", "x", 500)
    world.pay(ago(3) - HOUR, "a", "x", 40)
    world.pay(ago(3), "x", "r", 40)
    world.pay(ago(3) + MINUTE, "x", "mate", 60)
    told = facts(world, tmp_path, ring=("x", "mate")).get("savings")
    text = f"of 100.00 yuan it paid to referred accounts and its ring {saved} had lain there for 7 days,"
    assert told == (None if saved is None else f"{text} or from the beginning")
    assert facts(world, tmp_path).get("savings") is None  # outside the ring only the 40 count


@pytest.mark.parametrize(("yuan", "share"), [(50, "50.0 %"), (49, None)])
def test_transfers_to_own_accounts(yuan: int, share: str | None, tmp_path: Path) -> None:
    world = young()
    world.pay(ago(9), "x", "mine", yuan, OWN)
    world.withdraw(ago(8), "x", 30)
    world.pay(ago(7), "x", "b", 20 if share else 21)
    text = f"of 100.00 yuan that went out {yuan}.00 ({share}) went to the holder's other accounts"
    assert facts(world, tmp_path).get("own_accounts") == (text if share else None)


@pytest.mark.parametrize(
    ("kind", "more", "back", "found"),
    [
        ("phone", 1, True, True),
        ("ip", 1, True, False),  # a network is no family
        ("phone", 1, False, False),  # money goes one way only
        ("phone", 3, True, False),  # four holders
    ],
)
def test_a_family(kind: str, more: int, back: bool, found: bool, tmp_path: Path) -> None:
    world = young()
    for user in ("x", *(f"kin{n}" for n in range(more))):
        world.use(user, kind, "13800001111")
    world.pay(ago(50), "kin0", "x", 100)
    world.pay(ago(40), "x" if back else "kin0", "kin0" if back else "x", 100)
    told = facts(world, tmp_path).get("family")
    text = "the device or phone it shares has 2 holders only, who pay one another both ways: 2 payments (a family)"
    assert told == (text if found else None)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 400)), max_size=40), st.integers(2, 4))
def test_months_are_counted_as_in_traces(paid: list[tuple[int, int]], least: int) -> None:
    """The kernel over all counterparties at once against the rule of `trace.innocence`, one by one."""
    rows = sorted(paid, key=lambda row: row[1])
    other, time = np.array([r[0] for r in rows], np.int32), np.array([r[1] for r in rows], np.int64) * DAY
    amount = np.arange(1, len(rows) + 1, dtype=np.int64)
    runs = {v: monthly(time[other == v]) for v in set(other.tolist())}
    kept = [v for v, run in runs.items() if run >= least]
    total = int(sum(amount[other == v].sum() for v in kept))
    found = every_month(other, time, amount, np.ones(len(rows), bool), least)
    assert found == (max((runs[v] for v in kept), default=0), total, len(kept))
