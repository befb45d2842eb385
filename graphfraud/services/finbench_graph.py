"""The FinBench reads answered by a graph in Neo4j: the tables as rows, parameters and columns of each read.

The graph holds integers, as the network in memory does; a read's statement returns them in the benchmark's order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from graphfraud.core.snapshot import I64
from graphfraud.errors import InputError
from graphfraud.trace.finbench import Answer, Column, Links, Network, Unit
from graphfraud.trace.finbench.reads import READS, Params

COUNT, ID, MONEY, RATIO = Unit.COUNT, Unit.ID, Unit.MONEY, Unit.RATIO
_EDGE2 = {"numEdge2": COUNT, "sumEdge2Amount": MONEY, "maxEdge2Amount": MONEY}
_EDGE3 = {"numEdge3": COUNT, "sumEdge3Amount": MONEY, "maxEdge3Amount": MONEY}
_OUT = {"sumEdge1Amount": MONEY, "maxEdge1Amount": MONEY, "numEdge1": COUNT}
_IN = {"sumEdge2Amount": MONEY, "maxEdge2Amount": MONEY, "numEdge2": COUNT}
#: Columns that the statement of a read returns, in its order.
COLUMNS: dict[str, dict[str, Unit]] = {
    "tcr1": {"otherId": ID, "accountDistance": COUNT, "mediumId": ID, "mediumType": Unit.TEXT},
    "tcr2": {"otherId": ID, "sumLoanAmount": MONEY, "sumLoanBalance": MONEY},
    "tcr4": {"otherId": ID} | _EDGE2 | _EDGE3,
    "tcr5": {"path": Unit.PATH},
    "tcr6": {"midId": ID, "sumEdge1Amount": MONEY, "sumEdge2Amount": MONEY},
    "tcr7": {"numSrc": COUNT, "numDst": COUNT, "inOutRatio": RATIO},
    "tcr8": {"dstId": ID, "ratio": RATIO, "minDistanceFromLoan": COUNT},
    "tcr9": {"ratioRepay": RATIO, "ratioDeposit": RATIO, "ratioTransfer": RATIO},
    "tsr2": _OUT | _IN,
    "tsr3": {"blockRatio": RATIO},
    "tsr4": {"dstId": ID, "numEdges": COUNT, "sumAmount": MONEY},
    "tsr5": {"srcId": ID, "numEdges": COUNT, "sumAmount": MONEY},
    "tsr6": {"dstId": ID},
}
_THRESHOLD = ("tcr7", "tcr9", "tsr3", "tsr4", "tsr5")


class Graph(Protocol):
    """What answers statements: `stores.neo4j.finbench.FinbenchGraph`."""

    degree: int

    def ask(self, name: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]: ...


def ask(graph: Graph, read: str, given: Mapping[str, Any]) -> Answer:
    """Answer a read by name. An unknown id has no rows. Raises InputError for a name or parameter that is not right.

    The statements do not truncate, so a truncation that would leave links out is refused.
    """
    if read not in COLUMNS:
        raise InputError(f"there is no read {read!r}; there are: {', '.join(READS)}")
    params = Params(given)
    limit = params.truncation.limit
    if limit is not None and limit < graph.degree:
        raise InputError(
            f"truncationLimit {limit} would leave links out (an account has {graph.degree}); the reads on Neo4j follow"
            " every link: ask without --store neo4j, or with a greater limit"
        )
    rows = graph.ask(read, _parameters(read, params))
    columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(COLUMNS[read])
    units = COLUMNS[read].items()
    return Answer({name: Column(unit, column) for (name, unit), column in zip(units, columns, strict=True)})


def _parameters(read: str, params: Params) -> dict[str, Any]:
    window = params.window
    found: dict[str, Any] = {"after": window.after, "before": window.before}
    if read == "tcr4":
        return found | {"id1": params.whole("id1"), "id2": params.whole("id2")}
    found["id"] = params.id
    if read in _THRESHOLD:
        found["threshold"] = params.amount("threshold")
    elif read == "tcr6":
        found |= {name: params.amount(name) for name in ("threshold1", "threshold2")}
    elif read == "tcr8":
        factor = params.exact("threshold")
        found |= {"over": factor.numerator, "under": factor.denominator}
    return found


def digest(network: Network) -> str:
    """SHA-256 of everything the reads look at; the same for the same tables, whatever their order or format."""
    found = hashlib.sha256()
    for array in _arrays(network):
        found.update(np.ascontiguousarray(array).tobytes())
        found.update(b"|")
    return found.hexdigest()


def _arrays(network: Network) -> Iterator[Any]:
    yield from (network.accounts.take(np.arange(len(network.accounts))), network.blocked)
    for rows in (network.transfers, network.withdrawals):
        yield from (rows.source, rows.target, rows.time, rows.amount)
    for holders in (network.persons, network.companies):
        yield from (holders.id.take(np.arange(len(holders.id))), holders.ptr, holders.account)
    media, loans = network.media, network.loans
    yield from (media.id.take(np.arange(len(media.id))), media.kind_of, media.blocked)
    yield from (loans.id.take(np.arange(len(loans.id))), loans.amount, loans.balance)
    yield np.frombuffer("|".join(media.kind).encode(), np.uint8)
    for links in (media.uses, loans.deposits, loans.repaid):
        yield from (links.start, links.stop, links.other, links.time, links.amount)


@dataclass(frozen=True)
class Table:
    """Columns as rows for a statement: a slice is a list of lists."""

    columns: tuple[Any, ...]

    def __len__(self) -> int:
        return len(self.columns[0])

    def __getitem__(self, rows: slice) -> list[list[Any]]:
        parts = (c[rows].tolist() if isinstance(c, np.ndarray) else c[rows] for c in self.columns)
        return [list(row) for row in zip(*parts, strict=True)]


def tables(network: Network) -> Iterator[tuple[str, Table]]:
    """Every table under the name of its statement `load/finbench_<name>_create`, nodes first."""
    media, loans = network.media, network.loans
    account, medium, loan = (_ids(ids) for ids in (network.accounts, media.id, loans.id))
    yield "accounts", Table((account, network.blocked))
    yield "media", Table((medium, [media.kind[k] for k in media.kind_of.tolist()], media.blocked))
    yield "loans", Table((loan, loans.amount, loans.balance))
    for name, holders in (("person", network.persons), ("company", network.companies)):
        ids = _ids(holders.id)
        yield {"person": "persons", "company": "companies"}[name], Table((ids,))
        yield f"{name}_owns", Table((np.repeat(ids, np.diff(holders.ptr)), account[holders.account]))
    for name, rows in (("transfers", network.transfers), ("withdrawals", network.withdrawals)):
        yield name, Table((account[rows.source], account[rows.target], rows.time, rows.amount))
    yield "deposits", _linked(loan, account, loans.deposits)
    yield "repayments", _linked(account, loan, loans.repaid)
    uses = _linked(account, medium, media.uses).columns
    yield "sign_ins", Table((uses[1], uses[0], uses[2]))


def _ids(ids: Any) -> I64:
    return np.array(ids.take(np.arange(len(ids))), np.int64)


def _linked(owner: I64, other: I64, links: Links) -> Table:
    """Links by owner as rows."""
    return Table((np.repeat(owner, links.degree()), other[links.other], links.time, links.amount))


def degree(network: Network) -> int:
    """Most links of an account that a truncation could cut."""
    every = (network.out, network.into, network.withdrawn_into, network.spent)
    return max(int(links.degree().max(initial=0)) for links in every)
