"""Facts altered so that a detector that works for the right reason must lose: times shuffled, seeds permuted."""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from graphfraud.core.schemas import TABLES
from graphfraud.core.snapshot import Flags
from graphfraud.evaluate.facts import WorldFacts, find_table, micros

SEED = 20_260_401
VICTIM_COLUMNS = ("victim_account", "victim_amount", "victim_time", "victim_txn")


def shuffled_times(table: pa.Table, as_of: int, seed: int = SEED) -> pa.Table:
    """Transfers or cash with the times of the rows known at T permuted among them; later rows stay. Seeded. O(rows).

    Who paid whom how much stays, when does not; what is known at T stays the same number of rows.
    """
    clocks = [c for c in ("time", "known_at") if c in table.column_names]
    known = np.flatnonzero(micros(table[clocks[-1]]) <= as_of)
    rows = np.arange(table.num_rows)
    rows[known] = np.random.default_rng(seed).permutation(known)
    order = pa.array(rows)
    for clock in clocks:
        table = table.set_column(table.column_names.index(clock), clock, table[clock].take(order))
    return table


def permuted_seeds(
    referrals: pa.Table, facts: WorldFacts, among: Flags, seed: int = SEED
) -> tuple[pa.Table, list[str]]:
    """Referrals of as many other accounts, drawn from `among`, and these accounts. Seeded. O(rows + accounts).

    Cases and times of the referrals stay; what the victim reported does not, since it belongs to another account.
    """
    was = sorted(set(referrals["account_id"].to_pylist()))
    pool = np.flatnonzero(among)
    drawn = np.random.default_rng(seed).permutation(pool)[: len(was)]
    now = facts.account_id.take(pa.array(drawn)).to_pylist()
    to = dict(zip(was, now, strict=False))
    kept = referrals.drop_columns([c for c in VICTIM_COLUMNS if c in referrals.column_names])
    kept = kept.filter(pa.array([a in to for a in kept["account_id"].to_pylist()]))
    accounts = pa.array([to[a] for a in kept["account_id"].to_pylist()], pa.string())
    return kept.set_column(kept.column_names.index("account_id"), "account_id", accounts), now


def known_referrals(referrals: pa.Table, as_of: int) -> pa.Table:
    """The referrals known at T. O(rows)."""
    clock = "known_at" if "known_at" in referrals.column_names else "referred_at"
    return referrals.filter(pa.array(micros(referrals[clock]) <= as_of))


def only_cases(referrals: pa.Table, cases: set[str]) -> pa.Table:
    """The referrals of some cases. O(rows)."""
    return referrals.filter(pa.array([c in cases for c in referrals["case_no"].to_pylist()]))


def altered_files(
    world: Path, changed: Mapping[str, pa.Table | None], folder: Path, only: Set[str] | None = None
) -> list[Path]:
    """Files of a world to ingest, changed tables written into `folder` in the format of the original. O(rows).

    `only`: of these tables alone. A table that is None or has no rows is left out.
    """
    files = []
    for name in sorted(TABLES if only is None else only):
        origin = find_table(world, name)
        if origin is None or name not in changed:
            files += [] if origin is None else [origin]
            continue
        table = changed[name]
        if table is not None and table.num_rows:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / origin.name
            (pq.write_table if path.suffix == ".parquet" else pacsv.write_csv)(table, path)
            files.append(path)
    return files
