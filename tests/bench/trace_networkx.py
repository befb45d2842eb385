"""A trace under FIFO or LIFO in networkx, as users write it: a multigraph of payments, lots by a list per account.

For comparison only. Answers are the totals per end of `graphfraud.trace.follow`, with depth, window and stops.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

import networkx as nx
import numpy as np

from graphfraud.core.snapshot import I32
from graphfraud.trace import Book, Limits, Rule
from graphfraud.trace.rules import ENDS

CASH, OPENING, UNKNOWN = "cash", "opening", "unexplained"


def graph_of(book: Book, accounts: set[int], payments: I32) -> nx.MultiDiGraph:
    """Every payment of the accounts that money goes on from, and these payments; the cash desk is a node."""
    graph = nx.MultiDiGraph()
    flows, events = book.flows, book.events
    for v in accounts:
        stop = book.stop[v]
        opening = int(book.accounts.opening_balance[v])
        graph.add_node(v, opening=opening, stop=ENDS[stop].value if stop >= 0 else None)
    graph.add_node(CASH, stop=CASH, opening=0)
    pieces = [events.flow[events.ptr[v] : events.ptr[v + 1]] for v in sorted(accounts) if book.stop[v] < 0]
    for f in np.unique(np.concatenate([payments, *pieces])).tolist():
        payer, payee = (int(side[f]) if side[f] >= 0 else CASH for side in (flows.payer, flows.payee))
        graph.add_edge(payer, payee, key=f, time=int(flows.time[f]), amount=int(flows.amount[f]))
    return graph


def lots(graph: nx.MultiDiGraph, account: Any, rule: Rule) -> list[tuple[Any, int, int, int, int]]:
    """(inflow, its offset, outflow, its offset, amount) of one account."""
    moves = [(f, True, d["amount"]) for _, _, f, d in graph.in_edges(account, keys=True, data=True)]
    moves += [(f, False, d["amount"]) for _, _, f, d in graph.out_edges(account, keys=True, data=True)]
    held = deque([[OPENING, graph.nodes[account]["opening"], 0]])
    end = -1 if rule == Rule.LIFO else 0
    links = []
    for f, comes, amount in sorted(moves):
        if comes:
            held.append([f, amount, 0])
            continue
        done = 0
        while done < amount:
            while held and not held[end][1]:
                held.pop() if rule == Rule.LIFO else held.popleft()
            lot = held[end] if held else [UNKNOWN, amount, 0]
            take = min(amount - done, lot[1])
            links.append((lot[0], lot[2], f, done, take))
            lot[1] -= take
            lot[2] += take
            done += take
    return links


def _by_payment(links: list[tuple[Any, int, int, int, int]], way: str) -> dict[Any, list[tuple[int, int, Any, int]]]:
    """Links of each payment into (down) or out of (up) the account: offset here, offset there, the other, amount."""
    found: dict[Any, list[tuple[int, int, Any, int]]] = {}
    for inflow, in_at, outflow, out_at, amount in links:
        if way == "down":
            found.setdefault(inflow, []).append((in_at, out_at, outflow, amount))
        else:
            found.setdefault(outflow, []).append((out_at, in_at, inflow, amount))
    return found


def trace(
    graph: nx.MultiDiGraph, starts: list[tuple[Any, Any, int]], asked: tuple[Rule, str], limits: Limits
) -> dict[str, int]:
    """Totals per end. `starts`: payments as (payer, payee, key)."""
    rule, way = asked
    first = {f for _, _, f in starts}
    ends: Counter[str] = Counter()
    known: dict[Any, Any] = {}
    todo = [(edge, 0, graph.edges[edge]["amount"], 1) for edge in starts]
    while todo:
        (payer, payee, f), begin, length, depth = todo.pop()
        account = payee if way == "down" else payer
        stop = graph.nodes[account]["stop"]
        if stop:
            ends[stop] += length
            continue
        if account not in known:
            sides = graph.out_edges(account, keys=True) if way == "down" else graph.in_edges(account, keys=True)
            known[account] = _by_payment(lots(graph, account, rule), way), {edge[2]: edge for edge in sides}
        left = length
        for at, there, other, amount in known[account][0].get(f, []):
            low, high = max(at, begin), min(at + amount, begin + length)
            if low >= high:
                continue
            left -= high - low
            if other in (OPENING, UNKNOWN):
                ends[other] += high - low
                continue
            edge = known[account][1][other]
            wait = abs(graph.edges[edge]["time"] - graph.edges[payer, payee, f]["time"])
            if other in first or depth >= limits.depth or wait > limits.window:
                ends["restarted" if other in first else "depth" if depth >= limits.depth else "waited"] += high - low
            else:
                todo.append((edge, there + low - at, high - low, depth + 1))
        if left:
            ends["held"] += left
    return dict(ends)
