"""Payments between accounts, summed by pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from graphfraud.core.snapshot import CASH_DESK, Snapshot
from graphfraud.services.answers import Micros, Minor
from graphfraud.services.neighbourhood import Bounds, flows_in


@dataclass(frozen=True)
class PairFlow:
    """All payments from one account to another within the window and above the floor."""

    payer: Annotated[str | None, Field(description="null: cash paid in")]
    payee: Annotated[str | None, Field(description="null: cash taken out")]
    payments: int
    amount: Minor
    first_time: Micros
    last_time: Micros


def pair_flows(
    snapshot: Snapshot, accounts: Sequence[int], crossed: Sequence[int] | None = None, bounds: Bounds | None = None
) -> list[PairFlow]:
    """Flows between these accounts and their cash, summed by (payer, payee), largest sum first.

    Only flows of the accounts in `crossed` (all by default) are read. O(their flows).
    """
    limits = bounds or Bounds()
    read = [flows_in(snapshot, a, limits) for a in (accounts if crossed is None else crossed)]
    flow = np.unique(np.concatenate([np.zeros(0, np.int32), *read]))
    inside = np.array([CASH_DESK, *accounts], dtype=np.int32)
    payer, payee = snapshot.flows.payer[flow], snapshot.flows.payee[flow]
    kept = np.isin(payer, inside) & np.isin(payee, inside)
    flow, payer, payee = flow[kept], payer[kept].astype(np.int64), payee[kept].astype(np.int64)
    width = len(snapshot.accounts) + 1
    pair, first, place = np.unique((payer + 1) * width + payee + 1, return_index=True, return_inverse=True)
    amount, last = np.zeros(len(pair), np.int64), np.zeros(len(pair), np.int64)
    np.add.at(amount, place, snapshot.flows.amount[flow])
    np.maximum.at(last, place, np.arange(len(flow)))
    payments, time = np.bincount(place, minlength=len(pair)), snapshot.flows.time
    order: list[int] = np.lexsort((pair, -amount)).tolist()
    return [
        PairFlow(
            _name(snapshot, int(pair[i] // width) - 1),
            _name(snapshot, int(pair[i] % width) - 1),
            int(payments[i]),
            int(amount[i]),
            int(time[flow[first[i]]]),
            int(time[flow[last[i]]]),
        )
        for i in order
    ]


def _name(snapshot: Snapshot, account: int) -> str | None:
    return None if account == CASH_DESK else snapshot.accounts.id[account]
