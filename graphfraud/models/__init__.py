"""Models: from evidence to points, scores and levels. Plain arrays in, plain arrays out."""

from graphfraud.models.ahp import Weights, weights
from graphfraud.models.levels import NO_LEVEL, Scale, Standing, assign, publish, reference
from graphfraud.models.scorecard import CAPS, contributions, totals

__all__ = [
    "CAPS",
    "NO_LEVEL",
    "Scale",
    "Standing",
    "Weights",
    "assign",
    "contributions",
    "publish",
    "reference",
    "totals",
    "weights",
]
