"""A trace as GraphML: accounts with their layer, payments with the amount they carry, hypotheses apart."""

from __future__ import annotations

from pathlib import Path

import networkx as nx

from graphfraud.core.clock import iso
from graphfraud.services.answers import MILLION
from graphfraud.services.export_graph import add_edge, add_node, clean
from graphfraud.services.trace.answer import TraceAnswer, TraceHop


def write_graphml(answer: TraceAnswer, out: Path) -> None:
    """Write `graph_of` a trace; amounts are minor units, times ISO 8601 in Asia/Shanghai."""
    with out.open("wb") as file:
        nx.write_graphml(graph_of(answer), file, encoding="utf-8")


def graph_of(answer: TraceAnswer) -> nx.MultiDiGraph[str]:
    """Nodes of kind account, start (who paid, or up: received) and cash; edges of kind payment, one a payment.

    A payment that carries money of several starts, or at several depths, is one edge with all of it. Cash is a node a
    payment: it joins no accounts. `ends_…` of an account say what of `received` ended there. Possible ways of cash are
    edges of kind hypothesis and carry nothing.
    """
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.graph |= {"run_id": answer.run_id, "as_of": iso(answer.as_of), "direction": answer.direction}
    graph.graph |= {
        "rule": str(answer.rule),
        "total": answer.total,
        "start": clean(f"{answer.start} {answer.start_id}"),
    }
    for a in answer.accounts:
        ends = {f"ends_{e.reason.replace(' ', '_')}": e.amount for e in a.ends}
        known = {"layer": a.layer, "received": a.received, "held": a.held, "balance": a.balance, "bank": a.bank}
        known |= {"other_bank": a.outside, "referred": a.referred, "level": a.level, "ring_id": a.ring_id}
        add_node(graph, a.account_id, kind="account", **known, **ends)
    carried: dict[str, list[TraceHop]] = {}
    for hop in answer.hops:
        carried.setdefault(hop.txn_id, []).append(hop)
    for same in carried.values():
        _payment(graph, same)
    for way in answer.hypotheses.ways:
        if way.to_account not in graph:
            add_node(graph, way.to_account, kind="hypothesis")
        cash = {"taken_txn_id": way.taken_txn, "paid_txn_id": way.paid_txn, "paid": way.paid, "taken": way.taken}
        said = {"time": iso(way.paid_at), "by_chance": way.by_chance / MILLION, "text": way.text_en}
        add_edge(graph, way.from_account, way.to_account, kind="hypothesis", **cash, **said)
    return graph


def _payment(graph: nx.MultiDiGraph[str], same: list[TraceHop]) -> None:
    """The edge of a payment from all hops that it is."""
    hop = same[0]
    sides = [hop.from_account, hop.to_account]
    for at, side in enumerate(sides):
        if side is None:
            sides[at] = f"cash {hop.txn_id}"
            add_node(graph, f"cash {hop.txn_id}", kind="cash", terminal=hop.terminal)
        elif side not in graph:
            add_node(graph, side, kind="start")
    known = {"txn_id": hop.txn_id, "time": iso(hop.time), "amount": hop.amount, "channel": hop.channel}
    known |= {"carried": sum(h.carried for h in same), "depth": min(h.depth for h in same)}
    add_edge(graph, sides[0] or "", sides[1] or "", kind="payment", **known)
