"""Sheets of a trace: named columns with a kind, so that every format writes the same values in its own way.

Amounts are minor units in CSV and JSON as in every other file of ours; in XLSX, which people read, they are yuan as
exact decimals with two places (up to 15 digits, as many as a spreadsheet keeps). Times are Asia/Shanghai, account
numbers text. Text that a spreadsheet would run as a formula gets a leading quote in CSV and XLSX.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.csv as pcsv

from graphfraud.core.clock import ZONE, iso
from graphfraud.errors import UsageError
from graphfraud.services.export_files import XLSX_ROWS, guarded

Kind = Literal["text", "yuan", "time", "span", "number", "flag", "share"]
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TYPES = {"text": pa.string(), "time": pa.string(), "yuan": pa.int64(), "number": pa.int64(), "flag": pa.bool_()}
#: Excel's way to show a kind
_SHOWN = {"text": "@", "yuan": "#,##0.00", "time": "yyyy-mm-dd hh:mm:ss", "span": "[h]:mm:ss", "number": "0"}
#: columns of a sheet, in characters
_WIDE = {"text": 22, "yuan": 16, "time": 20, "span": 11, "number": 8, "flag": 8, "share": 9}
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Column:
    """A column. Kinds: yuan in minor units, time and span in µs, share in 1e-6."""

    name: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Sheet:
    """A table of a trace; a cell is None where it is not known."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]

    def table(self) -> pa.Table:
        """As Arrow: amounts int64 minor units, times ISO 8601, spans in seconds and shares in 1 as exact text."""
        cells = zip(*self.rows, strict=True) if self.rows else ((),) * len(self.columns)
        return pa.table(
            {
                c.name: pa.array([_plain(c.kind, v) for v in values], _TYPES.get(c.kind, pa.string()))
                for c, values in zip(self.columns, cells, strict=True)
            }
        )


def _plain(kind: Kind, value: Any) -> Any:
    if value is None:
        return None
    if kind == "time":
        return iso(value)
    if kind in ("span", "share"):
        return format(Decimal(value).scaleb(-6).normalize(), "f")
    return str(value) if kind == "text" else value


def write_csv(sheet: Sheet, out: Path) -> None:
    """UTF-8 without a mark, a header, an empty cell where nothing is known."""
    pcsv.write_csv(guarded(sheet.table()), out)


def write_xlsx(sheets: Sequence[Sheet], out: Path, as_of: int) -> None:
    """One sheet each, headers frozen. Raises UsageError where one has more rows than a spreadsheet holds."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter

    long = next((s for s in sheets if len(s.rows) > XLSX_ROWS), None)
    if long is not None:
        raise UsageError(f"{len(long.rows):,} rows of {long.name} do not fit a sheet ({XLSX_ROWS:,}); use --format csv")
    book = openpyxl.Workbook(write_only=True)
    book.properties.created = book.properties.modified = _wall(as_of)
    for sheet in sheets:
        page = book.create_sheet(sheet.name)
        page.freeze_panes = "A2"
        for number, column in enumerate(sheet.columns, 1):
            page.column_dimensions[get_column_letter(number)].width = max(_WIDE[column.kind], len(_head(column)) + 2)
        page.append([_head(c) for c in sheet.columns])
        for row in sheet.rows:
            cells: list[Any] = [None] * len(row)
            for at, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
                if value is not None:
                    cells[at] = WriteOnlyCell(page, value=_cell(column.kind, value))
                    cells[at].number_format = _SHOWN.get(column.kind, "General")
            page.append(cells)
    book.save(out)


def _head(column: Column) -> str:
    return {"yuan": f"{column.name} (yuan)", "time": f"{column.name} (Asia/Shanghai)"}.get(column.kind, column.name)


def _cell(kind: Kind, value: Any) -> Any:
    """A value as a spreadsheet holds it: exact decimals for money, wall-clock times, text that is never a formula."""
    if value is None or kind in ("number", "flag"):
        return value
    if kind == "yuan":
        return Decimal(value).scaleb(-2)
    if kind == "time":
        return _wall(value)
    if kind == "share":
        return Decimal(value).scaleb(-6)
    if kind == "span":
        return Decimal(value) / (DAY_SECONDS * 1_000_000)
    text = _NOT_XML.sub("\ufffd", str(value))
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _wall(micros: int) -> datetime:
    """The time on the wall in Shanghai, without a zone: spreadsheets know none."""
    return datetime.fromisoformat(iso(micros)).astimezone(ZONE).replace(tzinfo=None)
