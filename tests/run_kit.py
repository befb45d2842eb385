"""A published run made from rows of facts: effective facts, snapshot and index as the nightly job makes them.

There are no findings: every account has score 0 and no level, ring or layer; referred accounts are marked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from facts_kit import made_effective

from graphfraud.core.clock import parse_as_of
from graphfraud.core.findings import FINDINGS, findings_hash
from graphfraud.core.runs import AccountIndex
from graphfraud.core.snapshot import Meta, Snapshot
from graphfraud.nightly.snapshot import build_snapshot

NINE = parse_as_of("2026-01-01T09:00:00+08:00")
AS_OF = parse_as_of("2026-02-01")
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def publish(runs: Path, rows: Rows, run_id: str = "one", as_of: int = AS_OF, ours: Sequence[str] = ()) -> Path:
    """Write a run of these facts into a runs folder and make it live; returns its folder."""
    folder = runs / run_id
    made_effective(rows, as_of, folder / "facts")
    made = build_snapshot(folder / "facts", Meta(as_of), folder / "snapshot", ours)
    tables = {name: spec.empty() for name, spec in FINDINGS.items()} | {"scores": _scores(made)}
    (folder / "findings").mkdir()
    for name, table in tables.items():
        pq.write_table(table, folder / "findings" / f"{name}.parquet")
    AccountIndex.build(tables, made.accounts.id).save(folder / "index")
    (folder / "hold").touch()
    manifest = {"run_id": run_id, "as_of": as_of, "findings_hash": findings_hash(tables), "status": "published"}
    (folder / "manifest.json").write_text(json.dumps(manifest | {"versions": {}}), encoding="utf-8")
    (runs / "LIVE").write_text(f"{run_id}\n", encoding="utf-8")
    return folder


def _scores(made: Snapshot) -> Any:
    n = len(made.accounts)
    columns: dict[str, Any] = {f.name: np.zeros(n, np.int64) for f in FINDINGS["scores"].schema}
    columns |= dict.fromkeys(("level", "layer", "ring_id", "exempt_class"), [None] * n)
    referred = np.isin(np.arange(n), made.referrals.account)
    return FINDINGS["scores"].table(columns | {"account_id": list(made.accounts.id), "referred": referred})
