"""What a text file is: its hash, encoding, delimiter and line ends, from one pass over its bytes."""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from graphfraud.errors import FileRefused
from graphfraud.ingest.lines import TextFormat

DELIMITERS = (",", "\t", ";", "|")
_PIECE = 16 << 20
_VOTES = 5_000  # lines with other than ASCII bytes that vote on the encoding
_BOMS = (
    (codecs.BOM_UTF8, "utf-8", 3),
    (codecs.BOM_UTF16_LE, "utf-16-le", 2),
    (codecs.BOM_UTF16_BE, "utf-16-be", 2),
)


@dataclass(frozen=True)
class Scan:
    """One pass over a file: SHA-256, size, its beginning, and how its other-than-ASCII lines decode."""

    sha256: str
    size: int
    head: bytes
    utf8_lines: int
    gb_lines: int


def scan(path: Path, text: bool = True) -> Scan:
    """Hash a file and, for text, let its lines vote on the encoding. O(bytes), 16 MiB of memory.

    Raises FileRefused when the file cannot be opened or is empty.
    """
    digest, size, head, votes = hashlib.sha256(), 0, b"", [0, 0, 0]
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
                head = head or piece[: 1 << 16]
                size += len(piece)
                if text and votes[0] < _VOTES and not piece.isascii():
                    _vote(piece, votes)
    except OSError as exc:
        raise FileRefused(f"{path}: cannot be read ({exc.strerror}); check that it exists and is readable") from exc
    if not size or not head.strip(b"\xef\xbb\xbf\xff\xfe\0\r\n\t "):
        raise FileRefused(f"{path}: the file is empty; nothing was loaded")
    return Scan(digest.hexdigest(), size, head, votes[1], votes[2])


def _vote(piece: bytes, votes: list[int]) -> None:
    for line in piece.split(b"\n")[1:-1] or [piece]:
        if votes[0] >= _VOTES:
            return
        if not line.isascii():
            votes[0] += 1
            votes[1] += _decodes(line, "utf-8")
            votes[2] += _decodes(line, "gb18030")


def _decodes(line: bytes, codec: str) -> bool:
    try:
        line.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def text_format(scanned: Scan, known: Callable[[str], bool] | None = None) -> TextFormat:
    """Encoding, delimiter and line ends of a scanned file. `known` tells a column name a profile asks for.

    UTF-8 wins when half of the other-than-ASCII lines are UTF-8: text in GB18030 hardly ever is.
    """
    head = scanned.head
    encoding, bom = next(((name, size) for mark, name, size in _BOMS if head.startswith(mark)), ("", 0))
    encoding = encoding or _utf16(head) or ("gb18030" if scanned.gb_lines > 2 * scanned.utf8_lines else "utf-8")
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head[bom:])
    newline = b"\r" if "\n" not in text and "\r" in text else b"\n"
    return TextFormat(encoding, _delimiter(text.splitlines()[:20], known), bom, newline)


def _utf16(head: bytes) -> str:
    """UTF-16 without a byte order mark shows as zero bytes at every other place."""
    sample = head[:4096]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) < len(sample) // 8 or 4 * min(even, odd) > max(even, odd):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _delimiter(lines: Iterable[str], known: Callable[[str], bool] | None) -> str:
    """The delimiter that shows most known column names; without any, the one that splits a line most often."""
    best, delimiter = (0, 0), ","
    for candidate in DELIMITERS:
        for line in lines:
            cells = cells_of(line, candidate)
            found = (sum(known(clean_name(c)) for c in cells) if known else 0, len(cells))
            if found > best and len(cells) > 1:
                best, delimiter = found, candidate
    return delimiter


def cells_of(line: str, delimiter: str) -> list[str]:
    """Cells of one record, as well as they can be told; never raises."""
    try:
        return next(iter(csv.reader([line], delimiter=delimiter)), [])
    except csv.Error:
        return line.split(delimiter)


def clean_name(name: str) -> str:
    """A column name as profiles write it: without marks, blanks and quotes around it, in lower case."""
    return name.strip(" \t\r\n\"'\ufeff\u3000\u00a0").lower()
