"""Relayed money: how far a payment passes on what had just come in (algorithms.md §2).

`r` of a flow is Σ m·e^(−dwell/decay) ÷ amount over the lots it consumed at its payer, newest first (LIFO), none
older than the window and each paid in by a person: a wage that is spent is not relayed (docs/adr/0004). It
looks at the *payer's* side only: the payee's side would reward every victim's payment.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from graphfraud.core.clock import DAY, HOUR
from graphfraud.core.snapshot import F64, I32, I64, Flags, Snapshot
from graphfraud.settings import RelaySettings


@nb.njit(cache=True)
def _relayed(
    flows: tuple[I64, I32, I64], lots: tuple[I32, I32, I64], person: Flags, window: float, decay: float
) -> F64:
    time, payer, amount = flows
    inflow, outflow, part = lots
    result = np.zeros(time.shape[0], np.float64)
    for i in range(inflow.shape[0]):
        f, g = inflow[i], outflow[i]
        if f >= 0 and payer[f] >= 0 and person[payer[f]]:
            dwell = time[g] - time[f]
            if dwell <= window:
                result[g] += part[i] * np.exp(-dwell / decay)
    for g in range(time.shape[0]):
        result[g] /= amount[g]
    return result


def relayed(snapshot: Snapshot, settings: RelaySettings) -> F64:
    """r of every flow, in [0, 1]; 0 for cash paid in. O(links)."""
    flows, lots = snapshot.flows, snapshot.lots
    return np.asarray(
        _relayed(
            (flows.time, flows.payer, flows.amount),
            (lots.inflow, lots.outflow, lots.amount),
            snapshot.accounts.person,
            settings.walk_window_days * DAY,
            settings.walk_decay_hours * HOUR,
        )
    )
