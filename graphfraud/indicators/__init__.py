"""Indicators: one SQL file each, versioned, run over the effective facts and the lots of a snapshot."""

from graphfraud.indicators.definition import Indicator, Threshold
from graphfraud.indicators.library import catalogue
from graphfraud.indicators.runner import run

__all__ = ["Indicator", "Threshold", "catalogue", "run"]
