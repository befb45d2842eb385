"""What wrong and withdrawn referrals do: who stands higher because of them than without them.

The truth of a world may name referrals that the police should not have made (`truth/referral_errors`). The detector
runs anew without those known at T; whoever is at a level only because of them was *raised* by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa

from graphfraud.core.snapshot import I64, Flags
from graphfraud.evaluate.alter import known_referrals
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.panel import export_levels
from graphfraud.evaluate.section import Grid, Section
from graphfraud.evaluate.trial import Detect, Trial

NAME = "without wrong referrals"
LEVELS = (1, 2, 3)


@dataclass(frozen=True)
class Raised:
    """Accounts that nobody referred, at `level` or above with the wrong referrals and below it without them."""

    level: int
    accounts: int
    honest: int


@dataclass(frozen=True)
class Wrong:
    """`referrals` of `of_referrals` known at T are wrong or withdrawn, of `accounts` accounts."""

    referrals: int
    of_referrals: int
    accounts: int
    raised: tuple[Raised, ...]


def wrong(case: Case, referrals: pa.Table, errors: Sequence[str], detect: Detect) -> Wrong | None:
    """One run without the referrals in `errors`; None where none of them is known at T."""
    known = known_referrals(referrals, case.as_of)
    bad = np.isin(known["referral_id"].to_numpy(zero_copy_only=False), list(errors))
    if not bad.any():
        return None
    kept = known.filter(pa.array(~bad))
    findings = detect(Trial(NAME, case.as_of, {"referrals": kept}))
    without = export_levels(findings["scores"], case.facts)
    others = ~case.facts.referred(case.as_of) & ~case.truth.outside
    accounts = len(set(known.filter(pa.array(bad))["account_id"].to_pylist()))
    raised = tuple(_raised(case, level, others & _at(case.level, level) & ~_at(without, level)) for level in LEVELS)
    return Wrong(int(bad.sum()), known.num_rows, accounts, raised)


def _at(levels: I64, level: int) -> Flags:
    found: Flags = (levels > 0) & (levels <= level)
    return found


def _raised(case: Case, level: int, who: Flags) -> Raised:
    return Raised(level, int(who.sum()), int((who & ~case.truth.mule).sum()))


def section(found: Wrong) -> Section:
    """The table."""
    line = (
        f"{found.referrals} of {found.of_referrals} referrals known at T are wrong or withdrawn, and nothing told the"
        " detector so. Raised by them is who nobody referred and who stands at a level with these referrals and below"
        " it in a run without them."
    )
    rows = tuple((f"{r.level} or above", str(r.accounts), str(r.honest)) for r in found.raised)
    grid = Grid(("level", "raised", "of them honest"), rows)
    return Section("wrong", "Wrong and withdrawn referrals", (line,), (grid,), (), asdict(found))
