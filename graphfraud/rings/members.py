"""Prune and attach: who belongs to a ring once it has been found (algorithms.md §1.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numba as nb
import numpy as np

from graphfraud.core.pairs import Graph
from graphfraud.core.snapshot import F64, I32, I64, Flags
from graphfraud.settings import RingSettings


@dataclass(frozen=True)
class Members:
    """Ring of every account (−1: none), its inside weight and links, and whether it was attached from outside."""

    ring: I32
    inside: F64
    links: I32
    attached: Flags


@nb.njit(cache=True)
def _inside(ptr: I64, neighbour: I32, weight: F64, ring: I32) -> tuple[F64, F64, I32]:
    """Weight inside the own ring, weight in all, and links inside, of every account."""
    n = ptr.shape[0] - 1
    inside = np.zeros(n)
    total = np.zeros(n)
    links = np.zeros(n, np.int32)
    for v in range(n):
        for e in range(ptr[v], ptr[v + 1]):
            total[v] += weight[e]
            if ring[v] >= 0 and ring[neighbour[e]] == ring[v]:
                inside[v] += weight[e]
                links[v] += 1
    return inside, total, links


@nb.njit(cache=True)
def _attach(graph: tuple[I64, I32, F64], ring: I32, total: F64, rules: tuple[float, float, int]) -> I32:
    """Ring each outsider is to join, or −1: the one it is linked to by most weight, ties to the lower number."""
    ptr, neighbour, weight = graph
    minimum, share, links = rules
    joins = np.full(ring.shape[0], -1, np.int32)
    for v in range(ring.shape[0]):
        if ring[v] >= 0:
            continue
        best = 0.0
        for e in range(ptr[v], ptr[v + 1]):
            c = ring[neighbour[e]]
            if c < 0:
                continue
            together = 0.0
            count = 0
            for other in range(ptr[v], ptr[v + 1]):
                if ring[neighbour[other]] == c:
                    together += weight[other]
                    count += 1
            enough = count >= links and together >= minimum and together >= share * total[v]
            if enough and (together > best or (together == best and (joins[v] < 0 or c < joins[v]))):
                best = together
                joins[v] = c
    return joins


def prune_and_attach(graph: Graph, ring: I32, settings: RingSettings) -> Members:
    """Rounds of dropping weakly held members and adding strongly held outsiders; all rings at once.

    A member needs inside weight ≥ prune_weight and ≥ prune_share of its own weight; an outsider the same to at
    least `attach_links` members. Rings that end below `min_members` are dissolved. O(rounds · Σ d²) over ring
    neighbours.
    """
    csr = (graph.ptr, graph.neighbour, graph.weight)
    rules = (settings.prune_weight, settings.prune_share, settings.attach_links)
    ring = ring.copy()
    attached = np.zeros(graph.n, bool)
    for _ in range(settings.rounds):
        inside, total, _links = _inside(*csr, ring)
        weak = (ring >= 0) & ((inside < settings.prune_weight) | (inside < settings.prune_share * total))
        ring[weak] = -1
        attached[weak] = False
        joins = _attach(csr, ring, total, rules)
        ring[joins >= 0] = joins[joins >= 0]
        attached[joins >= 0] = True
    sizes = np.bincount(ring[ring >= 0], minlength=1)
    small = (ring >= 0) & (sizes[np.maximum(ring, 0)] < settings.min_members)
    ring[small] = -1
    inside, _total, links = _inside(*csr, ring)
    return Members(ring, inside, links, attached & (ring >= 0))


def weighed(members: Members, graph: Graph) -> Members:
    """The same members with their inside weight and links in another graph. O(n + m)."""
    inside, _total, links = _inside(graph.ptr, graph.neighbour, graph.weight, members.ring)
    return replace(members, inside=inside, links=links)
