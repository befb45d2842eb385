"""A trace as a picture: accounts layer by layer, bands as wide as the money, and where it ends (Sankey diagram)."""

from graphfraud.services.sankey.graph import Bounds, Cash, Money, Passage, Picture, picture
from graphfraud.services.sankey.layout import Layout, layout

__all__ = ["Bounds", "Cash", "Layout", "Money", "Passage", "Picture", "layout", "picture"]
