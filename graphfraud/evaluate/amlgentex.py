"""AMLGentex sets: `accounts.csv`, `alert_models.csv` (pattern of every member), `tx_log.parquet` (the payments).

nameOrig and nameDest −2 and −1 are the source and the sink of the simulation: money that comes from or goes to them
crosses the bank's border, so those rows become cash. One member of every pattern, drawn with a fixed seed, is referred
at the cut, which lies after the last step.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from graphfraud.core.snapshot import I64, Flags
from graphfraud.errors import InputError
from graphfraud.evaluate.facts import NEVER, WorldFacts
from graphfraud.evaluate.foreign import SEED, Written, cut_after, dates, minor, read_csv, referrals, write_csv
from graphfraud.evaluate.truth import Truth, day

ACCOUNTS, PATTERNS, LOG = "accounts.csv", "alert_models.csv", "tx_log.parquet"
NOTES = (
    "one member of every pattern is referred (seeded draw); steps are days, there are no times of day",
    "payments from the source and to the sink of the simulation are cash",
)


def recognises(folder: Path) -> bool:
    return all((folder / name).is_file() for name in (ACCOUNTS, PATTERNS, LOG))


def write(origin: Path, folder: Path) -> Written:
    """Write canonical CSV tables into `folder`. Raises InputError where a column is missing. O(rows)."""
    try:
        accounts, patterns = read_csv(origin / ACCOUNTS), read_csv(origin / PATTERNS)
        log = pq.read_table(origin / LOG)
        return _write(accounts, patterns, log, folder)
    except KeyError as exc:
        raise InputError(f"{origin}: column {exc} is missing; an AMLGentex set has it") from exc
    except (OSError, pa.ArrowException) as exc:
        raise InputError(f"{origin / LOG} cannot be read: {exc}") from exc


def _write(accounts: pa.Table, patterns: pa.Table, log: pa.Table, folder: Path) -> Written:
    ids = _ids(accounts["ACCOUNT_ID"].to_numpy())
    table = {
        "account_id": ids,
        "holder_id": accounts["CUSTOMER_ID"].cast(pa.string()),
        "holder_type": ["person"] * len(ids),
        "bank": accounts["BANK_ID"].cast(pa.string()),
        "opening_balance": minor(accounts["INIT_BALANCE"].cast(pa.float64()).to_numpy()),
    }
    write_csv(pa.table(table), folder / "accounts.csv")
    log = log.filter(pa.compute.equal(log["type"].cast(pa.string()), "TRANSFER"))
    steps: I64 = log["step"].cast(pa.int64()).to_numpy()
    _payments(log, steps, folder)
    fraud, pattern = _ids(patterns["accountID"].to_numpy()), patterns["modelID"].to_pylist()
    step, cut = cut_after(steps)
    write_csv(referrals(_seeds(fraud, pattern), step), folder / "referrals.csv")
    return Written(cut, fraud, pattern, _first_steps(log, steps, fraud))


def _ids(numbers: NDArray[np.integer]) -> list[str]:
    return [f"G{int(v):05d}" for v in numbers]


def _payments(log: pa.Table, steps: I64, folder: Path) -> None:
    payer, payee = log["nameOrig"].to_numpy(), log["nameDest"].to_numpy()
    amount, when = minor(log["amount"].to_numpy()), dates(steps)
    names = np.array([f"G{i:08d}" for i in range(len(steps))])
    inside: Flags = (payer >= 0) & (payee >= 0)
    transfers = {"txn_id": names[inside], "time": when.filter(pa.array(inside)), "payer": _ids(payer[inside])}
    transfers |= {"payee": _ids(payee[inside]), "amount": amount[inside]}
    write_csv(pa.table(transfers), folder / "transfers.csv")
    edge: Flags = (payer >= 0) ^ (payee >= 0)
    account = np.where(payer >= 0, payer, payee)[edge]
    signed = np.where(payer >= 0, amount, -amount)[edge]
    cash = {"txn_id": names[edge], "time": when.filter(pa.array(edge)), "account": _ids(account), "amount": signed}
    write_csv(pa.table(cash), folder / "cash.csv")


def _seeds(fraud: list[str], pattern: list[int]) -> list[str]:
    """One member of every pattern, drawn with a fixed seed; an account drawn twice is referred once."""
    random = np.random.default_rng(SEED)
    drawn = []
    for number in sorted(set(pattern)):
        members = sorted(a for a, p in zip(fraud, pattern, strict=True) if p == number)
        drawn.append(members[int(random.integers(len(members)))])
    return sorted(set(drawn))


def _first_steps(log: pa.Table, steps: I64, fraud: list[str]) -> list[int]:
    bad = log["isSAR"].to_numpy() == 1
    first: dict[str, int] = {}
    for side in ("nameOrig", "nameDest"):
        for account, step in zip(_ids(log[side].to_numpy()[bad]), steps[bad].tolist(), strict=True):
            first[account] = min(step, first.get(account, step))
    return [first.get(account, -1) for account in fraud]


def truth(written: Written, facts: WorldFacts) -> Truth:
    """Truth of a set: patterns are the rings; a member has acted from its first payment marked as laundering."""
    member = facts.codes(written.fraud)
    mule = np.zeros(len(facts), dtype=bool)
    mule[member] = True
    acted = np.full(len(facts), NEVER, dtype=np.int64)
    for code, step in zip(member.tolist(), written.acted_step or [], strict=True):
        acted[code] = NEVER if step < 0 else min(int(acted[code]), day(step))
    ring = np.array(written.pattern or [], dtype=np.int32)
    never = np.full(len(facts), NEVER, dtype=np.int64)
    return Truth(mule, acted, member, ring, [""] * len(facts), never, np.zeros(len(facts), dtype=bool))
