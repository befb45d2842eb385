"""Queries about money, on known rows: every row and its order, against plain Python over the same rows."""

from __future__ import annotations

import graph_findings as known
import graph_oracle as oracle
import pytest
from graph_kit import HUB, PEOPLE, Graph
from graph_oracle import EVER, Way, World, window

from graphfraud.core import clock

pytestmark = pytest.mark.usefixtures("neo4j")


def span(first: float, last: float) -> dict[str, str]:
    since, until = window(first, last)
    return {"since": clock.iso(since), "until": clock.iso(until)}


@pytest.mark.parametrize("account", ["P05", "P21", HUB])
def test_statement(graph: Graph, world: World, account: str) -> None:
    expected = oracle.statement(world, account, EVER)
    assert len(expected) > 15
    assert graph.query("statement", account=account).rows == expected


def test_statement_of_some_days(graph: Graph, world: World) -> None:
    for n, account in enumerate([HUB, *PEOPLE[::2]]):
        days = (n % 4, n % 4 + 4)
        assert graph.query("statement", account=account, **span(*days)).rows == oracle.statement(
            world, account, window(*days)
        )


def test_statement_shows_cash_failures_and_reversals(graph: Graph) -> None:
    """Over all accounts there is one of each; a payment to oneself goes out and comes in."""
    rows = [row for account in PEOPLE for row in graph.query("statement", account=account).rows]
    assert {row["direction"] for row in rows} == {"in", "out", "cash in", "cash out"}
    assert {row["success"] for row in rows} == {True, False}
    assert any(row["reversal_of"] for row in rows)
    own = [row for row in graph.query("statement", account="P05").rows if row["counterparty"] == "P05"]
    assert [row["direction"] for row in own] == ["in", "out"]


@pytest.mark.parametrize("min_yuan", [0, 10_000, 700.01])
def test_payments_between(graph: Graph, world: World, min_yuan: int) -> None:
    pairs = [(a, b) for a in PEOPLE[:6] for b in [*PEOPLE[6:12], HUB]]
    expected = {pair: oracle.payments_between(world, *pair, window(1, 6), min_yuan * 100) for pair in pairs}
    assert sum(map(len, expected.values())) > 3
    for (one, other), rows in expected.items():
        found = graph.query("payments_between", account=one, other=other, min_amount=min_yuan, **span(1, 6))
        assert found.rows == rows


@pytest.mark.parametrize(("account", "min_yuan"), [("P05", 0), ("P05", 20_000), ("P12", 0), (HUB, 0)])
def test_counterparties(graph: Graph, world: World, account: str, min_yuan: int) -> None:
    expected = oracle.counterparties(world, account, window(1, 15), min_yuan * 100)
    assert len(expected) > 3
    assert graph.query("counterparties", account=account, min_amount=min_yuan, **span(1, 15)).rows == expected


@pytest.mark.parametrize(("least", "degree"), [(2, 1000), (3, 1000), (2, 62)])
def test_common_counterparties(graph: Graph, world: World, least: int, degree: int) -> None:
    accounts = ["P05", "P08", "P03", "P04", HUB]
    expected = oracle.common_counterparties(world, accounts, least, (window(1, 17), 45_000), degree)
    assert len(expected) > 1
    limits = {"min_accounts": least, "min_amount": 450, "max_degree": degree}
    found = graph.query("common_counterparties", accounts=accounts, **limits, **span(1, 17))
    assert found.rows == expected


@pytest.mark.parametrize(
    ("hops", "degree", "min_yuan"), [(1, 200, 0), (2, 200, 40_000), (3, 60, 49_900), (4, 58, 50_000)]
)
def test_neighbourhood(graph: Graph, world: World, hops: int, degree: int, min_yuan: int) -> None:
    reached = oracle.neighbourhood(world, "P05", hops, min_yuan * 100, degree)
    assert set(reached.values()) == set(range(1, hops + 1))
    found = graph.query("neighbourhood", account="P05", hops=hops, max_degree=degree, min_amount=min_yuan).rows
    assert [(row["account"], row["hop"]) for row in found] == sorted(reached.items(), key=lambda x: (x[1], x[0]))
    members = {row["account_id"] for row in known.members()}
    for row in found:
        account = row["account"]
        assert row["payments"] == world.degree(account, "payer", "payee")
        assert row["stopped"] == world.end(account, degree, "payer", "payee")
        said = row["level"], row["layer"], row["ring_id"], row["score"]
        if account in members:
            assert said == (
                known.LEVELS.get(account),
                known.layer_of(account),
                known.ring_of(account),
                known.score(account),
            )
        else:
            assert said == (None, None, None, None)


WAYS = [
    Way(1, 48, 20),
    Way(3, 48, 20),
    Way(4, 96, 40, degree=30),
    Way(5, 60, 0, at_least=60_000, window=window(2, 12)),
]


def given(way: Way) -> dict[str, object]:
    bounds = {"hops": way.hops, "keep_percent": way.percent, "max_degree": way.degree, "min_amount": way.at_least / 100}
    if way.window == EVER:
        return bounds
    return bounds | {"since": clock.iso(way.window[0]), "until": clock.iso(way.window[1])}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("account", ["P05", "P31"])
@pytest.mark.parametrize("name", ["money_down", "money_up"])
def test_money_down_and_up(graph: Graph, world: World, name: str, account: str, way: Way) -> None:
    expected = getattr(oracle, name)(world, account, way)
    assert max(row["hop"] for row in expected) == way.hops
    assert graph.query(name, account=account, dwell_hours=way.hours, **given(way)).rows == expected


def test_chains_end_at_pooled_accounts_merchants_and_hubs(graph: Graph) -> None:
    found = [row for a in PEOPLE for row in graph.query("money_down", account=a, hops=2, max_degree=35).rows]
    assert {row["stopped"] for row in found} == {None, "pooled", "merchant", "hub"}
    through = {account for row in found for account in row["path"][1:-1]}
    assert not through & {"POOL", "SHOP", HUB}


@pytest.mark.parametrize(
    "way", [Way(4, 72, 50), Way(5, 160, 20, at_least=60_000, window=window(2, 12)), Way(3, 400, 30, degree=32)]
)
def test_cycles(graph: Graph, world: World, way: Way) -> None:
    expected = {a: oracle.cycles(world, a, way) for a in PEOPLE[::7]}
    assert sum(map(len, expected.values())) > 3
    for account, rows in expected.items():
        assert graph.query("cycles", account=account, hours=way.hours, **given(way)).rows == rows


@pytest.mark.parametrize(
    ("other", "min_yuan", "degree"), [("P06", 0, 1000), ("P24", 49_900, 1000), ("P24", 49_000, 28)]
)
def test_shortest_path(graph: Graph, world: World, other: str, min_yuan: int, degree: int) -> None:
    expected = oracle.shortest_path(world, "P05", other, min_yuan * 100, degree)
    assert expected
    found = graph.query("shortest_path", account="P05", other=other, min_amount=min_yuan, max_degree=degree)
    assert found.rows == expected
