"""LIFO lineage: money that descends from referred accounts, lot by lot (algorithms.md §2, §3).

The best *explanation*: a chain of payments that a person can follow. Money that leaves a referred account (from
shortly before its first victim payment on) is marked; every later payment carries the mark of the lots it
consumed.
"""

from __future__ import annotations

import numba as nb
import numpy as np
import pyarrow as pa

from graphfraud.core.findings import FINDINGS
from graphfraud.core.snapshot import CASH_DESK, F64, I32, I64, Flags, Snapshot

#: Longest path shown.
MAX_HOPS = 12


@nb.njit(cache=True)
def _marked(
    flows: tuple[I64, I32, I64], out_ptr: I64, lots: tuple[I32, I64], known: tuple[Flags, Flags], allowed: I64
) -> F64:
    """Marked minor units of every flow. Flows are in time order, so sources come before what they fund."""
    time, payer, amount = flows
    inflow, part = lots
    referred, stops = known
    mark = np.zeros(time.shape[0])
    for g in range(time.shape[0]):
        u = payer[g]
        if u == CASH_DESK:
            continue
        if referred[u] and time[g] >= allowed[u]:
            mark[g] = amount[g]
            continue
        if stops[u]:
            continue
        for i in range(out_ptr[g], out_ptr[g + 1]):
            f = inflow[i]
            if f >= 0 and mark[f] > 0:
                mark[g] += part[i] * (mark[f] / amount[f])
    return mark


def marked(snapshot: Snapshot, allowed: I64) -> F64:
    """Minor units of every flow that descend from referred accounts (each lot's mark spread over it). O(links).

    Money is not followed through pooled accounts: what leaves them is nobody's in particular (domain.md §7).
    """
    flows, lots = snapshot.flows, snapshot.lots
    referred = np.zeros(len(snapshot.accounts), bool)
    referred[snapshot.referrals.account] = True
    return np.asarray(
        _marked(
            (flows.time, flows.payer, flows.amount),
            lots.out_ptr,
            (lots.inflow, lots.amount),
            (referred, snapshot.accounts.pooled),
            allowed,
        )
    )


def lineage_share(snapshot: Snapshot, mark: F64) -> F64:
    """Marked inflow ÷ all inflow, per account, in [0, 1]; 0 without inflow. O(flows)."""
    flows, n = snapshot.flows, len(snapshot.accounts)
    came = np.flatnonzero(flows.payee != CASH_DESK)
    total = np.bincount(flows.payee[came], flows.amount[came].astype(np.float64), n)
    part = np.bincount(flows.payee[came], mark[came], n)
    return np.clip(np.divide(part, total, out=np.zeros(n), where=total > 0), 0.0, 1.0)


def paths(snapshot: Snapshot, mark: F64, accounts: I32) -> pa.Table:
    """Findings table `lineage`: for each account the path that brought it most marked money, referred account first.

    `carried` is the marked part of each payment, `dwell` how long the money lay before it. O(accounts · hops).
    """
    rows: list[dict[str, object]] = []
    referred = set(snapshot.referrals.account.tolist())
    for account in accounts.tolist():
        hops = _path(snapshot, mark, account, referred)
        rows += [_row(snapshot, mark, account, number, hops) for number in range(len(hops))]
    return FINDINGS["lineage"].sorted(pa.Table.from_pylist(rows, schema=FINDINGS["lineage"].schema))


def _path(snapshot: Snapshot, mark: F64, account: int, referred: set[int]) -> list[int]:
    """Flows from the nearest referred account to this one, in the order of the money."""
    flows, lots = snapshot.flows, snapshot.lots
    mine = snapshot.flows_of(account)
    came = mine[(flows.payee[mine] == account) & (mark[mine] > 0)]
    if not len(came):
        return []
    hop = int(came[np.argmax(mark[came])])
    result = [hop]
    while len(result) < MAX_HOPS and int(flows.payer[hop]) not in referred:
        links = slice(int(lots.out_ptr[hop]), int(lots.out_ptr[hop + 1]))
        sources, part = lots.inflow[links], lots.amount[links]
        known = np.flatnonzero(sources >= 0)
        carried = part[known] * (mark[sources[known]] / flows.amount[sources[known]])
        if not (carried > 0).any():
            break
        hop = int(sources[known[np.argmax(carried)]])
        result.insert(0, hop)
    return result


def _row(snapshot: Snapshot, mark: F64, account: int, number: int, hops: list[int]) -> dict[str, object]:
    flows, ids = snapshot.flows, snapshot.accounts.id
    hop = hops[number]
    before = int(flows.time[hops[number - 1]]) if number else int(flows.time[hop])
    return {
        "account_id": ids[account],
        "hop": number + 1,
        "from_account": ids[int(flows.payer[hop])],
        "to_account": ids[int(flows.payee[hop])],
        "txn_id": flows.txn[hop],
        "time": int(flows.time[hop]),
        "amount": int(flows.amount[hop]),
        "carried": round(float(mark[hop])),
        "dwell": int(flows.time[hop]) - before,
    }
