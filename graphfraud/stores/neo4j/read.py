"""One batched hop over the stored facts, for interactive queries on the system of record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from graphfraud.core.schemas import IDENTIFIERS, TRANSFERS, TableSpec
from graphfraud.stores.base import Direction, Hop, HopLimits, Window
from graphfraud.stores.neo4j.export import EVER
from graphfraud.stores.neo4j.families import FAMILIES
from graphfraud.stores.neo4j.session import Session
from graphfraud.stores.neo4j.statements import statements


def expand(session: Session, accounts: Sequence[str], direction: Direction, window: Window, limits: HopLimits) -> Hop:
    """See `GraphStore.expand`. One index seek an account and its transfers; those of a hub are counted only."""
    if limits.statements is not None:
        return statements(session, accounts, window, limits, limits.statements)
    asked = sorted(set(accounts))
    bounds = {"start": window.start, "end": window.end, "min_amount": limits.min_amount}
    found = session.read(
        f"read/store_expand_{direction}", "expanding accounts", accounts=asked, **bounds, **_limits(session, limits)
    )
    hubs = {r["account"]: r["degree"] for r in found if r["row"] is None}
    rows = _table(TRANSFERS, [r["row"] for r in found if r["row"] is not None])
    order = [
        ("time", "ascending", "at_start"),
        ("txn_id", "ascending", "at_start"),
        ("row_id", "ascending", "at_start"),
    ]
    return Hop(rows.take(pa.compute.sort_indices(rows, order)), dict(sorted(hubs.items())))


def shared(session: Session, accounts: Sequence[str], limits: HopLimits) -> Hop:
    """See `GraphStore.shared`. The identifiers of the accounts, then their uses; those of a hub are counted only."""
    asked = sorted(set(accounts))
    found = session.read(
        "read/store_shared", "looking up shared identifiers", accounts=asked, **_limits(session, limits)
    )
    hubs = {f"{r['kind']}:{r['value']}": r["accounts"] for r in found if r["rows"] is None}
    rows = _table(IDENTIFIERS, [row for r in found for row in r["rows"] or ()])
    return Hop(
        rows.sort_by([(c, "ascending") for c in ("kind", "value", "account_id", "row_id")]), dict(sorted(hubs.items()))
    )


def _limits(session: Session, limits: HopLimits) -> dict[str, int]:
    (marks,) = session.read("read/store_seen", "reading the last load")
    as_of = EVER if limits.as_of is None else limits.as_of
    return {"max_degree": limits.max_degree, "as_of": as_of, "seen": marks["seen"]}


def _table(spec: TableSpec, rows: list[list[Any]]) -> pa.Table:
    """Rows in the order of the family as a table, each row_id once."""
    names = FAMILIES[spec.name].columns
    place = names.index("row_id")
    once = {row[place]: row for row in rows}
    columns = list(zip(*once.values(), strict=True)) or [()] * len(names)
    values = dict(zip(names, columns, strict=True))
    return pa.table({f.name: pa.array(values[f.name], f.type) for f in spec.schema})
