"""What a nightly run is asked, what it reports while it works, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from graphfraud.errors import UsageError
from graphfraud.nightly.diff import Diff
from graphfraud.settings import Settings
from graphfraud.stores.base import GraphStore

OpenStore = Callable[[], AbstractContextManager[GraphStore]]


@dataclass(frozen=True)
class Override:
    """A guard's refusal set aside by a person, with the reason."""

    reason: str
    actor: str


@dataclass(frozen=True)
class Nightly:
    """Options of `graphfraud nightly`.

    as_of: UTC µs; None is the greatest known_at among transfers and cash, never the clock.
    fresh: no predecessor. publish: make live even if the live run is later. dry_run: only say what would change.
    resume: continue the newest unfinished run. override: publish in spite of the guards.
    """

    as_of: int | None = None
    fresh: bool = False
    publish: bool = False
    dry_run: bool = False
    resume: bool = False
    override: Override | None = None

    def __post_init__(self) -> None:
        if self.dry_run and (self.resume or self.publish):
            raise UsageError("--dry-run publishes nothing: leave out --resume and --publish")
        if self.resume and self.fresh:
            raise UsageError("--resume continues a run with the predecessor it started with: leave out --fresh")
        if self.override is not None and not self.override.reason.strip():
            raise UsageError("--override needs a reason: say why the run is published in spite of the guard")


@dataclass(frozen=True)
class StageEvent:
    """Progress: a stage started, finished, was kept from the run that is resumed; or a note for the user."""

    stage: str
    state: Literal["started", "finished", "kept", "note"]
    wall_s: float = 0.0
    counts: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""


Progress = Callable[[StageEvent], None]


def silent(event: StageEvent) -> None:
    """Progress that nobody reads."""


@dataclass(frozen=True)
class Quarantine:
    """Rows in quarantine among the rows received so far."""

    quarantined: int = 0
    received: int = 0

    @property
    def share(self) -> float:
        return self.quarantined / self.received if self.received else 0.0


@dataclass(frozen=True)
class Site:
    """Where a nightly run works and what it may call; the composition root fills it in.

    before: applied to the open store at the start of a new run (the inbox of referrals).
    overridden: told (run_id, guard, override) for every objection that is set aside.
    store_bytes: size of the store on disk.
    """

    folder: Path
    settings: Settings
    open_store: OpenStore
    before: Callable[[GraphStore], object]
    quarantine: Callable[[], Quarantine]
    overridden: Callable[[str, str, Override], None]
    store_bytes: Callable[[], int]

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    @property
    def log(self) -> Path:
        return self.folder / "logs" / "nightly.jsonl"

    @property
    def lock(self) -> Path:
        return self.folder / "nightly.lock"


@dataclass(frozen=True)
class NightlyResult:
    """A run that ended. `live` tells whether it is the live run now; a dry run has no folder."""

    run_id: str
    folder: Path | None
    live: bool
    previous_live: str | None
    manifest: dict[str, Any]
    diff: Diff
