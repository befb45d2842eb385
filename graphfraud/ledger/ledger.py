"""The ledger's methods. Each is one transaction; the file may be used by several processes at once."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import create_engine, event, func, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from graphfraud.errors import StoreBusy, StoreError, UnknownId
from graphfraud.ledger.migrations import migrate
from graphfraud.ledger.models import InboxRow, KnownReferral, LandedFile, OverrideRow, QuarantineRow, UnmaskRow
from graphfraud.ledger.records import (
    InboxItem,
    InboxKind,
    InboxStatus,
    Landing,
    NewBadRow,
    QuarantineEntry,
    Status,
    packed,
)

BUSY_MS = 15_000  # how long a call waits for another process


def _now() -> int:
    return time.time_ns() // 1000


class Ledger:
    """Quarantine, landed files, inbox, overrides and unmask log in one SQLite file.

    Raises StoreBusy when another process holds the file longer than BUSY_MS, StoreError when it is no ledger.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = create_engine(f"sqlite:///{path}")
        event.listen(self._engine, "connect", _pragmas)
        with self._errors(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            self.version = migrate(connection)
            connection.commit()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._engine.dispose()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as exc:
            if "locked" in str(exc.orig):
                raise StoreBusy(f"{self.path} is held by another process; try again in a moment") from exc
            raise StoreError(f"{self.path}: {exc.orig}") from exc
        except DatabaseError as exc:
            raise StoreError(f"{self.path} is not a ledger that can be used: {exc.orig}") from exc

    @contextmanager
    def _session(self) -> Iterator[Session]:
        with self._errors(), Session(self._engine) as session, session.begin():
            yield session

    # -- quarantine ---------------------------------------------------------------------------------------------

    def set_aside(self, landing: Landing, rows: Iterable[NewBadRow]) -> int:
        """Put rows of a file into quarantine; a row that is there already stays as it is. Returns how many are new."""
        added, rows = 0, iter(rows)
        common = {
            **{"file": landing.file, "sha256": landing.sha256, "table": landing.table, "profile": landing.profile},
            **{"status": "open", "received_at": _now(), "note": ""},
        }
        with self._session() as session:
            for batch in _batches(rows, 1_000):
                values = [{**common, **row.__dict__} for row in batch]
                statement = insert(QuarantineRow).on_conflict_do_nothing().returning(QuarantineRow.id)
                added += len(session.scalars(statement, values).all())
        return added

    def quarantine(
        self, status: Status | None = "open", table: str | None = None, ids: Iterable[int] | None = None
    ) -> list[QuarantineEntry]:
        """Entries by id. All of it in memory: for lists and exports, not for counting."""
        query = select(QuarantineRow).order_by(QuarantineRow.id)
        if status is not None:
            query = query.where(QuarantineRow.status == status)
        if table is not None:
            query = query.where(QuarantineRow.table == table)
        if ids is not None:
            query = query.where(QuarantineRow.id.in_(list(ids)))
        with self._session() as session:
            return [_entry(row) for row in session.scalars(query)]

    def open_cells(self, table: str, other_than: str) -> list[tuple[int, dict[str, str | None]]]:
        """(id, cells) of open entries of a table, conflicts and those of the file `other_than` (SHA-256) left out."""
        query = select(QuarantineRow.id, QuarantineRow.cells).where(
            QuarantineRow.status == "open",
            QuarantineRow.table == table,
            QuarantineRow.code != "conflict",
            QuarantineRow.sha256 != other_than,
        )
        with self._session() as session:
            return [(number, json.loads(cells or "{}")) for number, cells in session.execute(query)]

    def entry(self, number: int) -> QuarantineEntry:
        """One entry. Raises UnknownId."""
        found = self.quarantine(status=None, ids=[number])
        if not found:
            raise UnknownId(f"no quarantined row {number}; `graphfraud quarantine list` shows what is there")
        return found[0]

    def close_entries(self, numbers: Iterable[int], status: Status, note: str) -> int:
        """Mark open entries as fixed or superseded; returns how many were open."""
        closed = 0
        with self._session() as session:
            for batch in _batches(iter(numbers), 500):
                statement = (
                    update(QuarantineRow)
                    .where(QuarantineRow.id.in_(batch), QuarantineRow.status == "open")
                    .values(status=status, closed_at=_now(), note=note)
                    .returning(QuarantineRow.id)
                )
                closed += len(session.scalars(statement).all())
        return closed

    def quarantine_counts(self) -> dict[str, dict[str, int]]:
        """Open entries by table and code."""
        query = (
            select(QuarantineRow.table, QuarantineRow.code, func.count())
            .where(QuarantineRow.status == "open")
            .group_by(QuarantineRow.table, QuarantineRow.code)
            .order_by(QuarantineRow.table, QuarantineRow.code)
        )
        counts: dict[str, dict[str, int]] = {}
        with self._session() as session:
            for table, code, number in session.execute(query):
                counts.setdefault(table, {})[code] = number
        return counts

    def quarantined(self) -> tuple[int, int]:
        """(rows in quarantine now, rows received so far), over all landed files."""
        with self._session() as session:
            open_ = session.scalar(select(func.count()).where(QuarantineRow.status == "open"))
            received = session.scalar(select(func.coalesce(func.sum(LandedFile.received), 0)))
        return int(open_ or 0), int(received or 0)

    def quarantined_share(self) -> float:
        """Rows in quarantine per row received; 0 before anything was received."""
        open_, received = self.quarantined()
        return open_ / received if received else 0.0

    # -- landed files -------------------------------------------------------------------------------------------

    def land(self, landing: Landing) -> None:
        """Record a file; loading the same content again counts as the same file, with its first figures."""
        values = {**landing.__dict__, "loaded_at": _now(), "times": 1}
        statement = insert(LandedFile).values(values)
        statement = statement.on_conflict_do_update(
            index_elements=["sha256", "profile"],
            set_={"times": LandedFile.times + 1, "loaded_at": values["loaded_at"], "file": landing.file},
        )
        with self._session() as session:
            session.execute(statement)

    def landed(self) -> list[Landing]:
        """Landed files by the time they were last loaded."""
        names = list(Landing.__dataclass_fields__)
        with self._session() as session:
            rows = session.scalars(select(LandedFile).order_by(LandedFile.loaded_at, LandedFile.file)).all()
            return [Landing(**{n: getattr(row, n) for n in names}) for row in rows]

    # -- inbox --------------------------------------------------------------------------------------------------

    def submit(self, kind: InboxKind, subject: str, payload: dict[str, Any]) -> InboxItem:
        """Take in a referral or withdrawal; the same one, still pending, is taken in once."""
        text = packed(payload)
        with self._session() as session:
            same = select(InboxRow).where(
                InboxRow.kind == kind,
                InboxRow.subject == subject,
                InboxRow.payload == text,
                InboxRow.status == "pending",
            )
            row = session.scalars(same).first()
            if row is None:
                row = InboxRow(
                    kind=kind,
                    subject=subject,
                    payload=text,
                    status="pending",
                    note="",
                    submitted_at=_now(),
                    applied_at=None,
                )
                session.add(row)
                session.flush()
            return _item(row)

    def inbox(self, status: InboxStatus | None = "pending") -> list[InboxItem]:
        """Items in the order they came."""
        query = select(InboxRow).order_by(InboxRow.id)
        if status is not None:
            query = query.where(InboxRow.status == status)
        with self._session() as session:
            return [_item(row) for row in session.scalars(query)]

    def settle(self, item: int, status: InboxStatus, note: str) -> None:
        """What became of an item."""
        applied = _now() if status == "applied" else None
        with self._session() as session:
            session.execute(
                update(InboxRow).where(InboxRow.id == item).values(status=status, note=note, applied_at=applied)
            )

    def know_referrals(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Remember (referral_id, account_id) of referrals that are in the store."""
        with self._session() as session:
            for batch in _batches(iter(pairs), 1_000):
                rows = [{"referral_id": r, "account_id": a} for r, a in batch]
                session.execute(insert(KnownReferral).on_conflict_do_nothing(), rows)

    def referred_account(self, referral_id: str) -> str | None:
        """The account of a referral that is in the store or in the inbox, or None."""
        with self._session() as session:
            known = session.get(KnownReferral, referral_id)
            if known is not None:
                return known.account_id
            waiting = select(InboxRow.payload).where(InboxRow.kind == "referral", InboxRow.subject == referral_id)
            payload = session.scalars(waiting).first()
        return str(json.loads(payload)["account_id"]) if payload else None

    # -- logs ---------------------------------------------------------------------------------------------------

    def record_override(self, run_id: str, guard: str, actor: str, reason: str) -> None:
        """A guard was set aside: which, by whom, why."""
        with self._session() as session:
            session.add(OverrideRow(run_id=run_id, guard=guard, actor=actor, reason=reason, at=_now()))

    def overrides(self) -> list[dict[str, Any]]:
        """Overrides, oldest first."""
        with self._session() as session:
            rows = session.scalars(select(OverrideRow).order_by(OverrideRow.id)).all()
            return [{n: getattr(r, n) for n in ("run_id", "guard", "actor", "reason", "at")} for r in rows]

    def record_unmask(self, actor: str, subject: str, reason: str) -> None:
        """Personal data was shown in clear: whose, to whom, why."""
        with self._session() as session:
            session.add(UnmaskRow(actor=actor, subject=subject, reason=reason, at=_now()))

    def unmasked(self) -> list[dict[str, Any]]:
        """The unmask log, oldest first."""
        with self._session() as session:
            rows = session.scalars(select(UnmaskRow).order_by(UnmaskRow.id)).all()
            return [{n: getattr(r, n) for n in ("actor", "subject", "reason", "at")} for r in rows]


def _pragmas(connection: Any, _record: Any) -> None:
    for pragma in (f"busy_timeout = {BUSY_MS}", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _batches(items: Iterator[Any], size: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _entry(row: QuarantineRow) -> QuarantineEntry:
    names = [n for n in QuarantineEntry.__dataclass_fields__ if n != "cells"]
    return QuarantineEntry(cells=json.loads(row.cells or "{}"), **{n: getattr(row, n) for n in names})


def _item(row: InboxRow) -> InboxItem:
    names = [n for n in InboxItem.__dataclass_fields__ if n != "payload"]
    return InboxItem(payload=json.loads(row.payload), **{n: getattr(row, n) for n in names})
