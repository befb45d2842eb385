"""The runner, its refusals and its order of steps, on a bank small enough to work out by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from nightly_kit import DAY_1, NOON, STAGES, Bank, bank, failing, site

from graphfraud.core.clock import DAY
from graphfraud.core.runs import RunCatalogue
from graphfraud.errors import InputError, Interrupted, Refused, StoreError, UsageError
from graphfraud.nightly.check import check
from graphfraud.nightly.job import run_nightly
from graphfraud.nightly.options import Nightly, NightlyResult, Site, StageEvent
from graphfraud.nightly.work import unfinished

NIGHT = {n: DAY_1 + n * DAY for n in range(40)}  # T at 00:00 of day n


def run(where: Site, **options: object) -> NightlyResult:
    return run_nightly(where, Nightly(**options), STAGES)  # type: ignore[arg-type]


def live(where: Site) -> str | None:
    return RunCatalogue(where.runs).live_id()


# --- publishing


def test_the_first_run_is_published_whole(tmp_path: Path) -> None:
    store = bank()
    where = site(tmp_path, store)
    result = run(where)
    assert result.live
    assert live(where) == result.run_id
    with RunCatalogue(where.runs).open() as published:
        assert published.as_of == DAY_1 + 19 * DAY + NOON  # the last known_at of a transfer, not the clock
        assert list(published.snapshot.accounts.id) == ["a", "b"]
        assert published.index.score_e6.tolist() == [0, 2000]
        assert published.findings("alerts")["account_id"].to_pylist() == ["b"]
        manifest = published.manifest
    assert manifest["status"] == "published"
    assert manifest["predecessor"] is None
    assert manifest["edges"] == {"payments": 200}
    assert manifest["feeds"]["transfers"]["rows"] == 200
    assert [s["stage"] for s in manifest["stages"]] == ["facts", "snapshot", "findings", "publish"]
    assert manifest["findings"]["scores"] == 2
    assert 0 < manifest["scorecard"]["consistency_ratio"] == max(manifest["scorecard"]["consistency"].values()) < 0.1
    assert {"hold", "facts/transfers.parquet", "index/index.level.npy", "snapshot/meta.json"} <= set(manifest["files"])
    assert [r.run_id for r in store.published] == [result.run_id]
    assert list((where.runs / ".work").iterdir()) == []
    assert check(where.runs, where.open_store).problems == ()


def test_each_stage_logs_one_line(tmp_path: Path) -> None:
    where = site(tmp_path, bank())
    run(where)
    lines = [json.loads(line) for line in where.log.read_text().splitlines()]
    assert [(x["stage"], x["status"]) for x in lines] == [
        (s, "done") for s in ("facts", "snapshot", "findings", "publish")
    ]
    assert all(x["peak_mb"] > 1 and x["run_id"] == live(where) for x in lines)


def test_the_predecessor_is_the_greatest_as_of_below(tmp_path: Path) -> None:
    where = site(tmp_path, bank(30))
    first, third = (run(where, as_of=NIGHT[n]) for n in (10, 20))
    second = run(where, as_of=NIGHT[15])
    assert second.manifest["predecessor"] == {
        "run_id": first.run_id,
        "findings_hash": first.manifest["findings_hash"],
    }
    assert third.diff.predecessor == first.run_id
    assert run(where, as_of=NIGHT[20]).manifest["predecessor"]["run_id"] == second.run_id  # not itself
    assert run(where, as_of=NIGHT[21], fresh=True).manifest["predecessor"] is None


def test_a_run_earlier_than_the_live_one_is_stored_only(tmp_path: Path) -> None:
    store = bank()
    where = site(tmp_path, store)
    late = run(where, as_of=NIGHT[20])
    early = run(where, as_of=NIGHT[10])
    assert (early.live, early.previous_live, live(where)) == (False, late.run_id, late.run_id)
    assert RunCatalogue(where.runs).ids() == [early.run_id, late.run_id]
    assert [r.run_id for r in store.published] == [late.run_id]
    back = run(where, as_of=NIGHT[10], publish=True)
    assert (back.live, live(where)) == (True, back.run_id)


def test_rows_known_later_do_not_reach_back(tmp_path: Path) -> None:
    then, later = bank(10), bank(10)
    for day in range(10):
        later.pay(day, "c", "b", 900, known=15)
    hashes = [
        run(site(tmp_path / name, store), as_of=NIGHT[10]).manifest["findings_hash"]
        for name, store in (("then", then), ("later", later))
    ]
    assert hashes[0] == hashes[1]
    after = run(site(tmp_path / "later", later), as_of=NIGHT[16], dry_run=True)
    assert after.manifest["findings_hash"] != hashes[0]


def test_a_dry_run_says_what_would_change_and_keeps_nothing(tmp_path: Path) -> None:
    store = bank(4)  # b has had 400: no alert yet
    where = site(tmp_path, store)
    first = run(where)
    for _ in range(10):
        store.pay(4, "a", "b", 10)
    dry = run(where, dry_run=True)
    assert [(c.account_id, c.was, c.now) for c in dry.diff.opened] == [("b", None, 1)]
    assert dry.diff.levels is not None
    assert dry.diff.levels.moves == {"0>1": 1}
    assert (dry.folder, dry.live, live(where)) == (None, False, first.run_id)
    assert list((where.runs / ".work").iterdir()) == []
    assert len(store.published) == 1


def test_the_inbox_is_applied_before_t_is_settled(tmp_path: Path) -> None:
    store = bank(5)
    where = replace(site(tmp_path, store), before=lambda s: s.pay(5, "a", "c", 1))  # type: ignore[attr-defined]
    assert run(where).manifest["as_of"] == DAY_1 + 5 * DAY + NOON


def test_a_time_before_every_fact_leaves_nothing_to_resume(tmp_path: Path) -> None:
    where = site(tmp_path, bank())
    with pytest.raises(InputError, match="nothing known"):
        run_nightly(where, Nightly(as_of=1), failing("facts", InputError("nothing known")))
    assert unfinished(where.runs) == []


def test_an_empty_store_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="graphfraud ingest"):
        run(site(tmp_path, Bank()))


# --- resume


def test_a_failed_stage_leaves_the_live_run_and_is_resumed(tmp_path: Path) -> None:
    store = bank(30)
    where = site(tmp_path, store)
    first = run(where, as_of=NIGHT[20])
    with pytest.raises(StoreError, match=r"stage snapshot failed: boom.*1 finished stages.*--resume"):
        run_nightly(where, Nightly(as_of=NIGHT[21]), failing("snapshot", OSError("boom")))
    assert live(where) == first.run_id
    events: list[StageEvent] = []
    opened = store.opened
    result = run_nightly(where, Nightly(resume=True), STAGES, events.append)
    states = [(e.stage, e.state) for e in events if e.state in ("kept", "finished")]
    assert states == [
        ("facts", "kept"),
        ("snapshot", "finished"),
        ("findings", "finished"),
        ("publish", "finished"),
    ]
    assert store.opened == opened + 2  # facts that came since, and publishing; not the facts stage
    assert result.manifest["as_of"] == NIGHT[21]
    once = run(site(tmp_path / "once", bank(30)), as_of=NIGHT[21], fresh=True)
    assert result.manifest["findings_hash"] == once.manifest["findings_hash"]


def test_interrupt_is_clean_and_says_what_to_run(tmp_path: Path) -> None:
    where = site(tmp_path, bank())
    with pytest.raises(Interrupted, match=r"interrupted in stage findings; 2 finished.*graphfraud nightly --resume"):
        run_nightly(where, Nightly(), failing("findings", KeyboardInterrupt()))
    assert live(where) is None
    assert run(where, resume=True).live


def test_without_resume_the_unfinished_run_is_thrown_away_and_that_is_said(tmp_path: Path) -> None:
    where = site(tmp_path, bank())
    with pytest.raises(Interrupted):
        run_nightly(where, Nightly(), failing("findings", KeyboardInterrupt()))
    stale = unfinished(where.runs)[0].plan.run_id
    events: list[StageEvent] = []
    run_nightly(where, Nightly(), STAGES, events.append)
    assert any(stale in e.message and "thrown away" in e.message for e in events)
    assert unfinished(where.runs) == []


def test_resume_without_an_unfinished_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no unfinished run"):
        run(site(tmp_path, bank()), resume=True)


def half_done(folder: Path, store: Bank) -> Site:
    where = site(folder, store)
    with pytest.raises(Interrupted):
        run_nightly(where, Nightly(as_of=NIGHT[15]), failing("findings", KeyboardInterrupt()))
    return where


def test_resume_says_that_the_settings_changed(tmp_path: Path) -> None:
    half_done(tmp_path, bank())
    changed = site(tmp_path, bank(), risk={"alpha": 0.3})
    with pytest.raises(Refused, match="settings that govern findings"):
        run(changed, resume=True)
    assert run(site(tmp_path, bank(), store={"threads": 1}), resume=True).live


def test_resume_says_that_another_time_is_asked(tmp_path: Path) -> None:
    where = half_done(tmp_path, bank())
    with pytest.raises(Refused, match="as of another time"):
        run(where, resume=True, as_of=NIGHT[16])


def test_resume_says_that_facts_came_since_but_not_of_later_ones(tmp_path: Path) -> None:
    store = bank()
    where = half_done(tmp_path, store)
    store.pay(17, "a", "b", 1)
    store.pay(2, "a", "b", 1)
    with pytest.raises(Refused, match="1 facts known at 2026-01-16 00:00:00 have arrived since"):
        run(where, resume=True)
    store.rows.pop()
    assert run(where, resume=True).live
