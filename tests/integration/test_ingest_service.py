"""Ingest into a store and a ledger: reports, repeats, folders, quarantine and its correction, interruption."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from ingest_kit import MemoryStore, put, statement, transfers

from graphfraud.core.facts import Facts, WriteReport
from graphfraud.errors import FileRefused, InputError, UnknownId, UsageError
from graphfraud.ledger import Ledger
from graphfraud.services.ingestion import Into, ingest
from graphfraud.services.quarantine import (
    quarantine_export,
    quarantine_fix,
    quarantine_fix_file,
    quarantine_list,
)
from graphfraud.settings import Settings

BAD = ("T1,1767204378,A,B,100", "T2,later,A,B,100", "T3,1767204378,A,B,-1", "T4,1767204379,B,C,5")


@pytest.fixture
def into(tmp_path: Path) -> Iterator[Into]:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        yield Into(MemoryStore(), ledger, Settings())


def store(into: Into) -> MemoryStore:
    assert isinstance(into.store, MemoryStore)
    return into.store


def test_report_of_a_file(tmp_path: Path, into: Into) -> None:
    report = ingest([put(tmp_path, "transfers.csv", transfers(*BAD, "T1,1767204378,A,B,100"))], into)
    (file,) = report.files
    assert (file.received, file.loaded, file.unchanged, file.duplicates, file.quarantined) == (5, 2, 0, 1, 2)
    assert file.by_reason == {"bad_time": 1, "not_positive": 1}
    assert report.as_dict()["totals"] == {
        **{"received": 5, "loaded": 2, "unchanged": 0, "duplicates": 1, "quarantined": 2, "conflicts": 0}
    }
    (landed,) = into.ledger.landed()
    assert (landed.sha256, landed.cut_off) == (file.detection.sha256, 1767204379_000_000)
    assert into.ledger.quarantined_share() == 0.4
    assert [(e.line, e.column, e.value, e.code) for e in into.ledger.quarantine()] == [
        (3, "time", "later", "bad_time"),
        (4, "amount", "-1", "not_positive"),
    ]


def test_loading_again_or_overlapping_changes_nothing(tmp_path: Path, into: Into) -> None:
    header = "time,payer,payee,amount"
    rows = ["1767204378,A,B,1", "1767204378,A,B,1", "1767204379,A,B,1"]
    whole = put(tmp_path, "transfers.csv", transfers(*rows, "x,A,B,1", header=header))
    first = ingest([whole], into)
    before = dict(store(into).facts["transfers"])
    again = ingest([whole], into)
    (tmp_path / "part").mkdir()
    part = ingest([put(tmp_path / "part", "transfers.csv", transfers(*rows[1:], header=header))], into)
    assert store(into).facts["transfers"] == before
    assert (first.total("loaded"), again.total("loaded"), part.total("loaded")) == (3, 0, 0)
    assert (again.total("unchanged"), part.total("unchanged")) == (3, 2)
    assert len(into.ledger.quarantine()) == 1
    assert into.ledger.quarantined() == (1, 6)


def test_the_same_id_with_other_content_is_a_conflict(tmp_path: Path, into: Into) -> None:
    ingest([put(tmp_path, "transfers.csv", transfers("T1,1767204378,A,B,100"))], into)
    report = ingest([put(tmp_path, "transfers.csv", transfers("T1,1767204378,A,B,999", "T2,1767204378,A,B,1"))], into)
    (file,) = report.files
    assert (file.received, file.loaded, file.quarantined, file.conflicts) == (2, 1, 1, 1)
    (entry,) = into.ledger.quarantine()
    assert (entry.code, entry.line, entry.value, entry.cells["amount"]) == ("conflict", 2, "T1", "999")
    assert {r["txn_id"]: r["amount"] for r in store(into).rows("transfers")} == {"T1": 100, "T2": 1}


def test_a_folder_gives_its_known_tables_and_never_the_truth(tmp_path: Path, into: Into) -> None:
    feed = tmp_path / "feed"
    (feed / "truth").mkdir(parents=True)
    put(feed, "transfers.csv", transfers("T1,1767204378,A,B,100"))
    put(feed, "accounts.csv", "account_id,holder_id\nA,H\n")
    put(feed, "notes.csv", "time,payer,payee,amount\n1767204378,X,Y,1\n")
    put(feed / "truth", "transfers.csv", transfers("POISON,1767204378,A,B,100"))
    put(feed / "truth", "accounts.csv", "account_id,holder_id\nPOISON,H\n")
    empty = tmp_path / "empty"
    empty.mkdir()
    report = ingest([feed], into)
    assert [f.detection.file for f in report.files] == ["accounts.csv", "transfers.csv"]
    assert [r["txn_id"] for r in store(into).rows("transfers")] == ["T1"]
    with pytest.raises(InputError, match=r"nothing to ingest .*expected accounts\.csv"):
        ingest([empty], into)


def test_refused_files_do_not_stop_the_others(tmp_path: Path, into: Into) -> None:
    good = put(tmp_path, "transfers.csv", transfers("T1,1767204378,A,B,100"))
    empty = put(tmp_path, "cash.csv", "")
    report = ingest([empty, good], into)
    assert report.exit_code == 3
    assert "empty" in report.refused[str(empty)]
    assert report.total("loaded") == 1
    with pytest.raises(FileRefused, match="empty"):
        ingest([empty], into)
    with pytest.raises(InputError, match="no such file"):
        ingest([good, tmp_path / "gone.csv"], into)


def test_correcting_one_row(tmp_path: Path, into: Into) -> None:
    ingest([put(tmp_path, "transfers.csv", transfers(*BAD))], into)
    assert quarantine_fix(1, {"time": "1767204400"}, into).fixed == (1,)
    fixed = next(r for r in store(into).rows("transfers") if r["txn_id"] == "T2")
    assert (fixed["source_file"], fixed["source_row"], fixed["time"]) == ("transfers.csv", 3, 1767204400_000_000)
    assert into.ledger.entry(1).status == "fixed"
    still = quarantine_fix(2, {"amount": "0"}, into)
    assert list(still.still_bad) == [2]
    assert "amount" in still.still_bad[2]
    assert into.ledger.entry(2).status == "open"
    with pytest.raises(UsageError, match="already fixed"):
        quarantine_fix(1, {"time": "1767204400"}, into)
    with pytest.raises(UsageError, match="no column colour"):
        quarantine_fix(2, {"colour": "red"}, into)
    with pytest.raises(UnknownId):
        quarantine_fix(99, {"time": "1"}, into)


def test_correcting_by_file(tmp_path: Path, into: Into) -> None:
    rows = [{"交易金额": "12,5x", "账户开户名称": "张三"}, {"收付标志": "", "交易流水号": "5"}, {}]
    text = statement(*rows).encode("gb18030").replace(b"12,5x", b"12\xff5x")
    ingest([put(tmp_path, "export.csv", text)], into)
    out = tmp_path / "bad.csv"
    assert quarantine_export(into.ledger, out, "li") == 2
    assert [u["actor"] for u in into.ledger.unmasked()] == ["li"]
    with out.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(r["_line"], r["_reason"][:5]) for r in lines] == [("2", "bytes"), ("3", "state")]
    lines[0]["交易金额"] = "125.00"
    lines[1]["收付标志"] = "进"
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    assert quarantine_fix_file(out, into).fixed == (1, 2)
    amounts = sorted((r["source_row"], r["amount"], r["payee"][:4]) for r in store(into).rows("transfers"))
    assert amounts == [(2, 12500, "6217"), (3, 10000, "6222"), (4, 10000, "6217")]
    assert into.ledger.quarantine() == []


def test_rows_of_a_profile_of_ones_own_find_it_again(tmp_path: Path, into: Into) -> None:
    text = """
        name = "wallet"
        fields.who = { kind = "id", columns = ["WHO"], required = true }
        fields.when = { kind = "time", columns = ["WHEN"], required = true }
        fields.sum = { kind = "yuan", columns = ["SUM"], required = true }
        [[outputs]]
        table = "cash"
        columns = { time = "when", account = "who", amount = "sum" }
        """
    profile = str(put(tmp_path, "wallet.toml", text))
    path = put(tmp_path, "export.csv", "WHO,WHEN,SUM\nA,2026-01-01,1.50\nB,soon,2\n")
    assert ingest([path], into, profile).total("quarantined") == 1
    assert quarantine_fix(1, {"WHEN": "2026-01-02"}, into).fixed == (1,)
    assert sorted((r["account"], r["amount"]) for r in store(into).rows("cash")) == [("A", 150), ("B", 200)]


def test_corrections_that_are_none(tmp_path: Path, into: Into) -> None:
    ingest([put(tmp_path, "transfers.csv", transfers(*BAD))], into)
    out = tmp_path / "bad.csv"
    quarantine_export(into.ledger, out, "li")
    assert quarantine_fix_file(out, into).unchanged == (1, 2)
    with pytest.raises(FileRefused, match="no column _id"):
        quarantine_fix_file(put(tmp_path, "x.csv", "a,b\n1,2\n"), into)
    with pytest.raises(UnknownId, match="77"):
        quarantine_fix_file(put(tmp_path, "y.csv", "_id,time\n77,1\n"), into)


def test_a_later_file_with_the_row_in_good_order_closes_the_entry(tmp_path: Path, into: Into) -> None:
    ingest([put(tmp_path, "transfers.csv", transfers(*BAD))], into)
    report = ingest([put(tmp_path, "transfers.csv", transfers("T2,1767204400,A,B,100"))], into)
    assert report.files[0].superseded == 1
    assert [(e.id, e.status) for e in into.ledger.quarantine(status=None)] == [(1, "superseded"), (2, "open")]


def test_lists_are_masked(tmp_path: Path, into: Into) -> None:
    text = "account_id,holder_id,holder_name,id_no,pooled\nA,H,王小明,440100199001011234,maybe\nB,H,,,\n"
    ingest([put(tmp_path, "accounts.csv", text)], into)
    (masked,) = quarantine_list(into.ledger)
    assert (masked.cells["holder_name"], masked.cells["id_no"]) == ("王**", "4401**********1234")
    assert into.ledger.unmasked() == []
    (clear,) = quarantine_list(into.ledger, unmask=("li", "check with the branch"))
    assert clear.cells["holder_name"] == "王小明"
    assert into.ledger.unmasked()[0]["reason"] == "check with the branch"


class Interrupted(MemoryStore):
    """A store in whose second write the user presses Ctrl-C."""

    writes = 0

    def write(self, facts: Facts) -> WriteReport:
        self.writes += 1
        if self.writes == 2:
            next(iter(facts.batches))
            raise KeyboardInterrupt
        return super().write(facts)


def test_interrupted_between_tables_and_completed_by_the_same_command(tmp_path: Path) -> None:
    path = put(tmp_path, "export.csv", statement({}, {"现金标志": "现", "交易流水号": "7"}, {"交易金额": "x"}))
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        into = Into(Interrupted(), ledger, Settings())
        with pytest.raises(KeyboardInterrupt):
            ingest([path], into)
        assert ledger.landed() == []
        ingest([path], into)
        stored = {t: len(r) for t, r in store(into).facts.items() if r}
        assert stored == {"transfers": 1, "cash": 1, "accounts": 1}
        assert len(ledger.quarantine()) == 1


def test_progress_is_told(tmp_path: Path, into: Into) -> None:
    seen: list[tuple[str, int, int | None]] = []
    path = put(tmp_path, "transfers.csv", transfers("T1,1767204378,A,B,100"))
    ingest([path], into, progress=lambda *event: seen.append(event))
    assert ("read transfers.csv", 1, None) in seen
    assert seen[-1] == ("ingest", 1, 1)
