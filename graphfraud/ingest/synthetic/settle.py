"""What really happens of what people mean to do: payments in order of time against balances. Exact in minor units."""

from __future__ import annotations

import numba as nb
import numpy as np

from graphfraud.core.snapshot import I8, I32, I64, Flags
from graphfraud.ingest.synthetic.flow import CAPPED, FRAUD, PART, SWEEP, YUAN, Flow


def settle(flow: Flow, opening: I64, bottomless: Flags) -> tuple[I64, I64]:
    """(amount of every payment, 0 where it did not happen; rows in order of time, ties by row).

    A payment beyond the payer's balance does not happen; a SWEEP beyond it is cut to the balance. A PART is a share of
    the payment it rests on; a batch of SWEEPs shares out the fraud's money that was there when its first came. Accounts
    that are `bottomless` (companies, other banks' accounts) are not bounded. O(rows log rows).
    """
    order = np.argsort(flow.time, kind="stable")
    batches = int(flow.origin[flow.kind == SWEEP].max(initial=-1)) + 1
    paid = _settle(
        order,
        (flow.payer, flow.payee, flow.tag, flow.kind),
        (flow.amount, flow.share, flow.unit, flow.origin),
        (opening.copy(), bottomless, np.full(batches, -1, np.int64)),
    )
    return paid, order


@nb.njit(cache=True)
def _settle(
    order: I64,
    who: tuple[I32, I32, I8, I8],
    how: tuple[I64, I32, I32, I64],
    state: tuple[I64, Flags, I64],
) -> I64:
    payer, payee, tag, kind = who
    amount, share, unit, origin = how
    balance, bottomless, base = state
    paid = np.zeros(len(order), np.int64)
    pool = np.zeros(len(balance), np.int64)  # the fraud's money that an account holds and has not shared out
    for i in order:
        p, q = payer[i], payee[i]
        a = amount[i]
        if kind[i] == PART:
            a = paid[origin[i]] * share[i] // 10_000
        elif kind[i] == SWEEP:
            b = origin[i]
            if base[b] < 0:
                base[b] = pool[p]
                pool[p] = 0
            a = base[b] * share[i] // 10_000
        bounded = p >= 0 and not bottomless[p]
        if bounded and kind[i] == CAPPED:
            a = min(a, balance[p] * 9 // 10)
        if bounded and a > balance[p]:
            a = balance[p] if kind[i] == SWEEP else 0
        a = a // unit[i] * unit[i]
        if a < YUAN:
            continue
        paid[i] = a
        if p >= 0:
            balance[p] -= a
        if q >= 0:
            balance[q] += a
            if tag[i] == FRAUD:
                pool[q] += a
    return paid
