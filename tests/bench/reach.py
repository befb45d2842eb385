"""Who can be reached from a payment by payments of ascending time: batched hops beside the variable-length query."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np
from neo4j import GraphDatabase, Query
from neo4j.exceptions import Neo4jError
from neo4j_server import PASSWORD, URI, USER

from graphfraud.core.snapshot import I64, Snapshot
from graphfraud.stores.base import HopLimits, Window
from graphfraud.stores.neo4j import Neo4jReading
from graphfraud.trace import Limits

SEED, TIMEOUT_S = 1, 5
LIMITS = Limits()
EVER = 1 << 62
Start = tuple[str, str, int]  # a payment: row_id, account that receives it, time
#: As users write it: paths of payments, filtered by time. `$first` is the payment that begins, `more` how many follow.
VARIABLE_LENGTH = """
MATCH (:Account)-[t:TRANSFER {{id: $first}}]->(a)
MATCH path = (a)-[:TRANSFER*0..{more}]->(b)
WITH b, [t] + relationships(path) AS ts, nodes(path) AS passed
WHERE all(i IN range(1, size(ts) - 1)
          WHERE ts[i].at >= ts[i - 1].at AND ts[i].at <= ts[i - 1].at + $window)
  AND none(n IN passed[..-1] WHERE coalesce(n.pooled, false) OR coalesce(n.merchant, false))
RETURN DISTINCT b.id
"""


def payments(snapshot: Snapshot, accounts: I64) -> list[Start]:
    """A payment into each of some accounts."""
    rng, found, flows = np.random.default_rng(SEED), [], snapshot.flows
    for account in accounts.tolist():
        mine = snapshot.flows_of(account)
        flow = int(rng.choice(mine[(flows.payee[mine] == account) & (flows.payer[mine] >= 0)]))
        found.append((flows.txn[flow], snapshot.accounts.id[account], int(flows.time[flow])))
    return found


def reached(graph: Neo4jReading, ends: frozenset[str], start: Start, more: int) -> set[str]:
    """Accounts that money of a payment can reach by it and `more` payments, by one batched hop a level."""
    _, account, when = start
    found, level = {account}, {account: np.array([when])}
    for _ in range(more):
        level = {a: t for a, t in level.items() if a not in ends}
        if not level:
            break
        first, last = min(int(t.min()) for t in level.values()), max(int(t.max()) for t in level.values())
        window = Window(first, last + LIMITS.window + 1)
        rows = graph.expand(list(level), "out", window, HopLimits(max_degree=EVER)).rows
        further: dict[str, list[int]] = {}
        for payer, payee, at in zip(*(rows[c].to_pylist() for c in ("payer", "payee", "time")), strict=True):
            times = level[payer]
            before = int(np.searchsorted(times, at, "right")) - 1
            if before >= 0 and at - times[before] <= LIMITS.window:
                further.setdefault(payee, []).append(at)
        level = {a: np.unique(times) for a, times in further.items()}
        found |= set(level)
    return found


def by_query(session: Any, start: Start, more: int) -> set[str] | None:
    """The same by the variable-length query; None where it takes too long."""
    try:
        rows = session.run(
            Query(VARIABLE_LENGTH.format(more=more), timeout=TIMEOUT_S), first=start[0], window=LIMITS.window
        )
        return {record[0] for record in rows}
    except Neo4jError as exc:
        if "TransactionTimedOut" not in (exc.code or "") and "Memory" not in (exc.code or ""):
            raise
        return None


def beside_query(graph: Neo4jReading, snapshot: Snapshot, accounts: I64, depth: int) -> list[dict[str, Any]]:
    """Both ways of asking, from a payment into each account, by two payments up to `depth`."""
    accounts_of, found = snapshot.accounts, []
    ends = frozenset(accounts_of.id.take(np.flatnonzero(accounts_of.pooled | accounts_of.merchant)))
    starts = payments(snapshot, accounts)
    auth = (os.environ.get(USER, "neo4j"), os.environ[PASSWORD])
    with GraphDatabase.driver(os.environ[URI], auth=auth) as driver, driver.session() as session:
        for more in range(1, depth):
            ours, theirs, same, finished = [], [], 0, 0
            for start in starts:
                begin = time.perf_counter()
                mine = reached(graph, ends, start, more)
                middle = time.perf_counter()
                other = by_query(session, start, more)
                ours.append(1e3 * (middle - begin))
                theirs.append(1e3 * (time.perf_counter() - middle))
                finished += other is not None
                same += other == mine
            for how, taken, done in (
                ("batched hops", ours, len(ours)),
                ("variable-length query", theirs, finished),
            ):
                p50, p99 = np.percentile(taken, [50, 99]).tolist()
                row = {"payments": more + 1, "how": how, "p50_ms": p50, "p99_ms": p99}
                found.append(
                    row | {"finished": done, "of": len(ours), "same": len(ours) if how == "batched hops" else same}
                )
    return found
