"""What a reader of a trace has to know: about the order of payments, money that came back, balances that lack money."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from graphfraud.core.money import show_yuan
from graphfraud.services.trace.answer import TraceNote
from graphfraud.services.trace.start import Followed


def notes(date_only: bool, done: Followed) -> list[TraceNote]:
    """Notes in a fixed order. `date_only`: the data has days, not times of day. O(hops)."""
    return [*_nothing(done), *_order(date_only, done), *_returned(done), *_unknown(done)]


def money_notes(done: Followed) -> list[TraceNote]:
    """Notes on the money alone: equal times, money that came back, money without a source."""
    return [*_order(False, done), *_returned(done), *_unknown(done)]


def _nothing(done: Followed) -> Iterator[TraceNote]:
    """An account into which nothing came."""
    if len(done.starts.flow):
        return
    account = done.book.account(done.request.account_id or "")
    flow = done.book.events.flow[done.book.events.ptr[account] : done.book.events.ptr[account + 1]]
    paid = int(np.count_nonzero(done.book.flows.payer[flow] == account))
    chosen = done.request.since is not None or done.request.until is not None
    when = (" in that time", "在该时段内") if chosen else ("", "")
    yield TraceNote(
        "nothing came in",
        f"No payment came into the account{when[0]}. Payments it made: {paid:,}; trace one with --txn.",
        f"该账户{when[1]}没有收入，共付款 {paid:,} 笔：可用 --txn 追踪其中一笔。",
    )


def _order(date_only: bool, done: Followed) -> Iterator[TraceNote]:
    """Payments of the same moment are in order of their serials, which need not be that of the day."""
    if date_only:
        yield TraceNote(
            "days only",
            "The data states days, not times of day: within a day the order of payments is that of their serials, so"
            " the way of money that came and went on one day is a guess.",
            "数据只有日期没有时刻：同一天内按流水号排序，当日进出资金的走向仅供参考。",
        )
        return
    trace = done.trace
    time = done.book.flows.time[trace.hops.flow]
    tied = int(np.count_nonzero(time[trace.steps.parent] == time[trace.steps.child]))
    if tied:
        yield TraceNote(
            "equal times",
            f"Steps between payments of the same moment: {tied:,}; their order is that of their serials.",
            f"有 {tied:,} 步的前后两笔时间相同，按流水号排序。",
        )


def _returned(done: Followed) -> Iterator[TraceNote]:
    """Money that came back to the payer of its start."""
    back = done.returned
    if back:
        total = show_yuan(sum(back.values()))
        yield TraceNote(
            "came back",
            f"{total} yuan came back to those who paid it (starts: {len(back):,}). It is followed on from there like"
            " any other money of theirs.",
            f"有 {len(back):,} 笔起始付款的资金共 {total} 元回到付款人，之后与其账户内其他资金一样继续追踪。",
        )


def _unknown(done: Followed) -> Iterator[TraceNote]:
    """Money without a known source."""
    unknown = done.trace.coverage.unexplained
    if unknown:
        yield TraceNote(
            "unexplained",
            f"{show_yuan(unknown)} yuan have no known source: accounts paid more than the known data says they had.",
            f"有 {show_yuan(unknown)} 元来源不明：账户付出的金额超过已知余额。",
        )
