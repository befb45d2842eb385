"""One transaction of a load: look up which rows are there, make the ones that are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from neo4j import Transaction
from numpy.typing import NDArray

from graphfraud.core.schemas import IDENTIFIERS, TRANSFERS
from graphfraud.errors import StoreError
from graphfraud.stores.neo4j.copies import Chunk
from graphfraud.stores.neo4j.families import IDENTIFIER_ROW, KINDS, TRANSFER_ROW, Family, prop
from graphfraud.stores.neo4j.session import rows

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
    return Batch(family, part, heads, ids, repeated)


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

    def __call__(self, tx: Transaction) -> Outcome:
        family, part = self.batch.family, self.batch.rows
        known = [part["content_hash"].to_pylist(), part["known_at"].to_pylist()]
        asked = [list(row) for row in zip(self.batch.ids, *known, range(len(self.batch.ids)), strict=True)]
        name = f"load/{family.name}_lookup"
        (answer,) = rows(tx, name, rows=asked, seen=self.seen, mine=self.mine, **family.own)
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
            rows(tx, "load/transfers_adopt", rows=self._lists(sorted(adopt), columns), mine=self.mine)
        return sorted(set(new) - set(adopt))

    def _create(self, tx: Transaction, places: list[int]) -> set[str]:
        """Make these rows and the accounts they point to; the accounts."""
        if not places:
            return set()
        spec = self.batch.family.spec
        if spec is TRANSFERS:
            made = self._lists(places, TRANSFER_ROW)
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
        for account, kind, *row in self._lists(places, IDENTIFIER_ROW):
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

    def _lists(self, places: list[int], columns: Sequence[str]) -> list[list[Any]]:
        """Rows as lists of these columns."""
        part = self.batch.rows.select(list(columns))
        if len(places) < part.num_rows:
            part = part.take(pa.array(places))
        return [list(row) for row in zip(*(part[c].to_pylist() for c in columns), strict=True)]
