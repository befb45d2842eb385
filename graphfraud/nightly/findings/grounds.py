"""What speaks for the payer of a suspected account being its victim, payment by payment, and the points it gives.

Everything is counted in whole minor units, payments and microseconds, so points are integers. The weights were chosen
on two worlds of different generators at two cuts each, as round numbers that hold on both; docs/victims.md has what
they find, and that no single ground decides: leaving any of them out changes little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np

from graphfraud.core.clock import DAY, HOUR
from graphfraud.core.csr import group_rows, spread
from graphfraud.core.snapshot import FEE, I8, I32, I64, NEVER, OWN, Flags, Snapshot

MET = 72 * HOUR  # dealings no older than this are first dealings
PASSED = 24 * HOUR  # money passed on within this time was not meant for the receiver
AROUND = 72 * HOUR  # payers within this time of one another come from one wave of fraud
BEFORE = 30 * DAY  # how long before that an account's usual payers are counted
CROWD, USUAL = 3, 15  # first-time payers that make a wave; more than this before it: the account lives on strangers
LEAST = 50_000  # minor units; from here on every doubling of a payment is a point
MOST = 5  # points for the amount
STALE = 30 * DAY  # a payment longer ago is less urgent
SAME_ACCOUNT, SAME_RING = 2, 1  # Grounds.reported
LIKELY, POSSIBLE = 11, 8  # points


@dataclass(frozen=True)
class Grounds:
    """One entry per payment (a row of flows from a person to a suspected account).

    `crowd` counts the payment itself; `passed` and `fresh` follow the newest money first (LIFO).
    """

    met: I64  # µs since the two first dealt with each other, in either direction
    back: Flags  # the payee has paid the payer, at any time
    passed: I64  # minor units of the payment that left the payee within PASSED
    waiting: Flags  # made less than PASSED before T, so that it may still be passed on
    fresh: I64  # minor units of it that persons had paid in to the payer less than PASSED before
    crowd: I64  # persons that paid the payee for the first time within AROUND of it
    usual: I64  # persons that did so in BEFORE ahead of that
    reported: I8  # a reported payment within AROUND: SAME_ACCOUNT, SAME_RING, or 0
    unusual: Flags  # at most a fifth of the payer's earlier payments were as large
    stale: Flags


def grounds(snapshot: Snapshot, rows: I64, suspects: Flags, ring: I32) -> Grounds:
    """Grounds of payments `rows` to suspects. `ring`: number per account, negative for none.

    O(flows + payments of the payers + links of the rows).
    """
    flows = snapshot.flows
    time, payee = flows.time[rows], flows.payee[rows]
    touching, since, first = _dealings(snapshot, suspects)
    crowd, usual = _strangers(snapshot, rows, first[suspects[flows.payee[first]]])
    earlier, as_large = _own_history(
        snapshot.events.ptr, snapshot.events.flow, flows.payer, flows.amount, rows.astype(np.int64)
    )
    return Grounds(
        met=since[np.searchsorted(touching, rows)],
        back=_paid_back(snapshot, rows, touching),
        passed=_passed_on(snapshot, rows),
        waiting=time > snapshot.as_of - PASSED,
        fresh=_funded(snapshot, rows),
        crowd=crowd,
        usual=usual,
        reported=_near_report(snapshot, (time, payee), ring),
        unusual=(earlier > 0) & (5 * as_large <= earlier),
        stale=time <= snapshot.as_of - STALE,
    )


def points(found: Grounds, amount: I64, referred: Flags) -> I64:
    """Points of every payment; `referred`: its payee is a referred account.

    first dealings 4 · passed on half of it 3, nine tenths 4 (2 while it may still be) · around a reported payment to
    the same account 4, to the same ring 2 · the payee referred 1 · several first-time payers at once 1 · unusual for
    the payer 1 · own money 1, mostly money just come in −1 · one for every doubling from 500 yuan, up to 5, −1 below ·
    an account that lives on strangers −4 · paid back −2 · longer ago than 30 days −2.
    """
    doubled = np.int64(MOST) * np.ones(len(amount), np.int64)
    for step in range(MOST, -1, -1):
        doubled[amount < LEAST << step] = step - 1
    passed = np.where(10 * found.passed >= 9 * amount, 4, np.where(2 * found.passed >= amount, 3, 0))
    passed = np.where((passed == 0) & found.waiting, 2, passed)
    own = np.where(10 * found.fresh <= amount, 1, np.where(2 * found.fresh >= amount, -1, 0))
    result: I64 = (
        4 * (found.met <= MET) + passed + 2 * found.reported.astype(np.int64) + referred + (found.crowd >= CROWD)
        + found.unusual + own + doubled - 4 * (found.usual > USUAL) - 2 * found.back - 2 * found.stale
    )  # fmt: skip
    return result


def _dealings(snapshot: Snapshot, suspects: Flags) -> tuple[I64, I64, I64]:
    """Flows that suspects take part in, µs since the first one of the same two accounts, and these first ones."""
    flows, n = snapshot.flows, len(suspects)
    both = (flows.payer >= 0) & (flows.payee >= 0)
    rows = np.flatnonzero(both & (suspects[flows.payer] | suspects[flows.payee]))
    payer, payee = flows.payer[rows].astype(np.int64), flows.payee[rows].astype(np.int64)
    pair = np.minimum(payer, payee) * n + np.maximum(payer, payee)
    _, first, which = np.unique(pair, return_index=True, return_inverse=True)
    time = flows.time[rows]
    return rows, time - time[first][which], np.sort(rows[first])


def _paid_back(snapshot: Snapshot, rows: I64, touching: I64) -> Flags:
    flows, n = snapshot.flows, len(snapshot.accounts)
    paid = flows.payer[touching].astype(np.int64) * n + flows.payee[touching]
    result: Flags = np.isin(flows.payee[rows].astype(np.int64) * n + flows.payer[rows], paid)
    return result


def _strangers(snapshot: Snapshot, rows: I64, firsts: I64) -> tuple[I64, I64]:
    """First-time payers, persons, of the payee around each payment and before that. `firsts`: first payments."""
    flows = snapshot.flows
    firsts = firsts[snapshot.accounts.person[flows.payer[firsts]] & (flows.tag[firsts] & (OWN | FEE) == 0)]
    ptr, order = group_rows(len(snapshot.accounts), flows.payee[firsts])
    times, payee, at = flows.time[firsts][order], flows.payee[rows], flows.time[rows]
    around = within(ptr, times, payee, at - AROUND, at + AROUND)
    return around, within(ptr, times, payee, at - AROUND - BEFORE, at - AROUND - 1)


@nb.njit(cache=True)
def within(ptr: I64, time: I64, group: I32, begin: I64, end: I64) -> I64:
    """How many times of its group (`time[ptr[g]:ptr[g + 1]]`, ascending) lie in [begin, end], for every row."""
    result = np.zeros(group.shape[0], np.int64)
    for i in range(group.shape[0]):
        if group[i] >= 0:
            mine = time[ptr[group[i]] : ptr[group[i] + 1]]
            result[i] = np.searchsorted(mine, end[i], side="right") - np.searchsorted(mine, begin[i], side="left")
    return result


@nb.njit(cache=True)
def _own_history(ptr: I64, flow: I32, payer: I32, amount: I64, rows: I64) -> tuple[I64, I64]:
    """Per row the earlier payments of its payer, and how many of them were as large."""
    earlier, as_large = np.zeros(rows.shape[0], np.int64), np.zeros(rows.shape[0], np.int64)
    for i in range(rows.shape[0]):
        row = rows[i]
        who = payer[row]
        for j in range(ptr[who], ptr[who + 1]):
            other = flow[j]
            if other >= row:
                break
            if payer[other] == who:
                earlier[i] += 1
                as_large[i] += amount[other] >= amount[row]
    return earlier, as_large


def _passed_on(snapshot: Snapshot, rows: I64) -> I64:
    lots, time = snapshot.lots, snapshot.flows.time
    owner, place = spread(lots.in_ptr, rows)
    link = lots.in_order[place]
    soon = time[lots.outflow[link]] - time[rows[owner]] <= PASSED
    return _added(len(rows), owner[soon], lots.amount[link[soon]])


def _funded(snapshot: Snapshot, rows: I64) -> I64:
    lots, flows = snapshot.lots, snapshot.flows
    owner, link = spread(lots.out_ptr, rows)
    source = lots.inflow[link]
    payer = np.where(source >= 0, flows.payer[source], -1)
    soon = (payer >= 0) & (flows.time[rows[owner]] - flows.time[source] <= PASSED)
    soon &= snapshot.accounts.person[payer]
    return _added(len(rows), owner[soon], lots.amount[link[soon]])


def _added(n: int, group: I64, amount: I64) -> I64:
    result = np.zeros(n, np.int64)
    np.add.at(result, group, amount)
    return result


def _near_report(snapshot: Snapshot, payment: tuple[I64, I32], ring: I32) -> I8:
    """Is there a reported payment within AROUND, to the same account or to another one of its ring?"""
    time, payee = payment
    referrals, flows = snapshot.referrals, snapshot.flows
    told = referrals.victim_time.copy()
    placed = (told == NEVER) & (referrals.victim_flow >= 0)
    told[placed] = flows.time[referrals.victim_flow[placed]]
    known = np.flatnonzero((told != NEVER) & (referrals.account >= 0))
    known = known[np.argsort(told[known], kind="stable")]
    result = np.zeros(len(time), np.int8)
    for group, size, mark in ((ring, int(ring.max(initial=-1)) + 1, SAME_RING), (None, len(ring), SAME_ACCOUNT)):
        account = referrals.account[known]
        ptr, order = group_rows(size, account if group is None else group[account])
        mine = payee if group is None else group[payee]
        result[within(ptr, told[known][order], mine, time - AROUND, time + AROUND) > 0] = mark
    return result
