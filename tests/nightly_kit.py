"""A bank small enough to work out by hand, with a store in memory and stages that follow the real contracts.

Score of an account = minor units it received; from 500 on it is at level 1, and has an alert.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from graphfraud.core.clock import DAY, SHANGHAI_OFFSET
from graphfraud.core.csr import build_events
from graphfraud.core.facts import FactTables
from graphfraud.core.findings import FINDINGS
from graphfraud.core.snapshot import Accounts, Flows, Identifiers, Lots, Meta, Referrals, Snapshot
from graphfraud.core.text import TextColumn
from graphfraud.nightly.options import Quarantine, Site
from graphfraud.nightly.stage import Context, Stage
from graphfraud.settings import Settings
from graphfraud.stores.base import RunRecord, StoreStats

DAY_1 = 1_767_196_800_000_000  # 2026-01-01 00:00 Asia/Shanghai
NOON = DAY // 2
ALERT_FROM = 500


@dataclass
class Bank:
    """The store: (known_at, time, payer, payee, amount) rows and what was published to it."""

    rows: list[tuple[int, int, str, str, int]] = field(default_factory=list)
    published: list[RunRecord] = field(default_factory=list)
    opened: int = 0

    def pay(self, day: int, payer: str, payee: str, amount: int, known: int | None = None) -> None:
        time = DAY_1 + day * DAY + NOON
        self.rows.append((time if known is None else DAY_1 + known * DAY + NOON, time, payer, payee, amount))

    def export(self, as_of: int, since_seq: int | None = None) -> FactTables:
        kept = [(n, *r) for n, r in enumerate(self.rows, 1) if r[0] <= as_of and n > (since_seq or 0)]
        columns = ("ingest_seq", "known_at", "time", "payer", "payee", "amount")
        kinds = [pa.string() if c in ("payer", "payee") else pa.int64() for c in columns]
        table = pa.table({c: pa.array([r[i] for r in kept], kinds[i]) for i, c in enumerate(columns)})
        return FactTables(as_of, {"transfers": table}, max_ingest_seq=len(self.rows))

    def stats(self) -> StoreStats:
        known = max((r[0] for r in self.rows), default=None)
        live = self.published[-1].run_id if self.published else None
        return StoreStats({"transfers": len(self.rows)}, len(self.rows), {"transfers": known, "cash": None}, 1, live)

    def write_findings(self, run: RunRecord, tables: dict[str, pa.Table]) -> None:
        assert set(tables) == set(FINDINGS)
        self.published.append(run)

    @contextmanager
    def open(self) -> Iterator[Bank]:
        self.opened += 1
        yield self


def bank(days: int = 20) -> Bank:
    """Ten payments of 10 a day, a → b; b has had 500 from day 5 on, and its alert."""
    made = Bank()
    for day in range(days):
        for _ in range(10):
            made.pay(day, "a", "b", 10)
    return made


def site(folder: Path, bank: Bank, **settings: dict[str, object]) -> Site:
    return Site(
        folder,
        Settings.model_validate(settings),
        bank.open,  # type: ignore[arg-type]
        before=lambda _: None,
        quarantine=Quarantine,
        overridden=lambda *_: None,
        store_bytes=lambda: 0,
    )


def facts(context: Context, out: Path) -> dict[str, object]:
    with context.open_store() as store:
        raw = store.export(context.work.plan.as_of)
    rows = raw["transfers"]
    day = (rows["time"].to_numpy() + SHANGHAI_OFFSET) // DAY
    pq.write_table(rows.append_column("day", pa.array(day, pa.int32())), out / "transfers.parquet")
    none = pa.array([], pa.int64())
    pq.write_table(pa.table({"time": none}), out / "cash.parquet")
    pq.write_table(pa.table({"last_seen": none}), out / "identifiers.parquet")
    inputs = {"transfers": {"rows": rows.num_rows, "known_at": None, "missing": [], "sha256": ""}}
    return {"inputs": inputs, "max_ingest_seq": raw.max_ingest_seq}


def snapshot(context: Context, out: Path) -> dict[str, object]:
    rows = pq.read_table(context.facts / "transfers.parquet").sort_by("time")
    payer, payee = rows["payer"].to_pylist(), rows["payee"].to_pylist()
    ids = sorted({*payer, *payee})
    code = {a: i for i, a in enumerate(ids)}
    n, m = len(ids), rows.num_rows
    out_code, in_code = (np.array([code[a] for a in side], np.int32) for side in (payer, payee))
    txn = TextColumn.of([f"t{i}" for i in range(m)])
    flows = Flows(rows["time"].to_numpy(), out_code, in_code, rows["amount"].to_numpy(), np.zeros(m, np.uint16), txn)
    no, e32, e64, e8 = np.zeros(n, bool), np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.int8)
    text = TextColumn.of([])
    Snapshot(
        Meta(context.work.plan.as_of),
        Accounts(
            TextColumn.of(ids), np.arange(n, dtype=np.int32), np.zeros(n, np.int8), no, no, *2 * [np.zeros(n, np.int64)]
        ),
        flows,
        build_events(n, out_code, in_code),
        Identifiers(e8, text, np.zeros(1, np.int64), e32, e64, e64, np.zeros(n + 1, np.int64), e32),
        lots := Lots(e32, e32, e64, e64, e64, np.zeros(m + 1, np.int64), np.zeros(m + 1, np.int64), e32),
        Referrals(text, text, e32, e64, e32, e64, e64, e32),
        lots,
    ).save(out)
    return {"accounts": n, "flows": m, "edges": {"payments": m}}


def findings(context: Context, out: Path) -> dict[str, object]:
    opened = Snapshot.open(context.snapshot)
    received = np.bincount(opened.flows.payee, weights=opened.flows.amount, minlength=len(opened.accounts))
    score = received.astype(np.int64)
    level = [1 if s >= ALERT_FROM else None for s in score]
    ids, n = list(opened.accounts.id), len(opened.accounts)
    scores: dict[str, object] = {f.name: [0] * n for f in FINDINGS["scores"].schema}
    scores |= {"account_id": ids, "score_e6": score, "level": level, "layer": [None] * n}
    scores |= {"ring_id": [None] * n, "referred": [False] * n, "exempt_class": [None] * n}
    alerted = [i for i in range(n) if level[i]]
    alerts: dict[str, object] = {f.name: [""] * len(alerted) for f in FINDINGS["alerts"].schema}
    alerts |= {"alert_id": [f"A-{ids[i]}" for i in alerted], "account_id": [ids[i] for i in alerted]}
    alerts |= {"level": [1] * len(alerted), "score_e6": score[alerted], "closed_at": [None] * len(alerted)}
    alerts |= {"opened_at": [0] * len(alerted), "due_at": [0] * len(alerted)}
    made = {"scores": scores, "alerts": alerts}
    for name, spec in FINDINGS.items():
        pq.write_table(spec.table(made[name]) if name in made else spec.empty(), out / f"{name}.parquet")
    return {"alerts": len(alerted)}


STAGES = (
    Stage("facts", "run/facts", facts),
    Stage("snapshot", "run/snapshot", snapshot),
    Stage("findings", "run/findings", findings),
)


def failing(name: str, error: BaseException) -> tuple[Stage, ...]:
    """The stages, of which one writes half of its output and then fails."""

    def broken(context: Context, out: Path) -> dict[str, object]:
        (out / "half.parquet").write_bytes(b"PAR1")
        raise error

    return tuple(replace(s, run=broken) if s.name == name else s for s in STAGES)
