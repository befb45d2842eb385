"""What is hidden, shuffled and permuted, and what the figures are taken of; the detector is a function by hand."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import evaluate_kit
import numpy as np
import pyarrow as pa
import pytest
from evaluate_kit import CUT, DAY_0

from graphfraud.evaluate import Trial, World, alter, sources
from graphfraud.evaluate.boosting import boosted
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.facts import read_table
from graphfraud.evaluate.features import plain_features
from graphfraud.evaluate.hiding import case_order, hiding, layers, unseen_accounts
from graphfraud.evaluate.nulls import NEITHER, NO_IDENTIFIERS, PERMUTED, SHUFFLED, nulls
from graphfraud.evaluate.repeats import first_rows, repeats, without_repeats

RINGS = {"rings": evaluate_kit.rings(a="r1 r2 r3")}
FINDINGS = {"scores": evaluate_kit.scores(r1=0.9, r2=0.8, h1=0.7), "rings": evaluate_kit.rings(a="r1 r2 r3")}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return sources(evaluate_kit.write(tmp_path))[0].prepare(tmp_path / "unused")


@pytest.fixture
def case(world: World) -> Case:
    return Case.of(world.truth, world.facts, FINDINGS, CUT)


def test_shuffled_times_keep_everything_but_when() -> None:
    table = pa.table({"txn_id": list("abcdef"), "time": [DAY_0 + t for t in (1, 2, 3, 4, 200_000, 300_000)]})
    found = alter.shuffled_times(table, CUT)
    assert found["txn_id"] == table["txn_id"]
    assert Counter(found["time"].to_pylist()) == Counter(table["time"].to_pylist())
    assert found["time"].to_pylist()[:4] != table["time"].to_pylist()[:4]
    assert found["time"].to_pylist()[4:] == table["time"].to_pylist()[4:]  # later than T: as it was
    assert found == alter.shuffled_times(table, CUT)


def test_permuted_seeds_are_as_many_other_persons(case: Case, world: World) -> None:
    referrals = read_table(world.folder, "referrals")
    assert referrals is not None
    referrals = referrals.append_column("victim_account", pa.array(["v1", "v1"]))
    found, drawn = alter.permuted_seeds(referrals, world.facts, case.who.candidate)
    assert found["account_id"].to_pylist() == drawn
    assert len(set(drawn)) == 2
    assert not set(drawn) & {"s1", "c1", "x1", "h3"}  # candidates only
    assert found.column_names == ["referral_id", "case_no", "account_id", "referred_at"]


def test_cases_of_the_first_layer_come_first(case: Case) -> None:
    table = pa.table({"case_no": ["late", "late", "c2", "c1", "none"], "account_id": ["r3", "r1", "s1", "s1", "h1"]})
    layer = {case.facts.codes([a])[0]: n for a, n in (("s1", 1), ("r1", 2), ("r3", 3))}
    orders = {tuple(case_order(table, layer, case.facts, seed)) for seed in range(20)}
    assert orders == {("c1", "c2", "late", "none"), ("c2", "c1", "late", "none")}


def test_layers_are_one_below_the_shallowest_payment(case: Case) -> None:
    assert case.truth.fraud is not None
    ids = case.facts.account_id.to_pylist()
    # the kit marks every fraud transfer with depth 0
    assert {ids[v]: n for v, n in layers(case.truth).items()} == {a: 1 for a in ("s1", "r1", "r2", "r3", "r4", "x1")}


def test_hidden_referrals_leave_the_run_but_not_the_candidates(case: Case, world: World) -> None:
    """Ten cases, each against another member; a tenth is one case. The detector by hand raises whoever is referred."""
    members = ["s1", "r1", "r2", "r3", "q1", "q2", "h1", "h2", "v1", "w1"]
    table = pa.table(
        {
            "referral_id": [f"R{i}" for i in range(10)],
            "case_no": [f"C{i}" for i in range(10)],
            "account_id": members,
            "referred_at": [DAY_0 + 200] * 10,
        }
    )
    asked: list[Trial] = []

    def detect(trial: Trial) -> Mapping[str, pa.Table]:
        asked.append(trial)
        kept = trial.changed["referrals"]
        assert kept is not None
        return {"scores": evaluate_kit.scores(**dict.fromkeys(kept["account_id"].to_pylist(), 0.9)), **RINGS}

    found = hiding(case, table, detect)
    sizes = [t.changed["referrals"].num_rows for t in asked[:3]]  # type: ignore[union-attr]
    assert sizes == [r.cases for r in found.revealed] == [1, 2, 5]  # 2.5 is rounded to the even 2
    assert [r.seeds for r in found.revealed] == [1, 2, 5]
    first = asked[0].changed["referrals"]
    second = asked[1].changed["referrals"]
    assert first is not None
    assert second is not None
    assert set(first["case_no"].to_pylist()) < set(second["case_no"].to_pylist())
    # the first layer comes first: s1 r1 r2 r3 (and r4, x1, without referral) before everybody else
    assert set(second["account_id"].to_pylist()) < {"s1", "r1", "r2", "r3"}
    # same candidates: those of the case (s1 alone is referred there): h1 h2 q1 q2 r1 r2 r3 r4 v1 w1
    raised = set(first["account_id"].to_pylist())
    order = sorted(["h1", "h2", "q1", "q2", "r1", "r2", "r3", "r4", "v1", "w1"], key=lambda a: (a not in raised, a))
    ranks = [i for i, a in enumerate(order, 1) if a[0] in "qr"]
    assert found.revealed[0].ap_all == pytest.approx(np.mean([n / r for n, r in enumerate(ranks, 1)]))
    # with hidden seeds: s1 joins and the one seed leaves, so nobody scores
    wide = enumerate(sorted({*order, "s1"} - raised), 1)
    ranks = [rank for rank, a in wide if a[0] in "qrs"]
    assert found.revealed[0].ap_all_with_seeds == pytest.approx(np.mean([n / r for n, r in enumerate(ranks, 1)]))


def test_without_a_second_referred_ring_none_is_hidden(case: Case) -> None:
    members, rings, of_rings = unseen_accounts(case)
    assert (int(members.sum()), rings, of_rings) == (0, 0, 1)


def test_a_third_of_the_rings_loses_every_referral(case: Case, world: World) -> None:
    table = pa.table(
        {
            "referral_id": ["R1", "R2", "R3"],
            "case_no": ["C1", "C2", "C1"],
            "account_id": ["s1", "q1", "h1"],
            "referred_at": [DAY_0 + 200] * 3,
        }
    )
    facts = world.facts
    referred = facts.referred_at.copy()
    referred[facts.codes(["q1"])] = CUT - 1
    wider = dataclasses.replace(facts, referred_at=referred)
    found = hiding(Case.of(world.truth, wider, FINDINGS, CUT), table, lambda trial: FINDINGS).unseen
    assert found is not None
    assert (found.rings, found.of_rings) == (1, 2)
    inside, *_ = unseen_accounts(Case.of(world.truth, wider, FINDINGS, CUT))
    names = {a for a, on in zip(facts.account_id.to_pylist(), inside.tolist(), strict=True) if on}
    if "q1" in names:
        assert names == {"q1", "q2"}
        assert found.hidden_referrals == 1
        # q2 scores 0 among h1 (.7), h2, v1, w1: after h1 and h2
        assert found.ap_all == pytest.approx(1 / 3)
    else:
        assert names == {"r1", "r2", "r3", "r4", "s1"}
        assert found.hidden_referrals == 2  # the whole case, h1's referral too
        assert found.full_ap_all == pytest.approx((1 + 1 + 3 / 5 + 4 / 6) / 4)


def test_each_null_gets_its_altered_facts(case: Case, world: World) -> None:
    tables = {name: read_table(world.folder, name) for name in ("transfers", "cash", "identifiers", "referrals")}
    asked: dict[str, Trial] = {}

    def detect(trial: Trial) -> Mapping[str, pa.Table]:
        asked[trial.name] = trial
        return {"scores": evaluate_kit.scores(h1=0.9), **RINGS}

    found = nulls(case, tables, detect)
    assert set(asked) == {SHUFFLED, PERMUTED, NO_IDENTIFIERS, NEITHER}
    assert set(asked[SHUFFLED].changed) == {"transfers", "cash"}
    assert asked[NO_IDENTIFIERS].changed == {"identifiers": None}
    assert set(asked[NEITHER].changed) == {"transfers", "cash", "identifiers"}
    assert set(asked[PERMUTED].changed) == {"referrals"}
    margins = {(m.other, m.what): m for m in found.margins}
    # h1 first, then by account: h2 q1 q2 r1 r2 r3 r4 …
    assert margins[SHUFFLED, "AP all"].value == pytest.approx(np.mean([n / (n + 2) for n in range(1, 7)]))
    assert found.prevalence == pytest.approx(0.6)
    assert found.boosted_on == 1  # s1: nobody was referred 30 days ago
    assert not found.boosted_mature
    assert margins["gradient boosting, plain features", "AP all"].value == pytest.approx(
        np.mean([n / (n + 2) for n in range(1, 7)])  # one label teaches nothing: all score 0
    )


def test_without_repeats_only_first_payments_are_left(case: Case, world: World) -> None:
    transfers = read_table(world.folder, "transfers")
    assert transfers is not None
    shuffled = transfers.take(pa.array([7, 4, 0, 1, 2, 3, 5, 6, 8]))  # t8, the second payment of h1 to h2, first
    table, facts = without_repeats(shuffled, world.facts)
    assert sorted(table["txn_id"].to_pylist()) == ["t1", "t2", "t3", "t4", "t5", "t6", "t7", "t9"]
    assert len(facts.time) == 8
    asked: list[Trial] = []

    def detect(trial: Trial) -> Mapping[str, pa.Table]:
        asked.append(trial)
        return {"scores": evaluate_kit.scores(r1=0.9, r2=0.8, r3=0.7), **RINGS}

    found, left = repeats(case, shuffled, detect)
    assert left == pytest.approx(8 / 9)
    assert asked[0].changed["transfers"] == table
    assert {e.name: e.value for e in found.figures}["AP acted"] == 1.0
    assert {m.other for m in found.margins} >= {"degree", "PageRank, pairs", "gradient boosting, plain features"}


def test_a_payment_back_is_a_repeat() -> None:
    """0 pays 1 at 5 and 1 pays back at 3: the payment back came first. Of two at the same time the first row stays."""
    payer, payee = np.array([0, 1, 2, 1, 2], np.int32), np.array([1, 0, 1, 2, 0], np.int32)
    assert first_rows(payer, payee, np.array([5, 3, 7, 7, 9])).tolist() == [1, 2, 4]


def test_plain_features_by_hand_and_blind_to_the_future(world: World) -> None:
    names, values = plain_features(world.facts, CUT)
    row = dict(zip(names, values[world.facts.codes(["s1"])[0]].tolist(), strict=True))
    assert (row["in: payments"], row["in: amount"], row["out: payments"], row["out: amount"]) == (1, 1000, 3, 950)
    assert (row["out: largest"], row["out: parties"], row["identifiers"]) == (600, 3, 2)
    assert row["net ÷ moved"] == pytest.approx(50 / 1950)
    r2 = dict(zip(names, values[world.facts.codes(["r2"])[0]].tolist(), strict=True))
    assert (r2["cash out: times"], r2["cash out: amount"]) == (1, 300)
    r4 = dict(zip(names, values[world.facts.codes(["r4"])[0]].tolist(), strict=True))
    assert r4["in: payments"] == 0  # t7 comes later


def test_boosting_never_scores_an_account_by_a_model_that_saw_its_label(world: World) -> None:
    """Labels that are pure chance cannot be ranked when every account is scored by a model that has not seen it."""
    n, random = 600, np.random.default_rng(3)
    never = np.iinfo(np.int64).max
    label = random.random(n) < 0.3
    empty = np.zeros(0, dtype=np.int64)
    facts = dataclasses.replace(
        world.facts,
        account_id=pa.array([f"{i:04d}" for i in range(n)]),
        person=np.ones(n, dtype=bool),
        exists_from=np.zeros(n, dtype=np.int64),
        referred_at=np.where(label, 0, never),
        withdrawn_at=np.full(n, never),
        payer=random.integers(0, n, 5000).astype(np.int32),
        payee=random.integers(0, n, 5000).astype(np.int32),
        amount=random.integers(1, 10**6, 5000),
        time=random.integers(0, CUT, 5000),
        user=empty.astype(np.int32),
        identifier=empty.astype(np.int32),
        seen=empty,
        holder=np.arange(n, dtype=np.int32),
        opening=random.integers(0, 10**6, n),
        cash_account=empty.astype(np.int32),
        cash_amount=empty,
        cash_time=empty,
    )
    truth = dataclasses.replace(world.truth, outside=np.zeros(n, dtype=bool))
    found = boosted(truth, facts, CUT)
    assert (found.positives, found.mature) == (int(label.sum()), True)
    above = [(a > b) + 0.5 * (a == b) for a in found.score[label] for b in found.score[~label]]
    assert np.mean(above) == pytest.approx(0.5, abs=0.08)  # a model that saw the labels: above .95
    assert (boosted(truth, facts, CUT).score == found.score).all()
