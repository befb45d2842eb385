"""Sums over flows and lots that the features of the learned models are made of. Numba kernels, sums in flow order."""

from __future__ import annotations

import numba as nb
import numpy as np

from graphfraud.core.clock import DAY, HOUR, SHANGHAI_OFFSET
from graphfraud.core.snapshot import CASH_DESK, F64, FEE, I8, I32, I64, OWN, U16

MET = 3 * DAY  # dealings no older than this are first dealings
RECENT = 30 * DAY
SOON, LATER = 24 * HOUR, 7 * DAY
ROUND = 100_000  # minor units: a thousand yuan
PERSON, OTHER = 1, 0  # sort of an account

#: Rows of `flow_sums`: minor units, and two times.
(
    IN, OUT, CASH, IN_PERSONS, OUT_PERSONS, IN_RECENT, IN_NEW, OUT_NEW, NIGHT, ROUNDED, IN_RELAYED, OUT_RELAYED,
    LARGEST, IN_OTHERS, OUT_OTHERS, FIRST, LAST,
) = range(17)  # fmt: skip
#: Rows of `lot_sums`, minor units of persons' payments that …
PASSED_SOON, PASSED_LATER, PASSED_NEW, TO_CASH = range(4)

Columns = tuple[I64, I32, I32, I64, U16]


@nb.njit(cache=True)
def lot_sums(flows: Columns, lots: tuple[I32, I32, I64], since: I64, sort: I8, decay: float) -> tuple[F64, F64]:
    """What every account passed on (rows PASSED_SOON …), and the share of every flow that is relayed. O(lots + flows).

    `since`: µs since the two accounts of a flow first dealt with each other.
    """
    time, payer, payee, amount, tag = flows
    inflow, outflow, part = lots
    total = np.zeros((4, sort.shape[0]))
    relayed = np.zeros(time.shape[0])
    for i in range(inflow.shape[0]):
        f, g = inflow[i], outflow[i]
        if f < 0 or payer[f] == CASH_DESK or sort[payer[f]] != PERSON or (tag[f] | tag[g]) & (OWN | FEE):
            continue
        v, dwell, x = payer[g], time[g] - time[f], float(part[i])
        if dwell > LATER:
            continue
        relayed[g] += x * np.exp(-dwell / decay)
        if payee[g] == CASH_DESK:
            if dwell <= 3 * SOON:
                total[TO_CASH, v] += x
        elif sort[payee[g]] == PERSON:
            total[PASSED_LATER, v] += x
            if dwell <= SOON:
                total[PASSED_SOON, v] += x
            if since[f] <= MET and since[g] <= MET:
                total[PASSED_NEW, v] += x
    for g in range(time.shape[0]):
        relayed[g] /= amount[g]
    return total, relayed


@nb.njit(cache=True)
def flow_sums(flows: Columns, since: I64, relayed: F64, sort: I8, as_of: int) -> F64:
    """Rows IN … LAST of every account; its own transfers and fees do not count. O(flows)."""
    time, payer, payee, amount, tag = flows
    total = np.zeros((sort.shape[0], 17))  # an account's sums lie together
    for f in range(time.shape[0]):
        if tag[f] & (OWN | FEE):
            continue
        u, v, x = payer[f], payee[f], float(amount[f])
        for side in range(2):
            a = u if side == 0 else v
            if a != CASH_DESK:
                if total[a, FIRST] == 0.0:
                    total[a, FIRST] = time[f]
                total[a, LAST] = time[f]
        new = since[f] <= MET
        if v != CASH_DESK:
            total[v, IN] += x
            total[v, IN_RELAYED] += x * relayed[f]
            if u != CASH_DESK and sort[u] == PERSON:
                total[v, IN_PERSONS] += x
                if time[f] > as_of - RECENT:
                    total[v, IN_RECENT] += x
                if new:
                    total[v, IN_NEW] += x
                    total[v, LARGEST] = max(total[v, LARGEST], x)
            elif u != CASH_DESK:
                total[v, IN_OTHERS] += x
        if u != CASH_DESK:
            total[u, OUT] += x
            total[u, OUT_RELAYED] += x * relayed[f]
            if amount[f] % ROUND == 0:
                total[u, ROUNDED] += x
            if (time[f] + SHANGHAI_OFFSET) % DAY < 6 * HOUR:
                total[u, NIGHT] += x
            if v == CASH_DESK:
                total[u, CASH] += x
            elif sort[v] == PERSON:
                total[u, OUT_PERSONS] += x
                if new:
                    total[u, OUT_NEW] += x
            else:
                total[u, OUT_OTHERS] += x
    return total.T.copy()


@nb.njit(cache=True)
def around(flows: Columns, above: F64, below: F64, sort: I8) -> tuple[F64, F64, F64]:
    """Mean of `above` over the persons who paid an account and of `below` over those it paid, by amount, and the
    largest among them, 0 where there are none. Both are in [0, 1]. O(flows).
    """
    _, payer, payee, amount, tag = flows
    n = sort.shape[0]
    before, after, largest = np.zeros(n), np.zeros(n), np.zeros(n)
    came, went = np.zeros(n), np.zeros(n)
    for f in range(payer.shape[0]):
        u, v = payer[f], payee[f]
        if min(u, v) == CASH_DESK or tag[f] & (OWN | FEE) or sort[u] != PERSON or sort[v] != PERSON:
            continue
        x = float(amount[f])
        came[v] += x
        before[v] += x * above[u]
        went[u] += x
        after[u] += x * below[v]
        largest[v] = max(largest[v], above[u])
        largest[u] = max(largest[u], below[v])
    for a in range(n):
        if came[a] > 0:
            before[a] /= came[a]
        if went[a] > 0:
            after[a] /= went[a]
    return before, after, largest
