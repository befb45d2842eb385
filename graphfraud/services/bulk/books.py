"""What a store notes of its loads (docs/graph.md, bookkeeping), as `ingest` would have noted it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.facts import FactTables
from graphfraud.core.schemas import ACCOUNTS, TABLES
from graphfraud.services.bulk.files import Files
from graphfraud.services.bulk.layout import FILES
from graphfraud.stores.base import MODULUS, GraphStore
from graphfraud.stores.neo4j.families import checksums
from graphfraud.stores.neo4j.schema import migrations

EVER, BEFORE = (1 << 63) - 1, -(1 << 63)


@dataclass
class Loads:
    """Rows and checksum of every load of a table, rows and latest known_at of a table."""

    loads: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)

    def add(self, table: str, rows: pa.Table) -> None:
        sums = pa.table({"seq": rows["ingest_seq"], "sum": pa.array(checksums(TABLES[table], rows))})
        for seq, count, total in zip(*_by_load(sums), strict=True):
            before = self.loads.get((seq, table), (0, 0))
            self.loads[seq, table] = before[0] + count, (before[1] + total) % MODULUS
        self.rows[table] = self.rows.get(table, 0) + rows.num_rows
        latest = int(pc.max(rows["known_at"]).as_py())
        self.known[table] = max(latest, self.known.get(table, latest))


def _by_load(sums: pa.Table) -> list[list[int]]:
    """seq, rows, sum of each load; at most 2^31 rows each."""
    found = sums.group_by("seq").aggregate([("sum", "count"), ("sum", "sum")])
    return [found[name].to_pylist() for name in ("seq", "sum_count", "sum_sum")]


def write(store: GraphStore, facts: FactTables, made: Files, found: Loads) -> None:
    """The nodes Store, Load, Table, SourceColumn and Migration."""
    shown = max((seq for seq, table in found.loads if table == ACCOUNTS.name), default=0)
    made.add("Store", pa.table({"name": ["graphfraud"], "seq": [facts.max_ingest_seq], "shown": [shown]}))
    loads = [
        {"seq": seq, "table": table, "state": "done", "rows": rows, "checksum": total}
        for (seq, table), (rows, total) in sorted(found.loads.items())
    ]
    tables = [{"name": n, "rows": found.rows[n], "max_known_at": found.known[n]} for n in TABLES if n in found.rows]
    versions = [
        {"version": version, "name": statement.name.partition("/")[2], "checksum": statement.checksum}
        for version, statement in migrations().items()
    ]
    books = {"Load": loads, "Table": tables, "SourceColumn": source_columns(store), "Migration": versions}
    for name, rows in books.items():
        made.add(name, pa.Table.from_pylist(rows, schema=FILES[name]))


def source_columns(store: GraphStore) -> list[dict[str, str | int]]:
    """Optional columns that a source had, and the earliest time at which such a row was known.

    A store says only which columns are there as of a time, so the time is found by halving; an answer costs a store
    one small query, and columns of the same source are halved together.
    """
    found: list[dict[str, str | int]] = []
    waiting = [(BEFORE, EVER, _had(store, EVER) - _had(store, BEFORE))]
    while waiting:
        without, having, columns = waiting.pop()
        if not columns:
            continue
        if having - without == 1:
            found += [{"table": table, "name": name, "since": having} for table, name in columns]
            continue
        middle = (without + having) // 2
        early = columns & _had(store, middle)
        waiting += [(without, middle, early), (middle, having, columns - early)]
    return sorted(found, key=lambda row: (row["table"], row["name"]))


def _had(store: GraphStore, as_of: int) -> set[tuple[str, str]]:
    """(table, column) of the optional columns that a source had whose rows were known by then."""
    missing = store.export(as_of, since_seq=0).missing
    return {
        (spec.name, c.name)
        for spec in TABLES.values()
        for c in spec.columns
        if not c.required and c.name not in missing.get(spec.name, frozenset())
    }
