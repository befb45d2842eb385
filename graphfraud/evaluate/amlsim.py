"""AMLSim samples: `nodes.csv` (nodeid, isFraud, …) and `transactions.csv` (source, target, value, time in steps).

There are no ring ids and no times of fraud; a tenth of the fraudulent accounts, drawn with a fixed seed, is referred at
the cut, which lies after the last step. Rows without an id that repeat are real repeats, so each gets an id of its own.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from graphfraud.core.snapshot import I64
from graphfraud.errors import InputError
from graphfraud.evaluate.facts import NEVER, WorldFacts
from graphfraud.evaluate.foreign import SEED, Written, cut_after, dates, minor, read_csv, referrals, write_csv
from graphfraud.evaluate.truth import Truth

NODES, TRANSACTIONS = "nodes.csv", "transactions.csv"
SEED_SHARE = 0.1
NOTES = (
    "a tenth of the fraudulent accounts is referred (seeded draw); the world has no ring ids and no times of day",
    "every pair that pays more than once is fraudulent here: figures that use repeats are an artefact of the generator",
)


def recognises(folder: Path) -> bool:
    return (folder / NODES).is_file() and (folder / TRANSACTIONS).is_file()


def write(origin: Path, folder: Path) -> Written:
    """Write canonical CSV tables into `folder`. Raises InputError where a column is missing. O(rows)."""
    nodes, rows = read_csv(origin / NODES), read_csv(origin / TRANSACTIONS)
    try:
        ids = _ids(nodes["nodeid"])
        is_fraud = nodes["isFraud"].cast(pa.int64()).to_numpy() == 1
        balance = minor(nodes["init_balance"].cast(pa.float64()).to_numpy())
        steps: I64 = rows["time"].cast(pa.int64()).to_numpy()
        transfers = {
            "txn_id": [f"A{i:08d}" for i in range(rows.num_rows)],
            "time": dates(steps),
            "payer": _ids(rows["sourceNodeId"]),
            "payee": _ids(rows["targetNodeId"]),
            "amount": minor(rows["value"].cast(pa.float64()).to_numpy()),
        }
    except KeyError as exc:
        raise InputError(f"{origin}: column {exc} is missing; an AMLSim sample has it") from exc
    fraud = [a for a, bad in zip(ids, is_fraud.tolist(), strict=True) if bad]
    drawn = np.random.default_rng(SEED).permutation(len(fraud))[: max(1, round(SEED_SHARE * len(fraud)))]
    seeds = [fraud[i] for i in sorted(drawn.tolist())]
    step, cut = cut_after(steps)
    accounts = {"account_id": ids, "holder_id": [f"H{a}" for a in ids], "holder_type": ["person"] * len(ids)}
    write_csv(pa.table(accounts | {"opening_balance": balance}), folder / "accounts.csv")
    write_csv(pa.table(transfers), folder / "transfers.csv")
    write_csv(referrals(seeds, step), folder / "referrals.csv")
    return Written(cut, fraud, None, None)


def _ids(column: pa.ChunkedArray) -> list[str]:
    return [f"N{int(v):05d}" for v in column.to_pylist()]


def truth(written: Written, facts: WorldFacts) -> Truth:
    """Truth of a sample: who is fraudulent; neither rings nor when."""
    member = facts.codes(written.fraud)
    mule = np.zeros(len(facts), dtype=bool)
    mule[member] = True
    never = np.full(len(facts), NEVER, dtype=np.int64)
    return Truth(mule, None, member, None, [""] * len(facts), never, np.zeros(len(facts), dtype=bool))
