"""How every account is tied to the referrals: flags that levels, victims and alerts rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.links import count_holders
from graphfraud.core.places import places
from graphfraud.core.snapshot import F64, FEE, I32, IP, OWN, Flags, Snapshot
from graphfraud.settings import Settings

NO_RING = -1
#: Flow or cash indicators that together are money evidence: one alone is not (contracts.md §4).
MONEY_HITS = 2
#: An account this old has that in its favour (domain.md §7).
OLD_DAYS = 180
#: Indicators that show money being passed on.
RELAYING = (
    "cash_after_credit",
    "gather_scatter",
    "in_out_30min",
    "out_24h",
    "relay_hops",
    "scatter_gather",
    "short_dwell",
)


@dataclass(frozen=True)
class Ties:
    """One entry per account."""

    referred: Flags
    ring: I32  # row of ring_summary, NO_RING
    in_ring: Flags  # member of a ring that holds a referred account (leads are not)
    money: Flags  # lineage, a relay link inside a ring, or hits of MONEY_HITS flow or cash indicators
    likely_victim: Flags  # a person whose only tie is that it paid a referred account or a ring
    holders: I32  # per identifier of the snapshot: its different holders


def codes(snapshot: Snapshot, column: pa.ChunkedArray) -> I32:
    """Account numbers of a column of account ids, see `places`."""
    return places(snapshot.accounts.id, column)


def find_ties(
    snapshot: Snapshot, lineage: F64, tables: Mapping[str, pa.Table], settings: Settings, money: Sequence[str]
) -> Ties:
    """Ties of all accounts. `money`: the indicators that are money evidence. O(flows + identifier uses + hits)."""
    n = len(snapshot.accounts)
    referred = flag(n, snapshot.referrals.account)
    ring, in_ring = _rings(snapshot, tables)
    evidence = lineage > 0
    hit = _accounts_hit(snapshot, tables, money)
    evidence |= np.bincount(hit, minlength=n) >= MONEY_HITS
    evidence |= in_ring & flag(n, _relay_pairs(snapshot, tables))
    identifiers = snapshot.identifiers
    holders = count_holders(identifiers.ptr, identifiers.account, snapshot.accounts.holder)
    linking = (holders >= 2) & (holders <= settings.links.max_holders_ring) & (identifiers.kind != IP)
    relaying = flag(n, _accounts_hit(snapshot, tables, RELAYING))
    victim = _paid(snapshot, referred | in_ring) & snapshot.accounts.person
    victim &= ~referred & ~in_ring & ~relaying & (lineage <= 0) & ~_shares(snapshot, referred, linking)
    return Ties(referred, ring, in_ring, evidence, victim, holders)


def flag(n: int, accounts: I32) -> Flags:
    """True at these accounts; negative numbers are nobody."""
    result = np.zeros(n, bool)
    result[accounts[accounts >= 0]] = True
    return result


def _rings(snapshot: Snapshot, tables: Mapping[str, pa.Table]) -> tuple[I32, Flags]:
    members, summary = tables["rings"], tables["ring_summary"]
    ring = np.full(len(snapshot.accounts), NO_RING, np.int32)
    member = codes(snapshot, members["account_id"])
    row = pc.index_in(members["ring_id"], value_set=summary["ring_id"].combine_chunks()).combine_chunks()
    ring[member] = row.to_numpy(zero_copy_only=False)
    real = np.asarray(pc.equal(members["kind"], "ring").combine_chunks().to_numpy(zero_copy_only=False), bool)
    return ring, flag(len(ring), member[real])


def _accounts_hit(snapshot: Snapshot, tables: Mapping[str, pa.Table], indicators: Sequence[str]) -> I32:
    hits = tables["indicator_hits"]
    wanted = pc.is_in(hits["indicator_id"], value_set=pa.array(list(indicators), pa.string()))
    return codes(snapshot, hits["account_id"].filter(wanted))


def _relay_pairs(snapshot: Snapshot, tables: Mapping[str, pa.Table]) -> I32:
    """Accounts of the relay links that are shown as evidence of a ring."""
    rows = tables["ring_evidence"].filter(pc.field("kind") == "relay")
    return np.concatenate([codes(snapshot, rows["account_a"]), codes(snapshot, rows["account_b"])])


def _paid(snapshot: Snapshot, suspects: Flags) -> Flags:
    """Accounts that paid one of the suspects."""
    flows = snapshot.flows
    paid = (flows.payer >= 0) & (flows.payee >= 0) & (flows.tag & (OWN | FEE) == 0)
    rows = np.flatnonzero(paid)
    rows = rows[suspects[flows.payee[rows]]]
    return flag(len(suspects), flows.payer[rows])


def _shares(snapshot: Snapshot, referred: Flags, linking: Flags) -> Flags:
    """Accounts that use a linking identifier (no IP, no hub) together with a referred account."""
    table = snapshot.identifiers
    size = np.diff(table.ptr)
    ident = np.repeat(np.arange(len(size)), size)
    marked = np.zeros(len(size), bool)
    marked[ident[referred[table.account]]] = True
    return flag(len(referred), table.account[(marked & linking)[ident]])
