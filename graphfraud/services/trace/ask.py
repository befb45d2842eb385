"""What can be asked of a trace: one request for an account, a transfer, a victim's payment or a whole case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from graphfraud.core.clock import DAY
from graphfraud.errors import UsageError
from graphfraud.trace import RULES, Direction, Limits, Rule

EVERY = "all"  # TraceRequest.rule: the five rules and the range they span
MAX_DEPTH, MAX_HOPS, MAX_DAYS = 10_000, 10_000, 36_500
#: What a trace can start with.
Kind = Literal["account", "transfer", "case", "referral"]


@dataclass(frozen=True)
class TraceLimits:
    """Bounds of a trace; what each cuts is in the answer, in amount and count. Amounts minor units, times µs."""

    depth: int = 6  # hops
    max_hops: int = 200  # hops of one origin in all
    min_amount: int = 0  # smallest carried amount that is followed
    window_days: float = 7.0  # longest wait between two hops
    horizon: int | None = None  # payments after this are not looked at; None: all that the run knows

    def __post_init__(self) -> None:
        if not (
            1 <= self.depth <= MAX_DEPTH
            and 1 <= self.max_hops <= MAX_HOPS
            and self.min_amount >= 0
            and 0 < self.window_days <= MAX_DAYS
        ):
            raise UsageError(
                f"limits out of range: 1 ≤ depth ≤ {MAX_DEPTH}, 1 ≤ hops ≤ {MAX_HOPS}, amount ≥ 0,"
                f" 0 < window ≤ {MAX_DAYS} days"
            )

    @property
    def bounds(self) -> Limits:
        """The same as the kernels take them."""
        window = round(self.window_days * DAY)
        return Limits(self.depth, window, self.min_amount, self.max_hops, self.horizon)


@dataclass(frozen=True)
class TraceRequest:
    """A trace that is asked for. Raises UsageError where it does not say exactly one start, or a word is unknown.

    Starts: `account_id` (what came into it, in [since, until) if given; with `txn_id` only that payment), `txn_id`
    alone (a transfer), `case_no` (every victim's payment of the case, each told apart), `referral_id` (the victim's
    payment of one referral). Up goes from the payers of the starts to the sources, down from their receivers to where
    the money is now. Default: up for an account, down for the rest.
    """

    account_id: str | None = None
    txn_id: str | None = None
    case_no: str | None = None
    referral_id: str | None = None
    direction: str | None = None
    rule: str = Rule.LIFO
    since: int | None = None
    until: int | None = None
    limits: TraceLimits = field(default_factory=TraceLimits)

    def __post_init__(self) -> None:
        one = (self.account_id or self.txn_id, self.case_no, self.referral_id)
        if sum(value is not None for value in one) != 1:
            raise UsageError(
                "a trace starts with one thing: an account, a transfer (--txn), a case (--case) or a referral"
                " (--referral)"
            )
        if self.direction not in (None, *get_args(Direction)):
            raise UsageError(
                f"direction is {self.direction!r}; it is up (where money came from) or down (where it went)"
            )
        if self.rule not in (*RULES, EVERY):
            raise UsageError(f"there is no rule {self.rule!r}; there are {', '.join(RULES)} and {EVERY}")
        if self.kind != "account" and (self.since is not None or self.until is not None):
            raise UsageError("--since and --until choose among payments into an account; they go with an account only")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise UsageError("the window is empty: --since must be before --until")

    @property
    def kind(self) -> Kind:
        """What the trace starts with."""
        if self.account_id is not None:
            return "account"
        if self.txn_id is not None:
            return "transfer"
        return "case" if self.case_no is not None else "referral"

    @property
    def named(self) -> str:
        """The account, serial, case number or referral it starts with."""
        return self.account_id or self.txn_id or self.case_no or self.referral_id or ""

    @property
    def way(self) -> Direction:
        """The direction, the default where none is given."""
        default = "up" if self.kind == "account" else "down"
        return "up" if (self.direction or default) == "up" else "down"

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules to trace under."""
        return RULES if self.rule == EVERY else (Rule(self.rule),)

    @property
    def shown(self) -> Rule:
        """The rule whose hops are shown: LIFO where all are asked."""
        return Rule.LIFO if self.rule == EVERY else Rule(self.rule)
