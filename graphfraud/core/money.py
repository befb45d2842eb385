"""Money: int64 minor units (fen). No float ever holds an amount."""

from __future__ import annotations


def show_yuan(minor: int) -> str:
    """Minor units as yuan for people: 123456 → `1,234.56`."""
    sign = "-" if minor < 0 else ""
    yuan, fen = divmod(abs(int(minor)), 100)
    return f"{sign}{yuan:,}.{fen:02d}"


def largest_remainder(total: int, weights: list[int]) -> list[int]:
    """Split `total` in proportion to integer weights; the parts sum to `total` exactly.

    Ties of the remainder go to the earlier weight. Weights must be ≥ 0 with a positive sum. O(n log n).
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be ≥ 0 and not all zero")
    parts = [total * w // whole for w in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts
