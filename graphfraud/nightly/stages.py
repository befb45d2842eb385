"""The stages before publishing: each a thin step from files in the work folder to files in the work folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from graphfraud import indicators, trace
from graphfraud.core import clock
from graphfraud.core.facts import FactTables
from graphfraud.core.findings import FINDINGS
from graphfraud.core.pairs import Graph
from graphfraud.core.snapshot import Meta, Snapshot, open_group, save_group
from graphfraud.core.text import TextColumn
from graphfraud.errors import InputError
from graphfraud.models.learned import artefact
from graphfraud.nightly import learning
from graphfraud.nightly.banks import outside_counts
from graphfraud.nightly.effective import effective
from graphfraud.nightly.findings import compose
from graphfraud.nightly.snapshot import build_snapshot
from graphfraud.nightly.stage import Context, Stage
from graphfraud.rings import find_rings
from graphfraud.risk import Risk, assess
from graphfraud.risk.traced import Traced
from graphfraud.stores.mirror import MirroredStore, Refresh

HASHED_ROWS = 4_000_000  # rows of a table hashed at a time


def refresh(context: Context, out: Path) -> dict[str, Any]:
    """The local copy of a server's facts brought up to date; rows fetched, and why the copy was made anew if it was."""
    with context.open_store() as store:
        done = store.refresh() if isinstance(store, MirroredStore) else Refresh()
    (out / "refresh.json").write_text(json.dumps(asdict(done), sort_keys=True), encoding="utf-8")
    return {"fetched": sum(done.rows.values())} | ({"anew": done.anew} if done.anew else {})


def facts(context: Context, out: Path) -> dict[str, Any]:
    """Facts known at T, out of the store and made effective; the store is held only while they are read."""
    as_of = context.work.plan.as_of
    with context.open_store() as store:
        raw = store.export(as_of)
        inputs = {name: _input(raw, name) for name in sorted(raw)}
        if not inputs["transfers"]["rows"] and not inputs["cash"]["rows"]:
            raise InputError(f"no transfer and no cash is known at {clock.show(as_of)}: choose a later --as-of")
        report = effective(raw, context.settings, out)
    return {"inputs": inputs, "max_ingest_seq": raw.max_ingest_seq, "effective": dict(report.counts)}


def _input(raw: FactTables, name: str) -> dict[str, Any]:
    """Rows of a table, how far it reaches, the columns no source had, and a hash of its content.

    The hash is the sum of the rows' content hashes as four 64-bit words each, so it does not depend on order. O(rows).
    """
    rows, known, words = 0, None, np.zeros(4, np.uint64)
    for piece in raw.by_time(name, ["content_hash", "known_at"], HASHED_ROWS):
        rows += piece.num_rows
        known = max(filter(None, (known, pc.max(piece["known_at"]).as_py())), default=None)
        for chunk in piece["content_hash"].chunks:
            words += _words(chunk).sum(axis=0, dtype=np.uint64)
    digest = hashlib.sha256(words.astype("<u8").tobytes() + str(rows).encode()).hexdigest()
    return {"rows": rows, "known_at": known, "missing": sorted(raw.missing.get(name, ())), "sha256": digest}


def _words(hashes: pa.Array) -> NDArray[np.uint64]:
    """Content hashes (32 hexadecimal digits each) as rows of four words."""
    column = TextColumn.of(hashes)
    first, last = int(column.offsets[0]), int(column.offsets[-1])
    return column.data[first:last].view("<u8").reshape(-1, 4)


def snapshot(context: Context, out: Path) -> dict[str, Any]:
    """Arrays: accounts, flows, events, identifiers, lots under both rules, referrals, places of cash."""
    mark = context.work.mark("facts", "run/facts")
    inputs = mark.counts["inputs"] if mark else {}
    missing = {name: values["missing"] for name, values in inputs.items()}
    meta = Meta(context.work.plan.as_of, missing=missing)
    built = build_snapshot(context.facts, meta, out, context.settings.bank.ours)
    return {
        "accounts": len(built.accounts),
        "flows": len(built.flows.time),
        "identifiers": len(built.identifiers.value),
        "referrals": len(built.referrals.id),
        "outside": outside_counts(built.accounts),
        "edges": {
            "lots": len(built.lots.amount),
            "lots, oldest first": len(built.fifo.amount),
            "identifier uses": len(built.identifiers.account),
        },
    }


def rings(context: Context, out: Path) -> dict[str, Any]:
    """Rings, their evidence and their identity against the predecessor."""
    found = find_rings(Snapshot.open(context.snapshot), context.settings, context.previous)
    save_tables(out, found.tables)
    rows = {"rings": found.tables["ring_summary"].num_rows, "members": found.tables["rings"].num_rows}
    return rows | {"edges": {f"rings: {name}": count for name, count in found.edges.items()}}


def risk(context: Context, out: Path) -> dict[str, Any]:
    """The joint walk, behaviour and lineage of every account."""
    found = assess(Snapshot.open(context.snapshot), context.settings)
    save_risk(out, found)
    edges = {f"risk: {name}": count for name, count in found.diagnostics.get("edges", {}).items()}
    return found.diagnostics | {"edges": edges}


def run_indicators(context: Context, out: Path) -> dict[str, Any]:
    """Layers, indicator hits and what could not be computed."""
    opened, folder = Snapshot.open(context.snapshot), context.work.folder
    found = load_tables(folder / "rings") | {"layers": trace.layers(opened, context.settings)}
    tables = indicators.run(context.facts, opened, context.settings, load_risk(folder / "risk"), found)
    save_tables(out, tables | {"layers": found["layers"]})
    status = tables["indicator_status"]
    computable = pc.sum(status["computable"].cast(pa.int64())).as_py() or 0
    return {"hits": tables["indicator_hits"].num_rows, "indicators": status.num_rows, "computable": computable}


def learn(context: Context, out: Path) -> dict[str, Any]:
    """The learned models: trees, scores, card and drift against the predecessor's card."""
    folder = context.work.folder
    found = load_tables(folder / "rings") | load_tables(folder / "indicators")
    opened, walked = Snapshot.open(context.snapshot), load_risk(folder / "risk")
    before = context.work.plan.predecessor
    was = None if before is None else artefact.read_card(context.runs / before["run_id"] / artefact.FOLDER)
    trained = learning.learn(opened, context.settings, walked, found, was)
    artefact.save(out, trained)
    flagged = (trained.card["drift"] or {}).get("flagged", [])
    return {"version": trained.card["version"], "labels": trained.card["labels"]["kind"], "drifted": len(flagged)}


def findings(context: Context, out: Path) -> dict[str, Any]:
    """Scores, levels, layers, victims, alerts with their reasons: every findings table of the run."""
    folder = context.work.folder
    tables = load_tables(folder / "rings") | load_tables(folder / "indicators")
    opened, found = Snapshot.open(context.snapshot), load_risk(folder / "risk")
    tables["opinions"] = learning.opinions(context.work.run / artefact.FOLDER)
    tables |= compose(opened, context.settings, context.previous, found, tables)
    save_tables(out, {name: tables[name] for name in FINDINGS})
    return {"alerts": tables["alerts"].num_rows, "victims": tables["victims"].num_rows}


def save_tables(out: Path, tables: Mapping[str, pa.Table]) -> None:
    """Findings tables as Parquet, sorted by key."""
    for name, table in tables.items():
        pq.write_table(FINDINGS[name].sorted(table), out / f"{name}.parquet")


def load_tables(folder: Path) -> dict[str, pa.Table]:
    return {p.stem: pq.read_table(p, schema=FINDINGS[p.stem].schema) for p in sorted(folder.glob("*.parquet"))}


def save_risk(out: Path, found: Risk) -> None:
    """Arrays over accounts and flows, the graph of the walk, what was traced, and the diagnostics as JSON."""
    for field in fields(found):
        value = getattr(found, field.name)
        if isinstance(value, np.ndarray):
            np.save(out / f"{field.name}.npy", value)
    save_group(out / "graph", "graph", found.graph)
    save_group(out / "traced", "traced", found.traced)
    (out / "diagnostics.json").write_text(json.dumps(found.diagnostics, sort_keys=True), encoding="utf-8")


def load_risk(folder: Path) -> Risk:
    """What `save_risk` wrote."""
    values: dict[str, Any] = {p.stem: np.load(p, allow_pickle=False) for p in folder.glob("*.npy")}
    graph = open_group(folder / "graph", "graph", Graph)
    diagnostics = json.loads((folder / "diagnostics.json").read_text(encoding="utf-8"))
    traced = open_group(folder / "traced", "traced", Traced)
    return Risk(**values, graph=graph, traced=traced, diagnostics=diagnostics)


#: Comes first where the system of record is a server.
REFRESH = Stage("refresh", "refresh", refresh)
STAGES: tuple[Stage, ...] = (
    Stage("facts", "run/facts", facts),
    Stage("snapshot", "run/snapshot", snapshot),
    Stage("rings", "rings", rings, beside="risk"),
    Stage("risk", "risk", risk),
    Stage("indicators", "indicators", run_indicators),
    Stage("models", f"run/{artefact.FOLDER}", learn),
    Stage("findings", "run/findings", findings),
)
