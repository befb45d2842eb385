"""The snapshot: an immutable picture of the facts known at T, as arrays that are memory-mapped when opened.

Accounts are numbered by account_id in UTF-8 byte order, flows by (time, txn_id). A *flow* is a transfer or a
cash movement: `payer == CASH_DESK` is cash paid in, `payee == CASH_DESK` is cash taken out. Reversed and
failed payments, second legs and payments of an account to itself are not flows.

On disk: a folder with `meta.json` and one `.npy` file per array, `group.field.npy`. Opening maps the files and
reads nothing; the folder is never changed once written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from graphfraud.core.text import TextColumn
from graphfraud.errors import FormatVersionError, StoreError, UnknownId

SNAPSHOT_FORMAT = 2
CASH_DESK = -1  # the other side of a cash flow
UNKNOWN = -1  # a holder, bank, channel, terminal or place that is not known
NEVER = np.iinfo(np.int64).min  # a time that is not known
PERSON, COMPANY, UNSTATED = 1, 2, 0  # Accounts.kind

#: Flows.tag bits
OWN, FEE, POOLED, MERCHANT = 1, 2, 4, 8
#: Lots.inflow of money that no known inflow explains
OPENING, UNEXPLAINED = -1, -2
#: Identifiers.kind codes, in the order of schemas.IDENTIFIER_KINDS
DEVICE, PHONE, IP, MAC, ADDRESS, AGENT = range(6)

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
I8 = NDArray[np.int8]
U16 = NDArray[np.uint16]
Flags = NDArray[np.bool_]
F64 = NDArray[np.float64]
#: Columns that snapshots of this format written by earlier versions lack; they are read as not known.
ADDED = ("accounts.exempt", "accounts.exempts")
#: Codes of names: int8, int16 or int32, the smallest that holds them all; UNKNOWN where there is no name.
Codes = NDArray[np.signedinteger[Any]]


def _no_names() -> TextColumn:
    return TextColumn(np.zeros(0, np.uint8), np.zeros(1, np.int64))


def _no_codes() -> Codes:
    return np.zeros(0, np.int8)


def _no_flags() -> Flags:
    return np.zeros(0, np.bool_)


def _fill(group: Any, name: str, size: int, value: int | bool) -> None:
    """A column that was not given has the same value in every row."""
    column = getattr(group, name)
    if len(column) != size:
        object.__setattr__(group, name, np.full(size, value, column.dtype))


def _named(codes: Codes, names: TextColumn, row: int) -> str:
    """Name of a row, '' where it is not known."""
    code = int(codes[row])
    return "" if code == UNKNOWN else names[code]


@dataclass(frozen=True)
class Accounts:
    """One row per account, in order of account_id.

    `bank` is a code of `banks`, which is in order of name; UNKNOWN where no row of a feed names the account's bank.
    `outside`: the account is another bank's, so its statement is not ours to read and money is not followed
    through it (`nightly/banks.py` says how that is told); not given, every account is ours.
    `exempt` is a code of `exempts`, the bank's own classes of exempt accounts (hospital, payroll agent); UNKNOWN: none.
    """

    id: TextColumn
    holder: I32  # code of the holder; UNKNOWN
    kind: I8  # PERSON, COMPANY or UNSTATED; an unstated holder is treated as a person
    pooled: Flags
    merchant: Flags
    open_time: I64  # µs; NEVER
    opening_balance: I64  # minor units; 0 where not known
    bank: Codes = field(default_factory=_no_codes)
    banks: TextColumn = field(default_factory=_no_names)
    outside: Flags = field(default_factory=_no_flags)
    exempt: Codes = field(default_factory=_no_codes)
    exempts: TextColumn = field(default_factory=_no_names)

    def __post_init__(self) -> None:
        _fill(self, "bank", len(self), UNKNOWN)
        _fill(self, "outside", len(self), False)
        _fill(self, "exempt", len(self), UNKNOWN)

    def __len__(self) -> int:
        return len(self.id)

    def bank_of(self, account: int) -> str:
        """Name of an account's bank, '' where it is not known."""
        return _named(self.bank, self.banks, account)

    def exempt_of(self, account: int) -> str:
        """The bank's class of an exempt account, '' for any other."""
        return _named(self.exempt, self.exempts, account)

    @property
    def person(self) -> Flags:
        """Accounts that take part in the pair graph: not company, not merchant, not pooled."""
        result: Flags = (self.kind != COMPANY) & ~self.pooled & ~self.merchant
        return result


@dataclass(frozen=True)
class Flows:
    """One row per flow, in order of (time, txn_id).

    `channel` is a code of `channels`, which is in order of name; UNKNOWN for cash and where no feed names a channel.
    """

    time: I64  # µs
    payer: I32
    payee: I32
    amount: I64  # minor units, > 0
    tag: U16  # OWN | FEE | POOLED | MERCHANT
    txn: TextColumn
    channel: Codes = field(default_factory=_no_codes)
    channels: TextColumn = field(default_factory=_no_names)

    def __post_init__(self) -> None:
        _fill(self, "channel", len(self.time), UNKNOWN)

    def channel_of(self, flow: int) -> str:
        """Name of a flow's channel, '' where it is not known."""
        return _named(self.channel, self.channels, flow)


@dataclass(frozen=True)
class CashPlaces:
    """Where cash was paid in or taken out: one row per cash flow, in order of flow.

    Codes of names, which are in order; UNKNOWN where the feed names no terminal or no place.
    """

    flow: I32 = field(default_factory=lambda: np.zeros(0, np.int32))
    terminal: Codes = field(default_factory=_no_codes)
    terminals: TextColumn = field(default_factory=_no_names)
    place: Codes = field(default_factory=_no_codes)
    places: TextColumn = field(default_factory=_no_names)

    def __post_init__(self) -> None:
        _fill(self, "terminal", len(self.flow), UNKNOWN)
        _fill(self, "place", len(self.flow), UNKNOWN)

    def of(self, flow: int) -> tuple[str, str]:
        """Terminal and place of a flow; '' where it is no cash flow or they are not known. O(log n)."""
        row = int(np.searchsorted(self.flow, flow))
        if row >= len(self.flow) or self.flow[row] != flow:
            return "", ""
        return _named(self.terminal, self.terminals, row), _named(self.place, self.places, row)


@dataclass(frozen=True)
class Events:
    """CSR of flows by account: `flow[ptr[v]:ptr[v + 1]]` are the flows of v, in and out, in time order."""

    ptr: I64
    flow: I32


@dataclass(frozen=True)
class Identifiers:
    """Identifiers in order of (kind, value); `account[ptr[z]:ptr[z + 1]]` use identifier z, by account."""

    kind: I8
    value: TextColumn
    ptr: I64
    account: I32
    first_seen: I64  # µs
    last_seen: I64  # µs, min(last_seen, T); first_seen where not known
    by_account_ptr: I64  # CSR the other way: identifiers of account v are
    by_account: I32  # by_account[by_account_ptr[v]:by_account_ptr[v + 1]]


@dataclass(frozen=True)
class Lots:
    """Links of one rule: `amount` of flow `inflow`, from `in_offset` on, left in flow `outflow` at `out_offset`.

    In order of (outflow, out_offset). The link lies in the account that is payee of `inflow` and payer of
    `outflow`; `inflow` is OPENING or UNEXPLAINED where no known inflow explains the money.
    """

    inflow: I32
    outflow: I32
    in_offset: I64
    out_offset: I64
    amount: I64
    out_ptr: I64  # links of outflow f: [out_ptr[f], out_ptr[f + 1])
    in_ptr: I64  # links of inflow f: in_order[in_ptr[f]:in_ptr[f + 1]], by in_offset
    in_order: I32


@dataclass(frozen=True)
class Referrals:
    """Referrals known and not withdrawn at T whose account exists, in order of referral_id."""

    id: TextColumn
    case: TextColumn
    account: I32
    referred_at: I64
    victim: I32  # account of the victim, UNKNOWN where not given or not there
    victim_amount: I64  # 0 where not given
    victim_time: I64  # NEVER where not given
    victim_flow: I32  # the flow that is the reported payment, −1 where none can be identified


@dataclass(frozen=True)
class Meta:
    """Facts about the snapshot itself."""

    as_of: int
    date_only: bool = False  # the feed declares days, not times of day
    first_time: int = 0  # of the flows; as_of where there are none
    missing: dict[str, list[str]] | None = None  # optional columns that no source had, per table
    counts: dict[str, int] | None = None
    format: int = SNAPSHOT_FORMAT


@dataclass(frozen=True)
class Snapshot:
    """Everything the detector reads. Nothing in it changes."""

    meta: Meta
    accounts: Accounts
    flows: Flows
    events: Events
    identifiers: Identifiers
    lots: Lots  # LIFO
    referrals: Referrals
    fifo: Lots
    cash: CashPlaces = field(default_factory=CashPlaces)

    @property
    def as_of(self) -> int:
        return self.meta.as_of

    def code(self, account_id: str) -> int:
        """Number of an account. Raises UnknownId. O(log n)."""
        found = self.accounts.id.find(account_id)
        if found < 0:
            raise UnknownId(
                f"account {account_id!r} is not among the {len(self.accounts):,} accounts known at this run;"
                " check the number, or ingest the feed that has it and run `graphfraud nightly`"
            )
        return found

    def flows_of(self, account: int) -> I32:
        """Flows of an account, in and out, in time order."""
        return self.events.flow[self.events.ptr[account] : self.events.ptr[account + 1]]

    def save(self, folder: Path) -> None:
        """Write the snapshot into an empty or new folder, two files at a time."""
        folder.mkdir(parents=True, exist_ok=True)
        files = [file for name in GROUPS for file in _files(folder, name, getattr(self, name))]
        with ThreadPoolExecutor(WRITERS) as pool:
            for done in [pool.submit(np.save, *file) for file in files]:
                done.result()
        (folder / "meta.json").write_text(json.dumps(asdict(self.meta), sort_keys=True, indent=1))

    @classmethod
    def open(cls, folder: Path) -> Snapshot:
        """Map a snapshot. O(number of files)."""
        try:
            raw = json.loads((folder / "meta.json").read_text())
        except (OSError, ValueError) as exc:
            raise StoreError(f"no readable snapshot in {folder}: {exc}; run `graphfraud check`") from exc
        if raw.get("format") != SNAPSHOT_FORMAT:
            raise FormatVersionError(
                f"snapshot {folder} has format {raw.get('format')}, this version reads {SNAPSHOT_FORMAT};"
                " run `graphfraud nightly` to build a new one"
            )
        groups = {name: open_group(folder, name, kind) for name, kind in GROUPS.items()}
        return cls(Meta(**raw), **groups)


GROUPS: dict[str, type[Any]] = {
    "accounts": Accounts,
    "flows": Flows,
    "events": Events,
    "identifiers": Identifiers,
    "lots": Lots,
    "referrals": Referrals,
    "fifo": Lots,
    "cash": CashPlaces,
}
WRITERS = 2  # threads that write files

G = TypeVar("G")


def save_group(folder: Path, name: str, group: Any) -> None:
    """Write a dataclass of arrays as `name.field.npy`."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, values in _files(folder, name, group):
        np.save(path, values)


def _files(folder: Path, name: str, group: Any) -> Iterator[tuple[Path, NDArray[Any]]]:
    """The files of a group and what is in them."""
    for column in fields(group):
        value = getattr(group, column.name)
        stem = f"{name}.{column.name}"
        if isinstance(value, TextColumn):
            yield folder / f"{stem}.bytes.npy", value.data
            yield folder / f"{stem}.offsets.npy", value.offsets
        else:
            yield folder / f"{stem}.npy", value


def open_group(folder: Path, name: str, kind: type[G]) -> G:
    """Map what `save_group` wrote."""
    values: dict[str, Any] = {}
    for column in fields(kind):  # type: ignore[arg-type]
        stem = folder / f"{name}.{column.name}"
        if stem.name in ADDED and not any(folder.glob(f"{stem.name}.*npy")):
            continue
        try:
            if str(column.type) == "TextColumn":
                values[column.name] = TextColumn(_map(f"{stem}.bytes.npy"), _map(f"{stem}.offsets.npy"))
            else:
                values[column.name] = _map(f"{stem}.npy")
        except (OSError, ValueError) as exc:
            raise StoreError(f"snapshot file {stem.name} cannot be read: {exc}; run `graphfraud check`") from exc
    return kind(**values)


def _map(path: str) -> NDArray[Any]:
    found = np.load(path, mmap_mode="r", allow_pickle=False)
    return np.asarray(found) if found.size else np.load(path, allow_pickle=False)
