"""Who is raised by referrals that should not have been made; the detector is a function by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import evaluate_kit
import pyarrow as pa
from evaluate_kit import CUT

from graphfraud.evaluate import Trial, sources
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.facts import read_table
from graphfraud.evaluate.wrong import Raised, section, wrong

RINGS = {"rings": evaluate_kit.rings(a="r1 r2 r3")}


def levelled(**levels: int) -> Mapping[str, pa.Table]:
    scores = evaluate_kit.scores(**dict.fromkeys(levels, 0.5))
    column = pa.array([levels.get(a) for a in scores["account_id"].to_pylist()], pa.int64())
    kept = scores.drop_columns(["level"]) if "level" in scores.column_names else scores
    return {"scores": kept.append_column("level", column), **RINGS}


def test_raised_is_who_stands_lower_without_the_wrong_referral(tmp_path: Path) -> None:
    """s1 is referred by R1; with it h1 is at level 1, r1 at 1 and r2 at 2; without it r1 stays, h1 falls to 2."""
    world = sources(evaluate_kit.write(tmp_path))[0].prepare(tmp_path / "unused")
    case = Case.of(world.truth, world.facts, levelled(s1=1, h1=1, r1=1, r2=2), CUT)
    referrals = read_table(world.folder, "referrals")
    assert referrals is not None
    asked: list[Trial] = []

    def detect(trial: Trial) -> Mapping[str, pa.Table]:
        asked.append(trial)
        return levelled(h1=2, r1=1)

    found = wrong(case, referrals, ["R1", "R2"], detect)
    assert found is not None
    kept = asked[0].changed["referrals"]
    assert kept is not None
    assert kept.num_rows == 0  # R2 is not known at T
    assert (found.referrals, found.of_referrals, found.accounts) == (1, 1, 1)
    assert found.raised == (Raised(1, 1, 1), Raised(2, 1, 0), Raised(3, 1, 0))  # s1 itself is referred: not counted
    assert section(found).grids[0].rows[0] == ("1 or above", "1", "1")
    assert wrong(case, referrals, ["R2", "R9"], detect) is None
