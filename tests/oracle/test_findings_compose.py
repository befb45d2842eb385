"""What a run says about accounts, in a world made by hand: levels under the house rules, alerts, victims, holders."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from indicator_world import World, ago

from graphfraud import indicators, risk
from graphfraud.core.clock import DAY, MINUTE
from graphfraud.core.findings import FINDINGS, findings_hash
from graphfraud.core.previous import Previous
from graphfraud.core.snapshot import Snapshot
from graphfraud.nightly.findings import compose
from graphfraud.settings import LevelSettings, Settings

Tables = dict[str, pa.Table]
EVEN = Settings(levels=LevelSettings(level_1=0.5, level_2=0.3, level_3=0.15))


def case_world() -> World:
    """R1 is referred. v1 (reported) and v2 paid it; m1 got its money and cashed it; dev shares its device only."""
    w = World()
    w.account("r1", holder_id="HR")
    w.account("r1b", holder_id="HR")
    w.refer("r1", "C1", victim="v1")
    w.pay(ago(10), "v1", "r1", 10_000)
    w.pay(ago(10) + 10 * MINUTE, "r1", "m1", 9_500)
    w.withdraw(ago(10) + 30 * MINUTE, "m1", 9_000)
    w.pay(ago(4), "v2", "r1", 5_000)
    w.pay(ago(4) + MINUTE, "r1", "shop", 4_000)
    w.account("shop", holder_type="company")
    w.account("young", open_time=ago(20))
    w.pay(ago(3), "young", "r1", 100)
    for friend_time in (ago(100), ago(3)):
        w.pay(friend_time, "friend", "r1", 90_000)
    for user in ("r1", "dev"):
        w.use(user, "device", "device-of-r1")
    w.pay(ago(50), "dev", "nobody", 10)
    w.pay(ago(50), "nobody", "elsewhere", 10)
    return w


def second_referred(world: World) -> World:
    """The world with a second referred account, of another holder."""
    world.account("r2", holder_id="HR2")
    world.refer("r2", "C2")
    return world


def ring_tables(members: tuple[str, ...] = ()) -> Tables:
    """Ring tables with one ring of these members, or none."""
    tables = {n: FINDINGS[n].empty() for n in ("rings", "ring_summary", "ring_evidence", "ring_lineage", "hubs")}
    if members:
        rows = [
            {
                "ring_id": "R-1",
                "kind": "ring",
                "account_id": m,
                "role": "relay",
                "referred": m in ("r1", "r2"),
                "loose": m == "hangs-on",
            }
            for m in members
        ]
        summary = [{"ring_id": "R-1", "kind": "ring", "reason_zh": "两户", "reason_en": "two accounts"}]
        tables["rings"] = pa.Table.from_pylist(rows, schema=FINDINGS["rings"].schema)
        tables["ring_summary"] = pa.Table.from_pylist(summary, schema=FINDINGS["ring_summary"].schema)
    return tables


@dataclass(frozen=True)
class Night:
    """One run: every table, and the scores, alerts and reasons as rows."""

    snapshot: Snapshot
    tables: Tables

    def scores(self) -> dict[str, dict[str, object]]:
        return {r["account_id"]: r for r in self.tables["scores"].to_pylist()}

    def alerts(self) -> dict[str, dict[str, object]]:
        return {r["account_id"]: r for r in self.tables["alerts"].to_pylist()}

    def reasons(self, account: str) -> list[dict[str, object]]:
        mine = self.alerts()[account]["alert_id"]
        return [r for r in self.tables["alert_reasons"].to_pylist() if r["alert_id"] == mine]


def run(
    world: World,
    folder: Path,
    *,
    even: bool = True,
    members: tuple[str, ...] = (),
    previous: Night | None = None,
    settings: Settings = EVEN,
) -> Night:
    """A night. `even` gives every account the same raw score, so that only the house rules tell them apart."""
    folder.mkdir()
    snapshot = world.build(folder)
    found = risk.assess(snapshot, settings)
    if even:
        found = replace(found, walk=np.ones(len(snapshot.accounts)), referral_share=np.ones(len(snapshot.accounts)))
    tables = ring_tables(members) | indicators.run(folder, snapshot, settings, found)
    before = Previous("before", world.as_of - DAY, "", previous.tables) if previous else None
    tables |= compose(snapshot, settings, before, found, tables)
    return Night(snapshot, tables)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    return run(case_world(), tmp_path_factory.mktemp("w") / "one")


def test_house_rules_bound_the_level(night: Night) -> None:
    levels = {a: r["level"] for a, r in night.scores().items()}
    assert levels == {
        "r1": 1,  # referred
        "m1": 1,  # the referred account's money came in
        "shop": 3,  # the same, but a company
        "dev": 3,  # shares a device with the referred account: a score that nothing corroborates
        "v1": None,  # only paid the referred account: victims by default, never suspects, whatever their age
        "v2": None,
        "friend": None,
        "young": None,
        "r1b": 3,
        "nobody": 3,
        "elsewhere": 3,
    }


def test_one_flow_indicator_is_not_money_evidence_and_two_are(tmp_path: Path) -> None:
    one, two = case_world(), case_world()
    for world in (one, two):
        second_referred(world).use("r2", "device", "device-of-r1")  # so that something corroborates the score
        for i in range(3):
            world.pay(ago(9, i), "dev", f"somebody{i}", 10_000)  # round amounts
    for i in range(5):
        two.pay(ago(8, i), "dev", f"somebody{i}", 48_000)  # and just below the limit
    hits = {}
    for name, world in (("one", one), ("two", two)):
        found = run(world, tmp_path / name)
        rows = found.tables["indicator_hits"].to_pylist()
        hits[name] = ({r["indicator_id"] for r in rows if r["account_id"] == "dev"}, found.scores()["dev"]["level"])
    assert hits["one"] == ({"device_holders", "round_amounts"}, 2)
    assert hits["two"] == ({"device_holders", "round_amounts", "just_below"}, 1)


def test_what_corroborates_a_score(tmp_path: Path) -> None:
    """All scores are the same; each account has one thing more than a score, or just less than that."""
    world = second_referred(case_world())
    world.account("r2b", holder_id="HR2")
    for user in ("r1", "r2", "shares-with-two"):
        world.use(user, "phone", "phone-of-both")
    for user in ("r2", "r2b", "shares-with-one"):
        world.use(user, "device", "device-of-one-holder")
    for user in ("r1", "r2", "same-address-of-the-internet"):
        world.use(user, "ip", "1.2.3.4")
    for payee, payers in (("paid-by-two", ("r1", "r2")), ("paid-by-one", ("r2", "r2b"))):
        world.pay(ago(301), "employer", payee, 100_000)  # so that next to nothing of what came in descends from them
        for payer in payers:
            world.pay(ago(300), payer, payee, 10)
    for member in ("in-ring", "hangs-on"):
        world.account(member)
    found = run(world, tmp_path / "one", members=("r1", "r2", "in-ring", "hangs-on")).scores()
    assert {a: found[a]["level"] for a in found if "-" in a} == {
        "shares-with-two": 2,
        "shares-with-one": 3,
        "same-address-of-the-internet": 3,
        "paid-by-two": 1,  # and money came from them
        "paid-by-one": 3,
        "in-ring": 2,
        "hangs-on": 3,
    }


def test_a_ring_member_that_paid_is_no_likely_victim(tmp_path: Path) -> None:
    found = run(case_world(), tmp_path / "one", members=("r1", "v2"))
    assert found.scores()["v2"]["level"] == 3
    assert found.scores()["v2"]["ring_id"] == "R-1"
    assert found.scores()["v1"]["level"] is None
    assert "v2" not in {r["account_id"] for r in found.tables["victims"].to_pylist()}


def test_scores_are_one_row_per_account_and_add_up(night: Night) -> None:
    table = night.tables["scores"]
    assert table["account_id"].to_pylist() == list(night.snapshot.accounts.id)
    for row in table.to_pylist():
        assert row["referral_share_e6"] + row["behaviour_share_e6"] == row["score_e6"] == 500_000
    assert night.scores()["m1"]["lineage_e6"] == 1_000_000
    assert [a for a, r in night.scores().items() if r["referred"]] == ["r1"]


def test_points_are_those_of_the_hits(night: Night) -> None:
    hits = night.tables["indicator_hits"].to_pylist()
    for account, row in night.scores().items():
        assert row["points_e6"] == sum(h["points_e6"] for h in hits if h["account_id"] == account)
    assert {h["indicator_id"] for h in hits if h["account_id"] == "m1"} == {
        "cash_after_credit",
        "traced_most",
        "traced_share",
    }


def test_referred_accounts_do_not_alert_and_everybody_else_with_a_level_does(night: Night) -> None:
    levels = {a: r["level"] for a, r in night.scores().items()}
    assert {a: r["level"] for a, r in night.alerts().items()} == {a: v for a, v in levels.items() if v and a != "r1"}


def test_reasons_are_ranked_and_their_points_add_up(night: Night) -> None:
    scores = night.scores()
    for account in night.alerts():
        rows = night.reasons(account)
        assert [r["rank"] for r in rows] == list(range(1, len(rows) + 1))
        points = {s: sum(r["points_e6"] for r in rows if r["source"] == s) for s in ("referral", "behaviour")}
        assert sum(points.values()) == scores[account]["score_e6"]
        assert sum(r["points_e6"] for r in rows if r["source"] == "indicator") == scores[account]["points_e6"]
        assert all(r["reason_zh"] and r["reason_en"] for r in rows)


def test_reasons_say_what_an_investigator_needs(night: Night) -> None:
    lines = {r["source"]: r["reason_en"] for r in night.reasons("m1")}
    assert lines["lineage"] == (
        "money of referred account r1 arrived after 1 hop at 2026-03-22 00:10: 9,500.00 of 9,500.00 yuan;"
        " 100.0 % of all that came in descends from referred accounts"
    )
    assert lines["exculpatory"] == "in its favour: open for 1,000 days"
    (shared,) = [r["reason_en"] for r in night.reasons("dev") if r["source"] == "identifier"]
    assert shared == "shares device de***r1 with r1, referred or of the same ring (2 holders in all)"


def test_the_way_of_the_money_says_how_long_it_took(tmp_path: Path) -> None:
    world = case_world()
    for minutes, payee, yuan in ((90, "m2", 400), (200, "m3", 300)):
        world.pay(ago(10) + minutes * MINUTE, "m1" if payee == "m2" else "m2", payee, yuan)
    (reason,) = [r for r in run(world, tmp_path / "one").reasons("m3") if r["source"] == "lineage"]
    assert reason["reason_en"].startswith(
        "money of referred account r1 arrived after 3 hops in 3.2 h at 2026-03-22 03:20:"
    )
    assert "的资金经 3 跳、历时 3.2 小时于 2026-03-22 03:20 到达" in reason["reason_zh"]


def test_a_payment_to_a_referred_account_gives_no_level_whatever_the_score(tmp_path: Path) -> None:
    """The walk reaches the only ones that dealt with the referred account; without the rule they would alert."""
    world = World()
    world.refer("mule", "C1")
    for day, payer in enumerate(("old", "young")):
        world.pay(ago(9, day), payer, "mule", 5_000)
    world.account("young", open_time=ago(30))
    found = run(world, tmp_path / "one", even=False, settings=Settings())
    payers = [found.scores()[name] for name in ("old", "young")]
    assert min(r["score_e6"] for r in payers) >= 150_000  # type: ignore[type-var]
    assert [r["level"] for r in payers] == [None, None]
    assert found.alerts() == {}
    assert {r["account_id"] for r in found.tables["victims"].to_pylist()} == {"old", "young"}


def test_victims_are_ranked_by_what_speaks_for_it(night: Night) -> None:
    rows = sorted(night.tables["victims"].to_pylist(), key=lambda r: (r["rank"], r["time"]))
    # v1: first dealings 4, 95 % passed on at once 4, referred 1, own money 1, 10,000 yuan (16 times 500 and more) 4
    # v2: the same with 80 % passed on (3) and 5,000 yuan (3)
    # friend: known for 97 days, nothing passed on, referred 1, own money 1, more than 16,000 yuan 5
    # young: first dealings 4, nothing passed on, referred 1, own money 1, less than 500 yuan −1
    assert [(r["account_id"], r["rank"], r["points"], r["grade"], r["reported"], r["payments"]) for r in rows] == [
        ("v1", 1, 14, "likely", True, 1),
        ("v2", 2, 12, "likely", False, 1),
        ("friend", 3, 7, "unlikely", False, 1),
        ("young", 4, 5, "unlikely", False, 1),
    ]
    assert rows[2]["reason_en"].endswith("yuan; they knew each other before; more like everyday life")
    assert rows[1]["reason_en"] == (
        "paid 5,000.00 yuan to a referred account at 2026-03-28 00:00; 1 such payment in 90 days, 5,000.00 yuan;"
        " their first dealings, the money was passed on within 24 h; a likely victim: contact and dissuade"
    )
    assert rows[1]["reason_zh"] == (
        "2026-03-28 00:00 向涉案账户转账 5,000.00 元；90 天内此类付款 1 笔，合计 5,000.00 元；"
        "双方首次往来，款项在 24 小时内被转走；很可能是受害人，建议立即联系劝阻"
    )


def test_other_accounts_of_a_referred_holder_are_listed_apart(night: Night) -> None:
    rows = night.tables["holder_accounts"].to_pylist()
    assert rows == [{"account_id": "r1b", "referred_account": "r1"}]


def test_three_nights(tmp_path: Path) -> None:
    first = run(case_world(), tmp_path / "1")
    same = run(case_world(), tmp_path / "2", previous=first)
    assert same.tables["alerts"].equals(first.tables["alerts"])
    more = case_world()
    more.use("m1", "device", "device-of-r1")  # new evidence: m1 shares the device of the referred account
    updated = run(more, tmp_path / "3", previous=same)
    was, now = first.alerts()["m1"], updated.alerts()["m1"]
    assert now["status"] == "updated"
    assert (now["alert_id"], now["opened_at"], now["due_at"]) == (was["alert_id"], was["opened_at"], was["due_at"])
    new = set(json.loads(str(now["evidence"]))) - set(json.loads(str(was["evidence"])))
    assert {key.rpartition(":")[0] for key in new} == {"identifier:device", "indicator"}
    assert "indicator:device_holders@1" in new  # the third holder of that device
    text = ("reason_zh", "reason_en")
    untouched = [{k: v for k, v in n.alerts()["nobody"].items() if k not in text} for n in (same, updated)]
    assert untouched[0] == untouched[1]
    gone = case_world()
    gone.referrals.clear()
    empty = run(gone, tmp_path / "4", previous=updated, even=False)
    assert {r["status"] for r in empty.alerts().values()} == {"no longer supported"}
    assert set(empty.alerts()) == set(updated.alerts())
    assert [r["source"] for r in empty.reasons("m1")] == ["closed"]
    last = run(gone, tmp_path / "5", previous=empty, even=False)
    assert last.tables["alerts"].num_rows == 0
    assert all(r["score_e6"] == 0 and r["level"] is None for r in last.scores().values())


def test_an_alerted_account_that_is_referred_keeps_its_alert(tmp_path: Path) -> None:
    first = run(case_world(), tmp_path / "1")
    world = case_world()
    world.refer("dev", "C2")
    second = run(world, tmp_path / "2", previous=first)
    was, now = first.alerts()["dev"], second.alerts()["dev"]
    assert (now["alert_id"], now["level"], now["status"]) == (was["alert_id"], 1, "updated")
    assert now["due_at"] == now["opened_at"] + 3_600_000_000
    assert second.reasons("dev")[0]["reason_en"] == "referred by the police at 2026-03-27 00:00 (case C2)"


def test_a_score_that_is_not_broken_down_says_so(tmp_path: Path) -> None:
    settings = Settings(levels=EVEN.levels.model_copy(update={"explain_max": 1}))
    found = run(case_world(), tmp_path / "1", settings=settings)
    explained = {r["account_id"] for r in found.tables["shares"].to_pylist()}
    assert explained <= {"m1"}  # the only one at level 1
    assert found.reasons("dev")[0]["reason_en"] == "tied to referred accounts (not broken down by account)"


def test_findings_are_the_same_for_facts_in_another_order(tmp_path: Path) -> None:
    one, other = case_world(), case_world()
    other.uses.reverse()
    other.accounts = dict(reversed(other.accounts.items()))
    left, right = run(one, tmp_path / "1", even=False), run(other, tmp_path / "2", even=False)
    assert findings_hash(left.tables) == findings_hash(right.tables)
    assert left.scores()["m1"]["score_e6"] > 0
