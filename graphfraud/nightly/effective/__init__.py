"""Effective facts: what the raw facts known at T amount to (contracts.md §1, domain.md §5).

Files written, as Parquet; account numbers are those of the snapshot:

    accounts      row i is account i: code, holder (−1 unknown), kind (1 person, 2 company, 0 unstated), stated (a
                  feed of accounts has a row for it) and every
                  column of the accounts table, newest version known at T. An account is there from its first transfer,
                  cash movement, identifier or account row; a referral alone makes none
    cards         account, since (known_at), card_no, changed: of accounts whose row came in several versions, each
                  version with another number than the one before; changed is false for the first
    transfers     in order of (time, txn_id): flow, time, day (Shanghai), payer, payee, amount, tag, txn_id (row_id
                  where none was given) and the optional columns
    cash          flow, time, day, account, amount (out positive), terminal, place, txn_id; numbered among the transfers
    failed        attempts that failed: time, payer, payee, amount, txn_id
    reversed      payments taken back, one row per reversal: txn_id and time are null where none could be found
    self          payments of an account to itself: time, account, amount, txn_id
    identifiers   one row per account and identifier: ident, kind, value, account, first_seen, last_seen (≤ T), count
    referrals     every referral known at T with account (−1 unknown), withdrawn, victim, victim_flow (−1 none)
    sanctions, dispositions   as stored, with account (−1 where none is named or known)

Second statement legs are merged, reversals and what they reverse are out, withdrawals are applied.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from graphfraud.core.facts import FactTables
from graphfraud.errors import StoreError
from graphfraud.nightly.effective.desk import Desk, desk
from graphfraud.nightly.effective.flows import write_flows
from graphfraud.nightly.effective.links import write_dated, write_identifiers, write_referrals
from graphfraud.nightly.effective.report import EffectiveReport
from graphfraud.nightly.effective.reversals import settle
from graphfraud.nightly.effective.scan import number_accounts, scan_others, scan_transfers
from graphfraud.settings import Settings


def effective(raw: FactTables, settings: Settings, folder: Path) -> EffectiveReport:
    """Write the effective facts as of `raw.as_of` into an existing folder. Raises StoreError.

    A function of the rows known at T and settings.ingest.leg_tolerance_s: not of the order of the rows or of threads.
    O(n log n): two passes over the transfers, one more if there are statement rows, two if there are reversals. Memory
    settings.store.memory_mb and about 1 GB. `raw` must be readable, its store open.
    """
    try:
        with desk(raw, settings, folder) as work:
            return _write(work)
    except duckdb.Error as exc:
        raise StoreError(f"facts could not be made effective: {exc}; the store and the live run are untouched") from exc


def _write(work: Desk) -> EffectiveReport:
    date_only, closer = scan_transfers(work)
    scan_others(work)
    number_accounts(work)
    settle(work, closer)
    days = write_flows(work)
    write_identifiers(work)
    write_referrals(work)
    write_dated(work)
    report = EffectiveReport(work.as_of, work.counts, date_only, work.cutoffs, days)
    report.save(work.folder)
    return report
