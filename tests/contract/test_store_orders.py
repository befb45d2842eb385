"""Order and split of the input do not matter to a store; every row is kept once."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from facts_kit import facts
from hypothesis import given, settings
from hypothesis import strategies as st
from store_kit import STORES, StoreKind

ROW = st.builds(
    lambda n, time, late: {
        "txn_id": f"X{n}",
        "time": n,  # content follows the id: no conflicts here
        "payer": "AB"[n % 2],
        "payee": "CD"[n // 2 % 2],
        "amount": n + 1,
        "known_at": n + late,
        "source_row": time,
    },
    st.integers(0, 12),
    st.integers(0, 30),
    st.integers(0, 5),
)


@pytest.mark.parametrize("kind", STORES, ids=lambda kind: kind.name)
@given(rows=st.lists(ROW, max_size=25), cuts=st.lists(st.integers(0, 25), max_size=3), data=st.data())
@settings(max_examples=12, deadline=None)
def test_any_split_and_order_gives_the_same_facts(kind: StoreKind, rows: Any, cuts: Any, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(rows))
    earliest: dict[str, int] = {}
    for row in rows:
        earliest[row["txn_id"]] = min(row["known_at"], earliest.get(row["txn_id"], row["known_at"]))
    bounds = sorted({0, len(rows), *(min(c, len(rows)) for c in cuts)})
    with tempfile.TemporaryDirectory() as folder, kind.open(Path(folder)) as store:
        inserted = unchanged = 0
        for start, end in pairwise(bounds):
            report = store.write(facts("transfers", shuffled[start:end]))
            assert report.received == report.inserted + report.unchanged + report.conflicts.num_rows
            inserted, unchanged = inserted + report.inserted, unchanged + report.unchanged
        found = store.export(10**9)["transfers"]
        kept = dict(zip(found["row_id"].to_pylist(), found["known_at"].to_pylist(), strict=True))
        assert found.num_rows == len(kept)
        assert kept == earliest
        assert (inserted, unchanged) == (len(earliest), len(rows) - len(earliest))
        for as_of in {0, 7, *earliest.values()}:
            known = store.export(as_of)["transfers"]["row_id"].to_pylist()
            assert sorted(known) == sorted(r for r, k in earliest.items() if k <= as_of)
