"""Published runs on disk, as readers see them. Nothing here touches the system of record.

    runs/LIVE                 the run id that is live; replaced in one step
    runs/<run_id>/            manifest.json · snapshot/ · facts/*.parquet · findings/*.parquet · index/ · hold
    runs/.work/<run_id>/      a run that is not finished; readers never look there

A reader holds a shared lock on `hold` while it has the run open; pruning needs the exclusive one.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from graphfraud.core.findings import FINDINGS
from graphfraud.core.snapshot import I8, I32, I64, Flags, Snapshot, open_group, save_group
from graphfraud.core.text import TextColumn
from graphfraud.errors import StoreError, UnknownId

LIVE = "LIVE"
WORK = ".work"
NO_RING = -1
NO_LAYER = -1


@dataclass(frozen=True)
class AccountIndex:
    """Findings by account number and by ring number, memory-mapped: a look-up is a few array reads.

    Arrays over accounts have one entry per snapshot account; rings are numbered in order of ring_id.
    """

    score_e6: I64
    referral_share_e6: I64
    behaviour_share_e6: I64
    behaviour_e6: I64
    level: I8  # 0: none
    layer: I32  # NO_LAYER: none
    ring: I32  # NO_RING: none
    referred: Flags
    ring_id: TextColumn
    ring_ptr: I64
    ring_member: I32  # members of ring r: ring_member[ring_ptr[r]:ring_ptr[r + 1]]

    @classmethod
    def build(cls, findings: Mapping[str, pa.Table], ids: TextColumn) -> AccountIndex:
        """From the findings tables. `scores` has one row per account in account order. O(accounts)."""
        scores = findings["scores"]
        if scores.num_rows != len(ids):
            raise StoreError(f"scores has {scores.num_rows} rows for {len(ids)} accounts")
        ring_ids = findings["ring_summary"]["ring_id"].to_pylist()
        number = {ring: i for i, ring in enumerate(ring_ids)}
        of_account = np.full(len(ids), NO_RING, dtype=np.int32)
        table = findings["rings"]
        member = np.array([ids.find(a) for a in table["account_id"].to_pylist()], dtype=np.int32)
        ring = np.array([number[r] for r in table["ring_id"].to_pylist()], dtype=np.int64)
        of_account[member] = ring
        counts = np.bincount(ring, minlength=len(ring_ids)) if len(ring) else np.zeros(len(ring_ids), np.int64)

        def column(name: str, empty: int = 0) -> I64:
            values: I64 = scores[name].fill_null(empty).to_numpy()
            return values

        return cls(
            column("score_e6"),
            column("referral_share_e6"),
            column("behaviour_share_e6"),
            column("behaviour_e6"),
            column("level").astype(np.int8),
            column("layer", NO_LAYER).astype(np.int32),
            of_account,
            scores["referred"].to_numpy(),
            TextColumn.of(ring_ids),
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            member[np.argsort(ring, kind="stable")],
        )

    def save(self, folder: Path) -> None:
        save_group(folder, "index", self)

    @classmethod
    def open(cls, folder: Path) -> AccountIndex:
        return open_group(folder, "index", cls)


class PublishedRun:
    """One published run, open for reading. Use as a context manager, or close it, so that it can be pruned."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run_id = folder.name
        try:
            self._hold: IO[str] | None = (folder / "hold").open()
            fcntl.flock(self._hold, fcntl.LOCK_SH)
            self.manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as exc:
            raise StoreError(f"run {folder.name} cannot be read: {exc}; `graphfraud runs` lists what is there") from exc

    @property
    def as_of(self) -> int:
        return int(self.manifest["as_of"])

    @cached_property
    def snapshot(self) -> Snapshot:
        return Snapshot.open(self.folder / "snapshot")

    @cached_property
    def index(self) -> AccountIndex:
        return AccountIndex.open(self.folder / "index")

    @cached_property
    def _tables(self) -> dict[str, pa.Table]:
        return {}

    def findings(self, name: str) -> pa.Table:
        """A findings table, sorted by its key; read once."""
        if name not in self._tables:
            self._tables[name] = pq.read_table(
                self.folder / "findings" / f"{name}.parquet", schema=FINDINGS[name].schema
            )
        return self._tables[name]

    def facts(self, name: str) -> Path:
        """Parquet file of effective facts (nightly/effective/ says what is in it)."""
        return self.folder / "facts" / f"{name}.parquet"

    def close(self) -> None:
        if self._hold is not None:
            self._hold.close()
            self._hold = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class RunCatalogue:
    """The published runs of a workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def live_id(self) -> str | None:
        """The run that is live, or None before the first one."""
        try:
            return (self.root / LIVE).read_text(encoding="utf-8").strip() or None
        except FileNotFoundError:
            return None

    def ids(self) -> list[str]:
        """Published runs, oldest as_of first (then by id)."""
        found = []
        for manifest in self.root.glob("*/manifest.json"):
            try:
                raw = json.loads(manifest.read_text(encoding="utf-8"))
            except FileNotFoundError:  # pruned meanwhile
                continue
            found.append((int(raw["as_of"]), manifest.parent.name))
        return [name for _, name in sorted(found)]

    def open(self, run_id: str | None = None) -> PublishedRun:
        """Open a run, by default the live one. Raises UnknownId."""
        for _ in range(3):  # the live run may be pruned between reading the pointer and holding it
            name = run_id or self.live_id()
            if name is None:
                raise UnknownId("no run has been published here yet; run `graphfraud nightly`")
            if not name.startswith(".") and "/" not in name and (self.root / name / "manifest.json").exists():
                try:
                    return PublishedRun(self.root / name)
                except StoreError:
                    if (self.root / name / "manifest.json").exists():
                        raise
        raise UnknownId(f"run {run_id!r} is not among the published runs: {', '.join(self.ids()) or 'none'}")

    def before(self, as_of: int) -> str | None:
        """The published run with the greatest as_of below T: the predecessor of a run at T."""
        found = None
        for name in self.ids():
            with PublishedRun(self.root / name) as run:
                if run.as_of < as_of:
                    found = name
        return found
