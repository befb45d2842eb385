"""The ledger: quarantine, landed files, inbox, logs, migrations, two processes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from graphfraud.errors import FormatVersionError, StoreError, UnknownId
from graphfraud.ledger import Landing, Ledger, NewBadRow

LANDING = Landing("f00", "transfers.csv", "canonical/transfers", "transfers", 10, 7, 1, 0, 2, "utf-8", ",", 99)


def bad(line: int, code: str = "bad_time", cells: str = '{"txn_id": "T1"}') -> NewBadRow:
    return NewBadRow(line, "time", "x", code, "not a time", "", cells)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.sqlite")


def test_a_bad_row_is_kept_once(ledger: Ledger) -> None:
    assert ledger.set_aside(LANDING, [bad(3), bad(4)]) == 2
    assert ledger.set_aside(LANDING, [bad(4), bad(5)]) == 1
    assert [(e.id, e.line, e.status) for e in ledger.quarantine()] == [(1, 3, "open"), (2, 4, "open"), (3, 5, "open")]
    entry = ledger.entry(2)
    assert (entry.file, entry.table, entry.column, entry.value, entry.cells) == (
        *("transfers.csv", "transfers", "time", "x"),
        {"txn_id": "T1"},
    )
    with pytest.raises(UnknownId, match="no quarantined row 9"):
        ledger.entry(9)


def test_closing_entries_once(ledger: Ledger) -> None:
    ledger.set_aside(LANDING, [bad(3), bad(4)])
    assert ledger.close_entries([1], "fixed", "corrected") == 1
    assert ledger.close_entries([1, 2], "superseded", "later file") == 1
    assert [(e.status, e.note) for e in ledger.quarantine(status=None)] == [
        ("fixed", "corrected"),
        ("superseded", "later file"),
    ]


def test_the_quarantined_share(ledger: Ledger) -> None:
    assert ledger.quarantined_share() == 0
    ledger.set_aside(LANDING, [bad(3), bad(4)])
    ledger.land(LANDING)
    assert (ledger.quarantined(), ledger.quarantined_share()) == ((2, 10), 0.2)
    ledger.land(LANDING)  # the same file again is the same rows
    assert ledger.quarantined() == (2, 10)
    ledger.close_entries([1], "fixed", "")
    assert ledger.quarantined_share() == 0.1
    assert ledger.quarantine_counts() == {"transfers": {"bad_time": 1}}


def test_landed_files_keep_their_first_figures(ledger: Ledger) -> None:
    ledger.land(LANDING)
    ledger.land(Landing(**{**LANDING.__dict__, "loaded": 0, "unchanged": 8}))
    (landed,) = ledger.landed()
    assert (landed.loaded, landed.unchanged, landed.cut_off) == (7, 1, 99)
    assert landed.loaded_at > 0


def test_the_inbox_takes_the_same_item_once(ledger: Ledger) -> None:
    first = ledger.submit("referral", "R1", {"account_id": "A", "n": 1})
    assert ledger.submit("referral", "R1", {"n": 1, "account_id": "A"}).id == first.id
    other = ledger.submit("referral", "R1", {"account_id": "A", "n": 2})
    assert [i.id for i in ledger.inbox()] == [first.id, other.id]
    ledger.settle(first.id, "applied", "")
    ledger.settle(other.id, "refused", "twice")
    assert ledger.inbox() == []
    assert [(i.status, i.note, i.applied_at is not None) for i in ledger.inbox(None)] == [
        ("applied", "", True),
        ("refused", "twice", False),
    ]


def test_known_referrals(ledger: Ledger) -> None:
    assert ledger.referred_account("R1") is None
    ledger.submit("referral", "R1", {"account_id": "A"})
    ledger.know_referrals([("R2", "B"), ("R2", "C")])
    assert (ledger.referred_account("R1"), ledger.referred_account("R2")) == ("A", "B")


def test_logs(ledger: Ledger) -> None:
    ledger.record_override("run-1", "drift", "li", "new branch")
    ledger.record_unmask("li", "6222", "report")
    assert [{k: o[k] for k in ("run_id", "guard", "actor", "reason")} for o in ledger.overrides()] == [
        {"run_id": "run-1", "guard": "drift", "actor": "li", "reason": "new branch"}
    ]
    assert ledger.unmasked()[0]["subject"] == "6222"


def test_migration_is_repeatable_and_refuses_a_newer_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as first:
        first.set_aside(LANDING, [bad(3)])
    with Ledger(path) as again:
        assert (again.version, len(again.quarantine())) == (1, 1)
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        raw.execute("INSERT INTO schema_steps VALUES (99, 'later', 0)")
    with pytest.raises(FormatVersionError, match="format 99"):
        Ledger(path)


def test_a_file_that_is_no_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"this is not a database, it is a letter" * 50)
    with pytest.raises(StoreError, match="not a ledger"):
        Ledger(path)


WRITER = """
import sys
from pathlib import Path
from graphfraud.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
for i in range(60):
    ledger.submit("referral", f"{sys.argv[2]}{i}", {"account_id": "A"})
"""


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in ("X", "Y")]
    assert [w.wait(60) for w in writers] == [0, 0]
    with Ledger(path) as ledger:
        assert {i.subject for i in ledger.inbox()} == {f"{n}{i}" for n in "XY" for i in range(60)}
