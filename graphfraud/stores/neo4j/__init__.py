"""GraphStore on a Neo4j server. The driver takes a second to import, so the store is imported when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphfraud.stores.neo4j.store import Neo4jStore

__all__ = ["Neo4jStore"]


def __getattr__(name: str) -> Any:
    if name != "Neo4jStore":
        raise AttributeError(f"module {__name__} has no attribute {name}")
    from graphfraud.stores.neo4j.store import Neo4jStore

    return Neo4jStore
