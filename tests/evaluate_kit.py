"""A world small enough to work out by hand, written as canonical Parquet with its truth.

Day 1 is the cut. Ring 0: r1, r2, r3 have acted by day 1, r4 has not; ring 1: q1, q2 (never three); x1 is a ring member
of another bank; v1 has paid a ring; s1 is referred on day 0 and is in ring 0; w1 is referred on day 2.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

DAY_0 = 1_767_196_800
DAY = 86_400
PERSONS = ["h1", "h2", "h3", "q1", "q2", "r1", "r2", "r3", "r4", "s1", "v1", "w1", "x1"]
COMPANIES = ["c1"]
CUT = (DAY_0 + DAY) * 1_000_000


def write(folder: Path) -> Path:
    """Write the world; its folder."""
    ids = sorted(PERSONS + COMPANIES)
    tables = {
        "accounts": {
            "account_id": ids,
            "holder_type": ["company" if a in COMPANIES else "person" for a in ids],
            "merchant": [False] * len(ids),
            "pooled": [False] * len(ids),
            "open_time": [DAY_0 + 3 * DAY if a == "h3" else DAY_0 - DAY for a in ids],
        },
        "transfers": _rows(
            "txn_id time payer payee amount",
            ("t1", DAY_0 + 10, "v1", "s1", 1000),
            ("t2", DAY_0 + 20, "s1", "r1", 600),
            ("t3", DAY_0 + 30, "s1", "r2", 300),
            ("t4", DAY_0 + 40, "r1", "r3", 500),
            ("t5", DAY_0 + 50, "h1", "h2", 70),
            ("t6", DAY_0 + 60, "h1", "c1", 70),
            ("t7", DAY_0 + 2 * DAY, "r3", "r4", 400),
            ("t8", DAY_0 + 3 * DAY, "h1", "h2", 70),
            ("t9", DAY_0 + 100, "s1", "x1", 50),
        ),
        "cash": _rows("txn_id time account amount", ("k1", DAY_0 + 70, "r2", 300)),
        "identifiers": _rows(
            "account_id kind value first_seen last_seen",
            ("s1", "device", "d1", DAY_0 - 9, DAY_0),
            ("r1", "device", "d1", DAY_0 - 9, DAY_0),
            ("r2", "device", "d1", DAY_0 - 9, DAY_0),
            ("s1", "phone", "p1", DAY_0 - 9, DAY_0),
            ("h1", "phone", "p1", DAY_0 + 2 * DAY, DAY_0 + 3 * DAY),
        ),
        "referrals": _rows(
            "referral_id case_no account_id referred_at",
            ("R1", "C1", "s1", DAY_0 + 200),
            ("R2", "C2", "w1", DAY_0 + 2 * DAY),
        ),
        "truth/rings": _rows(
            "account_id ring role",
            *[(a, 0, "relay") for a in ("s1", "r1", "r2", "r3", "r4", "x1")],
            ("q1", 1, "dormant"),
            ("q2", 1, "dormant"),
        ),
        "truth/fraud_transfers": _rows(
            "txn_id case depth", *[(t, "C1", 0) for t in ("t1", "t2", "t3", "t4", "t7", "t9")]
        ),
        "truth/victims": _rows("case ring victim amount time", ("C1", 0, "v1", 1000, DAY_0 + 10)),
        "truth/strata": {"account_id": ids, "stratum": ["firm" if a in COMPANIES else "worker" for a in ids]},
        "truth/outside": _rows("account_id ring", ("x1", 0)),
    }
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return folder


def _rows(names: str, *rows: tuple[object, ...]) -> dict[str, list[object]]:
    return {name: [row[i] for row in rows] for i, name in enumerate(names.split())}


def scores(**given: float) -> pa.Table:
    """An export of scores with levels: 1 from .8, 2 from .5, 3 from .2."""
    level = [1 if s >= 0.8 else 2 if s >= 0.5 else 3 if s >= 0.2 else None for s in given.values()]
    return pa.table({"account_id": list(given), "score": list(given.values()), "level": pa.array(level, pa.int64())})


def rings(**members: str) -> pa.Table:
    """An export of rings: ring_id="a b c"; a ring whose id starts with lead is a lead."""
    rows = [(ring, a) for ring, them in members.items() for a in them.split()]
    kinds = ["lead" if r.startswith("lead") else "ring" for r, _ in rows]
    return pa.table({"ring_id": [r for r, _ in rows], "kind": kinds, "account_id": [a for _, a in rows]})
