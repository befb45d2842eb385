"""Figures of a world worked out by hand (contracts.md §5)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from evaluate_kit import CUT, DAY, DAY_0, rings, scores, write

from graphfraud.evaluate import Evaluation, World, report, sources
from graphfraud.evaluate.baselines import baseline_scores
from graphfraud.evaluate.matching import continuity, planted, ring_figures
from graphfraud.evaluate.panel import panel


@pytest.fixture
def world(tmp_path: Path) -> World:
    return sources(write(tmp_path))[0].prepare(tmp_path / "unused")


def names(world: World, flags: object) -> set[str]:
    return {a for a, on in zip(world.facts.account_id.to_pylist(), flags, strict=True) if on}  # type: ignore[call-overload]


def test_the_panel_has_the_banks_unreferred_persons_that_exist(world: World) -> None:
    who = panel(world.truth, world.facts, CUT)
    # not c1 (a company), s1 (referred), x1 (another bank); h3 opens on day 3 and has done nothing before
    assert names(world, who.candidate) == {"h1", "h2", "q1", "q2", "r1", "r2", "r3", "r4", "v1", "w1"}
    assert names(world, who.hidden) == {"q1", "q2", "r1", "r2", "r3", "r4"}
    assert who.acted is not None
    assert names(world, who.acted) == {"r1", "r2", "r3"}  # t7, which r4 receives, comes on day 2
    assert names(world, who.later) == {"w1"}
    assert who.window == (CUT, (DAY_0 + 3 * DAY) * 1_000_000)  # the data ends before 60 days


def test_average_precision_of_a_ranking_by_hand(world: World) -> None:
    found = report(world.truth, world.facts, exports(r1=0.9, h1=0.8, r2=0.7, q1=0.7, s1=1.0, x1=1.0), CUT)
    own = found.scores["graphfraud"]
    # order: r1 h1 q1 r2 | then 0: h2 q2 r3 r4 v1 w1; hidden at ranks 1 3 4 6 7 8
    assert own.all.average_precision == pytest.approx((1 / 1 + 2 / 3 + 3 / 4 + 4 / 6 + 5 / 7 + 6 / 8) / 6)
    # without q1, q2, r4: r1 h1 r2 | h2 r3 v1 w1; acted at 1 3 5
    assert own.acted is not None
    assert own.acted.average_precision == pytest.approx((1 + 2 / 3 + 3 / 5) / 3)
    assert own.later.average_precision == pytest.approx(1 / 10)
    assert own.all.prevalence == pytest.approx(0.6)
    assert own.all.at[0].precision == pytest.approx(0.6)  # 100 asked, 10 there
    assert own.all.at[0].lift == pytest.approx(1.0)
    assert found.referred == 1
    assert found.missing == 6  # h2 q2 r3 r4 v1 w1


def exports(**given: float) -> dict[str, object]:
    return {"scores": scores(**given), "rings": rings(a="r1 r2 r3")}


def test_rows_with_equal_scores_are_ranked_by_account_and_the_export_order_does_not_matter(world: World) -> None:
    one = report(world.truth, world.facts, exports(h1=0.5, r1=0.5), CUT)
    other = report(world.truth, world.facts, exports(r1=0.5, h1=0.5), CUT)
    assert one == other
    assert one.scores["graphfraud"].all.average_precision != pytest.approx(1.0)


def test_findings_tables_and_exports_give_the_same_figures(world: World) -> None:
    table = scores(r1=0.9, h1=0.8)
    e6 = table.set_column(1, "score_e6", [[900_000, 800_000]])
    one = report(world.truth, world.facts, {"scores": table, "rings": rings(a="r1 r2 r3")}, CUT)
    assert one == report(world.truth, world.facts, {"scores": e6, "rings": rings(a="r1 r2 r3")}, CUT)


def test_true_rings_have_three_acted_members_and_know_who_is_neutral(world: World) -> None:
    (ring,) = planted(world.truth, CUT)
    ids = world.facts.account_id.to_pylist()
    assert {ids[i] for i in ring.acted} == {"s1", "r1", "r2", "r3"}
    assert {ids[i] for i in ring.neutral} == {"r4"}


@pytest.mark.parametrize(
    ("members", "jaccard"),
    [
        ("s1 r1 r2 r3", 1.0),
        ("s1 r1 r2 r3 r4", 1.0),  # r4 is neutral
        ("s1 r1 r2 r3 x1", 1.0),  # x1 is not ours
        ("s1 r1 r2", 3 / 4),
        ("s1 r1 r2 r3 h1", 4 / 5),
        ("s1 r1 r2 r3 q1", 4 / 5),  # of another ring: not neutral here
        ("h1 h2 w1", 0.0),
        ("s1 r1 r2 r3 stranger", 4 / 5),  # an account the world does not know
    ],
)
def test_best_match(world: World, members: str, jaccard: float) -> None:
    found = ring_figures(world.truth, world.facts, rings(a=members, b="h1 h2 c1"), CUT)
    assert found is not None
    assert found.jaccard == pytest.approx(jaccard)
    assert found.f1 == pytest.approx(2 * jaccard / (1 + jaccard))


def test_ring_precision_counts_members_of_any_ring_and_only_rings_of_three(world: World) -> None:
    given = rings(a="r1 r4 h1 h2", b="q1 h1 h2", c="r1 r2", lead1="r1 r2 r3", d="q1 q2 x1 h1 h2")
    found = ring_figures(world.truth, world.facts, given, CUT)
    assert found is not None
    # a: 2 of 4; b: 1 of 3; d: without x1 2 of 4. c is too small, lead1 is a lead
    assert (found.reported_rings, found.precise_rings) == (3, 2)


def test_false_positives_count_honest_accounts_of_the_bank(world: World) -> None:
    found = report(world.truth, world.facts, exports(h1=0.9, v1=0.6, c1=0.3, r1=0.9, r2=0.3, s1=1.0, q1=0.9), CUT)
    first, second, third = found.false_positives
    rates = {s.stratum: (s.raised, s.accounts) for s in third.strata}
    # honest at T: h1 h2 w1 workers (h3 is not there yet), v1 a victim, c1 a firm
    assert rates["worker"] == (1, 3)
    assert rates["victims"] == (1, 1)
    assert rates["firm"] == (1, 1)
    assert rates["all"] == (3, 5)
    assert rates["small strata together"] == (3, 5)
    assert all(s.interval is None for s in third.strata if s.stratum in {"worker", "firm", "victims"})
    assert [(f.acted_raised, f.acted_hidden) for f in (first, second, third)] == [(1, 3), (1, 3), (2, 3)]
    assert next(s.raised for s in second.strata if s.stratum == "all") == 2


def test_baselines_see_the_past_only(world: World) -> None:
    ids = world.facts.account_id.to_pylist()
    found = {name: dict(zip(ids, s, strict=True)) for name, s in baseline_scores(world.facts, CUT).items()}
    assert found["degree"]["h1"] == 2
    assert found["degree"]["r3"] == 1  # t7 comes later
    assert found["one hop, transfers"]["r1"] == pytest.approx(600 / 1100)
    assert found["received from referred"]["r2"] == 300
    assert found["one hop, identifiers"]["r1"] == pytest.approx(1 / 2)
    assert found["one hop, identifiers"]["h1"] == 0  # shares p1 only from day 2 on
    walk = found["PageRank, amount"]
    assert walk["v1"] > walk["r1"] > walk["r2"] > walk["h1"] == 0


def test_json_is_complete_and_serialisable(world: World) -> None:
    found = report(world.truth, world.facts, exports(r1=0.9), CUT)
    raw = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert list(raw) == ["as_of", "window", "referred", "missing", "scores", "rings", "false_positives", "sections"]
    assert raw["as_of"] == "2026-01-02T00:00:00+08:00"
    assert raw["scores"][0]["name"] == "graphfraud"
    assert set(raw["scores"][0]["all"]) == {"candidates", "positives", "prevalence", "average_precision", "at"}
    assert raw["rings"]["f1"] == pytest.approx(6 / 7)
    assert [f["level"] for f in raw["false_positives"]] == [1, 2, 3]
    assert isinstance(found, Evaluation)
    assert len(found.score_rows()) == len(raw["scores"])
    assert any("F1 0.857" in line for line in found.lines())


def test_continuity_is_the_best_jaccard_where_the_id_stayed_with_it() -> None:
    before = {"a": frozenset("123"), "b": frozenset("456"), "gone": frozenset("789")}
    after = {"a": frozenset("1234"), "b": frozenset("7890"), "c": frozenset("456")}
    assert continuity(before, after) == pytest.approx((3 / 4 + 0) / 2)
    assert continuity({}, after) is None
