"""The benchmark's reads by name, asked with the benchmark's parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

from graphfraud.errors import InputError
from graphfraud.trace.finbench import patterns, spread, sums, tracing
from graphfraud.trace.finbench.answer import Answer
from graphfraud.trace.finbench.links import Order, Truncation
from graphfraud.trace.finbench.network import Network
from graphfraud.trace.finbench.windows import Window


@dataclass(frozen=True)
class Params:
    """Parameters of one read as the benchmark names them; numbers are int or Decimal."""

    given: Mapping[str, Any]

    def whole(self, name: str) -> int:
        """An id or a time. Raises InputError."""
        value = self.given.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise InputError(f"parameter {name} has to be a whole number, not {value!r}")
        return value

    def exact(self, name: str) -> Fraction:
        """A number. Raises InputError."""
        value = self.given.get(name)
        if not isinstance(value, int | Decimal) or isinstance(value, bool) or not Decimal(value).is_finite():
            raise InputError(f"parameter {name} has to be a number, not {value!r}")
        return Fraction(value)

    def amount(self, name: str) -> int:
        """A threshold in minor units, rounded down: an amount exceeds it where it exceeds the threshold."""
        return floor(self.exact(name) * 100)

    @property
    def id(self) -> int:
        """The node that is asked about."""
        return self.whole("id")

    @property
    def window(self) -> Window:
        """startTime and endTime."""
        return Window.of_millis(self.whole("startTime"), self.whole("endTime"))

    @property
    def truncation(self) -> Truncation:
        """truncationLimit and truncationOrder; the order is TIMESTAMP_DESCENDING where it is not given."""
        order = self.given.get("truncationOrder", Order.TIMESTAMP_DESCENDING)
        if order not in list(Order):
            raise InputError(f"parameter truncationOrder is {order!r}; it can be {', '.join(Order)}")
        limit = self.whole("truncationLimit") if "truncationLimit" in self.given else None
        if limit is not None and limit < 0:
            raise InputError(f"parameter truncationLimit is {limit}; it cannot be negative")
        return Truncation(limit, Order(order))


def _tcr2(network: Network, p: Params) -> Answer:
    return tracing.upstream_loans(network, network.persons.accounts_of(p.id), p.window, p.truncation)


def _tcr5(network: Network, p: Params) -> Answer:
    return tracing.forward_paths(network, network.persons.accounts_of(p.id), p.window, p.truncation)


def _tcr6(network: Network, p: Params) -> Answer:
    thresholds = p.amount("threshold1"), p.amount("threshold2")
    return patterns.collect_then_withdraw(network, p.id, thresholds, p.window, p.truncation)


#: name → read
READS: dict[str, Callable[[Network, Params], Answer]] = {
    "tcr1": lambda n, p: tracing.blocked_media(n, p.id, p.window, p.truncation),
    "tcr2": _tcr2,
    "tcr4": lambda n, p: patterns.cycles_of_three(n, p.whole("id1"), p.whole("id2"), p.window, p.truncation),
    "tcr5": _tcr5,
    "tcr6": _tcr6,
    "tcr7": lambda n, p: sums.in_and_out(n, p.id, p.amount("threshold"), p.window, p.truncation),
    "tcr8": lambda n, p: spread.loan_spread(n, p.id, p.exact("threshold"), p.window, p.truncation),
    "tcr9": lambda n, p: sums.loan_ratios(n, p.id, p.amount("threshold"), p.window, p.truncation),
    "tsr2": lambda n, p: sums.totals(n, p.id, p.window),
    "tsr3": lambda n, p: sums.blocked_share(n, p.id, p.amount("threshold"), p.window),
    "tsr4": lambda n, p: sums.payees(n, p.id, p.amount("threshold"), p.window),
    "tsr5": lambda n, p: sums.payers(n, p.id, p.amount("threshold"), p.window),
    "tsr6": lambda n, p: patterns.blocked_siblings(n, p.id, p.window),
}


def ask(network: Network, read: str, params: Mapping[str, Any]) -> Answer:
    """Answer a read by name. Raises InputError for a name or parameter that is not right, UnknownId."""
    if read not in READS:
        raise InputError(f"there is no read {read!r}; there are: {', '.join(READS)}")
    return READS[read](network, Params(params))
