"""What became of the facts on the way to effective facts: counts for the manifest, and what the snapshot must know."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from graphfraud.errors import StoreError

FILE = "effective.json"


@dataclass(frozen=True)
class EffectiveReport:
    """Counts of one `effective` call. Times in µs.

    counts: rows per effective table, and
        failed, self_payments     payments kept apart
        legs_merged               payee's legs merged into the payer's
        reversed, reversals       payments taken back, and reversals that took one back
        reversals_unpaired        reversals without a payment to take back
        reversals_void            reversals that were reversed, and those that reversed them
        after_cut                 events later than T, left out
        unknown_referred          referrals whose account no feed has
        withdrawn                 referrals withdrawn
    date_only: no transfer states a time of day.
    cutoffs: latest event time of transfers, cash and identifiers (first seen).
    days: effective transfers per Shanghai day number.
    """

    as_of: int
    counts: dict[str, int]
    date_only: bool = False
    cutoffs: dict[str, int] = field(default_factory=dict)
    days: dict[int, int] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        (folder / FILE).write_text(json.dumps(asdict(self), sort_keys=True, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """From a folder of effective facts. Raises StoreError."""
        try:
            raw = json.loads((folder / FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError) as exc:
            raise StoreError(
                f"no effective facts in {folder}: {exc}; run `graphfraud nightly` without --resume"
            ) from exc
        return cls(**raw | {"days": {int(day): rows for day, rows in raw["days"].items()}})
