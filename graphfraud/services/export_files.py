"""Tables as files. Text a spreadsheet would run as a formula is guarded in CSV and XLSX with a leading quote."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from graphfraud.core.clock import iso
from graphfraud.core.runs import PublishedRun
from graphfraud.errors import InputError, UsageError

XLSX_ROWS = 1_048_575  # of one sheet, under its header
_FORMULA = r"^[=+\-@\t\r]"


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """A file beside `out` that becomes `out` once it is whole. Raises InputError where it cannot be written."""
    if out.is_dir():
        raise InputError(f"{out} is a folder; name a file, for example {out / 'scores.csv'}")
    part = out.with_name(f".{out.name}.part")
    try:
        yield part
        os.replace(part, out)
    except OSError as exc:
        raise InputError(f"cannot write {out}: {exc.strerror or exc}; choose another --out") from exc
    finally:
        part.unlink(missing_ok=True)


def guard(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text that begins with = + - @, tab or return gets a quote in front, so that a spreadsheet shows it as text."""
    risky = pc.match_substring_regex(column, _FORMULA)
    return pc.if_else(risky, pc.binary_join_element_wise("'", column, ""), column)


def iso_times(table: pa.Table) -> pa.Table:
    """Timestamps as ISO text; other columns as they are. Decimals keep their six places."""
    for at, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(at, field.name, _iso_column(table.column(at)))
    return table


def _iso_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    micros = column.cast(pa.int64()).to_pylist()
    return pa.chunked_array([pa.array([None if m is None else iso(m) for m in micros], pa.string())])


def floats(table: pa.Table) -> pa.Table:
    """Decimals as the nearest float64; other columns as they are."""
    for at, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(at, field.name, table.column(at).cast(pa.string()).cast(pa.float64()))
    return table


def guarded(table: pa.Table) -> pa.Table:
    """The table with every text column guarded."""
    for at, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            table = table.set_column(at, field.name, guard(table.column(at)))
    return table


def write_csv(table: pa.Table, out: Path, run: PublishedRun, kind: str) -> int:
    """UTF-8 without a mark, header, empty cell for null."""
    pcsv.write_csv(iso_times(guarded(table)), out)
    return int(table.num_rows)


def write_parquet(table: pa.Table, out: Path, run: PublishedRun, kind: str) -> int:
    """Scores as float64, times as timestamps; run_id and as_of in the file's metadata."""
    pq.write_table(
        floats(table).replace_schema_metadata({"run_id": run.run_id, "as_of": iso(run.as_of), "kind": kind}), out
    )
    return int(table.num_rows)


def write_json(table: pa.Table, out: Path, run: PublishedRun, kind: str) -> int:
    """`{run_id, as_of, kind, rows: […]}`, one row a line."""
    text = iso_times(table)
    scores = [f.name for f in table.schema if pa.types.is_decimal(f.type)]
    head = json.dumps({"run_id": run.run_id, "as_of": iso(run.as_of), "kind": kind}, ensure_ascii=False)
    with out.open("w", encoding="utf-8") as file:
        file.write(f'{head[:-1]}, "rows": [')
        for number, row in enumerate(r for batch in text.to_batches(10_000) for r in batch.to_pylist()):
            row.update({name: float(row[name]) for name in scores if row[name] is not None})
            file.write(("" if number == 0 else ",") + "\n" + json.dumps(row, ensure_ascii=False))
        file.write("\n]}\n")
    return int(table.num_rows)


def write_xlsx(table: pa.Table, out: Path, run: PublishedRun, kind: str) -> int:
    """One sheet, header frozen. Raises UsageError beyond a sheet's rows."""
    if table.num_rows > XLSX_ROWS:
        raise UsageError(f"{table.num_rows:,} rows do not fit a sheet ({XLSX_ROWS:,}); use --format csv or parquet")
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(kind)
    sheet.freeze_panes = "A2"
    sheet.append(table.schema.names)
    scores = [i for i, f in enumerate(table.schema) if pa.types.is_decimal(f.type)]
    for batch in iso_times(guarded(table)).to_batches(10_000):
        for row in zip(*(c.to_pylist() for c in batch.columns), strict=True):
            cells = list(row)
            for i in scores:
                cells[i] = None if cells[i] is None else float(cells[i])
            sheet.append(cells)
    book.save(out)
    return int(table.num_rows)
