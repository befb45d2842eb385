"""Follow the money: lots, attribution under five rules, reach, layers from the referrals, chains up and down."""

from graphfraud.trace.attribution import Starts, follow
from graphfraud.trace.book import Book
from graphfraud.trace.chain import Chain, ChainLimits, Hop, chain
from graphfraud.trace.envelope import Envelope, Range, envelope, under_all_rules
from graphfraud.trace.layers import layers
from graphfraud.trace.lots import match_lots
from graphfraud.trace.reach import Reach, ancestors, reach
from graphfraud.trace.result import Coverage, Trace
from graphfraud.trace.rules import LOT_RULES, RULES, Direction, End, Limits, Rule

__all__ = [
    "LOT_RULES",
    "RULES",
    "Book",
    "Chain",
    "ChainLimits",
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
    "chain",
    "envelope",
    "follow",
    "layers",
    "match_lots",
    "reach",
    "under_all_rules",
]
