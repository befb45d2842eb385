"""Words of tracing: the five rules, the reasons for which money stops, and the bounds of a trace."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from graphfraud.core.clock import DAY
from graphfraud.errors import UsageError

Direction = Literal["up", "down"]


class Rule(StrEnum):
    """Which money of an account leaves in a payment (domain.md §6)."""

    FIFO = "fifo"  # the oldest first
    LIFO = "lifo"  # the newest first
    PRO_RATA = "pro-rata"  # all money in proportion (rolling charge)
    LIBR = "libr"  # money that is not traced first (lowest intermediate balance)
    TAINT_FIRST = "taint-first"  # traced money first


RULES = tuple(Rule)
LOT_RULES = (Rule.FIFO, Rule.LIFO)


class End(StrEnum):
    """Why a branch ends."""

    HELD = "held"  # still in the account at T
    CASH = "cash"  # taken out in cash (down) or paid in in cash (up)
    POOLED = "pooled"  # at a payment company: never hopped through
    MERCHANT = "merchant"
    OPENING = "opening"  # up: from the opening balance
    UNEXPLAINED = "unexplained"  # up: no known inflow explains it
    WAITED = "waited"  # lay longer than the window
    SMALL = "small"  # below the floor
    DEPTH = "depth"  # deeper than the limit
    BREADTH = "breadth"  # more payments than the limit
    OTHER_BANK = "other bank"
    BUSY = "busy"  # the account has too many payments: to be shared out (up), or to be fetched from a store
    RESTARTED = "restarted"  # paid on in a payment that is a start itself: followed from there
    BEYOND = "beyond"  # down: the start is later than the horizon


#: Number of an end in arrays.
ENDS = tuple(End)
END_CODE = {end: code for code, end in enumerate(ENDS)}
#: Ends that a bound of the trace makes.
CUTS = (End.WAITED, End.SMALL, End.DEPTH, End.BREADTH, End.BUSY, End.RESTARTED)


@dataclass(frozen=True)
class Limits:
    """Bounds of a trace under a rule. What each cuts is reported in amount and count.

    A rule of shares (pro-rata, LIBR, taint-first) goes through payments in time order, so `breadth` keeps the
    earliest; a rule of lots (FIFO, LIFO) goes hop by hop and keeps the largest.
    """

    depth: int = 4  # hops
    window: int = 7 * DAY  # longest wait between two hops, µs
    floor: int = 0  # smallest carried amount that is followed, minor units
    breadth: int = 200  # hops of one origin in all
    horizon: int | None = None  # payments after this are not looked at, µs; None: all that the data has
    busy: int = 50_000  # up, by shares: payments of an account that is shared out; a busier one ends the branch

    def __post_init__(self) -> None:
        if not (1 <= self.depth <= 10_000 and self.window >= 0 and self.floor >= 0 and self.breadth >= 1):
            raise UsageError("limits out of range: 1 ≤ depth ≤ 10000, window ≥ 0, floor ≥ 0, breadth ≥ 1")
        if self.busy < 1:
            raise UsageError("limits out of range: busy ≥ 1")
