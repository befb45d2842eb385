"""Cells: times, amounts, flags, ids and words, against worked-out values."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from ingest_kit import Got, put, transfers

from graphfraud.settings import IngestSettings

SHANGHAI = timezone(timedelta(hours=8))


def micros(*parts: int, zone: timezone = SHANGHAI, us: int = 0) -> int:
    return int(datetime(*parts, tzinfo=zone).timestamp()) * 1_000_000 + us  # type: ignore[arg-type, misc]


NINE = micros(2026, 1, 2, 9, 30, 5)
TIMES = {
    "1767317405": NINE,
    "1767317405000": NINE,
    "1767317405000000": NINE,
    "1767317405.0": NINE,
    "1767317405.25": NINE + 250_000,
    "2026-01-02 09:30:05": NINE,
    "2026-01-02T09:30:05+08:00": NINE,
    "2026-01-02T01:30:05Z": NINE,
    "2026-01-02T01:30:05.125Z": NINE + 125_000,
    "2026-01-02 02:30:05 +0100": NINE,
    "2026/1/2 9:30:05": NINE,
    "2026.01.02 09:30:05": NINE,
    "2026年1月2日 9时30分5秒": NINE,
    "2026年01月02日09:30:05": NINE,
    "20260102093005": NINE,
    "20260102 09:30:05": NINE,
    "20260102 093005": NINE,
    "202601020930": micros(2026, 1, 2, 9, 30),
    "2026-01-02-09.30.05.000250": NINE + 250,
    "2026-01-02 09:30": micros(2026, 1, 2, 9, 30),
    "\t2026-01-02 09:30:05 ": NINE,
    "2026-01-02": micros(2026, 1, 2),
    "20260102": micros(2026, 1, 2),
    "2026年1月2日": micros(2026, 1, 2),
    # Shanghai kept summer time in 1991
    "1991-07-01 00:00:00": micros(1991, 6, 30, 15, zone=timezone.utc),  # noqa: UP017
}
BAD_TIMES = {
    "2999-01-01 00:00:00": "time_out_of_range",
    "1980-01-01": "time_out_of_range",
    "32472115200": "time_out_of_range",  # 2999 in seconds
    "0": "time_out_of_range",
    "-5": "time_out_of_range",
    "2026-02-30": "bad_time",
    "2026-13-01 00:00:00": "bad_time",
    "2026-01-02 24:00:01": "bad_time",
    "20261301": "bad_time",
    "yesterday": "bad_time",
    "infinity": "bad_time",
    "09:30": "bad_time",
    "": "missing_value",
    "NULL": "missing_value",
}


def test_every_way_to_write_a_time(tmp_path: Path) -> None:
    rows = [f"T{i},{t},A,B,1" for i, t in enumerate([*TIMES, *BAD_TIMES])]
    got = Got(put(tmp_path, "transfers.csv", transfers(*rows)))
    found = dict(zip(got.column("txn_id"), got.column("time"), strict=True))
    assert {t: found.get(f"T{i}") for i, t in enumerate(TIMES)} == TIMES
    first = len(TIMES) + 2
    codes = {b.line - first: b.code for b in got.bad}
    assert {t: codes.get(i) for i, t in enumerate(BAD_TIMES)} == BAD_TIMES


@pytest.mark.parametrize(
    ("values", "units"),
    [
        (("1767317405", "1767317406"), ["s"]),
        (("1767317405000", "1767317406000"), ["ms"]),
        (("1767317405000000",), ["µs"]),
        (("1767317405", "1767317406000000"), ["s", "µs"]),
        (("20260102", "20260103"), ["digits of a date"]),
        (("2026-01-02 09:30:05",), ["text"]),
    ],
)
def test_the_unit_of_times_is_reported(tmp_path: Path, values: tuple[str, ...], units: list[str]) -> None:
    got = Got(put(tmp_path, "transfers.csv", transfers(*(f"T{v},{v},A,B,1" for v in values))))
    assert got.detection.time_units == {"time": units}
    assert got.counts.good == len(values)


def test_dates_without_time_of_day_mark_the_rows(tmp_path: Path) -> None:
    got = Got(put(tmp_path, "transfers.csv", transfers("T1,2026-01-02,A,B,1", "T2,20260103,A,B,1")))
    assert got.column("date_only") == [True, True]
    assert got.detection.date_only
    timed = Got(put(tmp_path, "transfers.csv", transfers("T1,2026-01-02 00:00:00,A,B,1", "T2,1767317405,A,B,1")))
    assert timed.column("date_only") == [False, False]
    assert not timed.detection.date_only


def test_a_feed_at_midnight_only_is_date_only(tmp_path: Path) -> None:
    midnight = [f"T{i},2026-01-{i:02} 00:00:00,A,B,1" for i in range(1, 26)]
    assert set(Got(put(tmp_path, "transfers.csv", transfers(*midnight))).column("date_only")) == {True}
    with_one = [*midnight, "T99,2026-01-05 10:00:00,A,B,1"]
    assert set(Got(put(tmp_path, "transfers.csv", transfers(*with_one))).column("date_only")) == {False}


AMOUNTS = {
    "1": 1,
    "+5": 5,
    " 27055 ": 27055,
    "007": 7,
    "1000000000000000": 10**15,
    "1.5": "bad_amount",
    "10.0": "bad_amount",
    "1e3": "bad_amount",
    "1,000": "bad_amount",
    "0x1F": "bad_amount",
    "abc": "bad_amount",
    "0": "not_positive",
    "-5": "not_positive",
    "1000000000000001": "amount_overflow",
    "9223372036854775808": "amount_overflow",
    "99999999999999999999999999": "amount_overflow",
    "": "missing_value",
}


@pytest.mark.parametrize("alone", [True, False])
def test_canonical_amounts_are_whole_minor_units(tmp_path: Path, alone: bool) -> None:
    found: dict[str, object] = {}
    groups = [[a] for a in AMOUNTS] if alone else [list(AMOUNTS)]
    for group in groups:
        # a good row beside it, so that the file is not refused
        rows = [f"T{i}|1767317405|A|B|{a}" for i, a in enumerate(["3", *group])]
        header = "txn_id|time|payer|payee|amount"
        got = Got(put(tmp_path, "transfers.csv", transfers(*rows, header=header)))
        good = {r["txn_id"]: r["amount"] for r in got.rows}
        bad = {b.line - 3: b.code for b in got.bad}
        found |= {a: good.get(f"T{i + 1}", bad.get(i)) for i, a in enumerate(group)}
    assert found == AMOUNTS


def test_ids_stay_text(tmp_path: Path) -> None:
    header = "txn_id,time,payer,payee,amount"
    ids = {
        "6217000001283909": "6217000001283909",
        "0012": "0012",
        "6217000001283909.0": "6217000001283909",
        "\t6217000001283909\t": "6217000001283909",
        "'6217000001283909": "6217000001283909",
        '"=""6217000001283909"""': "6217000001283909",
        "`6217000001283909": "6217000001283909",
        "\u30006217000001283909\u00a0": "6217000001283909",
        "A.B.0": "A.B.0",
        "1E5": "1E5",
    }
    rows = [f"T{i},1767317405,{text},B,1" for i, text in enumerate(ids)]
    lost = [f"L{i},1767317405,{text},B,1" for i, text in enumerate(["6.21700000128391E+15", "6.2e+15"])]
    got = Got(put(tmp_path, "transfers.csv", transfers(*rows, *lost, "N,1767317405,NULL,B,1", header=header)))
    assert got.column("payer") == list(ids.values())
    assert [(b.column, b.code) for b in got.bad] == [
        ("payer", "digits_lost"),
        ("payer", "digits_lost"),
        ("payer", "missing_value"),
    ]


def test_flags_and_words(tmp_path: Path) -> None:
    header = "account_id,holder_id,holder_type,pooled,merchant"
    rows = ["A1,H,person,true,0", "A2,H,Company,否,YES", "A3,H,alien,false,false", "A4,H,,maybe,", "A5,H,,,"]
    got = Got(put(tmp_path, "accounts.csv", "\n".join([header, *rows])))
    assert [(r["holder_type"], r["pooled"], r["merchant"]) for r in got.rows] == [
        ("person", True, False),
        ("company", False, True),
        (None, None, None),
    ]
    assert got.problems == [(4, "holder_type", "alien", "unknown_word"), (5, "pooled", "maybe", "bad_flag")]


def test_unknown_identifier_kind(tmp_path: Path) -> None:
    text = "account_id,kind,value,first_seen\nA,device,d1,1767317405\nA,shoe,s1,1767317405\n"
    assert Got(put(tmp_path, "identifiers.csv", text)).problems == [(3, "kind", "shoe", "unknown_word")]


def test_control_characters_are_set_aside(tmp_path: Path) -> None:
    header = "txn_id,time,payer,payee,amount,remark"
    got = Got(
        put(tmp_path, "transfers.csv", transfers("T1,1767317405,A,B,1,a\x1fb", "T2,1767317405,A,B,1,ok", header=header))
    )
    assert got.problems == [(2, "remark", "a\x1fb", "control_character")]


def test_bounds_of_times_are_settings(tmp_path: Path) -> None:
    path = put(tmp_path, "transfers.csv", transfers("T1,2020-01-01 00:00:00,A,B,1", "T2,2026-01-01 00:00:00,A,B,1"))
    got = Got(path, settings=IngestSettings(earliest="2025-01-01"))
    assert got.problems == [(2, "time", "2020-01-01 00:00:00", "time_out_of_range")]


def test_the_zone_of_times_without_zone_is_a_setting(tmp_path: Path) -> None:
    path = put(tmp_path, "transfers.csv", transfers("T1,2026-01-02 09:30:05,A,B,1"))
    assert Got(path, settings=IngestSettings(zone="UTC")).column("time") == [NINE + 8 * 3_600_000_000]
