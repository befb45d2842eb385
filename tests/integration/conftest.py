"""The bank that the queries are asked of, in the graph and as rows."""

from __future__ import annotations

from collections.abc import Iterator

import graph_kit
import pytest
from graph_kit import Graph
from graph_oracle import World


@pytest.fixture(scope="module")
def graph(neo4j: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    with graph_kit.loaded(tmp_path_factory.mktemp("bank")) as made:
        yield made


@pytest.fixture(scope="module")
def world() -> World:
    bank, late = graph_kit.made()
    return World(bank, bank.transfers + late.transfers)
