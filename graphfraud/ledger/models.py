"""Tables of the ledger. Times are UTC microseconds."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables of the ledger."""

    type_annotation_map = {str: Text, int: BigInteger}  # noqa: RUF012 (SQLAlchemy reads it from the class)


class SchemaStep(Base):
    """A migration that was applied."""

    __tablename__ = "schema_steps"

    step: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str]
    applied_at: Mapped[int]


class QuarantineRow(Base):
    """A row set aside. The same row of the same file is kept once."""

    __tablename__ = "quarantine"
    __table_args__ = (
        UniqueConstraint("sha256", "profile", "line", "code"),
        Index("quarantine_status", "status", "table"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    file: Mapped[str]
    sha256: Mapped[str]
    table: Mapped[str]
    profile: Mapped[str]
    line: Mapped[int]
    column: Mapped[str]
    value: Mapped[str]
    code: Mapped[str]
    reason: Mapped[str]
    raw: Mapped[str]
    cells: Mapped[str]
    status: Mapped[str]
    received_at: Mapped[int]
    closed_at: Mapped[int | None]
    note: Mapped[str] = mapped_column(default="")


class LandedFile(Base):
    """A file that was loaded; the same content under the same profile is one file."""

    __tablename__ = "landed"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    profile: Mapped[str] = mapped_column(primary_key=True)
    file: Mapped[str]
    table: Mapped[str]
    received: Mapped[int]
    loaded: Mapped[int]
    unchanged: Mapped[int]
    duplicates: Mapped[int]
    quarantined: Mapped[int]
    encoding: Mapped[str]
    delimiter: Mapped[str]
    cut_off: Mapped[int | None]
    loaded_at: Mapped[int]
    times: Mapped[int]  # how often it was loaded


class InboxRow(Base):
    """A referral or withdrawal as submitted by hand or by the case system."""

    __tablename__ = "inbox"
    __table_args__ = (Index("inbox_status", "status"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    kind: Mapped[str]
    subject: Mapped[str]
    payload: Mapped[str]
    status: Mapped[str]
    note: Mapped[str]
    submitted_at: Mapped[int]
    applied_at: Mapped[int | None]


class KnownReferral(Base):
    """A referral that reached the store, so that withdrawals can be checked while the store is busy."""

    __tablename__ = "known_referrals"

    referral_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str]


class OverrideRow(Base):
    """A guard that a named person set aside."""

    __tablename__ = "overrides"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    run_id: Mapped[str]
    guard: Mapped[str]
    actor: Mapped[str]
    reason: Mapped[str]
    at: Mapped[int]


class UnmaskRow(Base):
    """Personal data shown in clear, with the reason that was given."""

    __tablename__ = "unmask_log"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    actor: Mapped[str]
    subject: Mapped[str]
    reason: Mapped[str]
    at: Mapped[int]
