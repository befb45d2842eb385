"""The offline way into Neo4j: every fact of a store as files for `neo4j-admin database import full`."""

from graphfraud.services.bulk.export import KIND, BulkAnswer, Order, export_bulk

__all__ = ["KIND", "BulkAnswer", "Order", "export_bulk"]
