"""How a nightly run begins: a new plan, or the one of an unfinished run."""

from __future__ import annotations

import shutil
from dataclasses import replace

from graphfraud.core import clock
from graphfraud.core.runs import PublishedRun, RunCatalogue
from graphfraud.errors import InputError, Refused, UsageError
from graphfraud.nightly.atomic import read_json, remove
from graphfraud.nightly.manifest import run_id, settings_hash
from graphfraud.nightly.options import Nightly, Progress, Site, StageEvent
from graphfraud.nightly.rehearsal import rehearse
from graphfraud.nightly.stage import now
from graphfraud.nightly.versions import versions
from graphfraud.nightly.work import DRY, Plan, Work, leftovers, unfinished
from graphfraud.stores.base import GraphStore

#: A run's files (facts, snapshot, findings, index and work) against the size of the store; measured, rounded up.
RUN_PER_STORE = 3.0
MIB = 1 << 20


def begin(site: Site, options: Nightly, progress: Progress) -> Work:
    """Start anew: apply what waits in the inbox, settle T, throw away what was left unfinished.

    Raises UsageError where an indicator of the bank's own cannot be used, before anything is done.
    """
    rehearse(site.settings)
    with site.open_store() as store:
        site.before(store)
        as_of = _default_as_of(store) if options.as_of is None else options.as_of
    check_space(site)
    for folder in leftovers(site.runs):
        remove(folder)
    if not options.dry_run:
        for stale in unfinished(site.runs):
            if abandon(site, stale):
                text = f"the unfinished run {stale.plan.run_id} is thrown away; `--resume` would have continued it"
                progress(StageEvent("start", "note", message=text))
    plan = _plan(site, options, as_of)
    return Work.create(site.runs, replace(plan, run_id=plan.run_id + DRY) if options.dry_run else plan)


def resume(site: Site, options: Nightly, progress: Progress) -> Work:
    """Continue the newest unfinished run that fits. Raises UsageError if there is none, Refused if none fits."""
    found = unfinished(site.runs)
    if not found:
        raise UsageError("there is no unfinished run to resume; run `graphfraud nightly`")
    reasons: dict[str, str] = {}
    for work in found:
        why = _unfit(site, options, work)
        if not why:
            check_space(site)
            progress(StageEvent("start", "note", message=f"run {work.plan.run_id} is resumed"))
            return work
        reasons.setdefault(work.plan.run_id, "; ".join(why))
    text = ", ".join(f"{name}: {why}" for name, why in reasons.items())
    raise Refused(f"no unfinished run can be resumed ({text}); run `graphfraud nightly` to start anew")


def check_space(site: Site) -> None:
    """Refuse to start on a disk that a run would fill. Raises Refused."""
    site.runs.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(site.runs).free // MIB
    left, wanted = site.settings.runs.min_free_mb, int(RUN_PER_STORE * site.store_bytes()) // MIB
    if free < left + wanted:
        raise Refused(
            f"disk space: {free:,} MiB are free, a run needs about {wanted:,} MiB and runs.min_free_mb ="
            f" {left:,} MiB must be left; free space, or lower the setting or runs.keep"
        )


def abandon(site: Site, work: Work) -> bool:
    """Throw an unfinished run away, with its folder among the published runs if it was about to go live.

    False if it had been published and only its work folder was left.
    """
    placed = site.runs / work.plan.run_id
    published = (placed / "manifest.json").exists()
    if (
        published
        and RunCatalogue(site.runs).live_id() != placed.name
        and read_json(placed / "manifest.json")["made_live"]
    ):
        remove(placed)
        published = False
    work.discard()
    return not published


def _default_as_of(store: GraphStore) -> int:
    known = store.stats().max_known_at
    times = [t for t in (known.get("transfers"), known.get("cash")) if t is not None]
    if not times:
        raise InputError("there are no transfers and no cash in the store yet: `graphfraud ingest FOLDER` loads them")
    return max(times)


def _plan(site: Site, options: Nightly, as_of: int) -> Plan:
    started = now()
    return Plan(
        run_id(as_of, started),
        as_of,
        started,
        settings_hash(site.settings),
        versions(),
        None if options.fresh else _predecessor(site, as_of),
        options.fresh,
        options.publish,
    )


def _predecessor(site: Site, as_of: int) -> dict[str, str] | None:
    name = RunCatalogue(site.runs).before(as_of)
    if name is None:
        return None
    with PublishedRun(site.runs / name) as run:
        return {"run_id": name, "findings_hash": str(run.manifest["findings_hash"])}


def _unfit(site: Site, options: Nightly, work: Work) -> list[str]:
    """Why an unfinished run cannot be continued: another plan, or facts known at T that came after it."""
    plan = work.plan
    as_of = plan.as_of if options.as_of is None else options.as_of
    reasons = plan.unfit(_plan(site, replace(options, fresh=plan.fresh), as_of))
    facts = work.mark("facts", "run/facts")
    if reasons or facts is None:
        return reasons
    with site.open_store() as store:
        later = store.export(plan.as_of, since_seq=int(facts.counts["max_ingest_seq"]))
        count = sum(piece.num_rows for name in later for piece in later.by_time(name, ["known_at"]))
    return [f"{count:,} facts known at {clock.show(plan.as_of)} have arrived since"] if count else []
