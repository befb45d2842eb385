"""CSV: clean blocks of text into Arrow columns, all as text, with the line of every record."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from graphfraud.errors import FileRefused
from graphfraud.ingest.chunks import Chunk
from graphfraud.ingest.detect import Scan, cells_of, text_format
from graphfraud.ingest.lines import Block, Damaged, TextFormat, blocks

_HEADER_WITHIN = 20  # lines; some exports write a title above the header


@dataclass(frozen=True)
class CsvFile:
    """A CSV file whose format and header are known."""

    path: Path
    form: TextFormat
    header: list[str]
    header_line: int

    @classmethod
    def open(cls, path: Path, scanned: Scan, known: Callable[[str], bool]) -> CsvFile:
        """Detect format and header. Raises FileRefused when a column name stands twice."""
        form = text_format(scanned, known)
        text = scanned.head[form.bom :].decode(form.encoding, "replace").replace("\r\n", "\n")
        lines = text.split(form.newline.decode())[:_HEADER_WITHIN]
        number, cells = _header(lines, form.delimiter, known)
        header = [c.strip(" \t\r\n\ufeff\u3000\"'") for c in cells]
        twice = sorted({h for h in header if header.count(h) > 1 and known(h)})
        if twice:
            raise FileRefused(f"{path}: column {', '.join(twice)} stands twice in the header; keep one")
        return cls(path, form, [h if h and header.count(h) == 1 else f"{h}#{i}" for i, h in enumerate(header)], number)

    def chunks(self) -> Iterator[Chunk]:
        """The records. Rows with too many or too few cells are damaged; blank lines are counted."""
        for block in blocks(self.path, self.form, len(self.header), after=self.header_line):
            if block.data or block.damaged:
                yield _chunk(block, self.header, self.form.delimiter)


def _header(lines: list[str], delimiter: str, known: Callable[[str], bool]) -> tuple[int, list[str]]:
    """(line number, cells) of the line with most known names; without any, the first that is not blank."""
    best: tuple[int, int, list[str]] = (-1, 1, [])
    for number, line in enumerate(lines, start=1):
        cells = cells_of(line.rstrip("\r"), delimiter) if line.strip() else []
        score = sum(known(c) for c in cells) if cells else -1
        if score > best[0]:
            best = (score, number, cells)
    return best[1], best[2]


def _chunk(block: Block, header: list[str], delimiter: str) -> Chunk:
    wrong: list[tuple[int, str, int]] = []

    def refused(row: Any) -> str:
        wrong.append((int(row.number) - 1, row.text, int(row.actual_columns)))
        return "skip"

    rows = _parse(block.data, header, delimiter, refused) if block.data else _empty(header)
    lines = block.lines
    if rows.num_rows + len(wrong) != len(lines):
        return _slow(block, header, delimiter)
    damaged = block.damaged + [_count(int(lines[i]), text, found, len(header)) for i, text, found in wrong]
    if wrong:
        lines = np.delete(lines, [i for i, _, _ in wrong])
    return _without_blank(rows, lines, damaged)


def _parse(data: bytes, header: list[str], delimiter: str, refused: Callable[[Any], str]) -> pa.Table:
    return pacsv.read_csv(
        pa.BufferReader(data),
        read_options=pacsv.ReadOptions(use_threads=False, column_names=header, block_size=len(data) + 1),
        parse_options=pacsv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=refused
        ),
        convert_options=pacsv.ConvertOptions(
            column_types={h: pa.string() for h in header}, strings_can_be_null=False, check_utf8=False
        ),
    )


def _empty(header: list[str]) -> pa.Table:
    return pa.schema([(h, pa.string()) for h in header]).empty_table()


def _count(line: int, text: str, found: int, wanted: int) -> Damaged:
    return Damaged(line, "column_count", f"{found} cells, {wanted} columns", text)


def _without_blank(rows: pa.Table, lines: NDArray[np.int64], damaged: list[Damaged]) -> Chunk:
    """Rows of nothing but empty cells are no rows."""
    empty = pc.equal(rows.column(0), "")
    if not pc.any(empty).as_py():
        return Chunk(rows, lines, damaged)
    for column in rows.columns[1:]:
        empty = pc.and_(empty, pc.equal(column, ""))
    keep = np.asarray(pc.invert(empty).to_numpy(zero_copy_only=False), bool)
    return Chunk(rows.filter(pa.array(keep)), lines[keep], damaged, int((~keep).sum()))


def _slow(block: Block, header: list[str], delimiter: str) -> Chunk:
    """A block whose quotes mislead the fast parser: record by record, each line on its own or damaged."""
    rows: list[list[str]] = []
    numbers: list[int] = []
    damaged, blank = list(block.damaged), 0
    begins = np.ones(len(block.line_of), bool) if block.begins is None else block.begins
    edges = [*np.flatnonzero(begins).tolist(), len(begins)]
    text = block.data.decode("utf-8").split("\n")[: len(begins)]
    for first, end in pairwise(edges):
        record, line = "\n".join(text[first:end]), int(block.line_of[first])
        if not record.strip(delimiter + " \r"):
            blank += 1
            continue
        cells = _record(record, delimiter)
        if cells is None:
            damaged.append(Damaged(line, "open_quote", record[:100], record))
        elif len(cells) != len(header):
            damaged.append(_count(line, record, len(cells), len(header)))
        else:
            rows.append(cells)
            numbers.append(line)
    table = pa.table({h: pa.array([r[i] for r in rows], pa.string()) for i, h in enumerate(header)})
    return Chunk(table, np.array(numbers, np.int64), damaged, blank)


def _record(record: str, delimiter: str) -> list[str] | None:
    """Cells of one record, or None when a quote stays open."""
    try:
        return next(iter(csv.reader([record + "\n"], delimiter=delimiter, strict=True)), [])
    except csv.Error as exc:
        if "end of data" in str(exc):
            return None
    return cells_of(record, delimiter)
