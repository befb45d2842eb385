"""Every store gives what the embedded one gives: reports, exports, hops and counts, over writes made by chance."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from facts_kit import facts
from store_kit import READ, STORES, StoreKind

from graphfraud.core.schemas import IDENTIFIER_KINDS, TABLES
from graphfraud.stores.base import GraphStore, Hop, HopLimits, Statements, Window

OTHERS = [kind for kind in READ if kind.name != "embedded"]
WRITES = 16


def rows(rng: random.Random, table: str) -> list[dict[str, Any]]:
    """Rows of few ids, contents, times and sources: copies, conflicts, earlier known_at, missing values."""
    made = []
    for _ in range(rng.randrange(1, 9)):
        own: dict[str, Any] = {"known_at": rng.randrange(30), "source_row": rng.choice([None, 1, 2, 3])}
        own["source_file"] = rng.choice(["a.csv", "b.csv", None])
        account, other = (f"A{rng.randrange(4)}" for _ in range(2))
        time = rng.randrange(20)
        if table == "transfers":
            own |= {"txn_id": f"X{rng.randrange(8)}", "time": time % 3, "payer": account, "payee": other}
            own |= {"amount": rng.randrange(1, 3), "remark": rng.choice([None, "r"])}
            own["reversal_of"] = rng.choice([None, None, "X0", "X1"])
            own["success"] = rng.choice([None, True, True, False])
        elif table == "identifiers":
            kind = rng.choice(IDENTIFIER_KINDS)
            own |= {"account_id": account, "kind": kind, "value": f"v{rng.randrange(2)}", "first_seen": time % 4}
            if rng.random() < 0.3:  # an id that is not made of the content: conflicts between kinds
                own["row_id"] = f"U{rng.randrange(3)}"
        elif table == "referrals":
            own |= {"referral_id": f"R{rng.randrange(4)}", "case_no": f"C{time % 2}", "account_id": account}
            own |= {"referred_at": time % 2, "status": rng.choice([None, "open"])}
        elif table == "withdrawals":
            own |= {"referral_id": f"R{rng.randrange(4)}", "withdrawn_at": time % 2}
        elif table == "sanctions":
            own |= {"subject_kind": rng.choice(["account", "person"]), "subject": account, "start": time % 3}
        elif table == "dispositions":
            own |= {"account_id": account, "time": time % 3, "result": "held"}
        elif table == "cash":
            own |= {
                "txn_id": f"K{rng.randrange(5)}",
                "time": time % 3,
                "account": account,
                "amount": rng.choice([-5, 5]),
            }
        else:
            own |= {
                "account_id": account,
                "bank": rng.choice(["1", "2"]),
                "card_no": rng.choice(["A1", None]),
                "open_time": rng.choice([None, 4]),
            }
        made.append(own)
    return made


def listed(table: pa.Table) -> list[tuple[Any, ...]]:
    return sorted((tuple(row.values()) for row in table.to_pylist()), key=repr)


def seen(store: GraphStore, rng: random.Random) -> dict[str, Any]:
    """What can be read of a store, at a time and after a load taken by chance."""
    as_of, since = rng.randrange(32), rng.choice([None, 0, rng.randrange(WRITES)])
    exported = store.export(as_of, since)
    found: dict[str, Any] = {name: listed(exported[name]) for name in TABLES}
    found |= {"missing": exported.missing, "last": exported.max_ingest_seq}
    names = ["time", "row_id", "ingest_seq"]
    found["pieces"] = sorted(r for p in exported.by_time("transfers", names, 2) for r in listed(p))
    accounts = [f"A{n}" for n in range(5) if rng.random() < 0.6]
    limits = HopLimits(rng.randrange(3), rng.randrange(1, 5), rng.choice([None, as_of]))
    for direction in ("out", "in", "both"):
        hop = store.expand(accounts, direction, Window(0, rng.randrange(1, 4)), limits)
        found[direction] = (hop.rows.to_pylist(), hop.hubs)
    until = {a: rng.randrange(4) for a in accounts if rng.random() < 0.3}
    wanted = Statements(until, undone=True, banks=("1", "2"))
    hop = store.expand(accounts, "both", Window(0, 3), replace(limits, statements=wanted))
    assert hop.statement is not None
    held = [row._asdict() for row in hop.statement.accounts if row.stated or row.seen]
    tables = (hop.rows.to_pylist(), [move._asdict() for move in hop.statement.cash], held)
    found["statements"] = [sorted(repr(_unnumbered(row)) for row in rows) for rows in tables]
    found["told"] = (hop.hubs, hop.statement.undone, hop.statement.seen_banks)
    wanted = Statements(until, whole=False, signs=rng.random() < 0.5)
    found["brief"] = brief(store, store.expand(accounts, "both", Window(0, 3), replace(limits, statements=wanted)))
    shared = store.shared(accounts, limits)
    stats = store.stats()
    return found | {"shared": (shared.rows.to_pylist(), shared.hubs), "stats": (stats.rows, stats.max_known_at)}


def brief(store: GraphStore, hop: Hop) -> list[tuple[Any, ...]]:
    """Transfers told in brief, by the names of the rows that their numbers mean."""
    numbers = tuple(hop.rows["row"].to_pylist())
    if not numbers:
        return []
    whole = store.expand([], "both", Window(0, 3), HopLimits(statements=Statements(rows=numbers))).rows
    named = {row["row"]: row for row in whole.to_pylist()}
    made = []
    for row in hop.rows.to_pylist():
        told = named[row["row"]]
        assert all(row[name] == told[name] for name in ("time", "payer_no", "payee_no")), (row, told)
        made.append((told["row_id"], row["time"], row["amount"]))
    return sorted(made)


def _unnumbered(row: dict[str, object]) -> dict[str, object]:
    """Without the store's own numbers."""
    return {name: value for name, value in row.items() if name not in {"row", "payer_no", "payee_no", "number"}}


@pytest.mark.parametrize(
    ("kind", "seed"), [(OTHERS[0], 0), (OTHERS[0], 1), (OTHERS[1], 2)], ids=["neo4j-0", "neo4j-1", "packed-2"]
)
def test_stores_agree(kind: StoreKind, seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    with STORES[0].open(tmp_path) as reference, kind.open(tmp_path) as store:
        inserted = conflicts = 0
        for number in range(WRITES):
            name = rng.choice([*TABLES, "transfers", "identifiers"])
            given = facts(name, rows(rng, name))
            ours, theirs = reference.write(given), store.write(given)
            for field in ("table", "received", "inserted", "unchanged", "max_ingest_seq"):
                assert getattr(theirs, field) == getattr(ours, field), (number, name, field)
            assert listed(theirs.conflicts) == listed(ours.conflicts), (number, name)
            inserted, conflicts = inserted + ours.inserted, conflicts + ours.conflicts.num_rows
            look = rng.randrange(10**6)
            assert seen(store, random.Random(look)) == seen(reference, random.Random(look)), (number, name)
        assert inserted > WRITES
        assert conflicts > 0
