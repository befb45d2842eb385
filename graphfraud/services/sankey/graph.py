"""What a picture of a trace shows: boxes in columns and the money between them, before anything has a place.

Column 0 holds who paid the starts (up: who received them), column d the accounts that d payments led to. An account
that money comes back to stands in every column it is reached in, so bands only join neighbours and nothing is hidden
behind a loop. Where money ends is a box of its own in the next column. What is too small or too deep to be drawn is
gathered into a box that says how many accounts it holds; its money stays in the picture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from graphfraud.trace import End

Kind = Literal["account", "more", "deeper", "unfollowed", "end"]
_ENDS = list(End)


@dataclass(frozen=True)
class Passage:
    """One hop: `account` is where it leads (None: the cash desk), `other` the side it comes from. Minor units."""

    number: int
    depth: int  # 1: a start
    txn_id: str
    account: str | None
    other: str | None
    carried: int
    parents: Sequence[tuple[int, int]]  # hop, amount
    ends: Sequence[tuple[End, int]]


@dataclass(frozen=True)
class Cash:
    """A hypothesis: the cash of a hop (`txn_id`) may be the cash that went into `account`. In no total."""

    txn_id: str
    account: str
    amount: int
    wait: int  # µs


@dataclass(frozen=True)
class Money:
    """A trace as far as a picture needs it. `ends` are all ends, those of starts that were not followed as well."""

    direction: Literal["up", "down"]
    total: int
    passages: Sequence[Passage]
    ends: Mapping[End, int]
    cut: Mapping[End, int] = field(default_factory=dict)  # payments that each bound cut
    banks: Mapping[str, str] = field(default_factory=dict)  # of accounts of other banks
    cash: Sequence[Cash] = ()


@dataclass(frozen=True)
class Bounds:
    """How much is drawn; the rest is gathered and counted."""

    accounts: int = 14  # of a column
    part: int = 500  # an account with less than this part of the total is gathered
    columns: int = 12  # of accounts
    cash: int = 8  # hypotheses


class Box(NamedTuple):
    """One box. `name` is the account, or the end; `count` the accounts that are gathered, 1 for one account."""

    column: int
    kind: Kind
    name: str


@dataclass(frozen=True)
class Picture:
    """Boxes with their money, and the money between two boxes; minor units."""

    money: Money
    amounts: Mapping[Box, int]
    bands: Mapping[tuple[Box, Box], int]
    counts: Mapping[Box, int]  # accounts that a gathered box holds
    cash: Mapping[Box, Sequence[Cash]]  # hypotheses by the box of cash they leave from
    cash_left_out: tuple[int, int]  # how many hypotheses are not drawn, and their amount

    @property
    def columns(self) -> int:
        """How many columns there are; a hypothesis needs one to the right of its cash."""
        return 1 + max((box.column + (box in self.cash) for box in self.amounts), default=0)


def picture(money: Money, bounds: Bounds | None = None) -> Picture:
    """Boxes and bands of a trace. O(hops · log hops)."""
    bounds = bounds or Bounds()
    raw = _bands(money, bounds.columns)
    renamed, counts = _gathered(money, raw, bounds)
    bands: Counter[tuple[Box, Box]] = Counter()
    for (source, target), amount in raw.items():
        bands[renamed.get(source, source), renamed.get(target, target)] += amount
    amounts = _amounts(bands)
    drawn = sorted(money.cash, key=lambda c: (-c.amount, c.txn_id, c.account))
    kept, rest = drawn[: bounds.cash], drawn[bounds.cash :]
    left_out = len(rest), sum(c.amount for c in rest)
    return Picture(money, amounts, bands, counts, _cash(money, kept, bounds.columns), left_out)


def _place(passage: Passage, columns: int) -> Box:
    """The box that a hop leads to."""
    if passage.depth > columns:
        return Box(columns + 1, "deeper", "")
    if passage.account is None:
        return Box(passage.depth, "end", End.CASH)
    return Box(passage.depth, "account", passage.account)


def _bands(money: Money, columns: int) -> Counter[tuple[Box, Box]]:
    """Money between boxes: starts, steps, ends. Each passage passes on what it carries, or ends it."""
    bands: Counter[tuple[Box, Box]] = Counter()
    place = {p.number: _place(p, columns) for p in money.passages}
    ended: Counter[End] = Counter()
    for passage in money.passages:
        here = place[passage.number]
        if not passage.parents:
            root = Box(0, "account", passage.other) if passage.other else Box(0, "end", End.CASH)
            bands[root, here] += passage.carried
        for parent, amount in passage.parents:
            if place[parent] != here:  # both are gathered in the deepest column
                bands[place[parent], here] += amount
        for end, amount in passage.ends:
            ended[end] += amount
            if here.kind != "end":
                bands[here, Box(here.column + 1, "end", end)] += amount
    for end, amount in money.ends.items():
        if amount != ended[end]:
            bands[Box(0, "unfollowed", ""), Box(1, "end", end)] += amount - ended[end]
    return bands


def _amounts(bands: Mapping[tuple[Box, Box], int]) -> dict[Box, int]:
    """What comes into each box; for the first column, what leaves it."""
    amounts: Counter[Box] = Counter()
    for (source, target), amount in bands.items():
        amounts[target] += amount
        if source.column == 0:
            amounts[source] += amount
    return dict(amounts)


def _gathered(
    money: Money, bands: Mapping[tuple[Box, Box], int], bounds: Bounds
) -> tuple[dict[Box, Box], dict[Box, int]]:
    """For every box that is not drawn by itself the box it goes into, and how many accounts each of those holds."""
    columns: dict[int, list[tuple[int, str]]] = {}
    for box, amount in _amounts(bands).items():
        if box.kind == "account":
            columns.setdefault(box.column, []).append((-amount, box.name))
    renamed: dict[Box, Box] = {}
    counts: dict[Box, int] = {}
    for column, accounts in columns.items():
        ranked = sorted(accounts)
        large = sum(-amount * bounds.part >= money.total for amount, _ in ranked[: bounds.accounts])
        small = ranked[large:]
        if len(small) > 1:  # one more is drawn: a box that gathers one would be as tall
            more = Box(column, "more", "")
            counts[more] = len(small)
            renamed |= {Box(column, "account", name): more for _, name in small}
    deep = {p.account for p in money.passages if p.depth > bounds.columns and p.account is not None}
    if any(p.depth > bounds.columns for p in money.passages):
        counts[Box(bounds.columns + 1, "deeper", "")] = len(deep)
    return renamed, counts


def _cash(money: Money, kept: Iterable[Cash], columns: int) -> dict[Box, list[Cash]]:
    """Hypotheses under the box of cash of the hop that took it out. Raises KeyError for a hop that is not there."""
    places = {p.txn_id: _place(p, columns) for p in money.passages}
    found: dict[Box, list[Cash]] = {}
    for one in kept:
        place = places[one.txn_id]
        box = place if place.kind == "end" else Box(place.column + 1, "end", End.CASH)
        found.setdefault(box, []).append(one)
    return found


def rank(box: Box) -> tuple[int, int]:
    """Order of kinds within a column, from the top: accounts, what is gathered, ends."""
    kinds = {"account": 0, "more": 1, "deeper": 1, "unfollowed": 2, "end": 3}
    return kinds[box.kind], _ENDS.index(End(box.name)) if box.kind == "end" else 0
