"""Exports: the columns of contracts.md §3, values, guards, and files that are whole or not there."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import openpyxl
import pyarrow.parquet as pq
import pytest
from surface_kit import IDS, PHONE, publish

from graphfraud.core.runs import PublishedRun, RunCatalogue
from graphfraud.errors import InputError, UsageError
from graphfraud.services.export import KINDS, export, table

#: contracts.md §3, in its order
CONTRACT = {
    "scores": "account_id score referral_share behaviour_share level layer ring_id referred",
    "rings": "ring_id kind account_id role referred loose",
    "alerts": "alert_id account_id level score opened_at due_at status reason_zh reason_en",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublishedRun]:
    root = tmp_path_factory.mktemp("runs")
    publish(root)
    with RunCatalogue(root).open() as opened:
        yield opened


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("kind", CONTRACT)
def test_columns_of_the_contract_come_first(run: PublishedRun, kind: str) -> None:
    wanted = CONTRACT[kind].split()
    assert table(run, kind).schema.names[: len(wanted)] == wanted


def test_scores_csv_has_every_account_with_six_places(run: PublishedRun, tmp_path: Path) -> None:
    answer = export(run, "scores", tmp_path / "scores.csv")
    found = rows(tmp_path / "scores.csv")
    assert (answer.rows, [r["account_id"] for r in found]) == (len(IDS), IDS)
    b = found[IDS.index("b")]
    assert (b["score"], b["referral_share"], b["level"], b["layer"]) == ("0.700001", "0.630001", "1", "2")
    assert (found[IDS.index("v")]["level"], found[IDS.index("v")]["ring_id"]) == ("", "")
    assert (found[0]["referred"], b["referred"]) == ("true", "false")


def test_csv_and_xlsx_guard_formulas_json_does_not(run: PublishedRun, tmp_path: Path) -> None:
    for name in ("a.csv", "a.xlsx", "a.json"):
        export(run, "alerts", tmp_path / name)
    assert rows(tmp_path / "a.csv")[0]["reason_en"] == "'=cmd|calc"
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["alerts"]
    cells = {c.value: sheet.cell(2, c.column) for c in sheet[1]}
    assert (cells["reason_en"].value, cells["reason_en"].data_type) == ("'=cmd|calc", "s")
    assert cells["score"].value == 0.700001
    raw = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert (raw["run_id"], raw["as_of"], raw["kind"]) == (run.run_id, "2026-01-02T00:00:00+08:00", "alerts")
    assert [(r["reason_en"], r["score"]) for r in raw["rows"]] == [("=cmd|calc", 0.700001), (None, 0.1)]
    assert raw["rows"][0]["due_at"] == "2026-01-02T01:00:00+08:00"


def test_parquet_has_numbers_and_times(run: PublishedRun, tmp_path: Path) -> None:
    export(run, "alerts", tmp_path / "a.parquet")
    found = pq.read_table(tmp_path / "a.parquet")
    assert found["score"].to_pylist() == [0.700001, 0.1]
    assert found["opened_at"][0].as_py().isoformat() == "2026-01-02T00:00:00+08:00"
    assert found.schema.metadata[b"run_id"].decode() == run.run_id


def test_rings_as_a_graph(run: PublishedRun, tmp_path: Path) -> None:
    answer = export(run, "rings", tmp_path / "rings.graphml")
    graph = nx.read_graphml(tmp_path / "rings.graphml", force_multigraph=True)
    pays = {(a, b): d["amount"] for a, b, d in graph.edges(data=True) if d["kind"] == "payment"}
    assert pays == {("a", "b"): 90_000, ("b", "c"): 50_000}
    uses = {(a, graph.nodes[b]["kind"]) for a, b, d in graph.edges(data=True) if d["kind"] == "uses"}
    assert uses == {("a", "device"), ("b", "device"), ("b", "phone"), ("c", "phone")}
    assert answer.rows == 6
    assert PHONE not in (tmp_path / "rings.graphml").read_text(encoding="utf-8")
    export(run, "rings", tmp_path / "rings.gexf")
    assert set(nx.read_gexf(tmp_path / "rings.gexf").nodes) == set(graph.nodes)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("format_", ["csv", "parquet", "json", "xlsx"])
def test_every_kind_in_every_table_format(run: PublishedRun, tmp_path: Path, kind: str, format_: str) -> None:
    answer = export(run, kind, tmp_path / "out.bin", format_)
    assert answer.rows == run.findings(kind).num_rows
    assert (tmp_path / "out.bin").stat().st_size > 0


def test_wrong_kind_format_or_place(run: PublishedRun, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'secrets' cannot be exported; there are scores"):
        export(run, "secrets", tmp_path / "a.csv")
    with pytest.raises(UsageError, match="'doc' is not a format"):
        export(run, "scores", tmp_path / "a.doc")
    with pytest.raises(UsageError, match="holds a graph"):
        export(run, "scores", tmp_path / "a.gexf")
    with pytest.raises(InputError, match="is a folder"):
        export(run, "scores", tmp_path, "csv")
    with pytest.raises(InputError, match="No such file"):
        export(run, "scores", tmp_path / "none" / "a.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_export_leaves_the_old_file(
    run: PublishedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from graphfraud.services import export_files

    out = tmp_path / "scores.csv"
    out.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export_files.os, "replace", full)
    with pytest.raises(InputError, match="No space left"):
        export(run, "scores", out)
    assert out.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["scores.csv"]
