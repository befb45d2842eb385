"""The ledger: the small, mutable records beside the facts. One SQLite file (WAL), safe for two processes."""

from graphfraud.ledger.ledger import Ledger
from graphfraud.ledger.records import InboxItem, Landing, NewBadRow, QuarantineEntry

__all__ = ["InboxItem", "Landing", "Ledger", "NewBadRow", "QuarantineEntry"]
