"""Plans as they would have been at the referral of each case, for measuring them against what happened next."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from graphfraud.core.clock import DAY, HOUR
from graphfraud.core.runs import PublishedRun
from graphfraud.errors import UsageError
from graphfraud.services.books import book_of
from graphfraud.services.holds.ask import limits_of, terms_of
from graphfraud.settings import HoldSettings
from graphfraud.trace import Book, under_all_rules
from graphfraud.trace.held import Known
from graphfraud.trace.holds import Hold, plan
from graphfraud.trace.reported import reported

REPLAYED = 30 * DAY
PLAN = "plan"
#: Rivals of the plan: other orders of the same accounts, held whole.
ORDERS: dict[str, Callable[[Hold], tuple[int, ...]]] = {
    "largest balance first": lambda h: (-(h.balance or 0), h.account),
    "latest layer first": lambda h: (-h.layer, -(h.balance or 0), h.account),
}
SCHEMA = pa.schema([
    ("case_no", pa.string()), ("at", pa.int64()), ("order", pa.string()), ("rank", pa.int64()),
    ("account_id", pa.string()), ("amount", pa.int64()), ("whole", pa.bool_()), ("balance", pa.int64()),
    ("unexplained", pa.int64()), ("left", pa.int64()), ("payments", pa.list_(pa.string())),
])  # fmt: skip


def orders_at_referral(run: PublishedRun, settings: HoldSettings | None = None, since: int | None = None) -> pa.Table:
    """Per case first referred in (since, T] (default: the last 30 days), the plan at that moment, of our accounts.

    Columns: case_no, at (µs), order, rank, account_id, amount (to hold, minor units), whole (all that is there and all
    that comes in is held), balance, unexplained and left (of the account: trace/balances.py), payments (serials that
    the case starts with). Only what was known at the moment is used: payments until then, referrals until then. A case
    whose payments cannot be identified is left out, as is one of which our accounts hold nothing. O(cases · plan).
    """
    settings = settings or HoldSettings()
    referrals, book = run.snapshot.referrals, book_of(run)
    first: dict[str, int] = {}
    for case, time in zip(referrals.case, referrals.referred_at.tolist(), strict=True):
        first[case] = min(time, first.get(case, time))
    start = run.as_of - REPLAYED if since is None else since
    rows: list[tuple[object, ...]] = []
    for case in sorted(c for c, t in first.items() if start < t <= run.as_of):
        rows += _case(run, book, (case, first[case]), settings)
    return pa.table([pa.array(column, f.type) for column, f in zip(zip(*rows, strict=True), SCHEMA, strict=True)]
                    if rows else [[] for _ in SCHEMA], schema=SCHEMA)  # fmt: skip


def _case(run: PublishedRun, book: Book, of: tuple[str, int], settings: HoldSettings) -> list[tuple[object, ...]]:
    case_no, at = of
    try:
        case = reported(book, run.snapshot.referrals, case_no, at)
    except UsageError:
        return []
    traces = under_all_rules(book, case.starts, limits_of(settings, at))
    known = Known(at, frozenset(case.referred.tolist()), case.referred)
    ours = [h for h in plan(book, traces, known, terms_of(settings, HOUR)) if h.ours]
    orders = {PLAN: ours, "plan, every hold whole": ours} | {
        name: sorted(ours, key=key) for name, key in ORDERS.items()
    }
    serials = [book.flows.txn[int(f)] for f in np.sort(case.starts.flow)]
    rows: list[tuple[object, ...]] = []
    for name, holds in orders.items():
        for rank, h in enumerate(holds, 1):
            whole = name != PLAN or not h.partial
            money = (h.balance if whole else h.amount, whole, h.balance, h.unexplained, h.left)
            rows.append((case_no, at, name, rank, book.accounts.id[h.account], *money, serials))
    return rows
