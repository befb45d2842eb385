"""How fast money is followed on a live Neo4j server, beside the variable-length query that users write.

    python -m tests.bench.trace_neo4j WORLD_DIR [--starts N] [--reaches N] [--depth N] [--uri BOLT]

Loads the world (or takes the graph at --uri, its user and password in the environment) and traces what came into
accounts with at least 20 payments, depth 4 and the other limits by default, under every rule, up and down, every
statement fetched from the server: first read payment by payment, then with statements packed on the accounts, as they
are after a night (a graph at --uri that is packed already is unpacked first). Then, from one payment each, who can be
reached by payments whose times ascend with waits of at most the window: by batched hops of `expand`, and by the query.
Both have to reach the same accounts; the query is given TIMEOUT_S.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from neo4j import GraphDatabase, Query
from neo4j.exceptions import Neo4jError
from neo4j_server import PASSWORD, STRONG, URI, USER, Server, fetch

from graphfraud import bootstrap, settings
from graphfraud.core.facts import FactTables
from graphfraud.errors import GraphFraudError
from graphfraud.services import live
from graphfraud.services.live import Asked
from graphfraud.stores.base import HopLimits, Window
from graphfraud.stores.neo4j import Neo4jReading, Neo4jStore
from graphfraud.trace import RULES, Limits

LINKS, SEED, WARM, TIMEOUT_S = 20, 1, 100, 10
LIMITS = Limits()
EVER = 1 << 62
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


@contextmanager
def server(world: Path, uri: str | None) -> Iterator[None]:
    """A server with the world, in the environment."""
    if uri is not None:
        os.environ[URI] = uri
        yield
        return
    with tempfile.TemporaryDirectory(prefix="graphfraud-bench-") as scratch:
        made = Server(Path(scratch) / "server", fetch(), heap_mb=2048, page_cache_mb=1024, jvm=STRONG).start()
        os.environ.update(made.environment)
        try:
            workspace = bootstrap.initialise(Path(scratch) / "workspace", "neo4j").workspace
            bootstrap.ingest(workspace, [world])
            yield
        finally:
            made.stop()


@dataclass(frozen=True)
class Bank:
    """What starts are chosen from: payments, and who ends a way."""

    payer: np.ndarray[Any, Any]
    payee: np.ndarray[Any, Any]
    time: np.ndarray[Any, Any]
    row_id: np.ndarray[Any, Any]
    names: np.ndarray[Any, Any]
    ends: frozenset[str]

    @classmethod
    def of(cls, facts: FactTables) -> Bank:
        rows = facts["transfers"].select(["payer", "payee", "time", "row_id"])
        sides = [rows[name].to_numpy() for name in ("payer", "payee")]
        names, codes = np.unique(np.concatenate(sides), return_inverse=True)
        held = facts["accounts"].to_pylist()
        ends = frozenset(row["account_id"] for row in held if row["pooled"] or row["merchant"])
        half = len(sides[0])
        return cls(codes[:half], codes[half:], rows["time"].to_numpy(), rows["row_id"].to_numpy(), names, ends)

    def starts(self, n: int) -> list[str]:
        """Accounts with enough payments where money goes on and into which some came."""
        links = np.bincount(self.payer, minlength=len(self.names)) + np.bincount(self.payee, minlength=len(self.names))
        into = np.bincount(self.payee, minlength=len(self.names)) > 0
        able = [a for a in np.flatnonzero((links >= LINKS) & into) if self.names[a] not in self.ends]
        return [str(self.names[a]) for a in np.random.default_rng(SEED).choice(able, min(n, len(able)), replace=False)]

    def payments(self, n: int) -> list[tuple[str, str, int]]:
        """A payment into each of some accounts: (row_id, account, time)."""
        rng, found = np.random.default_rng(SEED), []
        for account in self.starts(n):
            mine = np.flatnonzero(self.payee == np.searchsorted(self.names, account))
            row = int(rng.choice(mine))
            found.append((str(self.row_id[row]), account, int(self.time[row])))
        return found


def traces(graph: Neo4jReading, own: settings.Settings, starts: list[str], as_of: int, how: str) -> None:
    """Milliseconds of a live trace, each account once a rule and way. `how` its statements are read."""
    print(f"\nstatements {how}; {len(starts):,} accounts, limits: depth {LIMITS.depth}, window 7 d,", end=" ")
    print(f"breadth {LIMITS.breadth},", end=" ")
    print(f"accounts with more than {live.MAX_DEGREE:,} payments are busy\n")
    print("| live trace | p50 ms | p90 ms | p99 ms | worst ms | hops p50/p99 | accounts | payments | busy | refused |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for way in ("down", "up"):
        for rule in RULES:
            taken, sizes, busy, refused = [], [], 0, 0
            warm = starts[:WARM]
            for nth, account in enumerate([*warm, *starts], -len(warm)):
                begin = time.perf_counter()
                try:
                    found = live.trace(graph, own, Asked(rule, way, LIMITS, account), as_of)
                except GraphFraudError:
                    refused += nth >= 0
                    continue
                if nth >= 0:
                    taken.append(1e3 * (time.perf_counter() - begin))
                    sizes.append((len(found.trace.hops.flow), found.accounts, len(found.trace.book.flows.time)))
                    busy += bool(found.busy)
            p = [f"{x:.1f}" for x in np.percentile(taken, [50, 90, 99, 100])]
            spread = [f"{a:.0f}/{b:.0f}" for a, b in np.percentile(np.array(sizes), [50, 99], axis=0).T]
            print(f"| {rule} {way} | {' | '.join([*p, *spread])} | {busy} | {refused} |", flush=True)


def unpack() -> None:
    """No account has a packed statement that stands."""
    auth = (os.environ.get(USER, "neo4j"), os.environ[PASSWORD])
    with GraphDatabase.driver(os.environ[URI], auth=auth) as driver, driver.session() as session:
        batches = "CALL (a) { REMOVE a.statement_rows } IN TRANSACTIONS OF 10000 ROWS"
        session.run(f"MATCH (a:Account) WHERE a.statement_rows IS NOT NULL {batches}").consume()


def pack(own: settings.Settings) -> None:
    """What the night does, and what it costs: the first time and when nothing has changed."""
    with Neo4jStore(own.neo4j, own.runs.keep) as store:
        begin = time.perf_counter()
        done = store.pack()
        middle = time.perf_counter()
        again = store.pack()
        end = time.perf_counter()
    took = middle - begin
    print(f"\npacked {done.accounts:,} accounts with {done.transfers:,} payments in {took:.1f} s:", end=" ")
    print(f"{done.accounts / took:,.0f} accounts and {done.transfers / took:,.0f} payments a second;", end=" ")
    print(f"again, with {again.accounts:,} to pack: {end - middle:.2f} s", flush=True)


def reached(graph: Neo4jReading, bank: Bank, start: tuple[str, str, int], more: int) -> set[str]:
    """Accounts that money of a payment can reach by it and `more` payments, by one batched hop a level."""
    _, account, when = start
    found, level = {account}, {account: np.array([when])}
    for _ in range(more):
        level = {a: t for a, t in level.items() if a not in bank.ends}
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


def by_query(session: Any, start: tuple[str, str, int], more: int) -> set[str] | None:
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


def reaches(graph: Neo4jReading, bank: Bank, n: int, more: int) -> None:
    """Who can be reached, both ways of asking."""
    ours, theirs, same, finished = [], [], 0, 0
    auth = (os.environ.get(USER, "neo4j"), os.environ[PASSWORD])
    with GraphDatabase.driver(os.environ[URI], auth=auth) as driver, driver.session() as session:
        for start in bank.payments(n):
            begin = time.perf_counter()
            mine = reached(graph, bank, start, more)
            middle = time.perf_counter()
            other = by_query(session, start, more)
            end = time.perf_counter()
            ours.append(1e3 * (middle - begin))
            theirs.append(1e3 * (end - middle))
            finished += other is not None
            same += other == mine
    print(f"\nreached by up to {more + 1} payments, from {len(ours):,} payments; the query has {TIMEOUT_S} s\n")
    print("| | p50 ms | p99 ms | finished | same accounts |")
    print("|---|---:|---:|---:|---:|")
    for name, taken, done in (("batched hops", ours, len(ours)), ("variable-length query", theirs, finished)):
        p50, p99 = np.percentile(taken, [50, 99])
        print(f"| {name} | {p50:.1f} | {p99:.1f} | {done} | {same} of {finished} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("world", type=Path)
    parser.add_argument("--starts", type=int, default=500, help="accounts to trace from")
    parser.add_argument("--reaches", type=int, default=50, help="payments to reach from")
    parser.add_argument("--depth", type=int, default=4, help="payments that one can be reached by; fewer come first")
    parser.add_argument("--uri", help="a server that has the world already")
    asked = parser.parse_args()
    with server(asked.world, asked.uri):
        own = settings.load()
        with Neo4jReading(own.neo4j) as graph:
            as_of = live.known_until(graph)
            bank = Bank.of(graph.export(as_of))
            unpack()
            traces(graph, own, bank.starts(asked.starts), as_of, "read payment by payment")
            pack(own)
            traces(graph, own, bank.starts(asked.starts), as_of, "packed on the accounts")
            if asked.reaches:
                for more in range(1, asked.depth):
                    reaches(graph, bank, asked.reaches, more)


if __name__ == "__main__":
    main()
