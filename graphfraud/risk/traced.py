"""Where the reported payments went: their money followed by lots (algorithms.md §3), and through which referral.

A reported payment counts 1. What a later flow carries of it is the part of the lots it consumed, times e^(−dwell/decay)
a hop: money that lay for days says little about who received it. Only the payment the victim reported is followed, not
everything the referred account ever did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numba as nb
import numpy as np

from graphfraud.core.clock import DAY, HOUR
from graphfraud.core.snapshot import F64, I32, I64, Flags, Snapshot
from graphfraud.settings import RelaySettings

#: Parts of a flow below this share of it are not followed referral by referral.
LEAST = 0.01
NOT_REPORTED = -1


@nb.njit(cache=True)
def _trace(
    flows: tuple[I64, I64, Flags], lots: tuple[I64, I32, I64], reported: I32, origins: int, rules: tuple[float, float]
) -> tuple[F64, I64, I32, F64]:
    """Reported payments in every flow, and by origin: those of flow f are who, part[begin[f] : begin[f + 1]].

    Flows are in time order, so sources come before what they fund; a flow that stops carries nothing. `reported`:
    origin of a reported payment (below `origins`), else −1.
    """
    time, amount, stops = flows
    out_ptr, inflow, taken = lots
    window, decay = rules
    n = time.shape[0]
    carried = np.zeros(n)
    begin = np.zeros(n + 1, np.int64)
    who = [np.int32(0) for _ in range(0)]
    part = [0.0 for _ in range(0)]
    held = np.zeros(max(1, origins))  # per origin, for the flow at hand
    for g in range(n):
        begin[g] = len(who)
        if reported[g] >= 0:
            carried[g] = 1.0
            who.append(reported[g])
            part.append(1.0)
            continue
        if stops[g]:
            continue
        touched = [np.int32(0) for _ in range(0)]
        for i in range(out_ptr[g], out_ptr[g + 1]):
            f = inflow[i]
            if f < 0 or carried[f] == 0.0 or time[g] - time[f] > window:
                continue
            share = taken[i] / amount[f] * np.exp(-(time[g] - time[f]) / decay)
            carried[g] += share * carried[f]
            for k in range(begin[f], begin[f + 1]):
                if held[who[k]] == 0.0:
                    touched.append(who[k])
                held[who[k]] += share * part[k]
        for origin in touched:
            if held[origin] >= LEAST * carried[g]:
                who.append(origin)
                part.append(held[origin])
            held[origin] = 0.0
        begin[g + 1] = len(who)
    begin[n] = len(who)
    return carried, begin, np.array(who, np.int32), np.array(part)


@nb.njit(cache=True)
def _arrived(
    events: tuple[I64, I32], payee: I32, traced: tuple[F64, I64, I32, F64], origins: int
) -> tuple[F64, I64, I32, F64]:
    """The same per account, over its inflows."""
    ptr, flow = events
    carried, begin, who, part = traced
    n = ptr.shape[0] - 1
    total = np.zeros(n)
    start = np.zeros(n + 1, np.int64)
    names = [np.int32(0) for _ in range(0)]
    parts = [0.0 for _ in range(0)]
    held = np.zeros(max(1, origins))
    for v in range(n):
        touched = [np.int32(0) for _ in range(0)]
        for e in range(ptr[v], ptr[v + 1]):
            f = flow[e]
            if payee[f] != v or carried[f] == 0.0:
                continue
            total[v] += carried[f]
            for k in range(begin[f], begin[f + 1]):
                if held[who[k]] == 0.0:
                    touched.append(who[k])
                held[who[k]] += part[k]
        for origin in sorted(touched):
            names.append(origin)
            parts.append(held[origin])
            held[origin] = 0.0
        start[v + 1] = len(names)
    return total, start, np.array(names, np.int32), np.array(parts)


@dataclass(frozen=True)
class Traced:
    """Reported payments that arrived at each account, as a number of payments, and by the referred account they were
    paid to: those of account v are origin[ptr[v]:ptr[v + 1]], ascending, with `part`; what is small is not listed.
    """

    arrived: F64
    ptr: I64
    origin: I32
    part: F64

    @classmethod
    def none(cls, n: int) -> Self:
        """Nothing was traced among n accounts."""
        return cls(np.zeros(n), np.zeros(n + 1, np.int64), np.zeros(0, np.int32), np.zeros(0))

    def of(self, account: int) -> tuple[I32, F64]:
        rows = slice(int(self.ptr[account]), int(self.ptr[account + 1]))
        return self.origin[rows], self.part[rows]


def trace_reported(snapshot: Snapshot, settings: RelaySettings) -> Traced:
    """Follow the reported payments that are known as flows, but not through pooled accounts (domain.md §7).

    O(links + flows), and the origins that meet in a flow.
    """
    flows, lots, refs = snapshot.flows, snapshot.lots, snapshot.referrals
    known = refs.victim_flow >= 0
    accounts, number = np.unique(refs.account[known], return_inverse=True)
    reported = np.full(len(flows.time), NOT_REPORTED, np.int32)
    reported[refs.victim_flow[known]] = number
    traced = _trace(
        (flows.time, flows.amount, _left_pool(snapshot)),
        (lots.out_ptr, lots.inflow, lots.amount),
        reported,
        len(accounts),
        (settings.walk_window_days * DAY, settings.walk_decay_hours * HOUR),
    )
    events = (snapshot.events.ptr, snapshot.events.flow)
    arrived, ptr, origin, part = _arrived(events, flows.payee, traced, len(accounts))
    return Traced(arrived, ptr, accounts.astype(np.int32)[origin], part)


def _left_pool(snapshot: Snapshot) -> Flags:
    """Flows out of pooled accounts: their money is nobody's in particular."""
    flows, accounts = snapshot.flows, snapshot.accounts
    result: Flags = (flows.payer >= 0) & accounts.pooled[flows.payer]
    return result


@nb.njit(cache=True)
def _behind(
    reached: tuple[I32, F64], referred: I32, restart: F64, traced: tuple[F64, I64, I32, F64]
) -> tuple[I32, F64]:
    """Mass by referred account: its own, and what reported payments to it brought. `referred` is ascending."""
    accounts, mass = reached
    arrived, ptr, origin, part = traced
    total = np.zeros(referred.shape[0])
    for i in range(accounts.shape[0]):
        v = accounts[i]
        own = np.searchsorted(referred, v)
        if own < referred.shape[0] and referred[own] == v:
            total[own] += mass[i] * restart[v]
            continue
        for k in range(ptr[v], ptr[v + 1]):
            total[np.searchsorted(referred, origin[k])] += mass[i] * restart[v] * part[k] / arrived[v]
    found = np.flatnonzero(total)
    return referred[found], total[found]


def behind(reached: tuple[I32, F64], referred: I32, restart: F64, traced: Traced) -> tuple[I32, F64]:
    """Mass that each referred account (ascending) brought, given accounts and the mass per unit restart from them."""
    return _behind(reached, referred, restart, (traced.arrived, traced.ptr, traced.origin, traced.part))
