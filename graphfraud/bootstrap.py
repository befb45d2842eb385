"""The composition root: the only place that picks implementations and puts the rooms together.

The detector and the evaluation are imported when they run: a command that reads a run does not wait for them.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import resources
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphfraud import settings as settings_module
from graphfraud.core import compiled
from graphfraud.core.findings import FINDINGS
from graphfraud.errors import StoreError, UsageError
from graphfraud.ingest import Progress as Watch
from graphfraud.ingest import quiet
from graphfraud.ledger import Ledger
from graphfraud.nightly.check import CheckReport, Item, check
from graphfraud.nightly.job import run_nightly as run_job
from graphfraud.nightly.options import Nightly, NightlyResult, Override, Progress, Quarantine, Site, StageEvent, silent
from graphfraud.nightly.stage import Stage
from graphfraud.nightly.versions import versions
from graphfraud.services import ingestion, lens
from graphfraud.services.ingestion import IngestReport
from graphfraud.services.query import Ask
from graphfraud.services.referring import apply_inbox
from graphfraud.services.workspace import Workspace, create_workspace, open_workspace
from graphfraud.stores.base import GraphStore
from graphfraud.stores.embedded import EmbeddedStore, LocalCopy
from graphfraud.stores.mirror import MirroredStore

if TYPE_CHECKING:
    from graphfraud import evaluate
    from graphfraud.stores.neo4j import FinbenchGraph, Neo4jReading

__all__ = [
    "CheckReport",
    "Created",
    "Evaluated",
    "IngestReport",
    "Item",
    "Nightly",
    "NightlyResult",
    "Override",
    "Progress",
    "StageEvent",
    "Watch",
    "Workspace",
    "check_workspace",
    "evaluate_world",
    "ingest",
    "initialise",
    "open_finbench",
    "open_graph",
    "open_ledger",
    "open_readable",
    "open_store",
    "open_workspace",
    "run_nightly",
    "sample_folder",
    "unmask",
    "version",
    "versions",
    "warm_cache",
]

WARM_ROWS = 4_000  # lines of each sample file that `warm_cache` runs on


def version() -> str:
    """Version of this graphfraud."""
    try:
        return installed_version("graphfraud")
    except PackageNotFoundError:
        return "0 (not installed)"


def sample_folder() -> Path:
    """The sample's files: packaged in the wheel, else beside the checkout. Raises StoreError."""
    packaged = Path(str(resources.files("graphfraud"))) / "_data" / "sample"
    checkout = Path(__file__).resolve().parent.parent / "data" / "sample"
    for folder in (packaged, checkout):
        if folder.is_dir():
            return folder
    raise StoreError("the sample is not part of this installation; install graphfraud again")


@dataclass(frozen=True)
class Created:
    """A workspace that was made (or completed), and what was ingested into it."""

    workspace: Workspace
    ingested: IngestReport | None = None


def initialise(folder: Path, store: str = "embedded", sample: bool = False, watch: Watch = quiet) -> Created:
    """Make a workspace: settings, key, store, ledger, runs. With the sample: its files in feed/, ingested.

    What is there already stays, so the command can be repeated after an interruption.
    """
    workspace = create_workspace(folder, store)
    with open_store(workspace, repair=True), open_ledger(workspace):
        pass
    if not sample:
        return Created(workspace)
    workspace.feed.mkdir(exist_ok=True)
    for file in sorted(sample_folder().glob("*.csv")):
        shutil.copyfile(file, workspace.feed / file.name)
    return Created(workspace, ingest(workspace, [workspace.feed], watch=watch))


def warm_cache() -> bool:
    """Compile the kernels by a small run on the head of the sample; False where that has been done.

    Without it the first run of an installation compiles them: a minute or two, once per version and type of processor.
    """
    done = compiled.stamp(compiled.place())
    if done.exists():
        return False
    from graphfraud.services import books

    with tempfile.TemporaryDirectory(prefix="graphfraud-") as scratch:
        feed = Path(scratch) / "feed"
        feed.mkdir()
        for file in sample_folder().glob("*.csv"):
            with file.open(encoding="utf-8") as lines:
                (feed / file.name).write_text("".join(islice(lines, WARM_ROWS)), encoding="utf-8")
        workspace = create_workspace(Path(scratch) / "workspace")
        ingest(workspace, [feed])
        run_nightly(workspace, Nightly(override=Override("warming the compiled kernels", "graphfraud init")))
    books.warm()
    done.touch()
    return True


def open_store(workspace: Workspace, repair: bool = False) -> GraphStore:
    """The system of record; close it, or use it as a context manager. Raises StoreBusy.

    `repair` makes constraints and indexes again that a database has lost. Of a server the export is read through a
    local copy (decision 0009).
    """
    settings = workspace.settings
    if settings.store.kind == "neo4j":
        from graphfraud.stores.neo4j import Neo4jStore

        server = Neo4jStore(settings.neo4j, settings.runs.keep, settings.store.lock_wait_s, repair)
        return MirroredStore(server, partial(_open_copy, workspace))
    return EmbeddedStore(workspace.store_file, settings.store, settings.runs.keep)


def _open_copy(workspace: Workspace, fresh: bool) -> LocalCopy:
    """The local copy of a server's facts; `fresh`: what is there is thrown away."""
    if fresh:
        for file in (workspace.copy_file, workspace.copy_file.with_name(f"{workspace.copy_file.name}.wal")):
            file.unlink(missing_ok=True)
    return LocalCopy(workspace.copy_file, workspace.settings.store, retention=1)


@contextmanager
def open_graph(workspace: Workspace) -> Iterator[Ask]:
    """How a query is asked of the graph: read only, beside whoever writes.

    Raises UsageError where the workspace has no graph, StoreBusy, StoreError.
    """
    if workspace.settings.store.kind != "neo4j":
        raise UsageError(
            f"{workspace.folder} keeps its facts in the embedded store; queries need a graph in Neo4j."
            " `graphfraud init DIR --store neo4j` makes a workspace on a server (docs/neo4j.md), then `graphfraud"
            " ingest` loads it. Here, `graphfraud network`, `ring`, `trace` and `risk` answer"
        )
    from graphfraud.stores.neo4j.query import run
    from graphfraud.stores.neo4j.session import Session

    session = Session(workspace.settings.neo4j)
    try:
        yield partial(run, session)
    finally:
        session.close()


@contextmanager
def open_readable(workspace: Workspace) -> Iterator[EmbeddedStore | Neo4jReading]:
    """The store for a live trace; on a server beside whoever writes. Raises StoreBusy, StoreError."""
    if workspace.settings.store.kind == "neo4j":
        from graphfraud.stores.neo4j import Neo4jReading

        with Neo4jReading(workspace.settings.neo4j) as graph:
            yield graph
    else:
        with EmbeddedStore(workspace.store_file, workspace.settings.store, workspace.settings.runs.keep) as store:
            yield store


@contextmanager
def open_finbench(store: str) -> Iterator[FinbenchGraph | None]:
    """The server that the environment names, for the benchmark; None where it is answered in memory.

    Raises StoreBusy, StoreError.
    """
    if store != "neo4j":
        yield None
        return
    from graphfraud.stores.neo4j import FinbenchGraph

    with FinbenchGraph(settings_module.load().neo4j) as graph:
        yield graph


def open_ledger(workspace: Workspace) -> Ledger:
    """Quarantine, inbox, overrides, logs; close it, or use it as a context manager."""
    return Ledger(workspace.ledger_file)


def ingest(
    workspace: Workspace, paths: Sequence[Path], profile: str | None = None, watch: Watch = quiet
) -> IngestReport:
    """Load files and folders. Raises InputError, FileRefused, StoreBusy."""
    with open_ledger(workspace) as ledger, open_store(workspace) as store:
        into = ingestion.Into(store, ledger, workspace.settings)
        return ingestion.ingest(paths, into, profile, watch)


def unmask(workspace: Workspace, actor: str, subject: str, reason: str) -> lens.Lens:
    """A view without masks; who, what and why are in the ledger before anything is shown."""
    with open_ledger(workspace) as ledger:
        return lens.unmask(ledger, actor, subject, reason)


def run_nightly(
    workspace: Workspace,
    options: Nightly,
    progress: Progress = silent,
    stages: Sequence[Stage] | None = None,
) -> NightlyResult:
    """The nightly job in a workspace. Raises StoreBusy, Refused, InputError, StoreError, Interrupted."""
    from graphfraud.nightly.stages import REFRESH, STAGES

    on_server = workspace.settings.store.kind == "neo4j"
    with open_ledger(workspace) as ledger:
        own = stages or ((REFRESH, *STAGES) if on_server else STAGES)
        return run_job(_site(workspace, ledger), options, own, progress)


def _site(workspace: Workspace, ledger: Ledger) -> Site:
    def overridden(run_id: str, guard: str, override: Override) -> None:
        ledger.record_override(run_id, guard, override.actor, override.reason)

    return Site(
        workspace.folder,
        workspace.settings,
        open_store=lambda: open_store(workspace),
        before=lambda store: apply_inbox(store, ledger, workspace.settings),
        quarantine=lambda: Quarantine(*ledger.quarantined()),
        overridden=overridden,
        store_bytes=lambda: sum(f.stat().st_size for f in (workspace.store_file, workspace.copy_file) if f.exists()),
    )


def check_workspace(workspace: Workspace, seen: Callable[[Item], None] | None = None) -> CheckReport:
    """Verify store, published runs and pointer; `CheckReport.demand` raises CheckFailed."""
    return check(workspace.runs.root, lambda: open_store(workspace), seen)


@dataclass(frozen=True)
class Evaluated:
    """A world with its figures, one entry per cut (`world.cuts`), and the manifests of the runs they are of.

    full: what `--full` adds at the headline cut; empty without it.
    """

    world: evaluate.World
    figures: tuple[evaluate.Evaluation, ...]
    manifests: tuple[dict[str, Any], ...]
    full: tuple[evaluate.Section, ...] = ()


ASIDE = Override("evaluation of a world at a cut", "graphfraud evaluate")


def evaluate_world(
    source: evaluate.Source, scratch: Path, progress: Progress = silent, watch: Watch = quiet, full: bool = False
) -> Evaluated:
    """Ingest a world into a workspace of its own below `scratch`, run as of every cut, and measure against the truth.

    Every run is fresh, so the figures of a cut do not depend on the other cuts; guards are set aside, as recorded.
    `full` adds what needs further runs (evaluate/full.py).
    """
    from graphfraud import evaluate

    world = source.prepare(scratch / "facts")
    workspace = initialise(scratch / "workspace").workspace
    ingest(workspace, [world.folder], watch=watch)
    figures, manifests = [], []
    sections: tuple[evaluate.Section, ...] = ()
    for cut in world.cuts:
        options = Nightly(as_of=cut, fresh=True, publish=True, override=ASIDE)
        result = run_nightly(workspace, options, progress)
        findings = _findings(workspace, result) | _hold_orders(workspace, result)
        figures.append(evaluate.report(world.truth, world.facts, findings, cut))
        manifests.append(result.manifest)
        if full and cut == world.headline:
            case = evaluate.Case.of(world.truth, world.facts, findings, cut)
            sections = evaluate.full_sections(world, case, _Laboratory(world, scratch / "trials", progress).run)
    return Evaluated(world, tuple(figures), tuple(manifests), sections)


def _findings(workspace: Workspace, result: NightlyResult) -> dict[str, Any]:
    with workspace.runs.open(result.run_id) as run:
        return {name: run.findings(name) for name in FINDINGS}


def _hold_orders(workspace: Workspace, result: NightlyResult) -> dict[str, Any]:
    """Plans of holds as they would have been at the referral of each case."""
    from graphfraud.services import holds

    with workspace.runs.open(result.run_id) as run:
        return {"hold_orders": holds.orders_at_referral(run, workspace.settings.holds)}


@dataclass(frozen=True)
class _Laboratory:
    """Runs trials, each in a workspace of its own below `scratch`; those with a predecessor share one by their name.

    Where only the referrals differ, the other facts are ingested once and the workspace is copied.
    """

    world: evaluate.World
    scratch: Path
    progress: Progress

    def run(self, trial: evaluate.Trial) -> dict[str, Any]:
        self.progress(StageEvent(trial.name, "note", message=f"{self.world.name}: {trial.name}"))
        folder = self.scratch / hashlib.sha256(trial.name.encode()).hexdigest()[:12]
        workspace = open_workspace(folder) if folder.exists() else self._prepare(trial, folder)
        options = Nightly(as_of=trial.as_of, fresh=trial.fresh, publish=True, override=ASIDE)
        found = _findings(workspace, run_nightly(workspace, options, self.progress))
        if trial.fresh and trial.changed:
            shutil.rmtree(folder)
        return found

    def _prepare(self, trial: evaluate.Trial, folder: Path) -> Workspace:
        from graphfraud import evaluate

        if set(trial.changed) <= {"referrals"}:
            shutil.copytree(self._without_referrals(), folder)
            workspace = open_workspace(folder)
            files = evaluate.altered_files(self.world.folder, trial.changed, folder / "feed", {"referrals"})
        else:
            workspace = initialise(folder).workspace
            files = evaluate.altered_files(self.world.folder, trial.changed, folder / "feed")
        if files:
            ingest(workspace, files)
        return workspace

    def _without_referrals(self) -> Path:
        from graphfraud import evaluate

        base = self.scratch / "base"
        if not base.exists():
            files = evaluate.altered_files(self.world.folder, {"referrals": None}, base / "feed")
            ingest(initialise(base).workspace, files)
        return base
