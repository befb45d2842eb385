"""Guards, full disks, kills between the steps of publishing, locks, retention and check of the nightly job."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from nightly_kit import DAY_1, STAGES, Bank, bank, site

from graphfraud.core.clock import DAY
from graphfraud.core.runs import RunCatalogue
from graphfraud.errors import CheckFailed, Refused, StoreBusy, StoreError
from graphfraud.nightly import publish, start
from graphfraud.nightly.check import check
from graphfraud.nightly.job import run_nightly
from graphfraud.nightly.lock import held
from graphfraud.nightly.options import Nightly, NightlyResult, Override, Quarantine, Site
from graphfraud.nightly.work import unfinished

NIGHT = {n: DAY_1 + n * DAY for n in range(40)}  # T at 00:00 of day n


def run(where: Site, **options: object) -> NightlyResult:
    return run_nightly(where, Nightly(**options), STAGES)  # type: ignore[arg-type]


def live(where: Site) -> str | None:
    return RunCatalogue(where.runs).live_id()


# --- guards


def short(folder: Path) -> tuple[Site, Bank, NightlyResult]:
    """Day 20 brought 4 payments where the median day has 10."""
    store = bank()
    where = site(folder, store)
    first = run(where, as_of=NIGHT[20])
    for _ in range(4):
        store.pay(20, "a", "b", 10)
    return where, store, first


def test_a_short_feed_is_refused_and_the_override_is_recorded(tmp_path: Path) -> None:
    where, store, first = short(tmp_path)
    told: list[tuple[str, str, Override]] = []
    where = replace(where, overridden=lambda *x: told.append(x))
    with pytest.raises(Refused, match=r"short feed: .* 4 transfers.*--resume --override"):
        run(where, as_of=NIGHT[21])
    assert live(where) == first.run_id
    work = unfinished(where.runs)[0]
    kept = json.loads((work.folder / "manifest.json").read_text())
    assert kept["status"] == "refused"
    assert kept["refusals"][0]["objections"][0]["setting"] == "guard.short_feed_share"
    with pytest.raises(Refused):
        run(where, resume=True)  # nothing has changed: refused again
    override = Override("bank holiday", "an operator")
    result = run(where, resume=True, override=override)
    assert (result.run_id, live(where)) == (work.plan.run_id, work.plan.run_id)
    assert told == [(result.run_id, "short feed", override)]
    assert [o["reason"] for o in result.manifest["overrides"]] == ["bank holiday"]
    assert [o["actor"] for o in result.manifest["overrides"]] == ["an operator"]
    assert len(result.manifest["refusals"]) == 2
    assert store.published[-1].run_id == result.run_id


def test_an_override_of_nothing_is_not_recorded(tmp_path: Path) -> None:
    told: list[str] = []
    where = replace(site(tmp_path, bank()), overridden=lambda run_id, *_: told.append(run_id))
    assert run(where, override=Override("to be sure", "me")).manifest["overrides"] == []
    assert told == []


def test_a_dry_run_is_not_stopped_by_guards(tmp_path: Path) -> None:
    where, _, first = short(tmp_path)
    assert run(where, as_of=NIGHT[21], dry_run=True).diff.predecessor == first.run_id


def test_level_changes_beyond_the_setting_are_refused(tmp_path: Path) -> None:
    store = bank(20)
    guard = {"min_level_changes": 2, "max_level_change_share": 0.5}
    where = site(tmp_path, store, guard=guard)
    first = run(where, as_of=NIGHT[20])
    for n in range(10):
        store.pay(20, "a", f"m{n % 3}", 500)
    with pytest.raises(Refused, match=r"3 of 5 accounts \(60.00%\)"):
        run(where, as_of=NIGHT[21])
    assert live(where) == first.run_id


def test_quarantine_is_refused(tmp_path: Path) -> None:
    where = replace(site(tmp_path, bank()), quarantine=lambda: Quarantine(6, 100))
    with pytest.raises(Refused, match=r"6 of 100 rows received \(6.00%\)"):
        run(where)
    assert live(where) is None


def test_disk_space_is_checked_before_the_run(tmp_path: Path) -> None:
    store = bank()
    with pytest.raises(Refused, match=r"runs.min_free_mb"):
        run(site(tmp_path, store, runs={"min_free_mb": 10**9}))
    huge = replace(site(tmp_path, store), store_bytes=lambda: 10**16)
    with pytest.raises(Refused, match="disk space"):
        run(huge)
    assert not (tmp_path / "runs" / ".work").exists()


# --- disk full: /dev/full answers every write with ENOSPC, from the operating system


@pytest.mark.parametrize("victim", ["index/index.level.npy", ".manifest.json.part", "../../../.LIVE.part"])
def test_disk_full_while_publishing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, victim: str) -> None:
    store = bank(30)
    where = site(tmp_path, store)
    first = run(where, as_of=NIGHT[20])
    made = publish.remove

    def full(folder: Path) -> None:
        """Where publishing clears the place of the index, one file of the run goes to a full device instead."""
        made(folder)
        path = folder.parent / victim
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to("/dev/full")

    monkeypatch.setattr(publish, "remove", full)
    with pytest.raises(StoreError, match=r"the disk is full: stage publish .*live run is untouched.*--resume"):
        run(where, as_of=NIGHT[21])
    monkeypatch.undo()
    assert live(where) == first.run_id
    for rest in where.runs.rglob("*"):
        if rest.is_symlink():
            rest.unlink()
    second = run(where, resume=True)
    assert live(where) == second.run_id
    assert check(where.runs, where.open_store).problems == ()


def test_disk_full_in_a_stage(tmp_path: Path) -> None:
    where = site(tmp_path, bank())

    def full(context: object, out: Path) -> dict[str, object]:
        (out / "x").symlink_to("/dev/full")
        (out / "x").write_text("anything")
        return {}

    stages = tuple(replace(s, run=full) if s.name == "snapshot" else s for s in STAGES)
    with pytest.raises(StoreError, match="the disk is full: stage snapshot"):
        run_nightly(where, Nightly(), stages)
    assert run(where, resume=True).live


# --- killed between the steps of publishing (the end-to-end tests kill real processes)


class Killed(BaseException):
    """Stands for a kill: nothing in the job handles it."""


@pytest.mark.parametrize("step", ["assemble", "seal", "place", "swap"])
@pytest.mark.parametrize("after", [False, True])
def test_every_step_of_publishing_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    store = bank(30)
    where = site(tmp_path, store)
    first = run(where, as_of=NIGHT[20])
    real = getattr(publish, step)

    def killed(*args: object) -> None:
        if after:
            real(*args)
        raise Killed

    monkeypatch.setattr(publish, step, killed)
    with pytest.raises(Killed):
        run(where, as_of=NIGHT[21])
    monkeypatch.undo()
    swapped = step == "swap" and after
    assert (live(where) == first.run_id) is not swapped
    assert check(where.runs, site(tmp_path, Bank(published=[])).open_store).items[0].problem == ""
    second = run(where, resume=True)
    assert live(where) == second.run_id
    assert check(where.runs, where.open_store).problems == ()
    assert unfinished(where.runs) == []


def test_starting_anew_takes_back_a_run_that_was_placed_but_never_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = site(tmp_path, bank(30))
    first = run(where, as_of=NIGHT[20])
    with monkeypatch.context() as patch:
        patch.setattr(publish, "swap", lambda *_: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            run(where, as_of=NIGHT[21])
    assert len(RunCatalogue(where.runs).ids()) == 2
    second = run(where, as_of=NIGHT[22])
    assert RunCatalogue(where.runs).ids() == [first.run_id, second.run_id]
    assert second.diff.predecessor == first.run_id


# --- one job at a time, retention, check


def test_a_second_job_is_told_who_works(tmp_path: Path) -> None:
    where = site(tmp_path, bank())
    with held(where.lock), pytest.raises(StoreBusy, match=rf"process {os.getpid()}, since 20"):
        run(where)
    assert run(where).live


def test_old_runs_are_pruned_but_not_the_live_one(tmp_path: Path) -> None:
    where = site(tmp_path, bank(40), runs={"keep": 2})
    names = [run(where, as_of=NIGHT[n]).run_id for n in (20, 21, 22)]
    assert RunCatalogue(where.runs).ids() == names[1:]
    early = [run(where, as_of=NIGHT[n]).run_id for n in (10, 11, 12)]  # stored, not live: live is spared
    assert RunCatalogue(where.runs).ids() == [*early[1:], names[2]]
    assert live(where) == names[2]


def test_a_run_that_is_read_is_not_pruned(tmp_path: Path) -> None:
    where = site(tmp_path, bank(40), runs={"keep": 1})
    first = run(where, as_of=NIGHT[20])
    with RunCatalogue(where.runs).open(first.run_id):
        second = run(where, as_of=NIGHT[21])
        assert RunCatalogue(where.runs).ids() == [first.run_id, second.run_id]
    third = run(where, as_of=NIGHT[22])
    assert RunCatalogue(where.runs).ids() == [third.run_id]


def test_rubbish_of_a_killed_prune_goes_next_time(tmp_path: Path) -> None:
    where = site(tmp_path, bank(40))
    (where.runs / ".trash" / "old" / "facts").mkdir(parents=True)
    run(where)
    assert list((where.runs / ".trash").iterdir()) == []


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda f: (f / "facts" / "transfers.parquet").write_bytes(b"x"), "transfers.parquet is not what was"),
        (lambda f: (f / "snapshot" / "flows.time.npy").unlink(), "flows.time.npy is missing"),
        (lambda f: (f / "findings" / "extra.parquet").write_bytes(b"x"), "extra.parquet is not in the manifest"),
        (lambda f: (f / "manifest.json").write_text("{"), "cannot be read"),
        (lambda f: (f / "hold").unlink(), "cannot be read"),
        (lambda f: (f.parent / "LIVE").write_text("nobody\n"), "LIVE names nobody"),
    ],
)
def test_check_finds_damage(tmp_path: Path, damage: object, said: str) -> None:
    where = site(tmp_path, bank())
    folder = run(where).folder
    damage(folder)  # type: ignore[operator]
    report = check(where.runs, where.open_store)
    assert said in " ".join(i.problem for i in report.problems)
    with pytest.raises(CheckFailed, match="checks failed"):
        report.demand()


def test_check_finds_other_findings_and_lost_facts(tmp_path: Path) -> None:
    store = bank()
    where = site(tmp_path, store)
    folder = run(where).folder
    assert folder is not None
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"findings_hash": "0" * 64}))
    store.rows.pop()
    problems = [i.problem for i in check(where.runs, where.open_store).problems]
    assert any(f"findings hash is {manifest['findings_hash']}" in p for p in problems)
    assert "the store has 199 transfers, the run was made of 200" in problems


def test_space_is_measured_where_the_runs_are(tmp_path: Path) -> None:
    start.check_space(site(tmp_path / "new", Bank()))
    assert (tmp_path / "new" / "runs").is_dir()
