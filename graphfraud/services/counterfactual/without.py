"""The facts of a run with some of them taken away, as if they had never been."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.csr import build_events, group_rows
from graphfraud.core.snapshot import I64, CashPlaces, Flags, Flows, Identifiers, Referrals, Snapshot
from graphfraud.core.text import TextColumn
from graphfraud.trace.lots import match_both

Tables = Mapping[str, pa.Table]


@dataclass(frozen=True)
class Taken:
    """What is taken away. Numbers are those of the snapshot."""

    uses: frozenset[int] = frozenset()  # identifiers that the account itself is no longer taken to use
    flows: frozenset[int] = frozenset()
    referred: frozenset[int] = frozenset()  # accounts whose referrals are taken away
    reported: frozenset[int] = frozenset()  # accounts whose reported payments are not followed
    partners: frozenset[int] = frozenset()  # accounts whose payments with it are taken away: no relay evidence either
    ring: bool = False  # the account's place in its ring

    def __or__(self, other: Taken) -> Taken:
        return Taken(
            self.uses | other.uses,
            self.flows | other.flows,
            self.referred | other.referred,
            self.reported | other.reported,
            self.partners | other.partners,
            self.ring or other.ring,
        )


def without(snapshot: Snapshot, account: int, taken: Taken) -> Snapshot:
    """The snapshot without these facts; lots are matched anew where payments fall away. O(facts)."""
    referrals = _referrals(snapshot.referrals, taken)
    made = replace(snapshot, referrals=referrals)
    if taken.uses:
        made = replace(made, identifiers=_identifiers(snapshot.identifiers, account, taken.uses))
    return _paid_less(made, _kept(len(snapshot.flows.time), taken.flows)) if taken.flows else made


def _kept(size: int, gone: Collection[int]) -> Flags:
    kept = np.ones(size, bool)
    kept[sorted(gone)] = False
    return kept


def _rows(column: TextColumn, kept: Flags) -> TextColumn:
    return TextColumn.of(column.arrow().filter(pa.array(kept)))


def _referrals(table: Referrals, taken: Taken) -> Referrals:
    kept = ~np.isin(table.account, sorted(taken.referred))
    followed = ~np.isin(table.account, sorted(taken.reported))
    return Referrals(
        _rows(table.id, kept),
        _rows(table.case, kept),
        table.account[kept],
        table.referred_at[kept],
        table.victim[kept],
        table.victim_amount[kept],
        table.victim_time[kept],
        np.where(followed, table.victim_flow, -1)[kept].astype(np.int32),
    )


def _identifiers(table: Identifiers, account: int, gone: Collection[int]) -> Identifiers:
    """One use of the account less of each; an identifier that nobody uses any more stays as a row without users."""
    ident = np.repeat(np.arange(len(table.kind)), np.diff(table.ptr))
    kept = ~((table.account == account) & np.isin(ident, sorted(gone)))
    ident, users = ident[kept], table.account[kept]
    ptr = np.searchsorted(ident, np.arange(len(table.kind) + 1)).astype(np.int64)
    by_account_ptr, order = group_rows(len(table.by_account_ptr) - 1, users)
    by_account = ident[order].astype(np.int32)
    first, last = table.first_seen[kept], table.last_seen[kept]
    return Identifiers(table.kind, table.value, ptr, users, first, last, by_account_ptr, by_account)


def _paid_less(snapshot: Snapshot, kept: Flags) -> Snapshot:
    flows, cash, referrals = snapshot.flows, snapshot.cash, snapshot.referrals
    number: I64 = np.where(kept, np.cumsum(kept) - 1, -1)
    paid = Flows(
        flows.time[kept],
        flows.payer[kept],
        flows.payee[kept],
        flows.amount[kept],
        flows.tag[kept],
        _rows(flows.txn, kept),
        flows.channel[kept],
        flows.channels,
    )
    events = build_events(len(snapshot.accounts), paid.payer, paid.payee)
    lifo, fifo = match_both(snapshot.accounts, paid, events)
    stays = kept[cash.flow]
    moved = CashPlaces(
        number[cash.flow[stays]].astype(np.int32), cash.terminal[stays], cash.terminals, cash.place[stays], cash.places
    )
    known = referrals.victim_flow >= 0
    told = np.full(len(known), -1, np.int32)
    told[known] = number[referrals.victim_flow[known]]
    return replace(
        snapshot,
        flows=paid,
        events=events,
        lots=lifo,
        fifo=fifo,
        cash=moved,
        referrals=replace(referrals, victim_flow=told),
    )


def tables_without(snapshot: Snapshot, account: int, taken: Taken, tables: Tables) -> Tables:
    """Ring tables without the account's place, without referred members whose referral is gone, and without relay
    evidence of payments that are gone. A ring without any referred member is a lead. O(members + evidence)."""
    ids = snapshot.accounts.id
    me, rings, evidence = ids[account], tables["rings"], tables["ring_evidence"]
    if taken.ring:
        rings = rings.filter(pc.field("account_id") != me)
        mine = (pc.field("account_a") == me) | (pc.field("account_b") == me)
        evidence = evidence.filter(~(mine & (pc.field("kind") == "relay")))
    if taken.partners:
        names = pa.array([ids[v] for v in sorted(taken.partners)], pa.string())
        mine = (pc.field("account_a") == me) & pc.field("account_b").isin(names)
        mine |= (pc.field("account_b") == me) & pc.field("account_a").isin(names)
        evidence = evidence.filter(~(mine & (pc.field("kind") == "relay")))
    if taken.referred:
        rings = _referred_less(rings, pa.array([ids[v] for v in sorted(taken.referred)], pa.string()))
    return {**tables, "rings": rings, "ring_evidence": evidence}


def _referred_less(rings: pa.Table, gone: pa.Array) -> pa.Table:
    referred = pc.and_(rings["referred"], pc.invert(pc.is_in(rings["account_id"], value_set=gone)))
    holding = pc.unique(rings["ring_id"].filter(referred)).cast(pa.string())
    lost = pc.and_(pc.equal(rings["kind"], "ring"), pc.invert(pc.is_in(rings["ring_id"], value_set=holding)))
    kind = pc.if_else(lost, "lead", rings["kind"])
    for name, column in (("referred", referred), ("kind", kind)):
        rings = rings.set_column(rings.column_names.index(name), rings.schema.field(name), column)
    return rings
