"""The graphs of the joint walk: relayed money, payment counts and shared identifiers (algorithms.md §2), and triads
(docs/adr/0023).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.core.clock import DAY
from graphfraud.core.links import Links
from graphfraud.core.pairs import Graph, Pairs, add, collect, graph
from graphfraud.core.snapshot import F64, I64, NEVER, OWN, Flags, Flows, Snapshot
from graphfraud.risk.triads import triads
from graphfraud.settings import RiskSettings

FOREVER = np.iinfo(np.int64).min


@dataclass(frozen=True)
class WalkGraph:
    """The walk's graph, its parts in edges, and the distinct counterparties of every account.

    tilt and triad_tilt: what the pairs of the referred say about many payments, and about triads (of relay links; of
    all payments where times are dates).
    """

    graph: Graph
    counterparties: I64
    edges: dict[str, int]
    tilt: float
    triad_tilt: float


def first_allowed(snapshot: Snapshot, cut_days: float) -> I64:
    """Per account the time from which its flows are edges: a referred account's honest past is not its ring's.

    `cut_days` before the first victim payment reported for it; the beginning of time for everybody else, and for
    a referred account for which no time of a payment was reported.
    """
    refs = snapshot.referrals
    known = refs.victim_time != NEVER
    start = np.where(known, refs.victim_time, 0) - np.int64(cut_days * DAY)
    allowed = np.full(len(snapshot.accounts), np.iinfo(np.int64).max, np.int64)
    np.minimum.at(allowed, refs.account[known], start[known])
    allowed[allowed == np.iinfo(np.int64).max] = FOREVER
    return allowed


def person_flows(flows: Flows, person: Flags) -> Flags:
    """Flows between two persons' accounts of different holders."""
    result: Flags = (flows.payer >= 0) & (flows.payee >= 0) & (flows.tag & OWN == 0)
    result[result] = person[flows.payer[result]] & person[flows.payee[result]]
    return result


def counterparties(snapshot: Snapshot) -> I64:
    """Distinct other accounts (of any kind) that an account paid or was paid by. O(flows log flows)."""
    flows, n = snapshot.flows, len(snapshot.accounts)
    both = np.flatnonzero((flows.payer >= 0) & (flows.payee >= 0))
    pairs = collect(n, flows.payer[both], flows.payee[both], np.zeros(len(both)))
    return (np.bincount(pairs.a, minlength=n) + np.bincount(pairs.b, minlength=n)).astype(np.int64)


def multiplicity_tilt(counts: F64, of_seeds: F64, prior: float) -> float:
    """Maximum likelihood of p_seed(c) ∝ p(c)·c^tilt, with `prior` pseudo-pairs drawn from p.

    `counts` are payments per pair of the whole graph, `of_seeds` those of the referred accounts' pairs. The
    score equation Σ ln c = m·E_tilt[ln c] is monotone in the tilt and solved by bisection in [−2, 2]. O(pairs).
    """
    if not len(counts) or not len(of_seeds):
        return 0.0
    values, times = np.unique(counts, return_counts=True)
    logs = np.log(values)
    base = float((times * logs).sum() / times.sum())
    wanted = (float(np.log(of_seeds).sum()) + prior * base) / (len(of_seeds) + prior)
    low, high = -2.0, 2.0
    for _ in range(60):
        tilt = (low + high) / 2
        weight = times * np.exp(tilt * (logs - logs.max()))
        low, high = (tilt, high) if float((weight * logs).sum() / weight.sum()) < wanted else (low, tilt)
    return (low + high) / 2


def walk_graph(snapshot: Snapshot, relayed: F64, links: Links, settings: RiskSettings) -> WalkGraph:
    """Relay + pair_weight × payment counts + identifier_weight × identifier links, each scaled to mean weight 1.

    Relay links count by their triads as far as the referrals ask for it. Declared dates instead of times make relay
    meaningless: then the payment counts stand alone, with the triads of all payments. O(m log m), triads O(m^1.5).
    """
    flows, n = snapshot.flows, len(snapshot.accounts)
    between = _edges(snapshot, first_allowed(snapshot, settings.referral_cut_days))
    payer, payee = flows.payer[between], flows.payee[between]
    counts = collect(n, payer, payee, np.ones(len(between)))
    seed = np.zeros(n, bool)
    seed[snapshot.referrals.account] = True
    of_seed = seed[counts.a] | seed[counts.b]
    tilt, factor = tilted(np.minimum(counts.weight, settings.count_cap), of_seed, settings.tilt_prior)
    shared = links.pairs(n)
    if snapshot.meta.date_only:
        common = triads(n, Pairs(counts.a, counts.b, np.ones(len(counts))))
        triad_tilt, further = tilted(1.0 + common, of_seed, settings.tilt_prior)
        relay, pairs = collect(n, payer[:0], payee[:0], factor[:0]), Pairs(counts.a, counts.b, factor * further)
        total = add(n, pairs.unit_mean(), shared.scaled(settings.identifier_weight))
    else:
        r = relayed[between]
        some = np.flatnonzero(r > 0)
        weight = r[some] * flows.amount[between[some]].astype(np.float64) ** settings.amount_power
        links_of_money = collect(n, payer[some], payee[some], weight).unit_mean()
        triad_tilt, relay = closed(n, links_of_money, seed, settings.tilt_prior)
        pairs = Pairs(counts.a, counts.b, factor).unit_mean()
        total = add(n, relay, pairs.scaled(settings.pair_weight), shared.scaled(settings.identifier_weight))
    edges = {"relay": len(relay), "pairs": len(pairs), "identifiers": len(shared), "walk": len(total)}
    return WalkGraph(graph(n, total), counterparties(snapshot), edges, tilt, triad_tilt)


def _edges(snapshot: Snapshot, allowed: I64) -> I64:
    """Flows between two persons that are edges: none of a referred account before its time."""
    flows = snapshot.flows
    between = np.flatnonzero(person_flows(flows, snapshot.accounts.person))
    time = flows.time[between]
    kept: I64 = between[(time >= allowed[flows.payer[between]]) & (time >= allowed[flows.payee[between]])]
    return kept


def tilted(value: F64, of_seed: Flags, prior: float, sharpness: float = 8.0, most: float = 2.0) -> tuple[float, F64]:
    """Tilt of a value ≥ 1 of every pair, and the factor value^clip(sharpness·tilt, ±most) it gives the pair."""
    tilt = multiplicity_tilt(value, value[of_seed], prior)
    return tilt, value ** np.clip(sharpness * tilt, -most, most)


def closed(n: int, relay: Pairs, seed: Flags, prior: float) -> tuple[float, Pairs]:
    """Relay links × (1 + triads)^tilt, tilt clipped to ±1, scaled to mean weight 1; and the tilt before clipping.

    A tilt of 1 says that a link counts once more for every account with which both of its accounts pass money on.
    """
    tilt, factor = tilted(1.0 + triads(n, relay), seed[relay.a] | seed[relay.b], prior, sharpness=1.0, most=1.0)
    return tilt, Pairs(relay.a, relay.b, relay.weight * factor).unit_mean()
