"""Risk: one walk from the referred accounts over relayed money and shared identifiers, times behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from graphfraud.core.findings import FINDINGS, MILLION
from graphfraud.core.links import LinkRule, identifier_links
from graphfraud.core.money import largest_remainder
from graphfraud.core.pairs import Graph
from graphfraud.core.snapshot import F64, I32, Snapshot
from graphfraud.risk.behaviour import behaviour
from graphfraud.risk.graphs import first_allowed, walk_graph
from graphfraud.risk.lineage import lineage_share, marked, paths
from graphfraud.risk.relay import relayed
from graphfraud.risk.walk import PullRules, pull, walk
from graphfraud.settings import RiskSettings, Settings

#: Shares below this part of a score are not listed one by one.
LEAST_SHARE = 0.005


@dataclass(frozen=True)
class Risk:
    """Arrays over accounts, and what explaining needs.

    walk: mass ÷ (counterparties + offset) × b^power, ≥ 0, 0 where no referral reaches. referral_share and
    behaviour_share: parts of it that come from referred accounts and from soft seeds; they sum to 1 where walk
    > 0. behaviour: b in [0, 1]. lineage: share of inflow that LIFO-descends from referred accounts.
    """

    walk: F64
    referral_share: F64
    behaviour_share: F64
    behaviour: F64
    lineage: F64
    marked: F64  # per flow, minor units that descend from referred accounts
    mass: F64  # of the walk from the referred accounts alone
    graph: Graph
    diagnostics: dict[str, Any]


def assess(snapshot: Snapshot, settings: Settings) -> Risk:
    """Score every account. O(iterations · edges + links); deterministic for any number of threads.

    Source: algorithms.md §2 (joint walk) and §4 (behaviour scorecard). With declared dates instead of times
    relay is left out and the score is divided by (counterparties + offset)^power.
    """
    rules = settings.risk
    r = relayed(snapshot, settings.relay)
    rule = LinkRule(settings.links.max_holders_walk, rules.identifier_power, settings.links.half_life_days)
    links = identifier_links(snapshot.accounts, snapshot.identifiers, snapshot.as_of, rule)
    b = behaviour(snapshot, r, links, settings.relay)
    built = walk_graph(snapshot, r, links, rules)
    n = len(snapshot.accounts)
    seeds = np.zeros(n)
    seeds[snapshot.referrals.account] = 1.0
    hard = walk(built.graph, seeds, rules.alpha, rules.iterations)
    soft = _soft(built.graph, seeds, b.score, rules)
    divisor = (built.counterparties + rules.degree_offset) ** (
        rules.date_only_degree_power if snapshot.meta.date_only else 1.0
    )
    mass = hard.mass + soft
    base = (b.score + 0.1) ** (rules.behaviour_power / 2) if rules.soft_seeds else b.score**rules.behaviour_power
    share = np.divide(hard.mass, mass, out=np.zeros(n), where=mass > 0)
    mark = marked(snapshot, first_allowed(snapshot, rules.referral_cut_days))
    diagnostics = {
        "edges": built.edges,
        "tilt": round(built.tilt, 9),
        "iterations": hard.iterations,
        "residual": round(hard.residual, 9),
        "converged": hard.converged,
        "behaviour_scale": round(b.scale, 9),
        "referred": int(seeds.sum()),
        "soft_seeds": rules.soft_seeds,
    }
    return Risk(
        mass / divisor * base,
        share,
        np.where(mass > 0, 1.0 - share, 0.0),
        b.score,
        lineage_share(snapshot, mark),
        mark,
        hard.mass,
        built.graph,
        diagnostics,
    )


def _soft(graph: Graph, seeds: F64, score: F64, rules: RiskSettings) -> F64:
    """Mass from soft seeds: soft_weight · b³ for everybody who is not referred; nothing while the setting is off."""
    if not rules.soft_seeds:
        return np.zeros(graph.n)
    restart = np.where(seeds > 0, 0.0, rules.soft_weight * score**3)
    return walk(graph, restart, rules.alpha, rules.iterations).mass


def explain(snapshot: Snapshot, settings: Settings, accounts: I32, risk: Risk) -> dict[str, pa.Table]:
    """Tables `shares` and `lineage` for these accounts.

    `share_e6` is the part of an account's referral mass that a referred account brought, in 1e-6; the parts of
    one account sum to exactly 1e6; what is too small to list or below the push's tolerance stands under
    referral_account ''.
    """
    referred = np.unique(snapshot.referrals.account)
    reached = accounts[risk.mass[accounts] > 0]
    pulled = pull(risk.graph, risk.mass, reached, PullRules(settings.risk.alpha))
    shares: list[dict[str, object]] = []
    for i, account in enumerate(reached.tolist()):
        shares += _share_rows(snapshot, account, pulled.of(i), referred, float(risk.mass[account]))
    spec = FINDINGS["shares"]
    return {
        "shares": spec.sorted(pa.Table.from_pylist(shares, schema=spec.schema)),
        "lineage": paths(snapshot, risk.marked, accounts),
    }


def _share_rows(
    snapshot: Snapshot, account: int, pulled: tuple[I32, F64], referred: I32, total: float
) -> list[dict[str, object]]:
    found, mass = pulled
    mine = np.isin(found, referred) & (mass >= LEAST_SHARE * total)
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
