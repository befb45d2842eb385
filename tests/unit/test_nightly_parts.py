"""Parts of the nightly job, each against worked-out values."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from nightly_kit import DAY_1, NOON, bank

from graphfraud.core import clock
from graphfraud.core.clock import DAY
from graphfraud.core.findings import FINDINGS
from graphfraud.core.previous import Previous
from graphfraud.errors import UsageError
from graphfraud.nightly import atomic
from graphfraud.nightly.diff import AlertChange, LevelChanges, compare, level_changes
from graphfraud.nightly.feeds import Feed, measure
from graphfraud.nightly.guard import Evidence, judge
from graphfraud.nightly.manifest import run_id, settings_hash
from graphfraud.nightly.meter import Meter
from graphfraud.nightly.options import Nightly, Override, Quarantine
from graphfraud.nightly.work import Mark, Plan, Work, leftovers, unfinished
from graphfraud.settings import Settings

PLAN = Plan("r1", DAY_1, 5, "s", {"graphfraud": "1"})


# --- the work folder


def test_a_finished_stage_is_known_and_an_unfinished_one_is_not(tmp_path: Path) -> None:
    work = Work.create(tmp_path, PLAN)
    (work.part("facts") / "a.parquet").write_bytes(b"123")
    assert work.mark("facts", "run/facts") is None
    work.finish("run/facts", Mark("facts", 1.0, 2.0, {"rows": 3}))
    again = Work.open(work.folder)
    assert again is not None
    assert again.plan == PLAN
    mark = again.mark("facts", "run/facts")
    assert mark == Mark("facts", 1.0, 2.0, {"rows": 3}, {"a.parquet": 3})
    assert not (work.folder / "part-facts").exists()


def test_a_part_left_by_a_kill_is_emptied(tmp_path: Path) -> None:
    work = Work.create(tmp_path, PLAN)
    (work.part("facts") / "half").write_bytes(b"1")
    assert list(work.part("facts").iterdir()) == []


def test_output_moved_without_a_mark_is_replaced(tmp_path: Path) -> None:
    work = Work.create(tmp_path, PLAN)
    (work.run / "facts").mkdir(parents=True)
    (work.run / "facts" / "old").write_bytes(b"1")
    (work.part("facts") / "new").write_bytes(b"22")
    work.finish("run/facts", Mark("facts", 0, 0))
    assert atomic.sizes(work.run / "facts") == {"new": 2}


def test_a_stage_whose_file_was_cut_short_is_done_again(tmp_path: Path) -> None:
    work = Work.create(tmp_path, PLAN)
    (work.part("facts") / "a").write_bytes(b"123")
    work.finish("run/facts", Mark("facts", 0, 0))
    (work.run / "facts" / "a").write_bytes(b"12")
    assert work.mark("facts", "run/facts") is None


def test_unfinished_runs_newest_first_and_leftovers_apart(tmp_path: Path) -> None:
    for name, start in (("r1", 5), ("r3", 9), ("r2", 7), ("r4-dry", 11)):
        Work.create(tmp_path, Plan(name, DAY_1, start, "s", {}))
    (tmp_path / ".work" / "r2" / "plan.json").write_text(json.dumps({"of": "another version"}))
    assert [w.plan.run_id for w in unfinished(tmp_path)] == ["r3", "r1"]
    assert [p.name for p in leftovers(tmp_path)] == ["r2", "r4-dry"]


def test_a_plan_says_why_it_does_not_fit() -> None:
    assert PLAN.unfit(PLAN) == []
    other = Plan("r2", DAY_1 + 1, 6, "t", {"graphfraud": "2"}, {"run_id": "p", "findings_hash": "h"})
    assert PLAN.unfit(other) == [
        "it is as of another time",
        "the settings that govern findings have changed",
        "it was started by another version",
        "another run has become its predecessor",
    ]


def test_run_id_is_readable_and_in_order() -> None:
    assert run_id(DAY_1, DAY_1 + NOON + 123_456) == "20260101T000000-20260101T120000123"


def test_settings_that_do_not_touch_findings_do_not_change_the_hash() -> None:
    base = settings_hash(Settings())
    how = {"store": {"memory_mb": 4096, "threads": 1}, "runs": {"keep": 3}, "guard": {"feed_days": 5}}
    assert settings_hash(Settings.model_validate(how)) == base
    assert settings_hash(Settings.model_validate({"runs": {"seed": 1}})) != base
    assert settings_hash(Settings.model_validate({"risk": {"alpha": 0.2}})) != base
    assert settings_hash(Settings.model_validate({"ingest": {"leg_tolerance_s": 1}})) != base


# --- files


def test_write_text_leaves_no_other_name(tmp_path: Path) -> None:
    atomic.write_text(tmp_path / "LIVE", "a\n")
    atomic.write_text(tmp_path / "LIVE", "b\n")
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"LIVE": "b\n"}


def test_digest_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "x").write_bytes(b"abc")  # FIPS 180-2, appendix B.1
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert atomic.digests(tmp_path, sync=True) == {"d/x": {"sha256": known, "size": 3}}


def test_disk_full_is_seen_through_causes() -> None:
    inner = OSError(errno.ENOSPC, "No space left on device")
    outer = RuntimeError("driver")
    outer.__cause__ = inner
    assert atomic.disk_full(outer)
    assert atomic.disk_full(RuntimeError('IO Error: Could not write file "x": No space left on device'))
    assert atomic.disk_full(OSError("67464 requested and 62960 written"))  # NumPy
    assert not atomic.disk_full(OSError(errno.EACCES, "Permission denied"))


def test_meter_measures_each_stage_alone() -> None:
    with Meter() as big:
        block = np.ones(40_000_000)  # 320 MB
        del block
    with Meter() as small:
        pass
    assert big.own_peak
    assert big.peak_mb - small.peak_mb > 250
    assert small.wall_s < big.wall_s


# --- feeds: bank(20) has 10 payments at noon of each of 20 days


def times(days: int = 20) -> np.ndarray:
    return np.array([r[1] for r in bank(days).rows], np.int64)


def test_a_feed_at_midnight_counts_the_day_before_as_complete() -> None:
    found = measure(times(), DAY_1 + 20 * DAY, days=14)
    assert found == Feed(200, DAY_1 + NOON, DAY_1 + 19 * DAY + NOON, 10, 10.0, 140)


def test_the_day_of_the_cut_is_not_complete() -> None:
    late = np.append(times(19), DAY_1 + 19 * DAY + NOON)  # the last day has one row so far
    found = measure(late, DAY_1 + 19 * DAY + NOON + 1, days=14)
    assert (found.last_day_rows, found.median_day_rows) == (10, 10.0)
    assert measure(late, DAY_1 + 20 * DAY, days=14).last_day_rows == 1


def test_days_without_a_row_count_as_zero_in_the_median() -> None:
    rows = DAY_1 + np.array([0, 1, 1, 4, 4, 4], np.int64) * DAY  # days 0..4: 1, 2, 0, 0, 3
    found = measure(rows, DAY_1 + 5 * DAY, days=14)
    assert (found.last_day_rows, found.median_day_rows) == (3, 0.5)


def test_no_median_from_two_days() -> None:
    assert measure(times(3), DAY_1 + 3 * DAY, days=14).median_day_rows is None
    assert measure(times(4), DAY_1 + 4 * DAY, days=14).median_day_rows == 10.0


# --- guards


def evidence(**changes: object) -> Evidence:
    full = Feed(100, 0, DAY_1, 10, 10.0, 100)
    values: dict[str, object] = {
        "as_of": DAY_1,
        "settings": Settings(),
        "feeds": {"transfers": full, "cash": full, "identifiers": full},
        "before": {},
        "levels": None,
        "quarantine": Quarantine(),
    }
    return Evidence(**(values | changes))  # type: ignore[arg-type]


def said(e: Evidence) -> list[tuple[str, str]]:
    return [(o.guard, o.setting) for o in judge(e)]


def test_a_feed_at_half_of_its_median_passes_and_below_does_not() -> None:
    feeds = dict(evidence().feeds)
    assert said(evidence(feeds=feeds | {"transfers": Feed(100, 0, 0, 5, 10.0, 100)})) == []
    short = evidence(feeds=feeds | {"transfers": Feed(100, 0, 0, 4, 10.0, 100)})
    assert said(short) == [("short feed", "guard.short_feed_share")]
    assert "4 transfers" in judge(short)[0].message


def test_a_feed_that_stopped_is_short_even_when_its_median_is_zero() -> None:
    feeds = dict(evidence().feeds) | {"transfers": Feed(100, 0, 0, 0, 0.0, 0)}
    assert said(evidence(feeds=feeds)) == [("short feed", "guard.feed_days")]


def test_a_feed_the_predecessor_had_is_missed() -> None:
    feeds = dict(evidence().feeds) | {"cash": Feed(0), "identifiers": Feed(9, 0, 0, 0, None, 0)}
    assert said(evidence(feeds=feeds)) == []
    before = {"cash": {"recent_rows": 3}, "identifiers": {"recent_rows": 1}}
    assert said(evidence(feeds=feeds, before=before)) == [("missing feed", "guard.feed_days")] * 2


@pytest.mark.parametrize(("median", "objections"), [(9.0, 0), (10.0, 1)])
def test_a_day_without_cash_is_missed_where_cash_is_dense(median: float, objections: int) -> None:
    feeds = dict(evidence().feeds) | {"cash": Feed(100, 0, 0, 0, median, 100)}
    assert len(said(evidence(feeds=feeds))) == objections


@pytest.mark.parametrize(
    ("changed", "accounts", "refused"),
    [(200, 5_000, False), (201, 5_000, True), (201, 10_050, False), (202, 10_050, True), (150, 150, False)],
)
def test_level_changes(changed: int, accounts: int, refused: bool) -> None:
    got = said(evidence(levels=LevelChanges(changed, accounts)))
    assert got == ([("level changes", "guard.max_level_change_share")] if refused else [])


def test_quarantined_share() -> None:
    assert said(evidence(quarantine=Quarantine(5, 100))) == []
    assert said(evidence(quarantine=Quarantine(6, 100))) == [("quarantine", "ingest.max_quarantined_share")]


# --- the difference to the predecessor


def scores(**levels: int | None) -> pa.Table:
    n = len(levels)
    columns: dict[str, object] = {f.name: [0] * n for f in FINDINGS["scores"].schema}
    columns |= {"account_id": list(levels), "level": pa.array(levels.values(), pa.int64())}
    columns |= {"ring_id": [None] * n, "referred": [False] * n, "exempt_class": [None] * n}
    return FINDINGS["scores"].table(columns)


def alerts(*rows: tuple[str, int, int | None]) -> pa.Table:
    columns: dict[str, object] = {f.name: [""] * len(rows) for f in FINDINGS["alerts"].schema}
    columns |= {c: [0] * len(rows) for c in ("score_e6", "opened_at", "due_at")}
    columns |= {"alert_id": [r[0] for r in rows], "account_id": [f"acc-{r[0]}" for r in rows]}
    columns |= {"level": [r[1] for r in rows], "closed_at": pa.array([r[2] for r in rows], pa.int64())}
    return FINDINGS["alerts"].table(columns)


def lineage(*rows: tuple[str, str]) -> pa.Table:
    zeros = [0] * len(rows)
    columns = {"ring_id": [r[0] for r in rows], "event": [r[1] for r in rows], "previous_ring_id": [""] * len(rows)}
    return FINDINGS["ring_lineage"].table(columns | {c: zeros for c in ("jaccard_e6", "joined", "left")})


def test_level_changes_count_moves_both_ways() -> None:
    now, was = scores(a=1, b=None, c=2, d=3, e=None), scores(a=1, b=2, c=3, e=None)
    assert level_changes(now, was) == LevelChanges(3, 5, {"0>3": 1, "2>0": 1, "3>2": 1})


def test_diff_against_the_predecessor() -> None:
    tables = {
        "alerts": alerts(("new", 2, None), ("moved", 1, None), ("same", 3, None), ("gone", 1, 77)),
        "scores": scores(a=1),
        "ring_lineage": lineage(("r2", "grown"), ("r1", "born"), ("r3", "same"), ("r4", "born")),
    }
    was = alerts(("moved", 2, None), ("same", 3, None), ("gone", 1, None), ("long ago", 1, 5))
    previous = Previous("p", 1, "h", {"alerts": was, "scores": scores(a=None)})
    diff = compare(tables, previous)
    assert diff.opened == (AlertChange("new", "acc-new", None, 2),)
    assert diff.closed == (AlertChange("gone", "acc-gone", 1, None),)
    assert diff.moved == (AlertChange("moved", "acc-moved", 2, 1),)
    assert diff.rings == {"born": ("r1", "r4"), "grown": ("r2",)}
    assert diff.levels == LevelChanges(1, 1, {"0>1": 1})
    assert compare(tables, None).levels is None


# --- options


@pytest.mark.parametrize(
    "wrong",
    [
        {"dry_run": True, "publish": True},
        {"dry_run": True, "resume": True},
        {"resume": True, "fresh": True},
        {"override": Override(" ", "me")},
    ],
)
def test_options_that_contradict_each_other(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Nightly(**wrong)  # type: ignore[arg-type]


def test_clock_of_the_fixtures() -> None:
    assert clock.show(DAY_1) == "2026-01-01 00:00:00"
