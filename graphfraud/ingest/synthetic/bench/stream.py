"""A stream of payments, and the small random parts that every stream is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphfraud.core.snapshot import F64, I8, I32, I64, Flags
from graphfraud.ingest.synthetic.bench.plan import DAYS, HORIZON

CHANNELS = ("mobile", "qr", "gateway", "batch", "web")
MOBILE, QR, GATEWAY, BATCH, WEB = range(5)
REMARKS = ("", "工资", "本人")
PLAIN, SALARY, OWN = range(3)
#: how many payments fall into each hour of the day
_HOURS = np.array([2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 13, 12, 12, 11, 11, 12, 12, 12, 12, 13, 12, 10, 7, 4], float)


@dataclass(frozen=True)
class Stream:
    """Payments in any order. `time` is seconds after the start, amounts are minor units."""

    payer: I32
    payee: I32
    amount: I64
    time: I64
    channel: I8
    remark: I8

    def __len__(self) -> int:
        return len(self.payer)

    def where(self, keep: Flags | I64) -> Stream:
        return Stream(
            self.payer[keep],
            self.payee[keep],
            self.amount[keep],
            self.time[keep],
            self.channel[keep],
            self.remark[keep],
        )

    def within(self) -> Stream:
        """Payments inside the horizon, none of an account to itself."""
        return self.where((self.time < HORIZON) & (self.time >= 0) & (self.payer != self.payee))


def stream(sides: tuple[I32, I32], amount: I64, time: I64, channel: int, remark: int = PLAIN) -> Stream:
    """A stream with one channel and remark."""
    n = len(amount)
    payer, payee = (np.asarray(side, np.int32) for side in sides)
    return Stream(payer, payee, amount, time, np.full(n, channel, np.int8), np.full(n, remark, np.int8))


def joined(parts: list[Stream]) -> Stream:
    """One stream after the other."""
    return Stream(
        np.concatenate([p.payer for p in parts]),
        np.concatenate([p.payee for p in parts]),
        np.concatenate([p.amount for p in parts]),
        np.concatenate([p.time for p in parts]),
        np.concatenate([p.channel for p in parts]),
        np.concatenate([p.remark for p in parts]),
    )


def any_time(random: np.random.Generator, size: int) -> I64:
    """Any day, mostly in daytime."""
    return random.integers(0, DAYS, size) * 86_400 + day_time(random, size)


def day_time(random: np.random.Generator, size: int) -> I64:
    """Seconds after midnight."""
    hour = np.searchsorted(np.cumsum(_HOURS) / _HOURS.sum(), random.random(size))
    found: I64 = hour.astype(np.int64) * 3600 + random.integers(0, 3600, size)
    return found


def money(random: np.random.Generator, size: int, median: float, spread: float) -> I64:
    """Log-normal amounts, at least 1 yuan."""
    found: I64 = np.maximum(random.lognormal(np.log(median), spread, size).astype(np.int64), 100)
    return found


def dwell(random: np.random.Generator, hours: float | F64, size: int) -> I64:
    """Exponential waiting times in seconds, at least one."""
    found: I64 = (random.exponential(1.0, size) * np.asarray(hours) * 3600).astype(np.int64) + 1
    return found


def part_of(random: np.random.Generator, amount: I64, low: float, high: float) -> I64:
    """A share between low and high of each amount, at least 1 yuan."""
    share: NDArray[np.float64] = random.uniform(low, high, len(amount))
    found: I64 = np.maximum((amount * share).astype(np.int64), 100)
    return found
