"""Coordinates out of the text of a place, and the distances between them."""

from __future__ import annotations

import numpy as np
import pytest

from graphfraud.core.text import TextColumn
from graphfraud.indicators import travel


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("31.2304,121.4737", (31.2304, 121.4737)),
        (" -33.9, 18.4 ", (-33.9, 18.4)),
        ("31.2304，121.4737", (31.2304, 121.4737)),
        ("39;116", (39.0, 116.0)),
        ("91,10", None),
        ("10,181", None),
        ("上海市浦东新区", None),
        ("31.2304", None),
        ("31.2304,121.4737,5", None),
        ("", None),
    ],
)
def test_coordinates(text: str, expected: tuple[float, float] | None) -> None:
    (found,) = np.degrees(travel.coordinates(TextColumn.of([text])))
    assert np.isnan(found).all() if expected is None else found.tolist() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("a", "b", "km"),
    [
        ((0, 0), (0, 90), 10_007.557),  # a quarter of the equator: 6371.009 · π / 2
        ((0, 0), (0, 180), 20_015.115),
        ((90, 0), (90, 77), 0),  # the pole is one place
        ((39.9042, 116.4074), (31.2304, 121.4737), 1_067),  # Beijing to Shanghai
    ],
)
def test_distance(a: tuple[float, float], b: tuple[float, float], km: float) -> None:
    metres = travel._metres(np.radians([a]), np.radians([b]))
    assert metres[0] / 1000 == pytest.approx(km, abs=1 if km == 1_067 else 0.002)
