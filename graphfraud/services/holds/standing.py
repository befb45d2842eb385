"""Holds that stand already, and balances that a bank stated: what the facts of a run say beside the money."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from graphfraud.core.clock import HOUR
from graphfraud.core.runs import PublishedRun
from graphfraud.core.snapshot import I32
from graphfraud.settings import HoldSettings

#: Words of a disposition's result, lower case; the first kind that has one of its words in the result counts.
WORDS = {
    "release": ("解除", "解冻", "解付", "release", "lifted"),
    "frozen": ("冻结", "frozen", "freeze"),
    "hold": ("止付", "hold", "stop-payment", "stop payment"),
}


def kind_of(result: str) -> str | None:
    """What a disposition did: release, frozen, hold; None for another measure."""
    text = result.lower()
    return next((kind for kind, words in WORDS.items() if any(word in text for word in words)), None)


@dataclass(frozen=True)
class Standing:
    """Holds of one account by a moment: how many, the last, until when one still runs; frozen by the police since."""

    count: int = 0
    last: int | None = None
    until: int | None = None
    frozen: int | None = None

    @classmethod
    def of(cls, dispositions: Iterable[tuple[int, str]], at: int, settings: HoldSettings) -> Standing:
        """From (time, result) of an account, in any order. A release ends what ran; holds stay counted."""
        count, last, until, frozen = 0, None, None, None
        for time, result in sorted((t, r) for t, r in dispositions if t <= at):
            kind = kind_of(result)
            if kind == "release":
                until = frozen = None
            elif kind == "frozen":
                frozen = time
            elif kind == "hold":
                count, last, until = count + 1, time, time + settings.lasts_hours * HOUR
        return cls(count, last, until if until is not None and until > at else None, frozen)

    def bars(self, settings: HoldSettings) -> str:
        """Why no hold is possible now: frozen, running, twice; '' where one is."""
        if self.frozen is not None:
            return "frozen"
        if self.until is not None:
            return "running"
        return "twice" if self.count >= settings.most else ""


def standings(run: PublishedRun, accounts: Collection[int], at: int, settings: HoldSettings) -> dict[int, Standing]:
    """What stands on these accounts; those without any disposition are not in it. One read of a small file."""
    file = run.facts("dispositions")
    if not file.exists():
        return {}
    table = pq.read_table(file, columns=["account", "time", "result"])
    table = table.filter(pc.is_in(table["account"].cast(pa.int64()), value_set=pa.array(sorted(accounts), pa.int64())))
    found: dict[int, list[tuple[int, str]]] = {}
    for row in table.to_pylist():
        found.setdefault(row["account"], []).append((row["time"], row["result"] or ""))
    return {account: Standing.of(rows, at, settings) for account, rows in found.items()}


def stated_balances(run: PublishedRun, accounts: I32, at: int) -> dict[int, tuple[int, int]]:
    """Last balance that a feed stated for each account: (number of the payment, balance after it).

    None where no feed has balances; else one pass over narrow columns of the transfers. O(transfers).
    """
    missing = (run.snapshot.meta.missing or {}).get("transfers", [])
    found: dict[int, tuple[int, int]] = {}
    for side in ("payer", "payee"):
        column = f"{side}_balance_after"
        if column in missing or not run.facts("transfers").exists() or not len(accounts):
            continue
        among = pc.field(side).isin(pa.array(np.asarray(accounts, np.int32)))
        wanted = among & pc.field(column).is_valid() & (pc.field("time") <= at)
        table = pq.read_table(run.facts("transfers"), columns=["flow", side, column], filters=wanted)
        for flow, account, balance in zip(*(table[c].to_pylist() for c in ("flow", side, column)), strict=True):
            if flow >= found.get(account, (-1, 0))[0]:
                found[account] = (flow, balance)
    return found
