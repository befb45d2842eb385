"""The networkx version that the bench measures beside detection: what it computes, and that it is cut off in time."""

from __future__ import annotations

import time
from pathlib import Path

import networkx as nx
import pandas as pd
import pytest
from bench import detect_networkx as bench

AS_OF = 1_000_000_000_000_000  # µs


def world(folder: Path) -> Path:
    """a pays b three times, b pays a, c is paid after T, d pays itself; b and c share a device, c and d a network."""
    moves = [(1, "a", "b"), (2, "a", "b"), (3, "b", "a"), (4, "a", "b"), (AS_OF // 10**6 + 1, "a", "c"), (5, "d", "d")]
    pd.DataFrame(moves, columns=["time", "payer", "payee"]).to_parquet(folder / "transfers.parquet")
    uses = [("b", "device", "1"), ("c", "device", "1"), ("b", "device", "1"), ("c", "ip", "2"), ("d", "ip", "2")]
    pd.DataFrame(uses, columns=["account_id", "kind", "value"]).to_parquet(folder / "identifiers.parquet")
    return folder


def test_the_graph_is_what_a_user_would_build(tmp_path: Path) -> None:
    graph = bench.money_and_identifiers(world(tmp_path), AS_OF)
    edges = {frozenset(map(str, edge)): weight for *edge, weight in graph.edges(data="weight")}
    device = str(("device", "1"))
    assert edges == {frozenset("ab"): 4, frozenset({"b", device}): 1, frozenset({"c", device}): 1}


def test_scores_and_rings_come_from_the_referred() -> None:
    graph = nx.compose(nx.complete_graph(["a", "b", "c", "d"]), nx.complete_graph(["w", "x", "y", "z"]))
    nx.set_edge_attributes(graph, 1, "weight")
    ranks = bench.pagerank(graph, ["a", "not-there"])
    assert ranks["a"] > ranks["b"] == pytest.approx(ranks["c"])
    assert ranks["x"] == pytest.approx(0, abs=1e-4)
    assert bench.pagerank(graph, []) == {}
    assert bench.communities(graph, ["a"]) == [["a", "b", "c", "d"]]
    assert bench.communities(graph, []) == []


def test_a_step_is_cut_off_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "LIMIT", 0.05)
    monkeypatch.setattr(bench, "money_and_identifiers", lambda *_: time.sleep(9))
    source = type("World", (), {"folder": Path()})()
    found = bench.in_networkx(source, [], AS_OF)
    assert found == {"seconds": {}, "cut_off": "graph"}
    own = {"seconds": {"rings": 1.5, "risk": 2.0}, "ap": 0.5, "ap_acted": None, "f1": 0.25, "precision": 1.0}
    assert bench.rows({"graphfraud": own, "networkx": found}) == [
        ["graphfraud", "3.5", "0.500", "–", "0.250", "1.000", "rings 1.5 · risk 2.0"],
        ["networkx", "0.0", "–", "–", "–", "–", "; graph cut off after 0.05 s"],
    ]
