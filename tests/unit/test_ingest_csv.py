"""CSV: encodings, delimiters, damaged bytes, quotes, and the count of every row."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path

import pytest
from ingest_kit import Got, put, transfers

from graphfraud.errors import FileRefused
from graphfraud.ingest import lines

GOOD = ("T1,1767204378,A,B,100", "T2,1767204379,B,C,200")


def check_sum(got: Got) -> None:
    c = got.counts
    assert c.received == c.good + c.duplicates + c.quarantined


@pytest.mark.parametrize(
    ("encoding", "detected"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
@pytest.mark.parametrize(("delimiter", "newline"), [(",", "\r\n"), ("\t", "\n"), ("|", "\n")])
def test_encoding_delimiter_and_newline_are_detected(
    tmp_path: Path, encoding: str, detected: str, delimiter: str, newline: str
) -> None:
    # 瞸 and 眧 hold the byte 0x7C ('|') in GB18030
    text = transfers(
        "T1,1767204378,A,B,100,货款 瞸眧", "T2,1767204379,B,C,200,工资", header="txn_id,time,payer,payee,amount,remark"
    )
    got = Got(put(tmp_path, "transfers.csv", text.replace(",", delimiter).replace("\n", newline), encoding))
    assert (got.detection.encoding, got.detection.delimiter) == (detected, delimiter)
    assert got.column("remark") == ["货款 瞸眧", "工资"]
    assert got.column("source_row") == [2, 3]
    assert got.bad == []


def test_bytes_of_bar_inside_gb18030_characters_are_real() -> None:
    assert b"|" in "瞸".encode("gb18030") or b"|" in "眧".encode("gb18030")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_one_bad_byte_quarantines_one_row(tmp_path: Path, encoding: str) -> None:
    header = "txn_id,time,payer,payee,amount,remark"
    rows = [f"T{i},1767204378,A,B,100,备注{i}" for i in range(200)]
    raw = transfers(*rows, header=header).encode(encoding).split(b"\n")
    raw[101] = raw[101] + b"\xff"
    got = Got(put(tmp_path, "transfers.csv", b"\n".join(raw)))
    assert got.detection.encoding == encoding
    assert [(b.line, b.code, b.value[:2]) for b in got.bad] == [(102, "bad_bytes", "ff")]
    assert got.counts.good == 199
    assert "T100" not in got.column("txn_id")
    assert '"T100"' in got.bad[0].cells
    check_sum(got)


def test_bad_lead_byte_does_not_swallow_the_next_line(tmp_path: Path) -> None:
    text = transfers(
        "T1,1767204378,A,B,100,好", "T2,1767204379,A,B,100,坏", header="txn_id,time,payer,payee,amount,remark"
    )
    raw = text.encode("gb18030").replace("好\n".encode("gb18030"), b"\x81\n")
    got = Got(put(tmp_path, "transfers.csv", raw))
    assert got.problems == [(2, "", "81", "bad_bytes")]
    assert got.column("txn_id") == ["T2"]


def test_bad_byte_in_row_500_000_of_a_gb18030_file(tmp_path: Path) -> None:
    rows = [b"T%d,1767204378,A,B,100,\xb1\xb8\xd7\xa2" % i for i in range(1, 520_001)]
    rows[499_999] += b"\x80"
    path = put(tmp_path, "transfers.csv", b"txn_id,time,payer,payee,amount,remark\n" + b"\n".join(rows))
    started = time.perf_counter()
    got_lines, counts, codes = _counts(path)
    assert time.perf_counter() - started < 30
    assert (counts.received, counts.good, counts.quarantined) == (520_000, 519_999, 1)
    assert (got_lines, codes) == ([500_001], ["bad_bytes"])


def _counts(path: Path):  # type: ignore[no-untyped-def]
    from graphfraud.ingest import read
    from graphfraud.settings import IngestSettings

    with read(path, IngestSettings()) as reading:
        assert reading.detection.encoding == "gb18030"
        bad = list(reading.bad_rows())
        return [b.line for b in bad], reading.counts, [b.code for b in bad]


def test_many_bad_lines_and_block_edges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BLOCK", 997)
    header = "txn_id,time,payer,payee,amount,remark"
    raw = transfers(*(f"T{i},1767204378,A,B,100,文字" for i in range(1000)), header=header).encode().split(b"\n")
    wrong = set(range(3, 1001, 7))
    for i in wrong:
        raw[i] += b"\xfe"
    got = Got(put(tmp_path, "transfers.csv", b"\n".join(raw)))
    assert {b.line for b in got.bad} == {i + 1 for i in wrong}
    assert got.column("source_row") == [i + 1 for i in range(1, 1001) if i not in wrong]
    assert got.column("txn_id") == [f"T{i - 1}" for i in range(1, 1001) if i not in wrong]


@pytest.mark.parametrize("block", [64, 101, 1 << 20])
def test_quoted_newlines_keep_line_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(lines, "BLOCK", block)
    header = "txn_id,time,payer,payee,amount,remark"
    text = transfers(
        'T1,1767204378,A,B,100,"two\nlines, ""quoted"""',
        "T2,1767204378,A,B,x,plain",
        'T3,1767204378,A,B,100,"three\n\nlines"',
        "T4,1767204378,A,B,100,last",
        header=header,
    )
    got = Got(put(tmp_path, "transfers.csv", text))
    assert got.column("remark") == ['two\nlines, "quoted"', "three\n\nlines", "last"]
    assert got.column("source_row") == [2, 5, 8]
    assert got.problems == [(4, "amount", "x", "bad_amount")]


def test_open_quote_damages_its_own_line_only(tmp_path: Path) -> None:
    header = "txn_id,time,payer,payee,amount,remark"
    rows = [f"T{i},1767204378,A,B,100,ok" for i in range(500)]
    rows[3] = 'T3,1767204378,A,B,100,"never closed'
    got = Got(put(tmp_path, "transfers.csv", transfers(*rows, header=header)))
    assert [(b.line, b.code) for b in got.bad] == [(5, "open_quote")]
    assert got.counts.good == 499


def test_quote_inside_a_cell_is_text(tmp_path: Path) -> None:
    header = "txn_id,time,payer,payee,amount,remark"
    got = Got(
        put(tmp_path, "transfers.csv", transfers('T1,1767204378,A,B,1,5" pipe', "T2,1767204378,A,B,1,x", header=header))
    )
    assert got.column("remark") == ['5" pipe', "x"]


def test_quotes_that_mislead_the_fast_parser(tmp_path: Path) -> None:
    # two quotes in a line, yet the second one opens a field that never ends
    header = "txn_id,time,payer,remark,payee,amount"
    got = Got(
        put(
            tmp_path,
            "transfers.csv",
            transfers(
                'T1,1767204378,A,5" x,"B,100', "T2,1767204379,A,y,B,100", "T3,1767204380,A,z,B,100", header=header
            ),
        )
    )
    assert [(b.line, b.code) for b in got.bad] == [(2, "open_quote")]
    assert got.column("source_row") == [3, 4]


def test_too_many_and_too_few_cells(tmp_path: Path) -> None:
    got = Got(
        put(tmp_path, "transfers.csv", transfers(*GOOD, "T3,1767204379,B", "T4,1767204379,B,C,1,2,3", "", ",,,,"))
    )
    assert got.problems == [
        (4, "", "3 cells, 5 columns", "column_count"),
        (5, "", "7 cells, 5 columns", "column_count"),
    ]
    assert got.bad[0].raw == "T3,1767204379,B"
    assert got.detection.blank_lines == 2
    assert got.counts.received == 4
    check_sum(got)


def test_huge_field_and_huge_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST_LINE", 300_000)
    monkeypatch.setattr(lines, "BLOCK", 100_000)
    header = "txn_id,time,payer,payee,amount,remark"
    rows = (
        f"T1,1767204378,A,B,100,{'x' * 70_000}",
        f"T2,1767204378,A,B,100,{'y' * 1_000_000}",
        "T3,1767204378,A,B,100,fine",
        f"T4,1767204378,{'Z' * 300},B,100,id",
    )
    got = Got(put(tmp_path, "transfers.csv", transfers(*rows, header=header)))
    assert [(b.line, b.column, b.code) for b in got.bad] == [
        (2, "remark", "too_long"),
        (3, "", "line_too_long"),
        (5, "payer", "too_long"),
    ]
    assert got.column("source_row") == [4]


def test_zero_bytes_are_damage(tmp_path: Path) -> None:
    got = Got(put(tmp_path, "transfers.csv", transfers(*GOOD).encode() + b"\0" * 50 + b"\n"))
    assert [(b.line, b.code) for b in got.bad] == [(4, "bad_bytes")]
    assert got.counts.good == 2


def test_title_lines_above_the_header(tmp_path: Path) -> None:
    got = Got(put(tmp_path, "transfers.csv", "导出时间:2026-01-05\n\n" + transfers(*GOOD)))
    assert got.column("source_row") == [4, 5]
    assert got.counts.received == 2


def test_header_only_is_an_empty_feed(tmp_path: Path) -> None:
    got = Got(put(tmp_path, "transfers.csv", transfers()))
    assert (got.counts.received, got.rows) == (0, [])


def test_no_newline_at_the_end_and_old_mac_newlines(tmp_path: Path) -> None:
    text = transfers(*GOOD).rstrip("\n")
    assert Got(put(tmp_path, "transfers.csv", text)).counts.good == 2
    assert Got(put(tmp_path, "transfers.csv", text.replace("\n", "\r"))).counts.good == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\n", "empty"),
        (b"txn_id,time,payer,payee\nT1,1767204378,A,B\n", "required column missing: amount"),
        (b"txn_id,time,payer,payee,amount\nT1,later,A,B,1\nT2,,A,B,1\n", "no row parses"),
        (b"txn_id,time,payer,payee,amount,amount\nT1,1767204378,A,B,1,2\n", "stands twice"),
        (b"a,b\n1,2\n", "no profile fits"),
    ],
)
def test_a_file_is_refused_whole_with_what_was_there(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(FileRefused, match=message):
        Got(put(tmp_path, "transfers.csv", content))


def test_semicolons(tmp_path: Path) -> None:
    got = Got(put(tmp_path, "transfers.csv", transfers(*GOOD).replace(",", ";")))
    assert (got.detection.delimiter, got.counts.good) == (";", 2)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="cannot be read"):
        Got(tmp_path / "transfers.csv")


def test_agrees_with_the_csv_module_on_every_quoting(tmp_path: Path) -> None:
    remarks = [
        "",
        "a,b",
        'say "x"',
        "line\nbreak",
        "tab\there",
        'comma, "quote"\nand break',
        "纸|鍇",
        "  inner  blanks  ",
    ]
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(["txn_id", "time", "payer", "payee", "amount", "remark"])
    writer.writerows([f"T{i}", "1767204378", "A", "B", "1", r] for i, r in enumerate(remarks))
    got = Got(put(tmp_path, "transfers.csv", buffer.getvalue()))
    assert got.column("remark") == [r.strip() or None for r in remarks]
