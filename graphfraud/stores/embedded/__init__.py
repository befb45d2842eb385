"""GraphStore on one DuckDB file."""

from graphfraud.stores.embedded.copy import LocalCopy
from graphfraud.stores.embedded.store import EmbeddedStore

__all__ = ["EmbeddedStore", "LocalCopy"]
