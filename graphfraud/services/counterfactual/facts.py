"""Facts that an account's level may rest on, the strongest first: what a counterfactual tries to do without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from graphfraud.core.links import count_holders
from graphfraud.core.schemas import IDENTIFIER_KINDS
from graphfraud.core.snapshot import DEVICE, F64, FEE, I32, IP, OWN, PHONE, UNKNOWN, Flags, Snapshot
from graphfraud.risk import Risk, explain
from graphfraud.risk.walk import row_sums
from graphfraud.services.counterfactual.without import Taken
from graphfraud.settings import LinkSettings, Settings

#: Kinds of fact, those an investigator can look at one by one first.
KINDS = ("referral", "identifier", "payments", "reported", "lineage", "ring")


@dataclass(frozen=True)
class Fact:
    """One fact that can be taken away."""

    kind: str
    source: str  # identifier `kind:value` (not masked), account or ring id; '' where there are several
    weight: float  # about how much of the account's score came through it: the order of trials, never an answer
    taken: Taken
    others: tuple[int, ...] = ()  # accounts at the other end, referred ones first
    inflows: int = 0  # payments to the account
    outflows: int = 0  # payments by it
    amount: int = 0  # minor units, of all these payments


@dataclass(frozen=True)
class Seen:
    """What candidates are looked for in."""

    snapshot: Snapshot
    settings: Settings
    risk: Risk
    account: int
    ring_id: str | None

    @property
    def referred(self) -> Flags:
        return referred_flags(self.snapshot)


def referred_flags(snapshot: Snapshot) -> Flags:
    """True at referred accounts."""
    flags = np.zeros(len(snapshot.accounts), bool)
    flags[snapshot.referrals.account] = True
    return flags


def candidates(seen: Seen) -> list[Fact]:
    """Every fact that links the account to others or corroborates its score, the strongest first.

    O(flows of the account + users of its identifiers + edges of the walk).
    """
    through = _through(seen)
    found = [*_referrals(seen), *_identifiers(seen, through), *_payments(seen, through), *_money(seen)]
    if seen.ring_id is not None:
        found.append(Fact("ring", seen.ring_id, 1.0, Taken(ring=True)))
    return sorted(found, key=lambda f: (-round(f.weight, 9), KINDS.index(f.kind), f.source, f.others))


def _through(seen: Seen) -> dict[int, float]:
    """Share of the account's mass that came from each neighbour in the walk's graph."""
    graph, mass = seen.risk.graph, seen.risk.mass
    rows = slice(int(graph.ptr[seen.account]), int(graph.ptr[seen.account + 1]))
    near: I32 = graph.neighbour[rows]
    sums = row_sums(graph.ptr, graph.weight)[near]
    came: F64 = mass[near] * graph.weight[rows] / np.where(sums > 0, sums, 1.0)
    total = float(came.sum())
    return {} if total <= 0 else dict(zip(near.tolist(), (came / total).tolist(), strict=True))


def _referrals(seen: Seen) -> Iterator[Fact]:
    """Referrals of accounts the score comes from, and the account's own."""
    if seen.referred[seen.account]:
        name = seen.snapshot.accounts.id[seen.account]
        yield Fact("referral", name, 2.0, Taken(referred=frozenset([seen.account])), (seen.account,))
    shares = explain(seen.snapshot, seen.settings, np.array([seen.account], np.int32), seen.risk)["shares"]
    for row in shares.to_pylist():
        number = seen.snapshot.accounts.id.find(row["referral_account"])
        if number not in (UNKNOWN, seen.account):
            share = row["share_e6"] / 1e6
            yield Fact("referral", row["referral_account"], share, Taken(referred=frozenset([number])), (number,))


def _identifiers(seen: Seen, through: dict[int, float]) -> Iterator[Fact]:
    """Identifiers shared with other holders, networks and hubs aside: they tie nobody."""
    table, holder, links = seen.snapshot.identifiers, seen.snapshot.accounts.holder, seen.settings.links
    referred = seen.referred
    for z in table.by_account[table.by_account_ptr[seen.account] : table.by_account_ptr[seen.account + 1]].tolist():
        users = table.account[table.ptr[z] : table.ptr[z + 1]]
        if table.kind[z] == IP or not _ties(users, holder, links):
            continue
        other = users[(users != seen.account) & ((holder[users] != holder[seen.account]) | (holder[users] == UNKNOWN))]
        others = tuple(sorted(other.tolist(), key=lambda v: (not referred[v], -through.get(v, 0.0), v)))
        if others:
            linking = table.kind[z] in (DEVICE, PHONE)
            weight = sum(through.get(v, 0.0) for v in others) if linking else 0.0
            source = f"{IDENTIFIER_KINDS[int(table.kind[z])]}:{table.value[z]}"
            yield Fact("identifier", source, weight, Taken(uses=frozenset([z])), others)


def _ties(users: I32, holder: I32, links: LinkSettings) -> bool:
    holders = int(count_holders(np.array([0, len(users)], np.int64), users, holder)[0])
    return 2 <= holders <= max(links.max_holders_walk, links.max_holders_ring)


def _payments(seen: Seen, through: dict[int, float]) -> Iterator[Fact]:
    """Payments with each other holder's account, both ways together: one link."""
    flows = seen.snapshot.flows
    for other, rows in _by_partner(seen).items():
        came = flows.payee[rows] == seen.account
        yield Fact(
            "payments",
            seen.snapshot.accounts.id[other],
            through.get(other, 0.0) + _marked_share(seen, rows[came]),
            Taken(flows=frozenset(rows.tolist()), partners=frozenset([other])),
            (other,),
            int(came.sum()),
            int((~came).sum()),
            int(flows.amount[rows].sum()),
        )


def _by_partner(seen: Seen) -> dict[int, I32]:
    """Payments of the account by the other side, those of one holder and fees aside."""
    flows, holder, me = seen.snapshot.flows, seen.snapshot.accounts.holder, seen.account
    rows = seen.snapshot.flows_of(me)
    rows = rows[(flows.payer[rows] >= 0) & (flows.payee[rows] >= 0) & (flows.tag[rows] & (OWN | FEE) == 0)]
    other = np.where(flows.payer[rows] == me, flows.payee[rows], flows.payer[rows])
    kept = (other != me) & ((holder[other] != holder[me]) | (holder[me] == UNKNOWN))
    rows, other = rows[kept], other[kept]
    return {int(v): rows[other == v] for v in np.unique(other)}


def _marked_share(seen: Seen, rows: I32) -> float:
    """Part of all inflow that is money of referred accounts and came in these payments."""
    flows = seen.snapshot.flows
    mine = seen.snapshot.flows_of(seen.account)
    inflow = int(flows.amount[mine[flows.payee[mine] == seen.account]].sum())
    return float(seen.risk.marked[rows].sum()) / inflow if inflow else 0.0


def _money(seen: Seen) -> Iterator[Fact]:
    """What corroborates by money: the reported payments that arrived, and the money that descends from the referred."""
    origins, _ = seen.risk.traced.of(seen.account)
    arrived = float(seen.risk.traced.arrived[seen.account])
    if arrived > 0 and not seen.referred[seen.account]:
        others = tuple(origins.tolist())
        yield Fact("reported", "", min(arrived, 1.0), Taken(reported=frozenset(others)), others)
    flows = seen.snapshot.flows
    mine = seen.snapshot.flows_of(seen.account)
    rows = mine[(flows.payee[mine] == seen.account) & (seen.risk.marked[mine] > 0) & (flows.payer[mine] >= 0)]
    payers = tuple(np.unique(flows.payer[rows]).tolist())
    if len(payers) > 1:
        taken = Taken(flows=frozenset(rows.tolist()), partners=frozenset(payers))
        amount = int(flows.amount[rows].sum())
        yield Fact("lineage", "", _marked_share(seen, rows), taken, payers, len(rows), 0, amount)
