"""Who holds accounts, as far as the bank's files say: many accounts in one read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow.parquet as pq

from graphfraud.core.runs import PublishedRun
from graphfraud.services.lens import Lens
from graphfraud.services.tables import fact_column

COLUMNS = ("holder_name", "exempt_class")


def people(run: PublishedRun, accounts: Sequence[int], lens: Lens) -> dict[int, dict[str, Any]]:
    """holder_name (as the lens shows it) and exempt_class of accounts; None where not known. Reads their row groups."""
    known = set(pq.read_schema(run.facts("accounts")).names)
    columns = [
        fact_column(run, "accounts", name, accounts) if name in known and accounts else [None] * len(accounts)
        for name in COLUMNS
    ]
    name = run.snapshot.accounts.id
    rows = (dict(zip(COLUMNS, cells, strict=True)) for cells in zip(*columns, strict=True))
    return {a: lens.row({"account_id": name[a]} | row) for a, row in zip(accounts, rows, strict=True)}
