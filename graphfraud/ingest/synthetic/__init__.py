"""Simulated worlds with their truth.

    write_world(BenchPlan(transfers=1_000_000), folder)

`bench/` serves to measure speed and memory, not detection: its honest people and its rings are simpler than life.
"""

from __future__ import annotations

from graphfraud.ingest.synthetic.bench import BenchPlan, BenchWorld, write_world

__all__ = ["BenchPlan", "BenchWorld", "write_world"]
