"""Whom to call: answers, their order and sums, masks, the commands, what is bad input."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console
from surface_kit import NINE, PHONE, publish
from typer.testing import CliRunner

from graphfraud.cli.app import app
from graphfraud.cli.render.victims import victims as draw_victims
from graphfraud.core.clock import HOUR
from graphfraud.core.findings import FINDINGS
from graphfraud.core.runs import PublishedRun, RunCatalogue
from graphfraud.core.text import TextColumn
from graphfraud.errors import UsageError
from graphfraud.services.lens import Lens
from graphfraud.services.victims import Contact, next_victims, victims
from graphfraud.services.workspace import create_workspace


def row(account: str, rank: int, grade: str, hour: int, amount: int, **more: Any) -> dict[str, Any]:
    given = {"account_id": account, "payee": "a", "txn_id": f"T{hour}", "time": NINE + hour * HOUR, "amount": amount}
    given |= {"reported": False, "rank": rank, "payments": 1, "points": 12, "grade": grade, "ring_id": "R-1"}
    return given | {"reason_zh": f"理由{hour}", "reason_en": f"reason {hour} [x]"} | more


ROWS = [
    row("b", 1, "likely", 1, 100_000, points=10, payments=3),
    row("b", 1, "likely", 2, 200_000, points=13, payments=3, payee="c", ring_id=None),
    row("b", 1, "likely", 0, 5, points=13, payments=3, payee="d"),
    row("v", 2, "likely", 3, 400_000, reported=True),
    row("m", 3, "possible", 4, 7),
    row("p", 4, "unlikely", 5, 8),
]
NEXT = [
    row("m", 2, "", 4, 7, kind="earlier"),
    row("b", 1, "", 2, 200_000, kind="again", payments=3),
]


def fill(runs: Path) -> Path:
    folder = publish(runs)
    for name, rows in (("victims", ROWS), ("next_victims", NEXT)):
        schema = FINDINGS[name].schema
        table = pa.Table.from_pylist([{c: r.get(c) for c in schema.names} for r in rows], schema=schema)
        pq.write_table(FINDINGS[name].sorted(table), folder / "findings" / f"{name}.parquet")
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Iterator[PublishedRun]:
    fill(tmp_path)
    with RunCatalogue(tmp_path).open() as opened:
        yield opened


def test_one_row_a_payer_with_the_payment_that_tells_most(run: PublishedRun) -> None:
    found = victims(run)
    assert [(v.rank, v.account_id, v.payments, v.total) for v in found.shown] == [(1, "b", 3, 300_005), (3, "m", 1, 7)]
    first = found.shown[0]  # 13 points twice: the newer one
    assert (first.txn_id, first.payee, first.amount, first.ring_id, first.reason_zh) == (
        "T2", "c", 200_000, None, "理由2",
    )  # fmt: skip
    assert found.total == 300_012
    assert found.payers == {"likely": 1, "possible": 1, "unlikely": 1}
    assert (found.reported, found.left_out) == (1, 0)


def test_everyone_and_limits(run: PublishedRun) -> None:
    assert [v.account_id for v in victims(run, everyone=True).shown] == ["b", "v", "m", "p"]
    short = victims(run, limit=1, everyone=True)
    assert ([v.account_id for v in short.shown], short.left_out, short.total) == (["b"], 3, 300_005)
    assert victims(run, limit=0).shown == []
    with pytest.raises(UsageError, match="--limit is -1"):
        victims(run, limit=-1)
    with pytest.raises(UsageError, match="--limit is -2"):
        next_victims(run, limit=-2)


def test_contacts_are_masked_unless_a_reason_was_given(run: PublishedRun) -> None:
    masked = victims(run).shown[0].contact
    assert masked.holder_name is not None
    assert masked.phone is not None
    assert "小明" not in masked.holder_name
    assert PHONE not in masked.phone
    assert victims(run, lens=Lens(masked=False)).shown[0].contact == Contact("王小明", PHONE, None)
    assert victims(run).shown[1].contact == Contact(None, None, None)
    assert next_victims(run).shown[0].contact == masked


def test_a_customer_of_another_bank_is_warned_through_it(run: PublishedRun) -> None:
    accounts = run.snapshot.accounts
    names, outside = TextColumn.of(["OURS", "X1"]), np.array([name == "m" for name in accounts.id])
    run.snapshot = replace(
        run.snapshot, accounts=replace(accounts, bank=outside.astype(np.int8), banks=names, outside=outside)
    )
    assert [v.contact.other_bank for v in victims(run).shown] == [None, "X1"]
    assert [v.contact.other_bank for v in next_victims(run).shown] == [None, "X1"]
    shown = Console(width=100, file=StringIO())
    shown.print(draw_victims(victims(run)))
    assert "customer of X1: warn through it; to a" in shown.file.getvalue()  # type: ignore[attr-defined]


def test_next_victims_in_their_order(run: PublishedRun) -> None:
    found = next_victims(run, limit=1)
    assert [(v.rank, v.account_id, v.kind, v.amount) for v in found.shown] == [(1, "b", "again", 200_000)]
    assert (found.payers, found.total, found.left_out) == ({"again": 1, "earlier": 1}, 200_000, 1)


def test_commands(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    fill(workspace.runs.root)
    ask = ["victims", "--workspace", str(workspace.folder)]
    text = CliRunner(env={"COLUMNS": "120"}).invoke(app, [*ask, "--limit", "1"])
    assert text.exit_code == 0, text.output
    assert "1 likely, 1 possible, 1 unlikely; 1 have" in text.output
    assert "reason 2 [x]" in text.output
    assert "Total of the 1 payer shown: 3,000.05 yuan" in text.output
    assert "1 more: graphfraud victims --limit 2" in text.output
    assert "王小明" not in text.output
    raw = json.loads(CliRunner().invoke(app, [*ask, "--all", "--json"]).output)
    assert [v["account_id"] for v in raw["shown"]] == ["b", "v", "m", "p"]
    assert raw["shown"][0]["time"] == "2026-01-01T11:00:00+08:00"
    following = CliRunner().invoke(app, [*ask, "--next", "--lang", "zh", "--limit", "1"]).output
    assert "Payers of rings at work in the last 72 h: 1 again, 1 earlier" in following
    assert "理由2" in following
    assert "1 more: graphfraud victims --next --limit 2" in following
    assert CliRunner().invoke(app, [*ask, "--limit", "-1"]).exit_code != 0
