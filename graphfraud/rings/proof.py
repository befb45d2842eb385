"""Why a ring is a ring: binding identifiers, strongest relay pairs, and the links that hold it together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np

from graphfraud.core.money import show_yuan
from graphfraud.core.schemas import IDENTIFIER_KINDS
from graphfraud.core.snapshot import I32, Snapshot
from graphfraud.rings.find import Evidence

KIND_ZH = {"device": "设备", "phone": "手机号"}
#: Evidence rows shown per ring and kind; how many there are is in the ring's reason.
SHOWN = 10


@dataclass(frozen=True)
class Tie:
    """One relay pair inside a ring."""

    a: int
    b: int
    weight: float
    payments: int
    amount: int


@dataclass(frozen=True)
class Bond:
    """One identifier shared inside a ring: what removing it would cost the ring's quality (ΔQ)."""

    identifier: int
    accounts: int
    holders: int
    quality: float


@dataclass(frozen=True)
class Proof:
    """All evidence of one ring, strongest first."""

    ties: list[Tie]
    bonds: list[Bond]
    bridges: list[tuple[int, int, float]]

    @property
    def payments(self) -> int:
        return sum(t.payments for t in self.ties)

    @property
    def amount(self) -> int:
        return sum(t.amount for t in self.ties)


def proofs(snapshot: Snapshot, found: Evidence, ring: I32, weight: float) -> dict[int, Proof]:
    """Evidence of every ring, by ring number. O(flows + links inside rings)."""
    ties, bonds, bridges = _ties(snapshot, found, ring), _bonds(found, ring, weight), _bridges(found, ring)
    numbers = np.unique(ring[ring >= 0]).tolist()
    return {c: Proof(ties.get(c, []), bonds.get(c, []), bridges.get(c, [])) for c in numbers}


def _ties(snapshot: Snapshot, found: Evidence, ring: I32) -> dict[int, list[Tie]]:
    flows, n = snapshot.flows, len(ring)
    pairs = found.relay
    inside = np.flatnonzero((ring[pairs.a] >= 0) & (ring[pairs.a] == ring[pairs.b]))
    keys = pairs.a[inside].astype(np.int64) * n + pairs.b[inside]
    both = np.flatnonzero((flows.payer >= 0) & (flows.payee >= 0))
    both = both[(ring[flows.payer[both]] >= 0) & (ring[flows.payer[both]] == ring[flows.payee[both]])]
    low, high = np.minimum(flows.payer[both], flows.payee[both]), np.maximum(flows.payer[both], flows.payee[both])
    place = np.searchsorted(keys, low.astype(np.int64) * n + high)
    known = place < len(keys)
    known[known] = keys[place[known]] == low[known].astype(np.int64) * n + high[known]
    payments = np.bincount(place[known], minlength=len(keys))
    amount = np.zeros(len(keys), np.int64)
    np.add.at(amount, place[known], flows.amount[both][known])
    result = defaultdict(list)
    for i, row in enumerate(inside.tolist()):
        a, b = int(pairs.a[row]), int(pairs.b[row])
        tie = Tie(a, b, round(float(pairs.weight[row]), 6), int(payments[i]), int(amount[i]))
        result[int(ring[a])].append(tie)
    return {c: sorted(t, key=lambda x: (-x.weight, x.a, x.b)) for c, t in result.items()}


def _bonds(found: Evidence, ring: I32, weight: float) -> dict[int, list[Bond]]:
    links = found.links
    inside = np.flatnonzero((ring[links.a] >= 0) & (ring[links.a] == ring[links.b]))
    gathered: dict[tuple[int, int], tuple[set[int], float]] = {}
    for row in inside.tolist():
        key = (int(ring[links.a[row]]), int(links.identifier[row]))
        accounts, total = gathered.get(key, (set(), 0.0))
        pair = {int(links.a[row]), int(links.b[row])}
        gathered[key] = (accounts | pair, total + weight * float(links.weight[row]))
    result = defaultdict(list)
    for (c, z), (accounts, total) in gathered.items():
        result[c].append(Bond(z, len(accounts), int(links.holders[z]), round(total, 6)))
    return {c: sorted(b, key=lambda x: (-x.quality, x.identifier)) for c, b in result.items()}


def _bridges(found: Evidence, ring: I32) -> dict[int, list[tuple[int, int, float]]]:
    pairs = found.total
    inside = np.flatnonzero((ring[pairs.a] >= 0) & (ring[pairs.a] == ring[pairs.b]))
    graphs: dict[int, Any] = defaultdict(nx.Graph)
    for row in inside.tolist():
        a, b = int(pairs.a[row]), int(pairs.b[row])
        graphs[int(ring[a])].add_edge(a, b, weight=float(pairs.weight[row]))
    result: dict[int, list[tuple[int, int, float]]] = {}
    for c, inner in graphs.items():
        ends: list[tuple[int, int]] = list(nx.bridges(inner))
        result[c] = sorted((min(a, b), max(a, b), float(inner[a][b]["weight"])) for a, b in ends)
    return result


def rows(snapshot: Snapshot, ring_id: str, proof: Proof) -> Iterator[dict[str, object]]:
    """Rows of `ring_evidence` for one ring: at most SHOWN of a kind."""
    ids, identifiers = snapshot.accounts.id, snapshot.identifiers
    for rank, bond in enumerate(proof.bonds[:SHOWN], start=1):
        kind = IDENTIFIER_KINDS[int(identifiers.kind[bond.identifier])]
        yield _row(
            ring_id, "identifier", rank, identifier_kind=kind, identifier_value=identifiers.value[bond.identifier],
            holders=bond.holders, weight_e6=round(bond.quality * 1e6),
            reason_zh=f"{bond.accounts} 个成员账户共用同一{KIND_ZH.get(kind, kind)}（该标识共 {bond.holders} 个户主）",
            reason_en=f"{bond.accounts} members use the same {kind} ({bond.holders} holders in all)",
        )  # fmt: skip
    for rank, tie in enumerate(proof.ties[:SHOWN], start=1):
        yield _row(
            ring_id, "relay", rank, account_a=ids[tie.a], account_b=ids[tie.b], weight_e6=round(tie.weight * 1e6),
            payments=tie.payments, amount=tie.amount,
            reason_zh=f"快进快出：两户之间 {tie.payments} 笔，共 {show_yuan(tie.amount)} 元",
            reason_en=f"money passed straight on: {tie.payments} payments between them, {show_yuan(tie.amount)} yuan",
        )  # fmt: skip
    for rank, (a, b, weight) in enumerate(proof.bridges[:SHOWN], start=1):
        yield _row(
            ring_id, "bridge", rank, account_a=ids[a], account_b=ids[b], weight_e6=round(weight * 1e6),
            reason_zh="去掉这条联系，团伙将断成两部分", reason_en="without this link the ring falls into two parts",
        )  # fmt: skip


def _row(ring_id: str, kind: str, rank: int, **values: object) -> dict[str, object]:
    empty: dict[str, object] = dict.fromkeys(
        ("account_a", "account_b", "identifier_kind", "identifier_value", "holders", "payments", "amount")
    )
    return {**empty, "ring_id": ring_id, "kind": kind, "rank": rank, **values}
