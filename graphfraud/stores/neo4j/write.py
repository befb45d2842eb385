"""Writing facts: bounded transactions whose rows become visible together.

A load has a number, the ingest_seq of its rows. While it is written its number is above that of the last finished
load, and readers leave its rows out. The last transaction moves that mark; it also makes every change of rows that are
visible already. What a crash leaves behind is above the mark: a load that meets such a row makes it its own, and the
others are removed before it finishes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
from neo4j import Transaction

from graphfraud.core.facts import Facts, WriteReport
from graphfraud.errors import StoreBusy
from graphfraud.stores.base import MODULUS
from graphfraud.stores.neo4j import batch, show
from graphfraud.stores.neo4j.copies import Chunk, chunks
from graphfraud.stores.neo4j.families import FAMILIES, Family, checksums
from graphfraud.stores.neo4j.session import Session, rows


@dataclass(frozen=True)
class Lowering:
    """A visible row that is known from an earlier time on: before and after, with its checksums."""

    old_seq: int
    old_known: int
    known: int
    old_sum: int
    sum: int


@dataclass
class _Load:
    """A load and what it has done so far."""

    family: Family
    seq: int  # its number, once it has begun
    seen: int  # last finished load
    begun: bool = False
    received: int = 0
    inserted: int = 0
    checksum: int = 0
    known_from: int | None = None
    latest: int | None = None
    accounts: set[str] = field(default_factory=set)  # known to have a node
    lowered: dict[str, Lowering] = field(default_factory=dict)
    conflicts: list[pa.Table] = field(default_factory=list)

    @property
    def doing(self) -> str:
        return f"writing {self.family.spec.name}"


def write(session: Session, token: str, facts: Facts) -> WriteReport:
    """See `GraphStore.write`. O(rows); a transaction has at most `neo4j.batch_rows` rows."""
    marks = session.read("write/loads", "beginning a load")[0]
    load = _Load(FAMILIES[facts.spec.name], marks["last"] + 1, marks["seq"])
    for chunk in chunks(facts):
        _write_chunk(session, load, chunk)
    last = load.seen
    if load.inserted or load.lowered:
        _clear(session, load, marks["open"])
        session.managed(lambda tx: _finish(tx, load, token, facts), load.doing)
        last = load.seq
        if load.family.spec.name == "accounts":
            show.accounts(session)
    elif load.received:
        session.managed(lambda tx: _note_columns(tx, load, facts), load.doing)
    conflicts = pa.concat_tables([facts.spec.schema.empty_table(), *load.conflicts])
    unchanged = load.received - load.inserted - conflicts.num_rows
    return WriteReport(facts.spec.name, load.received, load.inserted, unchanged, conflicts, last)


def _write_chunk(session: Session, load: _Load, chunk: Chunk) -> None:
    known = int(np.min(chunk.rows["known_at"].to_numpy()))
    load.known_from = known if load.known_from is None else min(load.known_from, known)
    load.received += chunk.rows.num_rows
    ahead = batch.Ahead(session, load.family, {"seen": load.seen, "mine": load.seq})
    for part, answer in ahead.batches(chunk):
        job = batch.Job(part, load.seq, load.seen, load.accounts, load.begun, [answer])
        done = session.managed(job, load.doing)
        _count(load, chunk, part, done)


def _count(load: _Load, chunk: Chunk, part: batch.Batch, done: batch.Outcome) -> None:
    """Add what a transaction did."""
    if len(done.new):
        made = part.rows.take(pa.array(done.new))
        load.begun = True
        load.inserted += len(done.new)
        load.checksum = (load.checksum + int(checksums(load.family.spec, made).sum() % MODULUS)) % MODULUS
        latest = int(np.max(made["known_at"].to_numpy()))
        load.latest = latest if load.latest is None else max(load.latest, latest)
        load.accounts |= done.accounts
    refused: list[int] = []
    for found in done.other:
        copies = chunk.groups.get(part.ids[found.place], [int(part.heads[found.place])])
        _settle(load, chunk, copies, found)
        refused += [p for p in copies if chunk.rows["content_hash"][p].as_py() != found.content_hash]
    handled = {part.ids[found.place] for found in done.other}
    for row_id in part.repeated - handled:  # copies within this chunk only, or like the stored row
        group = chunk.groups[row_id]
        first = chunk.rows["content_hash"][group[0]]
        refused += [p for p in group if chunk.rows["content_hash"][p] != first]
    if refused:
        load.conflicts.append(chunk.rows.take(pa.array(sorted(refused))))


def _settle(load: _Load, chunk: Chunk, copies: list[int], found: batch.Found) -> None:
    """Lower known_at of a stored row when a copy of the same content was known earlier."""
    same = [p for p in copies if chunk.rows["content_hash"][p].as_py() == found.content_hash]
    if not same:
        return
    row_id = chunk.rows["row_id"][same[0]].as_py()
    before = load.lowered.get(row_id)
    known = min(chunk.rows["known_at"][p].as_py() for p in same)
    if known >= (found.known_at if before is None else before.known):
        return
    row = chunk.rows.slice(same[0], 1)
    sums = [int(checksums(load.family.spec, _known(row, at))[0]) for at in (found.known_at, known)]
    load.lowered[row_id] = Lowering(found.ingest_seq, found.known_at, known, *sums)


def _known(row: pa.Table, at: int) -> pa.Table:
    return row.set_column(row.schema.get_field_index("known_at"), "known_at", pa.array([at], pa.int64()))


def _clear(session: Session, load: _Load, left: list[list[Any]]) -> None:
    """Remove what unfinished loads before this one left and nobody made his own."""
    for seq, table in left:
        family = FAMILIES[table]
        size = session.settings.batch_rows
        name, doing = f"load/{family.name}_clear", "removing an unfinished load"
        while session.write(name, doing, seq=seq, limit=size, **family.own)[0]["removed"]:
            pass
        session.write("write/load_forget", doing, seq=seq)


def _finish(tx: Transaction, load: _Load, token: str, facts: Facts) -> None:
    """The one transaction that makes a load visible. Raises StoreBusy when another process has taken the store."""
    if not load.begun:
        rows(tx, "write/load_begin", mine=load.seq, table=load.family.spec.name)
    held = {"rows": load.inserted, "checksum": load.checksum}
    if load.lowered:
        _lower(tx, load, held)
    count = {"rows": load.inserted, "known_at": load.latest}
    rows(tx, "write/table_add", table=load.family.spec.name, **count)
    if load.lowered:
        _latest(tx, load)
    _note_columns(tx, load, facts)
    if not rows(tx, "write/load_finish", mine=load.seq, token=token, **held):
        raise StoreBusy(
            "another process has taken the store while this one wrote, because the server was away in between."
            " Nothing of this load was kept; run the command again"
        )


def _lower(tx: Transaction, load: _Load, held: dict[str, int]) -> None:
    """Rows known earlier move to this load: off the ones they came with, in numbers and checksums."""
    pairs = iter([[row_id, change.known] for row_id, change in load.lowered.items()])
    name = f"load/{load.family.name}_lower"
    while some := list(islice(pairs, 10_000)):
        rows(tx, name, rows=some, mine=load.seq, **load.family.own)
    off: dict[int, list[int]] = {}
    for change in load.lowered.values():
        held["checksum"] = (held["checksum"] + change.sum) % MODULUS
        if change.old_seq == load.seq:
            held["checksum"] = (held["checksum"] - change.old_sum) % MODULUS
            continue
        held["rows"] += 1
        count = off.setdefault(change.old_seq, [0, 0])
        count[0] += 1
        count[1] = (count[1] + change.old_sum) % MODULUS
    rows(tx, "write/load_moved", rows=[[seq, *count] for seq, count in sorted(off.items())])


def _latest(tx: Transaction, load: _Load) -> None:
    """The latest known_at of the table again, if the row that had it is now known earlier."""
    (known,) = rows(tx, "write/table_known", table=load.family.spec.name)
    if any(change.old_known == known["known_at"] for change in load.lowered.values()):
        name = f"read/store_latest_{load.family.name}"
        (found,) = rows(tx, name, since=-1, seen=load.seq, **load.family.own)
        rows(tx, "write/table_latest", table=load.family.spec.name, known_at=found["known_at"])


def _note_columns(tx: Transaction, load: _Load, facts: Facts) -> None:
    """Remember which optional columns this source had, and since when a row of such a source is known."""
    had = [c.name for c in facts.spec.columns if not c.required and c.name not in facts.missing]
    rows(tx, "write/source_columns", table=facts.spec.name, names=had, since=load.known_from)
