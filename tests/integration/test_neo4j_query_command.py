"""`graphfraud query` on the server: limits, what goes wrong, masks, and that it only reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import neo4j_kit
import pytest
from graph_kit import Graph
from neo4j_server import PASSWORD, free_port

from graphfraud import bootstrap
from graphfraud.cli.entry import run as command
from graphfraud.core.query import Budget
from graphfraud.errors import StoreError, UnknownId
from graphfraud.services.workspace import Workspace, create_workspace
from graphfraud.stores.neo4j import library
from graphfraud.stores.neo4j import query as runner
from graphfraud.stores.neo4j.query import run

pytestmark = pytest.mark.usefixtures("neo4j")
Say = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def workspace(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace whose store is the graph."""
    return create_workspace(tmp_path_factory.mktemp("work") / "w", "neo4j")


@pytest.fixture
def say(workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    """Run `graphfraud query …` in the workspace: (exit code, standard output, error stream)."""
    monkeypatch.setenv("COLUMNS", "120")

    def ask(*argv: str) -> tuple[int, str, str]:
        code = command(["query", *argv, "--workspace", str(workspace.folder)])
        return code, *capsys.readouterr()

    return ask


def test_json_has_times_amounts_and_the_parameters_used(say: Say, graph: Graph) -> None:
    code, out, err = say(
        *("payments_between", "--param", "account=P05", "-p", "other=HUB", "-p", "min_amount=700.05", "--json")
    )
    assert (code, err) == (0, "")
    made = json.loads(out)
    paid = [t for t in graph.bank.transfers if (t["payer"], t["payee"]) == ("P05", "HUB")]
    assert made["parameters"] == {"account": "P05", "other": "HUB", "min_amount": 70_005} | {
        "since": "1970-01-01T00:00:00+08:00",
        "until": "2100-01-01T00:00:00+08:00",
    }
    assert made["rows"] == [
        {"at": f"2026-03-06T0{n}:00:00+08:00", "payer": "P05", "payee": "HUB", "amount": 70_005, "channel": "mobile"}
        | {"fact": t["txn_id"]}
        for n, t in enumerate(paid)
    ]
    assert (made["query"], made["more"], made["limit"], made["seen"]) == ("payments_between", False, 200, 6)


def test_text_and_the_limit(say: Say) -> None:
    code, out, _ = say("run_history")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[3:5]] == ["20260321T000000-1", "20260320T000000-1"]
    assert "2 rows" in out
    assert "more rows" not in out
    for limit, more in ((2, False), (1, True)):
        _, out, _ = say("run_history", "--limit", str(limit))
        assert ("more rows than the limit of 1: raise --limit" in out) == more
        assert json.loads(say("run_history", "--limit", str(limit), "--json")[1])["more"] == more


def test_the_catalogue_needs_no_workspace(say: Say, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert command(["query", "--list", "--json", "--workspace", str(tmp_path)]) == 0
    listed = json.loads(capsys.readouterr().out)["queries"]
    assert len(listed) >= 25
    assert {"name", "purpose", "parameters", "columns", "use_when", "cost"} == set(listed[0])
    code, out, _ = say("money_down", "--list")
    assert (code, "dwell_hours" in out, "ring_overview" in out) == (0, True, False)


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        ((), 2, "name a query; `graphfraud query --list` prints"),
        (("mony_down",), 3, "did you mean money_down"),
        (("money_down",), 2, "needs --param account=… (text): account id"),
        (("money_down", "-p", "account=P05", "-p", "since=soon"), 2, "since=soon is not a time"),
        (("money_down", "-p", "account=NO-SUCH"), 3, "not in the graph: account NO-SUCH"),
        (("payments_between", "-p", "account=P05", "-p", "other=ZZ"), 3, "not in the graph: account ZZ"),
        (("common_counterparties", "-p", "accounts=YY,ZZ"), 3, "not in the graph: account YY, ZZ"),
        (("alerts", "--limit", "0"), 2, "--limit is 0; it goes from 1 to"),
        (("alerts", "--timeout", "0"), 2, "--timeout is 0; it goes from"),
        (("alerts", "--param", "lang"), 2, "--param lang is not of the form NAME=VALUE"),
    ],
)
def test_errors_name_what_is_wrong(say: Say, argv: tuple[str, ...], code: int, said: str) -> None:
    found, out, err = say(*argv)
    assert (found, out) == (code, "")
    assert said in err


def test_an_account_that_is_there_has_no_rows_in_silence(say: Say) -> None:
    code, out, _ = say("payments_between", "-p", "account=P05", "-p", "other=NOBODY")
    assert (code, "no rows" in out) == (0, True)


def test_a_time_out_says_which_limit_to_raise(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bank is too small for a query that takes long: this one counts to a million million instead."""
    counting = "UNWIND range(1, 1000000000000) AS x RETURN count(x) AS counted"
    monkeypatch.setattr(runner, "load", lambda name: replace(library.load(name), text=counting))
    code, out, err = say("alerts", "--timeout", "0.5")
    assert (code, out) == (5, "")
    assert "query alerts took longer than 0.5 s" in err
    assert "--timeout" in err
    monkeypatch.undo()
    assert say("alerts")[0] == 0


def test_only_phones_and_addresses_are_masked_and_unmasking_is_in_the_ledger(say: Say, workspace: Workspace) -> None:
    asked = ("accounts_by_identifier", "-p", "kind=phone", "-p", "value=13800000003")
    _, out, _ = say(*asked, "--json")
    assert "13800000003" not in out
    assert "13*******03" in out
    _, out, _ = say(*asked, "--unmask", "case 4711", "--json")
    assert "13800000003" in out
    with bootstrap.open_ledger(workspace) as ledger:
        (row,) = ledger.unmasked()
        assert (row["subject"], row["reason"]) == ("query accounts_by_identifier", "case 4711")


def test_an_embedded_workspace_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = create_workspace(tmp_path / "embedded")
    assert command(["query", "alerts", "--workspace", str(made.folder)]) == 2
    assert "graphfraud init DIR --store neo4j" in capsys.readouterr().err


def test_a_server_that_is_away(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHFRAUD_NEO4J_URI", f"bolt://127.0.0.1:{free_port()}")
    monkeypatch.setenv("GRAPHFRAUD_NEO4J__RETRY_S", "1")
    monkeypatch.setenv(PASSWORD, "S3cret-of-nobody")
    code, out, err = say("alerts")
    assert (code, out) == (5, "")
    assert "cannot be reached" in err
    assert "S3cret" not in err


def test_a_query_cannot_write(graph: Graph) -> None:
    with pytest.raises(StoreError):
        run(graph.session, "load/accounts_merge", {"ids": ["WRITTEN"]}, Budget())
    assert neo4j_kit.query("MATCH (a:Account {id: 'WRITTEN'}) RETURN a") == []


def test_a_missing_index_is_named(graph: Graph) -> None:
    drop, make = "DROP INDEX account_open_time", "CREATE INDEX account_open_time FOR (a:Account) ON (a.open_time)"
    neo4j_kit.query(drop)
    try:
        with pytest.raises(StoreError, match=r"lacks account_open_time .* init DIR --store neo4j"):
            graph.query("opened_together", since="2026-03-01", until="2026-03-02")
    finally:
        neo4j_kit.query(make)
        neo4j_kit.query("CALL db.awaitIndexes(60)")
    assert graph.query("opened_together", since="2026-03-01", until="2026-03-20", min_accounts=2).rows


def test_values_are_never_part_of_a_statement(graph: Graph) -> None:
    """What would be Cypher is an account id that is not there."""
    with pytest.raises(UnknownId, match="not in the graph"):
        graph.query("statement", account="P05'}) DETACH DELETE a //")
    assert graph.query("statement", account="P05").rows


def test_a_database_without_a_graph(graph: Graph, tmp_path: Path) -> None:
    """Last in this file: it takes the graph away."""
    neo4j_kit.claim(tmp_path)
    with pytest.raises(StoreError, match="holds no graph of graphfraud"):
        graph.query("alerts")
