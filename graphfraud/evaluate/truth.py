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

#: Day 0 of every world: 2026-01-01 00:00 Asia/Shanghai.
DAY_0 = 1_767_225_600 * SECOND - SHANGHAI_OFFSET
OUTSIDE = "outside"


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
    return Truth(mule, _acted(facts, transfers, fraud), member, ring, stratum, _victims(folder, facts), outside)


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
