"""Identifier links: accounts of different holders that use the same device or phone (algorithms.md §1.2, §2).

An identifier with k distinct *holders* links each pair of its accounts with `√(d_i d_j)·ν/(k − 1)^power`, d =
2^(−age/half-life), age = T − last use; ν = floor + (1 − floor)·2^(−(T − start)/new half-life), start the day the second
of the two began to use it: a family has shared its phone for years, a ring for weeks (docs/adr/0011). Accounts of one
holder are never linked through it: they are listed apart. Identifiers with more holders than the cap are
hubs, shown with their count and not crossed. IP, MAC and address never link: a network is not a person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np

from graphfraud.core.clock import DAY
from graphfraud.core.pairs import Pairs, collect
from graphfraud.core.snapshot import DEVICE, F64, I8, I32, I64, PHONE, UNKNOWN, Accounts, Flags, Identifiers


@dataclass(frozen=True)
class LinkRule:
    """How identifiers link: cap in holders, power of the dilution, half-life in days of use and of newness, and what is
    left of the weight of a link that is old (1: newness makes no difference).
    """

    max_holders: int
    power: float
    half_life_days: float
    new_half_life_days: float = 120.0
    new_floor: float = 1.0


@nb.njit(cache=True)
def count_holders(ptr: I64, account: I32, holder: I32) -> I32:
    """Distinct holders per identifier; an account whose holder is not known is a holder of its own.

    Runs of equal accounts do not occur. O(Σ d log d).
    """
    result = np.zeros(ptr.shape[0] - 1, np.int32)
    for z in range(ptr.shape[0] - 1):
        size = ptr[z + 1] - ptr[z]
        if size < 2:
            result[z] = size
            continue
        owners = np.empty(size, np.int64)
        for i in range(size):
            v = account[ptr[z] + i]
            owners[i] = holder[v] if holder[v] != UNKNOWN else -2 - v
        owners.sort()
        k = 1
        for i in range(1, size):
            if owners[i] != owners[i - 1]:
                k += 1
        result[z] = k
    return result


@nb.njit(cache=True)
def _link(
    uses: tuple[I64, I32], holder: I32, use: I8, rows: tuple[F64, F64], factor: tuple[F64, float]
) -> tuple[I32, I32, F64, I32]:
    """Links (a, b, weight, identifier) through every identifier with use = 1. `rows`: decay and newness of each use."""
    ptr, account = uses
    decay, new = rows
    dilution, floor = factor
    size = 0
    for z in range(ptr.shape[0] - 1):
        if use[z]:
            d = ptr[z + 1] - ptr[z]
            size += d * (d - 1) // 2
    a = np.empty(size, np.int32)
    b = np.empty(size, np.int32)
    weight = np.empty(size, np.float64)
    through = np.empty(size, np.int32)
    k = 0
    for z in range(ptr.shape[0] - 1):
        if not use[z]:
            continue
        for i in range(ptr[z], ptr[z + 1]):
            u = account[i]
            for j in range(i + 1, ptr[z + 1]):
                v = account[j]
                if holder[u] == holder[v] and holder[u] != UNKNOWN:
                    continue
                a[k], b[k], through[k] = u, v, z
                weight[k] = np.sqrt(decay[i] * decay[j]) * dilution[z] * (floor + (1 - floor) * max(new[i], new[j]))
                k += 1
    return a[:k], b[:k], weight[:k], through[:k]


@dataclass(frozen=True)
class Links:
    """Identifier links one by one, and the holders of every identifier (also of those that do not link)."""

    a: I32
    b: I32
    weight: F64
    identifier: I32
    holders: I32

    def pairs(self, n: int) -> Pairs:
        return collect(n, self.a, self.b, self.weight)


def identifier_links(accounts: Accounts, identifiers: Identifiers, as_of: int, rule: LinkRule) -> Links:
    """Links through devices and phones with 2 ≤ holders ≤ cap. O(Σ d²) over those identifiers."""
    holders = count_holders(identifiers.ptr, identifiers.account, accounts.holder)
    personal = (identifiers.kind == DEVICE) | (identifiers.kind == PHONE)
    use = (personal & (holders >= 2) & (holders <= rule.max_holders) & _bounded(identifiers.ptr, rule)).astype(np.int8)
    age = (as_of - np.minimum(identifiers.last_seen, as_of)) / DAY
    decay = np.exp2(-age / rule.half_life_days)
    new = np.exp2(-(as_of - identifiers.first_seen) / DAY / rule.new_half_life_days)
    factor = np.ones(len(holders))
    factor[use == 1] = (holders[use == 1] - 1.0) ** -rule.power
    uses = (identifiers.ptr, identifiers.account)
    found = _link(uses, accounts.holder, use, (decay, new), (factor, rule.new_floor))
    return Links(*found, holders)


def holders_among(accounts: Accounts, identifiers: Identifiers, chosen: Flags) -> I32:
    """Distinct holders of chosen accounts on every identifier. O(uses)."""
    kept = chosen[identifiers.account]
    counts = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept)])
    return np.asarray(count_holders(counts[identifiers.ptr], identifiers.account[kept], accounts.holder))


def _bounded(ptr: I64, rule: LinkRule) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """A cap in holders does not bound accounts: a holder with very many accounts on one phone is a hub too."""
    return np.diff(ptr) <= 20 * rule.max_holders
