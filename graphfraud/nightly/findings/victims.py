"""Possible victims: who paid a referred account or a member of a ring, the most likely and most urgent first.

A payer of a mule is by default a possible victim, never a suspect (domain.md §7).
"""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from graphfraud.core.findings import FINDINGS
from graphfraud.core.snapshot import I8, Snapshot
from graphfraud.models.ties import NO_RING, Ties, flag
from graphfraud.nightly.findings.next_victims import KINDS, next_payers
from graphfraud.nightly.findings.payers import GRADES, Payments, paid_suspects
from graphfraud.nightly.findings.victim_words import wording


def victim_tables(snapshot: Snapshot, ties: Ties, level: I8, context: tuple[int, pa.Array]) -> dict[str, pa.Table]:
    """Tables `victims`, one row a payment, and `next_victims`, one row a payer. O(flows + payments of the payers).

    `context`: days before T that are looked at, and the ring ids in the order that `ties.ring` numbers.
    """
    days, ring_ids = context
    paid = paid_suspects(snapshot, ties, level, days)
    payment = _payment(snapshot, ties, paid, ring_ids)
    following = next_payers(snapshot, ties, paid)
    chosen = payment.take(pa.array(following.entry)).drop_columns(["place", "rank"])
    place = pa.array(np.arange(1, len(following.entry) + 1))
    kind = pa.array(KINDS).take(pa.array(following.kind))
    chosen = chosen.append_column("place", place).append_column("rank", place).append_column("kind", kind)
    said = {"victims": _worded(payment, days), "next_victims": _worded(chosen, days, following=True)}
    return {name: FINDINGS[name].table({c: table[c] for c in table.column_names}) for name, table in said.items()}


def _payment(snapshot: Snapshot, ties: Ties, paid: Payments, ring_ids: pa.Array) -> pa.Table:
    """What the tables and their wording are made of, one row a payment."""
    flows, row, found = snapshot.flows, paid.row, paid.found
    payer, payee = flows.payer[row], flows.payee[row]
    ring = np.where(ties.in_ring[payee], ties.ring[payee], NO_RING)
    reported = flag(len(snapshot.accounts), snapshot.referrals.victim)
    ids = snapshot.accounts.id.arrow()
    columns = {
        "place": np.arange(len(row)),
        "account_id": ids.take(pa.array(payer)).cast(pa.string()),
        "payee": ids.take(pa.array(payee)).cast(pa.string()),
        "txn_id": snapshot.flows.txn.arrow().take(pa.array(row)).cast(pa.string()),
        "time": flows.time[row],
        "amount": flows.amount[row],
        "ring_id": ring_ids.take(pa.array(ring, mask=ring == NO_RING)),
        "reported": reported[payer],
        "referred": ties.referred[payee],
        "rank": paid.rank,
        "payments": paid.payments,
        "total": paid.total,
        "points": paid.points,
        "grade": pa.array(GRADES).take(pa.array(paid.grade)),
        "met": found.met,
        "back": found.back,
        "passed": found.passed,
        "waiting": found.waiting,
        "fresh": found.fresh,
        "crowd": found.crowd,
        "usual": found.usual,
        "near_report": found.reported.astype(np.int64),
        "unusual": found.unusual,
    }
    return pa.table(columns)


def _worded(payment: pa.Table, days: int, following: bool = False) -> pa.Table:
    with duckdb.connect(":memory:") as connection:
        connection.register("payment", payment)
        return connection.sql(wording(following), params={"days": str(days)}).to_arrow_table()
