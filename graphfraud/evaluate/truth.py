"""The truth of a world: rings, who has acted since when, victims, strata, accounts of other banks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from graphfraud.core.clock import DAY, SECOND, SHANGHAI_OFFSET
from graphfraud.core.snapshot import I32, I64, Flags
from graphfraud.errors import InputError
from graphfraud.evaluate.facts import NEVER, WorldFacts, micros, read_table
from graphfraud.evaluate.lineage import Lineage

#: Day 0 of every world: 2026-01-01 00:00 Asia/Shanghai.
DAY_0 = 1_767_225_600 * SECOND - SHANGHAI_OFFSET
OUTSIDE = "outside"
CASH = -1  # the side of a payment that is cash


@dataclass(frozen=True)
class Fraud:
    """Payments that carry a fraud's money, once per payment whatever cases it serves, in order of time.

    A side that is cash is −1: paid out where the payee is, paid in where the payer is.
    """

    payer: I32
    payee: I32
    amount: I64
    time: I64
    depth: I32  # 0: a victim's payment to the first layer


@dataclass(frozen=True)
class Truth:
    """Truth over the accounts of `WorldFacts` (same numbers). Times are UTC µs.

    `acted_at` is None where the world does not say who did something when; `ring` is None where it knows which
    accounts are fraudulent but not in which ring.
    """

    mule: Flags  # member of a ring
    acted_at: I64 | None  # known time of the first fraud transfer in or out; NEVER
    member: I32  # rows (member, ring): an account may be in several rings
    ring: I32 | None
    stratum: list[str]  # of every account; '' where not known
    victim_at: I64  # first payment to a ring; NEVER
    outside: Flags  # account of another bank: out of every figure
    fraud: Fraud | None = None  # None where the world does not say which payments carry a fraud's money
    role: list[str] | None = None  # of the member rows
    lineage: Lineage | None = None  # None where the world does not say which case a payment belongs to

    def acted(self, as_of: int) -> Flags | None:
        """Ring members with a fraud transfer recorded by T; None where the world does not say."""
        if self.acted_at is None:
            return None
        found: Flags = self.mule & (self.acted_at <= as_of)
        return found


def day(number: int) -> int:
    """00:00 of a day of the world, UTC µs."""
    return DAY_0 + number * DAY


def load_truth(folder: Path, facts: WorldFacts, transfers: pa.Table) -> Truth:
    """Read `truth/` of a canonical world. Raises InputError where rings or fraud transfers are missing. O(rows)."""
    rings, fraud = _need(folder, "rings"), _need(folder, "fraud_transfers")
    member = facts.codes(rings["account_id"])
    mule = np.zeros(len(facts), dtype=bool)
    mule[member] = True
    ring = rings["ring"].cast(pa.int32()).to_numpy()
    stratum, outside = _strata(folder, facts)
    acted, victims = _acted(facts, transfers, fraud), _victims(folder, facts)
    role = rings["role"].to_pylist() if "role" in rings.column_names else None
    rows = _fraud(folder, facts, transfers, fraud)
    lineage = Lineage.of(fraud, facts, transfers, read_table(folder, "cash"))
    return Truth(mule, acted, member, ring, stratum, victims, outside, rows, role, lineage)


def _need(folder: Path, name: str) -> pa.Table:
    table = read_table(folder / "truth", name)
    if table is None:
        raise InputError(f"{folder} has no truth/{name}.parquet (or .csv): without truth nothing can be evaluated")
    return table


def _acted(facts: WorldFacts, transfers: pa.Table, fraud: pa.Table) -> I64:
    rows = transfers["txn_id"].combine_chunks()
    wanted = np.asarray(pa.compute.is_in(rows, value_set=fraud["txn_id"].combine_chunks()))
    acted = np.full(len(facts), NEVER, dtype=np.int64)
    for side in (facts.payer, facts.payee):
        np.minimum.at(acted, side[wanted], facts.time[wanted])
    return acted


def _fraud(folder: Path, facts: WorldFacts, transfers: pa.Table, marked: pa.Table) -> Fraud:
    """The marked transfers and cash movements. A payment marked by several cases has its smallest depth."""
    depth: dict[str, int] = {}
    depths = marked["depth"].to_pylist() if "depth" in marked.column_names else [0] * marked.num_rows
    for txn, found in zip(marked["txn_id"].to_pylist(), depths, strict=True):
        depth[txn] = min(found, depth.get(txn, found))
    rows, level = _rows(transfers, depth)
    payer, payee = facts.payer[rows], facts.payee[rows]
    amount, time = facts.amount[rows], facts.time[rows]
    cash = read_table(folder, "cash")
    if cash is not None and "txn_id" in cash.column_names:
        drawn, below = _rows(cash, depth)
        account, signed = facts.cash_account[drawn], facts.cash_amount[drawn]
        desk = np.full(len(drawn), CASH, dtype=np.int32)
        payer = np.concatenate([payer, np.where(signed > 0, account, desk)])
        payee = np.concatenate([payee, np.where(signed > 0, desk, account)])
        amount, time = np.concatenate([amount, abs(signed)]), np.concatenate([time, facts.cash_time[drawn]])
        level = np.concatenate([level, below])
    order = np.argsort(time, kind="stable")
    return Fraud(payer[order], payee[order], amount[order], time[order], level[order])


def _rows(table: pa.Table, depth: dict[str, int]) -> tuple[I64, I32]:
    """Rows of a table whose txn_id is marked, and their depths."""
    names = table["txn_id"].combine_chunks()
    rows = np.flatnonzero(np.asarray(pa.compute.is_in(names, value_set=pa.array(list(depth), pa.string()))))
    return rows, np.array([depth[t] for t in names.take(pa.array(rows)).to_pylist()], dtype=np.int32)


def _strata(folder: Path, facts: WorldFacts) -> tuple[list[str], Flags]:
    stratum, outside = [""] * len(facts), np.zeros(len(facts), dtype=bool)
    table = read_table(folder / "truth", "strata")
    if table is not None:
        for code, name in zip(facts.codes(table["account_id"]).tolist(), table["stratum"].to_pylist(), strict=True):
            stratum[code] = name
        outside |= np.array([name == OUTSIDE for name in stratum])
    others = read_table(folder / "truth", OUTSIDE)
    if others is not None:
        codes = facts.codes(others["account_id"])
        outside[codes[codes >= 0]] = True
    return stratum, outside


def _victims(folder: Path, facts: WorldFacts) -> I64:
    first = np.full(len(facts), NEVER, dtype=np.int64)
    table = read_table(folder / "truth", "victims")
    if table is not None:
        codes = facts.codes(table["victim"])
        known = codes >= 0
        np.minimum.at(first, codes[known], micros(table["time"])[known])
    return first
