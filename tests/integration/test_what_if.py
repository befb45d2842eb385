"""`risk --what-if` and the what_if of the API on the sample: one answer, bounded in time; what every alert tells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from graphfraud_api.app import create_app
from typer.testing import CliRunner

from graphfraud.cli.app import app
from graphfraud.core.runs import PublishedRun
from graphfraud.services.workspace import Workspace, open_workspace


@pytest.fixture(scope="module")
def run(sample_workspace: Workspace) -> Iterator[PublishedRun]:
    with sample_workspace.runs.open() as opened:
        yield opened


def at_level(run: PublishedRun, level: int) -> str:
    """The unreferred account of a level whose score is lowest: the one that least is needed for."""
    rows = [r for r in run.findings("scores").to_pylist() if r["level"] == level and not r["referred"]]
    return str(min(rows, key=lambda r: (r["score_e6"], r["account_id"]))["account_id"])


def command(folder: Path, account: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["risk", account, "--what-if", "--json", "--workspace", str(folder)])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_command_and_the_route_give_the_same_answer(
    sample_folder: Path, sample_workspace: Workspace, run: PublishedRun
) -> None:
    account = at_level(run, 2)
    said = command(sample_folder, account)
    found = said["what_if"]
    assert (found["level"], found["stopped"], said["level"]) == (2, False, 2)
    assert found["found"], found["reason_en"]
    for way in found["found"]:
        assert way["level"] in (3, None)
        assert len(way["facts"]) == len(found["found"][0]["facts"]) <= found["most"]
        assert f"(score {way['score']:.3f}, now {said['score']:.3f})" in way["reason_en"]
    assert found["reason_zh"].startswith("若无")
    key = {"X-API-Key": sample_workspace.api_key()}
    with TestClient(create_app(sample_workspace), headers=key) as client:
        answer = client.get(f"/v1/accounts/{account}/risk", params={"what_if": "true"}).json()
        assert answer["what_if"] == found
        assert client.get(f"/v1/accounts/{account}/risk").json()["what_if"] is None


def test_an_account_without_a_level_has_nothing_to_take_away(sample_folder: Path, run: PublishedRun) -> None:
    quiet = next(r["account_id"] for r in run.findings("scores").to_pylist() if r["level"] is None)
    found = command(sample_folder, quiet)["what_if"]
    assert (found["level"], found["found"], found["recomputed"]) == (None, [], 0)
    assert found["reason_en"] == "the account has no alert level: there is nothing to take away"


def test_it_stops_when_its_time_is_over_and_says_so(
    sample_folder: Path, sample_workspace: Workspace, run: PublishedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHFRAUD_SERVE__WHAT_IF_S", "0.000001")
    account = at_level(run, 1)
    found = command(sample_folder, account)["what_if"]
    assert (found["stopped"], found["found"], found["recomputed"], found["fewest"]) == (True, [], 0, False)
    assert found["reason_en"] == (
        "the time of 1e-06 s was over (setting serve.what_if_s): computed anew 0 times, nothing was found"
        " without which the account would stand below level 1"
    )
    shown = CliRunner().invoke(app, ["risk", account, "--what-if", "--workspace", str(sample_folder)])
    assert "the time was over (serve.what_if_s)" in " ".join(shown.stdout.split())
    hasty = open_workspace(sample_folder)
    with TestClient(create_app(hasty), headers={"X-API-Key": hasty.api_key()}) as client:
        answer = client.get(f"/v1/accounts/{account}/risk", params={"what_if": "true"}).json()
    assert answer["what_if"]["stopped"]


def test_every_alert_tells_everything(run: PublishedRun) -> None:
    """Both shares, the top referrals, each indicator, the way of the money, identifiers, what speaks for it."""
    scores = {r["account_id"]: r for r in run.findings("scores").to_pylist()}
    reasons: dict[str, list[dict[str, Any]]] = {}
    for row in run.findings("alert_reasons").to_pylist():
        reasons.setdefault(row["alert_id"], []).append(row)
    ways, hits = (run.findings(n).to_pylist() for n in ("lineage", "indicator_hits"))
    shares = {(r["account_id"], r["referral_account"]): r["share_e6"] for r in run.findings("shares").to_pylist()}
    alerts = [r for r in run.findings("alerts").to_pylist() if r["closed_at"] is None]
    assert len(alerts) > 50
    for alert in alerts:
        account, lines = alert["account_id"], reasons[alert["alert_id"]]
        score = scores[account]
        told = {s: [r for r in lines if r["source"] == s] for s in {r["source"] for r in lines}}
        assert {"referral", "lineage", "exculpatory"} <= set(told)
        (first,) = told["referral"]
        assert first["points_e6"] == score["referral_share_e6"]
        best = max(share for (a, seed), share in shares.items() if a == account and seed)
        assert shares[account, first["source_id"]] == best
        assert f"{first['source_id']} ({best / 10_000:.1f} %)" in first["reason_en"]
        own = sum(r["points_e6"] for r in told.get("behaviour", []))
        assert first["points_e6"] + own == score["score_e6"]
        expected = {h["indicator_id"]: h["points_e6"] for h in hits if h["account_id"] == account}
        assert {r["source_id"]: r["points_e6"] for r in told.get("indicator", [])} == expected
        way = sorted((h for h in ways if h["account_id"] == account), key=lambda h: h["hop"])
        (money,) = told["lineage"]
        if way:
            assert way[-1]["to_account"] == account
            assert scores[way[0]["from_account"]]["referred"]
            assert f"{way[-1]['carried'] / 100:,.2f} of {way[-1]['amount'] / 100:,.2f} yuan" in money["reason_en"]
            assert all(h["dwell"] is not None for h in way[1:])
        else:
            assert score["lineage_e6"] == 0
            assert money["reason_en"].startswith("no money of referred accounts")
