"""The bench world: simulated payments of any size, seeded, with hubs, shared identifiers, rings and their truth.

It serves to measure speed and memory, not detection: its honest people and its rings are simpler than life.
"""

from __future__ import annotations

from graphfraud.ingest.synthetic.bench.plan import BenchPlan
from graphfraud.ingest.synthetic.bench.world import BenchWorld, write_world

__all__ = ["BenchPlan", "BenchWorld", "write_world"]
