"""The truth of a simulated world: which payments carry which case's money, who belongs to which ring, who paid."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from graphfraud.core.snapshot import I64
from graphfraud.ingest.synthetic.career import Case
from graphfraud.ingest.synthetic.flow import FRAUD, PROBE, START, SWEEP, Flow
from graphfraud.ingest.synthetic.people import People
from graphfraud.ingest.synthetic.rings import Ring


@dataclass(frozen=True)
class Trail:
    """The fraud's payments that happened.

    flow, paid   what was meant, and what was paid
    marks        (row of the flow, case, depth), a row once per case; depth 0 is a victim's payment
    first        rows of the victims' payments
    members      all members of rings, at the bank or elsewhere
    code         what each case is called
    """

    flow: Flow
    paid: I64
    rings: list[Ring]
    cases: list[Case]
    marks: list[tuple[int, int, int]]
    first: list[int]
    members: frozenset[int]
    code: I64


@dataclass
class _Lot:
    case: int
    depth: int
    left: int


def trail(who: People, flow: Flow, settled: tuple[I64, I64], found: list[Ring], cases: list[Case]) -> Trail:
    """Follow the cases' money, oldest first within what a member moves at once. O(fraud's payments · lots)."""
    paid, order = settled
    members = frozenset(int(m) for r in found for m in (*r.members.tolist(), *r.elsewhere.tolist()))
    moved = order[(flow.tag[order] == FRAUD) & (paid[order] > 0)]
    held: dict[int, deque[_Lot]] = {}
    batch: dict[int, deque[_Lot]] = {}
    marks, first = [], []
    for row in moved.tolist():
        payer, payee, amount = int(flow.payer[row]), int(flow.payee[row]), int(paid[row])
        if flow.kind[row] == SWEEP:
            number = int(flow.origin[row])
            if number not in batch:
                batch[number] = held.pop(payer, deque())
            lots = _taken(batch[number], amount)
        else:
            lots = [_Lot(int(flow.case[row]), -1, amount)]
            first.append(row)
        depth: dict[int, int] = {}
        for lot in lots:
            depth[lot.case] = min(lot.depth + 1, depth.get(lot.case, lot.depth + 1))
        marks += [(row, case, deep) for case, deep in sorted(depth.items())]
        if payee in members:
            held.setdefault(payee, deque()).extend(_Lot(lot.case, depth[lot.case], lot.left) for lot in lots)
    code = np.sort(who.plan.random(60).choice(9_999_999, len(cases), replace=False))
    code = who.plan.random(61).permutation(code).astype(np.int64)
    return Trail(flow, paid, found, cases, marks, first, members, code)


def _taken(lots: deque[_Lot], amount: int) -> list[_Lot]:
    """Take an amount from the oldest lots."""
    found = []
    while amount > 0 and lots:
        part = min(amount, lots[0].left)
        found.append(_Lot(lots[0].case, lots[0].depth, part))
        lots[0].left -= part
        amount -= part
        if not lots[0].left:
            lots.popleft()
    return found


def tables(who: People, trail: Trail, txn_id: pa.Array) -> dict[str, pa.Table]:
    """Every table of truth/ but the referral errors. `txn_id` of every row of the flow that happened."""
    flow, found, cases = trail.flow, trail.rings, trail.cases
    case_name = np.array([f"A{c:07d}" for c in trail.code])
    marks = sorted(trail.marks, key=lambda m: (flow.time[m[0]], m))
    at = np.array([m[0] for m in marks], np.int64)
    first = np.array(trail.first, np.int64)
    number = flow.case[first]
    probes = np.flatnonzero((flow.tag == PROBE) & (trail.paid > 0))
    ring_of = {int(m): r.number for r in found for m in (*r.members.tolist(), *r.elsewhere.tolist())}
    names = [pa.array([getattr(r, key) for r in found]) for key in ("number", "layers", "style_name", "shares", "born")]
    return {
        "rings": _members(who, found),
        "outside": pa.table(
            {
                "account_id": who.account_id.take(pa.array(np.concatenate([r.elsewhere for r in found]))),
                "ring": pa.array([r.number for r in found for _ in r.elsewhere], pa.int64()),
            }
        ),
        "ring_styles": pa.table(
            {
                "ring": names[0],
                "n": [len(r.members) for r in found],
                "layers": names[1],
                "style": names[2],
                "share": names[3],
                "born": pa.array([START + r.born for r in found], pa.int64()),
            }
        ),
        "strata": pa.table({"account_id": who.account_id, "stratum": who.stratum}),
        "fraud_transfers": pa.table(
            {
                "txn_id": txn_id.take(pa.array(at)),
                "case": case_name[[m[1] for m in marks]],
                "depth": pa.array([m[2] for m in marks], pa.int64()),
            }
        ),
        "victims": pa.table(
            {
                "case": case_name[number],
                "ring": pa.array([cases[int(c)].ring for c in number], pa.int64()),
                "victim": who.account_id.take(pa.array(flow.payer[first])),
                "amount": trail.paid[first],
                "time": START + flow.time[first],
            }
        ),
        "tests": pa.table(
            {
                "txn_id": txn_id.take(pa.array(probes)),
                "ring": pa.array([ring_of[int(p)] for p in flow.payer[probes]], pa.int64()),
            }
        ),
    }


def _members(who: People, found: list[Ring]) -> pa.Table:
    members = np.concatenate([r.members for r in found])
    return pa.table(
        {
            "account_id": who.account_id.take(pa.array(members)),
            "ring": pa.array([r.number for r in found for _ in r.members], pa.int64()),
            "role": [role for r in found for role in r.role],
        }
    )
