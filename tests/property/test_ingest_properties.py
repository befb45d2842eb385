"""Properties of ingest: amounts and times against the standard library, round trips, identity under order and split."""

from __future__ import annotations

import csv
import io
import tempfile
from collections import Counter
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_kit import Got, MemoryStore, put, statement, transfers

from graphfraud.ingest import lines

FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
SHANGHAI = timezone(timedelta(hours=8))


def read_text(text: str | bytes, name: str = "transfers.csv", encoding: str = "utf-8") -> Got:
    with tempfile.TemporaryDirectory() as folder:
        return Got(put(Path(folder), name, text, encoding))


yuan = st.decimals(min_value=Decimal("0.01"), max_value=Decimal("9999999999999"), places=2)


@FEW
@given(st.lists(st.tuples(yuan, st.sampled_from(["{}", "{:,}", " {} ", "+{}", "{}0"])), min_size=1, max_size=40))
def test_yuan_equal_decimal_arithmetic(cases: list[tuple[Decimal, str]]) -> None:
    rows = [{"交易金额": form.format(d), "交易流水号": str(i)} for i, (d, form) in enumerate(cases)]
    got = read_text(statement(*rows), "export.csv", "gb18030")
    assert [r["amount"] for r in got.tables["transfers"]] == [int(d * 100) for d, _ in cases]


moments = st.datetimes(datetime(1993, 1, 1), datetime(2099, 1, 1))
FORMS = ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f+08:00", "%Y/%m/%d %H:%M:%S.%f")


@FEW
@given(st.lists(st.tuples(moments, st.sampled_from((*FORMS, "s", "ms", "us"))), min_size=1, max_size=30))
def test_times_equal_the_standard_library(cases: list[tuple[datetime, str]]) -> None:
    scale = {"s": 1_000_000, "ms": 1_000, "us": 1}
    epoch = datetime(1970, 1, 1, tzinfo=SHANGHAI) - timedelta(hours=-8)
    micros = [(m.replace(tzinfo=SHANGHAI) - epoch) // timedelta(microseconds=1) for m, _ in cases]
    expected = [u // scale.get(f, 1) * scale.get(f, 1) for u, (_, f) in zip(micros, cases, strict=True)]
    written = [str(u // scale[f]) if f in scale else m.strftime(f) for u, (m, f) in zip(micros, cases, strict=True)]
    got = read_text(transfers(*(f"T{i},{t},A,B,1" for i, t in enumerate(written))))
    assert got.column("time") == expected


cells = st.text(st.characters(codec="gb18030", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Cf")), max_size=12)
quoted = st.lists(
    st.one_of(cells, st.sampled_from(['"', 'a"b', "a,b", "x\ny", '"\n"', ",", "|", '""'])), max_size=3
).map("".join)


@FEW
@given(
    st.lists(quoted, min_size=1, max_size=30),
    st.sampled_from(["utf-8", "gb18030", "utf-16"]),
    st.sampled_from([",", "\t", "|", ";"]),
    st.sampled_from([80, 333, 1 << 25]),
)
def test_quoted_text_round_trips(remarks: list[str], encoding: str, delimiter: str, block: int) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(["txn_id", "time", "payer", "payee", "amount", "remark"])
    writer.writerows([f"T{i}", "1767204378", "A", "B", "1", f"甲{r}乙"] for i, r in enumerate(remarks))
    before = lines.BLOCK
    lines.BLOCK = block
    try:
        got = read_text(out.getvalue(), encoding=encoding)
    finally:
        lines.BLOCK = before
    assert got.bad == []
    assert got.column("remark") == [f"甲{r}乙" for r in remarks]


rows = st.lists(
    st.tuples(st.sampled_from(["", "T1", "T2", "T3"]), st.integers(0, 2), st.sampled_from("AB"), st.integers(1, 2)),
    min_size=1,
    max_size=14,
)


def line(row: tuple[str, int, str, int]) -> str:
    txn, second, payer, amount = row
    return f"{txn},{1767204378 + second},{payer},C,{amount}"


def ids(got: Got) -> Counter[tuple[str, str]]:
    return Counter((r["row_id"], r["content_hash"]) for r in got.rows)


@FEW
@given(rows.filter(lambda r: all(not t for t, *_ in r)), st.randoms(use_true_random=False))
def test_ids_do_not_depend_on_the_order_of_rows(given_rows: list[Any], random: Any) -> None:
    shuffled = list(given_rows)
    random.shuffle(shuffled)
    assert ids(read_text(transfers(*map(line, given_rows)))) == ids(read_text(transfers(*map(line, shuffled))))


@FEW
@given(rows, st.integers(0, 14), st.integers(0, 14))
def test_overlapping_files_give_what_the_longest_run_gives(given_rows: list[Any], start: int, end: int) -> None:
    """Rows without id: the greatest count per content. Rows with id: one fact each, whatever the files."""
    files = [given_rows[:end], given_rows[start:], given_rows]
    store = MemoryStore()
    for part in files:
        if part:
            got = read_text(transfers(*map(line, part)))
            for row in got.rows:
                store.facts["transfers"].setdefault(row["row_id"], row)
    stored = store.rows("transfers")
    free = Counter((r["time"], r["payer"], r["amount"]) for r in stored if r["txn_id"] is None)
    expected: Counter[Any] = Counter()
    for part in files:
        count = Counter((1767204378_000_000 + s * 1_000_000, p, a) for t, s, p, a in part if not t)
        expected |= count
    assert free == expected
    assert {r["txn_id"] for r in stored if r["txn_id"]} == {t for t, *_ in given_rows if t}


@FEW
@given(rows)
def test_every_row_is_accounted_for(given_rows: list[Any]) -> None:
    got = read_text(transfers(*map(line, given_rows)))
    counts = got.counts
    assert counts.received == len(given_rows) == counts.good + counts.duplicates + counts.quarantined
    assert len(got.rows) == counts.good
    first: dict[str, Any] = {}
    conflicts = sum(first.setdefault(r[0], r) != r for r in given_rows if r[0])
    assert counts.by_reason.get("conflict", 0) == conflicts


@FEW
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_and_never_crash(noise: bytes) -> None:
    header = b"txn_id,time,payer,payee,amount\nT1,1767204378,A,B,1\n"
    got = read_text(header + noise)
    counts = got.counts
    assert counts.received == counts.good + counts.duplicates + counts.quarantined
    assert "T1" in got.column("txn_id") or noise.startswith(b"\n") or b"T1" in noise or got.bad
