"""The sample, cut to what was known at a day: small enough to ingest and run many times."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from graphfraud.core.clock import DAY, SECOND

SAMPLE = Path(__file__).parent.parent / "data" / "sample"
DAY_1 = 1_767_196_800  # s: 2026-01-01 00:00 Asia/Shanghai
#: table → the column that says when the bank knew a row
KNOWN = {
    "accounts": "open_time",
    "transfers": "time",
    "cash": "time",
    "identifiers": "first_seen",
    "referrals": "referred_at",
}


def as_of(day: int) -> int:
    """00:00 Asia/Shanghai of a day of the sample, µs."""
    return DAY_1 * SECOND + day * DAY


def table(name: str, until_day: int) -> pa.Table:
    """Rows of a sample table known at 00:00 of a day; account numbers and the like as text."""
    header = (SAMPLE / f"{name}.csv").open(encoding="utf-8").readline().strip().split(",")
    text = {c: pa.string() for c in header if c != KNOWN[name]}
    options = pacsv.ConvertOptions(column_types=text, strings_can_be_null=False)
    rows = pacsv.read_csv(SAMPLE / f"{name}.csv", convert_options=options)
    return rows.filter(pc.less_equal(rows[KNOWN[name]], DAY_1 + until_day * 86_400))


def write(folder: Path, tables: dict[str, pa.Table]) -> Path:
    """The tables as CSV files in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        pacsv.write_csv(rows, folder / f"{name}.csv")
    return folder


def sample_until(folder: Path, day: int) -> Path:
    """The sample as it was known at 00:00 of a day, as a folder to ingest."""
    return write(folder, {name: table(name, day) for name in KNOWN})
