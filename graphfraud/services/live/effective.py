"""Which rows of statements are payments: what `nightly/effective` does to a whole bank, for the rows of some accounts.

Failed attempts, reversals and what they take back, second legs and payments of an account to itself are left out.
Legs and reversals are paired within (payer, payee, amount), or by the serial that a reversal names, so the rows of an
account tell what its payments amount to; a reversal between other accounts is refused before (`cone.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.settling import ALONE, merge_legs, pair_reversals, void_reversals

#: type that ingest gives to a red entry whose original it cannot name
REVERSAL_TYPE = "reversal"


class _Row(NamedTuple):
    """What tells legs and reversals apart; `txn` falls back to the row's id."""

    place: int
    time: int
    txn: str
    row_id: str
    pair: tuple[str, str, int]  # payer, payee, amount
    failed: bool
    reversal: bool
    names: str  # serial that a reversal names
    side: str  # payer | payee: whose statement; '' where it is no leg


def effective(rows: pa.Table, tolerance: int) -> pa.Table:
    """The payments among rows of the columns PAYMENT. `tolerance` µs between two legs. O(n log n)."""
    keep = pc.not_equal(rows["payer"], rows["payee"])
    special = pc.or_(
        pc.or_(pc.fill_null(pc.equal(rows["success"], False), False), pc.is_valid(rows["perspective"])),
        pc.or_(
            pc.fill_null(pc.not_equal(rows["reversal_of"], ""), False),
            pc.fill_null(pc.equal(rows["type"], REVERSAL_TYPE), False),
        ),
    )
    if not pc.any(special).as_py():
        return rows.filter(keep)
    gone = np.zeros(rows.num_rows, np.bool_)
    gone[list(_gone(_read(rows, special), tolerance))] = True
    return rows.filter(pc.and_(keep, pa.array(~gone)))


def _read(rows: pa.Table, special: pa.Array) -> list[_Row]:
    """Rows that may be no payments, and those that a reversal among them may take back."""
    signs = rows.filter(special)
    txn = pc.coalesce(rows["txn_id"], rows["row_id"])
    wanted = pc.or_(pc.is_in(txn, signs["reversal_of"]), pc.is_in(rows["payer"], signs["payer"]))
    chosen = np.flatnonzero(pc.or_(special, wanted).to_numpy())
    found = []
    for place, r in zip(chosen.tolist(), rows.take(pa.array(chosen)).to_pylist(), strict=True):
        names, failed = r["reversal_of"] or "", r["success"] is False
        reversal = bool(names) or r["type"] == REVERSAL_TYPE
        pair = (r["payer"], r["payee"], r["amount"])
        serial = r["row_id"] if r["txn_id"] is None else r["txn_id"]
        found.append(_Row(place, r["time"], serial, r["row_id"], pair, failed, reversal, names, r["perspective"] or ""))
    return found


def _gone(rows: Sequence[_Row], tolerance: int) -> set[int]:
    """Places of rows that are no payments."""
    leg = _legs([r for r in rows if r.side in ("payer", "payee") and not r.names], tolerance)
    undo = [r for r in rows if r.reversal and not r.failed and r.place not in leg]
    candidates = [r for r in rows if not r.failed and not r.reversal]
    targets = _named(rows, undo, candidates, leg)
    nameless = [r for r in undo if not r.names]
    pairs = {r.pair for r in nameless}
    free = [r for r in candidates if r.pair in pairs and r.place not in leg and r.place not in targets]
    targets |= _nameless([*nameless, *free])
    return targets | set(leg) | {r.place for r in rows if r.failed or r.reversal}


def _grouped(
    rows: Iterable[_Row], group: Callable[[_Row], Any], order: Callable[[_Row], Any]
) -> tuple[list[_Row], np.ndarray[Any, np.dtype[np.int64]]]:
    """Rows by group and order within it, and the number of the group of each."""
    found: dict[Any, list[_Row]] = defaultdict(list)
    for row in rows:
        found[group(row)].append(row)
    ordered = [row for members in found.values() for row in sorted(members, key=order)]
    sizes = [len(members) for members in found.values()]
    return ordered, np.repeat(np.arange(len(sizes)), sizes)


def _kind(row: _Row) -> tuple[bool, bool, tuple[str, str, int]]:
    """Legs of one payment are of one kind."""
    return row.failed, row.reversal, row.pair


def _legs(rows: Sequence[_Row], tolerance: int) -> dict[int, int]:
    """Place of a payee's leg → place of the payer's leg that it is merged into."""
    sides = {(_kind(r), r.side) for r in rows}
    both = [r for r in rows if {(_kind(r), "payer"), (_kind(r), "payee")} <= sides]
    ordered, group = _grouped(
        both,
        _kind,
        lambda r: (r.side == "payee", r.time, r.txn.encode(), r.row_id.encode()),
    )
    if not ordered:
        return {}
    payee = np.array([r.side == "payee" for r in ordered], np.bool_)
    partner = merge_legs(group.astype(np.int64), payee, np.array([r.time for r in ordered], np.int64), tolerance)
    paired = np.flatnonzero((partner != ALONE) & payee).tolist()
    return {ordered[i].place: ordered[int(partner[i])].place for i in paired}


def _named(rows: Sequence[_Row], undo: Sequence[_Row], candidates: Sequence[_Row], leg: dict[int, int]) -> set[int]:
    """What reversals that name a serial take back; a reversal that was itself reversed takes back nothing."""
    naming = [r for r in undo if r.names]
    if not naming:
        return set()
    own, wanted = {r.txn for r in undo}, {r.names for r in naming}
    chain = sorted((r for r in naming if r.txn in wanted or r.names in own), key=lambda r: r.row_id.encode())
    void = void_reversals([r.txn for r in chain], [r.names for r in chain])
    off = [r for r, is_void in zip(chain, void, strict=True) if is_void]
    void_rows, void_txns = {r.place for r in off}, {r.txn for r in off}
    serials = {r.names for r in naming if r.place not in void_rows and r.names not in void_txns}
    return {leg.get(r.place, r.place) for r in candidates if r.txn in serials}


def _nameless(rows: Sequence[_Row]) -> set[int]:
    """What reversals without a serial take back: the latest equal payment before them that is left."""
    ordered, group = _grouped(rows, lambda r: r.pair, lambda r: (r.time, r.reversal, r.txn.encode(), r.row_id.encode()))
    if not ordered:
        return set()
    reversal = np.array([r.reversal for r in ordered], np.bool_)
    partner = pair_reversals(group.astype(np.int64), reversal)
    return {ordered[int(partner[i])].place for i in np.flatnonzero(reversal & (partner != ALONE)).tolist()}
