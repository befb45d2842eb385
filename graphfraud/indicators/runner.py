"""Run every indicator and say which could not be computed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.clock import DAY
from graphfraud.core.findings import FINDINGS
from graphfraud.core.snapshot import F64, Snapshot
from graphfraud.errors import GraphFraudError, UsageError
from graphfraud.indicators.definition import Indicator
from graphfraud.indicators.engine import Earlier, Engine, opened
from graphfraud.indicators.needs import GIVEN, ROWS, WORDS
from graphfraud.indicators.own import everything, own, rehearse, wrong
from graphfraud.indicators.window import MAX_MOVES
from graphfraud.settings import Settings

#: Tables of the last days: their longest window is the widest one of an indicator that reads them.
WINDOWED = frozenset({"recent", "by_workday", "by_day", "lots", "trips"})


class HasLineage(Protocol):
    """What indicators take from the risk stage: share of inflow that descends from referred accounts."""

    @property
    def lineage(self) -> F64: ...


def run(
    facts: Path,
    snapshot: Snapshot,
    settings: Settings,
    risk: HasLineage | None = None,
    tables: Mapping[str, pa.Table] | None = None,
) -> dict[str, pa.Table]:
    """Findings tables `indicator_hits` and `indicator_status`.

    `facts` is the folder of effective facts as of T; `tables` may hold the findings `rings` and `layers`. Hits carry no
    points: the scorecard gives them. An indicator whose columns no source had, whose history is too short or whose
    findings are not given is not computable and says why; it never counts as 0.
    O(moves + lots of the longest window, log factors).
    """
    values = resolved(settings)
    earlier = Earlier(None if risk is None else risk.lineage, tables or {})
    hits, status = [], []
    with opened(facts, snapshot, settings, earlier, _window(values, settings)) as engine:
        left_out = _left_out(engine, settings)
        for indicator in everything(settings):
            missing = _missing(indicator, engine, snapshot, values[indicator.id])
            found = None if missing else _hits(indicator, engine, snapshot, values[indicator.id])
            if found is not None:
                hits.append(found)
            notes = missing or sorted({text for table, text in left_out.items() if table in indicator.tables})
            held = ", ".join(f"{name} {value:,}" for name, value in values[indicator.id].items())
            status.append((indicator.id, indicator.version, not missing, "; ".join(notes), _rows(found), held))
    return {"indicator_hits": _joined(hits), "indicator_status": _status(status)}


def rehearsed(facts: Path, snapshot: Snapshot, settings: Settings) -> None:
    """Plan the bank's own indicators on these facts, which may be empty. Raises UsageError that names the file."""
    values = resolved(settings)
    tables = {"rings": FINDINGS["rings"].empty(), "layers": FINDINGS["layers"].empty()}
    earlier = Earlier(np.zeros(len(snapshot.accounts)), tables)
    with opened(facts, snapshot, settings, earlier, _window(values, settings)) as engine:
        for indicator in own(settings):
            rehearse(indicator, engine)


def _window(values: Mapping[str, Mapping[str, int]], settings: Settings) -> int:
    """Days of the longest window of those indicators that look through one."""
    return max(values[i.id].get("window_days", 0) for i in everything(settings) if i.tables & WINDOWED)


def resolved(settings: Settings) -> dict[str, dict[str, int]]:
    """Thresholds of every indicator under the settings. Raises UsageError for an id or a name that is not there."""
    known = {i.id: i for i in everything(settings)}
    unknown = sorted(set(settings.indicators) - set(known))
    if unknown:
        raise UsageError(f"[indicators] knows no {', '.join(unknown)}; there are {', '.join(known)}")
    return {name: i.values(settings.indicators.get(name, {})) for name, i in known.items()}


def _rows(table: pa.Table | None) -> int:
    return 0 if table is None else int(table.num_rows)


def _hits(indicator: Indicator, engine: Engine, snapshot: Snapshot, values: dict[str, int]) -> pa.Table:
    try:
        found = engine.rows(indicator.query, values | {"as_of": snapshot.as_of})
    except GraphFraudError as exc:
        raise GraphFraudError(f"indicator {indicator.id}: {exc}") from exc
    size = found.num_rows
    if indicator.like and (found["account"].null_count or pc.count_distinct(found["account"]).as_py() != size):
        raise wrong(indicator.id, "it returns an account twice, or none; it must return each account once")
    return pa.table(
        {
            "account_id": snapshot.accounts.id.arrow().take(found["account"].combine_chunks()).cast(pa.string()),
            "indicator_id": pa.repeat(indicator.id, size),
            "version": pa.repeat(pa.scalar(indicator.version, pa.int64()), size),
            "value": found["value"].cast(pa.int64()),
            "points_e6": pa.repeat(pa.scalar(0, pa.int64()), size),
        }
    )


def _joined(parts: list[pa.Table]) -> pa.Table:
    spec = FINDINGS["indicator_hits"]
    return spec.sorted(pa.concat_tables(parts)) if parts else spec.empty()


def _status(rows: list[tuple[str, int, bool, str, int, str]]) -> pa.Table:
    names = FINDINGS["indicator_status"].schema.names
    columns = zip(*rows, strict=True)
    return FINDINGS["indicator_status"].table({n: list(c) for n, c in zip(names, columns, strict=True)})


def _missing(indicator: Indicator, engine: Engine, snapshot: Snapshot, values: dict[str, int]) -> list[str]:
    """What the indicator needs and the data lacks."""
    absent = snapshot.meta.missing or {}
    lacking = [WORDS.get(need, need) for need in indicator.requires if not _there(need, engine, absent)]
    days = sum(values[name] for name in indicator.history)
    known = (snapshot.as_of - snapshot.meta.first_time + DAY // 2) // DAY
    if known < days:
        lacking.append(f"{days} days of transfers (there are {known})")
    return lacking


def _there(need: str, engine: Engine, absent: dict[str, list[str]]) -> bool:
    """`table.column`: some source had it. `identifiers:a|b`: a row of such a kind. `table`: a row. Else see GIVEN."""
    if need in GIVEN:
        return GIVEN[need] in engine.tables
    table, _, column = need.partition(".")
    if column:
        return column not in absent.get(table, [])
    table, _, kinds = need.partition(":")
    if not kinds:
        return engine.one(ROWS[table]) > 0
    found = engine.rows("SELECT DISTINCT kind FROM identifiers", {})["kind"]
    return bool(pc.any(pc.is_in(found, pa.array(kinds.split("|"), found.type))).as_py())


def _left_out(engine: Engine, settings: Settings) -> dict[str, str]:
    """Per shared table, what was left out of it and how much; nothing where nothing was."""
    cap = settings.links.max_holders_ring
    busy = engine.busy
    hubs = engine.one("SELECT count(*) FROM holders_of ANTI JOIN shared_identifiers USING (ident)")
    notes = {}
    if busy:
        notes["recent"] = notes["by_workday"] = notes["by_day"] = (
            f"left out: {busy:,} accounts with more than {MAX_MOVES:,} moves"
        )
    if hubs:
        notes["shared_identifiers"] = f"left out: {hubs:,} identifiers with more than {cap} holders"
    return notes
