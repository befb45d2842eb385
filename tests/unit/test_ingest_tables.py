"""Canonical tables, referrals of the platform, Parquet and pandas: what becomes of rows, clocks and ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_kit import Got, put, transfers

from graphfraud.core.identity import identified
from graphfraud.core.schemas import TABLES
from graphfraud.errors import FileRefused, UsageError
from graphfraud.ingest import frame
from graphfraud.ingest.profile import by_name, load_profile, packaged

SECOND = 1_000_000
ROW = {"txn_id": "T1", "time": 1767204378, "payer": "A", "payee": "B", "amount": 100}


def parquet(folder: Path, columns: dict[str, Any], name: str = "transfers.parquet") -> Path:
    path = folder / name
    pq.write_table(pa.table(columns), path)
    return path


# -- identifiers, accounts, referrals ------------------------------------------------------------------------------


def test_identifiers_are_aggregates_or_uses(tmp_path: Path) -> None:
    text = (
        "account_id,kind,value,first_seen,last_seen,count,time\n"
        "A,device,d1,1767204378,1767204400,7,\n"
        "A,ip,i1,,,,1767204399\n"
        "A,phone,p1,,,,\n"
    )
    got = Got(put(tmp_path, "identifiers.csv", text))
    names = ("value", "first_seen", "last_seen", "count", "is_use", "known_at")
    assert [tuple(r[n] for n in names) for r in got.rows] == [
        ("d1", 1767204378 * SECOND, 1767204400 * SECOND, 7, False, 1767204378 * SECOND),
        ("i1", 1767204399 * SECOND, 1767204399 * SECOND, 1, True, 1767204399 * SECOND),
    ]
    assert got.problems == [(4, "first_seen", "", "missing_value")]


def test_repeated_identifiers_are_one_fact(tmp_path: Path) -> None:
    text = "account_id,kind,value,time\nA,ip,i1,1767204399\nA,ip,i1,1767204399\nA,ip,i1,1767204400\n"
    got = Got(put(tmp_path, "identifiers.csv", text))
    assert (got.counts.good, got.counts.duplicates) == (2, 1)


def test_an_account_without_open_time_was_always_known(tmp_path: Path) -> None:
    text = "account_id,holder_id,open_time\nA,H,\nB,H,1767204378\n"
    got = Got(put(tmp_path, "accounts.csv", text))
    assert [(r["known_at"], r["row_id"]) for r in got.rows] == [
        (0, "A@0"),
        (1767204378 * SECOND, f"B@{1767204378 * SECOND}"),
    ]


def test_a_later_version_of_an_account_is_a_new_fact(tmp_path: Path) -> None:
    text = "account_id,holder_id,status,known_at\nA,H,open,1767204378\nA,H,closed,1767204379\nA,H,odd,1767204379\n"
    got = Got(put(tmp_path, "accounts.csv", text))
    assert [r["status"] for r in got.rows] == ["open", "closed"]
    assert [(b.line, b.code) for b in got.bad] == [(4, "conflict")]
    assert '"status":"odd"' in got.bad[0].cells


def test_known_at_of_the_feed_governs(tmp_path: Path) -> None:
    header = "txn_id,time,payer,payee,amount,known_at"
    got = Got(
        put(
            tmp_path,
            "transfers.csv",
            transfers("T1,1767204378,A,B,1,1767290778", "T2,1767204378,A,B,1,", header=header),
        )
    )
    assert got.column("known_at") == [1767290778 * SECOND, 1767204378 * SECOND]


def test_a_referral_carries_nothing_of_its_withdrawal(tmp_path: Path) -> None:
    header = "referral_id,case_no,account_id,referred_at,status,withdrawn_at\n"
    before = Got(put(tmp_path, "referrals.csv", header + "R1,C,A,1767204378,open,\n"))
    after = Got(put(tmp_path, "referrals.csv", header + "R1,C,A,1767204378,withdrawn,1767290778\n"))
    assert (after.rows[0]["status"], after.rows[0]["withdrawn_at"]) == (None, None)
    assert after.rows[0]["content_hash"] == before.rows[0]["content_hash"]
    (withdrawal,) = after.tables["withdrawals"]
    assert (withdrawal["referral_id"], withdrawal["withdrawn_at"]) == ("R1", 1767290778 * SECOND)
    assert withdrawal["known_at"] == 1767290778 * SECOND
    assert after.rows[0]["known_at"] == 1767204378 * SECOND
    assert after.counts.received == 1


def test_referrals_of_the_platform(tmp_path: Path) -> None:
    text = (
        "线索编号,案件编号,涉案账户,移送时间,接收时间,移送单位,被骗金额,转账流水号,撤销时间,撤销原因\n"
        'X1,案1,6222000011112222-1,2026-01-05 10:00:00,2026-01-05 11:00:00,某公安局,"12,345.60",T9,,\n'
        "X2,案2,6222000011113333,2026-01-05 10:00:00,,某公安局,,,2026-02-01 00:00:00,误移送\n"
        "X3,,6222000011113333,2026-01-05 10:00:00,,,,,,\n"
    )
    got = Got(put(tmp_path, "unnamed.csv", text, "gb18030"))
    assert got.detection.profile == "platform-referral"
    first, second = got.tables["referrals"]
    assert (first["account_id"], first["victim_amount"], first["victim_txn"]) == ("6222000011112222", 1234560, "T9")
    assert first["known_at"] - first["referred_at"] == 3600 * SECOND
    assert second["known_at"] == second["referred_at"]
    assert [(w["referral_id"], w["reason"]) for w in got.tables["withdrawals"]] == [("X2", "误移送")]
    assert got.problems == [(4, "案件编号", "", "missing_value")]


# -- identity ------------------------------------------------------------------------------------------------------


def test_the_same_id_twice_in_a_file(tmp_path: Path) -> None:
    got = Got(
        put(
            tmp_path,
            "transfers.csv",
            transfers("T1,1767204378,A,B,1", "T1,1767204378000,A,B,01", "T1,1767204378,A,B,2", "T2,1767204378,A,B,1"),
        )
    )
    assert [(r["txn_id"], r["source_row"]) for r in got.rows] == [("T1", 2), ("T2", 5)]
    assert got.counts.duplicates == 1
    assert got.problems == [(4, "txn_id", "T1", "conflict")]
    assert '"amount":"2"' in got.bad[0].cells


def test_repeats_without_id_are_numbered_by_content(tmp_path: Path) -> None:
    header = "time,payer,payee,amount"
    got = Got(
        put(
            tmp_path,
            "transfers.csv",
            transfers("1767204378,A,B,1", "1767204378,A,B,2", "1767204378,A,B,1", header=header),
        )
    )
    ids = got.column("row_id")
    assert ids[0][:-1] == ids[2][:-1]
    assert [i[-2:] for i in ids] == [":1", ":1", ":2"]
    assert got.counts.duplicates == 0


def test_ids_by_hand_equal_ids_of_files(tmp_path: Path) -> None:
    header = "time,payer,payee,amount,remark,success"
    got = Got(
        put(
            tmp_path,
            "transfers.csv",
            transfers("1767204378,A,B,1,备注,true", "1767204378,A,B,1,备注,true", header=header),
        )
    )
    rows = [
        {"time": 1767204378 * SECOND, "payer": "A", "payee": "B", "amount": 1, "remark": "备注", "success": True}
    ] * 2
    schema = pa.schema([f for f in TABLES["transfers"].schema if f.name in (*rows[0], "known_at")])
    by_hand = identified("transfers", pa.Table.from_pylist([{**r, "known_at": r["time"]} for r in rows], schema=schema))
    assert by_hand.column("row_id").to_pylist() == got.column("row_id")
    assert by_hand.column("content_hash").to_pylist() == got.column("content_hash")


def test_contents_that_run_into_each_other_differ(tmp_path: Path) -> None:
    header = "time,payer,payee,amount,channel,type"
    got = Got(
        put(
            tmp_path,
            "transfers.csv",
            transfers(
                "1767204378,A,B,1,x,",
                "1767204378,A,B,1,,x",
                "1767204378,AB,B,1,x,",
                "1767204378,A,BB,1,x,",
                header=header,
            ),
        )
    )
    assert len(set(got.column("content_hash"))) == 4


# -- parquet and pandas --------------------------------------------------------------------------------------------


def test_parquet_and_csv_give_the_same_facts(tmp_path: Path) -> None:
    columns = {n: [v, v] for n, v in ROW.items()} | {"txn_id": ["T1", "T2"], "success": [True, None]}
    from_parquet = Got(parquet(tmp_path, columns))
    header = "txn_id,time,payer,payee,amount,success"
    text = transfers("T1,1767204378,A,B,100,true", "T2,1767204378,A,B,100,", header=header)
    from_csv = Got(put(tmp_path, "transfers.csv", text))
    names = ("row_id", "content_hash", "time", "amount", "success", "known_at")
    assert [[r[n] for n in names] for r in from_parquet.rows] == [[r[n] for n in names] for r in from_csv.rows]
    assert from_parquet.column("source_row") == [1, 2]
    assert from_parquet.detection.format == "parquet"


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (pa.array([1767204378_000_000], pa.timestamp("us", tz="UTC")), 1767204378 * SECOND),
        (pa.array([1767204378_000], pa.timestamp("ms", tz="Asia/Shanghai")), 1767204378 * SECOND),
        (
            pa.array([1767204378_000_000_000], pa.timestamp("ns")),
            (1767204378 - 8 * 3600) * SECOND,
        ),  # Shanghai's wall clock
        (pa.array([20454], pa.date32()), (20454 * 86400 - 8 * 3600) * SECOND),
        (pa.array([1767204378.5], pa.float64()), 1767204378 * SECOND + 500_000),
        (pa.array(["2026-01-01 02:06:18"], pa.large_string()), 1767204378 * SECOND),
        (pa.array(["1767204378"]).dictionary_encode(), 1767204378 * SECOND),
    ],
)
def test_types_of_time_in_parquet(tmp_path: Path, times: pa.Array, expected: int) -> None:
    got = Got(parquet(tmp_path, {**{n: [v] for n, v in ROW.items()}, "time": times}))
    assert got.column("time") == [expected]
    assert got.column("date_only") == [pa.types.is_date(times.type)]


def test_amounts_in_parquet_are_never_rounded(tmp_path: Path) -> None:
    floats = pa.array([100.0, 1.5, float("nan"), 2.0**53 + 2, None])
    got = Got(parquet(tmp_path, {**{n: [v] * 5 for n, v in ROW.items()}, "txn_id": list("abcde"), "amount": floats}))
    assert got.column("amount") == [100]
    assert [b.code for b in got.bad] == ["bad_amount", "missing_value", "amount_overflow", "missing_value"]
    from decimal import Decimal

    decimals = pa.array([Decimal("7.00"), Decimal("7")], pa.decimal128(10, 2))
    again = Got(
        parquet(
            tmp_path,
            {**{n: [v, v] for n, v in ROW.items()}, "txn_id": ["a", "b"], "amount": pa.array([1, 2], pa.uint64())},
        )
    )
    assert again.column("amount") == [1, 2]
    with pytest.raises(FileRefused, match="no row parses"):
        Got(parquet(tmp_path, {**{n: [v, v] for n, v in ROW.items()}, "amount": decimals}))


def test_ids_in_parquet_may_be_numbers(tmp_path: Path) -> None:
    payers = pa.array([6217000001283909.0, None, 2.0**60])
    got = Got(parquet(tmp_path, {**{n: [v] * 3 for n, v in ROW.items()}, "txn_id": [1, 2, 3], "payer": payers}))
    assert got.column("payer") == ["6217000001283909"]
    assert got.column("txn_id") == ["1"]
    assert [(b.line, b.code) for b in got.bad] == [(2, "missing_value"), (3, "digits_lost")]


def test_damaged_parquet_is_refused(tmp_path: Path) -> None:
    path = parquet(tmp_path, {n: [v] for n, v in ROW.items()})
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(FileRefused, match="not a Parquet file"):
        Got(path)


def test_frames_of_pandas() -> None:
    rows = pd.DataFrame(
        {
            "time": pd.to_datetime(["2026-01-01 02:06:18", "2026-01-01 02:06:19"]),
            "payer": ["A", "A"],
            "payee": [6217, "B"],
            "amount": [100.0, None],
        }
    )
    with frame("transfers", rows) as reading:
        (bad,) = reading.bad_rows()
        table = reading.facts["transfers"].reader().read_all()
        assert (bad.line, bad.column, bad.code) == (2, "amount", "missing_value")
        assert table.schema.equals(TABLES["transfers"].schema)
        assert table.select(["time", "payee", "amount", "source_row"]).to_pylist() == [
            {"time": 1767204378 * SECOND, "payee": "6217", "amount": 100, "source_row": 1}
        ]
        assert "txn_id" in reading.facts["transfers"].missing
        assert "amount" not in reading.facts["transfers"].missing


def test_frames_that_cannot_be_used() -> None:
    with pytest.raises(FileRefused, match="no table 'payments'"):
        frame("payments", pd.DataFrame({"a": [1]}))
    with pytest.raises(FileRefused, match="no rows"):
        frame("transfers", pd.DataFrame({"a": []}))
    with pytest.raises(FileRefused, match="required column missing: time; payee"):
        frame("transfers", pd.DataFrame({"payer": ["A"], "amount": [1]}))


# -- profiles ------------------------------------------------------------------------------------------------------


def test_every_canonical_table_has_a_profile() -> None:
    assert {p.table for p in packaged()["canonical"]} == set(TABLES)
    assert set(packaged()) == {"canonical", "police-statement", "platform-referral", "pacs008"}


def test_adding_a_source_is_adding_a_file(tmp_path: Path) -> None:
    profile = put(
        tmp_path,
        "wallet.toml",
        """
        name = "wallet"
        fields.from = { kind = "id", columns = ["FROM"], required = true }
        fields.to = { kind = "id", columns = ["TO"], required = true }
        fields.when = { kind = "time", columns = ["WHEN"], required = true }
        fields.sum = { kind = "yuan", columns = ["SUM"], required = true, rule = "positive" }
        fields.ok = { kind = "flag", columns = ["STATE"], words = { "A7" = "true", "B2" = "false" } }
        [[outputs]]
        table = "transfers"
        [outputs.columns]
        time = "when"
        payer = "from"
        payee = "to"
        amount = "sum"
        success = "ok"
        channel = { value = "wallet" }
        """,
    )
    path = put(tmp_path, "export.txt", "WHEN;FROM;TO;SUM;STATE\n2026-01-01 02:06:18;A;B;1.50;A7\n2026-01-01;A;B;2;b2\n")
    got = Got(path, str(profile))
    names = ("time", "payer", "payee", "amount", "channel", "success")
    assert [tuple(r[n] for n in names) for r in got.rows] == [
        (1767204378 * SECOND, "A", "B", 150, "wallet", True),
        (1767196800 * SECOND, "A", "B", 200, "wallet", False),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "profile x.toml"),
        ('name = "x"\nfields.a = { kind = "money" }\noutputs = []', "kind"),
        ('name = "x"\nfields.a = { colour = "red" }\noutputs = []', "colour"),
    ],
)
def test_a_wrong_profile_says_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load_profile(put(tmp_path, "x.toml", text))


def test_a_profile_that_names_an_unknown_field(tmp_path: Path) -> None:
    text = """
        name = "x"
        fields.a = { columns = ["A"] }
        [[outputs]]
        table = "transfers"
        columns = { time = "when", payer = "a", payee = "a", amount = "a" }
        """
    with pytest.raises(UsageError, match="no field 'when'"):
        Got(put(tmp_path, "t.csv", "A\n1\n"), str(put(tmp_path, "x.toml", text)))


def test_an_unknown_profile_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="police-statement"):
        by_name("police")


def test_what_a_file_lacks_and_what_is_not_read(tmp_path: Path) -> None:
    header = "txn_id,time,payer,payee,amount,colour"
    got = Got(put(tmp_path, "transfers.csv", transfers("T1,1767204378,A,B,1,red", header=header)))
    assert got.detection.ignored == ["colour"]
    assert "remark" in got.detection.missing["transfers"]
    assert "txn_id" not in got.detection.missing["transfers"]
