"""Which files an import reads, and what each column of them becomes: the graph of docs/graph.md as CSV.

A file with rows can be read several times, each time under another header: once as nodes, then as the relationships
of these nodes, with the other columns left out (`:IGNORE`).
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from graphfraud.core.schemas import ACCOUNTS, IDENTIFIERS, TABLES, TRANSFERS
from graphfraud.stores.neo4j.families import KINDS, prop

#: What an account shows of its newest row (cypher/load/accounts_show).
SHOWN = (
    *("holder_id", "holder_type", "pooled", "merchant", "bank", "branch", "open_time", "tier", "channel"),
    *("agent_id", "status", "cancel_time", "exempt_class"),
)
#: table of facts that are nodes -> their label
LABELS = {
    "accounts": "AccountVersion",
    "cash": "Cash",
    "referrals": "Referral",
    "withdrawals": "Withdrawal",
    "sanctions": "Sanction",
    "dispositions": "Disposition",
}
ACCOUNT, CASE = "Account", "Case"
#: table -> columns that name an account which gets a node; sanctions only where the subject is one
NAMES_ACCOUNT = {
    "accounts": ("account_id",),
    "transfers": ("payer", "payee"),
    "cash": ("account",),
    "identifiers": ("account_id",),
    "referrals": ("account_id",),
    "sanctions": ("subject",),
    "dispositions": ("account_id",),
}
_TYPES = {pa.string(): "string", pa.int64(): "long", pa.bool_(): "boolean"}
_SEQ = pa.field("ingest_seq", pa.int64())


@dataclass(frozen=True)
class Nodes:
    """Nodes from a file. `key`: the column that relationships name them by, "" where none does."""

    labels: str  # joined by colons
    rows: str  # the file, without its ending
    key: str = ""

    @property
    def name(self) -> str:
        return self.labels.replace(":", "_")

    def header(self) -> str:
        """The header line."""
        return ",".join(
            f"{prop(f.name)}:ID({self.rows})" if f.name == self.key else f"{prop(f.name)}:{_TYPES[f.type]}"
            for f in FILES[self.rows]
        )


@dataclass(frozen=True)
class Links:
    """Relationships from a file. `start` and `end`: (column, file of the nodes it names)."""

    name: str
    rows: str
    start: tuple[str, str]
    end: tuple[str, str]
    properties: bool = False  # the other columns are properties

    def header(self) -> str:
        """The header line."""
        ends = {self.start[0]: f":START_ID({self.start[1]})", self.end[0]: f":END_ID({self.end[1]})"}
        return ",".join(ends.get(f.name) or self._other(f) for f in FILES[self.rows])

    def _other(self, field: pa.Field) -> str:
        return f"{prop(field.name)}:{_TYPES[field.type]}" if self.properties else ":IGNORE"


def _text(*names: str) -> pa.Schema:
    return pa.schema([(name, pa.string()) for name in names])


def _counts(*names: str) -> list[pa.Field]:
    return [pa.field(name, pa.int64()) for name in names]


def uses(kind: str) -> str:
    """The file of the uses of identifiers of a kind."""
    return KINDS[kind][1].lower()


def _files() -> dict[str, pa.Schema]:
    """Columns of every file with rows, by its name without the ending."""
    used = [f for f in IDENTIFIERS.schema if f.name != "kind"]
    return {
        ACCOUNT: pa.schema([pa.field("id", pa.string()), *(ACCOUNTS.schema.field(name) for name in SHOWN)]),
        **{label: _text("value", "kind") for label, _ in KINDS.values()},
        CASE: _text("no"),
        **{name: pa.schema([*TABLES[name].schema, _SEQ, pa.field("table", pa.string())]) for name in LABELS},
        TRANSFERS.name: pa.schema([*TRANSFERS.schema, _SEQ]),
        **{uses(kind): pa.schema([*used, _SEQ]) for kind in KINDS},
        "withdraws": _text("withdrawal", "referral"),
        "against": _text("sanction", "account"),
        "Store": pa.schema([pa.field("name", pa.string()), *_counts("seq", "shown")]),
        "Load": pa.schema([*_counts("seq"), *_text("table", "state"), *_counts("rows", "checksum")]),
        "Table": pa.schema([pa.field("name", pa.string()), *_counts("rows", "max_known_at")]),
        "SourceColumn": pa.schema([*_text("table", "name"), *_counts("since")]),
        "Migration": pa.schema([*_counts("version"), *_text("name", "checksum")]),
    }


FILES = _files()
NODES = (
    Nodes(ACCOUNT, ACCOUNT, "id"),
    *(Nodes(f"Identifier:{label}", label, "value") for label, _ in KINDS.values()),
    Nodes(CASE, CASE, "no"),
    *(Nodes(f"{label}:Fact", table, "row_id") for table, label in LABELS.items()),
    *(Nodes(name, name) for name in ("Store", "Load", "Table", "SourceColumn", "Migration")),
)
LINKS = (
    Links("TRANSFER", "transfers", ("payer", ACCOUNT), ("payee", ACCOUNT), properties=True),
    *(Links(type_, uses(k), ("account_id", ACCOUNT), ("value", label), True) for k, (label, type_) in KINDS.items()),
    Links("DESCRIBES", "accounts", ("row_id", "accounts"), ("account_id", ACCOUNT)),
    Links("MOVED_CASH", "cash", ("account", ACCOUNT), ("row_id", "cash")),
    Links("REFERS", "referrals", ("row_id", "referrals"), ("account_id", ACCOUNT)),
    Links("IN_CASE", "referrals", ("row_id", "referrals"), ("case_no", CASE)),
    Links("WITHDRAWS", "withdraws", ("withdrawal", "withdrawals"), ("referral", "referrals")),
    Links("AGAINST", "against", ("sanction", "sanctions"), ("account", ACCOUNT)),
    Links("CONCERNS", "dispositions", ("row_id", "dispositions"), ("account_id", ACCOUNT)),
)
