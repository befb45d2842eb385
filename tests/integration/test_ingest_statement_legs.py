"""Two statements of the same payment, a reversal and a failed payment: from files to effective facts."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
from ingest_kit import put, statement

from graphfraud.ledger import Ledger
from graphfraud.nightly.effective import effective
from graphfraud.services.ingestion import Into, ingest
from graphfraud.settings import Settings
from graphfraud.stores.embedded.store import EmbeddedStore

ME, OTHER = "6222000011112222", "6217000033334444"
AS_OF = 1767700000_000_000


def test_legs_reversals_and_failures_become_one_payment(tmp_path: Path) -> None:
    mine = statement(
        {"交易流水号": "1", "交易余额": "900.00"},
        {"交易流水号": "2", "交易时间": "2026-01-05 10:00:00", "交易金额": "55.00"},
        {"交易流水号": "3", "交易时间": "2026-01-05 10:05:00", "交易金额": "-55.00"},
        {"交易流水号": "4", "交易时间": "2026-01-05 11:00:00", "交易金额": "77.00", "交易是否成功": "失败"},
        {
            "交易流水号": "5",
            "交易时间": "2026-01-05 12:00:00",
            "交易金额": "2.00",
            "交易类型": "手续费",
            "交易对手账卡号": "",
        },
    )
    theirs = statement(
        {
            "交易卡号": OTHER,
            "交易对手账卡号": ME,
            "收付标志": "进",
            "交易时间": "2026-01-05 09:30:02",
            "交易流水号": "1",
        }
    )
    files = [put(tmp_path, "a流水.csv", mine, "gb18030"), put(tmp_path, "b流水.csv", theirs, "gb18030")]
    settings = Settings()
    with (
        Ledger(tmp_path / "ledger.sqlite") as ledger,
        EmbeddedStore(tmp_path / "store.duckdb", settings.store, 14) as store,
    ):
        report = ingest(files, Into(store, ledger, settings))
        assert (report.total("received"), report.total("loaded"), report.total("quarantined")) == (6, 6, 0)
        again = ingest(list(reversed(files)), Into(store, ledger, settings))
        assert (again.total("loaded"), again.total("unchanged")) == (0, 6)
        out = tmp_path / "facts"
        out.mkdir()
        effective(store.export(AS_OF), settings, out)
    accounts = pq.read_table(out / "accounts.parquet").column("account_id").to_pylist()
    flows = pq.read_table(out / "transfers.parquet").to_pylist()
    assert [(accounts[f["payer"]], accounts[f["payee"]], f["amount"]) for f in flows] == [
        (ME, OTHER, 10000),
        (ME, "(bank)", 200),
    ]
    assert flows[0]["payer_balance_after"] == 90000
    assert flows[1]["tag"] != 0  # a fee
    failed = pq.read_table(out / "failed.parquet").to_pylist()
    assert [f["amount"] for f in failed] == [7700]
    assert pq.read_table(out / "reversed.parquet").num_rows == 1
