"""The sample on a Neo4j server: same findings as the embedded store, seen in the graph; plans of the Cypher library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import neo4j_kit
import pyarrow.parquet as pq
import pytest
import queries_kit
from live_kit import asked_alike, every_rule, every_start

from graphfraud import bootstrap
from graphfraud.cli.entry import run as command
from graphfraud.errors import StoreError
from graphfraud.services.workspace import Workspace
from graphfraud.stores.neo4j import library

ROOT = Path(__file__).parents[2]
LIBRARY = [
    name for under in ("load", "read", "write") for name in library.names(under) if "/finbench_" not in name
]  # the benchmark's graph is another one: test_finbench_neo4j


@pytest.fixture(scope="module")
def workspace(neo4j: None, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The sample with one published run, on the server."""
    folder = tmp_path_factory.mktemp("on-neo4j")
    neo4j_kit.claim(folder)
    made = bootstrap.initialise(folder / "workspace", "neo4j", sample=True).workspace
    bootstrap.run_nightly(made, bootstrap.Nightly())
    return made


def live(workspace: Workspace) -> dict[str, Any]:
    with workspace.runs.open() as run:
        return dict(run.manifest)


def findings(workspace: Workspace, name: str) -> list[dict[str, Any]]:
    with workspace.runs.open() as run:
        return pq.read_table(run.folder / "findings" / f"{name}.parquet").to_pylist()


def test_findings_are_those_of_the_embedded_store(workspace: Workspace, sample_workspace: Workspace) -> None:
    ours, theirs = live(workspace), live(sample_workspace)
    assert (ours["predecessor"], theirs["predecessor"]) == (None, None)
    assert ours["findings_hash"] == theirs["findings_hash"]
    assert ours["inputs"] == theirs["inputs"]
    assert 'kind = "neo4j"' in (workspace.folder / "graphfraud.toml").read_text(encoding="utf-8")


def test_the_graph_shows_the_rings_of_the_live_run(workspace: Workspace) -> None:
    assert neo4j_kit.query("MATCH (:Live)-[:SHOWS]->(r) RETURN r.id, r.findings_hash, r.state") == [
        (live(workspace)["run_id"], live(workspace)["findings_hash"], "whole")
    ]
    scores = {row["account_id"]: row for row in findings(workspace, "scores")}
    expected = sorted(
        (m["ring_id"], m["account_id"], m["role"], m["referred"], scores[m["account_id"]]["score_e6"])
        for m in findings(workspace, "rings")
    )
    shown = neo4j_kit.query(
        "MATCH (:Live {name: 'live'})-[:SHOWS]->()<-[:FOUND_IN]-(r:Ring)<-[m:MEMBER_OF]-(a)"
        " RETURN r.ring_id, a.id, m.role, m.referred, m.score_e6"
    )
    assert len(shown) > 50
    assert sorted(shown) == expected
    evidence = neo4j_kit.query("MATCH (r:Ring)-[:SHOWN_BY]->(e:Evidence) RETURN r.ring_id, e.kind, e.rank, e.reason_en")
    assert sorted(evidence) == sorted(
        (e["ring_id"], e["kind"], e["rank"], e["reason_en"]) for e in findings(workspace, "ring_evidence")
    )
    about = neo4j_kit.query(
        "MATCH (e:Evidence)-[:ABOUT]->(a:Account) WHERE a.id IN [e.account_a, e.account_b] RETURN count(*)"
    )
    named = sum(
        (e["account_a"] is not None) + (e["account_b"] is not None) for e in findings(workspace, "ring_evidence")
    )
    assert about == [(named,)]


def test_the_graph_shows_levels_layers_and_alerts(workspace: Workspace) -> None:
    noted = [
        row
        for row in findings(workspace, "scores")
        if row["referred"] or any(row[k] is not None for k in ("level", "layer", "ring_id"))
    ]
    shown = neo4j_kit.query("MATCH (a)-[s:ASSESSED_IN]->(:Run) RETURN a.id, s.score_e6, s.level, s.layer, s.ring_id")
    keys = ("account_id", "score_e6", "level", "layer", "ring_id")
    assert sorted(shown, key=str) == sorted((tuple(row[k] for k in keys) for row in noted), key=str)
    alerts = neo4j_kit.query("MATCH (x:Alert)-[:CONCERNS]->(a) RETURN x.alert_id, a.id, x.level, size(x.reasons_en)")
    reasons = [row["alert_id"] for row in findings(workspace, "alert_reasons")]
    assert sorted(alerts) == sorted(
        (row["alert_id"], row["account_id"], row["level"], reasons.count(row["alert_id"]))
        for row in findings(workspace, "alerts")
    )
    layers = neo4j_kit.query("MATCH (a)-[l:AT_LAYER]->(c:Case) RETURN a.id, c.no, l.layer, l.at")
    assert sorted(layers, key=str) == sorted(
        ((r["account_id"], r["case_no"], r["layer"], r["time"]) for r in findings(workspace, "layers")), key=str
    )


def test_accounts_show_their_newest_row(workspace: Workspace) -> None:
    listed = (ROOT / "data" / "sample" / "accounts.csv").read_text(encoding="utf-8").splitlines()
    header, first = listed[0].split(","), listed[1].split(",")
    row = dict(zip(header, first, strict=True))
    (shown,) = neo4j_kit.query(
        "MATCH (a:Account {id: $id}) RETURN a.holder_id, a.holder_type, a.bank", id=row["account_id"]
    )
    assert shown == (row["holder_id"], row["holder_type"], row["bank"])


def test_the_examples_on_the_page_of_the_catalogue(workspace: Workspace) -> None:
    assert queries_kit.examples(workspace) == queries_kit.written(), "python tests/queries_kit.py WORKSPACE"


def test_a_live_trace_is_that_of_the_run(workspace: Workspace) -> None:
    """Read beside whoever writes: statements fetched hop by hop, every rule, both ways."""
    from graphfraud.stores.neo4j import Neo4jReading

    with workspace.runs.open() as run, Neo4jReading(workspace.settings.neo4j) as graph:
        counted = "MATCH (a:Account) RETURN count(a.statement), count(a)"
        ((packed, accounts),) = neo4j_kit.query(counted)
        assert packed > accounts / 2, "the night packed statements"
        assert every_rule(graph, workspace.settings, run.snapshot, 3) > 200
        neo4j_kit.query("MATCH (a:Account) WHERE a.statement_rows % 2 = 0 SET a.statement_rows = -1")
        assert every_rule(graph, workspace.settings, run.snapshot, 1) > 50, "half of them read from the payments"
        assert asked_alike(graph, workspace.settings, run, every_start(run)) > 100
        account = run.snapshot.accounts.id[int(run.snapshot.referrals.account[0])]
    assert command(["trace", account, "--live", "--workspace", str(workspace.folder)]) == 0


def test_checksums_recorded_are_those_counted(workspace: Workspace) -> None:
    from graphfraud.stores.neo4j import Neo4jStore

    with Neo4jStore(workspace.settings.neo4j, 3) as store:
        assert store.tallies() == store.counted()
        assert {t: sum(rows for rows, _ in loads.values()) for t, loads in store.tallies().items()} == {
            name: count for name, count in store.stats().rows.items() if count
        }
        ((amount,),) = neo4j_kit.query("MATCH ()-[t:TRANSFER]->() WITH t LIMIT 1 RETURN t.amount")
        neo4j_kit.query("MATCH ()-[t:TRANSFER]->() WITH t LIMIT 1 SET t.amount = t.amount + 1")
        assert store.tallies() != store.counted(), "a changed amount is noticed"
        neo4j_kit.query("MATCH ()-[t:TRANSFER]->() WITH t LIMIT 1 SET t.amount = 'x'")
        with pytest.raises(StoreError, match="transfers in the graph hold a value"):
            store.export(10**18)["transfers"]
        neo4j_kit.query("MATCH ()-[t:TRANSFER {amount: 'x'}]->() SET t.amount = $amount", amount=amount)
        assert store.tallies() == store.counted()


@pytest.mark.parametrize("name", LIBRARY)
def test_plans_are_on_indexes_and_stream(workspace: Workspace, name: str) -> None:
    statement = library.load(name)
    if statement.text.startswith("SHOW"):
        return
    costly = neo4j_kit.costly(statement, {"clock": "at", "label": "Device", "type": "USES_IP"})
    assert costly <= set(statement.allows), f"{name}: {sorted(costly)}; allowed: {sorted(statement.allows)}"
    assert set(statement.allows) <= costly, f"{name} excuses what its plan does not have"
