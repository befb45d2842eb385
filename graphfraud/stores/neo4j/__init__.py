"""GraphStore on a Neo4j server."""

from graphfraud.stores.neo4j.store import Neo4jStore

__all__ = ["Neo4jStore"]
