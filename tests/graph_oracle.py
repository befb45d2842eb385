"""What the queries about money should find, worked out in plain Python. Nothing here reads a graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from graph_kit import DAYS, POOL, SHOP, START, Bank, Row

from graphfraud.core.clock import DAY, HOUR

EVER = (0, 1 << 60)
Span = tuple[int, int]


@dataclass(frozen=True)
class World:
    """What is visible, and every transfer that is stored (late ones too: they count as degree)."""

    bank: Bank
    stored: list[Row]

    def payments(self, window: tuple[int, int] = EVER, at_least: int = 0) -> list[Row]:
        """Payments that took place: no failed ones, no reversals; by time and number."""
        rows = (t for t in self.bank.transfers if window[0] <= t["time"] < window[1] and t["amount"] >= at_least)
        kept = (t for t in rows if t["success"] and not t.get("reversal_of") and t.get("type") != "reversal")
        return sorted(kept, key=lambda t: (t["time"], t["txn_id"]))

    def degree(self, account: str, *sides: str) -> int:
        return sum(any(t[side] == account for side in sides) for t in self.stored)

    def end(self, account: str, limit: int, *sides: str) -> str | None:
        """Why a chain is not followed beyond an account."""
        if account in (POOL, SHOP):
            return "pooled" if account == POOL else "merchant"
        return "hub" if self.degree(account, *sides) > limit else None


def sink(account: str) -> bool:
    return account in (POOL, SHOP)


def window(first_day: float = 0, last_day: float = DAYS) -> tuple[int, int]:
    return START + int(first_day * DAY), START + int(last_day * DAY)


def statement(world: World, account: str, window: tuple[int, int]) -> list[Row]:
    rows = []
    for t in world.bank.transfers:
        for direction, own, other in (("out", "payer", "payee"), ("in", "payee", "payer")):
            if t[own] == account and window[0] <= t["time"] < window[1]:
                balance = t.get(f"{own}_balance_after")
                rows.append(_line(t, direction, t[other], balance) | {"channel": t["channel"], "success": t["success"]})
    rows += [
        _line(c, "cash in" if c["amount"] < 0 else "cash out", c["place"], None)
        for c in world.bank.cash
        if c["account"] == account and window[0] <= c["time"] < window[1]
    ]
    return sorted(rows, key=lambda r: (r["at"], r["fact"], r["direction"]))


def _line(row: Row, direction: str, other: str | None, balance: int | None) -> Row:
    line = {"at": row["time"], "direction": direction, "counterparty": other, "amount": abs(row["amount"])}
    line |= {"balance_after": balance, "channel": None, "success": True}
    return line | {"reversal_of": row.get("reversal_of"), "fact": row["txn_id"]}


def payments_between(world: World, one: str, other: str, window: tuple[int, int], at_least: int) -> list[Row]:
    found = (t for t in world.payments(window, at_least) if {t["payer"], t["payee"]} == {one, other})
    return [
        {"at": t["time"], "payer": t["payer"], "payee": t["payee"], "amount": t["amount"], "channel": "mobile"}
        | {"fact": t["txn_id"]}
        for t in found
    ]


def counterparties(world: World, account: str, window: tuple[int, int], at_least: int) -> list[Row]:
    rows: dict[str, Row] = {}
    for t in world.payments(window, at_least):
        if account not in (t["payer"], t["payee"]):
            continue
        other = t["payee"] if t["payer"] == account else t["payer"]
        row = rows.setdefault(
            other,
            {"account": other, "paid": 0, "payments": 0, "received": 0, "receipts": 0, "first": t["time"]}
            | {"last": 0, "pooled": sink(other)},
        )
        for own, total, count in (("payer", "paid", "payments"), ("payee", "received", "receipts")):
            if t[own] == account:
                row[total] += t["amount"]
                row[count] += 1
        row["last"] = t["time"]
    return sorted(rows.values(), key=lambda r: (-r["paid"] - r["received"], r["account"]))


def common_counterparties(
    world: World, accounts: list[str], least: int, floor: tuple[Span, int], degree: int
) -> list[Row]:
    met: dict[str, dict[str, list[int]]] = defaultdict(dict)
    looked = [a for a in accounts if world.degree(a, "payer", "payee") <= degree]
    for t in world.payments(*floor):
        for own, other, place in (("payer", "payee", 0), ("payee", "payer", 1)):
            if t[own] in looked and t[other] not in accounts:
                met[t[other]].setdefault(t[own], [0, 0])[place] += t["amount"]
    rows = [
        {"account": other, "shared": len(by), "accounts": sorted(by), "received": sum(v[0] for v in by.values())}
        | {"paid": sum(v[1] for v in by.values()), "pooled": sink(other)}
        for other, by in met.items()
        if len(by) >= least
    ]
    return sorted(rows, key=lambda r: (-r["shared"], -r["received"] - r["paid"], r["account"]))


def neighbourhood(world: World, start: str, hops: int, at_least: int, degree: int) -> dict[str, int]:
    """account → hop, by breadth."""
    beside: dict[str, set[str]] = defaultdict(set)
    for t in world.payments(at_least=at_least):
        beside[t["payer"]].add(t["payee"])
        beside[t["payee"]].add(t["payer"])
    hop, front = {start: 0}, [start]
    for n in range(1, hops + 1):
        crossed = [a for a in front if n == 1 or world.end(a, degree, "payer", "payee") is None]
        front = sorted({b for a in crossed for b in beside[a]} - hop.keys())
        hop |= dict.fromkeys(front, n)
    return {a: n for a, n in hop.items() if n}


@dataclass(frozen=True)
class Way:
    """Bounds of a chain of payments."""

    hops: int
    hours: int
    percent: int
    degree: int = 1000
    at_least: int = 0
    window: tuple[int, int] = EVER


def money_down(world: World, account: str, way: Way) -> list[Row]:
    out = _by(world.payments(way.window, way.at_least), "payer")

    def after(chain: list[Row]) -> Iterator[Row]:
        last = chain[-1]
        if world.end(last["payee"], way.degree, "payer") is None:
            yield from (
                t
                for t in out[last["payee"]]
                if last["time"] < t["time"] <= last["time"] + way.hours * HOUR
                and t["amount"] * 100 >= last["amount"] * way.percent
                and t["payee"] not in {account, *(c["payee"] for c in chain)}
            )

    chains = _grown([t for t in out[account] if t["payee"] != account], after, way.hops)
    return _chains(world, chains, lambda c: (c[-1], "payee"), "payer", way.degree)


def money_up(world: World, account: str, way: Way) -> list[Row]:
    into = _by(world.payments(way.window, way.at_least), "payee")

    def before(chain: list[Row]) -> Iterator[Row]:
        first = chain[-1]  # grown backwards
        if world.end(first["payer"], way.degree, "payee") is None:
            yield from (
                t
                for t in into[first["payer"]]
                if first["time"] - way.hours * HOUR <= t["time"] < first["time"]
                and t["amount"] * 100 >= first["amount"] * way.percent
                and t["payer"] not in {account, *(c["payer"] for c in chain)}
            )

    grown = _grown([t for t in into[account] if t["payer"] != account], before, way.hops)
    return _chains(world, [c[::-1] for c in grown], lambda c: (c[0], "payer"), "payee", way.degree)


def cycles(world: World, account: str, way: Way) -> list[Row]:
    out = _by(world.payments(way.window, way.at_least), "payer")

    def after(chain: list[Row]) -> Iterator[Row]:
        last = chain[-1]
        if last["payee"] != account and world.end(last["payee"], way.degree, "payer") is None:
            yield from (
                t
                for t in out[last["payee"]]
                if last["time"] < t["time"] <= chain[0]["time"] + way.hours * HOUR
                and t["amount"] * 100 >= last["amount"] * way.percent
                and t["payee"] not in {c["payee"] for c in chain}
            )

    grown = _grown([t for t in out[account] if t["payee"] != account], after, way.hops)
    rows = [
        {
            "hops": len(c),
            "first": c[0]["time"],
            "last": c[-1]["time"],
            "paid": c[0]["amount"],
            "returned": c[-1]["amount"],
        }
        | _path(c)
        for c in sorted(grown, key=lambda c: [t["txn_id"] for t in c])
        if c[-1]["payee"] == account
    ]
    return sorted(rows, key=lambda r: (r["first"], r["hops"], r["times"], r["path"]))


def _grown(first: Iterable[Row], more: Callable[[list[Row]], Iterator[Row]], hops: int) -> list[list[Row]]:
    every, front = [], [[t] for t in first]
    for _ in range(hops):
        every += front
        front = [[*chain, t] for chain in front for t in more(chain)]
    return every


def _chains(world: World, chains: list[list[Row]], end: Callable[..., Any], side: str, degree: int) -> list[Row]:
    rows = []
    for chain in sorted(chains, key=lambda c: [t["txn_id"] for t in c]):
        row, place = end(chain)
        account = row[place]
        own = {"hop": len(chain), "account": account, "at": row["time"], "amount": row["amount"]}
        rows.append(own | _path(chain) | {"stopped": world.end(account, degree, side)})
    return sorted(rows, key=lambda r: (r["hop"], r["times"], r["path"]))


def _path(chain: list[Row]) -> Row:
    path = [chain[0]["payer"], *(t["payee"] for t in chain)]
    return {"path": path, "times": [t["time"] for t in chain], "amounts": [t["amount"] for t in chain]}


def _by(rows: Iterable[Row], side: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[side]].append(row)
    return found


def shortest_path(world: World, start: str, end: str, at_least: int, degree: int) -> list[Row]:
    to: dict[str, set[str]] = defaultdict(set)
    for t in world.payments(at_least=at_least):
        to[t["payer"]].add(t["payee"])
    front = [[start]]
    for hops in range(1, 7):
        crossed = [p for p in front if p[-1] == start or world.end(p[-1], degree, "payer") is None]
        front = [[*p, b] for p in crossed for b in to[p[-1]] if b not in p]
        if found := sorted(p for p in front if p[-1] == end):
            return [{"hops": hops, "path": p} for p in found]
    return []
