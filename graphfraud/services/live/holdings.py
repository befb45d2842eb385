"""What a store tells of the accounts asked for, as the columns that a book has, and which of them are other banks'."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from graphfraud.core.snapshot import COMPANY, I32, I64, NEVER, PERSON, UNKNOWN, UNSTATED, Accounts, Flags
from graphfraud.core.text import TextColumn
from graphfraud.errors import UsageError
from graphfraud.stores.base import Holding

KINDS = {"person": PERSON, "company": COMPANY}
NIGHTLY = "trace a published run instead (without --live)"
#: kind, pooled, merchant, open_time, opening_balance, bank, lone: of an account, numbers as `Accounts` has them
_COLUMNS = 7


class Holdings:
    """Rows of the accounts asked for, in order of asking; of one that was not, nothing is known."""

    def __init__(self, ours: Iterable[str], banks: bool, seen: Callable[[tuple[str, ...]], frozenset[str]]) -> None:
        """`ours`: the bank's own, as set; `banks`: whether feeds name banks; `seen`: of which an account was seen."""
        self.rows: dict[str, Holding] = {}
        self._ours, self._banked, self._ask = frozenset(ours), banks, seen
        self._names: list[str] = []  # of banks, in order of appearance
        self._banks = TextColumn.of([])  # the same in order of name, and the code of each
        self._code: I32 = np.array([UNKNOWN], np.int32)
        self._seen: dict[str, bool] = {}  # by bank: whether one of its accounts was seen
        self._place: I32 = np.zeros(0, np.int32)
        self._columns: I64 = np.zeros((_COLUMNS, 0), np.int64)
        self._alone = ""  # an account of which it is open whether it is ours

    @property
    def settled(self) -> tuple[str, ...]:
        """Banks of which an account was seen."""
        return tuple(sorted(bank for bank, seen in self._seen.items() if seen))

    def add(self, rows: Sequence[Holding], places: I32) -> None:
        """Rows of accounts and their places; an account that is here already is left as it is."""
        new = [n for n, row in enumerate(rows) if row.account_id not in self.rows]
        self.rows |= {rows[n].account_id: rows[n] for n in new}
        found = [self._figures(rows[n]) for n in new]
        columns = np.array(found, np.int64).reshape(len(new), _COLUMNS).T
        self._columns = np.concatenate([self._columns, columns], axis=1)
        self._place = np.concatenate([self._place, places[new]])
        if len(self._names) > len(self._banks):
            names = sorted(self._names, key=str.encode)
            self._banks = TextColumn.of(names)
            self._code = np.array([*map(names.index, self._names), UNKNOWN], np.int32)

    def _figures(self, row: Holding) -> tuple[int, ...]:
        bank = row.bank
        if bank and bank not in self._names:
            self._names.append(bank)
        if bank and row.seen:
            self._seen[bank] = True
        return (
            KINDS.get(row.holder_type or "", UNSTATED),
            bool(row.pooled),
            bool(row.merchant),
            NEVER if row.open_time is None else row.open_time,
            row.opening_balance or 0,
            self._names.index(bank) if bank else UNKNOWN,
            not (bank or row.stated or row.seen),
        )

    def accounts(self, ids: TextColumn, rank: I32) -> Accounts:
        """The accounts of a cone. `rank`: code of each place. O(accounts). Raises UsageError, see `_outside`."""
        kind, pooled, merchant, opened, opening, bank, _ = self._columns
        code = rank[self._place]

        def column(values: I64 | I32 | Flags, kind: type[np.generic], else_: int) -> Any:
            made = np.full(len(ids), else_, kind)
            made[code] = values
            return made

        return Accounts(
            id=ids,
            holder=np.full(len(ids), UNKNOWN, np.int32),
            kind=column(kind, np.int8, UNSTATED),
            pooled=column(pooled, np.bool_, False),
            merchant=column(merchant, np.bool_, False),
            open_time=column(opened, np.int64, NEVER),
            opening_balance=column(opening, np.int64, 0),
            bank=column(self._code[bank], np.int32, UNKNOWN),
            banks=self._banks,
            outside=column(self._outside(bank), np.bool_, False),
        )

    def settle(self) -> None:
        """Raises UsageError where the whole cone does not tell whether an account is ours."""
        if self._alone:
            raise UsageError(
                f"whether account {self._alone} is ours cannot be told from the payments around it: {NIGHTLY}"
            )

    def _outside(self, bank: I64) -> Flags:
        """Accounts of other banks, as `nightly/banks.py` tells them. Raises UsageError where nobody can tell.

        An account without a bank is one if feeds name banks, none has a row for it, and it was not seen. As long as the
        cone has no account with a bank it is taken for ours; see `settle`.
        """
        ours = self._ours or self._seen_banks()
        theirs = np.array([*(name not in ours for name in self._names), False], np.bool_)
        outside: Flags = theirs[bank]
        if not self._banked:
            return outside
        lone = self._columns[-1].astype(np.bool_)
        named = bool(self._names)
        self._alone = "" if named or not lone.any() else list(self.rows)[int(np.argmax(lone))]
        return outside | lone if named else outside

    def _seen_banks(self) -> set[str]:
        """Banks of which an account was seen; the store is asked where no account of the cone tells."""
        unknown = tuple(sorted(set(self._names) - set(self._seen)))
        if unknown:
            found = self._ask(unknown)
            self._seen |= {bank: bank in found for bank in unknown}
        if self._seen and not any(self._seen.values()):
            raise UsageError(f"whether bank {min(self._seen)} is ours cannot be told: set bank.ours, or {NIGHTLY}")
        return {bank for bank, seen in self._seen.items() if seen}
