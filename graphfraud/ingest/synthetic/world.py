"""A simulated world, put together: people and what they mean to do, what really happens, what is written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from graphfraud.core.snapshot import I64, Flags
from graphfraud.ingest.synthetic import cases as police
from graphfraud.ingest.synthetic import devices, honest, lookalikes, truth
from graphfraud.ingest.synthetic.career import careers
from graphfraud.ingest.synthetic.flow import CASH, CHANNELS, REMARKS, START, Flow, joined, sensible
from graphfraud.ingest.synthetic.knobs import Plan, as_data
from graphfraud.ingest.synthetic.people import People, account_table, people
from graphfraud.ingest.synthetic.rings import recruited, rings
from graphfraud.ingest.synthetic.settle import settle


@dataclass(frozen=True)
class Written:
    """What was written: rows per table, and payments that did not happen for want of money."""

    folder: Path
    rows: dict[str, int]
    unpaid: int


def synthesize(plan: Plan, folder: Path) -> Written:
    """Write a world into a folder: the canonical tables and truth/. About 15 s for 20,000 accounts and 120 days.

    Equal plans give equal files, byte for byte. Integer times are epoch seconds, amounts minor units.
    """
    who = people(plan)
    found = rings(who)
    opened, joined_at = recruited(who, found)
    planned, known_cases = careers(who, found)
    flow = intended(who)
    _lived(who, flow, joined_at)
    flow = joined([flow, planned])
    _begun(who, flow, opened)
    settled = settle(flow, who.opening, who.bottomless)
    paid, order = settled
    done = order[paid[order] > 0]
    cash = (flow.payer[done] == CASH) | (flow.payee[done] == CASH)
    ids = _numbered(len(flow), done[~cash], done[cash])
    trail = truth.trail(who, flow, settled, found, known_cases)
    reported = police.referrals(who, trail)
    referrals, errors = police.tables(who, trail, reported)
    tables = {
        "accounts": account_table(who, opened),
        "transfers": _transfers(who, flow, paid, done[~cash], ids),
        "cash": _cash(who, flow, paid, done[cash], ids),
        "identifiers": devices.table(who, devices.uses(who, found, opened)),
        "referrals": referrals,
    }
    facts = truth.tables(who, trail, ids) | {"referral_errors": errors}
    tables |= {f"truth/{name}": table for name, table in facts.items()}
    rows = {name: _write(folder / f"{name}.parquet", table) for name, table in tables.items()}
    unpaid = int((paid == 0).sum())
    about = {"kind": plan.kind, "seed": plan.seed, "accounts": plan.accounts, "days": plan.days, "unpaid": unpaid}
    text = json.dumps(about | {"rows": rows, "knobs": as_data(plan.knobs)}, ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    return Written(folder, rows, unpaid)


def intended(who: People) -> Flow:
    """What honest people mean to pay, with what goes on of it in two rounds. O(payments log payments)."""
    base = joined([*honest.everyday(who), *lookalikes.gatherings(who)])
    crews = lookalikes.crews(who)
    if crews is not None:
        base = joined([crews[0], base, crews[1]])  # shares name rows of the company's payments, so these come first
    once = joined([base, lookalikes.passed_on(who, base, 0, 17)])
    return joined([once, lookalikes.passed_on(who, once, len(base), 18)])


def _void(flow: Flow, rows: Flags) -> None:
    """These payments are not meant any more; their rows stay, since others count on the numbers."""
    flow.amount[rows], flow.share[rows] = 0, 0


def _lived(who: People, flow: Flow, joined_at: I64) -> None:
    """Mules without camouflage let two thirds of what they would pay be, once they have joined."""
    random, knobs = who.plan.random(22), who.plan.knobs.rings
    bare = (random.random(len(who)) >= knobs.camouflage) & (joined_at < np.iinfo(np.int64).max)
    payer = np.maximum(flow.payer, 0)
    _void(flow, bare[payer] & (flow.time > joined_at[payer]) & (random.random(len(flow)) < 2 / 3))


def _begun(who: People, flow: Flow, opened: I64) -> None:
    """Nothing before an account is opened, or outside the world."""
    payer, payee = np.maximum(flow.payer, 0), np.maximum(flow.payee, 0)
    early = (flow.time < opened[payer]) & (flow.payer >= 0) | (flow.time < opened[payee]) & (flow.payee >= 0)
    _void(flow, early | ~sensible(flow, who.plan.horizon))


def _numbered(size: int, transfers: I64, cash: I64) -> pa.Array:
    """Ids of the rows that happened, in order of time; null for the others."""
    ids = np.full(size, None, dtype=object)
    ids[transfers] = [f"X{i:09d}" for i in range(len(transfers))]
    ids[cash] = [f"K{i:08d}" for i in range(len(cash))]
    return pa.array(ids, pa.string())


def _transfers(who: People, flow: Flow, paid: I64, rows: I64, ids: pa.Array) -> pa.Table:
    return pa.table(
        {
            "txn_id": ids.take(pa.array(rows)),
            "time": START + flow.time[rows],
            "payer": who.account_id.take(pa.array(flow.payer[rows])),
            "payee": who.account_id.take(pa.array(flow.payee[rows])),
            "amount": paid[rows],
            "currency": pa.array(["CNY"]).take(pa.array(np.zeros(len(rows), np.int32))),
            "channel": pa.array(CHANNELS).take(pa.array(flow.channel[rows])),
            "remark": pa.array(REMARKS).take(pa.array(flow.remark[rows])),
        }
    )


def _cash(who: People, flow: Flow, paid: I64, rows: I64, ids: pa.Array) -> pa.Table:
    """Withdrawals, and deposits as negative amounts, at a terminal near the holder."""
    drawn = flow.payee[rows] == CASH
    account = np.where(drawn, flow.payer[rows], flow.payee[rows])
    near = (who.place[account] // 60 + who.plan.random(70).integers(0, 3, len(rows))).astype(np.int64)
    return pa.table(
        {
            "txn_id": ids.take(pa.array(rows)),
            "time": START + flow.time[rows],
            "account": who.account_id.take(pa.array(account)),
            "amount": np.where(drawn, paid[rows], -paid[rows]),
            "terminal": pc.binary_join_element_wise("T", pa.array(near).cast(pa.string()), ""),
        }
    )


def _write(path: Path, table: pa.Table) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)
    return int(table.num_rows)
