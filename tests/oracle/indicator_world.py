"""A world made by hand: tables of effective facts and the snapshot over them, as the nightly job would leave them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from graphfraud import indicators
from graphfraud.core.clock import DAY, HOUR, MINUTE, SHANGHAI_OFFSET, parse_as_of
from graphfraud.core.csr import build_events, group_rows
from graphfraud.core.schemas import IDENTIFIER_KINDS, TABLES
from graphfraud.core.snapshot import (
    CASH_DESK,
    NEVER,
    Accounts,
    CashPlaces,
    Flows,
    Identifiers,
    Meta,
    Referrals,
    Snapshot,
)
from graphfraud.core.text import TextColumn
from graphfraud.nightly.codes import encode
from graphfraud.settings import Settings
from graphfraud.trace.lots import match_lots
from graphfraud.trace.rules import Rule

T = parse_as_of("2026-04-01")  # a Wednesday
YUAN = 100


def ago(days: float = 0, hours: float = 0, minutes: float = 0) -> int:
    """A time before T."""
    return T - round(days * DAY) - round(hours * HOUR) - round(minutes * MINUTE)


MONDAY = ago(9)  # 2026-03-23 00:00 Shanghai


def day(number: int, hours: float = 12) -> int:
    """A time on the n-th day after Monday 2026-03-23."""
    return MONDAY + number * DAY + round(hours * HOUR)


@dataclass
class World:
    """Facts as they are known at T; `build` writes them."""

    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    moves: list[tuple[int, str, str, int, int, str]] = field(default_factory=list)  # '' is the cash desk
    uses: list[tuple[str, str, str, int]] = field(default_factory=list)
    referrals: list[tuple[str, str, str, int, str]] = field(default_factory=list)  # id, case, account, at, victim
    sanctions: list[tuple[str, str, int, int | None]] = field(default_factory=list)
    cards: list[tuple[str, int, str]] = field(default_factory=list)  # account, since, number; the first is no change
    places: dict[str, str] = field(default_factory=dict)  # of terminals
    rings: list[tuple[str, str, bool]] = field(default_factory=list)  # ring, account, loose
    layers: list[tuple[str, int, bool]] = field(default_factory=list)  # account, layer, assumed
    missing: dict[str, list[str]] = field(default_factory=dict)
    lineage: dict[str, float] = field(default_factory=dict)
    as_of: int = T

    def account(self, name: str, **columns: Any) -> str:
        """An account; its holder is `H<name>` unless stated."""
        self.accounts.setdefault(name, {}).update(columns)
        return name

    def pay(self, time: int, payer: str, payee: str, yuan: float, tag: int = 0) -> None:
        for name in (payer, payee):
            if name:
                self.account(name)
        self.moves.append((time, payer, payee, round(yuan * YUAN), tag, ""))

    def withdraw(self, time: int, account: str, yuan: float, terminal: str = "") -> None:
        self.account(account)
        self.moves.append((time, account, "", round(yuan * YUAN), 0, terminal))

    def use(self, account: str, kind: str, value: str, first_seen: int = T - 30 * DAY) -> None:
        self.account(account)
        self.uses.append((account, kind, value, first_seen))

    def refer(self, account: str, case: str, referred_at: int = T - 5 * DAY, victim: str = "") -> None:
        self.account(account)
        self.referrals.append((f"R{len(self.referrals):03d}", case, account, referred_at, victim))

    def build(self, folder: Path) -> Snapshot:
        """Write the Parquet files into the folder and return the snapshot."""
        names = sorted(self.accounts, key=lambda n: n.encode())
        code = {name: i for i, name in enumerate(names)}
        holders = sorted({self.holder(n) for n in names if self.holder(n)})
        accounts = self._accounts(folder, names, {h: i for i, h in enumerate(holders)})
        flows = self._flows(folder, code)
        events = build_events(len(names), flows.payer, flows.payee)
        lots, fifo = (match_lots(accounts, flows, events, rule) for rule in (Rule.LIFO, Rule.FIFO))
        first = int(flows.time[0]) if len(flows.time) else self.as_of
        meta = Meta(self.as_of, False, first, self.missing, {})
        identifiers = self._identifiers(folder, code)
        referrals = self._referrals(folder, code)
        self._cards(folder, code)
        return Snapshot(meta, accounts, flows, events, identifiers, lots, referrals, fifo, self._places(flows))

    def _cards(self, folder: Path, code: Mapping[str, int]) -> None:
        rows = sorted(self.cards, key=lambda r: (r[0], r[1]))
        table = {
            "account": pa.array([code[r[0]] for r in rows], pa.int32()),
            "since": pa.array([r[1] for r in rows], pa.int64()),
            "card_no": pa.array([r[2] for r in rows], pa.string()),
            "changed": pa.array([i > 0 and r[0] == rows[i - 1][0] for i, r in enumerate(rows)], pa.bool_()),
        }
        pq.write_table(pa.table(table), folder / "cards.parquet")

    def _places(self, flows: Flows) -> CashPlaces:
        terminal = {f"X{i:06d}": m[5] for i, m in enumerate(self.moves)}
        flow = np.flatnonzero((flows.payer == CASH_DESK) | (flows.payee == CASH_DESK)).astype(np.int32)
        names = sorted(set(self.places.values()))
        where = [self.places.get(terminal[flows.txn[int(f)]], "") for f in flow]
        place = np.array([names.index(w) if w else -1 for w in where], np.int32)
        return CashPlaces(flow, place=place, places=TextColumn.of(names))

    def findings(self) -> dict[str, pa.Table]:
        """The tables of earlier stages, where the world has any."""
        found = {}
        if self.rings:
            columns = zip(*self.rings, strict=True)
            found["rings"] = pa.table(dict(zip(("ring_id", "account_id", "loose"), map(list, columns), strict=True)))
        if self.layers:
            columns = zip(*self.layers, strict=True)
            found["layers"] = pa.table(dict(zip(("account_id", "layer", "assumed"), map(list, columns), strict=True)))
        return found

    def holder(self, name: str) -> str:
        return str(self.accounts[name].get("holder_id", f"H{name}") or "")

    def _accounts(self, folder: Path, names: Sequence[str], holder: Mapping[str, int]) -> Accounts:
        rows = [self.accounts[n] for n in names]
        kind = np.array([{"person": 1, "company": 2}.get(r.get("holder_type", "person"), 0) for r in rows], np.int8)
        opened = [r.get("open_time", T - 1000 * DAY) for r in rows]
        codes = np.array([holder.get(self.holder(n), -1) for n in names], np.int32)
        table = {
            "code": pa.array(range(len(names)), pa.int32()),
            "holder": codes,
            "kind": kind,
        }
        for column in TABLES["accounts"].schema:
            values = [r.get(column.name) for r in rows]
            fixed = {"account_id": names, "holder_id": [self.holder(n) or None for n in names], "open_time": opened}
            table[column.name] = pa.array(fixed.get(column.name, values), column.type)
        pq.write_table(pa.table(table), folder / "accounts.parquet")
        exempt, exempts = encode(pa.chunked_array([table["exempt_class"]]))
        return Accounts(
            TextColumn.of(names),
            codes,
            kind,
            np.array([bool(r.get("pooled")) for r in rows], bool),
            np.array([bool(r.get("merchant")) for r in rows], bool),
            np.array([NEVER if t is None else t for t in opened], np.int64),
            np.array([r.get("opening_balance") or 0 for r in rows], np.int64),
            exempt=exempt,
            exempts=exempts,
        )

    def _flows(self, folder: Path, code: Mapping[str, int]) -> Flows:
        moves = sorted((*m, f"X{i:06d}") for i, m in enumerate(self.moves))
        moves.sort(key=lambda m: (m[0], m[6]))
        time = np.array([m[0] for m in moves], np.int64)
        payer = np.array([code[m[1]] if m[1] else CASH_DESK for m in moves], np.int32)
        payee = np.array([code[m[2]] if m[2] else CASH_DESK for m in moves], np.int32)
        amount = np.array([m[3] for m in moves], np.int64)
        tag = np.array([m[4] for m in moves], np.uint16)
        day = ((time + SHANGHAI_OFFSET) // DAY).astype(np.int32)
        row = np.arange(len(moves), dtype=np.int32)
        txn = [m[6] for m in moves]
        paid = (payer >= 0) & (payee >= 0)
        columns = {"flow": row, "time": time, "day": day, "payer": payer, "payee": payee, "amount": amount, "tag": tag}
        table = pa.table(columns | {"txn_id": pa.array(txn, pa.string())})
        pq.write_table(table.filter(pa.array(paid)), folder / "transfers.parquet")
        cash = pa.table(
            {
                "flow": row,
                "time": time,
                "day": day,
                "account": np.where(payer >= 0, payer, payee).astype(np.int32),
                "amount": np.where(payer >= 0, amount, -amount),
                "terminal": pa.array([m[5] or None for m in moves], pa.string()),
                "txn_id": pa.array(txn, pa.string()),
            }
        )
        pq.write_table(cash.filter(pa.array(~paid)), folder / "cash.parquet")
        return Flows(time, payer, payee, amount, tag, TextColumn.of(txn))

    def _identifiers(self, folder: Path, code: Mapping[str, int]) -> Identifiers:
        keys = sorted({(IDENTIFIER_KINDS.index(k), v) for _, k, v, _ in self.uses})
        number = {key: i for i, key in enumerate(keys)}
        rows = sorted((number[IDENTIFIER_KINDS.index(k), v], code[a], t, k, v) for a, k, v, t in self.uses)
        ident = np.array([r[0] for r in rows], np.int32)
        account = np.array([r[1] for r in rows], np.int32)
        seen = np.array([r[2] for r in rows], np.int64)
        table = {
            "ident": ident,
            "kind": pa.array([r[3] for r in rows], pa.string()),
            "value": pa.array([r[4] for r in rows], pa.string()),
            "account": account,
            "first_seen": seen,
            "last_seen": seen,
        }
        pq.write_table(pa.table(table), folder / "identifiers.parquet")
        by_ptr, order = group_rows(len(code), account)
        ptr, _ = group_rows(len(keys), ident)
        kinds = np.array([k for k, _ in keys], np.int8)
        return Identifiers(kinds, TextColumn.of([v for _, v in keys]), ptr, account, seen, seen, by_ptr, ident[order])

    def _referrals(self, folder: Path, code: Mapping[str, int]) -> Referrals:
        rows = self.referrals
        account = np.array([code[r[2]] for r in rows], np.int32)
        at = np.array([r[3] for r in rows], np.int64)
        table = {
            "referral_id": pa.array([r[0] for r in rows], pa.string()),
            "case_no": pa.array([r[1] for r in rows], pa.string()),
            "account": account,
            "referred_at": at,
            "withdrawn": pa.array([False] * len(rows), pa.bool_()),
        }
        pq.write_table(pa.table(table), folder / "referrals.parquet")
        sanctions = {
            "subject_kind": pa.array([s[0] for s in self.sanctions], pa.string()),
            "subject": pa.array([s[1] for s in self.sanctions], pa.string()),
            "start": pa.array([s[2] for s in self.sanctions], pa.int64()),
            "end": pa.array([s[3] for s in self.sanctions], pa.int64()),
        }
        pq.write_table(pa.table(sanctions), folder / "sanctions.parquet")
        n = len(rows)
        none = np.full(n, -1, np.int32)
        return Referrals(
            TextColumn.of([r[0] for r in rows]),
            TextColumn.of([r[1] for r in rows]),
            account,
            at,
            np.array([code.get(r[4], -1) for r in rows], np.int32),
            np.zeros(n, np.int64),
            np.full(n, NEVER, np.int64),
            none,
        )


@dataclass(frozen=True)
class Lineage:
    """The part of the risk stage that indicators read."""

    lineage: np.ndarray


def run(world: World, folder: Path, settings: Settings | None = None) -> dict[str, pa.Table]:
    """Both indicator tables over a world."""
    snapshot = world.build(folder)
    shares = np.array([world.lineage.get(a, 0.0) for a in snapshot.accounts.id], np.float64)
    return indicators.run(folder, snapshot, settings or Settings(), Lineage(shares), world.findings())


def hits(world: World, indicator: str, folder: Path, settings: Settings | None = None) -> dict[str, int]:
    """Accounts hit by one indicator and their values."""
    table = run(world, folder, settings)["indicator_hits"].to_pylist()
    return {r["account_id"]: r["value"] for r in table if r["indicator_id"] == indicator}
