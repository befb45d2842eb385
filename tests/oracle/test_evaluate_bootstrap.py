"""The bootstrap against lists written out copy by copy, and against every possible draw of three rings."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import evaluate_kit
import numpy as np
import pyarrow as pa
import pytest
from evaluate_kit import CUT
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfraud.evaluate import sources
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.intervals import estimate, intervals
from graphfraud.evaluate.metrics import average_precision
from graphfraud.evaluate.resample import average_precisions, blocks, drawn, means, ordered, precisions
from graphfraud.evaluate.truth import Truth

SCORE = np.array([9.0, 8.0, 7.0, 7.0, 5.0, 4.0, 3.0, 2.0, 1.0])
BLOCK = np.array([0, -1, 1, -1, 0, -1, 2, 2, -1], dtype=np.int32)  # −1: honest


def written_out(score: np.ndarray, block: np.ndarray, times: list[int]) -> list[bool]:
    """The list that a draw stands for: every positive as often as its block was drawn, one copy behind the other."""
    order = sorted(range(len(score)), key=lambda i: (-score[i], i))
    return [block[i] >= 0 for i in order for _ in range(1 if block[i] < 0 else times[block[i]])]


def by_hand(labels: list[bool]) -> float:
    found, total = 0, 0.0
    for rank, positive in enumerate(labels, 1):
        found += positive
        total += positive * found / rank
    return total / found if found else float("nan")


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 2)), min_size=1, max_size=25),
    st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=1, max_size=4),
)
@settings(max_examples=200, deadline=None)
def test_a_draw_equals_its_list_written_out(rows: list[tuple[int, int]], draws: list[list[int]]) -> None:
    score, block = np.array([float(s) for s, _ in rows]), np.array([b for _, b in rows], dtype=np.int32)
    ranking = ordered(score, block >= 0, block)
    found = average_precisions(ranking, np.array(draws))
    at_3 = precisions(ranking, np.array(draws), 3)
    for n, times in enumerate(draws):
        labels = written_out(score, block, times)
        assert found[n] == pytest.approx(by_hand(labels), nan_ok=True)
        assert at_3[n] == pytest.approx(sum(labels[:3]) / min(3, len(labels)) if labels else 0.0)


def test_drawn_once_each_the_figure_is_the_figure() -> None:
    ranking = ordered(SCORE, BLOCK >= 0, BLOCK)
    once = average_precisions(ranking, np.ones((1, 3), dtype=np.int64))
    assert once[0] == pytest.approx(average_precision(SCORE, BLOCK >= 0))


def test_the_interval_equals_that_of_all_27_draws_of_three_rings() -> None:
    every = [[d.count(r) for r in range(3)] for d in product(range(3), repeat=3)]
    exact = np.array([by_hand(written_out(SCORE, BLOCK, times)) for times in every])
    ranking = ordered(SCORE, BLOCK >= 0, BLOCK)
    weights = drawn(3, 20_000, 1)
    assert (weights.sum(axis=1) == 3).all()
    found = average_precisions(ranking, weights)
    assert found.mean() == pytest.approx(exact.mean(), abs=0.004)
    whole = estimate("AP", 0.5, np.tile(exact, 1_000))  # as often as a thousand draws each
    part = estimate("AP", 0.5, found)
    assert part.low == pytest.approx(whole.low)
    assert part.high == pytest.approx(whole.high)


def test_draws_are_seeded() -> None:
    assert (drawn(7, 50, 3) == drawn(7, 50, 3)).all()
    assert (drawn(7, 50, 3) != drawn(7, 50, 4)).any()


def test_means_of_rings_follow_the_draw() -> None:
    found = means(np.array([1.0, 0.5]), np.array([0, 2], dtype=np.int32), np.array([[2, 0, 1], [0, 3, 0], [0, 1, 2]]))
    assert found[0] == pytest.approx((1 + 1 + 0.5) / 3)
    assert np.isnan(found[1])  # neither ring was drawn
    assert found[2] == pytest.approx(0.5)


def test_rings_that_share_an_account_are_one_block_and_singles_are_their_own() -> None:
    never = np.full(8, np.iinfo(np.int64).max)
    member, ring = np.array([0, 1, 1, 2, 3, 4]), np.array([7, 7, 9, 9, 4, 5])
    mule = np.array([1, 1, 1, 1, 1, 0, 1, 0], dtype=bool)
    truth = Truth(mule, None, member, ring, [""] * 8, never, np.zeros(8, dtype=bool))
    found = blocks(truth, mule, 0)
    assert found.of_account.tolist() == [2, 2, 2, 0, 1, -1, 3, -1]  # ring 4, ring 5, rings 7 and 9, account 6
    assert (found.count, found.singles, found.of_ring) == (4, 1, {4: 0, 5: 1, 7: 2, 9: 2})


def test_a_better_score_is_significantly_better_and_the_same_score_is_not(tmp_path: Path) -> None:
    world = sources(evaluate_kit.write(tmp_path))[0].prepare(tmp_path / "unused")
    table = evaluate_kit.scores(r1=0.9, r2=0.8, r3=0.7, r4=0.6, q1=0.5, q2=0.4)
    findings = {"scores": table, "rings": evaluate_kit.rings(a="r1 r2 r3")}
    case = Case.of(world.truth, world.facts, findings, CUT)
    worse = np.where(world.truth.mule, -1.0, 1.0)
    found = intervals(case, {"worse": worse, "same": case.score * 2})
    margins = {(m.other, m.what): m for m in found.margins}
    assert found.blocks == 2
    assert margins["worse", "AP all"].significant
    assert not margins["same", "AP all"].significant
    assert margins["same", "AP acted"].difference.high == 0
    figures = {e.name: e for e in found.figures}
    # all six hidden members stand first, whatever rings are drawn; ring 0 has f1 6/7, ring 1 is too small to count
    assert (figures["AP all"].low, figures["AP all"].high) == (1.0, 1.0)
    assert figures["ring F1"].value == figures["ring F1"].low == pytest.approx(6 / 7)
    # against every draw by hand: ring 0 (r1 r2 r3 r4) and ring 1 (q1 q2), four honest persons above them
    both, zero, one = (by_hand([False] * 4 + [True] * n) for n in (6, 8, 4))
    margin = margins["worse", "AP all"].difference
    assert margin.value == pytest.approx(1 - both)
    assert (margin.low, margin.high) == (pytest.approx(1 - zero), pytest.approx(1 - one))


def test_the_world_of_an_export_without_rings_still_has_intervals(tmp_path: Path) -> None:
    world = sources(evaluate_kit.write(tmp_path))[0].prepare(tmp_path / "unused")
    empty = pa.table({c: pa.array([], pa.string()) for c in ("ring_id", "kind", "account_id")})
    findings = {"scores": evaluate_kit.scores(r1=0.9), "rings": empty}
    found = intervals(Case.of(world.truth, world.facts, findings, CUT), {})
    assert {e.name: e.value for e in found.figures}["ring F1"] == 0.0
