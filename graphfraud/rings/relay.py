"""Relay links between persons: money that came in fresh, went on, and was passed on again (algorithms.md §1.1)."""

from __future__ import annotations

import numba as nb
import numpy as np

from graphfraud.core.clock import DAY
from graphfraud.core.contacts import newness
from graphfraud.core.pairs import Pairs, collect
from graphfraud.core.snapshot import F64, I32, I64, OWN, Flags, Snapshot
from graphfraud.settings import RelaySettings


@nb.njit(cache=True)
def _passed_on(
    flows: tuple[I64, I32, I64], lots: tuple[I32, I32, I64], person: Flags, window: float, decay: float
) -> tuple[F64, F64]:
    """h of every flow (share of it that its receiver passed on) and q (share funded by fresh, passed-on money)."""
    time, payer, amount = flows
    inflow, outflow, part = lots
    h = np.zeros(time.shape[0])
    q = np.zeros(time.shape[0])
    for i in range(inflow.shape[0]):
        f = inflow[i]
        if f >= 0:
            dwell = time[outflow[i]] - time[f]
            if dwell <= window:
                h[f] += part[i] * np.exp(-dwell / decay)
    for f in range(time.shape[0]):
        h[f] /= amount[f]
    for i in range(inflow.shape[0]):
        f, g = inflow[i], outflow[i]
        if f >= 0 and payer[f] >= 0 and person[payer[f]]:
            dwell = time[g] - time[f]
            if dwell <= window:
                q[g] += part[i] * np.exp(-dwell / decay) * h[f]
    for g in range(time.shape[0]):
        q[g] /= amount[g]
    return h, q


def event_weights(snapshot: Snapshot, settings: RelaySettings) -> F64:
    """s = q(out)·(floor + h(the same payment at its receiver))/(1 + floor)·e^(−c/new) of every flow, in [0, 1].

    c is the time since the two accounts' first payment. O(links).
    """
    flows, lots = snapshot.flows, snapshot.lots
    h, q = _passed_on(
        (flows.time, flows.payer, flows.amount),
        (lots.inflow, lots.outflow, lots.amount),
        snapshot.accounts.person,
        settings.ring_window_days * DAY,
        settings.ring_decay_days * DAY,
    )
    floor = settings.receiver_floor
    return np.asarray(q * (floor + h) / (1 + floor) * newness(len(snapshot.accounts), flows, settings.new_days))


def relay_pairs(snapshot: Snapshot, weight: F64, settings: RelaySettings) -> Pairs:
    """Relay events above `min_event` added up per pair of persons of different holders, no amount weight."""
    flows, person = snapshot.flows, snapshot.accounts.person
    rows = np.flatnonzero((weight > settings.min_event) & (flows.payer >= 0) & (flows.payee >= 0))
    payer, payee = flows.payer[rows], flows.payee[rows]
    keep = person[payer] & person[payee] & (flows.tag[rows] & OWN == 0)
    return collect(len(snapshot.accounts), payer[keep], payee[keep], weight[rows[keep]])
