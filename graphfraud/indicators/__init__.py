"""Indicators: one SQL file each, versioned, run over the effective facts and the lots of a snapshot."""

from graphfraud.indicators.definition import Indicator, Threshold
from graphfraud.indicators.library import catalogue, money_indicators
from graphfraud.indicators.runner import run

__all__ = ["Indicator", "Threshold", "catalogue", "money_indicators", "run"]
