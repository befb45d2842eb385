"""How long two accounts have known each other when one pays the other.

Money passed on between accounts that have dealt with one another for months is life; between accounts that have just
met it is worth a look. This told mules from honest people in every world we have (docs/adr/0011).
"""

from __future__ import annotations

import numba as nb
import numpy as np

from graphfraud.core.clock import DAY
from graphfraud.core.csr import group_rows
from graphfraud.core.snapshot import F64, I32, I64, Flows


@nb.njit(cache=True)
def _since(ptr: I64, order: I32, ends: tuple[I32, I32], time: I64) -> I64:
    """Rows come grouped by their smaller end and in time order within it."""
    payer, payee = ends
    result = np.zeros(time.shape[0], np.int64)
    met = np.full(ptr.shape[0] - 1, -1, np.int32)
    first = np.zeros(ptr.shape[0] - 1, np.int64)
    for v in range(ptr.shape[0] - 1):
        for i in range(ptr[v], ptr[v + 1]):
            row = order[i]
            other = max(payer[row], payee[row])
            if met[other] != v:
                met[other], first[other] = v, time[row]
            result[row] = time[row] - first[other]
    return result


def since_contact(n: int, flows: Flows) -> I64:
    """µs between each flow and the first flow of its two accounts, in either direction; 0 for cash. O(n + flows)."""
    ptr, order = group_rows(n, np.minimum(flows.payer, flows.payee))
    return np.asarray(_since(ptr, order, (flows.payer, flows.payee), flows.time))


def newness(n: int, flows: Flows, days: float) -> F64:
    """e^(−since_contact/days) of every flow, in (0, 1]; 1 for the first payment of a pair. O(n + flows)."""
    return np.asarray(np.exp(-since_contact(n, flows) / (days * DAY)))
