"""How the fact tables lie in the graph: relationships of transfers, relationships of identifiers, nodes of the others.

Column `row_id` is the property `id`, `time` is `at`; the others keep their names. Lists that go to and come from the
server have the columns in the orders stated here, which are those of the files in cypher/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from graphfraud.core.schemas import CASH, IDENTIFIERS, PROVENANCE, TABLES, TRANSFERS, TableSpec
from graphfraud.stores.base import MODULUS

_RENAMED = {"row_id": "id", "time": "at"}
_PROVENANCE = tuple(f.name for f in PROVENANCE)
#: kind of identifier -> (label, relationship type)
KINDS = {
    "device": ("Device", "USES_DEVICE"),
    "phone": ("Phone", "HAS_PHONE"),
    "ip": ("Ip", "USES_IP"),
    "mac": ("Mac", "USES_MAC"),
    "address": ("Address", "HAS_ADDRESS"),
    "agent": ("Agent", "OPENED_BY"),
}
TRANSFER_ROW = ("payer", "payee", "time", *TRANSFERS.names[3:], *_PROVENANCE)
IDENTIFIER_ROW = (*IDENTIFIERS.names, *_PROVENANCE)
#: Columns of a node table that name an account the row points to.
_POINTS_TO = {"accounts": "account_id", "cash": "account", "referrals": "account_id", "dispositions": "account_id"}


@dataclass(frozen=True)
class Family:
    """The statements that a table uses: `<family>_lookup` …, with these parameters beside their own."""

    name: str  # transfers | identifiers | facts
    spec: TableSpec
    #: columns of a row that comes from the server, ingest_seq at the end
    columns: tuple[str, ...]

    @property
    def own(self) -> dict[str, Any]:
        """Parameters of every statement of the family."""
        return {"table": self.spec.name} if self.name == "facts" else {}

    @property
    def clocked(self) -> dict[str, Any]:
        """… and of those that read the event time."""
        return self.own | ({"clock": prop(self.spec.event_time)} if self.name == "facts" else {})

    def accounts(self, row: dict[str, Any]) -> list[str]:
        """Accounts that a row of the table points to."""
        if self.spec is TRANSFERS:
            return [row["payer"], row["payee"]]
        if self.spec.name == "sanctions":
            return [row["subject"]] if row["subject_kind"] == "account" else []
        column = _POINTS_TO.get(self.spec.name, "account_id" if self.spec is IDENTIFIERS else "")
        return [row[column]] if column else []


def prop(column: str) -> str:
    """The property that holds a column."""
    return _RENAMED.get(column, column)


def family(spec: TableSpec) -> Family:
    """The family of a table."""
    if spec is TRANSFERS:
        return Family("transfers", spec, (*TRANSFER_ROW, "ingest_seq"))
    if spec is IDENTIFIERS:
        return Family("identifiers", spec, (*IDENTIFIER_ROW, "ingest_seq"))
    return Family("facts", spec, (*spec.names, *_PROVENANCE, "ingest_seq"))


FAMILIES = {name: family(spec) for name, spec in TABLES.items()}


def checksums(spec: TableSpec, rows: pa.Table) -> NDArray[np.int64]:
    """The checksum of each row: (event time + 31 known_at + 1009 amount or count) modulo 2^31, as the server has it."""
    measure = "count" if spec is IDENTIFIERS else "amount" if spec in (TRANSFERS, CASH) else None
    total = _modulo(rows[spec.event_time]) + 31 * _modulo(rows["known_at"])
    if measure is not None:
        total = total + 1009 * _modulo(rows[measure])
    return total % MODULUS


def _modulo(column: pa.ChunkedArray) -> NDArray[np.int64]:
    values: NDArray[np.int64] = column.fill_null(0).to_numpy()
    return values % MODULUS
