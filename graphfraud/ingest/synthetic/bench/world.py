"""Write a bench world: canonical tables and truth, a chunk of transfers at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from graphfraud.core.snapshot import I64
from graphfraud.ingest.synthetic.bench import cases, devices, honest
from graphfraud.ingest.synthetic.bench.fraud import Fraud, fraud, rings
from graphfraud.ingest.synthetic.bench.people import People, account_table, people, strata
from graphfraud.ingest.synthetic.bench.plan import START, BenchPlan
from graphfraud.ingest.synthetic.bench.stream import CHANNELS, REMARKS, Stream, any_time, dwell, joined, money

CHUNK = 1_000_000
CASH = 0.037
Format = Literal["parquet", "csv"]


@dataclass(frozen=True)
class BenchWorld:
    """What was written: rows per table."""

    folder: Path
    rows: dict[str, int]


def write_world(plan: BenchPlan, folder: Path, format: Format = "parquet") -> BenchWorld:
    """Write a world into a folder. About 25 s and 1.1 GiB at 10M transfers; O(transfers log).

    Transfers are written in order of time with ids in that order; integer times are epoch seconds, amounts minor units.
    """
    folder.mkdir(parents=True, exist_ok=True)
    world = people(plan)
    found_rings = rings(world)
    found = fraud(world, found_rings)
    payments = honest_and(world, found)
    order = np.argsort(payments.time, kind="stable")
    place = np.empty(len(found.case), dtype=np.int64)
    fraud_rows = np.flatnonzero(order < len(found.case))  # fraud comes first in `payments`
    place[order[fraud_rows]] = fraud_rows
    tables: dict[str, Iterable[pa.Table]] = {
        "accounts": [account_table(world)],
        "transfers": _transfers(world, payments, order),
        "cash": [_cash(world, found)],
        "identifiers": devices.tables(world, found_rings),
        "referrals": [cases.referrals(world, found)],
        "truth/strata": [strata(world)],
    }
    facts = cases.truth(world, found_rings, found, _ids("B", place))
    tables |= {f"truth/{name}": [table] for name, table in facts.items()}
    return BenchWorld(folder, {name: _write(folder / name, parts, format) for name, parts in tables.items()})


def honest_and(world: People, found: Fraud) -> Stream:
    """The fraud payments followed by honest ones, as many transfers as planned."""
    plan = world.plan
    parts = [*honest.hubs(world), honest.wages(world), honest.shops(world), honest.own(world)]
    taken = sum(map(len, parts)) + len(found.payments)
    taken += plan.share(honest.PASSED_ON * 1.15 + honest.SPENT)
    among = honest.friends(world, max(0, plan.transfers - taken))
    wages_and_friends = joined([parts[-3], among])
    on = honest.passed_on(world, wages_and_friends)
    short = plan.transfers - (taken - plan.share(honest.PASSED_ON * 1.15 + honest.SPENT)) - len(among) - len(on)
    more = honest.friends(world, max(0, short), part=16)
    whole = joined([found.payments, *parts, among, on, more])
    return whole if short >= 0 else whole.where(np.arange(plan.transfers))


def _ids(letter: str, number: I64) -> pa.Array:
    digits = pc.utf8_lpad(pa.array(number).cast(pa.string()), width=9, padding="0")
    return pc.binary_join_element_wise(letter, digits, "")


def _transfers(world: People, payments: Stream, order: I64) -> Iterator[pa.Table]:
    channels, remarks = pa.array(CHANNELS), pa.array(REMARKS)
    for start in range(0, len(order), CHUNK):
        rows = payments.where(order[start : start + CHUNK])
        n = len(rows)
        yield pa.table(
            {
                "txn_id": _ids("B", np.arange(start, start + n)),
                "time": START + rows.time,
                "payer": world.account_id.take(pa.array(rows.payer)),
                "payee": world.account_id.take(pa.array(rows.payee)),
                "amount": rows.amount,
                "currency": pa.array(["CNY"]).take(pa.array(np.zeros(n, np.int32))),
                "channel": channels.take(pa.array(rows.channel)),
                "remark": remarks.take(pa.array(rows.remark)),
            }
        )


def _cash(world: People, found: Fraud) -> pa.Table:
    """Withdrawals: honest ones at any time, those of rings after their money came."""
    plan, random = world.plan, world.plan.random(60)
    size = max(1, plan.share(CASH) - len(found.cash_account))
    account = np.concatenate([world.active(random, size), found.cash_account])
    amount = np.concatenate([(money(random, size, 120_000, 0.8) // 10_000 + 1) * 10_000, found.cash_amount])
    honest_time = np.minimum(any_time(random, size) + dwell(random, 0.1, size), any_time(random, size).max())
    time = np.concatenate([honest_time, found.cash_time])
    order = np.argsort(time, kind="stable")
    terminal = pa.array(random.integers(0, max(20, plan.accounts // 400), len(order)))
    return pa.table(
        {
            "txn_id": _ids("K", np.arange(len(order))),
            "time": START + time[order],
            "account": world.account_id.take(pa.array(account[order])),
            "amount": amount[order],
            "terminal": pc.binary_join_element_wise("T", terminal.cast(pa.string()), ""),
        }
    )


def _write(path: Path, parts: Iterable[pa.Table], format: Format) -> int:
    """Write the parts of a table into one file; rows written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer: pq.ParquetWriter | pacsv.CSVWriter | None = None
    rows = 0
    try:
        for part in parts:
            if writer is None:
                target = path.with_suffix(f".{format}")
                writer = (pq.ParquetWriter if format == "parquet" else pacsv.CSVWriter)(target, part.schema)
            writer.write_table(part)
            rows += part.num_rows
    finally:
        if writer is not None:
            writer.close()
    return rows
