"""The police statement export: every trap of it, worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ingest_kit import STATEMENT, Got, put, statement

ME, OTHER = "6222000011112222", "6217000033334444"


def get(tmp_path: Path, *rows: dict[str, str], encoding: str = "gb18030") -> Got:
    return Got(put(tmp_path, "export.csv", statement(*rows), encoding))


def only(got: Got, table: str = "transfers") -> dict[str, Any]:
    assert got.bad == []
    (row,) = got.tables[table]
    return row


def test_it_has_34_columns_and_is_known_by_its_header(tmp_path: Path) -> None:
    assert len(STATEMENT) == 34
    got = get(tmp_path, {})
    assert (got.detection.profile, got.detection.matched_by) == ("police-statement", "header")
    assert got.detection.encoding == "gb18030"


def test_marks_of_money_going_out(tmp_path: Path) -> None:
    marks = ["借", "出", "D", "d", "O", "支出", "付", "DR", "转出", " 借方 "]
    ordinary = {"交易金额": "1,234.50", "交易余额": "10.00", "对手交易余额": "20.00"}
    got = get(tmp_path, *({**ordinary, "收付标志": m, "交易流水号": f"{i}"} for i, m in enumerate(marks)))
    assert len(got.tables["transfers"]) == len(marks)
    for row in got.tables["transfers"]:
        assert (row["payer"], row["payee"], row["amount"], row["perspective"]) == (ME, OTHER, 123450, "payer")
        assert (row["payer_balance_after"], row["payee_balance_after"]) == (1000, 2000)


def test_marks_of_money_coming_in(tmp_path: Path) -> None:
    marks = ["贷", "进", "入", "C", "收", "存入", "CR", "c"]
    got = get(tmp_path, *({"收付标志": m, "交易余额": "10.00", "交易流水号": f"{i}"} for i, m in enumerate(marks)))
    assert len(got.tables["transfers"]) == len(marks)
    for row in got.tables["transfers"]:
        assert (row["payer"], row["payee"], row["perspective"]) == (OTHER, ME, "payee")
        assert (row["payer_balance_after"], row["payee_balance_after"]) == (None, 1000)


def test_a_mark_that_means_nothing_is_quarantined(tmp_path: Path) -> None:
    got = get(tmp_path, {"收付标志": "X"}, {})
    assert got.problems == [(2, "收付标志", "X", "unknown_word")]


def test_a_blank_mark_is_told_by_the_balance(tmp_path: Path) -> None:
    # out of order in the file; balances 500 → 400 (out 100) → 430 (in 30)
    got = get(
        tmp_path,
        {"交易时间": "2026-01-05 12:00:00", "交易金额": "30.00", "交易余额": "430.00", "收付标志": ""},
        {"交易时间": "2026-01-05 10:00:00", "交易金额": "500.00", "交易余额": "500.00", "收付标志": "进"},
        {"交易时间": "2026-01-05 11:00:00", "交易金额": "100.00", "交易余额": "400.00", "收付标志": ""},
        {"交易时间": "2026-01-05 13:00:00", "交易金额": "7.00", "交易余额": "999.00", "收付标志": ""},
    )
    assert [(r["source_row"], r["payer"], r["amount"]) for r in got.tables["transfers"]] == [
        (2, OTHER, 3000),
        (3, OTHER, 50000),
        (4, ME, 10000),
    ]
    assert got.problems == [(5, "收付标志", "", "unknown_direction")]


def test_serial_numbers_break_ties_of_time_as_numbers(tmp_path: Path) -> None:
    same = {"交易时间": "2026-01-05", "收付标志": ""}
    got = get(
        tmp_path,
        {**same, "交易流水号": "10", "交易金额": "50.00", "交易余额": "150.00"},
        {**same, "交易流水号": "9", "交易金额": "100.00", "交易余额": "100.00", "收付标志": "进"},
    )
    assert [(r["source_row"], r["payee"]) for r in got.tables["transfers"]] == [(2, ME), (3, ME)]
    assert got.detection.date_only


def test_cash_by_its_mark(tmp_path: Path) -> None:
    got = get(
        tmp_path,
        {"现金标志": "现", "交易对手账卡号": "", "终端号": "T9", "交易发生地": "广州"},
        {"现金标志": "现金", "收付标志": "贷", "交易对手账卡号": "", "交易金额": "50.00"},
        {"现金标志": "现", "交易金额": "-100.00", "交易对手账卡号": ""},
    )
    assert [(r["account"], r["amount"], r["terminal"], r["place"]) for r in got.tables["cash"]] == [
        (ME, 10000, "T9", "广州"),
        (ME, -5000, None, None),
        (ME, -10000, None, None),
    ]
    assert "transfers" not in got.tables


def test_a_failed_cash_movement_is_a_failed_payment(tmp_path: Path) -> None:
    row = only(get(tmp_path, {"现金标志": "现", "交易是否成功": "失败", "交易对手账卡号": ""}))
    assert (row["payer"], row["payee"], row["success"]) == (ME, "(cash)", False)


def test_failed_payments_are_kept_as_failed(tmp_path: Path) -> None:
    assert only(get(tmp_path, {"交易是否成功": "失败"}))["success"] is False
    assert only(get(tmp_path, {"交易是否成功": "成功"}))["success"] is True


def test_codes_of_success_that_banks_disagree_on_are_quarantined(tmp_path: Path) -> None:
    got = get(tmp_path, {"交易是否成功": "01"}, {})
    assert got.problems == [(2, "交易是否成功", "01", "bad_flag")]


def test_red_entries_are_reversals(tmp_path: Path) -> None:
    row = only(get(tmp_path, {"交易金额": "-100.00"}))
    assert (row["payer"], row["payee"], row["amount"], row["type"]) == (ME, OTHER, 10000, "reversal")
    assert row["reversal_of"] is None


def test_undoing_words_reverse_the_opposite_direction(tmp_path: Path) -> None:
    # money comes back in: it undoes a payment of mine
    words = ("冲正", "退汇", "抹账")
    got = get(tmp_path, *({"收付标志": "进", "摘要说明": f"{w}处理", "交易流水号": w} for w in words))
    assert len(got.tables["transfers"]) == len(words)
    for row in got.tables["transfers"]:
        assert (row["payer"], row["payee"], row["type"], row["perspective"]) == (ME, OTHER, "reversal", "payer")
        assert row["remark"] is not None


def test_fees_without_counterparty_keep_their_type(tmp_path: Path) -> None:
    got = get(
        tmp_path,
        {"交易类型": "手续费", "交易对手账卡号": "", "交易金额": "2.00"},
        {"摘要说明": "结息", "收付标志": "进", "交易对手账卡号": "", "交易金额": "0.37"},
    )
    assert [(r["payer"], r["payee"], r["amount"], r["type"]) for r in got.tables["transfers"]] == [
        (ME, "(bank)", 200, "手续费"),
        ("(bank)", ME, 37, "结息"),
    ]


def test_card_payments_without_counterparty_go_to_the_merchant(tmp_path: Path) -> None:
    row = only(get(tmp_path, {"交易对手账卡号": "", "商户号": "898440", "商户名称": "便利店"}))
    assert (row["payee"], row["merchant"]) == ("merchant:898440", "898440")


def test_no_counterparty_at_all_is_quarantined(tmp_path: Path) -> None:
    got = get(tmp_path, {"交易对手账卡号": ""}, {})
    assert [(b.line, b.column, b.code) for b in got.bad] == [(2, "payee", "missing_value")]


def test_card_and_account_number_are_one_node(tmp_path: Path) -> None:
    got = get(
        tmp_path,
        {"交易账号": "3602000111", "交易流水号": "1"},
        {"交易卡号": f"{ME}-1", "交易账号": "3602000111", "交易流水号": "2"},
        {"交易卡号": "", "交易账号": "3602000999_001", "交易流水号": "3"},
    )
    assert [r["payer"] for r in got.tables["transfers"]] == [ME, ME, "3602000999"]
    known = {(a["account_id"], a["card_no"]) for a in got.tables["accounts"]}
    assert known == {(ME, "3602000111"), ("3602000999", None)}


def test_masked_names_are_null_and_holders_are_kept(tmp_path: Path) -> None:
    got = get(
        tmp_path,
        {
            **{"账户开户名称": "张*三", "开户人证件号码": "440100199001011234", "对手户名": "李四"},
            **{"对手身份证号": "4401**********1111", "对手开户银行": "某银行"},
        },
    )
    (mine,) = got.tables["accounts"]
    assert (mine["holder_name"], mine["holder_id"], mine["id_no"]) == (None, "440100199001011234", "440100199001011234")
    assert mine["known_at"] == -1


def test_of_what_is_said_of_an_account_the_fullest_sorts_last(tmp_path: Path) -> None:
    holder = "440100199001011234"
    got = get(
        tmp_path,
        {"开户人证件号码": holder, "交易账号": "36020", "账户开户名称": "张三", "交易流水号": "1"},
        {"交易账号": "36020", "交易流水号": "2"},
        {"交易卡号": OTHER, "交易对手账卡号": ME, "对手身份证号": holder, "交易流水号": "3"},
    )
    said = sorted((a["row_id"], a["holder_id"], a["card_no"]) for a in got.tables["accounts"] if a["account_id"] == ME)
    assert [(h, c) for _, h, c in said] == [(None, "36020"), (holder, None), (holder, "36020")]


def test_device_addresses_belong_to_the_paying_session(tmp_path: Path) -> None:
    got = get(
        tmp_path,
        {"IP地址": "113.2.3.4", "MAC地址": "00-00-00-00-00-00", "交易流水号": "1"},
        {"IP地址": "113.2.3.5", "收付标志": "进", "交易流水号": "2"},
    )
    uses = [(u["account_id"], u["kind"], u["value"], u["is_use"], u["count"]) for u in got.tables["identifiers"]]
    assert uses == [(ME, "ip", "113.2.3.4", True, 1)]
    assert [r["mac"] for r in got.tables["transfers"]] == [None, None]


def test_ids_as_floats_and_with_tabs(tmp_path: Path) -> None:
    row = only(get(tmp_path, {"交易卡号": f"{ME}.0", "交易对手账卡号": f"\t{OTHER}", "交易时间": "20260105093000"}))
    assert (row["payer"], row["payee"]) == (ME, OTHER)


AMOUNTS = {"100": 10000, "100.5": 10050, "0.01": 1, ".5": 50, "12.": 1200, "1.230": 123, "￥8.00": 800, "8元": 800}


def test_decimal_yuan_become_fen_by_their_digits(tmp_path: Path) -> None:
    rows = [{"交易金额": a, "交易流水号": str(i)} for i, a in enumerate(AMOUNTS)]
    bad = [{"交易金额": a, "交易流水号": "9"} for a in ("1.234", "abc", "0", "0.00", "1e2", "", "1.5.5")]
    got = get(tmp_path, *rows, *bad)
    assert [r["amount"] for r in got.tables["transfers"]] == list(AMOUNTS.values())
    assert [b.code for b in got.bad] == [
        *("bad_amount", "bad_amount", "zero", "zero", "bad_amount", "missing_value", "bad_amount")
    ]


def test_one_serial_number_for_a_batch_and_for_both_legs(tmp_path: Path) -> None:
    got = get(
        tmp_path,
        {"交易流水号": "77"},
        {"交易流水号": "77", "交易对手账卡号": "6217000033335555"},
        {"交易流水号": "77", "交易卡号": OTHER, "交易对手账卡号": ME, "收付标志": "进"},
        {"交易流水号": "77"},
    )
    rows = got.tables["transfers"]
    ids = {r["txn_id"] for r in rows}
    assert len(ids) == 3
    assert all(i.startswith("77/") for i in ids)
    assert got.counts.duplicates == 1
    assert {r["perspective"] for r in rows} == {"payer", "payee"}


def test_without_serial_numbers_repeats_are_payments(tmp_path: Path) -> None:
    got = get(tmp_path, {}, {})
    assert [r["txn_id"] for r in got.tables["transfers"]] == [None, None]
    first, second = (r["row_id"] for r in got.tables["transfers"])
    assert (first[-2:], second[-2:], first[:-2]) == (":1", ":2", second[:-2])


def test_sums_of_rows(tmp_path: Path) -> None:
    got = get(tmp_path, {}, {"交易金额": "x"}, {"现金标志": "现"}, {"交易对手账卡号": ""}, {"现金标志": "?"})
    counts = got.counts
    assert (counts.received, counts.good, counts.quarantined) == (5, 2, 3)
    assert counts.by_reason == {"bad_amount": 1, "missing_value": 1, "unknown_word": 1}
