"""Leads against the truth of the small world, counted by hand."""

from __future__ import annotations

from pathlib import Path

import evaluate_kit
import numpy as np
import pyarrow as pa
import pytest
from evaluate_kit import CUT

from graphfraud.evaluate import World, sources
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.leads import leads, leads_section, ranked


@pytest.fixture
def world(tmp_path: Path) -> World:
    return sources(evaluate_kit.write(tmp_path))[0].prepare(tmp_path / "unused")


def findings(**found: tuple[int | None, str]) -> dict[str, pa.Table]:
    """Ring id → lead rank and members."""
    members = [(ring, a) for ring, (_, names) in found.items() for a in names.split()]
    rings = {
        "ring_id": [r for r, _ in members],
        "kind": ["ring" if found[r][0] is None else "lead" for r, _ in members],
        "account_id": [a for _, a in members],
    }
    summary = {"ring_id": list(found), "lead_rank": pa.array([rank for rank, _ in found.values()], pa.int64())}
    return {"rings": pa.table(rings), "ring_summary": pa.table(summary), "scores": evaluate_kit.scores()}


def test_right_leads_and_rings_found(world: World) -> None:
    """a: 2 of 4 are members; b: 1 of 3; c: none; d: an account nobody knows counts against it, 1 of 3."""
    made = findings(
        b=(2, "r3 h1 h2"), c=(1, "h1 h2 w1"), a=(3, "r1 r2 h1 h2"), d=(4, "r1 h1 nobody"), e=(None, "r3 r4")
    )
    codes = world.facts.codes
    assert ranked(made, world.facts)[0] == codes(["h1", "h2", "w1"]).tolist()
    told = np.zeros(len(world.facts), bool)
    found = leads(world.truth, made, world.facts, told, CUT)
    assert (found.listed, found.right) == (4, (1, 1))
    assert found.precision(0) == pytest.approx(1 / 4)
    assert (found.unseeded, found.found) == (1, 1)
    told[codes(["s1"])] = True
    seeded = leads(world.truth, made, world.facts, told, CUT)
    assert (seeded.right, seeded.unseeded, seeded.found) == ((1, 1), 0, 0)


def test_only_the_first_ten_and_twenty_count(world: World) -> None:
    """25 leads; those of rank 1, 11, 12 and 21 are right."""
    right = {1, 11, 12, 21}
    made = findings(**{f"R{k:02d}": (k, "r1 r2" if k in right else "h1 h2 c1") for k in range(1, 26)})
    found = leads(world.truth, made, world.facts, np.zeros(len(world.facts), bool), CUT)
    assert (found.right, found.precision(0), found.precision(1)) == ((1, 3), 0.1, 0.15)


def test_the_section(world: World) -> None:
    case = Case.of(world.truth, world.facts, findings(a=(1, "r1 r2 h1")), CUT)
    section = leads_section(case)
    assert section is not None
    assert section.data["right"] == (1, 1)
    assert section.lines == ("Precision of the first 10 1.000, of the first 20 1.000.",)
    assert leads_section(Case.of(world.truth, world.facts, {"scores": evaluate_kit.scores()}, CUT)) is None
