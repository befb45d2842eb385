"""Rows of one chunk that have the same row_id: which is kept, which are the same, which are conflicts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphfraud.core.facts import Facts

#: Rows compared with one another before they are sent; the same as in the embedded store, so that reports agree.
CHUNK_ROWS = 983_040
_ORDER = ("source_row", "source_file", "content_hash", "known_at")


@dataclass(frozen=True)
class Chunk:
    """Rows, the first copy of each row_id (`heads`, places in `rows`) and, where there are several, all its places."""

    rows: pa.Table
    heads: NDArray[np.int64]
    groups: dict[str, list[int]] = field(default_factory=dict)


def chunks(facts: Facts) -> Iterator[Chunk]:
    """The batches of a source in chunks."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in facts.reader():
        waiting.append(batch)
        rows += batch.num_rows
        if rows >= CHUNK_ROWS:
            yield _chunk(pa.Table.from_batches(waiting, schema=facts.spec.schema))
            waiting, rows = [], 0
    if rows:
        yield _chunk(pa.Table.from_batches(waiting, schema=facts.spec.schema))


def _chunk(rows: pa.Table) -> Chunk:
    """O(n log n) where a row_id is there twice, else O(n)."""
    rows = rows.combine_chunks()
    if pc.count_distinct(rows["row_id"]).as_py() == rows.num_rows:
        return Chunk(rows, np.arange(rows.num_rows, dtype=np.int64))
    order = pc.sort_indices(rows, [(c, "ascending", "at_end") for c in _ORDER]).to_pylist()
    ids = rows["row_id"].to_pylist()
    places: dict[str, list[int]] = {}
    for place in order:
        places.setdefault(ids[place], []).append(place)
    heads = np.sort(np.array([group[0] for group in places.values()], dtype=np.int64))
    return Chunk(rows, heads, {row_id: group for row_id, group in places.items() if len(group) > 1})
