"""Small snapshots from plain lists, for tests of the detector: accounts by name, times in hours, amounts in fen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from graphfraud.core.clock import HOUR
from graphfraud.core.csr import build_events, group_rows
from graphfraud.core.schemas import IDENTIFIER_KINDS
from graphfraud.core.snapshot import (
    CASH_DESK,
    COMPANY,
    NEVER,
    OWN,
    PERSON,
    Accounts,
    Flows,
    Identifiers,
    Meta,
    Referrals,
    Snapshot,
)
from graphfraud.core.text import TextColumn
from graphfraud.trace.lots import match_lots
from graphfraud.trace.rules import Rule

Payment = tuple[float, str, str, int]  # hour, payer, payee, amount; '' is the cash desk
START = 1_767_196_800_000_000  # 2026-01-01 00:00 Asia/Shanghai


@dataclass(frozen=True)
class World:
    """A world in words. Account names sort as they are; holders default to one per account."""

    payments: Sequence[Payment]
    holders: Mapping[str, str] = field(default_factory=dict)
    companies: frozenset[str] = frozenset()
    outside: frozenset[str] = frozenset()
    pooled: frozenset[str] = frozenset()
    merchants: frozenset[str] = frozenset()
    opening: Mapping[str, int] = field(default_factory=dict)
    identifiers: Sequence[tuple[str, str, str]] = ()  # account, kind, value; all used at T
    referred: Sequence[tuple[str, float]] = ()  # account, hour of the first victim payment
    extra: Sequence[str] = ()  # accounts without any payment
    end: float = 24 * 90  # T, in hours
    opened: Mapping[str, float] = field(default_factory=dict)  # hour


def hours(value: float) -> int:
    return START + round(value * HOUR)


def snapshot(world: World) -> Snapshot:
    names = {p for _, a, b, _ in world.payments for p in (a, b) if p} | set(world.extra) | set(world.holders)
    names |= {a for a, _, _ in world.identifiers} | {a for a, _ in world.referred} | set(world.opening)
    ids = sorted(names, key=lambda s: s.encode())
    code = {name: i for i, name in enumerate(ids)}
    owners = sorted({world.holders.get(name, f"holder of {name}") for name in ids})
    holder = np.array([owners.index(world.holders.get(n, f"holder of {n}")) for n in ids], np.int32)

    def flags(chosen: frozenset[str]) -> np.ndarray:
        return np.array([n in chosen for n in ids], bool)

    accounts = Accounts(
        TextColumn.of(ids),
        holder,
        np.array([COMPANY if n in world.companies else PERSON for n in ids], np.int8),
        flags(world.pooled),
        flags(world.merchants),
        np.array([hours(world.opened[n]) if n in world.opened else NEVER for n in ids], np.int64),
        np.array([world.opening.get(n, 0) for n in ids], np.int64),
        outside=flags(world.outside),
    )
    rows = sorted((hours(t), f"t{i:06d}", a, b, x) for i, (t, a, b, x) in enumerate(world.payments) if a != b)
    payer = np.array([code.get(a, CASH_DESK) for _, _, a, _, _ in rows], np.int32)
    payee = np.array([code.get(b, CASH_DESK) for _, _, _, b, _ in rows], np.int32)
    own = (payer >= 0) & (payee >= 0) & (holder[payer] == holder[payee]) if rows else np.zeros(0, bool)
    flows = Flows(
        np.array([r[0] for r in rows], np.int64),
        payer,
        payee,
        np.array([r[4] for r in rows], np.int64),
        np.where(own, OWN, 0).astype(np.uint16),
        TextColumn.of([r[1] for r in rows]),
    )
    events = build_events(len(ids), payer, payee)
    lots, fifo = (match_lots(accounts, flows, events, rule) for rule in (Rule.LIFO, Rule.FIFO))
    as_of = hours(world.end)
    first = int(flows.time[0]) if rows else as_of
    identifiers = _identifiers(world, code, as_of)
    referrals = _referrals(world, code)
    return Snapshot(Meta(as_of, first_time=first), accounts, flows, events, identifiers, lots, referrals, fifo)


def _identifiers(world: World, code: Mapping[str, int], as_of: int) -> Identifiers:
    uses = sorted({(IDENTIFIER_KINDS.index(kind), value, code[a]) for a, kind, value in world.identifiers})
    distinct = sorted({(k, v) for k, v, _ in uses})
    place = {key: i for i, key in enumerate(distinct)}
    counts = np.bincount([place[k, v] for k, v, _ in uses], minlength=len(distinct)) if uses else np.zeros(0, int)
    account = np.array([a for _, _, a in uses], np.int32)
    ptr, order = group_rows(len(code), account)
    of_use = np.array([place[k, v] for k, v, _ in uses], np.int32)
    seen = np.full(len(uses), as_of, np.int64)
    return Identifiers(
        np.array([k for k, _ in distinct], np.int8),
        TextColumn.of([v for _, v in distinct]),
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        account,
        seen,
        seen,
        ptr,
        of_use[order],
    )


def _referrals(world: World, code: Mapping[str, int]) -> Referrals:
    n = len(world.referred)
    when = np.array([hours(h) for _, h in world.referred], np.int64)
    return Referrals(
        TextColumn.of([f"r{i}" for i in range(n)]),
        TextColumn.of([f"case{i}" for i in range(n)]),
        np.array([code[a] for a, _ in world.referred], np.int32),
        when,
        np.full(n, -1, np.int32),
        np.zeros(n, np.int64),
        when,
        np.full(n, -1, np.int32),
    )
