"""Follow the money: lot matching, layers from the referrals, chains up and down."""

from graphfraud.trace.chain import Chain, ChainLimits, Hop, chain
from graphfraud.trace.layers import layers
from graphfraud.trace.lots import match_lots
from graphfraud.trace.rules import Direction, End, Limits, Rule

__all__ = [
    "Chain",
    "ChainLimits",
    "Direction",
    "End",
    "Hop",
    "Limits",
    "Rule",
    "chain",
    "layers",
    "match_lots",
]
