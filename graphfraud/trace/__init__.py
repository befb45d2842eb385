"""Follow the money: lots, attribution under five rules, reach, layers from the referrals."""

from graphfraud.trace.attribution import Starts, follow
from graphfraud.trace.book import Book
from graphfraud.trace.envelope import Envelope, Range, envelope, under_all_rules
from graphfraud.trace.layers import layers
from graphfraud.trace.lots import match_lots
from graphfraud.trace.reach import Reach, ancestors, reach
from graphfraud.trace.result import Coverage, Hop, Trace
from graphfraud.trace.rules import LOT_RULES, RULES, Direction, End, Limits, Rule

__all__ = [
    "LOT_RULES",
    "RULES",
    "Book",
    "Coverage",
    "Direction",
    "End",
    "Envelope",
    "Hop",
    "Limits",
    "Range",
    "Reach",
    "Rule",
    "Starts",
    "Trace",
    "ancestors",
    "envelope",
    "follow",
    "layers",
    "match_lots",
    "reach",
    "under_all_rules",
]
