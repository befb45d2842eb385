"""What reading a source gives: facts, what was detected, and the rows set aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from graphfraud.core.facts import Facts
from graphfraud.ingest.checks import REASONS
from graphfraud.ingest.outputs import Outputs


@dataclass(frozen=True)
class Detection:
    """What a source turned out to be."""

    file: str
    sha256: str
    size: int
    profile: str
    matched_by: str  # name, header, given
    format: str  # csv, parquet, xml, frame
    encoding: str = ""
    delimiter: str = ""
    time_units: dict[str, list[str]] = field(default_factory=dict)
    date_only: bool = False
    missing: dict[str, list[str]] = field(default_factory=dict)  # table → optional columns the source lacks
    ignored: list[str] = field(default_factory=list)  # columns the profile does not read
    blank_lines: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class BadRow:
    """A row set aside: where it stood, what was wrong, and its cells as the source had them (JSON)."""

    line: int
    column: str
    value: str
    code: str
    raw: str
    cells: str

    @property
    def reason(self) -> str:
        return REASONS[self.code]


@dataclass(frozen=True)
class Counts:
    """Rows of a source. received = good + duplicates + quarantined."""

    received: int
    good: int
    duplicates: int
    quarantined: int
    by_reason: dict[str, int]


@dataclass(frozen=True)
class Part:
    """The facts of one table. `derived`: beside the rows' own facts, not counted as rows."""

    facts: Facts
    rows: int
    derived: bool
    cut_off: int | None  # greatest event time


class Reading:
    """A source that has been read. Facts stream from a temporary file that `close` (or leaving `with`) removes."""

    def __init__(self, detection: Detection, outputs: Outputs) -> None:
        self.detection = detection
        self._outputs = outputs
        self.counts = Counts(*outputs.counts())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Remove the temporary file; facts that were not consumed are gone."""
        self._outputs.stage.close()

    @property
    def table(self) -> str:
        """The table of the first output of the profile."""
        return self._outputs.profile.table

    @property
    def parts(self) -> list[Part]:
        """The facts by table, the rows' own first."""
        return [
            Part(o.facts(self.detection.file), o.rows, o.derived, o.cut_off) for o in self._outputs.filled if o.rows
        ]

    @property
    def facts(self) -> dict[str, Facts]:
        """The rows' own facts by table."""
        return {p.facts.spec.name: p.facts for p in self.parts if not p.derived}

    def bad_rows(self) -> Iterator[BadRow]:
        """The rows set aside, by line. Streams."""
        for line, column, value, code, raw, cells in self._outputs.bad():
            yield BadRow(line, column or "", value or "", code, raw or "", cells or "{}")

    def key_columns(self, table: str) -> tuple[str, ...]:
        """The source's columns that hold the id of a row of this table; none when ids are made."""
        return self._outputs.key_columns(table)

    def referred(self) -> list[tuple[str, str]]:
        """(referral_id, account_id) of the good referrals."""
        return self._outputs.referred()

    def good_keys(self, table: str, keys: list[str]) -> set[str]:
        """Which of these ids (txn_id, referral_id) stand on good rows of this source."""
        return self._outputs.good_keys(table, keys)
