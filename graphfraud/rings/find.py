"""Find rings: one graph of relay links and identifiers, CPM levels, choice, prune and attach (algorithms.md §1)."""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np

from graphfraud.core.links import LinkRule, Links, identifier_links
from graphfraud.core.pairs import Graph, Pairs, add, graph
from graphfraud.core.snapshot import F64, I32, I64, Flags, Snapshot
from graphfraud.rings.communities import full_labels, leiden, rounded, vertices_of
from graphfraud.rings.inertia import LastNight
from graphfraud.rings.leads import features, rank_leads
from graphfraud.rings.levels import Choice, Level, choose, level
from graphfraud.rings.members import Members, prune_and_attach, weighed
from graphfraud.rings.partitions import Search, partitions, second
from graphfraud.rings.relay import event_weights, relay_pairs
from graphfraud.settings import RingSettings, Settings

#: Levels are computed on accounts within so many links of a referred account or a lead: a ring is not wider, and the
#: figures on planted worlds are those of the whole graph (docs/adr/0005).
REACH = 3
#: Leiden iterations over the whole bank, which only have to find candidates for leads.
LEAD_ITERATIONS = 1


@dataclass(frozen=True)
class Evidence:
    """The graphs rings are made of."""

    event: F64  # relay weight of every flow
    relay: Pairs
    links: Links
    shared: Pairs  # identifier links times their weight in the sum
    total: Pairs  # relay + shared, rounded, light pairs dropped
    graph: Graph


@dataclass(frozen=True)
class Found:
    """Rings before they are named: members, level of each, lead rank by ring number, and what they rest on."""

    members: Members
    level: I32  # per account: index into settings.rings.gammas, −1 none
    lead_rank: dict[int, int]  # ring number → 1…; a number not there is a ring with a referred member
    evidence: Evidence
    edges: dict[str, int]


def evidence(snapshot: Snapshot, settings: Settings) -> Evidence:
    """Relay links and identifier links of the whole bank, and their weighted sum. O(flows + links)."""
    n = len(snapshot.accounts)
    event = event_weights(snapshot, settings.relay)
    relay = relay_pairs(snapshot, event, settings.relay)
    known = settings.links
    rule = LinkRule(known.max_holders_ring, 1.0, known.half_life_days, known.new_half_life_days, known.new_floor)
    links = identifier_links(snapshot.accounts, snapshot.identifiers, snapshot.as_of, rule)
    shared = links.pairs(n).scaled(settings.rings.identifier_weight)
    total = rounded(add(n, shared, relay), settings.rings.min_weight)
    return Evidence(event, relay, links, shared, total, graph(n, total))


@nb.njit(cache=True)
def _within(ptr: I64, neighbour: I32, start: I32, hops: int) -> Flags:
    """Accounts within so many links of the start accounts. O(n + m)."""
    distance = np.full(ptr.shape[0] - 1, -1, np.int32)
    queue = np.empty(ptr.shape[0] - 1, np.int32)
    tail = 0
    for v in start:
        if distance[v] < 0:
            distance[v] = 0
            queue[tail] = v
            tail += 1
    head = 0
    while head < tail:
        v = queue[head]
        head += 1
        if distance[v] == hops:
            continue
        for e in range(ptr[v], ptr[v + 1]):
            u = neighbour[e]
            if distance[u] < 0:
                distance[u] = distance[v] + 1
                queue[tail] = u
                tail += 1
    return distance >= 0


def find_members(snapshot: Snapshot, settings: Settings, before: LastNight | None) -> Found:
    """Rings with a referred member and leads, as member lists; pairs inside last night's rings weigh more.

    O(flows + levels · iterations · pairs).
    """
    n, rules = len(snapshot.accounts), settings.rings
    proof = evidence(snapshot, settings)
    referred = np.zeros(n, bool)
    referred[snapshot.referrals.account] = True

    total = proof.total if before is None else before.favoured(proof.total)
    with second(len(proof.total)) as other:
        found = leiden(proof.total, rules.gammas[0], LEAD_ITERATIONS, settings.runs.seed)
        whole = level(n, proof.total, full_labels(n, *found))
        heads = _leads(proof, whole, referred, rules)
        leaders = np.unique(np.concatenate([snapshot.referrals.account, heads])).astype(np.int32)
        near = _within(proof.graph.ptr, proof.graph.neighbour, leaders, REACH)
        region = total.where(near[total.a] & near[total.b])
        start = None if before is None else before.start(vertices_of(region))
        coarser = partitions(region, Search(rules.gammas, rules.iterations, settings.runs.seed, start), other)
    levels = [level(n, total, full_labels(n, *partition)) for partition in coarser]
    chosen = choose(levels, leaders, rules.level_gain, None if before is None else before.stay)
    ring, rank = _candidates(chosen, snapshot.referrals.account, heads)
    members = prune_and_attach(proof.graph if before is None else graph(n, total), ring, rules)
    members = members if before is None else weighed(members, proof.graph)
    members, rank = _confirm(members, rank, referred)
    edges = {"relay": len(proof.relay), "identifiers": len(proof.shared), "rings": len(proof.total)}
    return Found(members, chosen.level, rank, proof, {**edges, "coarse": len(region)})


def _leads(proof: Evidence, whole: Level, referred: Flags, rules: RingSettings) -> I32:
    """The leads, best first; a lead goes by its first account."""
    n, total = len(referred), proof.total
    degree = np.bincount(total.a, total.weight, n) + np.bincount(total.b, total.weight, n)
    table = features(whole, proof.relay, proof.shared, degree.astype(np.float64))
    leads = rank_leads(whole, table, referred, rules.min_members, rules.leads)
    return whole.member[whole.ptr[leads]]


def _candidates(chosen: Choice, referred: I32, heads: I32) -> tuple[I32, dict[int, int]]:
    """Number the communities of referred accounts and of leads, by their smallest account; lead ranks by number."""
    wanted = np.unique(chosen.label[referred])
    rank: dict[int, int] = {}
    for place, head in enumerate(heads.tolist(), start=1):
        label = int(chosen.label[head])
        if label >= 0 and label not in wanted:
            rank.setdefault(label, place)
    keep = np.union1d(wanted[wanted >= 0], np.array(list(rank), np.int64))
    accounts = np.flatnonzero(np.isin(chosen.label, keep))
    _, first, number = np.unique(chosen.label[accounts], return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))
    ring = np.full(len(chosen.label), -1, np.int32)
    ring[accounts] = order[number]
    numbers = {int(c): int(order[i]) for i, c in enumerate(np.unique(chosen.label[accounts]))}
    return ring, {numbers[c]: place for c, place in rank.items()}


def _confirm(members: Members, rank: dict[int, int], referred: Flags) -> tuple[Members, dict[int, int]]:
    """After pruning: a ring must still hold a referred account; a lead that won one becomes a ring."""
    held = set(np.unique(members.ring[referred & (members.ring >= 0)]).tolist())
    present = set(np.unique(members.ring[members.ring >= 0]).tolist())
    lost = present - held - set(rank)
    ring = np.where(np.isin(members.ring, list(lost)), -1, members.ring).astype(np.int32)
    rank = {c: place for c, place in rank.items() if c in present and c not in held}
    return Members(ring, members.inside, members.links, members.attached & (ring >= 0)), rank
