"""The plan of a bench world: how much of what, in proportion to the transfers asked for.

What is taken from the planted bank world (its shares per account): rings (60 per 27,589 accounts), mules (872), cases
with about eight fraud transfers each, referrals (626), cash, shared identifiers. What is the bench's own: ten transfers
per account over 90 days, 20 hubs that take part in 40 % of all transfers (1 to 3 % each), IPs of up to 5 % of all
accounts. There are ten transfers per account here and 48 there, so a ring's share of the *transfers* is five times as
high: relay pairs and rings are denser than in the planted world, which is what a bench wants.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DAYS = 90
START = 1_767_225_600 - 8 * 3600  # 2026-01-01 00:00 Asia/Shanghai, epoch seconds
HORIZON = DAYS * 86_400
HUBS = 20
_WORLD_ACCOUNTS, _WORLD_RINGS, _WORLD_REFERRALS = 27_589, 60, 626


@dataclass(frozen=True)
class BenchPlan:
    """A bench world of `transfers` rows; equal plans give equal worlds, byte for byte."""

    transfers: int
    seed: int = 20_260_101

    def __post_init__(self) -> None:
        if self.transfers < 10_000:
            raise ValueError("a bench world needs at least 10,000 transfers")

    @property
    def accounts(self) -> int:
        return self.transfers // 10

    @property
    def merchants(self) -> int:
        return self.accounts // 50

    @property
    def employers(self) -> int:
        return self.accounts // 160

    @property
    def persons(self) -> int:
        return self.accounts - HUBS - self.merchants - self.employers

    @property
    def first_person(self) -> int:
        return self.accounts - self.persons

    @property
    def rings(self) -> int:
        return max(2, round(self.accounts * _WORLD_RINGS / _WORLD_ACCOUNTS))

    @property
    def referrals(self) -> int:
        return max(2, round(self.accounts * _WORLD_REFERRALS / _WORLD_ACCOUNTS))

    def share(self, part: float) -> int:
        """That share of all transfers."""
        return round(self.transfers * part)

    def random(self, part: int) -> np.random.Generator:
        """The generator of one part of the world: parts do not disturb each other."""
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, part])))


def hub_kind(hub: int) -> str:
    """Hubs 0 to 19 by turns: a shop platform, a payment company's pooled account, a company that pays out."""
    return ("merchant", "pooled", "company")[hub % 3]
