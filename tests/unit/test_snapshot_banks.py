"""Whose accounts are ours, channels and places of cash, FIFO links: what format 2 of the snapshot added."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from facts_kit import made_effective

from graphfraud.core.clock import SECOND
from graphfraud.core.findings import FINDINGS
from graphfraud.core.snapshot import UNKNOWN, Meta, Snapshot
from graphfraud.errors import FormatVersionError, UsageError
from graphfraud.nightly.banks import outside_counts
from graphfraud.nightly.codes import encode
from graphfraud.nightly.manifest import draft
from graphfraud.nightly.snapshot import build_snapshot
from graphfraud.nightly.work import Mark, Plan
from graphfraud.settings import Settings
from graphfraud.trace import Book, End, Rule, match_lots
from graphfraud.trace.book import GOES_ON
from graphfraud.trace.rules import END_CODE

T = 1_000 * SECOND


def move(n: int, payer: str, payee: str, **more: Any) -> dict[str, Any]:
    return {"txn_id": f"X{n}", "time": n * SECOND, "payer": payer, "payee": payee, "amount": 10, **more}


#: our bank B1 (a has a phone), B2 (b has taken out cash); X1 (x) and X2 (y) are other banks'; n has a row without a
#: bank; g, h and k have no row, k has a device
ROWS: dict[str, list[dict[str, Any]]] = {
    "accounts": [
        {"account_id": account, "open_time": 1} | ({"bank": bank} if bank else {})
        for account, bank in zip(["a", "a2", "b", "x", "y", "n"], ["B1", "B1", "B2", "X1", "X2", ""], strict=True)
    ],
    "transfers": [
        move(1, "a", "a2", channel="mobile"), move(2, "x", "y", channel="网银"), move(3, "n", "g", channel=""),
        move(4, "h", "k"), move(5, "a", "b", channel="mobile"),
    ],
    "cash": [
        {"txn_id": "K1", "time": 3 * SECOND, "account": "b", "amount": 7, "terminal": "T9", "place": "浦东"},
        {"txn_id": "K2", "time": 6 * SECOND, "account": "b", "amount": -5, "terminal": "T1"},
    ],
    "identifiers": [
        {"account_id": "a", "kind": "phone", "value": "1", "first_seen": 5},
        {"account_id": "k", "kind": "device", "value": "d", "first_seen": 5},
    ],
}  # fmt: skip


def build(folder: Path, rows: dict[str, list[dict[str, Any]]] = ROWS, ours: tuple[str, ...] = ()) -> Snapshot:
    made_effective(rows, T, folder / "facts")
    build_snapshot(folder / "facts", Meta(T), folder / "snapshot", ours)
    return Snapshot.open(folder / "snapshot")


def outside(snapshot: Snapshot) -> list[str]:
    return [snapshot.accounts.id[int(v)] for v in np.flatnonzero(snapshot.accounts.outside)]


def without(name: str) -> dict[str, list[dict[str, Any]]]:
    return {table: rows for table, rows in ROWS.items() if table != name}


def test_a_bank_is_ours_when_one_of_its_accounts_was_seen(tmp_path: Path) -> None:
    built = build(tmp_path)
    assert outside(built) == ["g", "h", "x", "y"]
    assert outside_counts(built.accounts) == {"accounts": 4, "banks": {"X1": 1, "X2": 1}, "unnamed": 2}
    names = {v: built.accounts.bank_of(built.code(v)) for v in ("a", "a2", "b", "x", "n", "g")}
    assert names == {"a": "B1", "a2": "B1", "b": "B2", "x": "X1", "n": "", "g": ""}


def test_the_setting_names_our_banks(tmp_path: Path) -> None:
    assert outside(build(tmp_path, ours=("B1", "X2"))) == ["b", "g", "h", "x"]
    with pytest.raises(UsageError, match="names B9, but no account"):
        build(tmp_path / "wrong", ours=("B1", "B9"))


def test_all_banks_are_ours_where_nobody_was_seen(tmp_path: Path) -> None:
    rows = without("cash") | {"identifiers": []}
    assert outside(build(tmp_path, rows)) == ["g", "h", "k"]


def test_without_named_banks_everybody_is_ours(tmp_path: Path) -> None:
    plain = ROWS | {"accounts": [{"account_id": r["account_id"], "open_time": 1} for r in ROWS["accounts"]]}
    assert outside(build(tmp_path / "1", plain)) == outside(build(tmp_path / "2", without("accounts"))) == []


def test_a_trace_stops_at_other_banks(tmp_path: Path) -> None:
    built = build(tmp_path)
    stop = Book.of(built).stop
    assert {built.accounts.id[v] for v in np.flatnonzero(stop == END_CODE[End.OTHER_BANK])} == {"g", "h", "x", "y"}
    assert (np.delete(stop, np.flatnonzero(built.accounts.outside)) == GOES_ON).all()


def test_channels_and_places_of_cash(tmp_path: Path) -> None:
    built = build(tmp_path)
    flows, cash = built.flows, built.cash
    assert [(flows.txn[f], flows.channel_of(f)) for f in range(len(flows.time))] == [
        ("X1", "mobile"), ("X2", "网银"), ("K1", ""), ("X3", ""), ("X4", ""), ("X5", "mobile"), ("K2", ""),
    ]  # fmt: skip
    assert (list(flows.channels), flows.channel.dtype) == (["mobile", "网银"], np.int8)
    assert [cash.of(f) for f in (2, 6, 0)] == [("T9", "浦东"), ("T1", ""), ("", "")]
    assert (cash.flow.tolist(), list(cash.terminals), list(cash.places)) == ([2, 6], ["T1", "T9"], ["浦东"])


def test_links_of_both_rules_are_in_the_snapshot(tmp_path: Path) -> None:
    """b gets 10 (X5), then 5 in cash (K2), and pays 10: the newest are the 5 and half of the 10, the oldest the 10."""
    rows = ROWS | {"transfers": [*ROWS["transfers"], move(7, "b", "a")]}
    built = build(tmp_path, rows)
    for rule, kept in ((Rule.LIFO, built.lots), (Rule.FIFO, built.fifo)):
        again = match_lots(built.accounts, built.flows, built.events, rule)
        assert all((getattr(kept, c) == getattr(again, c)).all() for c in ("inflow", "outflow", "in_offset", "amount"))
    last = len(built.flows.time) - 1
    x5, k2 = (list(built.flows.txn).index(t) for t in ("X5", "K2"))

    def sources(lots: Any) -> list[tuple[int, int]]:
        links = slice(int(lots.out_ptr[last]), int(lots.out_ptr[last + 1]))
        return list(zip(lots.inflow[links].tolist(), lots.amount[links].tolist(), strict=True))

    assert sources(built.lots) == [(k2, 5), (x5, 5)]
    assert sources(built.fifo) == [(x5, 10)]


def test_the_manifest_says_which_banks_were_taken_as_others(tmp_path: Path) -> None:
    """What the snapshot stage counts stands in the manifest once, not among the counts of the stage."""
    counts = {"accounts": 9, "outside": outside_counts(build(tmp_path).accounts)}
    plan, mark = Plan("run", T, 0, "", {}), Mark("snapshot", 0.0, 0.0, counts)
    manifest = draft(plan, Settings(), [mark], {name: spec.empty() for name, spec in FINDINGS.items()})
    assert manifest["outside"] == {"accounts": 4, "banks": {"X1": 1, "X2": 1}, "unnamed": 2}
    assert manifest["stages"][0]["counts"] == {"accounts": 9}


def test_codes_do_not_depend_on_order_and_are_as_small_as_they_can_be() -> None:
    names = [f"n{i:03d}" for i in range(300)]
    few, of_few = encode(pa.chunked_array([["b", None], ["", "a", "b"]], pa.string()))
    assert (few.tolist(), list(of_few), few.dtype) == ([1, UNKNOWN, UNKNOWN, 0, 1], ["a", "b"], np.int8)
    many, of_many = encode(pa.chunked_array([names[::-1]]))
    assert (many.tolist(), list(of_many), many.dtype) == (list(range(299, -1, -1)), names, np.int16)
    none, of_none = encode(pa.chunked_array([], pa.string()))
    assert (len(none), len(of_none)) == (0, 0)


def test_a_snapshot_of_the_format_before_is_refused(tmp_path: Path) -> None:
    build(tmp_path)
    file = tmp_path / "snapshot" / "meta.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format": 1}))
    with pytest.raises(FormatVersionError, match="has format 1, this version reads 2"):
        Snapshot.open(tmp_path / "snapshot")
