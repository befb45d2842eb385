"""Gradient boosting on plain per-account features: what a bank can do without a graph. A baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.core.clock import DAY
from graphfraud.core.snapshot import F64
from graphfraud.evaluate.facts import WorldFacts
from graphfraud.evaluate.features import plain_features
from graphfraud.evaluate.truth import Truth

MATURE_DAYS, FOLDS, SEED = 30, 5, 20_260_501
NAME = "gradient boosting, plain features"


@dataclass(frozen=True)
class Boosted:
    """Score of every account (0 outside the bank's persons), and what it was trained on."""

    score: F64
    positives: int
    mature: bool  # labels are 30 days old; False where the world has none that old, and those at T were taken


def boosted(truth: Truth, facts: WorldFacts, as_of: int) -> Boosted:
    """Train on who was referred by T − 30 d, out of the bank's persons, with features at T. Seeded.

    Accounts first referred since then are left out of the training: their label is not mature. Cross-fitted in five
    folds, so that no account is scored by a model that has seen its label. Where fewer than two are referred, all
    score 0. O(folds · trees · accounts · features).
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold
    from threadpoolctl import threadpool_limits

    label, mature = facts.referred(as_of - MATURE_DAYS * DAY), True
    if not label.any():
        label, mature = facts.referred(as_of), False
    pool = facts.person & (facts.exists_from <= as_of) & ~truth.outside
    fitted = np.flatnonzero(pool & (label | ~facts.referred(as_of)))
    score, positives = np.zeros(len(facts)), int(label[fitted].sum())
    if positives < 2:
        return Boosted(score, positives, mature)
    x, y = plain_features(facts, as_of)[1][fitted], label[fitted]
    folds = StratifiedKFold(min(FOLDS, positives), shuffle=True, random_state=SEED)
    for seen, unseen in folds.split(x, y):
        model = HistGradientBoostingClassifier(max_iter=100, early_stopping=False, random_state=SEED)
        with threadpool_limits(1, user_api="openmp"):  # its threads spin: slow on a busy machine
            model.fit(x[seen], y[seen])
            score[fitted[unseen]] = model.predict_proba(x[unseen])[:, 1]
    return Boosted(score, positives, mature)
