"""Indicators: one SQL file each, versioned, run over the effective facts and the lots of a snapshot."""

from graphfraud.indicators.definition import Indicator, Threshold
from graphfraud.indicators.library import catalogue
from graphfraud.indicators.own import everything, money_indicators, own
from graphfraud.indicators.runner import rehearsed, run

__all__ = ["Indicator", "Threshold", "catalogue", "everything", "money_indicators", "own", "rehearsed", "run"]
