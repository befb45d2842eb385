"""Versioned steps that bring a ledger file to the present form. A released step is never changed; new ones follow."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Connection, inspect, select

from graphfraud.errors import FormatVersionError
from graphfraud.ledger.models import (
    Base,
    InboxRow,
    KnownReferral,
    LandedFile,
    OverrideRow,
    QuarantineRow,
    SchemaStep,
    UnmaskRow,
)


def _first(connection: Connection) -> None:
    models = (QuarantineRow, LandedFile, InboxRow, KnownReferral, OverrideRow, UnmaskRow)
    Base.metadata.create_all(connection, tables=[Base.metadata.tables[m.__tablename__] for m in models])


STEPS: tuple[tuple[int, str, Callable[[Connection], None]], ...] = (
    (1, "quarantine, landed files, inbox, known referrals, overrides, unmask log", _first),
)


def migrate(connection: Connection) -> int:
    """Apply the steps that are missing, in one transaction; returns the version. Safe to run again.

    Raises FormatVersionError when the file was written by a newer graphfraud.
    """
    if not inspect(connection).has_table(SchemaStep.__tablename__):
        Base.metadata.create_all(connection, tables=[Base.metadata.tables[SchemaStep.__tablename__]])
    applied = set(connection.scalars(select(SchemaStep.step)))
    newest = STEPS[-1][0]
    if applied and max(applied) > newest:
        raise FormatVersionError(
            f"the ledger has format {max(applied)}, this graphfraud knows up to {newest}; use the newer version"
        )
    for step, name, apply in STEPS:
        if step not in applied:
            apply(connection)
            row = {"step": step, "name": name, "applied_at": time.time_ns() // 1000}
            connection.execute(Base.metadata.tables[SchemaStep.__tablename__].insert(), [row])
    return newest
