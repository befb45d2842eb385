"""What the queries over a window of time should find, worked out in plain Python. Nothing here reads a graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from graph_kit import Row
from graph_oracle import World, sink

from graphfraud.core.clock import DAY, HOUR, SHANGHAI_OFFSET

Span = tuple[int, int]


def total(rows: Iterable[Row]) -> int:
    return sum(row["amount"] for row in rows)


def moved(world: World, span: Span, at_least: int = 0) -> list[Row]:
    """Payments between two accounts."""
    return [t for t in world.payments(span, at_least) if t["payer"] != t["payee"]]


def grouped(rows: Iterable[Row], side: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[side]].append(row)
    return dict(found)


def touching(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Payments by account, on whichever side it stands; once each."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for account in {row["payer"], row["payee"]}:
            found[account].append(row)
    return dict(found)


def fan_in_out(
    world: World, span: Span, payers: int, payees: int, hours: int, percent: int, at_least: int
) -> list[Row]:
    ever, made = moved(world, (0, 1 << 60), at_least), []
    for account, came in grouped(moved(world, span, at_least), "payee").items():
        last = came[-1]["time"]
        gone = [t for t in ever if t["payer"] == account and came[0]["time"] <= t["time"] <= last + hours * HOUR]
        few = 0 < len({t["payee"] for t in gone}) <= payees
        many = len({t["payer"] for t in came}) >= payers
        if many and few and total(gone) * 100 >= total(came) * percent and not sink(account):
            row = {"account": account, "payers": len({t["payer"] for t in came}), "amount_in": total(came)}
            row |= {"first_in": came[0]["time"], "last_in": last, "payees": len({t["payee"] for t in gone})}
            made.append(row | {"amount_out": total(gone), "last_out": gone[-1]["time"]})
    return sorted(made, key=lambda r: (-r["amount_in"], r["account"]))


def fan_out(world: World, span: Span, payees: int, at_least: int) -> list[Row]:
    rows = moved(world, span, at_least)
    made = []
    for account, gone in grouped(rows, "payer").items():
        different = len({t["payee"] for t in gone})
        if different >= payees and not sink(account):
            row = {"account": account, "payees": different, "payments": len(gone), "amount_out": total(gone)}
            row |= {"first_out": gone[0]["time"], "last_out": gone[-1]["time"]}
            made.append(row | {"amount_in": total(t for t in rows if t["payee"] == account)})
    return sorted(made, key=lambda r: (-r["payees"], -r["amount_out"], r["account"]))


def pass_through(world: World, span: Span, least: int, low: int, high: int) -> list[Row]:
    rows, made = moved(world, span), []
    for account, came in grouped(rows, "payee").items():
        took = [c for c in world.bank.cash if c["account"] == account and span[0] <= c["time"] < span[1]]
        cash = sum(c["amount"] for c in took if c["amount"] > 0)
        gone, amount = total(t for t in rows if t["payer"] == account), total(came)
        share = (gone + cash) * 1_000_000 // amount
        if amount >= least and low * 10_000 <= share <= high * 10_000 and not sink(account):
            row = {"account": account, "amount_in": amount, "amount_out": gone, "cash_out": cash, "passed_on": share}
            made.append(row | {"payers": len({t["payer"] for t in came}), "last_in": came[-1]["time"]})
    return sorted(made, key=lambda r: (-r["amount_in"], r["account"]))


def _sides(account: str, rows: list[Row]) -> Row:
    came, gone = (total(t for t in rows if t[side] == account) for side in ("payee", "payer"))
    return {"payments": len(rows), "amount_in": came, "amount_out": gone}


def new_accounts(world: World, span: Span) -> list[Row]:
    known = {a["account_id"]: a for a in world.bank.accounts}
    now, before = touching(world.payments(span)), touching(world.payments((0, span[0])))
    opened = {a for a, row in known.items() if row.get("open_time") and span[0] <= row["open_time"] < span[1]}
    first = {a for a in now if not known.get(a, {}).get("open_time") and a not in before}
    made = []
    for account in opened | first:
        rows, about = now.get(account, []), known.get(account, {})
        row = {"account": account, "opened": about.get("open_time"), "branch": about.get("branch")}
        made.append(row | {"first": rows[0]["time"] if rows else None} | _sides(account, rows))
    return sorted(made, key=lambda r: (r["opened"] or r["first"], r["account"]))


def quiet_accounts(world: World, span: Span, quiet: int, least: int) -> list[Row]:
    after = touching(world.payments((quiet, span[1])))
    made = [
        {"account": a, **_sides(a, rows), "last": rows[-1]["time"], "cancelled": None}
        for a, rows in touching(world.payments((span[0], quiet))).items()
        if len(rows) >= least and a not in after
    ]
    return sorted(made, key=lambda r: (-r["last"], r["account"]))


def awakened_accounts(world: World, span: Span, idle: int, least: int) -> list[Row]:
    now, before, made = touching(world.payments(span)), touching(world.payments((0, span[0]))), []
    for account, came in grouped(moved(world, span), "payee").items():
        if total(came) < least or account not in before:
            continue
        first, last = now[account][0]["time"], before[account][-1]["time"]
        if first - last >= idle * DAY:
            row = {"account": account, "last_before": last, "first": first, "idle_days": (first - last) // DAY}
            gone = total(t for t in moved(world, span) if t["payer"] == account)
            made.append(row | {"payments": len(now[account]), "amount_in": total(came), "amount_out": gone})
    return sorted(made, key=lambda r: (-r["amount_in"], r["account"]))


def hubs(world: World, span: Span, least: int, at_least: int) -> list[Row]:
    kinds = {a["account_id"]: "person" for a in world.bank.accounts} | {"POOL": "pooled", "SHOP": "merchant"}
    made = []
    for account, rows in touching(moved(world, span, at_least)).items():
        others = {t["payer"] for t in rows} | {t["payee"] for t in rows}
        if len(others) - 1 >= least:
            own = {"account": account, "counterparties": len(others) - 1} | _sides(account, rows)
            made.append(own | {"kind": kinds.get(account)})
    return sorted(made, key=lambda r: (-r["counterparties"], r["account"]))


def structuring(world: World, span: Span, threshold: int, margin: int, least: int) -> list[Row]:
    near = [t for t in moved(world, span) if threshold * (100 - margin) <= t["amount"] * 100 < threshold * 100]
    made = []
    for side, other, direction in (("payer", "payee", "out"), ("payee", "payer", "in")):
        for account, rows in grouped(near, side).items():
            if len(rows) >= least:
                row: dict[str, Any] = {"account": account, "direction": direction, "payments": len(rows)}
                row |= {"amount": total(rows), "counterparties": len({t[other] for t in rows})}
                made.append(row | {"first": rows[0]["time"], "last": rows[-1]["time"]})
    return sorted(made, key=lambda r: (-r["payments"], -r["amount"], r["account"], r["direction"]))


def round_amounts(world: World, span: Span, unit: int, percent: int, least: int, at_least: int) -> list[Row]:
    made = []
    for account, rows in grouped(moved(world, span, at_least), "payee").items():
        even = sum(t["amount"] % unit == 0 for t in rows)
        if len(rows) >= least and even * 100 >= len(rows) * percent and not sink(account):
            row = {
                "account": account,
                "payments": len(rows),
                "round": even,
                "round_share": even * 1_000_000 // len(rows),
            }
            made.append(row | {"amount": total(rows), "payers": len({t["payer"] for t in rows})})
    return sorted(made, key=lambda r: (-r["round_share"], -r["payments"], r["account"]))


def at_night(row: Row) -> bool:
    return (row["time"] + SHANGHAI_OFFSET) % DAY < 6 * HOUR


def night_activity(world: World, span: Span, least: int, quiet: int) -> list[Row]:
    earlier = touching(t for t in world.payments((span[0] - quiet * DAY, span[0])) if at_night(t))
    made = []
    for account, rows in touching(t for t in moved(world, span) if at_night(t)).items():
        if total(rows) >= least and account not in earlier and not sink(account):
            others = {t["payer"] for t in rows} | {t["payee"] for t in rows}
            row = {"account": account, "payments": len(rows), "amount": total(rows), "first": rows[0]["time"]}
            made.append(row | {"last": rows[-1]["time"], "counterparties": len(others) - 1})
    return sorted(made, key=lambda r: (-r["amount"], r["account"]))


def first_contact(world: World, span: Span, probe: int, large: int, hours: int) -> list[Row]:
    pairs: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for t in moved(world, (0, 1 << 60)):
        pairs[t["payer"], t["payee"]].append(t)
    made = []
    for (payer, payee), (first, *later) in pairs.items():
        if not (span[0] <= first["time"] < span[1] and first["amount"] <= probe):
            continue
        for t in later:
            if first["time"] < t["time"] <= first["time"] + hours * HOUR and t["amount"] >= large:
                row = {"payer": payer, "payee": payee, "first": first["time"], "probe": first["amount"]}
                made.append(row | {"at": t["time"], "amount": t["amount"], "fact": t["txn_id"]})
    return sorted(made, key=lambda r: (r["at"], r["fact"]))


def opened_together(world: World, span: Span, least: int) -> list[Row]:
    known = {a["account_id"]: a for a in world.bank.accounts}
    groups: dict[tuple[int, str, str], set[str]] = defaultdict(set)
    for use in world.bank.identifiers:
        opened = known[use["account_id"]].get("open_time")
        if use["kind"] in ("agent", "address") and opened and span[0] <= opened < span[1]:
            day = (opened + SHANGHAI_OFFSET) // DAY * DAY - SHANGHAI_OFFSET
            groups[day, use["kind"], use["value"]].add(use["account_id"])
    made = []
    for (day, kind, value), accounts in groups.items():
        if len(accounts) >= least:
            times = [known[a]["open_time"] for a in accounts]
            row = {"day": day, "kind": kind, "value": value, "accounts": sorted(accounts), "count": len(accounts)}
            holders = {known[a]["holder_id"] for a in accounts}
            made.append(row | {"holders": len(holders), "first": min(times), "last": max(times)})
    return sorted(made, key=lambda r: (r["day"], -r["count"], r["kind"], r["value"]))
