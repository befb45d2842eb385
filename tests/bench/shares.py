"""What a world is made of: relay pairs, shared identifiers, rings, hubs. To compare the bench world with others.

python -m tests.bench.shares FOLDER…
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numba as nb
import numpy as np
import pyarrow.compute as pc

from graphfraud.core.clock import HOUR
from graphfraud.core.snapshot import I32, I64, Flags
from graphfraud.evaluate.facts import WorldFacts, load_facts, read_table


@dataclass(frozen=True)
class Shares:
    """Shares of a world; see the fields.

    relayed_persons   of the transfers between persons of different holders: at least half of it is money that came
                      in within 24 h, newest first (a simple LIFO; cash and opening balances left out)
    covered           of all transfers: the payer received at least the amount in one payment within 24 h before
    pairs             distinct (payer, payee) ÷ transfers
    relay_pairs       distinct pairs with a relayed transfer, per 1,000 accounts
    shared            per kind: identifiers with 2 to 20 holders ÷ identifiers
    """

    accounts: int
    transfers: int
    relayed_persons: float
    covered: float
    pairs: float
    relay_pairs: float
    hubs: int  # accounts with at least 1 % of all transfers
    largest: float  # share of the largest account
    shared: dict[str, float]
    uses_per_account: float
    largest_identifier: float  # accounts of the largest identifier ÷ accounts
    rings: float  # per 1,000 accounts
    mules: float  # per 1,000 accounts
    referrals: float  # per 1,000 accounts
    fraud: float  # fraud transfers ÷ transfers


@nb.njit(cache=True)
def _passes(n: int, payer: I32, payee: I32, amount: I64, time: I64) -> tuple[Flags, Flags]:
    """(at least half relayed within 24 h, covered by one payment within 24 h). Rows in order of time."""
    m = payer.shape[0]
    ptr = np.zeros(n + 1, np.int64)
    for i in range(m):
        ptr[payee[i] + 1] += 1
    for v in range(n):
        ptr[v + 1] += ptr[v]
    top = ptr[:-1].copy()
    stack = np.empty(m, np.int64)
    left = amount.copy()
    relayed = np.zeros(m, np.bool_)
    covered = np.zeros(m, np.bool_)
    for i in range(m):
        u = payer[i]
        want = amount[i]
        got = 0
        j = top[u] - 1
        while j >= ptr[u] and time[i] - time[stack[j]] <= 24 * HOUR:
            f = stack[j]
            take = min(left[f], want - got)
            left[f] -= take
            got += take
            if amount[f] >= want:
                covered[i] = True
            if covered[i] and got >= want:
                break
            j -= 1
        relayed[i] = 2 * got >= want
        v = payee[i]
        stack[top[v]] = i
        top[v] += 1
    return relayed, covered


def measure(folder: Path) -> Shares:
    """Measure a canonical world. O(rows), except for accounts that receive very many payments a day."""
    facts = load_facts(folder)
    accounts = read_table(folder, "accounts")
    assert accounts is not None
    holder = np.full(len(facts), -1, np.int64)
    names = accounts["holder_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    holder[facts.codes(accounts["account_id"])] = names
    order = np.argsort(facts.time, kind="stable")
    payer, payee = facts.payer[order], facts.payee[order]
    relayed, covered = _passes(len(facts), payer, payee, facts.amount[order], facts.time[order])
    among = facts.person[payer] & facts.person[payee] & (holder[payer] != holder[payee])
    key = payer.astype(np.int64) * len(facts) + payee
    degree = np.bincount(payer, minlength=len(facts)) + np.bincount(payee, minlength=len(facts))
    k = len(facts) / 1_000
    shared, largest = _identifiers(facts, folder, holder)
    rings, fraud = read_table(folder / "truth", "rings"), read_table(folder / "truth", "fraud_transfers")
    referrals = read_table(folder, "referrals")
    assert rings is not None
    assert fraud is not None
    assert referrals is not None
    return Shares(
        len(facts),
        len(payer),
        float(relayed[among].mean()),
        float(covered.mean()),
        len(np.unique(key)) / len(payer),
        len(np.unique(key[relayed & among])) / k,
        int((degree >= 0.01 * len(payer)).sum()),
        float(degree.max() / len(payer)),
        shared,
        len(facts.user) / len(facts),
        largest / len(facts),
        len(pc.unique(rings["ring"])) / k,
        len(pc.unique(rings["account_id"])) / k,
        referrals.num_rows / k,
        fraud.num_rows / len(payer),
    )


def _identifiers(facts: WorldFacts, folder: Path, holder: I64) -> tuple[dict[str, float], int]:
    table = read_table(folder, "identifiers")
    assert table is not None
    kinds = np.asarray(table["kind"].combine_chunks().dictionary_encode().to_pylist())
    found, largest = {}, 0
    for kind in sorted(set(kinds.tolist())):
        rows = kinds == kind
        pair = np.unique(facts.identifier[rows].astype(np.int64) * len(facts) * 2 + holder[facts.user[rows]])
        size = np.unique(pair // (len(facts) * 2), return_counts=True)[1]
        found[kind] = float(((size >= 2) & (size <= 20)).mean())
        largest = max(largest, int(np.bincount(facts.identifier[rows]).max()))
    return found, largest


if __name__ == "__main__":
    for name in sys.argv[1:]:
        sys.stdout.write(f"{name}: {json.dumps(asdict(measure(Path(name))), indent=1)}\n")
