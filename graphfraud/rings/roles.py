"""Roles in a ring, read from the money: collector, relay (跑分), cashout (背包客), recruiter (卡农头), dormant."""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np

from graphfraud.core.snapshot import CASH_DESK, F64, I32, I64, Snapshot

#: A cash-out takes at least this share of what it received out in cash.
CASH_SHARE = 0.3
#: Money ends at a member that passes less than this share of what members sent it on to other members.
END_SHARE = 0.2
#: A collector receives at least this share from outside the ring.
OUTSIDE_SHARE = 0.5
#: A recruiter shares identifiers with at least so many members, has payments of its own, and none with them.
RECRUITER_LINKS, RECRUITER_FLOWS = 5, 10


@dataclass(frozen=True)
class MemberMoney:
    """Minor units per account: from and to members of its ring, from outside, cash out; µs of its last flow inside."""

    from_members: F64
    to_members: F64
    from_outside: F64
    cash: F64
    last: I64
    flows: I64  # flows of the account, in and out


@nb.njit(cache=True)
def _money(n: int, flows: tuple[I64, I32, I32, I64], ring: I32, since: I64) -> tuple[F64, I64]:
    time, payer, payee, amount = flows
    total = np.zeros((4, n))
    last = np.full(n, np.iinfo(np.int64).min, np.int64)
    for f in range(time.shape[0]):
        u, v, x = payer[f], payee[f], float(amount[f])
        mine, theirs = u != CASH_DESK and ring[u] >= 0, v != CASH_DESK and ring[v] >= 0
        if mine and theirs and ring[u] == ring[v]:
            total[0, v] += x
            total[1, u] += x
            last[u] = last[v] = time[f]
        elif theirs and u != CASH_DESK and time[f] >= since[v]:
            total[2, v] += x
        if mine and v == CASH_DESK and time[f] >= since[u]:
            total[3, u] += x
    return total, last


@nb.njit(cache=True)
def _first_inside(n: int, flows: tuple[I64, I32, I32, I64], ring: I32) -> I64:
    """First time money moved between an account and a member of its ring; the end of time where it never did."""
    time, payer, payee, _amount = flows
    first = np.full(n, np.iinfo(np.int64).max, np.int64)
    for f in range(time.shape[0]):
        u, v = payer[f], payee[f]
        if u >= 0 and v >= 0 and ring[u] >= 0 and ring[u] == ring[v]:
            first[u], first[v] = min(first[u], time[f]), min(first[v], time[f])
    return first


def member_money(snapshot: Snapshot, ring: I32, before_days: int = 3) -> MemberMoney:
    """Money of ring members; outside money and cash count from shortly before their first payment inside. O(flows)."""
    flows = snapshot.flows
    four = (flows.time, flows.payer, flows.payee, flows.amount)
    n = len(snapshot.accounts)
    first = _first_inside(n, four, ring)
    since = np.where(first == np.iinfo(np.int64).max, first, first - before_days * 86_400_000_000)
    total, last = _money(n, four, ring, since)
    came, went, outside, cash = total
    return MemberMoney(came, went, outside, cash, last, np.diff(snapshot.events.ptr))


def role(v: int, money: MemberMoney, identifier_links: int) -> str:
    """Role of one member. Order matters: no money inside, then where the money ends, then where it comes from."""
    came, went = money.from_members[v], money.to_members[v]
    if came + went == 0:
        recruits = identifier_links >= RECRUITER_LINKS and money.flows[v] >= RECRUITER_FLOWS
        return "recruiter" if recruits else "dormant"
    received = came + money.from_outside[v]
    if came > 0 and (went < END_SHARE * came or money.cash[v] >= CASH_SHARE * received):
        return "cashout"
    return "collector" if money.from_outside[v] >= OUTSIDE_SHARE * received and went > 0 else "relay"
