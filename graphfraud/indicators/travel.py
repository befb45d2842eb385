"""How fast a card would have had to travel from one cash machine to the next.

Only places given as coordinates can be told apart in metres: `latitude,longitude` in degrees, as in "31.2304,121.4737".
A place that is a name has no distance; where no place has coordinates the indicator is not computable.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa

from graphfraud.core.clock import DAY
from graphfraud.core.snapshot import CASH_DESK, F64, I64, UNKNOWN, Snapshot
from graphfraud.core.text import TextColumn

EARTH_M = 6_371_009  # mean radius
_PAIR = re.compile(r"\s*([+-]?\d{1,2}(?:\.\d+)?)\s*[,，;]\s*([+-]?\d{1,3}(?:\.\d+)?)\s*")


def coordinates(places: TextColumn) -> F64:
    """Latitude and longitude in radians, one row a place; NaN where the text is no such pair. O(places)."""
    result = np.full((len(places), 2), np.nan)
    for i, text in enumerate(places):
        found = _PAIR.fullmatch(text)
        if found and abs(float(found[1])) <= 90 and abs(float(found[2])) <= 180:
            result[i] = np.radians([float(found[1]), float(found[2])])
    return result


def trips(snapshot: Snapshot, days: int) -> pa.Table | None:
    """Consecutive withdrawals of an account in the last `days` days: account, time (of the
    second), metres and micros between the two.

    None where no place has coordinates. Distance on the great circle (haversine; R. W. Sinnott, Sky and Telescope 68,
    1984), rounded to the metre. O(cash flows log cash flows).
    """
    cash, flows = snapshot.cash, snapshot.flows
    at = coordinates(cash.places)
    if np.isnan(at[:, 0]).all():
        return None
    known = (cash.place != UNKNOWN) & ~np.isnan(at[cash.place, 0])
    time = flows.time[cash.flow]
    known &= (flows.payee[cash.flow] == CASH_DESK) & (time > snapshot.as_of - days * DAY) & (time <= snapshot.as_of)
    flow, place = cash.flow[known], cash.place[known]
    order = np.lexsort((flow, flows.payer[flow]))
    flow, place = flow[order], at[place[order]]
    account, time = flows.payer[flow], flows.time[flow]
    same = account[1:] == account[:-1]
    return pa.table(
        {
            "account": account[1:][same],
            "time": time[1:][same],
            "metres": _metres(place[:-1][same], place[1:][same]),
            "micros": (time[1:] - time[:-1])[same],
        }
    )


def _metres(a: F64, b: F64) -> I64:
    half = np.sin((b - a) / 2) ** 2
    share = half[:, 0] + np.cos(a[:, 0]) * np.cos(b[:, 0]) * half[:, 1]
    metres: I64 = np.rint(2 * EARTH_M * np.arcsin(np.minimum(np.sqrt(share), 1.0))).astype(np.int64)
    return metres
