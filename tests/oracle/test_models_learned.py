"""Learned models: trees as arrays give what the library gives, folds keep cases whole, labels do not leak, an artefact
scores again bit by bit and is refused when it was changed.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numba
import numpy as np
import pytest
import snapshot_kit
from snapshot_kit import World

from graphfraud.core.findings import FINDINGS
from graphfraud.core.runs import PublishedRun
from graphfraud.errors import StoreError
from graphfraud.models.learned import artefact, fit
from graphfraud.models.learned.features import DIRECTIONS, FEATURES, NAMES, UP, features
from graphfraud.models.learned.folds import FOLDS, folds, parts
from graphfraud.models.learned.trees import boosted_nodes, isolation_nodes, joined, tree_sums
from graphfraud.nightly.learning import free_indicators, plain_points
from graphfraud.services.models import card
from graphfraud.services.workspace import Workspace
from graphfraud.settings import ModelSettings, Settings

RULES = ModelSettings(trees=12, isolation_trees=8, unlabelled=1_000)
ROWS = np.arange(3_000, dtype=np.int32)


def matrix(seed: int = 1) -> np.ndarray:
    """Random features, some missing."""
    rng = np.random.default_rng(seed)
    x = rng.random((len(ROWS), len(NAMES))).astype(np.float32)
    x[rng.random(x.shape) < 0.05] = np.nan
    return x


def trained(x: np.ndarray, seed: int = 3) -> tuple[object, fit.Examples, np.ndarray]:
    """Trees fitted where the walk follows two features."""
    walk = np.nan_to_num(x[:, 0]) + np.nan_to_num(x[:, 1]) + np.random.default_rng(2).random(len(x)) * 0.3
    person, referred = np.ones(len(x), bool), np.zeros(len(x), bool)
    referred[:40] = True
    found = fit.examples(walk, person, referred, RULES, seed)
    fold = (ROWS % FOLDS).astype(np.int8)
    return fit.boost(x, found, fold, RULES, seed), found, fold


def test_boosted_trees_as_arrays_give_the_decision_function_of_the_library() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    x = matrix()[:, :4]
    label = (np.nan_to_num(x[:, 0]) + np.nan_to_num(x[:, 2]) > 1).astype(int)
    columns = np.arange(4)
    edges = [fit._edges(x[:, j]) for j in columns]
    coded = fit._coded(x, edges)
    model = HistGradientBoostingClassifier(max_iter=9, early_stopping=False, random_state=0).fit(coded, label)
    base = float(np.ravel(model._baseline_prediction)[0])
    trees = joined([(base, boosted_nodes(model, columns, edges))])
    mine = tree_sums(trees, x, ROWS, np.zeros(len(ROWS), np.int8))
    np.testing.assert_allclose(mine, model.decision_function(coded), rtol=0, atol=1e-12)
    assert np.ptp(mine) > 1  # the trees do tell rows apart


def test_isolation_trees_as_arrays_give_the_scores_of_the_library() -> None:
    from sklearn.ensemble import IsolationForest

    x = np.where(np.isnan(matrix()), np.float32(0.5), matrix())[:, :5]
    model = IsolationForest(n_estimators=7, max_samples=fit.ISOLATED, random_state=4).fit(x)
    trees = joined([(0.0, isolation_nodes(model, np.arange(5), np.full(5, 0.5, np.float32)))])
    mine = fit.isolation_scores(trees, x, ROWS)
    np.testing.assert_allclose(mine, -model.score_samples(x), rtol=1e-9)


def test_more_of_what_is_suspicious_never_lowers_a_score_and_less_never_raises_it() -> None:
    x = matrix()
    trees, _, fold = trained(x)
    before = fit.learned_scores(trees, x, ROWS, fold)
    moved = 0
    for j, direction in enumerate(DIRECTIONS):
        more = x.copy()
        more[:, j] += np.float32(0.3)
        change = (fit.learned_scores(trees, more, ROWS, fold) - before) * direction
        assert change.min() >= 0, NAMES[j]
        moved += int((change > 0).any())
    assert moved >= 2


def test_trees_do_not_depend_on_the_number_of_threads() -> None:
    x = matrix()
    threads = numba.get_num_threads()
    trees, _, fold = trained(x)
    scores = fit.learned_scores(trees, x, ROWS, fold)
    try:
        numba.set_num_threads(1)
        again, _, _ = trained(x)
        alone = fit.learned_scores(again, x, ROWS, fold)
    finally:
        numba.set_num_threads(threads)
    for name in ("feature", "threshold", "value", "left", "base"):
        np.testing.assert_array_equal(getattr(trees, name), getattr(again, name))
    np.testing.assert_array_equal(scores, alone)


def test_a_forest_has_not_seen_a_label_of_the_fold_it_scores() -> None:
    x = matrix()
    trees, found, fold = trained(x)
    before = fit.learned_scores(trees, x, ROWS, fold)
    other = replace(found, label=np.where(fold[found.rows] == 2, 1 - found.label, found.label).astype(np.int8))
    after = fit.learned_scores(fit.boost(x, other, fold, RULES, 3), x, ROWS, fold)
    np.testing.assert_array_equal(before[fold == 2], after[fold == 2])
    assert (before[fold != 2] != after[fold != 2]).any()


def test_too_few_positives_teach_nothing() -> None:
    x = matrix()
    nobody = np.zeros(len(x), bool)
    found = fit.examples(np.zeros(len(x)), ~nobody, nobody, RULES, 1)
    assert (found.referred, found.pseudo, found.enough) == (0, 0, False)
    trees = fit.boost(x, found, np.zeros(len(x), np.int8), RULES, 1)
    assert not fit.learned_scores(trees, x, ROWS, np.zeros(len(x), np.int8)).any()
    assert fit.isolation_scores(fit.isolate(x, ROWS, RULES, 1), x, ROWS).min() > 0


def test_examples_are_the_first_by_the_walk_and_the_referred() -> None:
    walk = np.array([9.0, 8, 7, 6, 5, 0, 0, 0, 0, 0])
    person = np.array([1, 1, 0, 1, 1, 1, 1, 1, 1, 1], bool)
    referred = np.array([0, 1, 0, 0, 0, 0, 0, 0, 0, 1], bool)
    found = fit.examples(walk, person, referred, ModelSettings(pseudo_share=0.25, unlabelled=100), 1)
    assert found.rows.tolist() == [0, 1, 3, 4, 5, 6, 7, 8, 9]  # 2 is no person
    assert found.label.tolist() == [1, 1, 1, 0, 0, 0, 0, 0, 1]  # a quarter of 9 persons: the first two others
    assert found.weight.tolist() == [1.0, 1.0, 0.2, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    assert (found.referred, found.pseudo, found.of) == (2, 2, 5)


def relay_world() -> World:
    """p pays m, which passes it on to q within the hour; s shares m's device; c is m's other account."""
    return World(
        payments=[(10, "p", "m", 900), (10.5, "m", "q", 900), (500, "", "s", 100), (501, "q", "", 300)],
        identifiers=[("m", "device", "d"), ("s", "device", "d")],
        holders={"m": "M", "c": "M", "p": "P", "q": "Q", "s": "S"},
        referred=[("m", 10), ("q", 10.5)],
    )


def test_features_of_a_world_worked_by_hand() -> None:
    made = snapshot_kit.snapshot(relay_world())
    x = features(made, Settings(), np.zeros(len(made.accounts), np.int64))
    ids = list(made.accounts.id)

    def value(account: str, name: str) -> float:
        return float(x[ids.index(account), NAMES.index(name)])

    assert value("m", "passed_24h") == value("m", "passed_7d") == value("m", "passed_new") == 1.0
    assert value("q", "cash_72h") == 0.0  # it waited for three weeks
    assert value("q", "relayed_in") == pytest.approx(np.exp(-0.5 / 24), rel=1e-6)
    assert value("p", "payees_mean") == 1.0
    assert value("q", "payers_mean") == 1.0
    assert (value("s", "sharing"), value("s", "id_max"), value("c", "sharing")) == (1.0, 1.0, 0.0)
    assert np.isnan(value("p", "passed_24h"))  # nobody ever paid it
    assert value("m", "imbalance") == 0.0
    assert value("p", "imbalance") == 1.0


def test_features_know_no_referral() -> None:
    world = relay_world()
    points = np.zeros(5, np.int64)
    with_them = features(snapshot_kit.snapshot(world), Settings(), points)
    without = features(snapshot_kit.snapshot(replace(world, referred=())), Settings(), points)
    np.testing.assert_array_equal(with_them, without)
    told = {"referral_layer", "traced_share", "traced_most", "bridge_cases", "synchrony_active", "synchrony_opening"}
    assert not told & set(free_indicators())
    assert "out_24h" in free_indicators()


def test_folds_keep_holders_rings_and_cases_whole_and_do_not_move_when_accounts_are_added() -> None:
    extra = [f"z{i:03d}" for i in range(300)]
    names = ("c", "m", "p", "q", "s")
    world = replace(relay_world(), holders={**relay_world().holders, **{z: f"H{z}" for z in extra}})
    made, small = snapshot_kit.snapshot(world), snapshot_kit.snapshot(relay_world())
    rows = [
        {"ring_id": "R", "kind": "lead", "account_id": a, "role": "relay", "referred": False, "loose": False}
        | {"inside_e6": 0, "attached": False}
        for a in ("p", "z007", "z100")
    ]
    spec = FINDINGS["rings"]
    rings = spec.table({n: [r[n] for r in rows] for n in spec.schema.names})
    fold = dict(zip(made.accounts.id, folds(made, rings).tolist(), strict=True))
    assert fold["c"] == fold["m"]
    assert fold["p"] == fold["z007"] == fold["z100"]
    assert set(fold.values()) == set(range(FOLDS))
    alone = dict(zip(small.accounts.id, folds(small, spec.empty()).tolist(), strict=True))
    assert {n: fold[n] for n in names} == {n: alone[n] for n in names}
    many = dict(zip(made.accounts.id, parts(made).tolist(), strict=True))
    few = dict(zip(small.accounts.id, parts(small).tolist(), strict=True))
    assert {n: many[n] for n in names} == {n: few[n] for n in names}


def test_every_feature_has_a_direction_and_says_why() -> None:
    assert len(set(NAMES)) == len(FEATURES) == 29
    assert all(f.why and f.direction in (-1, 1) for f in FEATURES)
    assert sum(f.direction == UP for f in FEATURES) > len(FEATURES) // 2


@pytest.fixture
def live(sample_workspace: Workspace) -> PublishedRun:
    return sample_workspace.runs.open()


def test_the_artefact_scores_again_what_the_run_published(live: PublishedRun) -> None:
    found = artefact.load(live.folder / artefact.FOLDER)
    settings = Settings.model_validate(live.manifest["settings"])
    x = features(live.snapshot, settings, plain_points(live.snapshot, live.findings("indicator_hits")))
    persons = np.flatnonzero(live.snapshot.accounts.person).astype(np.int32)
    learned = fit.learned_scores(found.boosted, x, persons, found.scores.fold)
    unusual = fit.isolation_scores(found.isolated, x, persons)
    np.testing.assert_array_equal(learned, found.scores.learned)
    np.testing.assert_array_equal(unusual, found.scores.unusual)
    assert np.ptp(learned) > 0.5
    ranks = live.findings("scores")["learned_rank_e6"].to_numpy(zero_copy_only=False)
    np.testing.assert_array_equal(ranks[persons], fit.percentile(learned, persons)[persons])


def test_the_score_is_the_walk_times_a_power_of_the_trees(live: PublishedRun, sample_workspace: Workspace) -> None:
    found = artefact.load(live.folder / artefact.FOLDER)
    persons = np.flatnonzero(live.snapshot.accounts.person).astype(np.int32)
    factor = fit.blend(found.scores.learned, persons, 0.1)
    np.testing.assert_allclose(factor[persons], np.maximum(found.scores.learned[persons], 1e-9) ** 0.1)
    assert (fit.blend(found.scores.learned, persons, 0.0) == 1).all()
    answer = card(sample_workspace.runs, live)
    assert answer.version == found.card["version"]
    assert (answer.labels.referred, answer.drift) == (len(np.unique(live.snapshot.referrals.account)), None)
    assert sum(row.accounts for row in answer.levels) == len(live.snapshot.accounts)


@pytest.mark.parametrize("name", ["boosted.value.npy", "isolated.threshold.npy"])
def test_a_changed_artefact_is_refused(live: PublishedRun, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "models"
    shutil.copytree(live.folder / artefact.FOLDER, folder)
    values = np.load(folder / name)
    np.save(folder / name, values + 1e-9)
    with pytest.raises(StoreError, match="changed after the run"):
        artefact.load(folder)


def test_a_card_that_states_other_labels_is_refused(live: PublishedRun, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    shutil.copytree(live.folder / artefact.FOLDER, folder)
    raw = json.loads((folder / artefact.CARD).read_text(encoding="utf-8"))
    raw["labels"]["referred"] += 1
    (folder / artefact.CARD).write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(StoreError, match="not those their card describes"):
        artefact.load(folder)
    with pytest.raises(StoreError, match="no models in"):
        artefact.load(tmp_path)
