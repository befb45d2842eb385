"""Referrals and withdrawals by hand: into the ledger's inbox first, then into the store as soon as it is free.

So a referral is accepted while a nightly run holds the store; the next command or run that opens the store applies it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from graphfraud.core.facts import Facts
from graphfraud.core.identity import identified
from graphfraud.core.schemas import TABLES
from graphfraud.errors import StoreBusy, UnknownId, UsageError
from graphfraud.ingest import read
from graphfraud.ingest.profile import by_name, packaged
from graphfraud.ingest.stage import bounds
from graphfraud.ledger import InboxItem, Landing, Ledger, NewBadRow
from graphfraud.ledger.records import InboxKind
from graphfraud.settings import IngestSettings, Settings
from graphfraud.stores.base import GraphStore, HopLimits, Window

_EVER = Window(-(2**62), 2**62)
_TABLE: dict[InboxKind, str] = {"referral": "referrals", "withdrawal": "withdrawals"}
OpenStore = Callable[[], AbstractContextManager[GraphStore]]


@dataclass(frozen=True)
class Referral:
    """A referral given by hand. `at`: when the police referred it, UTC microseconds; now if not given."""

    account: str
    case_no: str
    authority: str
    at: int | None = None
    victim_payment: str | None = None  # txn_id
    victim_account: str | None = None
    victim_amount: int | None = None  # minor units
    victim_time: int | None = None


@dataclass(frozen=True)
class InboxReport:
    """What became of the inbox. `refused`: referral_id → why. `unknown_accounts`: referred, but no payment of theirs is
    stored yet; the referral is kept and takes effect when they arrive."""

    applied: tuple[str, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)
    unknown_accounts: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileReferrals:
    """Referrals taken in from a file, and rows of it that went into quarantine."""

    items: tuple[InboxItem, ...]
    quarantined: int
    sha256: str


def refer_account(referral: Referral, ledger: Ledger) -> InboxItem:
    """Take in one referral. Its id is made of case, account and payment, so saying it twice is one referral.

    Raises UsageError when account, case or authority is empty.
    """
    for name in ("account", "case_no", "authority"):
        if not str(getattr(referral, name)).strip():
            raise UsageError(f"a referral needs {name.replace('_', ' ')}: it is empty")
    at = referral.at if referral.at is not None else _now()
    payload: dict[str, Any] = {
        "referral_id": _referral_id(referral, ledger),
        "case_no": referral.case_no.strip(),
        "account_id": referral.account.strip(),
        "referred_at": at,
        "authority": referral.authority.strip(),
        "victim_account": referral.victim_account,
        "victim_amount": referral.victim_amount,
        "victim_time": referral.victim_time,
        "victim_txn": referral.victim_payment,
        "known_at": at,
    }
    return ledger.submit("referral", payload["referral_id"], payload)


def _referral_id(referral: Referral, ledger: Ledger) -> str:
    """M and twelve digits of case, account and payment; a number behind it when the same was withdrawn before."""
    parts = (referral.case_no.strip(), referral.account.strip(), referral.victim_payment or "")
    made = "M" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12].upper()
    withdrawn = sum(i.kind == "withdrawal" and i.subject.split("-")[0] == made for i in ledger.inbox(status=None))
    return f"{made}-{withdrawn + 1}" if withdrawn else made


def refer_file(path: Path, ledger: Ledger, settings: Settings, profile: str | None = None) -> FileReferrals:
    """Take in the referrals (and withdrawals) of a file. Raises FileRefused; bad rows go into quarantine."""
    referring = ("canonical/referrals", "canonical/withdrawals", "platform-referral")
    pool = by_name(profile) if profile else tuple(p for g in packaged().values() for p in g if p.name in referring)
    items: list[InboxItem] = []
    with read(path, settings.ingest, pool) as reading:
        detection, counts = reading.detection, reading.counts
        for part in reading.parts:
            name = part.facts.spec.name
            kind = next((k for k, t in _TABLE.items() if t == name), None)
            if kind is None:
                raise UsageError(f"{path} holds {name}, not referrals; load it with `graphfraud ingest`")
            columns = [*part.facts.spec.names, "known_at"]
            for batch in part.facts.batches:
                rows = batch.select(columns).to_pylist()
                items += [ledger.submit(kind, row["referral_id"], row) for row in rows]
        landing = Landing(
            detection.sha256, detection.file, detection.profile, reading.table, counts.received, 0, 0,
            counts.duplicates, counts.quarantined, detection.encoding, detection.delimiter,
        )  # fmt: skip
        bad = (NewBadRow(b.line, b.column, b.value, b.code, b.reason, b.raw, b.cells) for b in reading.bad_rows())
        ledger.set_aside(landing, bad)
        ledger.land(landing)
    return FileReferrals(tuple(items), counts.quarantined, detection.sha256)


def withdraw(referral_id: str, reason: str, ledger: Ledger, actor: str = "", at: int | None = None) -> InboxItem:
    """Take in the withdrawal of a referral. Raises UnknownId for a referral nobody made, UsageError without reason."""
    if not reason.strip():
        raise UsageError("a withdrawal needs a reason: say why the referral is withdrawn")
    if ledger.referred_account(referral_id) is None:
        raise UnknownId(f"no referral {referral_id}; `graphfraud ingest` and `graphfraud refer` bring them in")
    moment = at if at is not None else _now()
    payload = {
        "referral_id": referral_id,
        "withdrawn_at": moment,
        "reason": reason.strip(),
        "actor": actor or None,
        "known_at": moment,
    }
    return ledger.submit("withdrawal", referral_id, payload)


def deliver(open_store: OpenStore, ledger: Ledger, settings: Settings) -> InboxReport | None:
    """Apply the inbox if the store is free; None when another process holds it (it is applied next)."""
    try:
        with open_store() as store:
            return apply_inbox(store, ledger, settings)
    except StoreBusy:
        return None


def apply_inbox(store: GraphStore, ledger: Ledger, settings: Settings | None = None) -> InboxReport:
    """Write what waits in the inbox to the store. Safe to repeat: an item written before a crash is unchanged then.

    An item whose id is in the store with other content is refused, the first kept.
    """
    items = ledger.inbox("pending")
    if not items:
        return InboxReport()
    _check(items, (settings or Settings()).ingest)
    refused: dict[str, str] = {}
    for kind, table in _TABLE.items():
        refused |= _write([i for i in items if i.kind == kind], table, store)
    unknown = _unknown([str(i.payload["account_id"]) for i in items if i.kind == "referral"], store)
    ledger.know_referrals((i.subject, str(i.payload["account_id"])) for i in items if i.kind == "referral")
    for item in items:
        why = refused.get(f"{item.kind} {item.subject}")
        note = why or ("its account has no payment yet" if item.payload.get("account_id") in unknown else "")
        ledger.settle(item.id, "refused" if why else "applied", note)
    applied = tuple(i.subject for i in items if f"{i.kind} {i.subject}" not in refused)
    return InboxReport(applied, refused, tuple(sorted(unknown)))


def _check(items: list[InboxItem], settings: IngestSettings) -> None:
    """Times outside the settings come only from a clock that is wrong. Raises UsageError."""
    allowed = bounds(settings)
    for item in items:
        if not allowed.earliest <= int(item.payload["known_at"]) <= allowed.latest:
            raise UsageError(f"{item.kind} {item.subject} is dated outside [ingest] earliest … latest")


def _write(items: list[InboxItem], table: str, store: GraphStore) -> dict[str, str]:
    """Facts of one table; what was refused, by kind and id. The first of several with one id counts."""
    if not items:
        return {}
    spec = TABLES[table]
    schema = pa.schema([f for f in spec.schema if f.name in spec.names or f.name == "known_at"])
    first: dict[str, dict[str, Any]] = {}
    refused: dict[str, str] = {}
    for item in items:
        kept = first.setdefault(item.subject, item.payload)
        if kept != item.payload:
            refused[f"{item.kind} {item.subject}"] = "given twice with other content; the first is kept"
    rows = pa.Table.from_pylist(list(first.values()), schema=schema)
    report = store.write(Facts.of(table, identified(table, rows)))
    kind = items[0].kind
    for conflict in report.conflicts.column("referral_id").to_pylist():
        refused[f"{kind} {conflict}"] = "already there with other content; the first is kept"
    return refused


def _unknown(accounts: list[str], store: GraphStore) -> set[str]:
    """Which accounts have no payment in the store."""
    if not accounts:
        return set()
    hop = store.expand(sorted(set(accounts)), "both", _EVER, HopLimits(max_degree=1))
    seen = set(hop.hubs)
    for column in ("payer", "payee"):
        seen |= set(hop.rows.column(column).to_pylist())
    return set(accounts) - seen


def _now() -> int:
    return time.time_ns() // 1000
