"""Run every indicator and say which could not be computed."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.clock import DAY
from graphfraud.core.findings import FINDINGS
from graphfraud.core.snapshot import F64, Snapshot
from graphfraud.errors import UsageError
from graphfraud.indicators.definition import Indicator
from graphfraud.indicators.engine import Engine, opened
from graphfraud.indicators.library import catalogue
from graphfraud.indicators.window import MAX_MOVES
from graphfraud.settings import Settings

POINT_E6 = 10_000  # one point of a header in 1e-6 of a full scorecard


class HasLineage(Protocol):
    """What indicators take from the risk stage: share of inflow that descends from referred accounts."""

    @property
    def lineage(self) -> F64: ...


def run(facts: Path, snapshot: Snapshot, settings: Settings, risk: HasLineage | None = None) -> dict[str, pa.Table]:
    """Findings tables `indicator_hits` and `indicator_status`.

    `facts` is the folder of effective facts as of T. Hits carry the points their indicator states; the caps of the
    scorecard are applied by `models.scorecard`. An indicator whose columns no source had, or whose history is too
    short, is not computable and says why; it never counts as 0. O(moves + lots of the longest window, log factors).
    """
    values = resolved(settings)
    window = max(v.get("window_days", 0) for v in values.values())
    hits, status = [], []
    with opened(facts, snapshot, settings, None if risk is None else risk.lineage, window) as engine:
        left_out = _left_out(engine, settings)
        for indicator in catalogue():
            missing = _missing(indicator, engine, snapshot, values[indicator.id])
            if indicator.requires == ("lineage",) and risk is None:
                missing = ["lineage"]
            found = None if missing else _hits(indicator, engine, snapshot, values[indicator.id])
            if found is not None:
                hits.append(found)
            notes = missing or [text for table, text in left_out.items() if table in indicator.query]
            status.append((indicator.id, indicator.version, not missing, "; ".join(notes), _rows(found)))
    return {"indicator_hits": _joined(hits), "indicator_status": _status(status)}


def resolved(settings: Settings) -> dict[str, dict[str, int]]:
    """Thresholds of every indicator under the settings. Raises UsageError for an id or a name that is not there."""
    known = {i.id: i for i in catalogue()}
    unknown = sorted(set(settings.indicators) - set(known))
    if unknown:
        raise UsageError(f"[indicators] knows no {', '.join(unknown)}; there are {', '.join(known)}")
    return {name: i.values(settings.indicators.get(name, {})) for name, i in known.items()}


def _rows(table: pa.Table | None) -> int:
    return 0 if table is None else int(table.num_rows)


def _hits(indicator: Indicator, engine: Engine, snapshot: Snapshot, values: dict[str, int]) -> pa.Table:
    found = engine.rows(indicator.query, values | {"as_of": snapshot.as_of})
    size = found.num_rows
    return pa.table(
        {
            "account_id": snapshot.accounts.id.arrow().take(found["account"].combine_chunks()).cast(pa.string()),
            "indicator_id": pa.repeat(indicator.id, size),
            "version": pa.repeat(pa.scalar(indicator.version, pa.int64()), size),
            "value": found["value"].cast(pa.int64()),
            "points_e6": pa.repeat(pa.scalar(indicator.points * POINT_E6, pa.int64()), size),
        }
    )


def _joined(parts: list[pa.Table]) -> pa.Table:
    spec = FINDINGS["indicator_hits"]
    return spec.sorted(pa.concat_tables(parts)) if parts else spec.empty()


def _status(rows: list[tuple[str, int, bool, str, int]]) -> pa.Table:
    names = FINDINGS["indicator_status"].schema.names
    columns = zip(*rows, strict=True)
    return FINDINGS["indicator_status"].table({n: list(c) for n, c in zip(names, columns, strict=True)})


def _missing(indicator: Indicator, engine: Engine, snapshot: Snapshot, values: dict[str, int]) -> list[str]:
    """What the indicator needs and the data lacks."""
    absent = snapshot.meta.missing or {}
    lacking = [need for need in indicator.requires if not _there(need, engine, absent)]
    days = sum(values[name] for name in indicator.history)
    known = (snapshot.as_of - snapshot.meta.first_time + DAY // 2) // DAY
    if known < days:
        lacking.append(f"{days} days of transfers (there are {known})")
    return lacking


def _there(need: str, engine: Engine, absent: dict[str, list[str]]) -> bool:
    """`table.column`: some source had it. `identifiers:a|b`: a row of such a kind. `table`: a row at all."""
    if need == "lineage":
        return True
    table, _, column = need.partition(".")
    if column:
        return column not in absent.get(table, [])
    table, _, kinds = need.partition(":")
    if not kinds:
        return engine.one("SELECT count(*) FROM cash" if table == "cash" else "SELECT count(*) FROM sanctions") > 0
    found = engine.rows("SELECT DISTINCT kind FROM identifiers", {})["kind"]
    return bool(pc.any(pc.is_in(found, pa.array(kinds.split("|"), found.type))).as_py())


def _left_out(engine: Engine, settings: Settings) -> dict[str, str]:
    """Per shared table, what was left out of it and how much; nothing where nothing was."""
    cap = settings.links.max_holders_ring
    busy = engine.busy
    hubs = engine.one("SELECT count(*) FROM holders_of ANTI JOIN shared_identifiers USING (ident)")
    notes = {}
    if busy:
        notes["recent"] = notes["by_workday"] = f"left out: {busy:,} accounts with more than {MAX_MOVES:,} moves"
    if hubs:
        notes["shared_identifiers"] = f"left out: {hubs:,} identifiers with more than {cap} holders"
    return notes
