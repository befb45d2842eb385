"""The facts of a world as the evaluation reads them: straight from the canonical files, not from a run.

So a fault of ingest or of the store cannot hide in the figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from graphfraud.core.clock import SECOND, SHANGHAI_OFFSET
from graphfraud.core.schemas import TABLES, Kind
from graphfraud.core.snapshot import I32, I64, Flags
from graphfraud.errors import InputError

NEVER = np.iinfo(np.int64).max  # a time that does not come
_SECONDS_BELOW, _MILLIS_BELOW = 10**11, 10**14  # an integer time below is in s, in ms, else in µs
SUFFIXES = (".parquet", ".csv")
TRUTH_TEXT = ("account_id", "txn_id", "victim", "case", "stratum", "role")


@dataclass(frozen=True)
class WorldFacts:
    """Accounts in account_id order; transfers and identifier uses by account number. Times are UTC µs."""

    account_id: pa.Array  # string
    person: Flags  # holder is a person (or unstated), not a merchant, not pooled
    exists_from: I64  # first fact of any kind
    referred_at: I64  # first referral; NEVER
    withdrawn_at: I64  # withdrawal of the last referral that was still standing; NEVER
    payer: I32
    payee: I32
    amount: I64
    time: I64
    user: I32  # account of an identifier row
    identifier: I32  # number of (kind, value)
    seen: I64  # first_seen
    holder: I32  # number of the holder; an account whose holder is not known is a holder of its own
    opening: I64  # balance before the first fact, minor units; 0 where not known
    cash_account: I32
    cash_amount: I64  # out positive, in negative
    cash_time: I64
    reported_at: I64  # first standing referral that names it as the victim; NEVER

    def __len__(self) -> int:
        return len(self.account_id)

    def codes(self, ids: pa.Array | pa.ChunkedArray | list[str]) -> I32:
        """Account numbers of these ids; −1 where there is no such account."""
        return _codes(ids, self.account_id)

    def referred(self, as_of: int) -> Flags:
        """Accounts with a referral known and standing at T."""
        standing: Flags = (self.referred_at <= as_of) & (self.withdrawn_at > as_of)
        return standing

    @property
    def end(self) -> int:
        """Time of the last transfer."""
        return int(self.time.max()) if len(self.time) else 0


def find_table(folder: Path, name: str) -> Path | None:
    """The file of a canonical table in a folder, or None."""
    return next((p for p in (folder / f"{name}{s}" for s in SUFFIXES) if p.is_file()), None)


def read_table(folder: Path, name: str) -> pa.Table | None:
    """A table of a world, ids as text. None where it is not there. Raises InputError when it cannot be read."""
    path = find_table(folder, name)
    if path is None:
        return None
    try:
        if path.suffix == ".parquet":
            return _as_text(pq.read_table(path))
        text = dict.fromkeys(_text(name), pa.string())
        return pacsv.read_csv(path, convert_options=pacsv.ConvertOptions(column_types=text, strings_can_be_null=True))
    except (OSError, pa.ArrowException) as exc:
        raise InputError(f"{path.name} of the world in {folder} cannot be read: {exc}") from exc


def _text(name: str) -> list[str]:
    """Columns that stay text although they may look like numbers."""
    spec = TABLES.get(name)
    return [c.name for c in spec.columns if c.kind is Kind.TEXT] if spec else list(TRUTH_TEXT)


def _as_text(table: pa.Table) -> pa.Table:
    fields = [
        pa.field(f.name, pa.string()) if pa.types.is_large_string(f.type) or pa.types.is_dictionary(f.type) else f
        for f in table.schema
    ]
    return table.cast(pa.schema(fields))


def micros(column: pa.Array | pa.ChunkedArray) -> I64:
    """Times of a file as UTC µs: integers as s, ms or µs by magnitude, dates as 00:00 Asia/Shanghai; null: NEVER."""
    kind = column.type
    if pa.types.is_integer(kind):
        values = column.cast(pa.int64())
        low = pc.min(values).as_py() or 0
        scale = SECOND if low < _SECONDS_BELOW else 1000 if low < _MILLIS_BELOW else 1
        return _filled(values, scale, 0)
    if pa.types.is_string(kind):
        column = pc.strptime(column, format="%Y-%m-%d", unit="s").cast(pa.date32())
        kind = column.type
    if pa.types.is_date32(kind):
        days = column.cast(pa.int32()).cast(pa.int64())
        return _filled(days, 86_400 * SECOND, -SHANGHAI_OFFSET)
    if pa.types.is_timestamp(kind):
        return _filled(column.cast(pa.timestamp("us")).cast(pa.int64()), 1, 0 if kind.tz else -SHANGHAI_OFFSET)
    if pa.types.is_null(kind):
        return np.full(len(column), NEVER, dtype=np.int64)
    raise InputError(f"a time column of type {kind} cannot be read; give integers or dates (2026-04-01)")


def _filled(values: pa.Array | pa.ChunkedArray, scale: int, shift: int) -> I64:
    known = pc.is_valid(values).to_numpy(zero_copy_only=False) if isinstance(values, pa.Array) else _valid(values)
    raw = pc.fill_null(values, 0).to_numpy().astype(np.int64)
    out: I64 = np.where(known, raw * scale + shift, NEVER)
    return out


def _valid(values: pa.ChunkedArray) -> Flags:
    flags: Flags = pc.is_valid(values).to_numpy()
    return flags


def _codes(ids: pa.Array | pa.ChunkedArray | list[str], among: pa.Array) -> I32:
    if isinstance(ids, list):
        ids = pa.array(ids, pa.string())
    found = pc.fill_null(pc.index_in(ids.cast(pa.string()), value_set=among), -1)
    codes: I32 = (
        found.to_numpy(zero_copy_only=False).astype(np.int32)
        if isinstance(found, pa.Array)
        else (found.to_numpy().astype(np.int32))
    )
    return codes


def load_facts(folder: Path) -> WorldFacts:
    """Read the canonical tables of a folder (Parquet or CSV). O(rows). Raises InputError."""
    tables = {n: read_table(folder, n) for n in ("accounts", "transfers", "cash", "identifiers", "referrals")}
    accounts, transfers = tables["accounts"], tables["transfers"]
    if accounts is None or transfers is None:
        raise InputError(f"{folder} holds no accounts and transfers tables (.parquet or .csv)")
    ids = _all_ids(tables)
    order = _codes(accounts["account_id"], ids)
    payer, payee = _codes(transfers["payer"], ids), _codes(transfers["payee"], ids)
    time = _clock(transfers, "time")
    exists = np.full(len(ids), NEVER, dtype=np.int64)
    if "open_time" in accounts.column_names:
        np.minimum.at(exists, order, micros(accounts["open_time"]))
    for codes in (payer, payee):
        np.minimum.at(exists, codes, time)
    user, identifier, seen = _uses(tables["identifiers"], ids)
    np.minimum.at(exists, user, seen)
    cash_account, cash_amount, cash_time = _cash(tables["cash"], ids)
    np.minimum.at(exists, cash_account, cash_time)
    referred, withdrawn = referral_times(tables["referrals"], ids)
    exists = np.minimum(exists, referred)
    exists[exists == NEVER] = np.iinfo(np.int64).min  # nothing dated is known of it: it has always been there
    amount = transfers["amount"].cast(pa.int64()).to_numpy()
    person = _person(accounts, order, len(ids))
    holder, opening = _holders(accounts, order, len(ids)), np.zeros(len(ids), dtype=np.int64)
    if "opening_balance" in accounts.column_names:
        opening[order] = pc.fill_null(accounts["opening_balance"].cast(pa.int64()), 0).to_numpy()
    return WorldFacts(
        account_id=ids,
        person=person,
        exists_from=exists,
        referred_at=referred,
        withdrawn_at=withdrawn,
        payer=payer,
        payee=payee,
        amount=amount,
        time=time,
        user=user,
        identifier=identifier,
        seen=seen,
        holder=holder,
        opening=opening,
        cash_account=cash_account,
        cash_amount=cash_amount,
        cash_time=cash_time,
        reported_at=report_times(tables["referrals"], ids),
    )


def _all_ids(tables: dict[str, pa.Table | None]) -> pa.Array:
    """Every account that any table names, in order of its UTF-8 bytes (Arrow sorts text so)."""
    places = {"accounts": ["account_id"], "transfers": ["payer", "payee"], "cash": ["account"]}
    places |= {"identifiers": ["account_id"], "referrals": ["account_id"]}
    found = [pc.unique(t[c]) for n, cs in places.items() if (t := tables[n]) is not None for c in cs]
    unique = pc.drop_null(pc.unique(pa.concat_arrays([f.cast(pa.string()) for f in found])))
    return unique.take(pc.sort_indices(unique))


def _clock(table: pa.Table, event: str) -> I64:
    return micros(table["known_at"] if "known_at" in table.column_names else table[event])


def _person(accounts: pa.Table, order: I32, n: int) -> Flags:
    person = np.ones(n, dtype=bool)
    for name, wanted in (("holder_type", "company"), ("merchant", True), ("pooled", True)):
        if name in accounts.column_names:
            person[order] &= ~pc.fill_null(pc.equal(accounts[name], wanted), False).to_numpy()
    return person


def _cash(table: pa.Table | None, ids: pa.Array) -> tuple[I32, I64, I64]:
    if table is None:
        none = np.zeros(0, dtype=np.int64)
        return none.astype(np.int32), none, none
    return _codes(table["account"], ids), table["amount"].cast(pa.int64()).to_numpy(), _clock(table, "time")


def _holders(accounts: pa.Table, order: I32, n: int) -> I32:
    holder = np.arange(n, dtype=np.int32)
    if "holder_id" in accounts.column_names:
        names = pc.dictionary_encode(accounts["holder_id"]).combine_chunks()
        numbers = pc.fill_null(names.indices, -1).to_numpy(zero_copy_only=False)
        known = numbers >= 0
        holder[order[known]] = n + numbers[known]
    return holder


def _uses(table: pa.Table | None, ids: pa.Array) -> tuple[I32, I32, I64]:
    if table is None:
        none = np.zeros(0, dtype=np.int32)
        return none, none, none.astype(np.int64)
    names = pc.binary_join_element_wise(table["kind"], table["value"], "\x1f")
    numbers = names.combine_chunks().dictionary_encode().indices.to_numpy()
    return _codes(table["account_id"], ids), numbers.astype(np.int32), _clock(table, "first_seen")


def referral_times(table: pa.Table | None, ids: pa.Array) -> tuple[I64, I64]:
    """First referral and last withdrawal of every account; NEVER. O(rows)."""
    referred = np.full(len(ids), NEVER, dtype=np.int64)
    withdrawn = np.full(len(ids), NEVER, dtype=np.int64)
    if table is None:
        return referred, withdrawn
    codes = _codes(table["account_id"], ids)
    np.minimum.at(referred, codes, _clock(table, "referred_at"))
    if "withdrawn_at" in table.column_names:
        last = np.full(len(ids), np.iinfo(np.int64).min, dtype=np.int64)
        np.maximum.at(last, codes, micros(table["withdrawn_at"]))
        withdrawn[codes] = last[codes]
    return referred, withdrawn


def report_times(table: pa.Table | None, ids: pa.Array) -> I64:
    """When every account was first named as a victim by a referral that was never withdrawn; NEVER. O(rows)."""
    reported = np.full(len(ids), NEVER, dtype=np.int64)
    if table is None or "victim_account" not in table.column_names:
        return reported
    known, time = _codes(table["victim_account"], ids), _clock(table, "referred_at")
    named = known >= 0
    if "withdrawn_at" in table.column_names:
        named &= micros(table["withdrawn_at"]) == NEVER
    np.minimum.at(reported, known[named], time[named])
    return reported
