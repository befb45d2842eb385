"""Two nights worked out by hand.

Known on the first night: v ──100──▶ a ──90──▶ b, h ──5──▶ b, y ──3──▶ z, e ──8──▶ f; a is referred (C1); b uses
a phone; m, a merchant, is paid by h. New on the second: a ──70──▶ c; b ──40──▶ d, a late row of the day before; g uses
b's phone; c is referred (C2), a's referral is withdrawn; e's payment is taken back; v pays m.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from run_kit import NINE
from run_kit import publish as publish_facts

from graphfraud.core.clock import DAY, HOUR
from graphfraud.core.findings import FINDINGS
from graphfraud.core.runs import RunCatalogue

FIRST, SECOND = NINE + DAY, NINE + 2 * DAY
LATER = FIRST + HOUR
PHONE = "13812345678"


def paid(n: int, time: int, payer: str, payee: str, amount: int, **more: Any) -> dict[str, Any]:
    return {"txn_id": f"P{n}", "time": time, "payer": payer, "payee": payee, "amount": amount} | more


def referral(name: str, case: str, account: str, time: int) -> dict[str, Any]:
    return {"referral_id": name, "case_no": case, "account_id": account, "referred_at": time}


ROWS: dict[str, list[dict[str, Any]]] = {
    "accounts": [{"account_id": n, "open_time": 1, "merchant": n == "m"} for n in "abcdefghmvyz"],
    "transfers": [
        paid(0, NINE, "v", "a", 10_000), paid(1, NINE + HOUR, "a", "b", 9_000), paid(2, LATER, "a", "c", 7_000),
        paid(3, NINE + 2 * HOUR, "b", "d", 4_000, known_at=LATER), paid(4, NINE, "e", "f", 800),
        paid(8, NINE, "h", "m", 100), paid(9, LATER, "v", "m", 100),
        paid(5, LATER, "f", "e", 800, reversal_of="P4"), paid(6, NINE, "h", "b", 500), paid(7, NINE, "y", "z", 300),
    ],
    "identifiers": [
        {"account_id": "b", "kind": "phone", "value": PHONE, "first_seen": NINE},
        {"account_id": "g", "kind": "phone", "value": PHONE, "first_seen": LATER},
    ],
    "referrals": [referral("R1", "C1", "a", NINE), referral("R2", "C2", "c", LATER)],
    "withdrawals": [{"referral_id": "R1", "withdrawn_at": LATER}],
}  # fmt: skip


def findings(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    schema = FINDINGS[name].schema
    return FINDINGS[name].sorted(pa.Table.from_pylist([{c: r.get(c) for c in schema.names} for r in rows], schema))


def alert(account: str, level: int, closed: int | None = None) -> dict[str, Any]:
    return {"alert_id": f"A-{account}", "account_id": account, "level": level, "closed_at": closed}


def publish(runs: Path, run_id: str, as_of: int, tables: dict[str, list[dict[str, Any]]], before: str | None) -> None:
    folder = publish_facts(runs, ROWS, run_id, as_of)
    for name, rows in tables.items():
        pq.write_table(findings(name, rows), folder / "findings" / f"{name}.parquet")
    raw = json.loads((folder / "manifest.json").read_text())
    told = None if before is None else {"run_id": before, "findings_hash": ""}
    (folder / "manifest.json").write_text(json.dumps(raw | {"predecessor": told}))


def two_nights(runs: Path) -> RunCatalogue:
    """The runs `one` and `two`, its successor, which is live."""
    ring = [{"ring_id": "R-1", "kind": "ring", "account_id": a} for a in "abc"]
    first = {"alerts": [alert("a", 1), alert("z", 3), alert("e", 2), alert("b", 2)], "rings": ring[:2]}
    publish(runs, "one", FIRST, first, None)
    second = {
        "alerts": [
            *(alert("a", 1, SECOND), alert("z", 3, SECOND), alert("e", 3), alert("b", 2)),
            *(alert("c", 1), alert("d", 3), alert("g", 2), alert("h", 3)),
        ],
        "rings": ring,
        "ring_lineage": [{"ring_id": "R-1", "event": "grown", "previous_ring_id": "R-1", "joined": 1, "left": 0}],
    }
    publish(runs, "two", SECOND, second, "one")
    return RunCatalogue(runs)
