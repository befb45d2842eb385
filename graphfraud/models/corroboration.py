"""Which accounts have more than a score: independent evidence that levels 1 and 2 need (docs/adr/0014).

A walk gives a high score to whoever stands near one referred account: the flatmate on the same phone, the friend who
was once paid. What honest neighbours rarely have, whatever the score, is money that a victim reported, money that
descends from referred accounts, ties to several referred people, or a place in a ring that holds several of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.snapshot import DEVICE, F64, FEE, I8, I32, I64, OWN, PHONE, UNKNOWN, Flags, Snapshot
from graphfraud.models.ties import Ties, codes
from graphfraud.settings import LevelSettings, Settings


@dataclass(frozen=True)
class Arrived:
    """What came in, one entry per account: reported payments by lots, and the share of inflow from the referred."""

    reported: F64
    lineage: F64


def grounds(snapshot: Snapshot, money: Arrived, ties: Ties, settings: Settings) -> I8:
    """How many of the four corroborate each account: reported payments that arrived by lots, inflow that descends from
    the referred, devices or phones in common with several referred holders, payments from several.

    How much of each is needed is in [levels] corroborate_*. O(flows + identifier uses).
    """
    rules = settings.levels
    several = rules.corroborate_referred
    sharers = _referred_sharers(snapshot, ties, settings.links.max_holders_walk)
    found = (money.reported >= rules.corroborate_reported).astype(np.int8)
    found += money.lineage >= rules.corroborate_lineage
    found += sharers >= several
    found += _referred_payers(snapshot, ties.referred) >= several
    return found


def in_proven_ring(snapshot: Snapshot, tables: Mapping[str, pa.Table], rules: LevelSettings) -> Flags:
    """Members, not loose, of a ring with several referred ones. O(members)."""
    rings = tables["rings"].filter(pc.field("kind") == "ring")
    known = rings.filter(pc.field("referred"))["ring_id"].value_counts()
    counts = {row["values"]: row["counts"] for row in known.to_pylist()}
    proven = pa.array([ring for ring, count in sorted(counts.items()) if count >= rules.corroborate_referred])
    firm = rings.filter(pc.is_in(rings["ring_id"], value_set=proven.cast(pa.string()))).filter(~pc.field("loose"))
    found = np.zeros(len(snapshot.accounts), bool)
    found[codes(snapshot, firm["account_id"])] = True
    return found


def _referred_sharers(snapshot: Snapshot, ties: Ties, most: int) -> I64:
    """Distinct other holders of referred accounts with whom an account shares a device or phone that links."""
    table, holder = snapshot.identifiers, _holders(snapshot)
    linking = (ties.holders >= 2) & (ties.holders <= most) & ((table.kind == DEVICE) | (table.kind == PHONE))
    size = np.diff(table.ptr)
    ident = np.repeat(np.arange(len(size)), size)
    known = ties.referred[table.account] & linking[ident]
    marked = np.zeros(len(size), bool)
    marked[ident[known]] = True
    rows = np.flatnonzero(marked[ident])
    mine = np.repeat(rows, size[ident[rows]])  # every use of a marked identifier, beside every other of it
    first = table.ptr[ident[rows]]
    other = np.arange(len(mine)) - np.repeat(np.cumsum(size[ident[rows]]) - size[ident[rows]], size[ident[rows]])
    other += np.repeat(first, size[ident[rows]])
    account, peer = table.account[mine], table.account[other]
    kept = ties.referred[peer] & (holder[account] != holder[peer])
    return _distinct(len(snapshot.accounts), account[kept], holder[peer[kept]])


def _referred_payers(snapshot: Snapshot, referred: Flags) -> I64:
    """Distinct other holders of referred accounts that paid an account."""
    flows, holder = snapshot.flows, _holders(snapshot)
    rows = np.flatnonzero((flows.payer >= 0) & (flows.payee >= 0) & (flows.tag & (OWN | FEE) == 0))
    rows = rows[referred[flows.payer[rows]]]
    payer, payee = flows.payer[rows], flows.payee[rows]
    kept = holder[payer] != holder[payee]
    return _distinct(len(referred), payee[kept], holder[payer[kept]])


def _holders(snapshot: Snapshot) -> I64:
    """A code per holder; an account whose holder is not known stands for itself."""
    holder = snapshot.accounts.holder.astype(np.int64)
    return np.where(holder == UNKNOWN, -2 - np.arange(len(holder)), holder)


def _distinct(n: int, account: I32, holder: I64) -> I64:
    """Different holders per account."""
    pairs = np.unique(np.stack([account.astype(np.int64), holder]), axis=1)
    return np.bincount(pairs[0], minlength=n).astype(np.int64)
