"""The stage of the learned models: features, fitting, scores, calibration, card and drift, into the run's `models/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud import models
from graphfraud.core.snapshot import F64, I8, I32, I64, Snapshot
from graphfraud.indicators import catalogue
from graphfraud.models.calibration import Calibration, calibrate
from graphfraud.models.learned import artefact, drift, fit
from graphfraud.models.learned.artefact import Artefact, Scores
from graphfraud.models.learned.features import FEATURES, NAMES, features, free_points
from graphfraud.models.learned.folds import FOLDS, folds, parts
from graphfraud.models.ties import codes, flag
from graphfraud.risk import Risk
from graphfraud.risk.parts import left_out
from graphfraud.settings import Settings

Tables = Mapping[str, pa.Table]
#: Tables by which an indicator would know who was referred, or what a ring is.
TOLD = frozenset({"referrals", "lineage", "layers", "ring_members"})
#: Persons of highest score among whom left-out referred accounts are looked for.
FIRST = 0.01
#: Referred accounts that are left out to see what they would score: every k-th, at most this many.
MOST_LEFT_OUT = 1_000
LEARNED, UNUSUAL = "boosted trees", "isolation forest"


@dataclass(frozen=True)
class Trained:
    """What was fitted, and everything the card tells about it."""

    examples: fit.Examples
    scores: Scores
    calibration: Calibration
    hidden: dict[str, float | None]


def free_indicators() -> tuple[str, ...]:
    """Indicators that know nothing of referrals, rings and traces: the others are no features."""
    return tuple(i.id for i in catalogue() if not i.tables & TOLD)


def plain_points(snapshot: Snapshot, hits: pa.Table) -> I64:
    """Scorecard points of every account by those indicators, 1e-6."""
    mine = hits.filter(pc.is_in(hits["indicator_id"], value_set=pa.array(free_indicators(), pa.string())))
    worth = models.weights().points
    points = np.array([worth.get(name, 0) * 100 for name in mine["indicator_id"].to_pylist()], np.int64)
    return free_points(len(snapshot.accounts), codes(snapshot, mine["account_id"]).astype(np.int64), points)


def learn(
    snapshot: Snapshot, settings: Settings, risk: Risk, tables: Tables, before: Mapping[str, Any] | None
) -> Artefact:
    """Fit, score, calibrate. `before`: the card of the predecessor. O(flows + persons · trees + walk · parts)."""
    rules, seed = settings.models, settings.runs.seed
    person = np.asarray(snapshot.accounts.person)
    persons = np.flatnonzero(person).astype(np.int32)
    referred = flag(len(person), snapshot.referrals.account)
    x = features(snapshot, settings, plain_points(snapshot, tables["indicator_hits"]))
    fold = folds(snapshot, tables["rings"])
    found = fit.examples(risk.walk, person, referred, rules, seed)
    boosted, isolated = fit.boost(x, found, fold, rules, seed), fit.isolate(x, persons, rules, seed)
    unusual = fit.isolation_scores(isolated, x, persons)
    learned = fit.learned_scores(boosted, x, persons, fold)
    factor = fit.blend(learned, persons, rules.blend_power)
    tried = spaced(np.flatnonzero(referred & person).astype(np.int32))
    without = left_out(snapshot, risk, tried, parts(snapshot), settings.risk.alpha)
    calibration = calibrate(without * factor[tried], (risk.walk * factor)[person], rules.least_support)
    probability, support = calibration.of(risk.walk * factor)
    probability[~person], support[~person] = -1, 0
    probability[referred], support[referred] = -1, 0  # those are known
    hidden = _hidden(without, (tried, persons), (risk.walk, factor, learned, unusual))
    trained = Trained(found, Scores(learned, unusual, probability, support, fold), calibration, hidden)
    rows = drift.every(persons)
    columns = {name: x[rows, j] for j, name in enumerate(NAMES)} | {LEARNED: learned[rows], UNUSUAL: unusual[rows]}
    columns["walk"] = risk.walk[rows]
    card = _card(snapshot, settings, trained, len(persons)) | _drift(columns, before, settings)
    card["version"] = artefact.version(card, boosted, isolated)
    return Artefact(card, boosted, isolated, trained.scores)


def spaced(accounts: I32) -> I32:
    """At most MOST_LEFT_OUT of them, evenly spaced."""
    return accounts[:: -(-len(accounts) // MOST_LEFT_OUT) or 1]


def _hidden(without: F64, who: tuple[I32, I32], scores: tuple[F64, F64, F64, F64]) -> dict[str, float | None]:
    """Share of left-out referred accounts that would stand among the first FIRST of persons, by each score."""
    known, persons = who
    walk, factor, learned, unusual = scores
    pairs = {
        "walk": (walk, without),
        "blend": (walk * factor, without * factor[known]),
        LEARNED: (learned, learned[known]),
        UNUSUAL: (unusual, unusual[known]),
    }
    count = max(1, int(FIRST * len(persons)))
    found: dict[str, float | None] = {}
    for name, (everybody, mine) in pairs.items():
        if not len(mine) or not len(persons):
            found[name] = None
            continue
        least = np.partition(everybody[persons], len(persons) - count)[len(persons) - count]
        found[name] = round(float(((mine >= least) & (mine > 0)).mean()), 6)
    return found


def _card(snapshot: Snapshot, settings: Settings, trained: Trained, persons: int) -> dict[str, Any]:
    """What the models are: everything but their drift and version."""
    found, fold = trained.examples, trained.scores.fold
    kind = "pseudo-positives and referred" if found.enough else "none"
    return {
        "format": artefact.FORMAT,
        "as_of": snapshot.as_of,
        "window": {"from": snapshot.meta.first_time, "to": snapshot.as_of},
        "persons": persons,
        "features": [{"name": f.name, "direction": f.direction, "why": f.why} for f in FEATURES],
        "labels": {
            "kind": kind, "referred": found.referred, "pseudo": found.pseudo, "unlabelled": found.unlabelled,
            "drawn_from": found.of,
        },
        "settings": settings.models.model_dump(mode="json"),
        "seed": settings.runs.seed,
        "folds": np.bincount(fold[found.rows[found.label == 1]], minlength=FOLDS).tolist(),
        "libraries": {name: version(name) for name in ("scikit-learn", "numpy", "numba")},
        "hidden_referrals": trained.hidden,
        "calibration": trained.calibration.as_json(),
    }  # fmt: skip


def _drift(columns: Mapping[str, Any], before: Mapping[str, Any] | None, settings: Settings) -> dict[str, Any]:
    """Histograms of tonight, and against those of the predecessor."""
    mine = {name: drift.histogram(values) for name, values in columns.items()}
    report: dict[str, Any] | None = None
    if before is not None:
        was = {name: drift.Histogram.of_json(raw) for name, raw in before["bins"].items()}
        rules = settings.models
        rows = drift.moved(was, columns, (rules.drift_psi, rules.drift_ks))
        report = {
            "columns": [asdict(r) for r in rows],
            "flagged": [r.name for r in rows if r.flagged],
            "new": sorted(set(mine) - set(was)),
            "gone": sorted(set(was) - set(mine)),
        }
    return {"bins": {name: h.as_json() for name, h in mine.items()}, "drift": report}


def opinions(folder: Path) -> pa.Table:
    """What the models of a run say about every account, in account order."""
    found = artefact.load(folder).scores
    columns = {"learned": found.learned, "unusual": found.unusual}
    numbers: dict[str, I64 | I8] = {"probability_e6": found.probability_e6, "support": found.support}
    return pa.table(columns | numbers)
