"""One batch of a load: look up which rows are there, then in one transaction make the ones that are not.

The next batch is prepared and looked up while the server makes this one; there is one writer, and the batches of a
chunk have no row in common, so what was looked up stays true.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from neo4j import Record, Transaction
from numpy.typing import NDArray

from graphfraud.core.schemas import IDENTIFIERS, TRANSFERS
from graphfraud.errors import StoreError
from graphfraud.stores.neo4j.copies import Chunk
from graphfraud.stores.neo4j.families import IDENTIFIER_ROW, KINDS, TRANSFER_ROW, Family, prop
from graphfraud.stores.neo4j.session import Session, rows

#: verdicts of `<family>_lookup` on rows of unfinished loads
SAME_UNFINISHED, OTHER_UNFINISHED = 3, 4


@dataclass(frozen=True)
class Batch:
    """First copies of a chunk, `known_at` the earliest among the copies of the same content."""

    family: Family
    rows: pa.Table
    heads: NDArray[np.int64]  # places in the chunk
    ids: list[str]
    repeated: frozenset[str]  # ids with several copies in the chunk
    asked: list[list[Any]]  # parameter `rows` of the lookup
    made: list[list[Any]]  # transfers: parameter `rows` of making them all

    def lists(self, places: Sequence[int], columns: Sequence[str]) -> list[list[Any]]:
        """Rows as lists of these columns."""
        part = self.rows.select(list(columns))
        if len(places) < part.num_rows:
            part = part.take(pa.array(places, pa.int64()))
        return [list(row) for row in zip(*(part[c].to_pylist() for c in columns), strict=True)]


@dataclass(frozen=True)
class Found:
    """A visible stored row with an earlier known_at to be had or another content than the row at `place`."""

    place: int
    content_hash: str
    known_at: int
    ingest_seq: int


@dataclass(frozen=True)
class Outcome:
    """What a transaction did: places of the rows it made, stored rows that differ, accounts that have a node now."""

    new: list[int]
    other: list[Found]
    accounts: set[str] = field(default_factory=set)


def prepare(family: Family, chunk: Chunk, heads: NDArray[np.int64]) -> Batch:
    """The rows at these places of a chunk."""
    part = chunk.rows.take(pa.array(heads))
    ids: list[str] = part["row_id"].to_pylist()
    repeated = frozenset(i for i in ids if i in chunk.groups) if chunk.groups else frozenset()
    if repeated:
        known = [
            _earliest(chunk, i) if i in repeated else k.as_py() for i, k in zip(ids, part["known_at"], strict=True)
        ]
        part = part.set_column(part.schema.get_field_index("known_at"), "known_at", pa.array(known, pa.int64()))
    columns = [ids, part["content_hash"].to_pylist(), part["known_at"].to_pylist(), range(len(ids))]
    found = Batch(family, part, heads, ids, repeated, [list(row) for row in zip(*columns, strict=True)], [])
    if family.spec is TRANSFERS:
        found.made.extend(found.lists(range(len(ids)), TRANSFER_ROW))
    return found


@dataclass(frozen=True)
class Ahead:
    """Batches of a chunk with what is there of them, each ready before it is needed."""

    session: Session
    family: Family
    marks: dict[str, int]  # parameters `seen` and `mine`

    def batches(self, chunk: Chunk) -> Iterator[tuple[Batch, Record]]:
        """In order. Raises what the store raises."""
        size = self.session.settings.batch_rows
        parts = [chunk.heads[start : start + size] for start in range(0, len(chunk.heads), size)]
        with ThreadPoolExecutor(1, "graphfraud-load") as thread:
            coming = thread.submit(self._ready, chunk, parts[0])
            for following in parts[1:]:
                ready = coming.result()
                coming = thread.submit(self._ready, chunk, following)
                yield ready
            yield coming.result()

    def _ready(self, chunk: Chunk, heads: NDArray[np.int64]) -> tuple[Batch, Record]:
        part = prepare(self.family, chunk, heads)
        doing = f"looking up {self.family.spec.name}"
        (answer,) = self.session.read(lookup(self.family), doing, rows=part.asked, **self.marks, **self.family.own)
        return part, answer


def lookup(family: Family) -> str:
    """The statement that says which rows are there."""
    return f"load/{family.name}_lookup"


def _earliest(chunk: Chunk, row_id: str) -> int:
    """Earliest known_at among the copies that have the content of the first."""
    group = chunk.groups[row_id]
    first = chunk.rows["content_hash"][group[0]]
    return int(min(chunk.rows["known_at"][p].as_py() for p in group if chunk.rows["content_hash"][p] == first))


@dataclass(frozen=True)
class Job:
    """The work of one transaction. It can be run again from the start: it changes nothing but the graph."""

    batch: Batch
    mine: int
    seen: int
    accounts: set[str]  # that have a node already
    begun: bool
    looked_up: list[Record]  # ahead; used once, for a transaction that is tried again looks up again

    def __call__(self, tx: Transaction) -> Outcome:
        family = self.batch.family
        answer = self.looked_up.pop() if self.looked_up else self._look_up(tx)
        unfinished = {place: verdict for place, verdict, *_ in answer["other"] if verdict >= SAME_UNFINISHED}
        other = [Found(p, h, k, s) for p, v, h, k, s in answer["other"] if v < SAME_UNFINISHED]
        there = {*answer["same"], *(found.place for found in other)}
        new = [place for place in range(len(self.batch.ids)) if place not in there]
        if not new:
            return Outcome(new, other)
        if not self.begun:
            rows(tx, "write/load_begin", mine=self.mine, table=family.spec.name)
        create = self._reclaim(tx, new, unfinished)
        return Outcome(new, other, self._create(tx, create))

    def _look_up(self, tx: Transaction) -> Record:
        family = self.batch.family
        (found,) = rows(tx, lookup(family), rows=self.batch.asked, seen=self.seen, mine=self.mine, **family.own)
        return found

    def _reclaim(self, tx: Transaction, new: list[int], unfinished: dict[int, int]) -> list[int]:
        """Rows of unfinished loads: transfers of the same content become ours, others go. What is to be made."""
        if not unfinished:
            return new
        adopt = [
            p
            for p, verdict in unfinished.items()
            if verdict == SAME_UNFINISHED and self.batch.family.name == "transfers"
        ]
        remove = sorted(unfinished.keys() - set(adopt))
        if remove:
            gone = [self.batch.ids[place] for place in remove]
            rows(tx, f"load/{self.batch.family.name}_delete", ids=gone, **self.batch.family.own)
        if adopt:
            columns = ("row_id", "known_at", "date_only", "source_file", "source_row")
            rows(tx, "load/transfers_adopt", rows=self.batch.lists(sorted(adopt), columns), mine=self.mine)
        return sorted(set(new) - set(adopt))

    def _create(self, tx: Transaction, places: list[int]) -> set[str]:
        """Make these rows and the accounts they point to; the accounts."""
        if not places:
            return set()
        spec = self.batch.family.spec
        if spec is TRANSFERS:
            made = [self.batch.made[place] for place in places]
            accounts = self._accounts(tx, {account for row in made for account in row[:2]})
            rows(tx, "load/transfers_create", rows=made, mine=self.mine)
            return accounts
        if spec is IDENTIFIERS:
            return self._create_identifiers(tx, places)
        maps = self.batch.rows.take(pa.array(places)).to_pylist()
        accounts = self._accounts(tx, {account for row in maps for account in self.batch.family.accounts(row)})
        extra = {"table": spec.name, "ingest_seq": self.mine}
        made_maps = [{prop(k): v for k, v in row.items() if v is not None} | extra for row in maps]
        rows(tx, f"load/{spec.name}_create", rows=made_maps)
        return accounts

    def _create_identifiers(self, tx: Transaction, places: list[int]) -> set[str]:
        by_kind: dict[str, list[list[Any]]] = {}
        for account, kind, *row in self.batch.lists(places, IDENTIFIER_ROW):
            by_kind.setdefault(kind, []).append([account, *row])
        if unknown := sorted(by_kind.keys() - KINDS.keys()):
            raise StoreError(f"there is no kind of identifier {', '.join(unknown)}; there are: {', '.join(KINDS)}")
        accounts = self._accounts(tx, {row[0] for made in by_kind.values() for row in made})
        for kind, made in sorted(by_kind.items()):
            label, type_ = KINDS[kind]
            values = sorted({row[1] for row in made})
            rows(tx, "load/identifiers_merge", kind=kind, label=label, values=values)
            rows(tx, "load/identifiers_create", kind=kind, type=type_, rows=made, mine=self.mine)
        return accounts

    def _accounts(self, tx: Transaction, wanted: set[str]) -> set[str]:
        """Nodes for the accounts that have none yet."""
        lacking = wanted - self.accounts
        if lacking:
            rows(tx, "load/accounts_merge", ids=sorted(lacking))
        return lacking
