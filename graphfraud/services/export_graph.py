"""Findings as graph files (GraphML, GEXF) for graph viewers, through networkx."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import networkx as nx

from graphfraud.core.clock import iso
from graphfraud.core.runs import PublishedRun
from graphfraud.core.schemas import IDENTIFIER_KINDS
from graphfraud.services.masking import mask_identifier
from graphfraud.services.pairs import pair_flows

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(run: PublishedRun, kind: str, out: Path, format_: str) -> int:
    """Write rings or victims as a graph; returns the number of edges."""
    made = rings_graph(run) if kind == "rings" else victims_graph(run)
    made.graph.update(run_id=run.run_id, as_of=iso(run.as_of), kind=kind)
    writer = nx.write_graphml if format_ == "graphml" else nx.write_gexf
    with out.open("wb") as file:
        writer(made, file, encoding="utf-8")
    return made.number_of_edges()


def rings_graph(run: PublishedRun, ring_id: str | None = None) -> nx.MultiDiGraph[str]:
    """Ring members with their payments to one another and the identifiers that bind them (all rings, or one)."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    members: dict[str, list[int]] = {}
    for row in run.findings("rings").to_pylist():
        if ring_id in (None, row["ring_id"]):
            members.setdefault(row["ring_id"], []).append(run.snapshot.code(row["account_id"]))
            add_node(graph, row["account_id"], kind="account", **{k: row[k] for k in ("ring_id", "role", "referred")})
    for accounts in members.values():
        for pair in pair_flows(run.snapshot, accounts):
            if pair.payer and pair.payee:  # cash has no other side to draw
                add_edge(graph, pair.payer, pair.payee, kind="payment", payments=pair.payments, amount=pair.amount)
    for row in run.findings("ring_evidence").to_pylist():
        if ring_id in (None, row["ring_id"]) and row["identifier_value"]:
            _identifier(graph, run, row, members[row["ring_id"]])
    return graph


def _identifier(graph: nx.MultiDiGraph[str], run: PublishedRun, row: dict[str, Any], members: list[int]) -> None:
    """The identifier as a node, with an edge from every member of the ring that uses it."""
    kind, value = row["identifier_kind"], row["identifier_value"]
    name = f"{kind} {mask_identifier(kind, value)} #{row['ring_id']}.{row['rank']}"
    add_node(graph, name, kind=kind, ring_id=row["ring_id"])
    for account in members:
        if uses(run, account, kind, value):
            add_edge(graph, run.snapshot.accounts.id[account], name, kind="uses")


def uses(run: PublishedRun, account: int, kind: str, value: str) -> bool:
    """Does this account use this identifier?"""
    ids = run.snapshot.identifiers
    mine = ids.by_account[ids.by_account_ptr[account] : ids.by_account_ptr[account + 1]]
    return any(ids.value[z] == value and IDENTIFIER_KINDS[ids.kind[z]] == kind for z in mine.tolist())


def victims_graph(run: PublishedRun) -> nx.MultiDiGraph[str]:
    """Possible victims and the accounts they paid, one edge a payment."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for row in run.findings("victims").to_pylist():
        add_node(graph, row["account_id"], kind="victim")
        if row["payee"] not in graph:
            add_node(graph, row["payee"], kind="account", ring_id=row["ring_id"])
        add_edge(graph, row["account_id"], row["payee"], kind="payment", txn_id=row["txn_id"], amount=row["amount"])
    return graph


def add_node(graph: nx.MultiDiGraph[str], name: str, **attributes: Any) -> None:
    """A node with what is known of it, in characters that a graph file can hold."""
    graph.add_node(clean(name), **_known(attributes))


def add_edge(graph: nx.MultiDiGraph[str], source: str, target: str, **attributes: Any) -> None:
    """An edge, likewise."""
    graph.add_edge(clean(source), clean(target), **_known(attributes))


def _known(attributes: dict[str, Any]) -> dict[str, Any]:
    """Graph files have no null: what is not known is left out."""
    return {k: clean(v) if isinstance(v, str) else v for k, v in attributes.items() if v is not None}


def clean(text: str) -> str:
    """Characters that XML cannot hold become a replacement mark."""
    return _NOT_XML.sub("\ufffd", text)
