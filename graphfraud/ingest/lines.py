"""Records of a text file, one damaged line at a time: bytes → clean UTF-8 blocks with the line each record began on.

Bytes are split on newline and decoded; when a block does not decode, only the lines that are broken are taken out.
That is safe for UTF-8 and GB18030, whose trailing bytes are never a newline; UTF-16 is decoded as a stream first.
Work is O(bytes) with NumPy and the codec; Python sees single lines only around damage and quoted newlines.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

BLOCK = 32 << 20  # bytes read at a time
LONGEST_LINE = 8 << 20  # a longer line is damage, not data
LONGEST_RECORD = 200  # lines a quoted field may span
_NEWLINE, _QUOTE = 10, 34


@dataclass(frozen=True)
class TextFormat:
    """How the bytes of a text file are read."""

    encoding: str  # a Python codec without byte order mark
    delimiter: str
    bom: int = 0  # bytes of the byte order mark
    newline: bytes = b"\n"


@dataclass(frozen=True)
class Damaged:
    """A line that cannot be a record: where, why, and what can be shown of it."""

    line: int
    code: str
    value: str
    text: str


@dataclass(frozen=True)
class Block:
    """Clean lines: UTF-8 bytes end to end, the number of each line in the file, whether it begins a record (None: all
    do), and the lines that were taken out."""

    data: bytes
    line_of: NDArray[np.int64]
    begins: NDArray[np.bool_] | None = None
    damaged: list[Damaged] = field(default_factory=list)

    @property
    def lines(self) -> NDArray[np.int64]:
        """The line each record began on."""
        return self.line_of if self.begins is None else self.line_of[self.begins]


def blocks(path: Path, form: TextFormat, columns: int = 0, after: int = 0) -> Iterator[Block]:
    """Clean blocks of the file, in order, without the first `after` lines. `columns` decides whether lines joined by a
    quote make one record. A record whose quoted field goes on after the block is carried into the next one.
    """
    line, carried = 1, Block(b"", np.zeros(0, np.int64))
    for raw, kind in _whole_lines(path, form):
        count = 1 if kind == "overlong" else raw.count(b"\n")
        block = _clean(raw, kind == "overlong", line, form)
        if line <= after:
            block = _without(block, after)
        line += count
        if b'"' in block.data or carried.data:
            joined = Block(
                carried.data + block.data, np.concatenate([carried.line_of, block.line_of]), None, block.damaged
            )
            block, carried = _join_quoted(joined, form.delimiter, columns, final=kind == "last")
        yield block
    if carried.data:
        yield _join_quoted(carried, form.delimiter, columns, final=True)[0]


def _without(block: Block, after: int) -> Block:
    """The block without its lines up to `after`."""
    skipped = int((block.line_of <= after).sum())
    ends = np.flatnonzero(np.frombuffer(block.data, np.uint8) == _NEWLINE)
    cut = int(ends[skipped - 1]) + 1 if skipped else 0
    return Block(block.data[cut:], block.line_of[skipped:], None, [d for d in block.damaged if d.line > after])


def _whole_lines(path: Path, form: TextFormat) -> Iterator[tuple[bytes, str]]:
    """Pieces of whole lines: `part`, `last` (its final newline added), or `overlong`, the beginning of a line that is
    too long and whose rest is skipped."""
    rest = b""
    skipping = False
    with path.open("rb") as file:
        file.seek(form.bom)
        for piece in _pieces(file, form):
            data = rest + piece
            if skipping:
                _, found, data = data.partition(b"\n")
                skipping = not found
            cut = data.rfind(b"\n") + 1
            if cut:
                yield data[:cut], "part"
            rest = data[cut:]
            if len(rest) > LONGEST_LINE:
                yield rest[:1000] + b"\n", "overlong"
                rest, skipping = b"", True
    if rest and not skipping:
        yield rest + b"\n", "last"


def _pieces(file: BinaryIO, form: TextFormat) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(form.encoding)("replace") if form.encoding.startswith("utf-16") else None
    while piece := file.read(BLOCK):
        if decoder:
            piece = decoder.decode(piece).encode("utf-8")
        yield piece.replace(b"\r", b"\n") if form.newline == b"\r" else piece
    if decoder:
        yield decoder.decode(b"", final=True).encode("utf-8")


def _clean(raw: bytes, overlong: bool, first: int, form: TextFormat) -> Block:
    """One block without its damaged lines; records are still lines."""
    if overlong:
        shown = raw.decode(_codec(form), "replace").strip("\n")
        return Block(b"", np.zeros(0, np.int64), None, [Damaged(first, "line_too_long", shown[:100], shown)])
    lines = np.arange(first, first + raw.count(b"\n"), dtype=np.int64)
    data, damaged = _decode(raw, form, first)
    if damaged:
        lines = lines[~np.isin(lines, np.array([d.line for d in damaged], np.int64))]
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    return Block(data, lines, None, damaged)


def _codec(form: TextFormat) -> str:
    return "utf-8" if form.encoding.startswith("utf-16") else form.encoding


def _decode(raw: bytes, form: TextFormat, first: int) -> tuple[bytes, list[Damaged]]:
    """UTF-8 bytes of the lines that decode, and the others. Each broken line costs one more pass over its segment."""
    codec, damaged, out = _codec(form), [], []
    suspicious = b"\0" in raw or (form.encoding.startswith("utf-16") and b"\xef\xbf\xbd" in raw)
    if suspicious:
        return _decode_lines(raw, form, first)
    start, line = 0, first
    while start < len(raw):
        segment = raw[start:] if start else raw
        try:
            text = segment.decode(codec)
        except UnicodeDecodeError as exc:
            begin = segment.rfind(b"\n", 0, exc.start) + 1
            end = segment.find(b"\n", exc.start) + 1 or len(segment)
            out.append(segment[:begin].decode(codec).encode("utf-8"))
            line += segment.count(b"\n", 0, begin)
            damaged.append(_bad_bytes(segment[begin:end], line, codec, exc))
            start, line = start + end, line + 1
            if len(damaged) > 64:  # a badly broken block: line by line is cheaper
                good, more = _decode_lines(raw[start:], form, line)
                return b"".join(out) + good, damaged + more
        else:
            out.append(segment if codec == "utf-8" else text.encode("utf-8"))
            break
    return b"".join(out), damaged


def _decode_lines(raw: bytes, form: TextFormat, first: int) -> tuple[bytes, list[Damaged]]:
    codec, damaged, out = _codec(form), [], []
    for number, line in enumerate(raw.split(b"\n")[:-1], start=first):
        try:
            text = line.decode(codec)
            if "\0" in text or (form.encoding.startswith("utf-16") and "\ufffd" in text):
                raise UnicodeDecodeError(codec, line, 0, 1, "a zero or unpaired unit")
        except UnicodeDecodeError as exc:
            damaged.append(_bad_bytes(line, number, codec, exc))
        else:
            out.append(text.encode("utf-8") + b"\n")
    return b"".join(out), damaged


def _bad_bytes(line: bytes, number: int, codec: str, exc: UnicodeDecodeError) -> Damaged:
    at = exc.object[exc.start : exc.start + 4].split(b"\n")[0].hex(" ")
    return Damaged(number, "bad_bytes", at, line.decode(codec, "replace").rstrip("\r\n").replace("\0", "\ufffd"))


def _join_quoted(block: Block, delimiter: str, columns: int, final: bool) -> tuple[Block, Block]:
    """Records over lines: a quoted field may hold newlines. A quote that is never closed damages its own line only.

    Returns the block with one line number a record, and what must wait for the next block.
    """
    raw = np.frombuffer(block.data, np.uint8)
    ends = np.flatnonzero(raw == _NEWLINE)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1] + 1])
    per_line = np.diff(np.searchsorted(np.flatnonzero(raw == _QUOTE), ends), prepend=0)
    odd = np.flatnonzero(per_line % 2)
    keep = np.ones(len(ends), np.int8)  # 1 begins a record, 0 goes on with the one before, -1 damaged, -2 carried
    damaged, done = list(block.damaged), -1
    for index in odd.tolist():
        if index <= done:
            continue
        last = _closing(block.data, starts, ends, index, (odd, delimiter, columns))
        if last is not None:
            keep[index + 1 : last + 1] = 0
            done = last
        elif not final and len(ends) - index <= LONGEST_RECORD:
            keep[index:] = -2
            break
        else:
            text = block.data[starts[index] : ends[index]].decode("utf-8")
            damaged.append(Damaged(int(block.line_of[index]), "open_quote", text[:100], text))
            keep[index] = -1
    used = keep >= 0
    good = Block(_select(block.data, starts, ends, used), block.line_of[used], keep[used] == 1, damaged)
    return good, Block(_select(block.data, starts, ends, keep == -2), block.line_of[keep == -2])


def _select(data: bytes, starts: NDArray[np.int64], ends: NDArray[np.int64], wanted: NDArray[np.bool_]) -> bytes:
    """The bytes of these lines. O(runs of wanted lines)."""
    if wanted.all():
        return data
    edges = np.flatnonzero(np.diff(np.concatenate([[False], wanted, [False]]).astype(np.int8)))
    return b"".join(data[starts[a] : ends[b - 1] + 1] for a, b in zip(edges[::2], edges[1::2], strict=True))


def _closing(
    data: bytes,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    index: int,
    how: tuple[NDArray[np.int64], str, int],
) -> int | None:
    """The line that completes the record begun at line `index`: itself, a later one, or None."""
    odd, delimiter, columns = how
    candidates = [index, *odd[np.searchsorted(odd, index, "right") :][:8].tolist()]
    for last in candidates:
        if last - index > LONGEST_RECORD:
            break
        text = data[starts[index] : ends[last]].decode("utf-8")
        try:
            rows = list(csv.reader([text + "\n"], delimiter=delimiter, strict=True))
        except csv.Error:
            continue
        if len(rows) == 1 and (not columns or len(rows[0]) == columns):
            return int(last)
    return None
