"""What a live trace starts with: the statements to fetch first, and the payments among them.

As in a run: the payment of a referral is the one whose serial it names; else one from its victim to its account, of the
amount nearest to the time within a day (where no time is given, the only one), or at exactly the time. A case has the
payments of its referrals in order of referral_id, each once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow.compute as pc

from graphfraud.core.clock import DAY
from graphfraud.core.snapshot import I32
from graphfraud.errors import UnknownId, UsageError
from graphfraud.services.live.cone import Cone
from graphfraud.services.live.holdings import NIGHTLY
from graphfraud.services.live.sheet import Sheet
from graphfraud.trace import Book, Starts


@dataclass
class Maker:
    """Makes the starts again for every book of a cone that grows. `reports`: referrals by payment, of the last one."""

    starts: Callable[[Book, Sheet], Starts]
    reports: dict[int, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Start:
    """Exactly one: `account` (what came into it in [since, until), µs), `origins` (per origin payments as account that
    received it, serial), `txn` (a transfer or cash), `case_no`, `referral_id`.
    """

    account: str | None = None
    since: int | None = None
    until: int | None = None
    origins: Sequence[Sequence[tuple[str, str]]] = ()
    txn: str | None = None
    case_no: str | None = None
    referral_id: str | None = None


def begin(cone: Cone, start: Start) -> Maker:
    """Fetch what the start needs. Raises UnknownId, UsageError for what is not there or not fetched."""
    if start.account is not None:
        account = start.account
        _first(cone, [account])
        return Maker(lambda book, sheet: Starts.into(book, sheet.account(account), start.since, start.until))
    if start.txn is not None:
        return _of_payment(cone, start.txn)
    if start.case_no is not None or start.referral_id is not None:
        return _of_referrals(cone, start)
    _first(cone, sorted({account for origin in start.origins for account, _ in origin}))
    for account in sorted({account for origin in start.origins for account, _ in origin}):
        cone.tell_into(account)
    rows = [[(a, txn, cone.into(a, txn)) for a, txn in origin] for origin in start.origins]
    return Maker(lambda book, sheet: Starts.of(book, [[_into(sheet, *one) for one in origin] for origin in rows]))


def _first(cone: Cone, accounts: Sequence[str]) -> None:
    cone.ask(accounts, {})
    for account in accounts:
        cone.known(account)


def _unknown(txn: str) -> UnknownId:
    return UnknownId(
        f"no payment {txn!r} moved money: it is unknown, was reversed, failed, or is the second leg of another one"
    )


def _into(sheet: Sheet, account: str, txn: str, rows: Sequence[int]) -> int:
    """Number of a payment into an account. Raises UnknownId."""
    flow = sheet.flow(rows)
    if flow < 0:
        raise UnknownId(
            f"no payment {txn!r} into account {account} moved money: it is unknown, was reversed, failed, or is the"
            " second leg of another one"
        )
    return flow


def _of_payment(cone: Cone, txn: str) -> Maker:
    """A transfer, else cash."""
    found = cone.by_serial([txn])
    if not found.num_rows:
        return _of_cash(cone, txn)
    row = found.to_pylist()[0]
    cone.ask(sorted({row["payer"], row["payee"]}), {})
    if cone.shut(row["payer"]):
        cone.known(row["payee"])

    def made(book: Book, sheet: Sheet) -> Starts:
        flow = sheet.flow([row["row"]])
        if flow < 0:
            raise _unknown(txn)
        return Starts.of(book, [[flow]])

    return Maker(made)


def _of_cash(cone: Cone, txn: str) -> Maker:
    cash = cone.store.export(cone.as_of)["cash"]
    moved = cash.filter(pc.equal(pc.coalesce(cash["txn_id"], cash["row_id"]), txn)).to_pylist()
    if not moved:
        raise _unknown(txn)
    _first(cone, [moved[0]["account"]])
    rows = cone.payments.paid(txn)
    return Maker(lambda book, sheet: Starts.of(book, [[sheet.flow(rows)]]))


# -- referrals ------------------------------------------------------------------------------------------------------


def _of_referrals(cone: Cone, start: Start) -> Maker:
    """The victims' payments of a case, each an origin, or that of one referral."""
    asked = [r for r in _standing(cone) if start.case_no is None or r["case_no"] == start.case_no]
    asked = [r for r in asked if start.referral_id is None or r["referral_id"] == start.referral_id]
    named = cone.by_serial(sorted({r["victim_txn"] for r in asked if r["victim_txn"]})).to_pylist()
    cone.ask(sorted({r["account_id"] for r in asked} | {row["payee"] for row in named}), {})
    asked = [r for r in asked if cone.there(r["account_id"])]
    if not asked:
        what = f"referral {start.referral_id!r}" if start.case_no is None else f"referral of case {start.case_no!r}"
        raise UnknownId(f"no {what} stands in the store; check the number: it may have been withdrawn")
    for account in sorted({r["account_id"] for r in asked}):
        cone.known(account)
        cone.tell_into(account)
    rows = {row["row_id"]: row for row in named}
    reports: dict[int, list[str]] = {}

    def made(book: Book, sheet: Sheet) -> Starts:
        reports.clear()
        for r in asked:
            flow = _payment_of(r, rows, book, sheet)
            if flow >= 0:
                reports.setdefault(flow, []).append(r["referral_id"])
        return _reported(book, list(reports), start)

    return Maker(made, reports)


def _standing(cone: Cone) -> list[dict[str, Any]]:
    """Referrals that were not withdrawn, in order."""
    facts = cone.store.export(cone.as_of)
    gone = set(facts["withdrawals"]["referral_id"].to_pylist())
    found: list[dict[str, Any]] = facts["referrals"].to_pylist()
    return sorted(
        (
            r
            for r in found
            if r["referral_id"] not in gone
            and (r["status"] or "").lower() != "withdrawn"
            and not (r["withdrawn_at"] is not None and r["withdrawn_at"] <= cone.as_of)
        ),
        key=lambda r: r["referral_id"].encode(),
    )


def _reported(book: Book, flows: Sequence[int], start: Start) -> Starts:
    """Each payment an origin. Raises UsageError where no payment could be identified."""
    if flows:
        return Starts.of(book, [[flow] for flow in flows])
    if start.case_no is None:
        raise UsageError(
            f"the victim's payment of referral {start.referral_id!r} could not be identified among the payments known"
            " here; trace the account it refers, or refer it again with --victim-payment"
        )
    raise UsageError(
        f"no victim's payment of case {start.case_no!r} could be identified among the payments known here; refer its"
        " accounts with --victim-payment, or trace what came into an account"
    )


def _payment_of(referral: dict[str, Any], named: dict[str, dict[str, Any]], book: Book, sheet: Sheet) -> int:
    """Number of the payment that a referral reports, −1 where none can be told."""
    row = named.get(referral["victim_txn"] or "")
    if row is not None:
        flow = sheet.flow([row["row"]])
        if flow >= 0:
            return flow
        if row["perspective"]:
            raise UsageError(
                f"payment {row['row_id']}, reported by referral {referral['referral_id']}, moved no money or is the"
                f" second leg of another one: {NIGHTLY}"
            )
    if not referral["victim_account"]:
        return -1
    payee, payer = sheet.account(referral["account_id"]), sheet.account(referral["victim_account"])
    mine = book.events.flow[book.events.ptr[payee] : book.events.ptr[payee + 1]]
    mine = mine[(book.flows.payee[mine] == payee) & (book.flows.payer[mine] == payer)] if payer >= 0 else mine[:0]
    return _nearest(book, mine, referral["victim_amount"], referral["victim_time"])


def _nearest(book: Book, flows: I32, amount: int | None, time: int | None) -> int:
    """Of payments between the two accounts the one that is meant, −1 where none is."""
    amounts, times = book.flows.amount[flows].tolist(), book.flows.time[flows].tolist()
    fits = [
        (a != amount, 0 if time is None else abs(t - time), f)
        for f, a, t in zip(flows.tolist(), amounts, times, strict=True)
        if t == time or (a == amount and (time is None or abs(t - time) <= DAY))
    ]
    if not fits or (time is None and len(fits) > 1):
        return -1
    return int(min(fits)[2])
