"""Builds the network from the benchmark's tables: ids become numbers, amounts minor units, links sorted rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphfraud.core.snapshot import I32, I64
from graphfraud.errors import FileRefused
from graphfraud.trace.finbench.files import MONEY_LINKS, TABLES, Columns, data_folder, table
from graphfraud.trace.finbench.links import Rows, entering, leaving
from graphfraud.trace.finbench.network import Holders, IntIds, Loans, Media, Network

#: greatest amount in minor units: sums and ratios of amounts up to here are exact
MAX_AMOUNT = 10**15


def load(folder: Path) -> Network:
    """Load a folder of tables. O(rows · log rows). Raises InputError, FileRefused."""
    found = data_folder(folder)
    return build(lambda name: table(found, name))


def build(tables: Callable[[str], Columns]) -> Network:
    """The network of the tables that `tables` gives by name. Raises FileRefused where they do not fit together."""
    of = _Builder(tables)
    account, blocked = of.nodes("Account")
    person, _ = of.nodes("Person")
    company, _ = of.nodes("Company")
    return Network(
        accounts=account,
        blocked=blocked["isBlocked"],
        transfers=of.links("AccountTransferAccount", account, account),
        withdrawals=of.links("AccountWithdrawAccount", account, account),
        persons=of.holders("PersonOwnAccount", person, account),
        companies=of.holders("CompanyOwnAccount", company, account),
        media=_media(of, account),
        loans=_loans(of, account),
    )


def _media(of: _Builder, account: IntIds) -> Media:
    medium, columns = of.nodes("Medium")
    kind, kind_of = np.unique(columns["mediumType"].astype(str), return_inverse=True)
    uses = entering(len(account), of.links("MediumSignInAccount", medium, account))
    return Media(medium, tuple(kind.tolist()), kind_of.astype(np.int32), columns["isBlocked"], uses)


def _loans(of: _Builder, account: IntIds) -> Loans:
    loan, columns = of.nodes("Loan")
    amount, balance = (of.minor("Loan", columns[name]) for name in ("loanAmount", "balance"))
    deposits = of.links("LoanDepositAccount", loan, account)
    repaid = leaving(len(account), of.links("AccountRepayLoan", account, loan))
    return Loans(loan, amount, balance, leaving(len(loan), deposits), entering(len(account), deposits), repaid)


class _Builder:
    """Numbers the ids of tables."""

    def __init__(self, tables: Callable[[str], Columns]) -> None:
        self.tables = tables

    def nodes(self, name: str) -> tuple[IntIds, dict[str, NDArray[Any]]]:
        """Ids in ascending order and the other columns in that order. Raises FileRefused where an id is twice."""
        key, *others = TABLES[name]
        columns = self.tables(name)
        order = np.argsort(columns[key], kind="stable")
        values = columns[key][order]
        if (values[1:] == values[:-1]).any():
            raise FileRefused(f"{name}: {key} {int(values[1:][values[1:] == values[:-1]][0])} is there more than once")
        return IntIds(values), {other: columns[other][order] for other in others}

    def links(self, name: str, source: IntIds, target: IntIds) -> Rows:
        """Sorted links between numbered nodes."""
        columns = self.tables(name)
        first, second = list(TABLES[name])
        time = columns["createTime"]
        amount = self.minor(name, columns["amount"]) if name in MONEY_LINKS else np.zeros(len(time), np.int64)
        ends = self.numbers(name, source, columns[first]), self.numbers(name, target, columns[second])
        return Rows(*ends, time, amount).sorted()

    def holders(self, name: str, holder: IntIds, account: IntIds) -> Holders:
        """Accounts by holder, ascending."""
        columns = self.tables(name)
        first, second = list(TABLES[name])
        who = self.numbers(name, holder, columns[first])
        held = self.numbers(name, account, columns[second])
        order = np.lexsort((held, who))
        ptr = np.concatenate([[0], np.cumsum(np.bincount(who, minlength=len(holder)))])
        return Holders(holder, ptr, held[order])

    def numbers(self, name: str, ids: IntIds, values: I64) -> I32:
        """Numbers of ids. Raises FileRefused where one is not in its table."""
        at = np.searchsorted(ids.values, values)
        known = at < len(ids)
        known[known] = ids.values[at[known]] == values[known]
        if not known.all():
            raise FileRefused(f"{name} names id {int(values[~known][0])}, which its table does not have")
        return at.astype(np.int32)

    def minor(self, name: str, amounts: NDArray[np.float64]) -> I64:
        """Amounts in minor units. Raises FileRefused where one is not a whole number of them."""
        small = np.abs(amounts) <= MAX_AMOUNT // 100  # not so for NaN and infinity
        whole = np.rint(np.where(small, amounts, 0) * 100)
        bad = ~small | (whole / 100 != amounts)  # the double nearest to a two-place decimal, and no other
        if bad.any():
            raise FileRefused(
                f"{name} has the amount {amounts[bad][0]}: at most two decimals, at most {MAX_AMOUNT // 100:,}"
            )
        result: I64 = whole.astype(np.int64)
        return result
