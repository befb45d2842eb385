"""What a day's work finds, who is found, who is wrongly raised, nights: worked out by hand on the small world."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

import evaluate_kit
import numpy as np
import pyarrow as pa
import pytest
from evaluate_kit import CUT, DAY, DAY_0

from graphfraud.evaluate import Trial, World, report, sources
from graphfraud.evaluate.budgets import budgets
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.curves import rings_measure
from graphfraud.evaluate.groups import by_layer, by_role, indicator_hits, strata_measure
from graphfraud.evaluate.money import balances, passed_on, received, still_there
from graphfraud.evaluate.nights import nights

LATER = CUT + 2 * DAY * 1_000_000


@pytest.fixture
def world(tmp_path: Path) -> World:
    return sources(evaluate_kit.write(tmp_path))[0].prepare(tmp_path / "unused")


def case_of(world: World, as_of: int = CUT, **scores: float) -> Case:
    status = {"indicator_id": ["even", "never", "odd"], "computable": [True, False, True]}
    hits = {"account_id": ["r1", "h1", "s1", "r4", "r4"], "indicator_id": ["even", "even", "even", "odd", "even"]}
    findings = {
        "scores": evaluate_kit.scores(**scores),
        "rings": evaluate_kit.rings(a="r1 r2 r3"),
        "indicator_hits": pa.table(hits),
        "indicator_status": pa.table(status),
    }
    return Case.of(world.truth, world.facts, findings, as_of)


def amounts(world: World, values: np.ndarray) -> dict[str, int]:
    return {a: v for a, v in zip(world.facts.account_id.to_pylist(), values.tolist(), strict=True) if v}


def test_a_frauds_money_by_hand(world: World) -> None:
    fraud, n = world.truth.fraud, len(world.facts)
    assert fraud is not None
    # v1 → s1 1000 · s1 → r1 600, r2 300, x1 50 · r1 → r3 500 · on day 2 r3 → r4 400
    assert amounts(world, received(fraud, n, CUT)) == {"s1": 1000, "r1": 600, "r2": 300, "r3": 500, "x1": 50}
    assert amounts(world, passed_on(fraud, n, CUT)) == {"v1": 1000, "s1": 950, "r1": 500}
    # r2 drew 300 in cash, which the truth does not mark: nothing is there
    assert amounts(world, balances(world.facts, CUT)) == {"s1": 50, "r1": 100, "r3": 500, "x1": 50, "h2": 70, "c1": 70}
    assert amounts(world, still_there(fraud, world.facts, CUT)) == {"s1": 50, "r1": 100, "r3": 500, "x1": 50}
    assert amounts(world, still_there(fraud, world.facts, LATER))["r4"] == 400


def test_an_opening_balance_and_a_debit_beyond_it(world: World) -> None:
    opening = np.zeros(len(world.facts), dtype=np.int64)
    opening[world.facts.codes(["h1"])] = 100
    facts = dataclasses.replace(world.facts, opening=opening)
    # h1 pays 70 to h2 and 70 to c1 (30 is all it has left)
    assert "h1" not in amounts(world, balances(facts, CUT))
    opening[world.facts.codes(["h1"])] = 200
    assert amounts(world, balances(facts, CUT))["h1"] == 60


def test_a_days_work_by_hand(world: World) -> None:
    found = {r.who: r for r in budgets(case_of(world, r1=0.9, h1=0.85, w1=0.6, r3=0.3, s1=1.0))}
    first = found["level ≤ 1"]  # r1, h1; s1 is referred already
    assert (first.looked_at, first.found, first.precision, first.recall) == (2, 1, 0.5, pytest.approx(1 / 6))
    assert first.recall_acted == pytest.approx(1 / 3)
    assert (first.value, first.value_recall) == (600, pytest.approx(600 / 1400))
    assert (first.still_there, first.still_there_recall) == (100, pytest.approx(100 / 600))
    assert (first.referred_later, first.days_mean) == (0, None)
    second = found["level ≤ 2"]  # and w1, which is referred on day 2: one day after the cut
    assert (second.referred_later, second.days_mean, second.days_median) == (1, 1.0, 1.0)
    third = found["level ≤ 3"]
    assert (third.value, third.still_there, third.found) == (1100, 600, 2)
    # 12 holders (13 accounts of the bank, less h3 that is not there yet) have accounts: 4 looked at
    assert third.per_10000 == pytest.approx(10_000 * 4 / 12)
    assert found["first 50"].looked_at == 10
    assert found["first 50"].recall == 1.0


def test_a_holder_with_two_accounts_is_one_customer(world: World) -> None:
    holder = world.facts.holder.copy()
    holder[world.facts.codes(["h1"])] = holder[world.facts.codes(["h2"])]
    facts = dataclasses.replace(world.facts, holder=holder)
    found = budgets(Case.of(world.truth, facts, case_of(world, r1=0.9).findings, CUT))
    assert found[-1].per_10000 == pytest.approx(10_000 / 11)


def test_recall_by_role_and_layer(world: World) -> None:
    case = case_of(world, r1=0.9, r4=0.6, q1=0.3)
    roles = {f.group: (f.hidden, f.acted, f.raised) for f in by_role(case)}
    assert roles == {"relay": (4, 3, (1, 2, 2)), "dormant": (2, 0, (0, 0, 1))}
    layers = {f.group: (f.hidden, f.acted, f.raised) for f in by_layer(case)}
    assert layers == {"layer 1": (3, 3, (1, 1, 1)), "not paid yet": (3, 0, (0, 1, 2))}
    assert by_layer(case_of(world, LATER))[0].hidden == 4  # r4 has been paid by then


def test_strata_stand_beside_the_recall(world: World) -> None:
    found = strata_measure(case_of(world, r1=0.9, h1=0.85, v1=0.6, c1=0.3))
    assert found is not None
    (grid,) = found.grids
    rows = {row[0]: row[1:] for row in grid.rows}
    assert rows["worker"] == ("3", "1", "1", "1")
    assert rows["victims"] == ("1", "0", "1", "1")
    assert rows["recall of acted mules"] == ("3", *["1 of 3 (33.3%)"] * 3)
    assert rows["all"][1].startswith("1 (20.000%, ")
    nobody = strata_measure(case_of(world))  # the rates are in every report, also where nobody is raised
    assert nobody is not None
    rows = {row[0]: row[1:] for row in nobody.grids[0].rows}
    assert (rows["worker"], rows["recall of acted mules"]) == (("3", "0", "0", "0"), ("3", *["0 of 3 (0.0%)"] * 3))
    assert rows["all"][1].startswith("0 (0.000%, 0.000%–")
    case = case_of(world, r1=0.9)
    without = dataclasses.replace(case, findings={"scores": case.findings["scores"].drop_columns(["level"])})
    assert strata_measure(without) is None


def test_indicators_by_hand(world: World) -> None:
    odd, even, never = indicator_hits(case_of(world, r1=0.9))
    assert (odd.indicator, odd.hits, odd.hidden, odd.acted, odd.precision) == ("odd", 1, 1, 0, 1.0)
    # s1 is referred, so not a candidate: r1, r4 of r1, r4, h1; prevalence .6
    assert (even.hits, even.hidden, even.acted, even.precision) == (3, 2, 1, pytest.approx(2 / 3))
    assert even.lift == pytest.approx(2 / 3 / 0.6)
    assert even.recall == pytest.approx(2 / 6)
    assert (never.hits, never.computable) == (0, False)


def test_every_ring_with_its_best_match(world: World) -> None:
    found = rings_measure(case_of(world, r1=0.9))
    assert found is not None
    # s1 r1 r2 r3 have acted, r4 is neutral; a: r1 r2 r3
    assert found.data["rings"] == [{"ring": 0, "acted": 4, "idle": 1, "jaccard": 0.75, "f1": pytest.approx(6 / 7)}]


def test_nights_compare_chained_and_fresh_runs(world: World) -> None:
    """Ring a keeps 3 of 4 members on the second night and its name; on the third another ring takes its members."""
    first = DAY_0 * 1_000_000 + DAY * 1_000_000
    chained = [
        evaluate_kit.rings(a="s1 r1 r2 r3", lead1="h1 h2 c1"),
        evaluate_kit.rings(a="s1 r1 r2"),
        evaluate_kit.rings(a="h1 h2 c1", b="s1 r1 r2"),
    ]
    asked: list[Trial] = []

    def detect(trial: Trial) -> Mapping[str, pa.Table]:
        asked.append(trial)
        night = round((trial.as_of - first) / (DAY * 1_000_000))
        return {"rings": evaluate_kit.rings(a="s1 r1 r2 r3") if trial.fresh else chained[night]}

    found = nights(case_of(world, LATER), detect, 3)
    assert found is not None
    assert [(t.fresh, t.as_of) for t in asked] == [
        (fresh, first + n * DAY * 1_000_000) for n in range(3) for fresh in (False, True)
    ]
    assert {t.name for t in asked if not t.fresh} == {"nights, chained"}
    assert [n.kept for n in found.nights] == [None, 3 / 4, 0.0]
    assert found.kept == pytest.approx(3 / 8)
    # true members: s1 r1 r2 r3, from 00:00 of day 2 on (the second night) r4 too
    assert [n.f1_fresh for n in found.nights] == [1.0, pytest.approx(8 / 9), pytest.approx(8 / 9)]
    assert found.nights[1].f1 == pytest.approx(6 / 8)
    assert found.f1_fresh == pytest.approx((1 + 8 / 9 + 8 / 9) / 3)


def test_nights_need_somebody_referred_on_the_first(world: World) -> None:
    assert nights(case_of(world), lambda trial: {}, 2) is None


def test_every_section_is_json_and_text(world: World) -> None:
    findings = dict(case_of(world, r1=0.9, h1=0.85).findings)
    found = report(world.truth, world.facts, findings, CUT)
    raw = json.loads(json.dumps(found.as_json(), allow_nan=False))["sections"]
    assert list(raw) == ["intervals", "curves", "budgets", "recall", "strata", "indicators", "rings"]
    assert all(raw.values()), "every section has its figures in JSON"
    page = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")
    for section in found.sections:
        assert f"`{section.key}`" in page, "every section is explained"
        for grid in section.grids:
            assert all(len(row) == len(grid.columns) for row in grid.rows), section.key
            assert all(isinstance(cell, str) for row in grid.rows for cell in row)
