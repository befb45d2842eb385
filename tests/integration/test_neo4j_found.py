"""Queries about identifiers, cases and the live run: every row and its order, worked out from the same rows.

An older run lies in the graph beside the live one, and a load in progress beside the facts; neither may be seen.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import Any

import graph_findings as known
import graph_kit
import pytest
from graph_findings import AS_OF, LIVE, OLD, RINGS
from graph_kit import PEOPLE, START, Graph, Row
from graph_oracle import EVER, World, window

from graphfraud.core import clock
from graphfraud.core.clock import DAY, HOUR
from graphfraud.services.lens import MASKED, Lens
from graphfraud.services.query import masked, query

pytestmark = pytest.mark.usefixtures("neo4j")
STANDING = (
    "R1",
    "R2",
    "R3",
    "R7",
    "R8",
    "R10",
    "R30",
    "R31",
    "R32",
    "R33",
)  # the others were withdrawn, or are of a load in progress


def users(world: World) -> dict[tuple[str, str], set[str]]:
    """(kind, value) → its accounts."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in world.bank.identifiers:
        found[row["kind"], row["value"]].add(row["account_id"])
    return found


def holder(world: World, account: str) -> str | None:
    rows = [a for a in world.bank.accounts if a["account_id"] == account]
    return rows[0].get("holder_id") if rows else None


def uses(world: World, kind: str, value: str, account: str) -> list[Row]:
    wanted = (kind, value, account)
    return [u for u in world.bank.identifiers if (u["kind"], u["value"], u["account_id"]) == wanted]


def shown(rows: list[Row]) -> list[Row]:
    return [masked(row, MASKED) for row in rows]


def assessed(account: str) -> Row:
    """What the live run says of an account; nothing of one without level, layer and ring."""
    said = known.ring_of(account) is not None
    return {
        "score": known.score(account) if said else None,
        "level": known.LEVELS.get(account),
        "layer": known.layer_of(account),
        "ring_id": known.ring_of(account),
    }


@pytest.mark.parametrize(
    ("kind", "value"), [("device", "d-wide"), ("device", "d0"), ("phone", "13800000003"), ("mac", "aa:bb:cc:00")]
)
def test_accounts_by_identifier(graph: Graph, world: World, kind: str, value: str) -> None:
    rows = []
    for account in users(world)[kind, value]:
        own = uses(world, kind, value, account)
        row = {"kind": kind, "value": value, "account": account, "first_seen": min(u["first_seen"] for u in own)}
        row |= {"last_seen": max(u["last_seen"] for u in own), "uses": sum(u["count"] for u in own)}
        said = assessed(account)
        rows.append(row | {"referred": account in known.REFERRED, "level": said["level"], "ring_id": said["ring_id"]})
    expected = sorted(rows, key=lambda r: (r["first_seen"], r["account"]))
    assert len(expected) > 1
    assert graph.query("accounts_by_identifier", kind=kind, value=value).rows == shown(expected)


@pytest.mark.parametrize(("account", "most"), [("P03", 50), ("P06", 20), ("P20", 4)])
def test_shared_identifiers(graph: Graph, world: World, account: str, most: int) -> None:
    rows: list[Row] = []
    for (kind, value), accounts in users(world).items():
        if account not in accounts or len(accounts) < 2:
            continue
        head = {"kind": kind, "value": value, "accounts": len(accounts), "hub": len(accounts) > most}
        if len(accounts) > most:
            rows.append(head | {"partner": None, "same_holder": None, "first_seen": None, "last_seen": None})
        for other in accounts - {account} if len(accounts) <= most else ():
            own = uses(world, kind, value, other)
            same = holder(world, other) == holder(world, account)
            row = head | {"partner": other, "same_holder": same, "first_seen": min(u["first_seen"] for u in own)}
            rows.append(row | {"last_seen": max(u["last_seen"] for u in own)})
    expected = sorted(rows, key=lambda r: (r["kind"], r["value"], r["partner"] or "~"))
    assert {row["hub"] for row in expected} == ({True, False} if most < 50 else {False})
    assert graph.query("shared_identifiers", account=account, max_accounts=most).rows == shown(expected)


@pytest.mark.parametrize(("holders", "most"), [(2, 50), (3, 20), (4, 5)])
def test_shared_device_rings(graph: Graph, world: World, holders: int, most: int) -> None:
    rows = []
    for (kind, value), accounts in users(world).items():
        different = {holder(world, a) or a for a in accounts}
        if kind != "device" or len(different) < holders or len(accounts) > most:
            continue
        among = [t for t in world.payments() if {t["payer"], t["payee"]} <= accounts and t["payer"] != t["payee"]]
        row = {"device": value, "holders": len(different), "accounts": sorted(accounts)}
        row |= {"referred": len(accounts & set(known.REFERRED)), "payments": len(among)}
        rows.append(row | {"amount": sum(t["amount"] for t in among)})
    expected = sorted(rows, key=lambda r: (-r["holders"], r["device"]))
    assert len(expected) > 1
    assert graph.query("shared_device_rings", min_holders=holders, max_accounts=most).rows == expected


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("account", ["P00", "P08"])
def test_device_circle(graph: Graph, world: World, account: str, steps: int) -> None:
    devices = {v: a for (kind, v), a in users(world).items() if kind == "device" and len(a) <= 20}
    step, front = {account: 0}, {account}
    for n in range(1, steps + 1):
        front = {b for accounts in devices.values() if accounts & front for b in accounts} - step.keys()
        step |= dict.fromkeys(front, n)
    expected = [
        {
            "account": a,
            "step": n,
            "devices": sorted(v for v, who in devices.items() if a in who and len(who & set(step)) > 1),
        }
        | {"holder_id": holder(world, a), "level": assessed(a)["level"], "ring_id": assessed(a)["ring_id"]}
        for a, n in sorted(step.items(), key=lambda item: (item[1], item[0]))
        if n
    ]
    assert expected
    assert graph.query("device_circle", account=account, steps=steps).rows == expected


def bridges(world: World, least: int, at_least: int, degree: int, span: tuple[int, int] = EVER) -> list[Row]:
    cases: dict[str, set[str]] = defaultdict(set)
    for r in world.bank.referrals:
        if r["referral_id"] in STANDING and world.degree(r["account_id"], "payer") <= degree:
            cases[r["account_id"]].add(r["case_no"])
    paid: dict[str, list[Row]] = defaultdict(list)
    for t in world.payments(span, at_least):
        if t["payer"] in cases and t["payer"] != t["payee"]:
            paid[t["payee"]].append(t)
    rows = []
    for account, ts in paid.items():
        payers = sorted({t["payer"] for t in ts})
        apart = any(not cases[a] & cases[b] for a, b in combinations(payers, 2))
        if len(payers) >= least and apart and account not in ("POOL", "SHOP"):
            row = {"account": account, "referred_payers": payers}
            row |= {"cases": sorted(set().union(*(cases[p] for p in payers))), "payments": len(ts)}
            row |= {"amount": sum(t["amount"] for t in ts), "first": ts[0]["time"], "last": ts[-1]["time"]}
            rows.append(row | {"referred": account in ("P10", "P11", "P12")})
    return sorted(rows, key=lambda r: (-len(r["referred_payers"]), -r["amount"], r["account"]))


@pytest.mark.parametrize(("least", "min_yuan"), [(2, 0), (2, 2_500), (3, 0)])
def test_bridge_accounts(graph: Graph, world: World, least: int, min_yuan: int) -> None:
    """P10 is of both cases: with P11 or P12 alone it makes no bridge."""
    assert 1 < len(bridges(world, least, min_yuan * 100, 1000)) < 30
    for span in (EVER, window(3, 15), window(4, 8)):
        expected = bridges(world, least, min_yuan * 100, 1000, span)
        texts = {} if span == EVER else {"since": clock.iso(span[0]), "until": clock.iso(span[1])}
        assert graph.query("bridge_accounts", min_payers=least, min_amount=min_yuan, **texts).rows == expected


@pytest.mark.parametrize("account", ["P10", "P11", "P12"])
def test_bridges_behind_a_hub_are_left_out(graph: Graph, world: World, account: str) -> None:
    limit = world.degree(account, "payer")
    for degree in (limit - 1, limit):
        assert graph.query("bridge_accounts", max_degree=degree).rows == bridges(world, 2, 0, degree)
    assert bridges(world, 2, 0, 1000) != bridges(world, 2, 0, limit - 1)


def test_waiting_referrals(graph: Graph) -> None:
    """Of the accounts of R7 and R8 nothing is known, of those of R30 to R33 by a load in progress only."""
    rows = [("R7", "CASE-2", "NOBODY", 17), ("R8", "CASE-4", "NEITHER", 18)]
    late = ("late-use", "late-cash", "late-row", "late-pay")
    rows += [(f"R3{n}", "CASE-5", account, 19) for n, account in enumerate(late)]
    names = ("referral_id", "case_no", "account", "referred_at", "authority")
    expected = [dict(zip(names, (*row[:3], START + row[3] * DAY, "PSB"), strict=True)) for row in rows]
    assert graph.query("waiting_referrals").rows == expected


@pytest.mark.parametrize("case", ["CASE-1", "CASE-2"])
def test_case_layers(graph: Graph, case: str) -> None:
    rows = []
    for row in known.layers():
        if row["case_no"] == case:
            said = {k: v for k, v in assessed(row["account_id"]).items() if k != "layer"}
            own = {"layer": row["layer"], "account": row["account_id"], "at": row["time"], "via_txn": row["via_txn"]}
            rows.append(own | {"referral_id": row["referral_id"], "assumed": row["assumed"]} | said)
    expected = sorted(rows, key=lambda r: (r["layer"], r["at"], r["account"]))
    assert [row["layer"] for row in expected] == ([1, 1, 2, 3] if case == "CASE-1" else [1, 2])
    assert graph.query("case_layers", case_no=case).rows == expected


@pytest.mark.parametrize(("case", "named"), [("CASE-1", 2), ("CASE-2", 0), ("CASE-3", 0), ("CASE-4", 0)])
def test_case_victims(graph: Graph, world: World, case: str, named: int) -> None:
    expected = []
    for r in sorted(world.bank.referrals, key=lambda r: r["referral_id"]):
        if r["case_no"] != case or r["referral_id"] not in STANDING or "victim_account" not in r:
            continue
        head = {"referral_id": r["referral_id"], "account": r["account_id"], "victim": r["victim_account"]}
        head |= {"reported_amount": r["victim_amount"], "reported_at": r["victim_time"]}
        paid = [t for t in world.payments() if (t["payer"], t["payee"]) == (r["victim_account"], r["account_id"])]
        for t in paid:
            same = (t["time"], t["amount"]) == (r["victim_time"], r["victim_amount"])
            is_named = t["txn_id"] == r["victim_txn"] if r["victim_txn"] else same
            expected.append(head | {"at": t["time"], "amount": t["amount"], "fact": t["txn_id"], "named": is_named})
        if not paid:
            expected.append(head | {"at": None, "amount": None, "fact": None, "named": False})
    assert sum(row["named"] for row in expected) == named
    assert graph.query("case_victims", case_no=case).rows == expected


@pytest.mark.parametrize("days", [20, 9])
def test_case_cash(graph: Graph, world: World, days: int) -> None:
    accounts = {a for a, case, _ in known.LAYERS if case == "CASE-1"}
    places: dict[Any, list[Row]] = defaultdict(list)
    for c in world.bank.cash:
        if c["account"] in accounts and c["amount"] > 0 and c["time"] < START + days * DAY:
            places[c["place"], c["terminal"]].append(c)
    rows = []
    for (place, terminal), out in places.items():
        row = {"place": place, "terminal": terminal, "withdrawals": len(out), "amount": sum(c["amount"] for c in out)}
        row |= {"accounts": sorted({c["account"] for c in out}), "first": min(c["time"] for c in out)}
        rows.append(row | {"last": max(c["time"] for c in out)})
    expected = sorted(rows, key=lambda r: (-r["amount"], r["place"] or "~", r["terminal"]))
    assert expected
    assert graph.query("case_cash", case_no="CASE-1", until=clock.iso(START + days * DAY)).rows == expected


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_ring_overview(graph: Graph, lang: str) -> None:
    names = {"referred": "referred_members", "referred_share": "referred_share_e6", "inside": "inside_amount"}
    names |= {"first": "first_time", "last": "last_time", "reason": f"reason_{lang}"}
    columns = ("ring_id", "kind", "members", *names)
    expected = [{c: row[names.get(c, c)] for c in columns} for row in known.summary()]
    assert [row["ring_id"] for row in expected] == ["R-1", "R-2", "R-3"]  # two referred, one, a lead
    assert graph.query("ring_overview", lang=lang).rows == expected


@pytest.mark.parametrize("ring", list(RINGS))
def test_ring_members(graph: Graph, ring: str) -> None:
    rows = []
    for row in known.members():
        if row["ring_id"] == ring:
            account, said = row["account_id"], assessed(row["account_id"])
            level = said["level"]
            own = {"account": account, "role": row["role"], "referred": row["referred"], "score": said["score"]}
            own |= {"level": level, "layer": said["layer"], "loose": row["loose"]}
            due = None if level is None else AS_OF + (4 - level) * HOUR
            rows.append(own | {"alert": f"A-{account}" if level else None, "due": due})
    expected = sorted(rows, key=lambda r: (-r["score"], r["account"]))
    assert graph.query("ring_members", ring=ring).rows == expected


def test_ring_evidence(graph: Graph) -> None:
    names = ("account_a", "account_b", "identifier_kind", "identifier_value", "holders", "payments", "amount")
    expected = [
        {"kind": row["kind"], "rank": row["rank"]}
        | {n: row.get(n) for n in names}
        | {"weight": row["weight_e6"], "reason": row["reason_en"]}
        for row in known.evidence()
        if row["ring_id"] == "R-1"
    ]
    found = graph.query("ring_evidence", ring="R-1")
    assert found.rows == shown(expected)
    assert [row["identifier_value"] for row in found.rows] == ["13*******03", "上海市********", None]
    open_ = query(graph.ask, "ring_evidence", {"ring": "R-1"}, graph_kit.WIDE, Lens(masked=False))
    assert [row["identifier_value"] for row in open_.rows] == [known.PHONE, known.ADDRESS, None]


@pytest.mark.parametrize("most", [50, 6])
def test_ring_links(graph: Graph, world: World, most: int) -> None:
    expected = []
    for one, two in combinations(RINGS, 2):
        for (kind, value), accounts in sorted(users(world).items()):
            here, there = (sorted(accounts & set(RINGS[ring])) for ring in (one, two))
            if here and there and kind != "ip" and len(accounts) <= most:
                row = {"ring_id": one, "other_ring": two, "kind": kind, "value": value}
                expected.append(row | {"accounts": here, "other_accounts": there})
    assert len(expected) > 3
    assert graph.query("ring_links", max_accounts=most).rows == shown(expected)


@pytest.mark.parametrize("unreported", [False, True])
def test_possible_victims(graph: Graph, unreported: bool) -> None:
    names = {"account": "account_id", "at": "time", "fact": "txn_id", "reason": "reason_zh"}
    columns = ("rank", "account", "payee", "at", "amount", "payments", "ring_id", "reported", "fact", "reason")
    rows = [{c: row[names.get(c, c)] for c in (*columns, "points", "grade")} for row in known.victims()]
    expected = [row for row in sorted(rows, key=lambda r: r["rank"]) if not (unreported and row["reported"])]
    assert [row["account"] for row in expected] == (["P03", "P01"] if unreported else ["P03", "P02", "P01"])
    assert graph.query("possible_victims", unreported=unreported, lang="zh").rows == expected


@pytest.mark.parametrize("unreported", [False, True])
def test_next_victims(graph: Graph, unreported: bool) -> None:
    names = {"account": "account_id", "at": "time", "fact": "txn_id", "reason": "reason_en"}
    columns = ("rank", "account", "kind", "payee", "at", "amount", "payments", "points", "ring_id", "reported", "fact")
    rows = [{c: row[names.get(c, c)] for c in (*columns, "reason")} for row in known.next_victims()]
    expected = [row for row in rows if not (unreported and row["reported"])]
    assert [row["account"] for row in expected] == (["P04", "P05"] if unreported else ["P04", "P02", "P05"])
    assert graph.query("next_victims", unreported=unreported).rows == expected


@pytest.mark.parametrize(("most", "accounts"), [(3, ["P22", "P20", "P21", "P30"]), (1, ["P22", "P20"])])
def test_alerts(graph: Graph, most: int, accounts: list[str]) -> None:
    """By level, then the one that is due first, then the higher score."""
    by = {row["account_id"]: row for row in known.alerts()}
    expected = []
    for account in accounts:
        row, said = by[account], assessed(account)
        why = ["because reason 1", "because reason 2"] if account == "P20" else [row["reason_en"]]
        own = {"level": row["level"], "alert_id": row["alert_id"], "account": account, "score": row["score_e6"]}
        own |= {"opened": row["opened_at"], "due": row["due_at"], "layer": said["layer"], "ring_id": said["ring_id"]}
        expected.append(own | {"reasons": why})
    assert graph.query("alerts", max_level=most).rows == expected


@pytest.mark.parametrize("account", ["P01", "P10", "P13", "P14", "P15", "P20", "P30", "P36", "POOL", "SHOP", "NOBODY"])
def test_account_sheet(graph: Graph, world: World, account: str) -> None:
    about: Row = next((a for a in world.bank.accounts if a["account_id"] == account), {})
    paid = [t for t in world.payments() if account in (t["payer"], t["payee"])]
    cash = [c["amount"] for c in world.bank.cash if c["account"] == account and c["amount"] > 0]
    referred = [r for r in world.bank.referrals if r["account_id"] == account and r["referral_id"] in STANDING]
    expected = {
        "account": account,
        "opened": about.get("open_time"),
        "bank": about.get("bank"),
        "branch": about.get("branch"),
        "status": None,
        "pooled": account in ("POOL", "SHOP"),
        "received": sum(t["amount"] for t in paid if t["payee"] == account),
        "paid": sum(t["amount"] for t in paid if t["payer"] == account),
        "cash_out": sum(cash),
        "first": paid[0]["time"] if paid else None,
        "last": paid[-1]["time"] if paid else None,
        "identifiers": sum(account in accounts for accounts in users(world).values()),
        "referrals": len(referred),
        **assessed(account),
    }
    assert graph.query("account_sheet", account=account).rows == [expected]


def test_identifier_hubs(graph: Graph) -> None:
    expected = sorted(known.hubs(), key=lambda r: -r["holders"])
    assert graph.query("identifier_hubs").rows == shown(expected)


def test_run_history(graph: Graph) -> None:
    """P01 has no level, layer or ring: it is in neither run; in the older run everybody else has level 1."""
    names = ("run", "as_of", "live", "rings", "leads", "alerts", "assessed", "findings_hash")
    everybody = len({a for members in RINGS.values() for a in members})
    live = (LIVE, AS_OF, True, 2, 1, 4, everybody, "hash")
    old = (OLD, AS_OF - DAY, False, 1, 0, 1, everybody + 1, "old")
    assert graph.query("run_history").rows == [dict(zip(names, row, strict=True)) for row in (live, old)]


def test_the_older_run_and_the_load_in_progress_are_there(graph: Graph) -> None:
    """What the other tests must not see is really in the graph."""
    later = graph_kit.neo4j_kit.query(
        "MATCH (s:Store) MATCH ()-[t:TRANSFER]->() WHERE t.ingest_seq > s.seq RETURN count(t)"
    )
    assert later == [(120,)]
    old = graph_kit.neo4j_kit.query(
        "MATCH (r:Run {id: $id})<-[:FOUND_IN]-(:Ring)<-[m:MEMBER_OF]-() RETURN count(m)", id=OLD
    )
    assert old == [(3,)]
    assert len(PEOPLE) == 40
