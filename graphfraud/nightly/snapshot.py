"""The snapshot of a run, built from its effective facts."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numba as nb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from graphfraud.core.csr import build_events, group_rows
from graphfraud.core.schemas import IDENTIFIER_KINDS
from graphfraud.core.snapshot import (
    CASH_DESK,
    I32,
    I64,
    NEVER,
    UNKNOWN,
    Accounts,
    CashPlaces,
    Flows,
    Identifiers,
    Meta,
    Referrals,
    Snapshot,
)
from graphfraud.core.text import TextColumn
from graphfraud.nightly.banks import sides, with_outside
from graphfraud.nightly.codes import encode
from graphfraud.nightly.effective.report import EffectiveReport
from graphfraud.trace.lots import match_both


def build_snapshot(facts: Path, meta: Meta, folder: Path, ours: Sequence[str] = ()) -> Snapshot:
    """Build the snapshot from the files of `effective` in `facts` and save it in `folder`.

    `meta` gives as_of and missing; date_only, first_time and counts come from the facts. `ours`: the setting
    bank.ours. Lots are matched under both rules at once. O(accounts + flows + identifier uses) time and memory, about
    200 bytes a flow at the peak. Raises UsageError for a bank of `ours` that no account has.
    """
    report = EffectiveReport.load(facts)
    accounts = _accounts(facts)
    flows, cash = _flows(facts)
    events = build_events(len(accounts), flows.payer, flows.payee)
    with ThreadPoolExecutor(1) as pool:
        matched = pool.submit(match_both, accounts, flows, events)
        identifiers, referrals = _identifiers(facts, len(accounts)), _referrals(facts)
        accounts = with_outside(accounts, sides(len(accounts), _stated(facts), flows, identifiers), ours)
        first = int(flows.time[0]) if len(flows.time) else meta.as_of
        known = replace(meta, date_only=report.date_only, first_time=first, counts=dict(report.counts))
        lifo, fifo = matched.result()
        built = Snapshot(known, accounts, flows, events, identifiers, lifo, referrals, fifo, cash)
    built.save(folder)
    return built


def _read(facts: Path, name: str, columns: Sequence[str], repeating: Sequence[str] = ()) -> pa.Table:
    """Columns of a file; `repeating` ones stay dictionaries."""
    return pq.read_table(facts / f"{name}.parquet", columns=list(columns), read_dictionary=list(repeating))


def _stated(facts: Path) -> NDArray[np.bool_]:
    """Accounts that a feed of accounts has a row for."""
    return _array(_read(facts, "accounts", ["stated"]), "stated").astype(np.bool_)


def _array(table: pa.Table, name: str, null: int = 0) -> NDArray[np.int64]:
    """A column as int64, nulls as `null`."""
    values: NDArray[np.int64] = table[name].cast(pa.int64()).fill_null(null).to_numpy()
    return values


def _accounts(facts: Path) -> Accounts:
    columns = ["account_id", "holder", "kind", "pooled", "merchant", "open_time", "opening_balance", "bank"]
    table = _read(facts, "accounts", [*columns, "exempt_class"])
    exempt, exempts = encode(table["exempt_class"])
    return Accounts(
        TextColumn.of(table["account_id"]),
        _array(table, "holder").astype(np.int32),
        _array(table, "kind").astype(np.int8),
        _array(table, "pooled").astype(np.bool_),
        _array(table, "merchant").astype(np.bool_),
        _array(table, "open_time", NEVER),
        _array(table, "opening_balance"),
        *encode(table["bank"]),
        exempt=exempt,
        exempts=exempts,
    )


def _flows(facts: Path) -> tuple[Flows, CashPlaces]:
    """Transfers and cash, each row at its flow number, and where the cash was moved."""
    transfers = _read(facts, "transfers", ["flow", "time", "payer", "payee", "amount", "tag", "channel"], ["channel"])
    cash = _read(facts, "cash", ["flow", "time", "account", "amount", "terminal", "place"])
    at, cash_at = _array(transfers, "flow"), _array(cash, "flow")
    n = len(at) + len(cash_at)
    time, amount = np.empty(n, np.int64), np.empty(n, np.int64)
    payer, payee = np.empty(n, np.int32), np.empty(n, np.int32)
    tag = np.zeros(n, np.uint16)
    for target, name in ((time, "time"), (amount, "amount"), (payer, "payer"), (payee, "payee"), (tag, "tag")):
        target[at] = transfers[name].to_numpy()
    signed, account = _array(cash, "amount"), _array(cash, "account").astype(np.int32)
    time[cash_at], amount[cash_at] = _array(cash, "time"), np.abs(signed)
    payer[cash_at] = np.where(signed < 0, np.int32(CASH_DESK), account)
    payee[cash_at] = np.where(signed < 0, account, np.int32(CASH_DESK))
    codes, channels = encode(transfers["channel"])
    channel = np.full(n, UNKNOWN, codes.dtype)
    channel[at] = codes
    places = CashPlaces(cash_at.astype(np.int32), *encode(cash["terminal"]), *encode(cash["place"]))
    del transfers, cash
    return Flows(time, payer, payee, amount, tag, _serials(facts, at, cash_at), channel, channels), places


def _serials(facts: Path, at: I64, cash_at: I64) -> TextColumn:
    """txn_id of every flow. Rows of both files are in flow order, so their bytes are merged, not sorted. O(bytes)."""
    transfers, cash = (TextColumn.of(_read(facts, name, ["txn_id"])["txn_id"]) for name in ("transfers", "cash"))
    if not len(cash_at):
        return transfers
    length = np.empty(len(at) + len(cash_at), np.int64)
    length[at], length[cash_at] = np.diff(transfers.offsets), np.diff(cash.offsets)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(length)])
    data = np.empty(int(offsets[-1]), np.uint8)
    _place(data, offsets, at, transfers.data)
    _place(data, offsets, cash_at, cash.data)
    return TextColumn(data, offsets)


@nb.njit(cache=True)
def _place(data: NDArray[np.uint8], offsets: I64, rows: I64, source: NDArray[np.uint8]) -> None:
    """Copy the texts in `source`, end to end, to their rows in `data`."""
    k = 0
    for row in rows:
        for byte in range(offsets[row], offsets[row + 1]):
            data[byte] = source[k]
            k += 1


def _identifiers(facts: Path, accounts: int) -> Identifiers:
    """Rows are in order of (ident, account)."""
    table = _read(facts, "identifiers", ["ident", "kind", "value", "account", "first_seen", "last_seen"])
    ident = _array(table, "ident")
    count = int(ident[-1]) + 1 if len(ident) else 0
    account: I32 = _array(table, "account").astype(np.int32)
    ptr = np.searchsorted(ident, np.arange(count + 1)).astype(np.int64)
    first = table.select(["kind", "value"]).take(pa.array(ptr[:-1]))
    kinds = pa.array(IDENTIFIER_KINDS)
    kind = pa.compute.index_in(first["kind"], value_set=kinds).to_numpy().astype(np.int8)
    by_account_ptr, order = group_rows(accounts, account)
    return Identifiers(
        kind,
        TextColumn.of(first["value"]),
        ptr,
        account,
        _array(table, "first_seen"),
        _array(table, "last_seen"),
        by_account_ptr,
        ident[order].astype(np.int32),
    )


def _referrals(facts: Path) -> Referrals:
    """Those that count: not withdrawn, of an account that is there. In order of referral_id."""
    names = ["referral_id", "case_no", "account", "referred_at", "victim", "victim_amount", "victim_time"]
    table = _read(facts, "referrals", [*names, "victim_flow", "withdrawn"])
    standing = ~_array(table, "withdrawn").astype(np.bool_) & (_array(table, "account") != UNKNOWN)
    table = table.filter(pa.array(standing))
    return Referrals(
        TextColumn.of(table["referral_id"]),
        TextColumn.of(table["case_no"]),
        _array(table, "account").astype(np.int32),
        _array(table, "referred_at"),
        _array(table, "victim").astype(np.int32),
        _array(table, "victim_amount"),
        _array(table, "victim_time", NEVER),
        _array(table, "victim_flow").astype(np.int32),
    )
