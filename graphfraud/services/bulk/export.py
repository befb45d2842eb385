"""Every fact of a store as files for a bulk import, after which the graph is what loading them would have made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from graphfraud.core.facts import FactTables
from graphfraud.core.schemas import ACCOUNTS, TABLES
from graphfraud.errors import StoreError, UsageError
from graphfraud.services import lens
from graphfraud.services.answers import Document
from graphfraud.services.bulk import books, files, script
from graphfraud.services.bulk.books import EVER, Loads
from graphfraud.services.bulk.files import Files
from graphfraud.services.bulk.gather import Gathered
from graphfraud.services.bulk.layout import ACCOUNT, CASE, Links, Nodes, uses
from graphfraud.stores.base import GraphStore
from graphfraud.stores.neo4j.families import KINDS

KIND = "neo4j-admin"
Watch = Callable[[str, int, int | None], None]  # (what, rows done, rows in all)


@dataclass(frozen=True)
class BulkAnswer(Document):
    """Files for a bulk import into Neo4j: facts in clear, for their owner only."""

    kind: str
    path: Annotated[str, Field(description="the folder, which nobody else can read")]
    rows: Annotated[dict[str, int], Field(description="facts by table")]
    nodes: Annotated[int, Field(description="nodes of the graph after the import")]
    relationships: int
    bytes: Annotated[int, Field(description="size of the files")]
    command: Annotated[str, Field(description="what imports them; README.md in the folder says how")]


@dataclass(frozen=True)
class Order:
    """Who wants the files where, and why; the reason is what `--unmask` gives."""

    out: Path
    actor: str
    reason: str | None


def export_bulk(store: GraphStore, order: Order, log: lens.UnmaskLog, watch: Watch) -> BulkAnswer:
    """Write every fact of the store into a new folder. O(rows) in pieces of bounded memory.

    Raises UsageError without a reason, InputError where the folder cannot be had, StoreError.
    """
    if order.reason is None:
        raise UsageError(
            f"export {KIND} writes names, numbers and addresses in clear: say why with --unmask REASON, which is"
            " kept in the ledger"
        )
    files.check(order.out)
    lens.unmask(log, order.actor, f"export {KIND} to {order.out}", order.reason)
    with files.folder(order.out) as into:
        made, found = Files(into), Loads()
        try:
            facts = store.export(EVER)
            _write_facts(facts, into, (made, found), _counted(watch, sum(store.stats().rows.values())))
            books.write(store, facts, made, found)
            made.close()
        finally:
            made.abandon()
        counts = script.Counts(made.rows, made.multiline, facts.max_ingest_seq)
        _write_texts(into, counts)
        size = sum(path.stat().st_size for path in into.iterdir())
    nodes, links = script.parts(made.rows)
    return BulkAnswer(
        kind=KIND,
        path=str(order.out),
        rows={name: found.rows.get(name, 0) for name in TABLES},
        nodes=sum(made.rows[n.rows] for n in nodes),
        relationships=sum(made.rows[link.rows] for link in links),
        bytes=size,
        command=f"sh {order.out / script.SCRIPT}",
    )


def _counted(watch: Watch, total: int) -> Callable[[str, int], None]:
    done = 0

    def add(what: str, rows: int) -> None:
        nonlocal done
        done += rows
        watch(what, done, total)

    return add


def _write_facts(facts: FactTables, into: Path, to: tuple[Files, Loads], seen: Callable[[str, int], None]) -> None:
    """The rows of every table, then the nodes that they share."""
    made, found = to
    gathered = Gathered(into, ACCOUNTS.schema)
    try:
        for name in TABLES:
            for piece in facts.by_time(name):
                if piece.num_rows:
                    found.add(name, piece)
                    gathered.add(name, piece)
                    _write_piece(name, piece, made)
                    seen(f"writing {name}", piece.num_rows)
        seen("writing accounts and identifiers", 0)
        _write_shared(gathered, made)
    finally:
        gathered.close()


def _write_piece(name: str, piece: pa.Table, made: Files) -> None:
    if name == "transfers":
        made.add(name, piece)
        return
    if name == "identifiers":
        _write_uses(piece, made)
        return
    made.add(name, piece.append_column("table", pa.array([name] * piece.num_rows, pa.string())))
    if name == "sanctions":
        against = piece.filter(pc.equal(piece["subject_kind"], "account"))
        made.add("against", against.select(["row_id", "subject"]).rename_columns(["sanction", "account"]))


def _write_uses(piece: pa.Table, made: Files) -> None:
    """Uses of identifiers, a file a kind. Raises StoreError for a kind that the graph does not have."""
    unknown = set(pc.unique(piece["kind"]).to_pylist()) - KINDS.keys()
    if unknown:
        raise StoreError(f"there is no kind of identifier {', '.join(sorted(unknown))}; there are: {', '.join(KINDS)}")
    for kind in KINDS:
        made.add(uses(kind), piece.filter(pc.equal(piece["kind"], kind)))


def _write_shared(gathered: Gathered, made: Files) -> None:
    for some in gathered.accounts():
        made.add(ACCOUNT, some)
    for kind, (label, _) in KINDS.items():
        for some in gathered.names(label):
            made.add(label, some.append_column("kind", pa.array([kind] * some.num_rows, pa.string())))
    for some in gathered.names(CASE):
        made.add(CASE, some.rename_columns(["no"]))
    for some in gathered.withdraws():
        made.add("withdraws", some)


def _write_texts(into: Path, counts: script.Counts) -> None:
    """Headers, the script and the page."""
    nodes, links = script.parts(counts.rows)
    parts: list[Nodes | Links] = [*nodes, *links]
    for part in parts:
        files.private(into / script.header_file(part)).write_text(part.header() + "\n", encoding="utf-8")
    for name, text in ((script.SCRIPT, script.script(counts)), (script.PAGE, script.page(counts))):
        files.private(into / name).write_text(text, encoding="utf-8")
