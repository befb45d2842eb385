"""Possible victims: who paid a referred account or a member of a ring lately, and other accounts of referred holders.

A payer of a mule is by default a possible victim, never a suspect (domain.md §7). Rank: those who paid somebody they
did not know before first; among them by amount × number of payments ÷ (whole days since the last + 7); ties by
account_id. Two accounts know each other when the payee ever paid back, or was paid by the same payer before the window.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from graphfraud.core.clock import DAY
from graphfraud.core.findings import FINDINGS
from graphfraud.core.snapshot import FEE, I8, I32, I64, OWN, UNKNOWN, Flags, Snapshot
from graphfraud.nightly.findings.ties import NO_RING, Ties, flag

WORDING = """
SELECT account, rank, payments, flow, payee, reported, time, amount,
  strftime(make_timestamp(time + 28800000000), '%Y-%m-%d %H:%M') || ' 向'
    || CASE WHEN referred THEN '涉案账户' ELSE '疑似团伙账户' END || '转账 '
    || format('{:,}.{:02d}', amount // 100, amount % 100) || ' 元；' || $days || ' 天内此类付款 ' || payments
    || ' 笔，合计 ' || format('{:,}.{:02d}', total // 100, total % 100) || ' 元；'
    || CASE WHEN reported THEN '已报案的被害人' WHEN known THEN '与对方早有往来' ELSE '可能的受害人，建议联系劝阻' END
    AS reason_zh,
  'paid ' || format('{:,}.{:02d}', amount // 100, amount % 100) || ' yuan to '
    || CASE WHEN referred THEN 'a referred account' ELSE 'a member of a ring' END || ' at '
    || strftime(make_timestamp(time + 28800000000), '%Y-%m-%d %H:%M') || '; ' || payments
    || CASE WHEN payments = 1 THEN ' such payment in ' ELSE ' such payments in ' END || $days || ' days, '
    || format('{:,}.{:02d}', total // 100, total % 100) || ' yuan; '
    || CASE WHEN reported THEN 'reported as a victim' WHEN known THEN 'they knew each other before'
       ELSE 'a possible victim: contact and dissuade' END AS reason_en
FROM payment
ORDER BY flow
"""


@dataclass(frozen=True)
class Figures:
    """Per payment the figures of its payer: rank, number of such payments, their sum."""

    rank: I64
    payments: I64
    total: I64


def possible_victims(snapshot: Snapshot, ties: Ties, level: I8, context: tuple[int, pa.Array]) -> pa.Table:
    """Table `victims`: one row a payment. O(flows of the window).

    `context`: days before T that are looked at, and the ring ids in the order that `ties.ring` numbers. Payers are
    persons, not referred, in no ring, and not at level 1 or 2 themselves.
    """
    flows = snapshot.flows
    payer_ok = snapshot.accounts.person & ~ties.referred & ~ties.in_ring & (level != 1) & (level != 2)
    suspects = ties.referred | ties.in_ring
    rows = _payments(snapshot, payer_ok, suspects, context[0])
    known = _known(snapshot, rows, suspects)
    found = _ranked(snapshot, rows, known)
    reported = flag(len(payer_ok), snapshot.referrals.victim)
    payment = pa.table(
        {
            "account": flows.payer[rows],
            "payee": flows.payee[rows],
            "flow": rows,
            "time": flows.time[rows],
            "amount": flows.amount[rows],
            "rank": found.rank,
            "payments": found.payments,
            "total": found.total,
            "known": pa.array(known),
            "referred": pa.array(ties.referred[flows.payee[rows]]),
            "reported": pa.array(reported[flows.payer[rows]]),
        }
    )
    return _table(snapshot, ties, payment, context)


def _payments(snapshot: Snapshot, payer_ok: Flags, suspects: Flags, days: int) -> I64:
    """Flows of the window from such payers to suspects."""
    flows = snapshot.flows
    first, last = np.searchsorted(flows.time, [snapshot.as_of - days * DAY, snapshot.as_of], side="right")
    rows = np.arange(first, last)
    rows = rows[(flows.payer[rows] >= 0) & (flows.payee[rows] >= 0) & (flows.tag[rows] & (OWN | FEE) == 0)]
    found: I64 = rows[suspects[flows.payee[rows]] & payer_ok[flows.payer[rows]]]
    return found


def _known(snapshot: Snapshot, rows: I64, suspects: Flags) -> Flags:
    """Payments between two who knew each other: paid back ever, or paid before the window."""
    flows, n = snapshot.flows, len(suspects)
    first = rows[0] if len(rows) else 0
    between = np.flatnonzero((flows.payer >= 0) & (flows.payee >= 0))
    earlier = between[: np.searchsorted(between, first)]
    earlier = earlier[suspects[flows.payee[earlier]]]
    back = between[suspects[flows.payer[between]]]
    pair = flows.payer[rows].astype(np.int64) * n + flows.payee[rows]
    paid_before = flows.payer[earlier].astype(np.int64) * n + flows.payee[earlier]
    paid_back = flows.payee[back].astype(np.int64) * n + flows.payer[back]
    result: Flags = np.isin(pair, paid_before) | np.isin(pair, paid_back)
    return result


def _ranked(snapshot: Snapshot, rows: I64, known: Flags) -> Figures:
    flows = snapshot.flows
    who, inverse = np.unique(flows.payer[rows], return_inverse=True)
    payments = np.bincount(inverse, minlength=len(who)).astype(np.int64)
    total = np.zeros(len(who), np.int64)
    np.add.at(total, inverse, flows.amount[rows])
    last = np.full(len(who), np.iinfo(np.int64).min)
    np.maximum.at(last, inverse, flows.time[rows])
    strangers = np.bincount(inverse, ~known, minlength=len(who)) > 0
    urgency = total * payments // ((snapshot.as_of - last) // DAY + 7)
    rank = np.empty(len(who), np.int64)
    rank[np.lexsort((who, -urgency, ~strangers))] = np.arange(1, len(who) + 1)
    return Figures(rank[inverse], payments[inverse], total[inverse])


def _table(snapshot: Snapshot, ties: Ties, payment: pa.Table, context: tuple[int, pa.Array]) -> pa.Table:
    days, ring_ids = context
    with duckdb.connect(":memory:") as connection:
        connection.register("payment", payment)
        worded = connection.sql(WORDING, params={"days": str(days)}).to_arrow_table()
    ids = snapshot.accounts.id.arrow()
    ring = ties.ring[worded["payee"].to_numpy()]
    columns = {
        "account_id": ids.take(worded["account"].combine_chunks()).cast(pa.string()),
        "payee": ids.take(worded["payee"].combine_chunks()).cast(pa.string()),
        "txn_id": snapshot.flows.txn.arrow().take(worded["flow"].combine_chunks()).cast(pa.string()),
        "time": worded["time"],
        "amount": worded["amount"],
        "ring_id": ring_ids.take(pa.array(ring, mask=ring == NO_RING)),
        "reported": worded["reported"],
        "rank": worded["rank"],
        "payments": worded["payments"],
        "reason_zh": worded["reason_zh"],
        "reason_en": worded["reason_en"],
    }
    return FINDINGS["victims"].table(columns)


def holder_accounts(snapshot: Snapshot, referred: Flags) -> pa.Table:
    """Table `holder_accounts`: the other accounts of every referred holder. O(accounts + pairs)."""
    holder = snapshot.accounts.holder
    seeds = np.flatnonzero(referred & (holder != UNKNOWN))
    held = np.flatnonzero(np.isin(holder, holder[seeds]) & (holder != UNKNOWN))
    left, right = _joined(holder[held], holder[seeds])
    account, other = held[left], seeds[right]
    keep = account != other
    ids = snapshot.accounts.id.arrow()
    columns = {
        "account_id": ids.take(pa.array(account[keep])).cast(pa.string()),
        "referred_account": ids.take(pa.array(other[keep])).cast(pa.string()),
    }
    return FINDINGS["holder_accounts"].table(columns)


def _joined(left: I32, right: I32) -> tuple[I64, I64]:
    """Row pairs with equal keys."""
    order = np.argsort(right, kind="stable")
    low = np.searchsorted(right[order], left, side="left")
    high = np.searchsorted(right[order], left, side="right")
    count = high - low
    rows = np.repeat(np.arange(len(left)), count)
    offset = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    return rows, order[np.repeat(low, count) + offset]
