"""Follow the money: lot matching, layers from the referrals, chains up and down."""

from graphfraud.trace.chain import Chain, ChainLimits, Direction, End, Hop, chain
from graphfraud.trace.layers import layers
from graphfraud.trace.lots import match_lots

__all__ = ["Chain", "ChainLimits", "Direction", "End", "Hop", "chain", "layers", "match_lots"]
