"""The truth's payments of a fraud, case by case: what of a case's money is truly in an account at a moment."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.snapshot import I32, I64
from graphfraud.evaluate.facts import WorldFacts

CASH = -1


@dataclass(frozen=True)
class Lineage:
    """One row a payment and the case it belongs to (a payment can belong to several). Minor units, UTC µs.

    A side that is cash is −1. `case` are codes of the truth's cases, `txn_id` serials.
    """

    txn_id: pa.Array
    case: I32
    payer: I32
    payee: I32
    amount: I64
    time: I64

    @classmethod
    def of(cls, marked: pa.Table, facts: WorldFacts, transfers: pa.Table, cash: pa.Table | None) -> Lineage | None:
        """From truth/fraud_transfers; None where it names no cases. O(rows log rows)."""
        if "case" not in marked.column_names:
            return None
        txn, case = marked["txn_id"].combine_chunks(), marked["case"].combine_chunks().dictionary_encode().indices
        codes = case.to_numpy().astype(np.int32)
        row = pc.fill_null(pc.index_in(txn, value_set=transfers["txn_id"].combine_chunks()), -1).to_numpy()
        there = row >= 0
        sides = [facts.payer[row], facts.payee[row], facts.amount[row], facts.time[row]]
        if cash is not None and "txn_id" in cash.column_names:
            drawn = pc.fill_null(pc.index_in(txn, value_set=cash["txn_id"].combine_chunks()), -1).to_numpy()
            account, signed, found = facts.cash_account[drawn], facts.cash_amount[drawn], drawn >= 0
            desk = np.full(len(drawn), CASH, np.int32)
            other = [np.where(signed > 0, account, desk), np.where(signed > 0, desk, account)]
            other += [np.abs(signed), facts.cash_time[drawn]]
            sides = [np.where(found, new, old) for new, old in zip(other, sides, strict=True)]
            there = there | found
        payer, payee, amount, time = (side[there] for side in sides)
        return cls(
            txn.filter(pa.array(there)), codes[there], payer.astype(np.int32), payee.astype(np.int32), amount, time
        )

    @cached_property
    def _rows(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for row, txn in enumerate(self.txn_id.to_pylist()):
            found.setdefault(txn, []).append(row)
        return found

    def cases_of(self, serials: Collection[str]) -> frozenset[int]:
        """Cases that these payments belong to."""
        return frozenset(int(self.case[row]) for txn in serials for row in self._rows.get(txn, []))

    def payments(self, cases: frozenset[int] | None) -> I64:
        """Rows of these cases (None: all), each payment once. O(rows)."""
        wanted = np.arange(len(self.case)) if cases is None else np.flatnonzero(np.isin(self.case, sorted(cases)))
        names = self.txn_id.take(pa.array(wanted)).dictionary_encode().indices.to_numpy()
        _, first = np.unique(names, return_index=True)
        found: I64 = wanted[np.sort(first)]
        return found

    def net(self, rows: I64, accounts: I32, until: int) -> I64:
        """Marked money that came into each account less what left it, by a moment; may be below 0. O(rows)."""
        known = rows[self.time[rows] <= until]
        size = int(max(accounts.max(initial=-1), self.payer.max(initial=-1), self.payee.max(initial=-1))) + 1
        total = np.zeros(size, np.int64)
        for side, sign in ((self.payee, 1), (self.payer, -1)):
            real = known[side[known] >= 0]
            np.add.at(total, side[real], sign * self.amount[real])
        found: I64 = total[accounts]
        return found
