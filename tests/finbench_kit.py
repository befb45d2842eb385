"""Small worlds for the FinBench reads, and the same reads in plain Python.

`World` holds the benchmark's tables as rows; `network()` builds what the product walks, `write()` makes a folder of
files. `Plain` answers every read by enumerating walks payment by payment, as the definitions say, with no index, no
early stop and fractions for ratios: slow, and of nothing but loops.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from graphfraud.trace.finbench import Network, build

Link = tuple[int, int, int, int]  # from, to, time in ms, amount in minor units
Row = dict[str, Any]
MONEY = ("AccountTransferAccount", "AccountWithdrawAccount", "LoanDepositAccount", "AccountRepayLoan")
ENDS = {
    "AccountTransferAccount": ("fromId", "toId"),
    "AccountWithdrawAccount": ("fromId", "toId"),
    "LoanDepositAccount": ("loanId", "accountId"),
    "AccountRepayLoan": ("accountId", "loanId"),
    "MediumSignInAccount": ("mediumId", "accountId"),
}


@dataclass
class World:
    """The benchmark's tables: ids, flags and links; amounts in minor units, times in ms."""

    accounts: dict[int, bool]  # id → blocked
    transfers: list[Link] = field(default_factory=list)
    withdrawals: list[Link] = field(default_factory=list)
    persons: dict[int, list[int]] = field(default_factory=dict)  # id → accounts
    media: dict[int, tuple[str, bool]] = field(default_factory=dict)  # id → kind, blocked
    uses: list[tuple[int, int, int]] = field(default_factory=list)  # medium, account, time
    loans: dict[int, tuple[int, int]] = field(default_factory=dict)  # id → amount, balance
    deposits: list[Link] = field(default_factory=list)
    repayments: list[Link] = field(default_factory=list)

    def tables(self) -> dict[str, dict[str, list[Any]]]:
        """Columns by table, as the files name them; times in µs, amounts in units."""
        links = dict(zip(MONEY, (self.transfers, self.withdrawals, self.deposits, self.repayments), strict=True))
        made: dict[str, dict[str, list[Any]]] = {
            "Account": {"accountId": list(self.accounts), "isBlocked": list(self.accounts.values())},
            "Person": {"personId": list(self.persons)},
            "PersonOwnAccount": {
                "personId": [p for p, owned in self.persons.items() for _ in owned],
                "accountId": [a for owned in self.persons.values() for a in owned],
            },
            "Company": {"companyId": []},
            "CompanyOwnAccount": {"companyId": [], "accountId": []},
            "Medium": {
                "mediumId": list(self.media),
                "mediumType": [kind for kind, _ in self.media.values()],
                "isBlocked": [blocked for _, blocked in self.media.values()],
            },
            "Loan": {
                "loanId": list(self.loans),
                "loanAmount": [a / 100 for a, _ in self.loans.values()],
                "balance": [b / 100 for _, b in self.loans.values()],
            },
            "MediumSignInAccount": _columns("MediumSignInAccount", [(*use, 0) for use in self.uses]),
        }
        return made | {name: _columns(name, rows) for name, rows in links.items()}

    def network(self) -> Network:
        """What the product walks."""
        return build(lambda name: {c: _array(c, v) for c, v in self.tables()[name].items()})

    def write(self, folder: Path, kind: str = "csv") -> Path:
        """A folder of CSV as the generator writes it, or of Parquet."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, columns in self.tables().items():
            table = pa.table({c: _typed(c, v) for c, v in columns.items()})
            if kind == "csv":
                pcsv.write_csv(table, folder / f"{name}.csv", pcsv.WriteOptions(delimiter="|", quoting_style="needed"))
            else:
                pq.write_table(table, folder / f"{name}.parquet")
        return folder


def _columns(name: str, rows: list[Any]) -> dict[str, list[Any]]:
    first, second = ENDS[name]
    made = {first: [r[0] for r in rows], second: [r[1] for r in rows], "createTime": [r[2] * 1000 for r in rows]}
    return made | ({"amount": [r[3] / 100 for r in rows]} if name in MONEY else {})


def _array(column: str, values: list[Any]) -> np.ndarray:
    kinds: dict[str, Any] = {"isBlocked": bool, "mediumType": object}
    money = column in ("amount", "loanAmount", "balance")
    return np.array(values, kinds.get(column, np.float64 if money else np.int64))


def _typed(column: str, values: list[Any]) -> pa.Array:
    kind = {"isBlocked": pa.bool_(), "mediumType": pa.string(), "createTime": pa.timestamp("us")}.get(column)
    money = column in ("amount", "loanAmount", "balance")
    return pa.array(values, kind or (pa.float64() if money else pa.int64()))


def yuan(minor: int | Fraction) -> Decimal:
    """Minor units as units, rounded half up at three places."""
    return places(Fraction(minor) / 100)


def places(value: Fraction) -> Decimal:
    """Rounded half up at three places."""
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.001"), ROUND_HALF_UP)


def share(part: int, whole: int) -> Decimal:
    """A ratio, −1 where it is not defined."""
    return places(Fraction(part, whole)) if whole else Decimal(-1)


class Plain:
    """The reads as they are defined, over lists."""

    def __init__(self, world: World) -> None:
        self.world = world

    def ask(self, read: str, params: Row) -> list[Row]:
        """All rows of a read."""
        rows: list[Row] = getattr(self, read)(params)
        return rows

    def _cut(self, p: Row, links: list[Link], end: int, vertex: int) -> list[Link]:
        """Links with `vertex` at `end` that the truncation lets through."""
        mine = sorted((link for link in links if link[end] == vertex), key=lambda k: (k[2], k[1 - end], k[3]))
        order, limit = p.get("truncationOrder", "TIMESTAMP_DESCENDING"), p.get("truncationLimit", 10**9)
        if order == "TIMESTAMP_DESCENDING":
            mine.reverse()
        elif order.startswith("AMOUNT"):
            mine.sort(key=lambda k: k[3] if order == "AMOUNT_ASCENDING" else -k[3])
        return mine[:limit]

    def _seen(self, p: Row, links: list[Link], end: int, vertex: int, above: Fraction | None = None) -> list[Link]:
        """Links of `vertex` in the window and above a number of units, after the truncation."""
        found = [k for k in self._cut(p, links, end, vertex) if p["startTime"] < k[2] < p["endTime"]]
        return [k for k in found if above is None or Fraction(k[3], 100) > above]

    def _walks(self, p: Row, start: int, up: bool) -> Iterator[tuple[Link, ...]]:
        """Walks of 1 to 3 transfers whose times ascend along the money, from `start` or, going up, to it."""
        walks: list[tuple[Link, ...]] = [()]
        for _ in range(3):
            longer = []
            for walk in walks:
                here = start if not walk else walk[-1][0 if up else 1]
                longer += [
                    (*walk, link)
                    for link in self._seen(p, self.world.transfers, 1 if up else 0, here)
                    if not walk or (link[2] < walk[-1][2] if up else link[2] > walk[-1][2])
                ]
            yield from longer
            walks = longer

    def tcr1(self, p: Row) -> list[Row]:
        found = set()
        for walk in self._walks(p, p["id"], up=False):
            for medium, account, time in self.world.uses:
                kind, blocked = self.world.media[medium]
                if account == walk[-1][1] and blocked and p["startTime"] < time < p["endTime"]:
                    found.add((len(walk), account, medium, kind))
        names = ("accountDistance", "otherId", "mediumId", "mediumType")
        return [dict(zip(names, row, strict=True)) for row in sorted(found)]

    def tcr2(self, p: Row) -> list[Row]:
        others = {w[-1][0] for a in self.world.persons[p["id"]] for w in self._walks(p, a, up=True)}
        rows = []
        for other in others:
            loans = {d[0] for d in self.world.deposits if d[1] == other and p["startTime"] < d[2] < p["endTime"]}
            if loans:
                amount, balance = (sum(self.world.loans[n][i] for n in loans) for i in (0, 1))
                rows.append((-amount, other, balance))
        return [{"otherId": o, "sumLoanAmount": yuan(-a), "sumLoanBalance": yuan(b)} for a, o, b in sorted(rows)]

    def tcr4(self, p: Row) -> list[Row]:
        first, second, transfers = p["id1"], p["id2"], self.world.transfers
        if not any(k[0] == first and k[1] == second and p["startTime"] < k[2] < p["endTime"] for k in transfers):
            return []
        edge2, edge3 = defaultdict(list), defaultdict(list)
        for link in self._seen(p, transfers, 1, first):
            edge2[link[0]].append(link[3])
        for link in self._seen(p, transfers, 0, second):
            edge3[link[1]].append(link[3])
        rows = []
        for other in sorted(edge2.keys() & edge3.keys(), key=lambda o: (-sum(edge2[o]), -sum(edge3[o]), o)):
            row: Row = {"otherId": other}
            for name, amounts in (("Edge2", edge2[other]), ("Edge3", edge3[other])):
                row |= {f"num{name}": len(amounts), f"sum{name}Amount": yuan(sum(amounts))}
                row |= {f"max{name}Amount": yuan(max(amounts))}
            rows.append(row)
        return rows

    def tcr5(self, p: Row) -> list[Row]:
        found = set()
        for account in self.world.persons[p["id"]]:
            for walk in self._walks(p, account, up=False):
                path = (account, *(link[1] for link in walk))
                if len(set(path)) == len(path):
                    found.add(path)
        return [{"path": list(path)} for path in sorted(found, key=lambda path: (-len(path), path))]

    def tcr6(self, p: Row) -> list[Row]:
        into: defaultdict[int, int] = defaultdict(int)
        for link in self._seen(p, self.world.withdrawals, 1, p["id"], Fraction(p["threshold2"])):
            into[link[0]] += link[3]
        rows = []
        for mid, total in into.items():
            received = self._seen(p, self.world.transfers, 1, mid, Fraction(p["threshold1"]))
            if len(received) > 3:
                rows.append((-total, mid, sum(link[3] for link in received)))
        names = ("midId", "sumEdge1Amount", "sumEdge2Amount")
        return [dict(zip(names, (m, yuan(s), yuan(-t)), strict=True)) for t, m, s in sorted(rows)]

    def tcr7(self, p: Row) -> list[Row]:
        above = Fraction(p["threshold"])
        into = self._seen(p, self.world.transfers, 1, p["id"], above)
        out = self._seen(p, self.world.transfers, 0, p["id"], above)
        ratio = share(sum(k[3] for k in into), sum(k[3] for k in out))
        return [{"numSrc": len({k[0] for k in into}), "numDst": len({k[1] for k in out}), "inOutRatio": ratio}]

    def tcr8(self, p: Row) -> list[Row]:
        """Every walk on its own: links are told apart by their place in a list of both kinds."""
        links = [(*k, i) for i, k in enumerate([*self.world.transfers, *self.world.withdrawals])]
        starts = {d[1] for d in self.world.deposits if d[0] == p["id"] and p["startTime"] < d[2] < p["endTime"]}
        inflow: defaultdict[int, dict[int, int]] = defaultdict(dict)
        distance: dict[int, int] = {}
        walks: list[tuple[int, Any]] = [(account, None) for account in starts]
        for far in (2, 3, 4):
            longer = []
            for account, before in walks:
                for link in self._seen(p, links, 0, account):  # type: ignore[arg-type]
                    if before is None or link[3] > Fraction(p["threshold"]) * before:
                        inflow[link[1]][link[4]] = link[3]  # type: ignore[misc]
                        distance.setdefault(link[1], far)
                        longer.append((link[1], link[3]))
            walks = longer
        whole = self.world.loans[p["id"]][0]
        rows = [(-distance[a], -share(sum(inflow[a].values()), whole), a) for a in inflow]
        return [{"dstId": a, "ratio": -r, "minDistanceFromLoan": -d} for d, r, a in sorted(rows)]

    def tcr9(self, p: Row) -> list[Row]:
        free = {key: p[key] for key in ("startTime", "endTime")}
        above, me, w = Fraction(p["threshold"]), p["id"], self.world
        deposit = sum(k[3] for k in self._seen(free, w.deposits, 1, me, above))
        repay = sum(k[3] for k in self._seen(free, w.repayments, 0, me, above))
        into = sum(k[3] for k in self._seen(p, w.transfers, 1, me, above))
        out = sum(k[3] for k in self._seen(p, w.transfers, 0, me, above))
        names = ("ratioRepay", "ratioDeposit", "ratioTransfer")
        return [dict(zip(names, (share(deposit, repay), share(deposit, out), share(into, out)), strict=True))]

    def tsr2(self, p: Row) -> list[Row]:
        row: Row = {}
        for name, end in (("Edge1", 0), ("Edge2", 1)):
            amounts = [k[3] for k in self._seen(p, self.world.transfers, end, p["id"])]
            row |= {f"sum{name}Amount": yuan(sum(amounts)), f"num{name}": len(amounts)}
            row |= {f"max{name}Amount": yuan(max(amounts)) if amounts else Decimal(-1)}
        return [row]

    def tsr3(self, p: Row) -> list[Row]:
        all_in = [k for k in self.world.transfers if k[1] == p["id"]]
        found = self._seen(p, self.world.transfers, 1, p["id"], Fraction(p["threshold"]))
        return [{"blockRatio": share(sum(self.world.accounts[k[0]] for k in found), len(all_in))}]

    def tsr4(self, p: Row) -> list[Row]:
        return self._per(p, 0, "dstId")

    def tsr5(self, p: Row) -> list[Row]:
        return self._per(p, 1, "srcId")

    def _per(self, p: Row, end: int, name: str) -> list[Row]:
        per = defaultdict(list)
        for link in self._seen(p, self.world.transfers, end, p["id"], Fraction(p["threshold"])):
            per[link[1 - end]].append(link[3])
        order = sorted(per, key=lambda o: (-sum(per[o]), o))
        return [{name: o, "numEdges": len(per[o]), "sumAmount": yuan(sum(per[o]))} for o in order]

    def tsr6(self, p: Row) -> list[Row]:
        found = set()
        for paid in self._seen(p, self.world.transfers, 1, p["id"]):
            for sent in self._seen(p, self.world.transfers, 0, paid[0]):
                if self.world.accounts[sent[1]] and sent[1] != p["id"]:
                    found.add(sent[1])
        return [{"dstId": account} for account in sorted(found)]
