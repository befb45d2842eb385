"""The FinBench reads on a Neo4j server: the benchmark's cases, small worlds beside those in memory, plans, refusals."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import neo4j_kit
import pytest
from finbench_kit import World

from graphfraud.cli.entry import run
from graphfraud.errors import InputError, StoreError
from graphfraud.services import finbench_graph
from graphfraud.stores.neo4j import FinbenchGraph, Neo4jStore, library
from graphfraud.trace import finbench as in_memory
from graphfraud.trace.finbench import READS, Network, load, read_cases

EXCERPT = Path(__file__).parent.parent / "data" / "finbench"
STATEMENTS = [n for under in ("load", "read") for n in library.names(under) if "/finbench_" in n]


def fill(graph: FinbenchGraph, network: Network) -> bool:
    told = (finbench_graph.digest(network), finbench_graph.degree(network), finbench_graph.tables(network))
    return graph.fill(*told, lambda *_: None)


@pytest.fixture(scope="module")
def graph(neo4j: None) -> Iterator[FinbenchGraph]:
    """The excerpt, loaded by the command."""
    with neo4j_kit.emptied(), FinbenchGraph(neo4j_kit.settings(batch_rows=1000)) as made:
        assert fill(made, load(EXCERPT))
        yield made


@pytest.mark.parametrize("read", sorted(READS))
def test_every_expected_answer_is_right(graph: FinbenchGraph, read: str) -> None:
    cases = read_cases(EXCERPT / "sf1_cases.json")[read]
    assert [c.difference(finbench_graph.ask(graph, read, c.params)) for c in cases] == [None] * 12


@pytest.mark.parametrize("name", STATEMENTS)
def test_plans_are_on_indexes_and_stream(graph: FinbenchGraph, name: str) -> None:
    statement = library.load(name)
    if name == "load/finbench_prepare":
        assert len(statement.statements) == 6
        return
    costly = neo4j_kit.costly(statement, {})
    assert costly <= set(statement.allows), f"{name}: {sorted(costly)}; allowed: {sorted(statement.allows)}"
    assert set(statement.allows) <= costly, f"{name} excuses what its plan does not have"


def test_the_command_answers_by_the_server(graph: FinbenchGraph, tmp_path: Path, capsys: Any) -> None:
    """The tables are there already: they are not loaded again. One answer is said to be wrong."""
    raw = json.loads((EXCERPT / "sf1_cases.json").read_text())
    wrong = {**raw["tsr2"][0], "n": 2}
    nobody = {"params": {**raw["tsr4"][0]["params"], "id": 5}, "n": 0, "result": []}
    (tmp_path / "cases.json").write_text(json.dumps({"tcr8": raw["tcr8"][:1], "tsr2": [wrong], "tsr4": [nobody]}))
    before = neo4j_kit.query("MATCH (n:Account) RETURN max(elementId(n)), count(n)")
    order = ["finbench", str(EXCERPT), "--store", "neo4j", "--cases", str(tmp_path / "cases.json"), "--json"]
    assert run(order) == 6
    printed = json.loads(capsys.readouterr().out)
    assert (printed["right"], printed["total"]) == (2, 3)
    assert printed["wrong"] == [{"read": "tsr2", "case": 0, "difference": "1 rows, expected 2"}]
    assert 0 < printed["reads"]["tcr8"]["p50_ms"] <= printed["reads"]["tcr8"]["p99_ms"]
    assert neo4j_kit.query("MATCH (n:Account) RETURN max(elementId(n)), count(n)") == before
    assert run([*order[:3], "duckdb"]) == 2


def test_a_truncation_that_would_bite_is_refused(graph: FinbenchGraph) -> None:
    params: dict[str, Any] = {"id": 1, "startTime": 0, "endTime": 1}
    assert len(finbench_graph.ask(graph, "tcr1", params | {"truncationLimit": graph.degree})) == 0
    with pytest.raises(InputError, match=f"an account has {graph.degree}"):
        finbench_graph.ask(graph, "tcr1", params | {"truncationLimit": graph.degree - 1})
    with pytest.raises(InputError, match="no read 'tcr3'"):
        finbench_graph.ask(graph, "tcr3", params)


def test_a_bank_does_not_open_the_benchmark_nor_the_other_way(graph: FinbenchGraph) -> None:
    with pytest.raises(StoreError, match="holds something else"):
        Neo4jStore(neo4j_kit.settings(), 1)


def world(rng: random.Random) -> World:
    """Few accounts with many links of few times and amounts, multi-edges, payments to oneself, loans of nothing."""
    accounts = {n: rng.random() < 0.4 for n in range(1, 7)}

    def links(count: int, sources: list[int], targets: list[int]) -> list[tuple[int, int, int, int]]:
        return [(rng.choice(sources), rng.choice(targets), rng.randrange(8), rng.randrange(1, 6)) for _ in range(count)]

    names, loans = list(accounts), {90: (7, 3), 91: (0, 0)}
    return World(
        accounts,
        links(22, names, names),
        links(12, names, names),
        {50: [1, 2], 51: []},
        {70: ("IP", True), 71: ("POS", False)},
        [(rng.choice([70, 71]), rng.choice(names), rng.randrange(8)) for _ in range(8)],
        loans,
        links(5, list(loans), names),
        links(4, names, list(loans)),
    )


@pytest.mark.parametrize("seed", range(2))
def test_small_worlds_are_answered_as_in_memory(graph: FinbenchGraph, seed: int) -> None:
    """Another world takes the place of the one before; equal times, strict bounds, both of all windows' ends."""
    rng = random.Random(seed)
    network = world(rng).network()
    with FinbenchGraph(neo4j_kit.settings()) as other:
        assert fill(other, network)
        assert not fill(other, network)
        for read in READS:
            for _ in range(4):
                start = rng.randrange(-1, 4)
                given: dict[str, Any] = {"startTime": start, "endTime": start + rng.randrange(2, 9)}
                who = {"tcr2": 50, "tcr5": 50, "tcr8": rng.choice([90, 91])}.get(read, rng.randrange(1, 7))
                given |= {"id": who, "id1": rng.randrange(1, 7), "id2": rng.randrange(1, 7)}
                given |= {name: rng.choice([0, 1]) for name in ("threshold", "threshold1", "threshold2")}
                given["threshold"] = 1 if read == "tcr8" else 0
                expected = in_memory.ask(network, read, given)
                assert finbench_graph.ask(other, read, given).rows() == expected.rows(), (read, given)


def test_a_database_with_something_else_is_refused(neo4j: None) -> None:
    with neo4j_kit.emptied():
        neo4j_kit.query("CREATE (:Something)")
        with pytest.raises(StoreError, match="holds something else than the benchmark"):
            FinbenchGraph(neo4j_kit.settings())
