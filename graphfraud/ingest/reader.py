"""Reading a source: find out what it is, stage it, settle it. The one entrance to the room.

with read(Path("transfers.csv"), settings) as reading:
    store.write(reading.facts["transfers"])
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow as pa

from graphfraud.core.schemas import TABLES
from graphfraud.errors import FileRefused, GraphFraudError
from graphfraud.ingest.checks import REASONS
from graphfraud.ingest.chunks import Chunk, parquet_chunks, parquet_header, table_chunks
from graphfraud.ingest.csvfile import CsvFile
from graphfraud.ingest.detect import Scan, scan
from graphfraud.ingest.outputs import Outputs, simple, source_of
from graphfraud.ingest.pacs008 import HEADER as PACS_HEADER
from graphfraud.ingest.pacs008 import pacs008_chunks
from graphfraud.ingest.profile import Profile, canonical, choose, packaged
from graphfraud.ingest.reading import Detection, Reading
from graphfraud.ingest.stage import Stage
from graphfraud.settings import IngestSettings

Progress = Callable[[str, int, int | None], None]  # (stage, done, total or None)
_T = TypeVar("_T")


@dataclass(frozen=True)
class _Opened:
    """A source before its rows are read."""

    header: list[str]
    chunks: Iterator[Chunk]
    format: str
    encoding: str = ""
    delimiter: str = ""


def quiet(stage: str, done: int, total: int | None) -> None:
    """Progress that nobody looks at."""


def read(
    path: Path,
    settings: IngestSettings,
    profiles: tuple[Profile, ...] | None = None,
    progress: Progress = quiet,
) -> Reading:
    """Read one file.

    Raises FileRefused: unreadable, empty, no profile fits, a required column missing, no row that parses.
    """
    suffix = path.suffix.lower()
    scanned = scan(path, text=suffix != ".parquet")
    opened = _open(path, scanned, profiles)
    fitting = choose(path, opened.header, _of_format(profiles, opened.format))
    if fitting is None:
        raise FileRefused(_no_profile(path, opened.header))
    profile, how = fitting
    detection = Detection(
        path.name, scanned.sha256, scanned.size, profile.name, how, opened.format, opened.encoding, opened.delimiter
    )
    return _stage(profile, opened, detection, settings, progress)


def read_table(
    rows: pa.Table, profile: Profile, settings: IngestSettings, name: str, lines: list[int] | None = None
) -> Reading:
    """Read a table in memory. Raises FileRefused like `read`.

    `lines`: the rows' numbers in the file they came from, for rows that were corrected; then none of them has to parse.
    """
    digest = hashlib.sha256(name.encode())
    for batch in rows.to_batches():
        for column in batch.columns:
            digest.update(repr(column.type).encode() + b"".join(bytes(b) for b in column.buffers() if b is not None))
    detection = Detection(name, digest.hexdigest(), rows.nbytes, profile.name, "given", "frame")
    chunks = table_chunks(rows)
    if lines is not None:
        chunks = iter([Chunk(rows, pa.array(lines, pa.int64()).to_numpy())])
        detection = replace(detection, format="corrected")
    return _stage(profile, _Opened(list(rows.column_names), chunks, "frame"), detection, settings, quiet)


def _of_format(profiles: tuple[Profile, ...] | None, form: str) -> tuple[Profile, ...]:
    """The profiles that read this format."""
    pool = profiles or tuple(p for group in packaged().values() for p in group)
    fitting = tuple(p for p in pool if (p.reader == "pacs008") == (form == "xml"))
    if profiles and len(profiles) > 1:
        return fitting
    return fitting if profiles is None or fitting else pool


def _open(path: Path, scanned: Scan, profiles: tuple[Profile, ...] | None) -> _Opened:
    if path.suffix.lower() == ".parquet" or scanned.head.startswith(b"PAR1"):
        header = parquet_header(path)
        return _Opened(header, parquet_chunks(path, header), "parquet")
    if scanned.head.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"<"):
        return _Opened(list(PACS_HEADER), pacs008_chunks(path), "xml", "xml")
    pool = profiles or tuple(p for group in packaged().values() for p in group)
    file = CsvFile.open(path, scanned, lambda name: any(p.knows(name) for p in pool))
    return _Opened(file.header, file.chunks(), "csv", file.form.encoding, file.form.delimiter)


def _no_profile(path: Path, header: list[str]) -> str:
    return (
        f"{path}: no profile fits a file of this name with the columns {', '.join(header[:40]) or '(none)'}; name it"
        f" after a table ({', '.join(TABLES)}), or give --profile ({', '.join(packaged())}, or a .toml file)"
    )


def _stage(
    profile: Profile, opened: _Opened, detection: Detection, settings: IngestSettings, progress: Progress
) -> Reading:
    source = source_of(profile, opened.header, opened.delimiter or ",")
    lacking = [n for n, f in profile.fields.items() if f.required and n not in source.columns]
    if lacking:
        wanted = "; ".join(" or ".join(profile.fields[n].columns) for n in lacking)
        raise FileRefused(
            f"{detection.file}: required column missing: {wanted}. The file has {', '.join(opened.header) or 'none'}"
            f" (profile {profile.name}); nothing was loaded"
        )
    stage = Stage(source, settings, keep_cells=not simple(profile))
    try:
        done = 0
        for chunk in _ahead(opened.chunks):
            stage.add(chunk)
            done += len(chunk.lines)
            progress(f"read {detection.file}", done, None)
        reading = Reading(_described(detection, stage), outputs := Outputs(stage))
        if reading.counts.received and not reading.counts.good and detection.format != "corrected":
            raise FileRefused(_nothing_parses(detection, outputs))
        return Reading(_finished(reading.detection, outputs), outputs)
    except duckdb.Error as exc:
        stage.close()
        raise GraphFraudError(
            f"{detection.file}: reading failed in the temporary store ({exc}); check the disk space of the temporary"
            f" folder and profile {profile.name}. Nothing was loaded"
        ) from exc
    except BaseException:
        stage.close()
        raise


def _ahead(items: Iterable[_T]) -> Iterator[_T]:
    """The items, the next one made in a second thread while this one is used."""
    iterator = iter(items)
    with ThreadPoolExecutor(1, "graphfraud-read") as pool:
        waiting = pool.submit(lambda: next(iterator, None))
        while (item := waiting.result()) is not None:
            waiting = pool.submit(lambda: next(iterator, None))
            yield item


def _described(detection: Detection, stage: Stage) -> Detection:
    used = set(stage.source.columns.values())
    return replace(
        detection,
        time_units={c: sorted(u) for c, u in sorted(stage.units.items())},
        ignored=[h for h in stage.source.header if h not in used],
        blank_lines=stage.blank,
    )


def _finished(detection: Detection, outputs: Outputs) -> Detection:
    date_only = any(f.all_date_only for f in outputs.filled) or bool(
        outputs.stage.count("SELECT count(*) FROM stage WHERE date_only AND problem IS NULL")
    )
    missing = {f.spec.name: sorted(f.missing) for f in outputs.filled if not f.derived}
    return replace(detection, date_only=date_only, missing=missing)


def _nothing_parses(detection: Detection, outputs: Outputs) -> str:
    line, column, value, code, *_ = next(outputs.bad())
    shown = f" in column {column}: {value!r}" if column else f": {value!r}" if value else ""
    return (
        f"{detection.file}: no row parses (encoding {detection.encoding or detection.format}, delimiter"
        f" {detection.delimiter!r}, profile {detection.profile}); line {line}{shown} – {REASONS[code]};"
        " nothing was loaded"
    )


def canonical_profile(table: str) -> Profile:
    """Our own columns of a table. Raises FileRefused for a table that does not exist."""
    if table not in TABLES:
        raise FileRefused(f"no table '{table}'; there are {', '.join(TABLES)}")
    return canonical(table)
