"""Drawings: nothing is cut at 80 columns, words fit the numbers, and every part of an answer is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console, RenderableType
from surface_kit import AS_OF, NINE, publish

from graphfraud.cli import render
from graphfraud.cli.render import parts
from graphfraud.cli.render.report import report as draw_report
from graphfraud.cli.render.risk import risk as draw_risk
from graphfraud.core.runs import PublishedRun, RunCatalogue
from graphfraud.services import outcome
from graphfraud.services.report import ReportAnswer, report
from graphfraud.services.risk import risk


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublishedRun]:
    root = tmp_path_factory.mktemp("runs")
    publish(root)
    with RunCatalogue(root).open() as opened:
        yield opened


@pytest.fixture(scope="module")
def night(run: PublishedRun) -> ReportAnswer:
    return report(run, live=True)


def drawn(what: RenderableType, width: int = 80) -> str:
    console = Console(width=width, highlight=False, color_system=None, file=StringIO())
    with console.capture() as capture:
        console.print(what)
    return capture.get()


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_report_at_80_and_120_columns(night: ReportAnswer, width: int, lang: str) -> None:
    text = drawn(draw_report(night, lang), width)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width
    assert "…" not in text.replace("findings", "").split("Run")[0]  # no cell is cut
    for says in ("R-1  3 accounts, 1 referred (33 %), 1,400.00 yuan inside", "1. b  score 0.700  level 1, answer by"):
        assert says in text
    assert {"en": "money came from", "zh": "来自涉案账户"}[lang] in text
    assert "2 of 10 rows received are in quarantine" in text
    assert "night_large (transfers.time)" in text


def test_the_risk_sheet_says_how_consistent_its_points_are(run: PublishedRun) -> None:
    found = risk(run, "b")
    legend = "points by pairwise comparison (AHP), consistency ratio 0.046; capped by layer"
    assert legend in drawn(draw_risk(replace(found, consistency_ratio=0.046225)))
    assert "pairwise" not in drawn(draw_risk(found))  # a run before there were comparisons


def test_a_cell_that_does_not_fit_shows_that_it_is_cut() -> None:
    table = parts.table("*account", ">yuan")
    table.add_row("6217000001286834", "1,234,567.89")
    cut = drawn(table, 20)
    assert "1,234,567.8\n" not in cut
    assert "…" in cut


def test_text_of_the_data_is_never_markup() -> None:
    assert parts.text("[red]x[/red]") == r"\[red]x\[/red]"
    assert parts.reason("", "see [a]", "zh") == r"see \[a]"


def nightly(**changes: object) -> outcome.NightlyAnswer:
    moved = outcome.AlertMove("A-1", "b", None, 1)
    found = outcome.Changes("before", [moved], [], [moved, moved], {"born": ["R-1"], "grown": ["R-2", "R-3"]}, 7)
    values: dict[str, object] = {"run_id": "r", "as_of": AS_OF, "status": "dry run", "live": False}
    values |= {"previous_live": None, "folder": None, "findings_hash": "0" * 64, "overrides": []}
    values |= {"stages": [outcome.StageRow("facts", 1.25, 10.0)], "changes": found, "report": None}
    return outcome.NightlyAnswer(**(values | changes))  # type: ignore[arg-type]


def test_a_dry_run_says_what_would_change() -> None:
    text = drawn(render.nightly(nightly(overrides=["known"])))
    for says in (
        "Dry run: nothing is published", "Against run before", "alerts: 1 opened, 0 closed, 2 changed level",
        "rings: 1 born, 2 grown", "accounts with another level: 7", "guards set aside: known", "facts 1.2",
    ):  # fmt: skip
        assert says in text


def test_a_published_run_is_reported_with_its_changes(night: ReportAnswer) -> None:
    text = drawn(render.nightly(nightly(report=night, status="published")))
    assert text.index("graphfraud nightly report") < text.index("Against run before")


def test_ingest_quarantine_and_referrals() -> None:
    file = outcome.FileRow("t.csv", "canonical/transfers", "csv", "gb18030", ",", True, 9, 5, 1, 1, 2, {}, {}, [])
    came = outcome.IngestAnswer([file], {"x.csv": "it is empty"}, 9, 5, 1, 1, 2, ["REF-1"])
    text = drawn(render.ingested(came), 120)
    assert "canonical/transfers gb18030 dates only" in text
    assert "refused: x.csv: it is empty" in text
    assert "2 rows in quarantine: graphfraud quarantine list" in text
    assert "graphfraud nightly --workspace w" in drawn(render.initialised(outcome.InitAnswer("w", "w/s.toml", came)))
    row = outcome.QuarantineRow(7, "t.csv", "transfers", 3, "amount", "-5", "amount", "not above 0", {}, "open", NINE)
    listed = outcome.QuarantineAnswer(41, {"transfers": {"amount": 41}}, [row] * 41, "bad.csv")
    text = drawn(render.quarantine(listed), 120)
    for says in ("41 rows in quarantine", "transfers: amount 41", "not above 0", "… 1 more", "quarantine fix bad.csv"):
        assert says in text
    text = drawn(render.fixed(outcome.FixAnswer([1], [2], {3: "amount 'x'"})))
    for says in ("1 row corrected", "1 row unchanged", "row 3 is still wrong: amount 'x'"):
        assert says in text
    taken = outcome.InboxRow("REF-1", "referral", "b", NINE)
    text = drawn(render.referred(outcome.ReferAnswer([taken], True, {"REF-2": "given twice"}, ["q"], 1)), 120)
    for says in (
        "referral REF-1 of account b: waiting",
        "runs as of 2026-01-01 09:00:00 or later", "REF-2: refused, given twice",
        "account q has no payment here yet", "1 row in quarantine",
    ):  # fmt: skip
        assert says in text


def test_checks_versions_and_serving() -> None:
    items = [outcome.CheckItem("store", "", "5 facts"), outcome.CheckItem("run r", "torn", "")]
    text = drawn(render.checked(outcome.CheckAnswer(False, items)))
    assert "ok    store: 5 facts" in text
    assert "wrong run r: torn" in text
    assert "profiles: canonical" in drawn(render.version(outcome.VersionAnswer("1", {"numpy": "2"}, ["canonical"])))
    assert "TLS" not in drawn(render.serving(outcome.serving("127.0.0.1", 1, Path("api.key"))), 120)
    told = drawn(render.serving(outcome.serving("0.0.0.0", 1, Path("api.key"))), 120)
    assert "http://0.0.0.0:1/v1" in told
    assert "TLS" in told
