"""Simulated worlds with their truth.

    synthesize(Plan("like-b", preset("like-b", ["rings.shared=0.2"]), seed=1, accounts=20_000), folder)
    write_world(BenchPlan(transfers=1_000_000), folder)

The first plants rings among people who live their lives, many of whom look guilty; it serves to measure detection. The
second, `bench/`, serves to measure speed and memory at any size: its honest people and its rings are simpler than life.
"""

from __future__ import annotations

from graphfraud.ingest.synthetic.bench import BenchPlan, BenchWorld, write_world
from graphfraud.ingest.synthetic.knobs import Knobs, Plan, kinds, preset
from graphfraud.ingest.synthetic.world import Written, synthesize

__all__ = ["BenchPlan", "BenchWorld", "Knobs", "Plan", "Written", "kinds", "preset", "synthesize", "write_world"]
