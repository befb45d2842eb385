"""An account with a million transfers, from the file to the answers an investigator asks for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from graphfraud import bootstrap
from graphfraud.services.neighbourhood import Bounds
from graphfraud.services.network import network
from graphfraud.services.trace import TraceLimits, TraceRequest, trace
from graphfraud.services.workspace import Workspace

ROWS = 1_000_000
HUB = "6217000000000001"
START = 1_767_225_600  # 2026-01-01, seconds
MULE_PAID = 400_000
OTHERS = 50_000


def feed(folder: Path) -> int:
    """A million payments in and out of one account, the victim's two hops before them; what the account got in all."""
    random = np.random.default_rng(3)
    out = random.random(ROWS) < 0.5
    other = np.char.add("62", random.permutation(np.arange(ROWS) % OTHERS + 10_000).astype(str))
    amount = random.integers(100, 500_000, ROWS)
    columns = {
        "txn_id": [*np.char.add("T", np.arange(ROWS).astype(str)).tolist(), "E1", "E2"],
        "time": [*(START + 86_400 + np.sort(random.integers(0, 90 * 86_400, ROWS))).tolist(), START, START + 60],
        "payer": [*np.where(out, HUB, other).tolist(), "victim", "mule"],
        "payee": [*np.where(out, other, HUB).tolist(), "mule", HUB],
        "amount": [*amount.tolist(), 500_000, MULE_PAID],
    }
    folder.mkdir()
    pq.write_table(pa.table(columns), folder / "transfers.parquet")
    referral = "referral_id,case_no,account_id,referred_at,victim_account,victim_amount,victim_time\n"
    (folder / "referrals.csv").write_text(f"{referral}R1,C1,mule,{START + 3600},victim,500000,{START}\n", "utf-8")
    return int(amount[~out].sum()) + MULE_PAID


def run(folder: Path) -> tuple[Workspace, int]:
    received = feed(folder / "feed")
    workspace = bootstrap.initialise(folder / "ws").workspace
    report = bootstrap.ingest(workspace, [folder / "feed"])
    assert {f.detection.file: (f.received, f.loaded) for f in report.files} == {
        "transfers.parquet": (ROWS + 2, ROWS + 2),
        "referrals.csv": (1, 1),
    }
    assert bootstrap.run_nightly(workspace, bootstrap.Nightly()).live
    return workspace, received


def test_a_million_transfers_of_one_account(tmp_path: Path) -> None:
    workspace, received = run(tmp_path)
    with workspace.runs.open() as published:
        up = trace(published, TraceRequest(HUB, direction="up", limits=TraceLimits(max_hops=50)))
        assert up.total == received
        assert sum(end.amount for end in up.ends) == received
        assert sum(cut.payments for cut in up.cut) > 0  # a hundred thousands of ways: cut, counted, and in the sum
        near = network(published, "mule", Bounds(hops=2, max_degree=100))
        assert {node.account_id for node in near.accounts} == {"mule", "victim", HUB}
        assert [(hub.account_id, hub.counterparties) for hub in near.account_hubs] == [(HUB, OTHERS + 1)]
        table = published.findings("layers")
        assert dict(zip(table["account_id"].to_pylist(), table["layer"].to_pylist(), strict=True))["mule"] == 1
