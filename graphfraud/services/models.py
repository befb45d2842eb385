"""The models of a run: their card, their figures, and how far they drifted from the run before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from graphfraud.core.runs import PublishedRun, RunCatalogue
from graphfraud.models.learned import artefact
from graphfraud.services.answers import Answer, Micros

DIRECTIONS = {1: "up", -1: "down"}


@dataclass(frozen=True)
class FeatureRow:
    """A feature of the learned models."""

    name: str
    direction: Annotated[str, Field(description="up: more of it never lowers a score; down: never raises it")]
    why: str


@dataclass(frozen=True)
class Labels:
    """What the boosted trees were fitted on."""

    kind: Annotated[str, Field(description="none: too few to learn from, only the isolation forest was fitted")]
    referred: int
    pseudo: Annotated[int, Field(description="persons whom the walk puts first, taken as positive")]
    unlabelled: int
    drawn_from: int


@dataclass(frozen=True)
class Step:
    """Scores from `score` up to the step before: their probability, and the left-out referred accounts behind it."""

    score: float
    probability: float
    support: int


@dataclass(frozen=True)
class DriftRow:
    """A column against the run before, in its bins."""

    name: str
    psi: float
    ks: float
    missing_before: float
    missing_now: float
    flagged: bool


@dataclass(frozen=True)
class Drift:
    """Tonight's columns against those of the predecessor."""

    columns: list[DriftRow]
    flagged: list[str]
    new: Annotated[list[str], Field(description="columns the run before did not have")]
    gone: Annotated[list[str], Field(description="columns it had and this one has not")]


@dataclass(frozen=True)
class LevelShare:
    """Accounts at a level in this run and in the one before (null: no such run is kept)."""

    level: Annotated[int, Field(description="0: none")]
    accounts: int
    before: int | None


@dataclass(frozen=True)
class ModelsAnswer(Answer):
    """The card of a run's models."""

    version: Annotated[str, Field(description="content hash of the trained models")]
    window_from: Micros
    persons: int
    labels: Labels
    features: list[FeatureRow]
    settings: dict[str, Any]
    seed: int
    libraries: dict[str, str]
    folds: Annotated[list[int], Field(description="positives by fold; a fold holds whole cases, rings and holders")]
    hidden_referrals: Annotated[
        dict[str, float | None],
        Field(description="share of left-out referred accounts among the first 1 % of persons, by each score"),
    ]
    prior: Annotated[float | None, Field(description="share of ring members among persons that the calibration found")]
    left_out: int
    calibration: list[Step]
    drift: Annotated[Drift | None, Field(description="null: there is no run before, or it had no models")]
    levels: list[LevelShare]


def models(run: PublishedRun, before: PublishedRun | None) -> ModelsAnswer:
    """The card of a run. `before`: its predecessor where it is still kept. Raises StoreError: no models, or changed."""
    card = artefact.load(run.folder / artefact.FOLDER).card
    found = card["calibration"]
    steps = zip(found["cut"], found["probability_e6"], found["support"], strict=True)
    return ModelsAnswer(
        run_id=run.run_id,
        as_of=run.as_of,
        version=card["version"],
        window_from=card["window"]["from"],
        persons=card["persons"],
        labels=Labels(**card["labels"]),
        features=[FeatureRow(f["name"], DIRECTIONS[f["direction"]], f["why"]) for f in card["features"]],
        settings=card["settings"],
        seed=card["seed"],
        libraries=card["libraries"],
        folds=card["folds"],
        hidden_referrals=card["hidden_referrals"],
        prior=found["prior"] if found["cut"] else None,
        left_out=found["left_out"],
        calibration=[Step(c, p / 1_000_000, s) for c, p, s in steps],
        drift=_drift(card["drift"]),
        levels=_levels(run, before),
    )


def card(catalogue: RunCatalogue, run: PublishedRun) -> ModelsAnswer:
    """The card of a run beside its predecessor, where that is still kept. Raises StoreError."""
    before = (run.manifest.get("predecessor") or {}).get("run_id")
    if before is None or before not in catalogue.ids():
        return models(run, None)
    with catalogue.open(before) as was:
        return models(run, was)


def _drift(raw: Mapping[str, Any] | None) -> Drift | None:
    if raw is None:
        return None
    rows = [DriftRow(**row) for row in raw["columns"]]
    return Drift(rows, list(raw["flagged"]), list(raw["new"]), list(raw["gone"]))


def _levels(run: PublishedRun, before: PublishedRun | None) -> list[LevelShare]:
    mine = run.index.level
    was = None if before is None else before.index.level
    return [LevelShare(n, int((mine == n).sum()), None if was is None else int((was == n).sum())) for n in range(4)]
