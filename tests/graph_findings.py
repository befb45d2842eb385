"""Findings for tests of the graph's queries: an older run, and a live one with rings, alerts, layers, victims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from graphfraud.core.clock import DAY, HOUR, parse_as_of
from graphfraud.core.findings import FINDINGS
from graphfraud.stores.base import RunRecord

Row = dict[str, Any]
AS_OF = parse_as_of("2026-03-21")
LIVE, OLD = "20260321T000000-1", "20260320T000000-1"
ADDRESS = "上海市徐汇区漕溪路0号"
PHONE = "13800000003"

RINGS = {"R-1": ["P10", "P11", "P20", "P21"], "R-2": ["P12", "P22", "P23"], "R-3": ["P30", "P31", "P32"]}
REFERRED = ("P10", "P11", "P12")
LEVELS = {"P20": 1, "P21": 2, "P22": 1, "P30": 3}
LAYERS = [("P10", "CASE-1", 1), ("P11", "CASE-1", 1), ("P20", "CASE-1", 2), ("P21", "CASE-1", 3), ("P12", "CASE-2", 1)]
LAYERS += [("P20", "CASE-2", 2)]


def score(account: str) -> int:
    """In 1e-6."""
    return 990_000 if account in REFERRED else 20_000 * int(account[1:])


def ring_of(account: str) -> str | None:
    return next((ring for ring, members in RINGS.items() if account in members), None)


def layer_of(account: str) -> int | None:
    return min((layer for a, _, layer in LAYERS if a == account), default=None)


def scores() -> list[Row]:
    """Rows of the table scores: members, referred, and one account of which nothing is said."""
    found = sorted({a for members in RINGS.values() for a in members} | {"P01"})
    return [
        {"account_id": a, "score_e6": score(a), "referral_share_e6": score(a), "behaviour_share_e6": 0}
        | {"level": LEVELS.get(a), "layer": layer_of(a), "ring_id": ring_of(a), "referred": a in REFERRED}
        | {"behaviour_e6": 0, "lineage_e6": 0, "points_e6": 0, "exempt_class": None}
        | {"walk_rank_e6": 0, "indicators_rank_e6": 0, "learned_rank_e6": 0, "unusual_rank_e6": 0}
        | {"probability_e6": None, "probability_support": None}
        for a in found
    ]


def members() -> list[Row]:
    roles = ("collector", "relay", "cashout", "recruiter")
    return [
        {"ring_id": ring, "kind": kind_of(ring), "account_id": a, "role": roles[n], "referred": a in REFERRED}
        | {"loose": n == 3, "inside_e6": 500_000 + n, "attached": n == 2}
        for ring, accounts in RINGS.items()
        for n, a in enumerate(accounts)
    ]


def kind_of(ring: str) -> str:
    return "lead" if ring == "R-3" else "ring"


def summary() -> list[Row]:
    return [
        {"ring_id": ring, "kind": kind_of(ring), "members": len(accounts), "referred_members": _referred(accounts)}
        | {
            "referred_share_e6": 1_000_000 * _referred(accounts) // len(accounts),
            "inside_amount": 1_000_000 * len(accounts),
        }
        | {"first_time": AS_OF - 9 * DAY, "last_time": AS_OF - int(ring[-1]) * DAY, "reason_zh": f"理由 {ring}"}
        | {"reason_en": f"why {ring}", "lead_rank": 1 if ring == "R-3" else None, "weight_e6": 5, "density_e6": 6}
        for ring, accounts in RINGS.items()
    ]


def _referred(accounts: Sequence[str]) -> int:
    return sum(a in REFERRED for a in accounts)


def evidence() -> list[Row]:
    bond = {"ring_id": "R-1", "kind": "identifier", "holders": 3, "weight_e6": 400_000}
    return [
        bond | {"rank": 1, "identifier_kind": "phone", "identifier_value": PHONE, **_why("phone")},
        bond | {"rank": 2, "identifier_kind": "address", "identifier_value": ADDRESS, **_why("address")},
        {"ring_id": "R-1", "kind": "relay", "rank": 1, "account_a": "P10", "account_b": "P20", "weight_e6": 900_000}
        | {"payments": 4, "amount": 7_000_000, **_why("relay")},
        {
            "ring_id": "R-2",
            "kind": "relay",
            "rank": 1,
            "account_a": "P12",
            "account_b": "P22",
            "payments": 1,
            **_why("r2"),
        },
    ]


def _why(text: str) -> Row:
    return {"reason_zh": f"因 {text}", "reason_en": f"because {text}"}


def alerts() -> list[Row]:
    rows = [
        {"alert_id": f"A-{a}", "account_id": a, "level": level, "score_e6": score(a), "status": "open"}
        | {"opened_at": AS_OF - n * HOUR, "due_at": AS_OF + (4 - level) * HOUR, "evidence": "e", **_why(a)}
        for n, (a, level) in enumerate(LEVELS.items())
    ]
    closed = {"alert_id": "A-0", "account_id": "P33", "level": 1, "score_e6": 5, "status": "no longer supported"}
    return [*rows, closed | {"opened_at": AS_OF - DAY, "due_at": AS_OF, "closed_at": AS_OF, **_why("gone")}]


def reasons() -> list[Row]:
    return [
        {
            "alert_id": "A-P20",
            "rank": n,
            "source": "walk",
            "source_id": "P10",
            "points_e6": 7 - n,
            **_why(f"reason {n}"),
        }
        for n in (2, 1)
    ]


def layers() -> list[Row]:
    return [
        {"account_id": a, "case_no": case, "layer": layer, "assumed": a == "P12", "referral_id": f"R{layer}"}
        | {"via_txn": f"X{n:04d}", "time": AS_OF - n * HOUR}
        for n, (a, case, layer) in enumerate(LAYERS)
    ]


def victims() -> list[Row]:
    return [
        {"account_id": v, "payee": to, "txn_id": f"X{n:04d}", "time": AS_OF - n * DAY, "amount": 100_000 * (n + 1)}
        | {"ring_id": ring_of(to), "reported": n == 1, "rank": 3 - n, "payments": n + 1, **_why(f"victim {n}")}
        | {"points": 12 - 2 * n, "grade": ("likely", "possible", "possible")[n]}
        for n, (v, to) in enumerate([("P01", "P10"), ("P02", "P10"), ("P03", "P22")])
    ]


def next_victims() -> list[Row]:
    return [
        {"account_id": v, "payee": to, "txn_id": f"Y{n:04d}", "time": AS_OF - n * HOUR, "amount": 900 + n}
        | {"ring_id": ring_of(to), "reported": n == 1, "rank": n + 1, "payments": 1, "kind": kind, "points": 9 - n}
        | _why(f"next {n}")
        for n, (v, to, kind) in enumerate([("P04", "P10", "probe"), ("P02", "P11", "again"), ("P05", "P22", "first")])
    ]


def hubs() -> list[Row]:
    rows = [("ip", "10.0.0.1", 30, 30), ("device", "d-wide", 28, 30), ("phone", PHONE, 60, 61)]
    return [{"kind": k, "value": v, "holders": h, "accounts": a} for k, v, h, a in rows]


def runs() -> list[tuple[RunRecord, Mapping[str, pa.Table]]]:
    """The run before, whose findings nobody should meet, and the live one."""
    old = [row | {"score_e6": 1, "level": 1} for row in scores()]
    stale = {"scores": _table("scores", old), "rings": _table("rings", members()[:3])}
    stale["layers"] = _table("layers", [{**layers()[0], "account_id": "P05"}])
    stale["victims"] = _table("victims", [{**victims()[0], "account_id": "P05"}])
    stale["next_victims"] = _table("next_victims", [{**next_victims()[0], "account_id": "P06"}])
    stale["alerts"] = _table("alerts", alerts()[:1])
    makers = {"scores": scores, "rings": members, "ring_summary": summary, "ring_evidence": evidence, "alerts": alerts}
    makers |= {"alert_reasons": reasons, "layers": layers, "victims": victims, "hubs": hubs}
    makers |= {"next_victims": next_victims}
    live = {name: _table(name, make()) for name, make in makers.items()}
    return [(RunRecord(OLD, AS_OF - DAY, "old"), stale), (RunRecord(LIVE, AS_OF, "hash"), live)]


def _table(name: str, rows: list[Row]) -> pa.Table:
    schema = FINDINGS[name].schema
    return FINDINGS[name].sorted(
        pa.Table.from_pylist([{f: r.get(f) for f in schema.names} for r in rows], schema=schema)
    )
