"""The snapshot: an immutable picture of the facts known at T, as arrays that are memory-mapped when opened.

Accounts are numbered by account_id in UTF-8 byte order, flows by (time, txn_id). A *flow* is a transfer or a
cash movement: `payer == CASH_DESK` is cash paid in, `payee == CASH_DESK` is cash taken out. Reversed and
failed payments, second legs and payments of an account to itself are not flows.

On disk: a folder with `meta.json` and one `.npy` file per array, `group.field.npy`. Opening maps the files and
reads nothing; the folder is never changed once written.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from graphfraud.core.text import TextColumn
from graphfraud.errors import FormatVersionError, StoreError, UnknownId

SNAPSHOT_FORMAT = 1
CASH_DESK = -1  # the other side of a cash flow
UNKNOWN = -1  # holder of an account whose holder is not known
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


@dataclass(frozen=True)
class Accounts:
    """One row per account, in order of account_id."""

    id: TextColumn
    holder: I32  # code of the holder; UNKNOWN
    kind: I8  # PERSON, COMPANY or UNSTATED; an unstated holder is treated as a person
    pooled: Flags
    merchant: Flags
    open_time: I64  # µs; NEVER
    opening_balance: I64  # minor units; 0 where not known

    def __len__(self) -> int:
        return len(self.id)

    @property
    def person(self) -> Flags:
        """Accounts that take part in the pair graph: not company, not merchant, not pooled."""
        result: Flags = (self.kind != COMPANY) & ~self.pooled & ~self.merchant
        return result


@dataclass(frozen=True)
class Flows:
    """One row per flow, in order of (time, txn_id)."""

    time: I64  # µs
    payer: I32
    payee: I32
    amount: I64  # minor units, > 0
    tag: U16  # OWN | FEE | POOLED | MERCHANT
    txn: TextColumn


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
    """LIFO links: `amount` of flow `inflow`, from `in_offset` on, left in flow `outflow` at `out_offset`.

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
    lots: Lots
    referrals: Referrals

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
        """Write the snapshot into an empty or new folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in GROUPS:
            save_group(folder, name, getattr(self, name))
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
}

G = TypeVar("G")


def save_group(folder: Path, name: str, group: Any) -> None:
    """Write a dataclass of arrays as `name.field.npy`."""
    folder.mkdir(parents=True, exist_ok=True)
    for field in fields(group):
        value = getattr(group, field.name)
        if isinstance(value, TextColumn):
            np.save(folder / f"{name}.{field.name}.bytes.npy", value.data)
            np.save(folder / f"{name}.{field.name}.offsets.npy", value.offsets)
        else:
            np.save(folder / f"{name}.{field.name}.npy", value)


def open_group(folder: Path, name: str, kind: type[G]) -> G:
    """Map what `save_group` wrote."""
    values: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        stem = folder / f"{name}.{field.name}"
        try:
            if str(field.type) == "TextColumn":
                values[field.name] = TextColumn(_map(f"{stem}.bytes.npy"), _map(f"{stem}.offsets.npy"))
            else:
                values[field.name] = _map(f"{stem}.npy")
        except (OSError, ValueError) as exc:
            raise StoreError(f"snapshot file {stem.name} cannot be read: {exc}; run `graphfraud check`") from exc
    return kind(**values)


def _map(path: str) -> NDArray[Any]:
    found = np.load(path, mmap_mode="r", allow_pickle=False)
    return np.asarray(found) if found.size else np.load(path, allow_pickle=False)
