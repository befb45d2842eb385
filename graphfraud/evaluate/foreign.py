"""What the adapters of foreign worlds share: steps as days, decimals as minor units, synthetic referrals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from graphfraud.core.snapshot import I64
from graphfraud.errors import InputError
from graphfraud.evaluate.truth import day

SEED = 20_260_101
_DAY_0 = np.datetime64("2026-01-01")


@dataclass(frozen=True)
class Written:
    """What an adapter wrote: the cut (UTC µs) and, beside the facts, the fraudulent accounts and their patterns."""

    cut: int
    fraud: list[str]
    pattern: list[int] | None  # of each fraudulent row
    acted_step: list[int] | None  # first step of a fraud transfer, per fraudulent row; −1 never


def dates(steps: I64) -> pa.Array:
    """Steps as dates without time of day, from 2026-01-01 on: ingest then marks the feed date-only."""
    return pa.array(np.datetime_as_string(_DAY_0 + steps.astype("timedelta64[D]"), unit="D"))


def minor(amounts: np.typing.NDArray[np.float64]) -> I64:
    """Decimal amounts as minor units, rounded to the nearest; amounts that round to nothing become 1."""
    return np.maximum(np.rint(amounts * 100).astype(np.int64), 1)


def read_csv(path: Path) -> pa.Table:
    """A CSV file of a foreign world. Raises InputError."""
    try:
        return pacsv.read_csv(path)
    except (OSError, pa.ArrowException) as exc:
        raise InputError(f"{path} cannot be read: {exc}") from exc


def write_csv(table: pa.Table, path: Path) -> None:
    """Write a canonical table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pacsv.write_csv(table, path)


def referrals(accounts: Sequence[str], step: int) -> pa.Table:
    """Synthetic referrals of these accounts, each a case of its own, made at 00:00 of a step's day."""
    n = len(accounts)
    return pa.table(
        {
            "referral_id": [f"S{i:06d}" for i in range(n)],
            "case_no": [f"SEED-{i:06d}" for i in range(n)],
            "account_id": list(accounts),
            "referred_at": dates(np.full(n, step, dtype=np.int64)),
            "authority": ["synthetic seed"] * n,
        }
    )


def cut_after(steps: I64) -> tuple[int, int]:
    """The first step after the data and its time: everything is known at the cut."""
    step = int(steps.max()) + 1
    return step, day(step)
