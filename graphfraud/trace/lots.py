"""Lot matching: which part of which inflow left in which outflow (algorithms.md §3). Placeholder signature."""
