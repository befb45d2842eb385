"""GraphStore on a Neo4j server. The driver takes a second to import, so the store is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphfraud.stores.neo4j.finbench import FinbenchGraph
    from graphfraud.stores.neo4j.reading import Neo4jReading
    from graphfraud.stores.neo4j.store import Neo4jStore

__all__ = ["FinbenchGraph", "Neo4jReading", "Neo4jStore"]
_PLACES = {"FinbenchGraph": "finbench", "Neo4jReading": "reading", "Neo4jStore": "store"}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
