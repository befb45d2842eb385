"""What the police know of the fraud: referrals; and the truth tables of a bench world."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from graphfraud.core.snapshot import I32, I64
from graphfraud.ingest.synthetic.bench.fraud import Fraud, Rings, roles
from graphfraud.ingest.synthetic.bench.people import People
from graphfraud.ingest.synthetic.bench.plan import HORIZON, START
from graphfraud.ingest.synthetic.bench.stream import dwell


def referrals(world: People, found: Fraud) -> pa.Table:
    """Referrals of the accounts that victims paid: `plan.referrals` of them, or as many as were reported by the end.

    A report comes about two days after the payment; one in five does not name the victim's account.
    """
    random = world.plan.random(50)
    paid = found.victim_payments
    at = paid.time + dwell(random, 48.0, len(paid))
    known = np.flatnonzero(at < HORIZON)
    chosen = np.sort(random.permutation(known)[: world.plan.referrals])
    chosen = chosen[np.argsort(at[chosen], kind="stable")]
    named = random.random(len(chosen)) < 0.78
    victim = world.account_id.take(pa.array(paid.payer[chosen]))
    return pa.table(
        {
            "referral_id": _named("R", np.arange(len(chosen))),
            "case_no": _named("C", found.victim_case[chosen]),
            "account_id": world.account_id.take(pa.array(paid.payee[chosen])),
            "referred_at": START + at[chosen],
            "victim_account": pa.compute.if_else(pa.array(named), victim, pa.scalar(None, pa.string())),
            "victim_amount": paid.amount[chosen],
            "victim_time": START + paid.time[chosen],
        }
    )


def _named(letter: str, number: I32 | I64) -> pa.Array:
    return pa.array([f"{letter}{int(i):07d}" for i in number], pa.string())


def truth(world: People, rings: Rings, found: Fraud, txn_id: pa.Array) -> dict[str, pa.Table]:
    """Truth tables: rings, fraud_transfers, victims. `txn_id` is that of every fraud payment, in their order."""
    size = np.diff(rings.ptr)
    paid = found.victim_payments
    return {
        "rings": pa.table(
            {
                "account_id": world.account_id.take(pa.array(rings.member)),
                "ring": np.repeat(np.arange(len(size)), size),
                "role": pa.array(roles(rings)),
            }
        ),
        "fraud_transfers": pa.table(
            {"txn_id": txn_id, "case": _named("C", found.case), "depth": found.depth.astype(np.int64)}
        ),
        "victims": pa.table(
            {
                "case": _named("C", found.victim_case),
                "ring": found.case_ring[found.victim_case].astype(np.int64),
                "victim": world.account_id.take(pa.array(paid.payer)),
                "amount": paid.amount,
                "time": START + paid.time,
            }
        ),
    }
