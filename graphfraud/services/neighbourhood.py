"""Neighbourhood: a breadth-first walk over flows and shared identifiers of a snapshot, with every limit counted.

Hubs (too many counterparties, too many holders), pooled accounts and merchants are shown where they are met and never
crossed. An IP address alone does not connect accounts (domain.md §7).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from graphfraud.core.snapshot import I32, I64, IP, Snapshot
from graphfraud.errors import UsageError

MAX_HOPS = 4
HUB, POOLED, MERCHANT = "hub", "pooled", "merchant"


@dataclass(frozen=True)
class Bounds:
    """Limits of a neighbourhood. Times µs (None: no bound, until is exclusive), amounts minor units."""

    hops: int = 2
    since: int | None = None
    until: int | None = None
    min_amount: int = 0
    max_degree: int = 100  # counterparties an account may have before it is a hub
    max_accounts: int = 200
    max_holders: int = 50  # holders an identifier may have before it is a hub

    def __post_init__(self) -> None:
        if not 1 <= self.hops <= MAX_HOPS:
            raise UsageError(f"hops is {self.hops}; it goes from 1 to {MAX_HOPS}")
        if self.max_degree < 1 or not 1 <= self.max_accounts <= 5_000 or self.min_amount < 0:
            raise UsageError("limits out of range: max_degree ≥ 1, 1 ≤ max_accounts ≤ 5000, min_amount ≥ 0")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise UsageError("the window is empty: --since must be before --until")


@dataclass
class Neighbourhood:
    """What the walk found; filled while it goes."""

    hop: dict[int, int]  # account → hops from the start
    end: dict[int, str] = field(default_factory=dict)  # account → why it was not crossed
    degree: dict[int, int] = field(default_factory=dict)  # counterparties of the hubs
    identifiers: set[int] = field(default_factory=set)  # crossed identifiers
    identifier_hubs: dict[int, int] = field(default_factory=dict)  # identifier → holders
    left_out: set[int] = field(default_factory=set)  # accounts met, beyond the limits


def flows_in(snapshot: Snapshot, account: int, bounds: Bounds) -> I32:
    """Flows of an account within window and amount floor, in time order."""
    flow = snapshot.flows_of(account)
    time = snapshot.flows.time[flow]  # ascending
    first = 0 if bounds.since is None else int(np.searchsorted(time, bounds.since))
    last = len(flow) if bounds.until is None else int(np.searchsorted(time, bounds.until))
    flow = flow[first:last]
    return flow[snapshot.flows.amount[flow] >= bounds.min_amount] if bounds.min_amount else flow


def counterparties(snapshot: Snapshot, account: int, flow: I32) -> tuple[I32, I64]:
    """Distinct other accounts (the cash desk left out) and the sum that moved, largest sum first, then account."""
    payer, payee = snapshot.flows.payer[flow], snapshot.flows.payee[flow]
    other = np.where(payer == account, payee, payer)
    real = other >= 0
    found, place = np.unique(other[real], return_inverse=True)
    total = np.zeros(len(found), np.int64)
    np.add.at(total, place, snapshot.flows.amount[flow[real]])
    order = np.lexsort((found, -total))
    return found[order], total[order]


def walk(snapshot: Snapshot, start: int, bounds: Bounds) -> Neighbourhood:
    """The neighbourhood of an account. O(flows and identifier uses of the accounts that are crossed)."""
    found = Neighbourhood({start: 0})
    frontier = [start]
    for hop in range(1, bounds.hops + 1):
        candidates: dict[int, int] = {}  # account → amount; identifier neighbours come first
        for account in frontier:
            _money(snapshot, account, bounds, found, candidates)
            _shared(snapshot, account, bounds, found, candidates)
        fresh = sorted((a for a in candidates if a not in found.hop), key=lambda a: (-candidates[a], a))
        room = bounds.max_accounts - len(found.hop)
        found.left_out.update(fresh[room:])
        frontier = fresh[:room]
        found.hop.update(dict.fromkeys(frontier, hop))
    for account in frontier:
        _close(snapshot, account, bounds, found)
    found.left_out -= found.hop.keys()
    return found


def _close(snapshot: Snapshot, account: int, bounds: Bounds, found: Neighbourhood) -> str | None:
    """Why an account is not crossed, if it is not; the start always is."""
    if found.hop[account] == 0:
        return None
    if snapshot.accounts.pooled[account]:
        found.end[account] = POOLED
    elif snapshot.accounts.merchant[account]:
        found.end[account] = MERCHANT
    else:
        others, _ = counterparties(snapshot, account, flows_in(snapshot, account, bounds))
        if len(others) > bounds.max_degree:
            found.end[account] = HUB
            found.degree[account] = len(others)
    return found.end.get(account)


def _money(snapshot: Snapshot, account: int, bounds: Bounds, found: Neighbourhood, candidates: dict[int, int]) -> None:
    if _close(snapshot, account, bounds, found):
        return
    others, total = counterparties(snapshot, account, flows_in(snapshot, account, bounds))
    if len(others) > bounds.max_degree:  # only the start gets here
        found.degree[account] = len(others)
        found.left_out.update(others[bounds.max_degree :].tolist())
        others, total = others[: bounds.max_degree], total[: bounds.max_degree]
    for other, amount in zip(others.tolist(), total.tolist(), strict=True):
        candidates[other] = candidates.get(other, 0) + amount


def _shared(snapshot: Snapshot, account: int, bounds: Bounds, found: Neighbourhood, candidates: dict[int, int]) -> None:
    if account in found.end:
        return
    first = np.iinfo(np.int64).max
    ids = snapshot.identifiers
    for z in ids.by_account[ids.by_account_ptr[account] : ids.by_account_ptr[account + 1]].tolist():
        users = ids.account[ids.ptr[z] : ids.ptr[z + 1]]
        if ids.kind[z] == IP or len(users) < 2:
            continue
        holders = count_holders(snapshot, users)
        if holders > bounds.max_holders:
            found.identifier_hubs[z] = holders
            continue
        found.identifiers.add(z)
        candidates.update(dict.fromkeys((u for u in users.tolist() if u != account), first))


def count_holders(snapshot: Snapshot, accounts: I32) -> int:
    """Distinct holders of these accounts; an account whose holder is not known is a holder of its own."""
    holder = snapshot.accounts.holder[accounts]
    return len(np.unique(holder[holder >= 0])) + int((holder < 0).sum())
