"""The window every indicator looks through: moves, working days and LIFO lots of persons' accounts up to T."""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
import pyarrow as pa

from graphfraud.core import workdays
from graphfraud.core.clock import DAY, SHANGHAI_OFFSET
from graphfraud.core.snapshot import CASH_DESK, FEE, I32, I64, OWN, U16, Flags, Snapshot
from graphfraud.indicators.balances import by_day

#: Moves of one account in the window beyond which it is left out: no person moves money this often.
MAX_MOVES = 5_000
#: Patterns of several lots may begin before the window they end in.
LEAD_IN_DAYS = 7


@dataclass(frozen=True)
class Window:
    """Tables over the window. `recent` and `by_workday` are in order of account, then time.

    recent      account, other (−1: cash), flow, time, amount, inward: valid credits and debits from outside
    by_workday  account, workday, n_in, n_out, sum_in, sum_out; a day off counts with the working day after it
    by_day      see `balances.by_day`
    lots        see `_lots`
    busy        accounts with more than MAX_MOVES flows, which are in none of the first three
    """

    recent: pa.Table
    by_workday: pa.Table
    by_day: pa.Table
    lots: pa.Table
    flows: pa.Table
    busy: int


def look(snapshot: Snapshot, days: int) -> Window:
    """The last `days` days up to T. O(flows of the window + accounts log flows); about 60 bytes a move."""
    flows = snapshot.flows
    bounds = np.searchsorted(flows.time, [snapshot.as_of - days * DAY, snapshot.as_of], side="right")
    person = np.ascontiguousarray(snapshot.accounts.person)
    ptr, rows, busy = _moves(snapshot.events.ptr, snapshot.events.flow, flows.tag, person, (bounds[0], bounds[1]))
    account = np.repeat(np.arange(len(person), dtype=np.int32), np.diff(ptr))
    inward = flows.payee[rows] == account
    time, amount = flows.time[rows], flows.amount[rows]
    recent = {
        "account": account,
        "other": np.where(inward, flows.payer[rows], flows.payee[rows]),
        "flow": rows,
        "time": time,
        "amount": amount,
        "inward": pa.array(inward),
    }
    all_flows = {n: getattr(flows, n) for n in ("time", "payer", "payee", "amount", "tag")}
    all_flows["flow"] = np.arange(len(flows.time), dtype=np.int32)
    days_table = _by_workday(account, time, amount, inward)
    ends = by_day(snapshot, days, MAX_MOVES)
    return Window(pa.table(recent), days_table, ends, _lots(snapshot, days, person), pa.table(all_flows), int(busy))


@nb.njit(cache=True)
def _moves(ptr: I64, flow: I32, tag: U16, person: Flags, bounds: tuple[int, int]) -> tuple[I64, I32, int]:
    """CSR of the valid moves of persons with flow number in [bounds), and how many accounts were too busy."""
    n = ptr.shape[0] - 1
    start = np.zeros(n + 1, np.int64)
    low = np.zeros(n, np.int64)
    high = np.zeros(n, np.int64)
    busy = 0
    for v in range(n):
        if person[v]:
            mine = flow[ptr[v] : ptr[v + 1]]
            low[v] = np.searchsorted(mine, bounds[0])
            high[v] = np.searchsorted(mine, bounds[1])
            if high[v] - low[v] > MAX_MOVES:
                high[v] = low[v]
                busy += 1
        for e in range(ptr[v] + low[v], ptr[v] + high[v]):
            start[v + 1] += tag[flow[e]] & (OWN | FEE) == 0
        start[v + 1] += start[v]
    rows = np.empty(start[n], np.int32)
    k = 0
    for v in range(n):
        for e in range(ptr[v] + low[v], ptr[v] + high[v]):
            if tag[flow[e]] & (OWN | FEE) == 0:
                rows[k] = flow[e]
                k += 1
    return start, rows, busy


def _by_workday(account: I32, time: I64, amount: I64, inward: Flags) -> pa.Table:
    """Sums by account and working day; rows come in order of account and time."""
    workday = workdays.number((time + SHANGHAI_OFFSET) // DAY).astype(np.int32)
    new = np.ones(len(account), np.bool_)
    new[1:] = (account[1:] != account[:-1]) | (workday[1:] != workday[:-1])
    first = np.flatnonzero(new)
    table: dict[str, I32 | I64] = {"account": account[first], "workday": workday[first]}
    for name, side in (("in", inward), ("out", ~inward)):
        table[f"n_{name}"] = _sums(side.astype(np.int64), first)
        table[f"sum_{name}"] = _sums(np.where(side, amount, 0), first)
    return pa.table(table)


def _sums(values: I64, first: I64) -> I64:
    """Sums of the runs that begin at `first`."""
    result: I64 = np.add.reduceat(values, first) if len(first) else np.zeros(0, np.int64)
    return result


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


def _lots(snapshot: Snapshot, days: int, person: Flags) -> pa.Table:
    """Lots that left within the window, or up to a week before it.

    Columns: inflow, outflow, account, amount (of the lot), amount_in (of the inflow), time_in, time_out, dwell,
    payer_in, payee_out, cash_in, cash_out. O(lots of the window); about 60 bytes a lot.
    """
    flows, lots = snapshot.flows, snapshot.lots
    start = snapshot.as_of - (days + LEAD_IN_DAYS) * DAY
    first, last = np.searchsorted(flows.time, [start, snapshot.as_of], side="right")
    span = (int(lots.out_ptr[first]), int(lots.out_ptr[last]))  # lots lie in the order of their outflow
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
