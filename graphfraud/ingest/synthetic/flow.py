"""Payments that people mean to make, and the small random parts that every stream of them is made of.

What really happens is settled afterwards (settle.py): nobody pays what he does not have, and what rests on a payment
that did not happen does not happen either.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from graphfraud.core import workdays
from graphfraud.core.snapshot import F64, I8, I32, I64, Flags

START = 1_767_225_600 - 8 * 3600  # 2026-01-01 00:00 Asia/Shanghai, epoch seconds
DAY = 86_400
FIRST_DAY = 20_454  # 2026-01-01 as days since 1970-01-01
YUAN = 100
CASH = -1  # the side of a payment that is cash
#: how the amount comes about: as it stands; at most 9/10 of the balance; a share of another payment; a share of a batch
FIXED, CAPPED, PART, SWEEP = range(4)
HONEST, FRAUD, PROBE = range(3)
CHANNELS = ("mobile", "qr", "online", "batch", "counter")
MOBILE, QR, ONLINE, BATCH, COUNTER = range(5)
REMARKS = (
    "",
    "工资",
    "本人",
    "转账",
    "生活费",
    "货款",
    "房租",
    "还款",
    "借款",
    "缴费",
    "红包",
    "会费",
    "结算",
    "养老金",
)
PLAIN, WAGE, OWN, SENT, LIVING, GOODS, RENT, REPAID, LENT, BILL, GIFT, DUES, SETTLED, PENSION = range(14)
_AMONG = np.array([PLAIN] * 12 + [SENT, SENT, LIVING, GOODS, RENT, REPAID, LENT], np.int8)
#: payments in each hour of the day
_HOURS = np.array([2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 13, 12, 12, 11, 11, 12, 12, 12, 12, 13, 12, 10, 7, 4], float)


@dataclass(frozen=True)
class Flow:
    """Intended payments in any order.

    time    seconds after the start; payer, payee account numbers, CASH where it is cash
    amount  minor units (FIXED, CAPPED); share in 1e-4 (PART, SWEEP); `unit` what the amount is a multiple of
    origin  row of the payment that a PART rests on, number of the batch of a SWEEP, else −1
    case    of a victim's payment, else −1; tag HONEST, FRAUD or PROBE
    """

    time: I64
    payer: I32
    payee: I32
    amount: I64
    kind: I8
    share: I32
    unit: I32
    origin: I64
    channel: I8
    remark: I8
    tag: I8
    case: I32

    def __len__(self) -> int:
        return len(self.time)

    def where(self, keep: Flags | I64) -> Flow:
        """Some of the rows. Only before others rest on them."""
        return Flow(*(getattr(self, f.name)[keep] for f in fields(self)))


def fixed(time: I64, sides: tuple[I32, I32], amount: I64, channel: int, remark: int | I8 = PLAIN) -> Flow:
    """Payments of known amounts."""
    n = len(time)
    payer, payee = (np.asarray(np.broadcast_to(s, n), np.int32) for s in sides)
    zero8, none = np.zeros(n, np.int8), np.full(n, -1, np.int64)
    return Flow(
        *(np.asarray(time, np.int64), payer, payee, np.asarray(amount, np.int64), zero8),
        *(np.zeros(n, np.int32), np.ones(n, np.int32), none, np.full(n, channel, np.int8)),
        *(np.asarray(np.broadcast_to(remark, n), np.int8), zero8, none.astype(np.int32)),
    )


def part(time: I64, sides: tuple[I32, I32], of: I64, share: F64, remark: int | I8 = PLAIN) -> Flow:
    """Payments that pass a share of other payments (rows `of`) on."""
    n = len(time)
    base = fixed(time, sides, np.zeros(n, np.int64), MOBILE, remark)
    kind, parts = np.full(n, PART, np.int8), np.round(share * 10_000).astype(np.int32)
    return Flow(
        *(base.time, base.payer, base.payee, base.amount, kind, parts, base.unit, of),
        *(base.channel, base.remark, base.tag, base.case),
    )


def joined(parts: list[Flow]) -> Flow:
    """One after the other; rows keep the numbers they had in the first."""
    return Flow(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Flow)))


def sensible(flow: Flow, horizon: int) -> Flags:
    """Inside the world, and not to oneself."""
    kept: Flags = (flow.time >= 0) & (flow.time < horizon) & (flow.payer != flow.payee)
    return kept


def among(random: np.random.Generator, size: int) -> I8:
    """What persons write on payments to each other, be they honest or not."""
    found: I8 = _AMONG[random.integers(0, len(_AMONG), size)]
    return found


def is_workday(days: I64) -> Flags:
    """Whether days of the world are Chinese working days."""
    known: Flags = workdays.number(days + FIRST_DAY + 1) > workdays.number(days + FIRST_DAY)
    return known


def moments(random: np.random.Generator, size: int, days: int, off: float = 1.15) -> I64:
    """Any time, mostly by day; a day off has `off` times as many as a working day."""
    weight = np.cumsum(np.where(is_workday(np.arange(days)), 1.0, off))
    day = np.searchsorted(weight / weight[-1], random.random(size))
    return np.minimum(day, days - 1) * DAY + of_day(random, size)


def of_day(random: np.random.Generator, size: int) -> I64:
    """Seconds after midnight."""
    hour = np.searchsorted(np.cumsum(_HOURS) / _HOURS.sum(), random.random(size))
    found: I64 = hour.astype(np.int64) * 3600 + random.integers(0, 3600, size)
    return found


def delays(random: np.random.Generator, size: int, hours: float, spread: float = 1.0) -> I64:
    """Log-normal waiting times in seconds, at least one minute."""
    found: I64 = np.maximum(random.lognormal(np.log(hours * 3600), spread, size), 60).astype(np.int64)
    return found


def by_day(random: np.random.Generator, time: I64) -> I64:
    """Times at which somebody is awake: most of what falls between 1 and 7 waits for the morning."""
    second = time % DAY
    asleep = (second >= 3600) & (second < 7 * 3600) & (random.random(len(time)) < 0.85)
    waits = 7 * 3600 - second + random.integers(0, 7200, len(time))
    found: I64 = time + np.where(asleep, waits, 0)
    return found


def yuan(random: np.random.Generator, size: int, median: float, spread: float, rounded: float = 0.0) -> I64:
    """Log-normal amounts in minor units, at least one yuan; a share of them round."""
    raw = random.lognormal(np.log(median * YUAN), spread, size).astype(np.int64)
    smooth = np.where(random.random(size) < rounded, raw // unit_of(raw) * unit_of(raw), raw)
    found: I64 = np.maximum(smooth, YUAN)
    return found


def unit_of(amount: I64) -> I64:
    """What people round to: 10 yuan, 100 yuan from 300, 1,000 yuan from 5,000."""
    found: I64 = np.select([amount >= 5_000 * YUAN, amount >= 300 * YUAN], [100_000, 10_000], 1_000).astype(np.int64)
    return found
