"""Holds: which accounts of a case to hold first, what each saves, whom it would hurt (docs/holds.md).

Recommendations only: nothing here executes anything.
"""

from __future__ import annotations

from graphfraud.core.runs import PublishedRun
from graphfraud.services.holds.answer import HoldRow, HoldsAnswer
from graphfraud.services.holds.ask import EVERY, HoldRequest, parse_delay
from graphfraud.services.holds.build import answer
from graphfraud.services.holds.orders import FORMATS, HoldsExported, export_orders, profile
from graphfraud.services.holds.replay import orders_at_referral
from graphfraud.services.lens import MASKED, Lens
from graphfraud.settings import HoldSettings

__all__ = [
    "EVERY",
    "FORMATS",
    "HoldRequest",
    "HoldRow",
    "HoldsAnswer",
    "HoldsExported",
    "export_orders",
    "holds",
    "orders_at_referral",
    "parse_delay",
    "profile",
]


def holds(
    run: PublishedRun, request: HoldRequest, settings: HoldSettings | None = None, lens: Lens = MASKED
) -> HoldsAnswer:
    """The plan of a case at the run's T.

    Raises UnknownId for a case that has no standing referral, UsageError where no victim's payment of it could be
    identified. A plan without rows says where the money went.
    """
    return answer(run, request, settings or HoldSettings(), lens)
