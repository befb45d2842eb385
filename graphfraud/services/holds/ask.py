"""What is asked of a plan of holds."""

from __future__ import annotations

import re
from dataclasses import dataclass

from graphfraud.core.clock import DAY, HOUR, MINUTE
from graphfraud.errors import UsageError
from graphfraud.settings import HoldSettings
from graphfraud.trace import RULES, Limits, Rule
from graphfraud.trace.holds import LONGEST_DELAY, HoldTerms
from graphfraud.trace.innocence import Bounds

EVERY = "all"
_UNITS = {"m": MINUTE, "h": HOUR, "d": DAY}


@dataclass(frozen=True)
class HoldRequest:
    """A plan that is asked for. Raises UsageError for a delay, rule or limit that cannot be."""

    case_no: str
    delay: int = HOUR  # µs
    rule: str = EVERY
    limit: int = 20

    def __post_init__(self) -> None:
        if not 0 <= self.delay <= LONGEST_DELAY:
            raise UsageError("the delay until a hold takes effect is from 0 to 30 days, for example --delay 1h")
        if self.rule not in (*RULES, EVERY):
            raise UsageError(f"there is no rule {self.rule!r}; there are {', '.join(RULES)} and {EVERY}")
        if not 1 <= self.limit <= 100_000:
            raise UsageError("the limit is from 1 to 100000 accounts")

    @property
    def rules(self) -> tuple[Rule, ...]:
        return RULES if self.rule == EVERY else (Rule(self.rule),)


def parse_delay(text: str) -> int:
    """`30m`, `1h`, `6h`, `2d`, `0` as µs. Raises UsageError.

    >>> parse_delay("30m") == 30 * MINUTE
    True
    """
    found = re.fullmatch(r"(\d{1,6})(m|h|d)|0", text.strip().lower())
    if found is None:
        raise UsageError(
            f"'{text}' is not a delay: give a whole number with m, h or d, for example 30m, 1h, 6h or 2d; 0 is now"
        )
    return int(found[1] or 0) * _UNITS[found[2] or "m"]


def limits_of(settings: HoldSettings, at: int) -> Limits:
    """Bounds of the traces of a plan at a moment."""
    return Limits(settings.depth, round(settings.window_days * DAY), 0, settings.breadth, at)


def terms_of(settings: HoldSettings, delay: int) -> HoldTerms:
    """Weights and bounds of a plan."""
    bounds = Bounds(
        settings.old_days, settings.prior_days, settings.old_money_days,
        settings.salary_months, settings.relayed_share, settings.lain_hours,
    )  # fmt: skip
    return HoldTerms(
        delay,
        settings.further_weight,
        settings.collateral_weight,
        settings.proportion,
        settings.fresh_days,
        settings.recent_days,
        bounds,
    )
