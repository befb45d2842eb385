"""The nightly job: stages, guards, publishing. All or nothing for readers; resumable for the operator.

Same facts known at T, settings, version and predecessor give the same findings; whatever happens before the last
step of publishing leaves the live run untouched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import duckdb
import pyarrow as pa

from graphfraud.core import clock
from graphfraud.core.runs import RunCatalogue
from graphfraud.errors import GraphFraudError, InputError, Interrupted, Refused, StoreError
from graphfraud.nightly import publish as publishing
from graphfraud.nightly.atomic import disk_full
from graphfraud.nightly.beside import working_on
from graphfraud.nightly.diff import Diff, compare
from graphfraud.nightly.feeds import read_feeds
from graphfraud.nightly.guard import Evidence, Objection, judge
from graphfraud.nightly.lock import held
from graphfraud.nightly.manifest import DRY_RUN, REFUSED, draft
from graphfraud.nightly.meter import Meter
from graphfraud.nightly.options import Nightly, NightlyResult, Progress, Site, StageEvent, silent
from graphfraud.nightly.prune import prune
from graphfraud.nightly.publish import PUBLISH
from graphfraud.nightly.stage import Context, Stage, log, now, run_stage
from graphfraud.nightly.start import begin, resume
from graphfraud.nightly.work import DRY, Mark, Work


def run_nightly(site: Site, options: Nightly, stages: Sequence[Stage], progress: Progress = silent) -> NightlyResult:
    """Run the job. Raises StoreBusy, Refused, InputError, StoreError, Interrupted; see each for what to do next."""
    with held(site.lock), _explained(_Where()) as where:
        work = (resume if options.resume else begin)(site, options, progress)
        where.work = work
        try:
            return _Job(site, options, work, progress, where).run(stages)
        except InputError:  # nothing at T to work on: there is nothing to resume
            work.discard()
            raise
        finally:
            if options.dry_run:
                work.discard()


@dataclass
class _Where:
    """How far the job is, for messages."""

    stage: str = "start"
    work: Work | None = None
    done: list[Mark] = field(default_factory=list)


@dataclass(frozen=True)
class _Judged:
    """A finished run before publishing."""

    tables: Mapping[str, pa.Table]
    diff: Diff
    manifest: dict[str, Any]
    objections: list[Objection]


@dataclass(frozen=True)
class _Job:
    site: Site
    options: Nightly
    work: Work
    progress: Progress
    where: _Where

    def run(self, stages: Sequence[Stage]) -> NightlyResult:
        context = Context(self.work, self.site.settings, self.site.open_store, self.site.runs)
        if publishing.placed(self.work, self.site.runs):
            return self._finish_placed(context)
        elsewhere = None  # the stage that a second process works on
        for stage in stages:
            self.where.stage = stage.name
            other = next((s for s in stages if s.name == stage.beside), None)
            with working_on(other, context) as shared:
                mine = {"elsewhere": stage is elsewhere}
                self.where.done.append(run_stage(stage, context, self.site, self.progress, **mine))
            elsewhere = other if shared else elsewhere
        self.where.stage = PUBLISH
        judged = self._judge(context)
        if self.options.dry_run:
            manifest = judged.manifest | {"status": DRY_RUN}
            return NightlyResult(self.work.plan.run_id, None, False, self._live(), manifest, judged.diff)
        self._guard(judged)
        return self._publish(judged)

    def _judge(self, context: Context) -> _Judged:
        """Findings against the predecessor and the guards."""
        tables = publishing.load_findings(self.work.run / "findings")
        diff = compare(tables, context.previous)
        plan, settings = self.work.plan, self.site.settings
        feeds = read_feeds(context.facts, plan.as_of, settings.guard.feed_days)
        quarantine = self.site.quarantine()
        evidence = Evidence(plan.as_of, settings, feeds, self._feeds_before(), diff.levels, quarantine)
        manifest = draft(plan, settings, self.where.done, tables) | {
            "feeds": {name: asdict(feed) for name, feed in feeds.items()},
            "levels": asdict(diff.levels) if diff.levels else None,
            "quarantine": asdict(quarantine),
            "refusals": self.work.refusals(),
            "overrides": [],
        }
        return _Judged(tables, diff, manifest, judge(evidence))

    def _feeds_before(self) -> dict[str, Any]:
        predecessor = self.work.plan.predecessor
        if predecessor is None:
            return {}
        with RunCatalogue(self.site.runs).open(predecessor["run_id"]) as run:
            return dict(run.manifest.get("feeds", {}))

    def _guard(self, judged: _Judged) -> None:
        """Refuse, or record the override. Raises Refused."""
        if not judged.objections:
            return
        objections = [asdict(o) for o in judged.objections]
        if self.options.override is None:
            judged.manifest["refusals"].append({"at": now(), "objections": objections})
            self.work.refuse(judged.manifest | {"status": REFUSED})
            text = "; ".join(f"{o.guard}: {o.message} (setting {o.setting})" for o in judged.objections)
            log(self.site, self.work.plan.run_id, Mark(PUBLISH, 0.0, 0.0), REFUSED, text)
            raise Refused(
                f"run {self.work.plan.run_id} is not published: {text}. The live run is untouched. If this is as it"
                ' should be: `graphfraud nightly --resume --override "REASON"`'
            )
        judged.manifest["overrides"].append(asdict(self.options.override) | {"at": now(), "objections": objections})
        for objection in judged.objections:
            self.site.overridden(self.work.plan.run_id, objection.guard, self.options.override)

    def _publish(self, judged: _Judged) -> NightlyResult:
        plan, runs = self.work.plan, self.site.runs
        live, before = publishing.goes_live(runs, plan.as_of, self.options.publish or plan.publish)
        manifest = judged.manifest | {"previous_live": before}
        self.progress(StageEvent(PUBLISH, "started"))
        with Meter() as meter:
            publication = publishing.Publication(self.work, runs, judged.tables, manifest, live)
            manifest = publishing.publish(publication, self.site.open_store)
        mark = Mark(PUBLISH, meter.wall_s, meter.peak_mb, {"files": len(manifest["files"])})
        log(self.site, plan.run_id, mark)
        self._clean_up()
        self.progress(StageEvent(PUBLISH, "finished", mark.wall_s, mark.counts))
        return NightlyResult(plan.run_id, runs / plan.run_id, live, before, manifest, judged.diff)

    def _finish_placed(self, context: Context) -> NightlyResult:
        """Resume of a run that lacks only the swap, or only its cleaning up."""
        self.where.stage = PUBLISH
        manifest = publishing.finish_placed(self.work, self.site.runs)
        folder = self.site.runs / self.work.plan.run_id
        diff = compare(publishing.load_findings(folder / "findings"), context.previous)
        self._clean_up()
        live = bool(manifest["made_live"])
        return NightlyResult(self.work.plan.run_id, folder, live, manifest["previous_live"], manifest, diff)

    def _clean_up(self) -> None:
        """The run is published: its work folder goes, old runs are pruned; neither can undo the publishing."""
        try:
            self.work.discard()
            pruned = prune(self.site.runs, self.site.settings.runs.keep, spare=[self.work.plan.run_id])
        except OSError as exc:
            text = f"published, but old files could not be deleted ({exc}); the next run tries again"
            self.progress(StageEvent(PUBLISH, "note", message=text))
            return
        if pruned.deleted or pruned.held:
            held_back = f", {len(pruned.held)} kept because they are being read" if pruned.held else ""
            text = f"pruned {len(pruned.deleted)} old runs{held_back}"
            self.progress(StageEvent(PUBLISH, "note", message=text))

    def _live(self) -> str | None:
        return RunCatalogue(self.site.runs).live_id()


@contextmanager
def _explained(where: _Where) -> Iterator[_Where]:
    """Say in plain words what stopped the job and what to run next."""
    try:
        yield where
    except KeyboardInterrupt as exc:
        raise Interrupted(f"interrupted in stage {where.stage}; {_next(where)}") from exc
    except (OSError, MemoryError, duckdb.Error, GraphFraudError) as exc:
        if disk_full(exc):
            raise StoreError(
                f"the disk is full: stage {where.stage} could not write ({exc}). The live run is untouched."
                f" Free space; {_next(where)}"
            ) from exc
        if isinstance(exc, GraphFraudError):
            raise
        cause = "not enough memory" if isinstance(exc, MemoryError) else str(exc)
        raise StoreError(f"stage {where.stage} failed: {cause}. The live run is untouched; {_next(where)}") from exc


def _next(where: _Where) -> str:
    if where.work is None or where.work.folder.name.endswith(DRY):
        return "nothing was kept: run `graphfraud nightly` again"
    as_of = clock.show(where.work.plan.as_of)
    return f"{len(where.done)} finished stages of the run as of {as_of} are kept: `graphfraud nightly --resume`"
