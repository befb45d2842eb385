"""A bank for tests of the graph's queries: rows that are made the same every time, and what a test asks of them.

Forty ordinary accounts P00 … P39 pay one another by chance over twenty days; beside them stand what queries must stop
at or look through: POOL (a payment company), SHOP (a merchant), HUB (everybody pays it), failed payments, reversals,
a payment to oneself, rows of a load that is not finished, accounts that nobody has heard of. Times are µs, amounts fen.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import graph_findings
import neo4j_kit
from facts_kit import facts

from graphfraud.core.clock import DAY, HOUR, MINUTE, parse_as_of
from graphfraud.core.query import Budget, Found
from graphfraud.services import query as service
from graphfraud.services.query import QueryAnswer
from graphfraud.stores.neo4j import Neo4jStore
from graphfraud.stores.neo4j.query import run
from graphfraud.stores.neo4j.session import Session

Row = dict[str, Any]
START = parse_as_of("2026-03-01")
DAYS = 20
WIDE = Budget(rows=100_000, seconds=60)
PEOPLE = [f"P{n:02d}" for n in range(40)]
HUB, POOL, SHOP = "HUB", "POOL", "SHOP"
#: fen; the small ones are probes, some are round, some lie just below 50,000 yuan
AMOUNTS = (
    500,
    900,
    12_345,
    80_000,
    250_000,
    1_000_000,
    1_234_500,
    2_000_000,
    4_950_000,
    4_990_000,
    5_000_000,
    9_000_000,
)
FAINT = ("Q-failed", "Q-reversed", "Q-red", "ghost-failed", "ghost-reversed", "ghost-red")
AWAKE = ("P38", "P39")  # silent from day 5 to day 17


@dataclass(frozen=True)
class Bank:
    """Rows of the fact tables as contracts.md names their columns; `late` are those of a load in progress."""

    accounts: list[Row] = field(default_factory=list)
    transfers: list[Row] = field(default_factory=list)
    cash: list[Row] = field(default_factory=list)
    identifiers: list[Row] = field(default_factory=list)
    referrals: list[Row] = field(default_factory=list)
    withdrawals: list[Row] = field(default_factory=list)

    def tables(self) -> dict[str, list[Row]]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def made() -> tuple[Bank, Bank]:
    """What is loaded, and what a load in progress has written so far."""
    chance = random.Random(20260301)
    bank = Bank()
    bank.accounts.extend(_accounts(chance))
    bank.transfers.extend(_transfers(chance))
    bank.cash.extend(_cash(chance, 60, "K"))
    bank.identifiers.extend(_identifiers(chance))
    bank.referrals.extend(_referrals(bank.transfers))
    for number in ("R4", "R14"):
        bank.withdrawals.append({"referral_id": number, "withdrawn_at": START + 19 * DAY, "reason": "mistake"})
    late = Bank()
    late.transfers.extend(_late(chance))
    late.cash.extend(_cash(chance, 10, "L"))
    late.identifiers.extend({**row, "account_id": "P34"} for row in bank.identifiers[:8])
    late.identifiers.extend([_use("P29", "agent", "agent-0", 1), _use("P20", "phone", "13800000007", 1)])
    late.identifiers.append(_use("late-use", "device", "d0", 1))
    late.cash.append({"txn_id": "L-cash", "time": START, "account": "late-cash", "amount": 5})
    late.accounts.append({"account_id": "late-row", "known_at": START})
    late.referrals.append(_referral("R20", "CASE-5", "GONE", 18))
    late.withdrawals.append({"referral_id": "R7", "withdrawn_at": START + 19 * DAY, "reason": "not yet"})
    late.referrals.append(_referral("R9", "CASE-1", "P30", 19, bank.transfers[0]))
    late.withdrawals.append({"referral_id": "R1", "withdrawn_at": START + 19 * DAY, "reason": "not yet"})
    return bank, late


def _accounts(chance: random.Random) -> Iterable[Row]:
    """P00 to P33 have a row; P34 to P39 belong to other banks: only payments tell of them."""
    for n, account in enumerate(PEOPLE[:34]):
        opened = START - 300 * DAY + n * 9 * DAY if n < 28 else START + (n // 3) * DAY + n * HOUR
        yield {
            "account_id": account,
            "holder_id": f"H{n // 2:02d}" if n < 6 else f"H{n:02d}",
            "holder_type": "person",
            "holder_name": "王小明",
            "id_no": "110101199001011234",
            "phone": f"1380000{n:04d}",
            "pooled": False,
            "merchant": False,
            "bank": "BKA",
            "branch": f"BKA-{chance.randrange(3)}",
            "open_time": opened,
            "opening_balance": 0,
        }
    for account, flag in ((POOL, "pooled"), (SHOP, "merchant")):
        own = {"account_id": account, "known_at": START, "holder_type": "company", "pooled": False, "merchant": False}
        yield own | {flag: True}


def _transfers(chance: random.Random) -> list[Row]:
    rows: list[Row] = []
    for n in range(900):
        payer, payee = chance.sample(PEOPLE, 2)
        at = START + chance.randrange(DAYS * 24 * 60) * MINUTE
        at -= (at - START) % DAY * (n % 6 == 0)  # some at midnight, where windows begin and end
        quiet = START + 5 * DAY <= at < START + 17 * DAY
        if not (quiet and {payer, payee} & set(AWAKE)):
            rows.append(_pay(at, payer, payee, chance.choice(AMOUNTS)))
    for n, account in enumerate(PEOPLE):
        rows += [_pay(START + (n % DAYS) * DAY + k * HOUR, account, HUB, 70_000 + n) for k in range(3)]
        rows.append(_pay(START + (n % DAYS) * DAY + 90 * MINUTE, HUB, account, 60_000 + n))
        if n % 4 == 0:
            rows.append(_pay(START + (n % DAYS) * DAY + 2 * HOUR, account, POOL, 300_000))
            rows.append(_pay(START + (n % DAYS) * DAY + 3 * HOUR, POOL, PEOPLE[(n + 7) % 38], 300_000))
        if n % 5 == 0:
            rows.append(_pay(START + (n % DAYS) * DAY + 4 * HOUR, account, SHOP, 45_600))
            rows.append(_pay(START + (n % DAYS) * DAY + 5 * HOUR, SHOP, PEOPLE[(n + 3) % 38], 45_000))
    rows.append(_pay(START + 3 * DAY, "P05", "P05", 1_000_000))
    for row in rows[10:900:23]:
        row["success"] = False
    for n, row in enumerate(rows):
        row["txn_id"] = f"X{n:04d}"
    rows += [
        _pay(
            row["time"] + HOUR, row["payer"], row["payee"], row["amount"], reversal_of=row["txn_id"], txn_id=f"V{n:02d}"
        )
        for n, row in enumerate(rows[5:800:61])
    ]
    rows += [
        _pay(row["time"] + 2 * HOUR, row["payer"], row["payee"], row["amount"], type="reversal", txn_id=f"W{n:02d}")
        for n, row in enumerate(rows[3:1100:37])
    ]
    for n, account in enumerate(("P13", "P14", "P15", "P30", POOL, SHOP)):
        rows += [
            _pay(START + (3 + n) * DAY, payer, account, 400_000, txn_id=f"B{n}{payer}") for payer in ("P11", "P12")
        ]
    rows += [_pay(START + day * DAY + HOUR, "P00", "Q-late", 120_000, txn_id=f"GL{day}") for day in (6, 8)]
    return rows + _victims(rows) + [row for n, account in enumerate(FAINT) for row in _faint(n, account)]


def _faint(n: int, account: str) -> Iterator[Row]:
    """Payments on days 6 and 8; what does not count on days 2, 7 and 15. Ghosts have only that."""
    void: Row = ({"success": False}, {"reversal_of": "X0001"}, {"type": "reversal"})[n % 3]
    for day in (2, 7, 15):
        yield _pay(START + day * DAY + HOUR, account, "P00", 110_000, txn_id=f"F{n}{day}", **void)
    for day in (6, 8) if account.startswith("Q") else ():
        yield _pay(START + day * DAY + HOUR, "P00", account, 120_000, txn_id=f"G{n}{day}")


def _victims(rows: list[Row]) -> list[Row]:
    """Payments of a victim that do not count: a failed one, a reversal, a red entry that names nothing."""
    paid = next(t for t in rows if t["payee"] == "P10" and t["success"] and t["amount"] >= 80_000)
    again = {"payer": paid["payer"], "payee": "P10", "amount": paid["amount"]}
    return [
        _pay(paid["time"] + n * HOUR, **again, txn_id=f"Z{n:02d}", **more)
        for n, more in enumerate(({"success": False}, {"reversal_of": paid["txn_id"]}, {"type": "reversal"}), start=3)
    ]


def _late(chance: random.Random) -> list[Row]:
    """Payments that would change nearly every answer if they were seen."""
    pairs = [chance.sample(PEOPLE, 2) for _ in range(120)]
    moments = [START + chance.randrange(DAYS * 24 * 60) * MINUTE for _ in pairs]
    pairs[:2], moments[:2] = [[PEOPLE[29], "P10"], ["P00", "P11"]], [START + 12 * DAY] * 2
    pairs[2:6] = [["Q-late", "P00"], ["Q-late", "P00"], ["ghost-late", "P00"], ["late-pay", "P00"]]
    moments[2:6] = [START + 2 * DAY, START + 15 * DAY, START + 7 * DAY, START + 7 * DAY]
    return [
        _pay(at, *pair, chance.choice(AMOUNTS), txn_id=f"L{n:03d}")
        for n, (pair, at) in enumerate(zip(pairs, moments, strict=True))
    ]


def _pay(time: int, payer: str, payee: str, amount: int, **more: Any) -> Row:
    own = {
        "time": time,
        "payer": payer,
        "payee": payee,
        "amount": amount,
        "channel": "mobile",
        "payer_balance_after": 7,
    }
    return own | {"remark": "转账", "success": True} | more


def _cash(chance: random.Random, count: int, mark: str) -> Iterable[Row]:
    for n in range(count):
        place = chance.choice(("Xuhui", "Pudong", "Minhang", None))
        yield {
            "txn_id": f"{mark}{n:03d}",
            "time": START + chance.randrange(DAYS * 24 * 60) * MINUTE * (n % 4 > 0) + n % 20 * DAY * (n % 4 == 0),
            "account": chance.choice(PEOPLE),
            "amount": chance.choice((200_000, 500_000, 1_999_900, -100_000)),
            "terminal": f"T{chance.randrange(4)}",
            "place": place,
        }


def _identifiers(chance: random.Random) -> list[Row]:
    """Devices d0 … d9 in small circles, d-wide and an IP that nearly everybody has, phones, addresses, agents."""
    rows: list[Row] = []
    for n in range(10):
        some = chance.sample(PEOPLE[:34], 2 + n % 3)
        rows += [_use(account, "device", f"d{n}", chance.randrange(DAYS)) for account in some]
    for account in PEOPLE[:30]:
        rows.append(_use(account, "ip", "10.0.0.1", chance.randrange(DAYS)))
        rows.append(_use(account, "device", "d-wide", chance.randrange(DAYS)))
    for n, account in enumerate(PEOPLE[:34]):
        rows.append(_use(account, "phone", f"1380000{n // 3:04d}", chance.randrange(DAYS)))
        rows.append(_use(account, "agent", f"agent-{n % 4}", 0))
        rows.append(_use(account, "address", f"上海市徐汇区漕溪路{n // 5}号", 0))
        if n % 6 == 0:
            rows.append(_use(account, "mac", f"aa:bb:cc:{n % 12:02d}", chance.randrange(DAYS)))
    rows += [{**row, "first_seen": row["first_seen"] + DAY, "last_seen": row["last_seen"] + DAY} for row in rows[:15:2]]
    return rows


def _use(account: str, kind: str, value: str, day: int) -> Row:
    first = START + day * DAY
    return {
        "account_id": account,
        "kind": kind,
        "value": value,
        "first_seen": first,
        "last_seen": first + 5 * HOUR,
        "count": day + 1,
        "is_use": False,
    }


def _referrals(transfers: list[Row]) -> Iterable[Row]:
    """Two cases that stand, a referral withdrawn by its own row, one withdrawn later, two of accounts not heard of."""
    to = next(t for t in transfers if t["payee"] == "P10" and t["success"] and t["amount"] >= 80_000)
    yield _referral("R1", "CASE-1", "P10", 15, to)
    other = next(t for t in transfers if t["payee"] == "P11" and t["success"] and t["amount"] >= 80_000)
    yield _referral("R2", "CASE-1", "P11", 15, {**other, "txn_id": None})
    yield _referral("R3", "CASE-2", "P12", 16, {**to, "txn_id": "none-such", "time": 1})
    yield _referral("R4", "CASE-3", "P13", 16, to)
    yield _referral("R5", "CASE-3", "P14", 17, to) | {"withdrawn_at": START + 18 * DAY}
    yield _referral("R6", "CASE-3", "P15", 17, to) | {"status": "Withdrawn"}
    yield _referral("R14", "CASE-3", "GONE", 17)
    yield _referral("R15", "CASE-3", "GONE", 17) | {"withdrawn_at": START + 18 * DAY}
    yield _referral("R16", "CASE-3", "GONE", 17) | {"status": "withdrawn"}
    for n, account in enumerate(("late-use", "late-cash", "late-row", "late-pay")):
        yield _referral(f"R3{n}", "CASE-5", account, 19)
    yield _referral("R10", "CASE-2", "P10", 17)
    yield _referral("R7", "CASE-2", "NOBODY", 17)
    yield _referral("R8", "CASE-4", "NEITHER", 18, {"payer": "P03", "amount": 77, "time": START, "txn_id": "U1"})


def _referral(number: str, case: str, account: str, day: int, paid: Mapping[str, Any] | None = None) -> Row:
    own: Row = {"referral_id": number, "case_no": case, "account_id": account, "referred_at": START + day * DAY}
    own["authority"] = "PSB"
    if paid is not None:
        own |= {"victim_account": paid["payer"], "victim_amount": paid["amount"], "victim_time": paid["time"]}
        own["victim_txn"] = paid["txn_id"]
    return own


@dataclass
class Graph:
    """The bank in the graph, and how a query of the catalogue is asked."""

    bank: Bank
    session: Session

    def ask(self, name: str, parameters: Mapping[str, Any], budget: Budget, accounts: Sequence[str] = ()) -> Found:
        return run(self.session, name, parameters, budget, accounts)

    def query(self, name: str, budget: Budget | None = None, **given: object) -> QueryAnswer:
        texts = {key: ",".join(map(str, v)) if isinstance(v, list) else str(v) for key, v in given.items()}
        return service.query(self.ask, name, texts, budget or WIDE)


@contextmanager
def loaded(folder: Path) -> Iterator[Graph]:
    """The bank written by the store, two runs of findings, and a load that has not finished."""
    neo4j_kit.claim(folder)
    bank, late = made()
    with Neo4jStore(neo4j_kit.settings(), 3, lock_wait_s=0) as store:
        for name, rows in bank.tables().items():
            store.write(facts(name, rows))
        seen = store.stats().max_ingest_seq
        for name, rows in late.tables().items():
            store.write(facts(name, rows))
        for record, tables in graph_findings.runs():
            store.write_findings(record, tables)
    neo4j_kit.query("MATCH (s:Store {name: 'graphfraud'}) SET s.seq = $seen", seen=seen)
    session = Session(neo4j_kit.settings())
    try:
        yield Graph(bank, session)
    finally:
        session.close()
