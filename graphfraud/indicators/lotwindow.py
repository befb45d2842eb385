"""LIFO lots of persons' accounts as a table for the queries: which money stayed how long."""

from __future__ import annotations

import numba as nb
import numpy as np
import pyarrow as pa

from graphfraud.core.clock import DAY
from graphfraud.core.snapshot import CASH_DESK, FEE, I32, I64, OWN, U16, Flags, Snapshot

#: Patterns of several lots may begin before the window they end in.
LEAD_IN_DAYS = 7


@nb.njit(cache=True)
def _genuine(span: tuple[int, int], lots: tuple[I32, I32], payer: I32, tag: U16, person: Flags) -> I64:
    """Rows of lots in span whose two flows are known credits and debits from outside of a person's account."""
    inflow, outflow = lots
    rows = np.empty(span[1] - span[0], np.int64)
    k = 0
    for row in range(span[0], span[1]):
        f, g = inflow[row], outflow[row]
        if f >= 0 and person[payer[g]] and (tag[f] | tag[g]) & (OWN | FEE) == 0:
            rows[k] = row
            k += 1
    return rows[:k]


def lot_table(snapshot: Snapshot, window_days: int) -> pa.Table:
    """Lots that left within `window_days` (and a week before) up to T.

    Columns: inflow, outflow, account, amount (of the lot), amount_in (of the inflow), time_in, time_out, dwell,
    payer_in, payee_out, cash_in, cash_out. O(lots of the window); about 50 bytes a lot.
    """
    flows, lots = snapshot.flows, snapshot.lots
    start = snapshot.as_of - (window_days + LEAD_IN_DAYS) * DAY
    first, last = np.searchsorted(flows.time, [start, snapshot.as_of], side="right")
    span = (int(lots.out_ptr[first]), int(lots.out_ptr[last]))  # lots lie in the order of their outflow
    person = np.ascontiguousarray(snapshot.accounts.person)
    rows = _genuine(span, (lots.inflow, lots.outflow), flows.payer, flows.tag, person)
    inflow, outflow = lots.inflow[rows], lots.outflow[rows]
    time_in, time_out = flows.time[inflow], flows.time[outflow]
    payer_in, payee_out = flows.payer[inflow], flows.payee[outflow]
    return pa.table(
        {
            "inflow": inflow,
            "outflow": outflow,
            "account": flows.payer[outflow],
            "amount": lots.amount[rows],
            "amount_in": flows.amount[inflow],
            "time_in": time_in,
            "time_out": time_out,
            "dwell": time_out - time_in,
            "payer_in": payer_in,
            "payee_out": payee_out,
            "cash_in": pa.array(payer_in == CASH_DESK),
            "cash_out": pa.array(payee_out == CASH_DESK),
        }
    )
