"""How fast the Neo4j store loads and reads, beside a plain loop over the driver, on one server in one run.

    python -m tests.bench.neo4j [TRANSFERS] [--rounds N]

The plain loop is the best idempotent one that we know: MERGE of the relationship on its id with all properties set on
creation, in batches of the same size, on the same constraints and indexes, its accounts made before the clock starts.
The two take turns, each round on ids of its own; the figures are of the fastest round.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from neo4j import GraphDatabase
from neo4j_server import STRONG, Server, fetch
from pydantic import SecretStr

from graphfraud.core.facts import Facts
from graphfraud.core.schemas import TRANSFERS
from graphfraud.settings import Neo4jSettings
from graphfraud.stores.base import HopLimits, Window
from graphfraud.stores.neo4j import Neo4jStore

ACCOUNTS = 27_000
START, DAYS = 1_767_200_000_000_000, 75 * 86_400_000_000
HOPS = 200
_MERGE = """
UNWIND $rows AS row
MATCH (a:Account {id: row.payer}), (b:Account {id: row.payee})
MERGE (a)-[t:TRANSFER {id: row.id}]->(b)
ON CREATE SET t += row.own
"""


def account(n: int) -> str:
    return f"6217{n:012d}"


def transfers(rows: int, first: int, seed: int) -> pa.Table:
    """Transfers X<first> … between ACCOUNTS accounts, with the columns that a bank's file has."""
    rng = np.random.default_rng(seed)
    times = np.sort(rng.integers(START, START + DAYS, rows))
    own: dict[str, Any] = {
        "txn_id": [f"X{n:011d}" for n in range(first, first + rows)],
        "time": times,
        "known_at": times,
        "payer": [account(n) for n in rng.integers(0, ACCOUNTS, rows)],
        "payee": [account(n) for n in rng.integers(0, ACCOUNTS, rows)],
        "amount": rng.integers(1, 10**7, rows),
        "currency": ["CNY"] * rows,
        "channel": ["mobile"] * rows,
        "content_hash": [f"{n:032x}" for n in range(first, first + rows)],
        "date_only": [False] * rows,
        "source_file": ["transfers.csv"] * rows,
        "source_row": np.arange(rows),
    }
    own["row_id"] = own["txn_id"]
    columns = [pa.array(own[f.name], f.type) if f.name in own else pa.nulls(rows, f.type) for f in TRANSFERS.schema]
    return pa.Table.from_arrays(columns, schema=TRANSFERS.schema)


def plain(server: Server, table: pa.Table, size: int) -> None:
    """The plain loop."""
    names = {"row_id": "id", "time": "at"}
    with GraphDatabase.driver(server.uri, auth=(server.user, server.password)) as driver, driver.session() as session:
        for start in range(0, table.num_rows, size):
            rows = []
            for row in table.slice(start, size).to_pylist():
                own = {names.get(k, k): v for k, v in row.items() if v is not None and k not in ("payer", "payee")}
                rows.append(
                    {"payer": row["payer"], "payee": row["payee"], "id": row["row_id"], "own": own | {"ingest_seq": 0}}
                )
            session.execute_write(lambda tx, batch=rows: tx.run(_MERGE, rows=batch).consume())


def rate(rows: int, work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return rows / (time.perf_counter() - start)


def hops(store: Neo4jStore) -> tuple[float, float]:
    """Median and 99th percentile of one hop from one account in a window of five days, ms."""
    rng = np.random.default_rng(1)
    taken = []
    for n in rng.integers(0, ACCOUNTS, HOPS):
        start = time.perf_counter()
        store.expand([account(int(n))], "out", Window(START, START + DAYS // 15), HopLimits())
        taken.append(1e3 * (time.perf_counter() - start))
    return float(np.percentile(taken, 50)), float(np.percentile(taken, 99))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("transfers", nargs="?", type=int, default=400_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    figures: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "neo4j", fetch(), heap_mb=2048, page_cache_mb=1024, jvm=STRONG).start()
        try:
            measure(server, options.transfers, options.rounds, figures)
        finally:
            server.stop()
    for name, values in figures.items():
        print(f"{name:<42} {max(values):>10,.0f}   ({', '.join(f'{v:,.0f}' for v in values)})")
    ratio = max(figures["new transfers/s, store"]) / max(figures["new transfers/s, plain loop"])
    print(f"{'store to plain loop':<42} {ratio:>10.2f}")


def measure(server: Server, rows: int, rounds: int, figures: dict[str, list[float]]) -> None:
    settings = Neo4jSettings(uri=server.uri, password=SecretStr(server.password))
    with Neo4jStore(settings, 1) as store:
        warm = transfers(rows // 4, 0, 0)
        store.write(Facts.of("transfers", warm))
        plain(server, transfers(rows // 4, 10**9, 0), settings.batch_rows)
        for n in range(1, rounds + 1):
            ours, theirs = transfers(rows, n * rows, n), transfers(rows, 10**9 + n * rows, n)
            for name, work in (
                ("new transfers/s, store", lambda t=ours: store.write(Facts.of("transfers", t))),
                ("new transfers/s, plain loop", lambda t=theirs: plain(server, t, settings.batch_rows)),
                ("transfers again/s, store", lambda t=ours: store.write(Facts.of("transfers", t))),
                ("transfers again/s, plain loop", lambda t=theirs: plain(server, t, settings.batch_rows)),
            ):
                figures.setdefault(name, []).append(rate(rows, work))
                print(n, name, f"{figures[name][-1]:,.0f}", flush=True)
        last = store.stats().max_ingest_seq
        export = store.export(1 << 62, last - 1)
        figures["exported rows/s"] = [rate(rows, lambda: export["transfers"])]
        figures["one hop, ms: p50, p99 first"] = list(hops(store))[::-1]


if __name__ == "__main__":
    main()
