"""A published run small enough to work out by hand, for tests of what reads runs.

    v ──1000──▶ a ──900──▶ b ──500──▶ c ──500──▶ cash desk          a is referred; R-1 holds a, b and c
                │          └──400──▶ d ──100──▶ m (merchant)         device D1: a, b     phone 13812345678: b, c
                └──50──▶ p (pooled)                                   ip I1: everybody
                                                                     device D9: c and 60 others of no money
Amounts are yuan; payments are an hour apart from 09:00 on 2026-01-01, in the order written below.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from graphfraud.core.clock import HOUR, MINUTE, parse_as_of
from graphfraud.core.csr import build_events
from graphfraud.core.findings import FINDINGS, findings_hash
from graphfraud.core.runs import AccountIndex
from graphfraud.core.snapshot import CASH_DESK, Accounts, Flows, Identifiers, Meta, Referrals, Snapshot
from graphfraud.core.text import TextColumn
from graphfraud.trace.lots import match_lots
from graphfraud.trace.rules import Rule

NINE = parse_as_of("2026-01-01T09:00:00+08:00")
AS_OF = parse_as_of("2026-01-02")
CROWD = [f"z{i:02d}" for i in range(60)]
IDS = [*"abcdmpv", *CROWD]
#: payer, payee, fen; None is the cash desk
PAYMENTS = [
    ("v", "a", 100_000),
    ("a", "b", 90_000),
    ("b", "c", 50_000),
    ("b", "d", 40_000),
    ("c", None, 50_000),
    ("d", "m", 10_000),
    ("a", "p", 5_000),
]
PHONE = "13812345678"


def code(account: str | None) -> int:
    return CASH_DESK if account is None else IDS.index(account)


def snapshot(payments: list[tuple[str | None, str | None, int]] = PAYMENTS) -> Snapshot:
    n, m = len(IDS), len(payments)
    payer = np.array([code(p) for p, _, _ in payments], np.int32)
    payee = np.array([code(p) for _, p, _ in payments], np.int32)
    flows = Flows(
        NINE + HOUR * np.arange(m, dtype=np.int64),
        payer,
        payee,
        np.array([a for *_, a in payments], np.int64),
        np.zeros(m, np.uint16),
        TextColumn.of([f"T{i}" for i in range(m)]),
    )
    flag = np.zeros(n, bool)
    merchant, pooled = flag.copy(), flag.copy()
    merchant[code("m")], pooled[code("p")] = True, True
    accounts = Accounts(
        TextColumn.of(IDS),
        np.arange(n, dtype=np.int32),
        np.ones(n, np.int8),
        pooled,
        merchant,
        np.full(n, NINE, np.int64),
        np.zeros(n, np.int64),
    )
    events = build_events(n, payer, payee)
    lots, fifo = (match_lots(accounts, flows, events, rule) for rule in (Rule.LIFO, Rule.FIFO))
    referrals = Referrals(
        TextColumn.of(["REF-1"]),
        TextColumn.of(["CASE-1"]),
        np.array([code("a")], np.int32),
        np.array([AS_OF - HOUR]),
        np.array([code("v")], np.int32),
        np.array([100_000]),
        np.array([NINE]),
        np.array([0], np.int32),
    )
    return Snapshot(Meta(AS_OF, first_time=NINE), accounts, flows, events, _identifiers(n), lots, referrals, fifo)


def _identifiers(n: int) -> Identifiers:
    """In order of (kind, value)."""
    uses = [(0, "D1", ["a", "b"]), (0, "D9", ["c", *CROWD]), (1, PHONE, ["b", "c"]), (2, "I1", IDS)]
    ptr = np.concatenate([[0], np.cumsum([len(u) for *_, u in uses])]).astype(np.int64)
    account = np.array([code(a) for *_, users in uses for a in users], np.int32)
    number = np.repeat(np.arange(len(uses), dtype=np.int32), np.diff(ptr))
    order = np.argsort(account, kind="stable")
    by_ptr = np.concatenate([[0], np.cumsum(np.bincount(account, minlength=n))]).astype(np.int64)
    seen = np.full(len(account), NINE, np.int64)
    kinds = np.array([k for k, *_ in uses], np.int8)
    return Identifiers(kinds, TextColumn.of([v for _, v, _ in uses]), ptr, account, seen, seen, by_ptr, number[order])


def _ring_rows() -> dict[str, list[dict[str, Any]]]:
    return {
        "rings": [
            _member("a", "relay", True),
            _member("b", "relay", False),
            _member("c", "cashout", False, loose=True),
        ],
        "ring_summary": [
            {"ring_id": "R-1", "kind": "ring", "members": 3, "referred_members": 1, "referred_share_e6": 333_333}
            | {"weight_e6": 1_500_000, "density_e6": 500_000, "gamma_e6": 50_000, "inside_amount": 140_000}
            | {"born_as_of": AS_OF, "first_time": NINE + HOUR, "last_time": NINE + 2 * HOUR}
            | {"reason_zh": "共用设备", "reason_en": "they share a device"}
        ],
        "ring_evidence": [
            {"ring_id": "R-1", "kind": "identifier", "rank": 1, "identifier_kind": "device", "identifier_value": "D1"}
            | {"holders": 2, "weight_e6": 500_000, "reason_zh": "", "reason_en": ""},
            {"ring_id": "R-1", "kind": "identifier", "rank": 2, "identifier_kind": "phone", "identifier_value": PHONE}
            | {"holders": 2, "weight_e6": 400_000, "reason_zh": "", "reason_en": ""},
        ],
        "ring_lineage": [{"ring_id": "R-1", "event": "born", "previous_ring_id": "", "joined": 3, "left": 0}],
    }


def _account_rows() -> dict[str, list[dict[str, Any]]]:
    return {
        "shares": [
            {"account_id": "b", "referral_account": "", "share_e6": 100_000},
            {"account_id": "b", "referral_account": "a", "share_e6": 900_000},
        ],
        "lineage": [
            {"account_id": "b", "hop": 1, "from_account": "a", "to_account": "b", "txn_id": "T1"}
            | {"time": NINE + HOUR, "amount": 90_000, "carried": 90_000, "dwell": HOUR}
        ],
        "indicator_hits": [
            {"account_id": "b", "indicator_id": "out_24h", "version": 1, "value": 1_000_000, "points_e6": 120_000},
            {"account_id": "b", "indicator_id": "relay_hops", "version": 2, "value": 3, "points_e6": 300_000},
        ],
        "indicator_status": [
            {"indicator_id": "night_large", "version": 1, "computable": False, "missing": "transfers.time"},
            {"indicator_id": "out_24h", "version": 1, "computable": True, "missing": None, "hits": 1},
        ],
        "layers": [{"account_id": "a", "case_no": "CASE-1", "layer": 1, "assumed": False, "referral_id": "REF-1"}],
        "victims": [
            {"account_id": "v", "payee": "a", "txn_id": "T0", "time": NINE, "amount": 100_000, "ring_id": "R-1"}
            | {"reported": True, "rank": 1, "payments": 1, "reason_zh": "付款", "reason_en": "paid a referred account"}
            | {"points": 9, "grade": "possible"}
        ],
        "next_victims": [
            {"account_id": "v", "rank": 1, "kind": "first", "payee": "a", "txn_id": "T0", "time": NINE}
            | {"amount": 100_000, "ring_id": "R-1", "reported": True, "payments": 1, "points": 9}
            | {"reason_zh": "付款", "reason_en": "paid a referred account"}
        ],
        "alerts": [
            {"alert_id": "A-b", "account_id": "b", "level": 1, "score_e6": 700_001, "status": "open"}
            | {"opened_at": AS_OF, "due_at": AS_OF + HOUR, "reason_zh": "=风险", "reason_en": "=cmd|calc"},
            {"alert_id": "A-c0", "account_id": "c", "level": 3, "score_e6": 100_000, "status": "no longer supported"}
            | {"opened_at": AS_OF - HOUR, "due_at": AS_OF, "closed_at": AS_OF},
        ],
        "alert_reasons": [
            {"alert_id": "A-b", "rank": 1, "source": "walk", "source_id": "a", "points_e6": 630_001}
            | {"reason_zh": "来自涉案账户", "reason_en": "money came from [a] referred account"},
        ],
    }


def findings() -> dict[str, pa.Table]:
    """Every findings table; what is not named here is empty."""
    n = len(IDS)
    score, level, ring = np.zeros(n, np.int64), [None] * n, [None] * n
    for account, value in (("a", 990_000), ("b", 700_001), ("c", 300_000)):
        score[code(account)], ring[code(account)] = value, "R-1"
    level[code("b")], level[code("c")] = 1, 2
    zero, referral = np.zeros(n, np.int64), np.rint(score * 0.9).astype(np.int64)
    layer = [1 if a == "a" else 2 if a == "b" else None for a in IDS]
    rows = _ring_rows() | _account_rows()
    made = {name: FINDINGS[name].sorted(_table(name, rows.get(name, []))) for name in FINDINGS}
    made["scores"] = FINDINGS["scores"].table(
        {"account_id": IDS, "score_e6": score, "referral_share_e6": referral}
        | {"behaviour_share_e6": score - referral, "level": level, "layer": layer, "ring_id": ring}
        | {"referred": [a == "a" for a in IDS], "behaviour_e6": zero, "lineage_e6": np.where(score > 0, 1, 0)}
        | {"points_e6": zero, "exempt_class": [None] * n}
        | {"walk_rank_e6": score, "indicators_rank_e6": zero, "learned_rank_e6": score, "unusual_rank_e6": zero}
        | {"probability_e6": [None] * n, "probability_support": [None] * n}
    )
    return made


def _member(account: str, role: str, referred: bool, loose: bool = False) -> dict[str, Any]:
    own = {"ring_id": "R-1", "kind": "ring", "account_id": account, "role": role, "referred": referred}
    return own | {"loose": loose, "inside_e6": 500_000, "attached": False}


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    schema = FINDINGS[name].schema
    return pa.Table.from_pylist([{f: row.get(f) for f in schema.names} for row in rows], schema=schema)


def facts() -> pa.Table:
    """The accounts table: b has everything that is masked, and a card number that is not its key."""
    rows: list[dict[str, Any]] = [{"code": i, "account_id": a, "holder_id": f"H{i}"} for i, a in enumerate(IDS)]
    rows[code("a")]["card_no"] = "a"
    rows[code("b")] |= {"holder_name": "王小明", "id_no": "110101199001011234", "phone": PHONE}
    rows[code("b")] |= {"address": "上海市徐汇区漕溪路1号", "card_no": "6222021234567890", "open_time": NINE - MINUTE}
    names = ["code", "account_id", "holder_id", "card_no", "holder_name", "id_no", "phone", "address", "open_time"]
    types = {"code": pa.int32(), "open_time": pa.int64()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in names])
    return pa.Table.from_pylist([{f: row.get(f) for f in names} for row in rows], schema=schema)


def publish(runs: Path, run_id: str = "20260102T000000-1", live: bool = True, as_of: int = AS_OF) -> Path:
    """Write the run into a runs folder; returns its folder."""
    folder = runs / run_id
    made, tables = snapshot(), findings()
    made.save(folder / "snapshot")
    for name in ("facts", "findings"):
        (folder / name).mkdir(parents=True)
    pq.write_table(facts(), folder / "facts" / "accounts.parquet", row_group_size=10)
    for name, table in tables.items():
        pq.write_table(table, folder / "findings" / f"{name}.parquet")
    AccountIndex.build(tables, made.accounts.id).save(folder / "index")
    (folder / "hold").touch()
    feed = {"rows": 6, "first_time": NINE, "last_time": NINE + 6 * HOUR, "last_day_rows": 6, "median_day_rows": None}
    manifest = {
        "run_id": run_id,
        "as_of": as_of,
        "findings_hash": findings_hash(tables),
        "predecessor": None,
        "versions": {"graphfraud": "0.1.0"},
        "status": "published",
        "feeds": {"transfers": feed},
        "inputs": {"accounts": {"rows": len(IDS)}, "transfers": {"rows": 6}, "sanctions": {"rows": 0}},
        "quarantine": {"quarantined": 2, "received": 10},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    if live:
        (runs / "LIVE").write_text(f"{run_id}\n", encoding="utf-8")
    return folder
