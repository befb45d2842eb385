"""Detection in networkx, as users write it, beside graphfraud on the same world: seconds, AP and ring F1 of both.

Money and identifiers become one graph: accounts that paid one another, weighted by payments, and accounts joined to
their devices and phones. The score is PageRank from the referred accounts; rings are the communities of label
propagation that hold a referred account. Each step may take `LIMIT` seconds; beyond `MOST` transfers nothing is run.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd
import pyarrow as pa

from graphfraud.core.runs import PublishedRun
from graphfraud.evaluate import sources
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.matching import ring_figures
from graphfraud.evaluate.panel import rankings
from graphfraud.evaluate.worlds import World

MOST = 1_000_000  # transfers
LIMIT = 600  # s a step
SEED = 7
DETECTION = ("snapshot", "rings", "risk", "indicators", "models", "findings")


class OverTime(Exception):
    """A step took longer than `LIMIT`."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise OverTime in the block after so many seconds. Main thread only."""

    def stop(_: int, __: object) -> None:
        raise OverTime

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def money_and_identifiers(world: Path, as_of: int) -> nx.Graph:
    """Accounts, devices and phones; edges between accounts that paid one another and to the devices and phones used."""
    transfers = pd.read_parquet(world / "transfers.parquet", columns=["time", "payer", "payee"])
    transfers = transfers[transfers.time.astype("int64") * 1_000_000 <= as_of]
    pairs = transfers[transfers.payer != transfers.payee]
    low, high = pairs[["payer", "payee"]].min(axis=1), pairs[["payer", "payee"]].max(axis=1)
    counted = pd.DataFrame({"source": low, "target": high}).value_counts().rename("weight").reset_index()
    graph = nx.from_pandas_edgelist(counted, edge_attr="weight")
    used = pd.read_parquet(world / "identifiers.parquet", columns=["account_id", "kind", "value"])
    used = used[used.kind.isin(["device", "phone"])].drop_duplicates()
    graph.add_weighted_edges_from((a, (k, v), 1) for a, k, v in used.itertuples(index=False))
    return graph


def pagerank(graph: nx.Graph, referred: list[str]) -> dict[str, float]:
    """PageRank from the referred accounts."""
    known = {account: 1.0 for account in referred if account in graph}
    ranks = nx.pagerank(graph, personalization=known) if known else {}
    return {node: rank for node, rank in ranks.items() if isinstance(node, str)}


def communities(graph: nx.Graph, referred: list[str]) -> list[list[str]]:
    """Accounts of every community of label propagation that holds a referred account, three or more."""
    known, found = set(referred), []
    for members in nx.community.asyn_lpa_communities(graph, weight="weight", seed=SEED):
        accounts = sorted(m for m in members if isinstance(m, str))
        if len(accounts) >= 3 and known & set(accounts):
            found.append(accounts)
    return sorted(found)


def measure(folder: Path, run: PublishedRun, transfers: int) -> dict[str, Any]:
    """Both on the world in `folder`: seconds of each step, and the figures of `graphfraud evaluate`."""
    stages = {s["stage"]: s["wall_s"] for s in run.manifest["stages"] if s["stage"] in DETECTION}
    (source,) = sources(folder / "world")
    world = source.prepare(folder / "evaluated")
    own = {name: run.findings(name) for name in ("scores", "rings")}
    found: dict[str, Any] = {"graphfraud": {"seconds": stages} | figures(world, own, run.as_of), "networkx": None}
    if transfers <= MOST:
        referred = pa.compute.filter(own["scores"]["account_id"], own["scores"]["referred"]).to_pylist()
        found["networkx"] = in_networkx(world, referred, run.as_of)
    return found


def in_networkx(world: World, referred: list[str], as_of: int) -> dict[str, Any]:
    """networkx on the world's files; a step that is cut off ends it, and its name is in `cut_off`."""
    seconds: dict[str, float] = {}
    made: dict[str, Any] = {}
    steps: dict[str, Callable[[], Any]] = {
        "graph": lambda: money_and_identifiers(world.folder, as_of),
        "pagerank": lambda: pagerank(made["graph"], referred),
        "communities": lambda: communities(made["graph"], referred),
    }
    for name, step in steps.items():
        start = time.perf_counter()
        try:
            with limited(LIMIT):
                made[name] = step()
        except OverTime:
            return {"seconds": seconds, "cut_off": name}
        seconds[name] = time.perf_counter() - start
    return {"seconds": seconds, "cut_off": None} | figures(world, _tables(made), as_of)


def _tables(made: dict[str, Any]) -> dict[str, pa.Table]:
    """Scores and rings as graphfraud exports them."""
    scores = pa.table({"account_id": list(made["pagerank"]), "score": list(made["pagerank"].values())})
    rows = [(f"N{n}", "ring", account) for n, members in enumerate(made["communities"]) for account in members]
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    names = ("ring_id", "kind", "account_id")
    return {
        "scores": scores,
        "rings": pa.table({n: pa.array(list(c), pa.string()) for n, c in zip(names, columns, strict=True)}),
    }


def figures(world: World, tables: dict[str, pa.Table], as_of: int) -> dict[str, Any]:
    """AP over all hidden mules and over those that have acted; F1 and precision of the rings."""
    case = Case.of(world.truth, world.facts, tables, as_of)
    ranked, rings = rankings(case.score, case.who), ring_figures(world.truth, world.facts, tables["rings"], as_of)
    acted = None if ranked.acted is None else ranked.acted.average_precision
    told = {"f1": None, "precision": None} if rings is None else {"f1": rings.f1, "precision": rings.precision}
    return {"ap": ranked.all.average_precision, "ap_acted": acted} | told


def rows(found: dict[str, Any]) -> list[list[str]]:
    """Cells of the table, one row each: seconds, AP, AP acted, ring F1, precision, the steps."""
    made = []
    for name in ("graphfraud", "networkx"):
        one = found[name]
        if one is None:
            made.append([name, f"not run beyond {MOST:,} transfers", *[""] * 5])
            continue
        steps = " · ".join(f"{step} {s:.1f}" for step, s in one["seconds"].items())
        cut = f"; {one['cut_off']} cut off after {LIMIT} s" if one.get("cut_off") else ""
        cells = ["–" if one.get(k) is None else f"{one[k]:.3f}" for k in ("ap", "ap_acted", "f1", "precision")]
        made.append([name, f"{sum(one['seconds'].values()):.1f}", *cells, steps + cut])
    return made
