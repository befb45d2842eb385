"""Files of a trace: the world of surface_kit worked by hand, in every format.

v ─1000─▶ a ─900─▶ b ─500─▶ c ─500─▶ cash     a keeps 50, d keeps 300
          └─50─▶ p pooled └─400─▶ d ─100─▶ m merchant
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import networkx as nx
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from surface_kit import NINE, publish

from graphfraud.core.clock import HOUR, MINUTE
from graphfraud.core.runs import PublishedRun, RunCatalogue
from graphfraud.errors import InputError, UsageError
from graphfraud.services.hypotheses import CashHypotheses, CashHypothesis
from graphfraud.services.sankey import layout, picture
from graphfraud.services.sankey.graph import Box
from graphfraud.services.trace import TraceAnswer, TraceRequest, trace
from graphfraud.services.trace_export import FORMATS, export_trace, picture_of, tables

TABLES = ["starts", "steps", "accounts", "ends", "certificate", "envelope", "hypotheses", "about"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublishedRun]:
    root = tmp_path_factory.mktemp("runs")
    publish(root)
    with RunCatalogue(root).open() as opened:
        yield opened


@pytest.fixture(scope="module")
def answer(run: PublishedRun) -> TraceAnswer:
    """Where the money of the case went, under LIFO."""
    return trace(run, TraceRequest(case_no="CASE-1"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def values(sheet: Worksheet) -> list[dict[str, Any]]:
    head, *body = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in body]


def test_csv_is_hops_with_the_other_tables_beside_them(answer: TraceAnswer, tmp_path: Path) -> None:
    said = export_trace(answer, tmp_path / "case.csv")
    assert said.files == [str(tmp_path / n) for n in ["case.csv", *(f"case.{t}.csv" for t in _order(said.files))]]
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(Path(f).name for f in said.files)
    assert {f"case.{t}.csv" for t in TABLES} | {"case.csv"} == {p.name for p in tmp_path.iterdir()}
    hops = {r["txn_id"]: r for r in rows(tmp_path / "case.csv")}
    assert {
        t: (r["from_account"], r["to_account"], r["carried"], r["ended"], r["passed_on"]) for t, r in hops.items()
    } == {
        "T0": ("v", "a", "100000", "5000", "95000"),
        "T1": ("a", "b", "90000", "0", "90000"),
        "T2": ("b", "c", "50000", "0", "50000"),
        "T3": ("b", "d", "40000", "30000", "10000"),
        "T4": ("c", "", "50000", "50000", "0"),
        "T5": ("d", "m", "10000", "10000", "0"),
        "T6": ("a", "p", "5000", "5000", "0"),
    }
    assert (hops["T0"]["time"], hops["T0"]["dwell"], hops["T1"]["dwell"]) == ("2026-01-01T09:00:00+08:00", "", "3600")
    assert hops["T3"]["ends"] == "held 300.00"
    steps = [(r["parent_txn_id"], r["child_txn_id"], int(r["amount"])) for r in rows(tmp_path / "case.steps.csv")]
    wanted = [("T0", "T1", 90_000), ("T0", "T6", 5_000), ("T1", "T2", 50_000), ("T1", "T3", 40_000)]
    assert sorted(steps) == [*wanted, ("T2", "T4", 50_000), ("T3", "T5", 10_000)]


def _order(files: list[str]) -> list[str]:
    return [Path(f).name.split(".")[1] for f in files[1:]]


def test_ends_and_certificate_print_the_total_beside_the_parts(answer: TraceAnswer, tmp_path: Path) -> None:
    export_trace(answer, tmp_path / "case.csv")
    ends = [(r["reason"], int(r["amount"]), r["hops"]) for r in rows(tmp_path / "case.ends.csv")]
    assert ends == [
        ("cash", 50_000, "1"), ("held", 35_000, "2"), ("merchant", 10_000, "1"), ("pooled", 5_000, "1"),
        ("total", 100_000, "5"),
    ]  # fmt: skip
    parts = {r["part"]: int(r["lifo"]) for r in rows(tmp_path / "case.certificate.csv")}
    assert (parts.pop("start"), parts.pop("sum")) == (100_000, 100_000)
    assert (sum(parts.values()), parts["held"], parts["cut"], parts["unexplained"]) == (100_000, 35_000, 0, 0)


def test_accounts_and_starts(answer: TraceAnswer, tmp_path: Path) -> None:
    export_trace(answer, tmp_path / "case.csv")
    found = {r["account_id"]: r for r in rows(tmp_path / "case.accounts.csv")}
    assert {a: (r["layer"], r["received"], r["still_held"]) for a, r in found.items()} == {
        "a": ("1", "100000", "5000"), "b": ("2", "90000", "0"), "p": ("2", "5000", "0"), "c": ("3", "50000", "0"),
        "d": ("3", "40000", "30000"), "m": ("4", "10000", "0"),
    }  # fmt: skip
    assert (found["b"]["holder_name"], found["a"]["referred"], found["b"]["ring_id"]) == ("王**", "true", "R-1")
    (start,) = rows(tmp_path / "case.starts.csv")
    assert (start["txn_id"], start["payer"], start["referrals"], start["still_held"]) == ("T0", "v", "REF-1", "35000")


def test_names_are_open_only_in_an_answer_that_is(run: PublishedRun, tmp_path: Path) -> None:
    from graphfraud.services.lens import Lens

    shown = trace(run, TraceRequest(case_no="CASE-1"), Lens(masked=False))
    for name in FORMATS:
        export_trace(shown, tmp_path / f"open.{name}", lang="zh")
        export_trace(trace(run, TraceRequest(case_no="CASE-1")), tmp_path / f"masked.{name}", lang="zh")
    assert "王小明" in (tmp_path / "open.accounts.csv").read_text(encoding="utf-8")
    masked = [p.read_bytes() for p in tmp_path.iterdir() if p.name.startswith("masked")]
    assert not any("王小明".encode() in data for data in masked)


def test_the_envelope_is_there_when_all_rules_were_asked(run: PublishedRun, tmp_path: Path) -> None:
    """d received 400 and paid 100; every rule agrees here, so nothing is decisive."""
    export_trace(trace(run, TraceRequest(case_no="CASE-1", rule="all")), tmp_path / "x.csv")
    held = {r["account_id"]: r for r in rows(tmp_path / "x.envelope.csv") if not r["start"]}
    assert (held["d"]["low"], held["d"]["high"], held["d"]["decisive"]) == ("30000", "30000", "false")
    (start,) = [r for r in rows(tmp_path / "x.certificate.csv") if r["part"] == "start"]
    assert {rule: start[rule] for rule in ("fifo", "lifo", "pro-rata", "libr", "taint-first")} == dict.fromkeys(
        ["fifo", "lifo", "pro-rata", "libr", "taint-first"], "100000"
    )
    export_trace(trace(run, TraceRequest(case_no="CASE-1")), tmp_path / "x.csv")
    assert rows(tmp_path / "x.envelope.csv") == []  # not left over from the trace before


def test_xlsx_has_exact_yuan_times_of_shanghai_and_ids_as_text(answer: TraceAnswer, tmp_path: Path) -> None:
    export_trace(answer, tmp_path / "case.xlsx")
    book = openpyxl.load_workbook(tmp_path / "case.xlsx")
    assert book.sheetnames == ["hops", *_names(answer)[1:]]
    first = values(book["hops"])[0]
    assert (first["txn_id"], first["amount (yuan)"], first["carried (yuan)"]) == ("T0", 1000, 1000)
    assert first["time (Asia/Shanghai)"] == dt.datetime(2026, 1, 1, 9)
    cells = {c.value: book["hops"].cell(3, c.column) for c in book["hops"][1]}
    assert (cells["txn_id"].number_format, cells["carried (yuan)"].number_format) == ("@", "#,##0.00")
    assert cells["txn_id"].data_type == "s"
    ends = values(book["ends"])
    assert [(e["reason"], e["amount (yuan)"]) for e in ends][-1] == ("total", 1000)
    assert ends[0]["reason_zh"] == "取现"
    assert book["accounts"].freeze_panes == "A2"


def _names(answer: TraceAnswer) -> list[str]:
    return [s.name for s in tables.sheets(answer)]


def test_amounts_keep_every_fen(answer: TraceAnswer, tmp_path: Path) -> None:
    """The file holds decimal digits, fifteen of them: as many as a spreadsheet keeps."""
    hop = replace(answer.hops[0], amount=999_999_999_999_999, carried=29, txn_id="=1+1")
    export_trace(replace(answer, hops=[hop]), tmp_path / "x.xlsx")
    cell = values(openpyxl.load_workbook(tmp_path / "x.xlsx")["hops"])[0]
    assert cell["txn_id"] == "'=1+1"
    assert Decimal(str(cell["carried (yuan)"])) == Decimal("0.29")
    with zipfile.ZipFile(tmp_path / "x.xlsx") as archive:
        assert b"<v>9999999999999.99</v>" in archive.read("xl/worksheets/sheet1.xml")
    export_trace(replace(answer, hops=[hop]), tmp_path / "x.csv")
    assert rows(tmp_path / "x.csv")[0]["txn_id"] == "'=1+1"


def test_text_that_a_spreadsheet_cannot_hold_is_marked(answer: TraceAnswer, tmp_path: Path) -> None:
    odd = replace(answer.hops[0], txn_id="a\x00b\x1f")
    export_trace(replace(answer, hops=[odd]), tmp_path / "x.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["hops"]
    assert values(sheet)[0]["txn_id"] == "a\ufffdb\ufffd"


def test_json_is_the_answer(answer: TraceAnswer, tmp_path: Path) -> None:
    export_trace(answer, tmp_path / "case.json")
    assert json.loads((tmp_path / "case.json").read_text(encoding="utf-8")) == answer.as_json()


def test_graphml_has_layers_and_carried_amounts(answer: TraceAnswer, tmp_path: Path) -> None:
    export_trace(answer, tmp_path / "case.graphml")
    graph = nx.read_graphml(tmp_path / "case.graphml")
    assert (graph.graph["total"], graph.graph["rule"], graph.graph["start"]) == (100_000, "lifo", "case CASE-1")
    kinds = {n: (d["kind"], d.get("layer")) for n, d in graph.nodes(data=True)}
    wanted = {"v": ("start", None), "a": ("account", 1), "b": ("account", 2), "p": ("account", 2), "c": ("account", 3)}
    assert kinds == wanted | {"d": ("account", 3), "m": ("account", 4), "cash T4": ("cash", None)}
    edges = {d["txn_id"]: (u, v, d["kind"], d["carried"]) for u, v, d in graph.edges(data=True)}
    assert len(edges) == graph.number_of_edges() == 7
    assert (edges["T3"], edges["T4"]) == (("b", "d", "payment", 40_000), ("c", "cash T4", "payment", 50_000))
    d = graph.nodes["d"]
    assert (d["received"], d["held"], d["ends_held"], d["other_bank"]) == (40_000, 30_000, 30_000, False)


def test_a_payment_that_carries_money_of_two_starts_is_one_edge(answer: TraceAnswer) -> None:
    from graphfraud.services.trace_export.graph import graph_of

    again = replace(answer.hops[1], number=99, start=1, carried=1, depth=1)
    found = graph_of(replace(answer, hops=[*answer.hops, again]))
    (edge,) = [d for *_, d in found.edges(data=True) if d["txn_id"] == "T1"]
    assert (edge["carried"], edge["depth"]) == (90_001, 1)


def test_the_picture_shows_the_same_money(answer: TraceAnswer, tmp_path: Path) -> None:
    found = picture_of(answer)
    shown = picture(found.money)
    ends = {(b.column, b.name): a for b, a in shown.amounts.items() if b.kind == "end"}
    kept = {(2, "held"): 5_000, (4, "held"): 30_000, (3, "pooled"): 5_000}
    assert ends == kept | {(4, "cash"): 50_000, (5, "merchant"): 10_000}
    assert shown.bands[Box(2, "account", "b"), Box(3, "account", "d")] == 40_000
    assert {b.column for b in layout(shown).boxes} == {0, 1, 2, 3, 4, 5}
    said = export_trace(answer, tmp_path / "case.svg", lang="zh")
    text = (tmp_path / "case.svg").read_text(encoding="utf-8")
    assert (said.format, said.lang, said.note, said.files) == ("svg", "zh", None, [str(tmp_path / "case.svg")])
    assert "案件 CASE-1 资金去向" in text
    assert "追踪 1,000.00 元，去向合计 1,000.00 元" in text
    assert f"运行 {answer.run_id}" in text
    assert found._repr_png_()[:4] == b"\x89PNG"


@pytest.fixture(scope="module")
def guessed(answer: TraceAnswer) -> TraceAnswer:
    """The 500 that c took out at 13:00 (T4) may be the 480 that z00 paid in at 13:20."""
    times = answer.hops[-1].time, answer.hops[-1].time + 20 * MINUTE
    cash = (50_000, 48_000, 50_000, 20 * MINUTE, "ATM-1", "ATM-1", True, 125_000, "可能", "may be")
    way = CashHypothesis("c", "z00", "T4", "X9", *times, *cash)
    found = CashHypotheses(1, [way], 125_000, 125_000, 200, 1, "1 条", "1 possible way")
    return replace(answer, hypotheses=found)


def test_hypotheses_stand_apart_in_every_format(guessed: TraceAnswer, answer: TraceAnswer, tmp_path: Path) -> None:
    for name in ("csv", "xlsx", "graphml", "svg", "json"):
        export_trace(guessed, tmp_path / f"g.{name}")
        export_trace(answer, tmp_path / f"p.{name}")
    for table in ("steps", "starts", "accounts", "ends", "certificate"):
        assert (tmp_path / f"g.{table}.csv").read_bytes() == (tmp_path / f"p.{table}.csv").read_bytes()
    assert (tmp_path / "g.csv").read_bytes() == (tmp_path / "p.csv").read_bytes()
    (row,) = rows(tmp_path / "g.hypotheses.csv")
    assert (row["from_account"], row["to_account"], row["paid"], row["wait"]) == ("c", "z00", "48000", "1200")
    assert (row["by_chance"], row["same_place"]) == ("0.125", "true")
    assert rows(tmp_path / "p.hypotheses.csv") == []
    sheet = openpyxl.load_workbook(tmp_path / "g.xlsx")["hypotheses"]
    assert (values(sheet)[0]["paid (yuan)"], values(sheet)[0]["by_chance"]) == (480, 0.125)
    graph, plain = (nx.read_graphml(tmp_path / f"{n}.graphml") for n in "gp")
    (edge,) = [(u, v, d) for u, v, d in graph.edges(data=True) if d["kind"] == "hypothesis"]
    assert (*edge[:2], edge[2]["paid"], "carried" in edge[2]) == ("c", "z00", 48_000, False)
    assert graph.nodes["z00"]["kind"] == "hypothesis"
    assert graph.number_of_edges() == plain.number_of_edges() + 1
    text = (tmp_path / "g.svg").read_text(encoding="utf-8")
    assert "z00  480.00 in cash within 20 min?" in text
    assert "dashed: possible ways of cash (1), 480.00 yuan: not proven, in no total" in text
    assert "1,000.00 yuan traced; the ends below add up to 1,000.00 yuan" in text


def test_up_from_a_payment(run: PublishedRun, tmp_path: Path) -> None:
    """T3 brought 400 from b: through T1 from a, through T0 from v, whose own money is not known."""
    found = trace(run, TraceRequest(account_id="d", txn_id="T3", direction="up"))
    export_trace(found, tmp_path / "up.csv")
    assert [(r["txn_id"], r["carried"]) for r in rows(tmp_path / "up.csv")] == [
        ("T3", "40000"), ("T1", "40000"), ("T0", "40000"),
    ]  # fmt: skip
    export_trace(found, tmp_path / "up.svg")
    text = (tmp_path / "up.svg").read_text(encoding="utf-8")
    assert "Where the money of account d came from" in text
    assert found.hops[0].time == NINE + 3 * HOUR


def test_nothing_came_in(run: PublishedRun, tmp_path: Path) -> None:
    """Files and a picture of a trace without a hop."""
    found = trace(run, TraceRequest(account_id="z00"))
    for name in FORMATS:
        export_trace(found, tmp_path / f"none.{name}")
    assert rows(tmp_path / "none.csv") == []
    assert [r["reason"] for r in rows(tmp_path / "none.ends.csv")] == ["total"]


def test_what_cannot_be_written_is_said_and_leaves_nothing(answer: TraceAnswer, tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"'doc' is not a format of a trace; there are csv, json, xlsx, graphml, svg, png"
    ):
        export_trace(answer, tmp_path / "case.doc")
    with pytest.raises(InputError, match="is a folder"):
        export_trace(answer, tmp_path, "png")
    with pytest.raises(InputError, match="cannot write"):
        export_trace(answer, tmp_path / "not there" / "case.csv")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "case.ends.csv").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        export_trace(answer, tmp_path / "case.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["case.ends.csv"]


def test_the_format_is_by_the_ending(answer: TraceAnswer, tmp_path: Path) -> None:
    assert export_trace(answer, tmp_path / "a.PNG").format == "png"
    assert export_trace(answer, tmp_path / "plain").format == "csv"
    assert export_trace(answer, tmp_path / "b.txt", "json").format == "json"
    assert (tmp_path / "plain.ends.csv").exists()
