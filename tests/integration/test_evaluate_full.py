"""`--full`: trials are real runs on altered facts, whatever way their workspace came to be."""

from __future__ import annotations

import json
from pathlib import Path

import evaluate_kit
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from graphfraud import bootstrap
from graphfraud.cli.entry import run
from graphfraud.evaluate import Trial, World, altered_files, sources
from graphfraud.evaluate.facts import read_table
from graphfraud.evaluate.truth import day

NOW = day(3)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return sources(evaluate_kit.write(tmp_path / "world"))[0].prepare(tmp_path / "unused")


def laboratory(world: World, scratch: Path) -> bootstrap._Laboratory:
    return bootstrap._Laboratory(world, scratch, bootstrap_silent)


def bootstrap_silent(event: bootstrap.StageEvent) -> None:
    assert event.stage


def from_files(folder: Path, scratch: Path, as_of: int) -> dict[str, pa.Table]:
    """A run on the files of a folder: ingest, nightly."""
    workspace = bootstrap.initialise(scratch).workspace
    bootstrap.ingest(workspace, [folder])
    aside = bootstrap.ASIDE
    done = bootstrap.run_nightly(workspace, bootstrap.Nightly(as_of=as_of, fresh=True, override=aside))
    with workspace.runs.open(done.run_id) as opened:
        return {name: opened.findings(name) for name in ("scores", "rings", "alerts")}


def test_a_trial_equals_a_run_on_files_that_never_had_what_was_taken(world: World, tmp_path: Path) -> None:
    referrals = read_table(world.folder, "referrals")
    assert referrals is not None
    fewer = referrals.filter(pc.equal(referrals["case_no"], "C1"))
    folder = evaluate_kit.write(tmp_path / "fewer")
    pq.write_table(fewer, folder / "referrals.parquet")
    wanted = from_files(folder, tmp_path / "workspace", NOW)
    found = laboratory(world, tmp_path / "trials").run(Trial("fewer referrals", NOW, {"referrals": fewer}))
    for table, rows in wanted.items():
        assert found[table].equals(rows), table
    assert found["scores"].filter(pc.equal(found["scores"]["account_id"], "w1"))["referred"].to_pylist() == [False]


def test_files_of_a_trial_are_the_worlds_own_but_for_what_was_changed(world: World, tmp_path: Path) -> None:
    cash = read_table(world.folder, "cash")
    assert cash is not None
    changed = {"cash": cash.slice(0, 1), "identifiers": None, "referrals": None}
    files = {f.stem: f for f in altered_files(world.folder, changed, tmp_path / "feed")}
    assert set(files) == {"accounts", "cash", "transfers"}
    assert files["transfers"].parent == world.folder
    assert pq.read_table(files["cash"]).num_rows == 1
    assert altered_files(world.folder, {"referrals": cash.slice(0, 0)}, tmp_path / "none", {"referrals"}) == []


def test_chained_trials_have_a_predecessor(world: World, tmp_path: Path) -> None:
    lab = laboratory(world, tmp_path / "trials")
    first, second = (lab.run(Trial("chained", as_of, fresh=False))["ring_lineage"] for as_of in (day(2), NOW))
    assert set(first["event"].to_pylist()) == {"born"}
    assert set(second["event"].to_pylist()) & {"same", "grown"}


def test_the_command_writes_json_and_a_page(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "report.html"
    assert run(["evaluate", str(world.folder), "--full", "--html", str(out), "--json"]) == 0
    shown, said = capsys.readouterr()
    (found,) = json.loads(shown)["worlds"]
    assert list(found["full"]) == ["ceiling", "nulls", "hiding"]  # nobody was referred ten nights ago
    explained = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")
    assert all(f"`{key}`" in explained for key in [*found["full"], "nights", "repeats"])
    others = {m["other"] for m in found["full"]["nulls"]["margins"]}
    assert {"shuffled times", "permuted seeds", "no identifiers", "gradient boosting, plain features"} <= others
    assert [r["cases"] for r in found["full"]["hiding"]["revealed"]] == [1, 1, 1]
    assert "permuted seeds" in said
    page = out.read_text(encoding="utf-8")
    assert "Fewer referrals" in page
    assert page.count("<svg") >= 6
