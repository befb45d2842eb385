"""Accounts that the bank exempts: no automatic level 1 or 2, and every answer says why (domain.md §7)."""

from __future__ import annotations

from pathlib import Path

import pytest
from facts_kit import made_effective
from indicator_world import World, ago
from test_findings_compose import EVEN, case_world, run

from graphfraud import risk
from graphfraud.core.clock import MINUTE
from graphfraud.core.snapshot import Meta, Snapshot
from graphfraud.nightly.snapshot import build_snapshot
from graphfraud.settings import Settings


def exempt_world() -> World:
    """The case, in which m1 (level 1 by the money it got) and the referred account are payroll agents."""
    world = case_world()
    for account in ("m1", "r1", "r1b"):
        world.account(account, exempt_class="payroll_agent")
    world.account("dev", exempt_class="hospital")
    return world


def test_an_exempt_account_is_at_level_3_at_most_and_says_so(tmp_path: Path) -> None:
    plain, found = run(case_world(), tmp_path / "plain"), run(exempt_world(), tmp_path / "exempt")
    levels = {a: (plain.scores()[a]["level"], r["level"]) for a, r in found.scores().items()}
    assert levels["m1"] == (1, 3)
    assert levels["r1"] == (1, 1)  # a referral is stronger than an exemption
    assert {a: pair for a, pair in levels.items() if pair[0] != pair[1]} == {"m1": (1, 3)}
    assert {a: r["score_e6"] for a, r in found.scores().items()} == {
        a: r["score_e6"] for a, r in plain.scores().items()
    }
    classes = {a: r["exempt_class"] for a, r in found.scores().items() if r["exempt_class"]}
    assert classes == {"m1": "payroll_agent", "r1": "payroll_agent", "r1b": "payroll_agent", "dev": "hospital"}
    first, dev = found.reasons("m1")[0], found.reasons("dev")[0]
    assert (first["source"], first["source_id"], first["points_e6"]) == ("exempt", "payroll_agent", 0)
    text = "exempt account (class payroll_agent): at level 3 at most, it would be at level 1"
    assert first["reason_en"] == text
    assert first["reason_zh"] == "豁免账户（类别 payroll_agent）：自动预警最高 3 级，否则为 1 级"
    assert str(found.alerts()["m1"]["reason_en"]).startswith(text)
    assert dev["reason_en"] == "exempt account (class hospital): at level 3 at most"  # it would be no higher
    assert "exempt" not in {r["source"] for r in found.reasons("shop")}


def test_an_exempt_account_that_is_referred_stands_as_referred(tmp_path: Path) -> None:
    first = run(exempt_world(), tmp_path / "1")
    world = exempt_world()
    world.refer("dev", "C2")
    second = run(world, tmp_path / "2", previous=first)
    assert second.alerts()["dev"]["level"] == 1
    lines = [r["reason_en"] for r in second.reasons("dev") if r["source"] == "exempt"]
    assert lines == ["exempt account (class hospital): referred by the police, so the exemption does not hold"]


def test_the_bank_says_which_classes_exempt(tmp_path: Path) -> None:
    only = Settings(levels=EVEN.levels.model_copy(update={"exempt_classes": ("hospital", "exchange")}))
    found = run(exempt_world(), tmp_path / "1", settings=only)
    assert found.scores()["m1"]["level"] == 1
    assert "exempt" not in {r["source"] for r in found.reasons("m1")}
    assert found.scores()["m1"]["exempt_class"] == "payroll_agent"  # its class is told all the same


@pytest.mark.parametrize("columns", [{"exempt_class": "payroll_agent"}, {"exempt_class": "exchange", "pooled": True}])
def test_pooled_accounts_stop_the_money_exempt_ones_do_not(columns: dict[str, object], tmp_path: Path) -> None:
    """An exemption is about the account's own level: a mule behind a payroll agent is found, behind a pool not."""
    world = World()
    world.account("p", **columns)
    world.refer("r", "C1", victim="v")
    for i, (payer, payee) in enumerate((("v", "r"), ("r", "p"), ("p", "y"))):
        world.pay(ago(10) + i * 10 * MINUTE, payer, payee, 1_000)
    built = world.build(tmp_path)
    built.referrals.victim_flow[:] = 0
    found = risk.assess(built, EVEN)
    reached = found.lineage[built.code("y")] > 0, found.mass[built.code("y")] > 0
    assert reached == ((not columns.get("pooled"),) * 2)


def test_the_snapshot_carries_the_class_and_older_snapshots_have_none(tmp_path: Path) -> None:
    classes = {"a": "hospital", "b": None, "c": ""}
    rows = {
        "accounts": [{"account_id": a, "open_time": 1, "exempt_class": c} for a, c in classes.items()],
        "transfers": [{"txn_id": "X", "time": 5, "payer": "a", "payee": "b", "amount": 10}],
    }
    made_effective(rows, 10, tmp_path / "facts")
    build_snapshot(tmp_path / "facts", Meta(10), tmp_path / "snapshot")
    opened = Snapshot.open(tmp_path / "snapshot").accounts
    assert [opened.exempt_of(v) for v in range(3)] == ["hospital", "", ""]
    for file in (tmp_path / "snapshot").glob("accounts.exempt*"):
        file.unlink()
    older = Snapshot.open(tmp_path / "snapshot").accounts
    assert [older.exempt_of(v) for v in range(3)] == ["", "", ""]
    assert [len(older.exempt), len(older.exempts)] == [3, 0]
