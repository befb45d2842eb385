"""How fast money is followed: `python -m tests.bench.trace SNAPSHOT [--starts 1000] [--compare 20] [--out FILE]`.

On the snapshot of a run, as `make bench` does on the one of each size (`ARGS=--keep` leaves them): lots of the whole
bank, traces of what came into accounts with at least 20 links up and down under the five rules, hubs apart, and
networkx beside it on starts of bounded size, whose answers have to be the same.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from graphfraud.core.snapshot import Snapshot
from graphfraud.trace import LOT_RULES, RULES, Book, End, Limits, Rule, Starts, Trace, follow, match_lots
from tests.bench import trace_networkx

LINKS, HUBS, SEED = 20, 20, 1
MOST_LINKS = 50_000  # of a graph for networkx
LIMITS = Limits()  # depth 4, window 7 days, no floor, breadth 200
WAYS = ("down", "up")


def matching(snapshot: Snapshot) -> dict[str, float]:
    """Seconds to match the whole bank under FIFO and LIFO."""
    found = {}
    for rule in LOT_RULES:
        match_lots(snapshot.accounts, snapshot.flows, snapshot.events, rule)  # compiled, and in the page cache
        begin = time.perf_counter()
        match_lots(snapshot.accounts, snapshot.flows, snapshot.events, rule)
        found[rule.value] = time.perf_counter() - begin
    return found


def receivers(book: Book) -> tuple[np.ndarray, np.ndarray]:
    """Accounts with at least LINKS links where money goes on and into which some came; and the busiest of all."""
    links = np.diff(book.events.ptr)
    into = np.bincount(book.flows.payee[book.flows.payee >= 0], minlength=len(links))
    able = np.flatnonzero((links >= LINKS) & (book.stop < 0) & (into > 0))
    return able, np.argsort(-np.where(into > 0, links, 0), kind="stable")[:HUBS]


def touch(snapshot: Snapshot) -> None:
    """Read the arrays of a trace once, so that it is the trace that is timed and not the disk."""
    for group in (snapshot.flows, snapshot.events, snapshot.lots, snapshot.fifo, snapshot.accounts):
        for value in vars(group).values():
            if isinstance(value, np.ndarray):
                value.max()


def timed(book: Book, accounts: Sequence[int], rule: Rule, way: Any) -> dict[str, float]:
    """Milliseconds of a trace with attribution and certificate, each account once; p50, p99 and the worst."""
    taken, hops = [], []
    for account in accounts:
        begin = time.perf_counter()
        trace = follow(book, Starts.into(book, account), rule, LIMITS, way)
        taken.append((time.perf_counter() - begin) * 1e3)
        hops.append(len(trace.hops.flow))
    p50, p99 = np.percentile(taken, [50, 99])
    return {"p50_ms": float(p50), "p99_ms": float(p99), "max_ms": max(taken), "hops": float(np.mean(hops))}


def beside_networkx(book: Book, accounts: Sequence[int], rule: Rule, way: Any, wanted: int) -> dict[str, Any]:
    """Starts in networkx, on a graph of only the payments of the accounts that the trace touches; as many as wanted.

    A graph of all payments would need tens of GB; that the accounts are known beforehand favours networkx. A start is
    what came into an account; where breadth cuts that (networkx as users write it knows no breadth) or the graph would
    have more than MOST_LINKS links, the newest payment into it; where that is too large too, the account is left out.
    """
    mine, built, theirs, same, tried, single = [], [], [], 0, 0, 0
    for account in accounts:
        if len(theirs) == wanted:
            break
        tried += 1
        chosen = _bounded(book, account, rule, way)
        if chosen is None:
            continue
        starts, one = chosen
        single += one
        begin = time.perf_counter()
        trace = follow(book, starts, rule, LIMITS, way)
        mine.append((time.perf_counter() - begin) * 1e3)
        begin = time.perf_counter()
        graph = trace_networkx.graph_of(book, _touched(trace), trace.hops.flow)
        built.append((time.perf_counter() - begin) * 1e3)
        sides = (book.flows.payer, book.flows.payee)
        edges = [(*(int(s[f]) if s[f] >= 0 else "cash" for s in sides), f) for f in starts.flow.tolist()]
        begin = time.perf_counter()
        answer = trace_networkx.trace(graph, edges, (rule, way), LIMITS)
        theirs.append((time.perf_counter() - begin) * 1e3)
        same += answer == {end.value: amount for end, amount in trace.totals.items()}
    if not theirs:
        return {"starts": 0, "tried": tried}
    mean, whole = float(np.mean(theirs)), float(np.mean(theirs) + np.mean(built))
    return {
        "starts": len(theirs),
        "single": single,
        "tried": tried,
        "same": same,
        "mean_ms": mean,
        "with_graph_ms": whole,
        "ours_ms": float(np.mean(mine)),
    }


def _bounded(book: Book, account: int, rule: Rule, way: Any) -> tuple[Starts, bool] | None:
    """A start that networkx can follow, and whether it is a single payment."""
    whole = Starts.into(book, account)
    for starts in (whole, Starts.of(book, [[int(whole.flow.max())]])):
        trace = follow(book, starts, rule, LIMITS, way)
        if not trace.cut.get(End.BREADTH) and _links(book, _touched(trace)) <= MOST_LINKS:
            return starts, starts is not whole
    return None


def _touched(trace: Trace) -> set[int]:
    """Accounts that money of the trace goes on from."""
    return {v for v in trace.accounts_of(np.arange(len(trace.hops.flow))).tolist() if v >= 0}


def _links(book: Book, accounts: set[int]) -> int:
    return sum(int(book.events.ptr[v + 1] - book.events.ptr[v]) for v in accounts if book.stop[v] < 0)


def measure(folder: Path, starts: int, compare: int) -> dict[str, Any]:
    """Every figure of one snapshot."""
    snapshot = Snapshot.open(folder)
    found: dict[str, Any] = {"accounts": len(snapshot.accounts), "payments": len(snapshot.flows.time)}
    found["matching_s"] = matching(snapshot)
    book = Book.of(snapshot)
    touch(snapshot)
    able, hubs = receivers(book)
    found["able"], found["hub_links"] = len(able), np.diff(book.events.ptr)[hubs].tolist()
    if not len(able):
        return found
    some = np.random.default_rng(SEED).choice(able, min(starts, len(able)), replace=False).tolist()
    for way in WAYS:
        for rule in RULES:
            follow(book, Starts.into(book, some[0]), rule, LIMITS, way)  # compiled
            name = f"{rule.value} {way}"
            found[name] = timed(book, some, rule, way)
            found[f"{name}, hubs"] = timed(book, hubs.tolist(), rule, way)
            if rule in LOT_RULES and compare:
                found[f"{name}, networkx"] = beside_networkx(book, some, rule, way, compare)
            _say(f"{name}: {json.dumps({k: v for k, v in found.items() if k.startswith(name)})}")
    return found


def markdown(found: dict[str, Any]) -> str:
    """The figures as a table. Targets at 10M: the bank in 10 s; lots p50 1 ms and p99 5 ms."""
    lines = [
        f"{found['accounts']:,} accounts, {found['payments']:,} payments. Lots of the whole bank: "
        + ", ".join(f"{rule} {s:.1f} s" for rule, s in found["matching_s"].items())
        + f" (target ≤ 10 s at 10M). {found['able']:,} accounts have {LINKS} links or more; the hubs have"
        f" {min(found['hub_links']):,} to {max(found['hub_links']):,}.",
        "",
        "| trace | p50 ms | p99 ms | worst ms | hops | hubs p50 ms | hubs worst ms"
        " | same starts, mean ms: here | networkx | networkx and its graph | same answers |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    if not found["able"]:
        return "\n".join([*lines[:1], "", "No account has enough links to be traced from.", ""])
    for way in WAYS:
        for rule in RULES:
            name = f"{rule.value} {way}"
            one, hub, other = found[name], found[f"{name}, hubs"], found.get(f"{name}, networkx")
            last = "| | | "
            if other and other["starts"]:
                same = f"{other['same']}/{other['starts']} ({other['single']} single, {other['tried']} tried)"
                last = f"{other['ours_ms']:.2f} | {other['mean_ms']:.2f} | {other['with_graph_ms']:.1f} | {same}"
            lines.append(
                f"| {name} | {one['p50_ms']:.2f} | {one['p99_ms']:.2f} | {one['max_ms']:.1f} | {one['hops']:.0f} |"
                f" {hub['p50_ms']:.1f} | {hub['max_ms']:.1f} | {last} |"
            )
    return "\n".join(lines) + "\n"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.trace", description=__doc__)
    parser.add_argument("snapshot", type=Path, help="folder of a run's snapshot")
    parser.add_argument("--starts", type=int, default=1000, help="accounts to trace from")
    parser.add_argument("--compare", type=int, default=20, help="starts to follow in networkx too")
    parser.add_argument("--out", type=Path, help="folder for trace.md and trace.json")
    asked = parser.parse_args()
    found = measure(asked.snapshot, asked.starts, asked.compare)
    if asked.out:
        asked.out.mkdir(parents=True, exist_ok=True)
        (asked.out / "trace.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
        (asked.out / "trace.md").write_text(markdown(found), encoding="utf-8")
    _say(markdown(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
