"""The manifest of a run (contracts.md §2): what it is a function of, what it found, how it went."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from graphfraud.core import clock
from graphfraud.core.findings import findings_hash
from graphfraud.indicators import own
from graphfraud.models import weights
from graphfraud.nightly.versions import MANIFEST_FORMAT
from graphfraud.nightly.work import Mark, Plan
from graphfraud.settings import Settings

PUBLISHED, REFUSED, DRY_RUN = "published", "refused", "dry run"

#: Settings that govern how a run works, not what it finds: they may change before a run is resumed.
_HOW: Mapping[str, tuple[str, ...]] = {
    "store": ("kind", "memory_mb", "threads", "lock_wait_s"),
    "runs": ("keep", "min_free_mb"),
    "ingest": ("max_quarantined_share",),
    "guard": (),
    "serve": (),
    "neo4j": (),
    "own_indicators": ("folder",),
}


def settings_hash(settings: Settings) -> str:
    """SHA-256 of the settings that govern findings."""
    values = settings.model_dump(mode="json")
    for section, names in _HOW.items():
        for name in names or list(values[section]):
            del values[section][name]
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def run_id(as_of: int, started_at: int) -> str:
    """Name of a run: the Shanghai time it is as of, then the moment it started, both readable and in order."""
    first, second = (clock.iso(t)[:19].replace("-", "").replace(":", "") for t in (as_of, started_at))
    return f"{first}-{second}{started_at % clock.SECOND // 1000:03d}"


def draft(plan: Plan, settings: Settings, marks: Sequence[Mark], tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    """Everything that is known once the findings are there; publish adds guards, files and status."""
    facts = next((m.counts for m in marks if m.stage == "facts"), {})
    return {
        "format": MANIFEST_FORMAT,
        "run_id": plan.run_id,
        "as_of": plan.as_of,
        "as_of_text": clock.iso(plan.as_of),
        "started_at": plan.started_at,
        "inputs": facts.get("inputs", {}),
        "outside": next((m.counts["outside"] for m in marks if "outside" in m.counts), {}),
        "max_ingest_seq": facts.get("max_ingest_seq", 0),
        "settings": settings.model_dump(mode="json"),
        "settings_hash": plan.settings_hash,
        "versions": plan.versions,
        "seed": settings.runs.seed,
        "predecessor": plan.predecessor,
        "stages": [stage_row(m) for m in marks],
        "edges": {k: v for m in marks for k, v in m.counts.get("edges", {}).items()},
        "own_indicators": {i.id: {"version": i.version, "sha256": _digest(settings, i.id)} for i in own(settings)},
        "scorecard": {"consistency_ratio": weights().worst, "consistency": weights().ratios},
        "findings_hash": findings_hash(tables),
        "findings": {name: tables[name].num_rows for name in sorted(tables)},
    }


def _digest(settings: Settings, name: str) -> str:
    return hashlib.sha256(settings.own_indicators.files[name].encode()).hexdigest()


def stage_row(mark: Mark) -> dict[str, Any]:
    """A stage as the manifest has it; what stands elsewhere in the manifest is left out."""
    counts = {k: v for k, v in mark.counts.items() if k not in ("inputs", "edges", "max_ingest_seq", "outside")}
    return {"stage": mark.stage, "wall_s": mark.wall_s, "peak_mb": mark.peak_mb, "counts": counts}
