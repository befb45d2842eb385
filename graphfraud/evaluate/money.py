"""A fraud's money by the truth: what went through an account, and what of it is still there."""

from __future__ import annotations

import numba as nb
import numpy as np

from graphfraud.core.snapshot import I32, I64
from graphfraud.evaluate.facts import WorldFacts
from graphfraud.evaluate.truth import Fraud


def received(fraud: Fraud, accounts: int, as_of: int) -> I64:
    """Marked money that came into every account by T, minor units; a payment counts once. O(payments)."""
    known = (fraud.time <= as_of) & (fraud.payee >= 0)
    return _sums(fraud.payee[known], fraud.amount[known], accounts)


def passed_on(fraud: Fraud, accounts: int, as_of: int) -> I64:
    """Marked money that left every account by T, as a transfer or as cash. O(payments)."""
    known = (fraud.time <= as_of) & (fraud.payer >= 0)
    return _sums(fraud.payer[known], fraud.amount[known], accounts)


def still_there(fraud: Fraud, facts: WorldFacts, as_of: int) -> I64:
    """Marked money still in every account at T: min(received − passed on, balance), not below 0. Minor units.

    The balance bounds what is there where the truth marks transfers alone and the money was drawn as cash.
    O(rows log rows).
    """
    n = len(facts)
    left = received(fraud, n, as_of) - passed_on(fraud, n, as_of)
    there: I64 = np.clip(np.minimum(left, balances(facts, as_of)), 0, None)
    return there


def balances(facts: WorldFacts, as_of: int) -> I64:
    """Balance of every account at T, minor units; a debit beyond it empties the account (never below 0).

    Opening balance, transfers, cash, in order of time; equal times in the order of the files, credits first.
    O(rows log rows).
    """
    sides = (
        (facts.payee, facts.amount, facts.time),
        (facts.payer, -facts.amount, facts.time),
        (facts.cash_account, -facts.cash_amount, facts.cash_time),
    )
    account, change, time = (np.concatenate([side[i] for side in sides]) for i in range(3))
    known = np.flatnonzero(time <= as_of)
    order = known[np.argsort(time[known], kind="stable")]
    balance = np.maximum(facts.opening, 0)
    _run(account[order], change[order], balance)
    return balance


@nb.njit(cache=True)
def _run(account: I32, change: I64, balance: I64) -> None:
    for e in range(len(account)):
        balance[account[e]] = max(0, balance[account[e]] + change[e])


def _sums(codes: I32, amount: I64, accounts: int) -> I64:
    out = np.zeros(accounts, dtype=np.int64)
    np.add.at(out, codes, amount)
    return out
