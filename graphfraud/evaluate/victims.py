"""The lists of possible and of next victims against the truth: who had lost money by T and had not reported it.

Who has been named as a victim in a referral by T is out of the figures: there is nobody to find. Rank is that of the
list, so precision at k is what the first k calls are worth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.clock import DAY, HOUR
from graphfraud.core.snapshot import I32, Flags
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.facts import NEVER
from graphfraud.evaluate.section import Grid, Section, percent

DEPTHS = (20, 50, 100)
LATELY = (30, 90)  # days
SOON, JUST = 7 * DAY, 72 * HOUR
GRADES = ("likely", "possible", "unlikely")
MEMBER = "ring member"


@dataclass(frozen=True)
class Share:
    """`found` of `of`."""

    name: str
    of: int
    found: int

    @property
    def share(self) -> float | None:
        return self.found / self.of if self.of else None


@dataclass(frozen=True)
class VictimFigures:
    """Figures at T over persons' accounts.

    lost, reported  had paid a ring by T; and had been named in a referral by then
    recall          unreported victims that are listed, by how long ago they first paid; the last row is all of them
    precision       listed payers that are unreported victims: the first 20, 50, 100, by grade, and all
    wrong           listed payers that are not, by stratum and grade
    """

    lost: int
    reported: int
    recall: tuple[Share, ...]
    precision: tuple[Share, ...]
    wrong: dict[str, dict[str, int]]


@dataclass(frozen=True)
class NextFigures:
    """Figures of the list of who may pay next.

    soon      listed payers that pay a ring in the 7 days after T: the first 20, 50, 100, all
    payers    victims that pay in these 7 days; `known` of them had paid a ring before, so that any list could have them
    just      victims that first paid in the last 72 h before T, and how many of them are listed
    lost      listed payers that are victims by T, reported or not: the first 20, 50, 100, all
    """

    soon: tuple[Share, ...]
    payers: int
    known: int
    just: Share
    lost: tuple[Share, ...]


def victim_figures(case: Case) -> VictimFigures | None:
    """None where the findings have no list or the world no victims. O(rows of the list + accounts)."""
    if "victims" not in case.findings or not (case.truth.victim_at < NEVER).any():
        return None
    lost, reported = case.truth.victim_at <= case.as_of, case.facts.reported_at <= case.as_of
    due: Flags = lost & ~reported
    listed, grades = _listed(case, reported)
    on_list = np.zeros(len(due), bool)
    on_list[listed] = True
    hit = due[listed]
    recall = [
        Share(f"paid in the last {d} days", int(mine.sum()), int((mine & on_list).sum()))
        for d in LATELY
        for mine in [due & (case.truth.victim_at > case.as_of - d * DAY)]
    ]
    by_grade = [Share(g, int((grades == g).sum()), int(hit[grades == g].sum())) for g in GRADES]
    return VictimFigures(
        int(lost.sum()),
        int((lost & reported).sum()),
        (*recall, Share("all", int(due.sum()), int(hit.sum()))),
        (*_first(hit), *by_grade, Share("all", len(listed), int(hit.sum()))),
        _wrong(case, listed[~hit], grades[~hit]),
    )


def next_figures(case: Case) -> NextFigures | None:
    """None where the findings have no list or the world does not say which payments are victims'. O(list + fraud)."""
    fraud, table = case.truth.fraud, case.findings.get("next_victims")
    if fraud is None or table is None:
        return None
    paid = (fraud.depth == 0) & (fraud.payer >= 0)
    after = paid & (fraud.time > case.as_of) & (fraud.time <= case.as_of + SOON)
    soon, before = np.zeros(len(case.facts), bool), np.zeros(len(case.facts), bool)
    soon[fraud.payer[after]] = True
    before[fraud.payer[paid & (fraud.time <= case.as_of)]] = True
    listed = _codes(case, table.sort_by("rank"))
    on_list = np.zeros(len(soon), bool)
    on_list[listed] = True
    first = case.truth.victim_at
    just = (first <= case.as_of) & (first > case.as_of - JUST)
    return NextFigures(
        (*_first(soon[listed]), Share("all", len(listed), int(soon[listed].sum()))),
        int(soon.sum()),
        int((soon & before).sum()),
        Share("first paid in the last 72 h", int(just.sum()), int((just & on_list).sum())),
        (*_first(before[listed]), Share("all", len(listed), int(before[listed].sum()))),
    )


def victims_section(case: Case) -> Section | None:
    """The list of possible victims."""
    found = victim_figures(case)
    if found is None:
        return None
    lines = (
        f"{found.lost:,} accounts had paid a ring by T, {found.reported:,} of them are named as victims in a referral"
        f" and out of the figures.",
    )
    strata = sorted(found.wrong, key=lambda s: (-sum(found.wrong[s].values()), s))
    wrong = [(s, *(f"{found.wrong[s].get(g, 0):,}" for g in GRADES)) for s in strata]
    grids = (
        _grid("Precision of the list", "listed", "victims", found.precision),
        _grid("Recall of victims who have not reported", "victims", "listed", found.recall),
        Grid(("stratum", *GRADES), tuple(wrong), "Wrongly listed"),
    )
    return Section("victims", "Possible victims", lines, grids, data=_data(found))


def next_section(case: Case) -> Section | None:
    """The list of who may pay next."""
    found = next_figures(case)
    if found is None:
        return None
    lines = (
        f"{found.payers:,} victims pay a ring in the 7 days after T; {found.known:,} of them had paid one before, and"
        f" only those can be on a list of payers.",
        f"{found.just.found:,} of the {found.just.of:,} victims that first paid in the last 72 h are listed.",
    )
    grids = (
        _grid("Pay in the 7 days after T", "listed", "pay", found.soon),
        _grid("Victims by T", "listed", "victims", found.lost),
    )
    return Section("next_victims", "Next victims", lines, grids, data=_data(found))


def _listed(case: Case, reported: Flags) -> tuple[I32, np.ndarray[Any, np.dtype[np.str_]]]:
    """Payers of the list in their order, without those who have reported, and their grades."""
    table = case.findings["victims"]
    graded = "grade" in table.column_names
    columns = {"account_id": table["account_id"], "rank": table["rank"]}
    columns["grade"] = table["grade"] if graded else pa.chunked_array([["likely"] * table.num_rows])
    rows = pa.table(columns).group_by("account_id").aggregate([("rank", "min"), ("grade", "min")]).sort_by("rank_min")
    codes = _codes(case, rows)
    grades = np.array(pc.fill_null(rows["grade_min"], "likely").to_pylist(), dtype=str)
    kept = (codes >= 0) & ~reported[codes]
    return codes[kept], grades[kept]


def _codes(case: Case, table: pa.Table) -> I32:
    codes = case.facts.codes(table["account_id"])
    return codes


def _first(hit: Flags) -> list[Share]:
    return [Share(f"first {k}", min(k, len(hit)), int(hit[:k].sum())) for k in DEPTHS]


def _wrong(case: Case, who: I32, grades: np.ndarray[Any, np.dtype[np.str_]]) -> dict[str, dict[str, int]]:
    counts: Counter[tuple[str, str]] = Counter()
    for account, grade in zip(who.tolist(), grades.tolist(), strict=True):
        name = MEMBER if case.truth.mule[account] else case.truth.stratum[account] or "unknown"
        counts[name, grade] += 1
    found: dict[str, dict[str, int]] = {}
    for (name, grade), count in sorted(counts.items()):
        found.setdefault(name, {})[grade] = count
    return found


def _grid(title: str, of: str, found: str, shares: tuple[Share, ...]) -> Grid:
    rows = tuple((s.name, f"{s.of:,}", f"{s.found:,}", percent(s.share)) for s in shares)
    return Grid(("", of, found, "share"), rows, title)


def _data(found: VictimFigures | NextFigures) -> Mapping[str, Any]:
    return asdict(found)
