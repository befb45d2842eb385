"""Names are found in a sorted column whether they are few or many."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfraud.core import places as module
from graphfraud.core.places import places
from graphfraud.core.text import TextColumn

NAMES = st.text("ab账6", max_size=4)


@settings(deadline=None)  # the first call compiles
@given(st.sets(NAMES, max_size=30), st.lists(st.none() | NAMES, max_size=30))
@pytest.mark.parametrize("few", [0, 10**9])
def test_few_and_many_names_stand_where_a_dictionary_says(few: int, held: set[str], wanted: list[str | None]) -> None:
    ids = sorted(held, key=str.encode)
    row = {name: at for at, name in enumerate(ids)}
    before, module.FEW = module.FEW, few
    try:
        found = places(TextColumn.of(ids), pa.chunked_array([pa.array(wanted, pa.string())]))
    finally:
        module.FEW = before
    assert found.tolist() == [-1 if name is None else row.get(name, -1) for name in wanted]
