"""Trace: where an account's money came from (up) or went (down), along the lots that carried it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from graphfraud.core.runs import PublishedRun
from graphfraud.core.snapshot import CASH_DESK, Snapshot
from graphfraud.errors import UnknownId, UsageError
from graphfraud.services.answers import Answer, Micros, Minor, Span, stamp
from graphfraud.trace import Chain, ChainLimits, End, Hop, chain


@dataclass(frozen=True)
class TraceLimits:
    """Bounds of a chain; what each cuts is in the answer. Amounts minor units, times µs."""

    depth: int = 6
    max_hops: int = 200
    min_amount: int = 0
    window_days: float = 7.0
    since: int | None = None
    until: int | None = None
    payment: str | None = None  # only the money of this payment (txn_id) into the account

    def __post_init__(self) -> None:
        if (
            not 1 <= self.depth <= 50
            or not 1 <= self.max_hops <= 10_000
            or self.min_amount < 0
            or self.window_days <= 0
        ):
            raise UsageError("limits out of range: 1 ≤ depth ≤ 50, 1 ≤ hops ≤ 10000, min_amount ≥ 0, window > 0")


@dataclass(frozen=True)
class TraceEnd:
    """Money of a way that ends for one reason (`docs/json.md` lists them)."""

    reason: str
    amount: Minor


@dataclass(frozen=True)
class TraceHop:
    """One payment on the way, with the part of it that is on the way."""

    number: int
    parent: Annotated[int | None, Field(description="number of the hop it hangs on; null: a payment into the account")]
    depth: int
    from_account: Annotated[str | None, Field(description="null: cash paid in")]
    to_account: Annotated[str | None, Field(description="null: cash taken out")]
    txn_id: str
    time: Micros
    amount: Minor
    carried: Annotated[Minor, Field(description="part of the payment that is on this way")]
    dwell: Annotated[Span | None, Field(description="how long the money stayed between this hop and its parent")]
    ends: Annotated[list[TraceEnd], Field(description="what of `carried` ends here; the rest goes on in its children")]


@dataclass(frozen=True)
class TraceCut:
    """Ways a limit cut."""

    reason: str
    ways: int


@dataclass(frozen=True)
class TraceAnswer(Answer):
    """A chain as a tree of hops, parents before children. `total` came into the account; the ends sum to it exactly."""

    account_id: str
    direction: Literal["up", "down"]
    total: Minor
    hops: list[TraceHop]
    ends: list[TraceEnd]
    cut: Annotated[list[TraceCut], Field(description="how many ways each limit cut; their money is in `ends`")]


def trace(run: PublishedRun, account_id: str, direction: str, limits: TraceLimits) -> TraceAnswer:
    """The chain of an account; with a payment, of what came in at its moment. Raises UnknownId, UsageError."""
    if direction not in ("up", "down"):
        raise UsageError(f"direction is {direction!r}; it is up (where money came from) or down (where it went)")
    snapshot = run.snapshot
    account = snapshot.code(account_id)
    window = (limits.since, limits.until)
    if limits.payment is not None:
        time = int(snapshot.flows.time[_payment(snapshot, account, limits.payment)])
        window = (time, time + 1)
    bounds = ChainLimits(limits.depth, limits.window_days, limits.min_amount, limits.max_hops, *window)
    found = chain(snapshot, account, direction, bounds)  # type: ignore[arg-type]
    return TraceAnswer(
        **stamp(run),
        account_id=account_id,
        direction=direction,  # type: ignore[arg-type]
        total=found.start,
        hops=[_hop(snapshot, hop) for hop in _in_tree_order(found)],
        ends=_ends(found.totals),
        cut=[TraceCut(str(end), ways) for end, ways in sorted(found.cut.items())],
    )


def _payment(snapshot: Snapshot, account: int, txn: str) -> int:
    """The flow of a payment into an account. Raises UnknownId. O(flows of the account)."""
    for flow in snapshot.flows_of(account).tolist():
        if snapshot.flows.payee[flow] == account and snapshot.flows.txn[flow] == txn:
            return int(flow)
    raise UnknownId(f"no payment {txn!r} into account {snapshot.accounts.id[account]} at this run")


def _in_tree_order(found: Chain) -> Iterator[Hop]:
    """Depth first, largest carried first."""
    children: dict[int, list[Hop]] = {}
    for hop in found.hops:
        children.setdefault(hop.parent, []).append(hop)
    for hops in children.values():
        hops.sort(key=lambda h: (h.carried, -h.flow))
    stack = children.pop(-1, [])
    while stack:
        hop = stack.pop()
        yield hop
        stack.extend(children.pop(hop.number, []))


def _hop(snapshot: Snapshot, hop: Hop) -> TraceHop:
    name = snapshot.accounts.id
    return TraceHop(
        number=hop.number,
        parent=None if hop.parent < 0 else hop.parent,
        depth=hop.depth,
        from_account=None if hop.payer == CASH_DESK else name[hop.payer],
        to_account=None if hop.payee == CASH_DESK else name[hop.payee],
        txn_id=snapshot.flows.txn[hop.flow],
        time=hop.time,
        amount=hop.amount,
        carried=hop.carried,
        dwell=None if hop.parent < 0 else hop.dwell,
        ends=_ends(hop.ends),
    )


def _ends(totals: Mapping[End, int]) -> list[TraceEnd]:
    """Largest first, then by name."""
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    return [TraceEnd(str(end), amount) for end, amount in ranked]
