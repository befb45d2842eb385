"""Risk: one walk over relayed money and shared identifiers, times behaviour.

It starts from the referred accounts, and from where the payments that their victims reported went.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from graphfraud.core.contacts import newness
from graphfraud.core.findings import FINDINGS, MILLION
from graphfraud.core.links import LinkRule, Links, holders_among, identifier_links
from graphfraud.core.money import largest_remainder
from graphfraud.core.pairs import Graph
from graphfraud.core.snapshot import F64, I32, Flags, Snapshot
from graphfraud.risk.behaviour import behaviour
from graphfraud.risk.graphs import first_allowed, walk_graph
from graphfraud.risk.lineage import lineage_share, marked, paths
from graphfraud.risk.relay import relayed
from graphfraud.risk.traced import Traced, behind, trace_reported
from graphfraud.risk.walk import PullRules, pull, walk
from graphfraud.settings import RiskSettings, Settings

#: Shares below this part of a score are not listed one by one.
LEAST_SHARE = 0.005
#: Persons of highest behaviour among whom the referred are looked for.
CONFIRMING = 0.01


@dataclass(frozen=True)
class Risk:
    """Arrays over accounts, and what explaining needs.

    walk: mass ÷ (counterparties + offset)^power × b^power, ≥ 0, 0 where no referral reaches. referral_share and
    behaviour_share: parts of it that come from referrals and from soft seeds; they sum to 1 where walk > 0.
    behaviour: b in [0, 1]. lineage: share of inflow that LIFO-descends from referred accounts. traced: where reported
    payments went.
    """

    walk: F64
    referral_share: F64
    behaviour_share: F64
    behaviour: F64
    lineage: F64
    marked: F64  # per flow, minor units that descend from referred accounts
    restart: F64  # of the walk from the referrals: 1 at a referred account, less where reported payments arrived
    mass: F64  # of that walk
    graph: Graph
    traced: Traced
    diagnostics: dict[str, Any]


def assess(snapshot: Snapshot, settings: Settings) -> Risk:
    """Score every account. O(iterations · edges + links); deterministic for any number of threads.

    Source: algorithms.md §2 (joint walk) and §4 (behaviour scorecard); docs/adr/0011 for newness and the reported
    payments. With declared dates instead of times relay and tracing are left out.
    """
    rules = settings.risk
    n = len(snapshot.accounts)
    referred = np.zeros(n, bool)
    referred[snapshot.referrals.account] = True
    r = relayed(snapshot, settings.relay)
    links = _links(snapshot, settings, referred)
    b = behaviour(snapshot, r, links, settings.relay)
    fresh = r * newness(n, snapshot.flows, settings.relay.new_days)
    built = walk_graph(snapshot, fresh, links, rules)
    traced = Traced.none(n) if snapshot.meta.date_only else trace_reported(snapshot, settings.relay)
    restart = np.where(referred, 1.0, rules.traced_weight * np.sqrt(traced.arrived))
    hard = walk(built.graph, restart, rules.alpha, rules.iterations)
    weight = soft_weight(b.score, snapshot.accounts.person, referred, rules)
    soft = _soft(built.graph, referred, b.score, rules, weight)
    power = rules.date_only_degree_power if snapshot.meta.date_only else rules.degree_power
    divisor = (built.counterparties + rules.degree_offset) ** power
    mass = hard.mass + soft
    base = b.score**rules.behaviour_power
    share = np.divide(hard.mass, mass, out=np.zeros(n), where=mass > 0)
    mark = marked(snapshot, first_allowed(snapshot, rules.referral_cut_days))
    diagnostics = {
        "edges": built.edges,
        "tilt": round(built.tilt, 9),
        "triad_tilt": round(built.triad_tilt, 9),
        "iterations": hard.iterations,
        "residual": round(hard.residual, 9),
        "converged": hard.converged,
        "behaviour_scale": round(b.scale, 9),
        "referred": int(referred.sum()),
        "traced": int((traced.arrived > 0).sum()),
        "soft_weight": round(weight, 9),
    }
    return Risk(
        mass / divisor * base,
        share,
        np.where(mass > 0, 1.0 - share, 0.0),
        b.score,
        lineage_share(snapshot, mark),
        mark,
        restart,
        hard.mass,
        built.graph,
        traced,
        diagnostics,
    )


def _links(snapshot: Snapshot, settings: Settings, referred: Flags) -> Links:
    """Identifier links; an identifier that several referred holders use counts more."""
    known, rules = settings.links, settings.risk
    rule = LinkRule(
        known.max_holders_walk, rules.identifier_power, known.half_life_days, known.new_half_life_days, known.new_floor
    )
    links = identifier_links(snapshot.accounts, snapshot.identifiers, snapshot.as_of, rule)
    further = np.maximum(holders_among(snapshot.accounts, snapshot.identifiers, referred) - 1, 0)
    return replace(links, weight=links.weight * (1.0 + rules.referred_boost * further[links.identifier]))


def soft_weight(score: F64, person: Flags, referred: Flags, rules: RiskSettings) -> float:
    """Weight of soft seeds: as far as the referrals, which the scorecard does not know, confirm it; 0 while it is off.

    The share of the referred persons that stand among the first 1 % by behaviour, shrunk towards 1 % by ten
    accounts: from 15 % to 40 % the weight goes from a tenth of `soft_weight` to all of it. O(n log n).
    """
    if not rules.soft_seeds or not referred.any():
        return 0.0
    order = np.argsort(-score[person], kind="stable")
    first = referred[person][order][: int(CONFIRMING * len(order))]
    seen = (float(first.sum()) + 10 * CONFIRMING) / (float(referred[person].sum()) + 10)
    return rules.soft_weight * (0.1 + 0.9 * float(np.clip((seen - 0.15) / 0.25, 0.0, 1.0)))


def _soft(graph: Graph, referred: Flags, score: F64, rules: RiskSettings, weight: float) -> F64:
    """Mass from soft seeds: weight · b³ for everybody who is not referred."""
    if weight == 0:
        return np.zeros(graph.n)
    restart = np.where(referred, 0.0, weight * score**3)
    return walk(graph, restart, rules.alpha, rules.iterations).mass


def explain(snapshot: Snapshot, settings: Settings, accounts: I32, risk: Risk) -> dict[str, pa.Table]:
    """Tables `shares` and `lineage` for these accounts.

    `share_e6` is the part of an account's referral mass that a referred account brought, itself or through the payments
    reported against it, in 1e-6; the parts of one account sum to exactly 1e6; what is too small to list or below the
    push's tolerance stands under referral_account ''.
    """
    referred = np.unique(snapshot.referrals.account)
    reached = accounts[risk.mass[accounts] > 0]
    pulled = pull(risk.graph, risk.mass, reached, PullRules(settings.risk.alpha))
    shares: list[dict[str, object]] = []
    for i, account in enumerate(reached.tolist()):
        shares += _share_rows(
            snapshot, account, behind(pulled.of(i), referred, risk.restart, risk.traced), float(risk.mass[account])
        )
    spec = FINDINGS["shares"]
    return {
        "shares": spec.sorted(pa.Table.from_pylist(shares, schema=spec.schema)),
        "lineage": paths(snapshot, risk.marked, accounts),
    }


def _share_rows(snapshot: Snapshot, account: int, brought: tuple[I32, F64], total: float) -> list[dict[str, object]]:
    found, mass = brought
    mine = mass >= LEAST_SHARE * total
    parts = np.minimum(np.round(mass[mine] / total * MILLION).astype(np.int64), MILLION).tolist()
    rest = MILLION - sum(parts)
    if rest < 0:  # the push is exact to its tolerance, the power iteration to its residual
        parts, rest = largest_remainder(MILLION, parts), 0
    ids = snapshot.accounts.id
    names = [*(ids[int(v)] for v in found[mine]), *([""] if rest else [])]
    return [
        {"account_id": ids[account], "referral_account": name, "share_e6": part}
        for name, part in zip(names, [*parts, *([rest] if rest else [])], strict=True)
    ]
