"""The ceiling: which hidden mules any path from a referred account can reach at all.

A path of money goes forward in time from a referred account (its money), or backward (who fed it); a path of
identifiers goes from user to user of identifiers with at most 50 accounts; a mixed path may do both in turn. Repeated
times count as in order, so that nothing reachable is missed. The honest accounts that are reached as well stand beside:
in a bank nearly everybody is reached, so the near paths (three transfers, one identifier) stand there too.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray

from graphfraud.core.snapshot import I32, I64, Flags
from graphfraud.evaluate.baselines import IDENTIFIER_CAP
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.facts import WorldFacts
from graphfraud.evaluate.section import Grid, Section, percent

UNREACHED = np.iinfo(np.int64).max
HOPS = 3
AT_ONCE = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Reach:
    """Share of the hidden mules, of the acted ones (None where not known) and of the honest candidates reached."""

    path: str
    hidden: float | None
    acted: float | None
    honest: float | None


@nb.njit(cache=True)
def _scan(payer: I32, payee: I32, time: I64, arrival: I64) -> bool:
    changed = False
    for e in range(len(time)):
        if arrival[payer[e]] <= time[e] and time[e] < arrival[payee[e]]:
            arrival[payee[e]] = time[e]
            changed = True
    return changed


def arrivals(payer: I32, payee: I32, time: I64, group: I32, seed: Flags) -> I64:
    """Earliest time at which a path from a seed is at every account; UNREACHED.

    Transfers in order of time. `group`: accounts that a path may change between at any time have the same number (every
    account its own: money alone). Scans until nothing changes: more than twice only where times repeat or groups are
    crossed. O(scans · transfers).
    """
    arrival = np.where(seed, AT_ONCE, UNREACHED)
    while True:
        best = np.full(int(group.max(initial=-1)) + 1, UNREACHED)
        np.minimum.at(best, group, arrival)
        arrival = best[group]
        if not _scan(payer, payee, time, arrival):
            return arrival


@nb.njit(cache=True)
def _hop(ends: tuple[I32, I32], time: I64, before: I64, arrival: I64) -> None:
    for e in range(len(time)):
        if before[ends[0][e]] <= time[e] and time[e] < arrival[ends[1][e]]:
            arrival[ends[1][e]] = time[e]


def within(payer: I32, payee: I32, time: I64, seed: Flags, hops: int) -> Flags:
    """Accounts that a path of at most so many transfers, forward in time, reaches from a seed. O(hops · transfers)."""
    arrival = np.where(seed, AT_ONCE, UNREACHED)
    for _ in range(hops):
        before = arrival.copy()
        _hop((payer, payee), time, before, arrival)
    reached: Flags = arrival < UNREACHED
    return reached


def direct(facts: WorldFacts, as_of: int, seed: Flags) -> Flags:
    """Accounts that share an identifier (at most 50 accounts, known at T) with a seed; the seeds. O(uses)."""
    seen = facts.seen <= as_of
    pairs = np.unique(np.column_stack([facts.identifier[seen], facts.user[seen]]), axis=0)
    reached = seed.copy()
    if len(pairs):
        small = np.bincount(pairs[:, 0]) <= IDENTIFIER_CAP
        touched = np.zeros(len(small), dtype=bool)
        touched[pairs[seed[pairs[:, 1]], 0]] = True
        reached[pairs[(touched & small)[pairs[:, 0]], 1]] = True
    return reached


def groups(facts: WorldFacts, as_of: int) -> I32:
    """Accounts joined by chains of identifiers known at T with at most 50 accounts have the same number. O(uses)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    seen = facts.seen <= as_of
    pairs = np.unique(np.column_stack([facts.identifier[seen], facts.user[seen]]), axis=0)
    n = len(facts)
    if not len(pairs):
        return np.arange(n, dtype=np.int32)
    kept = pairs[np.bincount(pairs[:, 0])[pairs[:, 0]] <= IDENTIFIER_CAP]
    size = n + int(pairs[:, 0].max()) + 1
    ends = (kept[:, 1].astype(np.int64), n + kept[:, 0].astype(np.int64))
    links = coo_array((np.ones(len(kept), dtype=np.int8), ends), shape=(size, size))
    labels: NDArray[np.int32] = connected_components(links, directed=False)[1]
    return labels[:n].astype(np.int32)


def ceiling(case: Case) -> tuple[Reach, ...]:
    """How far each kind of path reaches from the accounts referred at T."""
    who, reached = case.who, reachable(case.facts, case.as_of)
    honest = who.candidate & ~case.truth.mule
    rows = []
    for path, flags in reached.items():
        acted = None if who.acted is None else _share(who.acted, flags)
        rows.append(Reach(path, _share(who.hidden, flags), acted, _share(honest, flags)))
    return tuple(rows)


def reachable(facts: WorldFacts, as_of: int) -> dict[str, Flags]:
    """Accounts that each kind of path reaches from the accounts referred at T. O(scans · transfers)."""
    kept = np.flatnonzero((facts.time <= as_of) & (facts.payer != facts.payee))
    kept = kept[np.argsort(facts.time[kept], kind="stable")]
    payer, payee, time = facts.payer[kept], facts.payee[kept], facts.time[kept]
    seed, joined = facts.referred(as_of), groups(facts, as_of)
    back = (payee[::-1].copy(), payer[::-1].copy(), -time[::-1])
    alone = np.arange(len(facts), dtype=np.int32)
    forward = arrivals(payer, payee, time, alone, seed) < UNREACHED
    backward = arrivals(*back, alone, seed) < UNREACHED
    shared = np.isin(joined, np.unique(joined[seed]))
    mixed = (arrivals(payer, payee, time, joined, seed) < UNREACHED) | (arrivals(*back, joined, seed) < UNREACHED)
    near, sharing = within(payer, payee, time, seed, HOPS), direct(facts, as_of, seed)
    return {
        f"money, forward, {HOPS} transfers": near,
        "one identifier": sharing,
        "either of these": near | sharing,
        "money, forward": forward,
        "money, backward": backward,
        "identifiers": shared,
        "any of these": forward | backward | shared,
        "mixed": mixed,
    }


def _share(wanted: Flags, reached: Flags) -> float | None:
    total = int(wanted.sum())
    return int((wanted & reached).sum()) / total if total else None


def section(found: tuple[Reach, ...]) -> Section:
    """The table."""
    rows = tuple((r.path, percent(r.hidden), percent(r.acted), percent(r.honest)) for r in found)
    line = (
        "Share of accounts that a path from a referred account reaches at all: the ceiling of whatever follows paths,"
        " and, beside it, how many honest candidates the same paths reach."
    )
    columns = ("path", "hidden", "acted", "honest")
    return Section("ceiling", "Ceiling", (line,), (Grid(columns, rows),), (), {"paths": [asdict(r) for r in found]})
