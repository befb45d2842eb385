"""The bank's own indicators are tried on a bank without a single fact, before a night begins."""

from __future__ import annotations

import tempfile
from pathlib import Path

from graphfraud.core.facts import FactTables
from graphfraud.core.schemas import TABLES
from graphfraud.core.snapshot import Meta
from graphfraud.indicators import own, rehearsed
from graphfraud.nightly.effective import effective
from graphfraud.nightly.snapshot import build_snapshot
from graphfraud.settings import Settings


def rehearse(settings: Settings) -> None:
    """Plan every indicator of the bank's own. Raises UsageError that names the file and what is wrong with it.

    Nothing is done where there are none; otherwise it takes about a second, whatever the bank's size.
    """
    if not own(settings):
        return
    with tempfile.TemporaryDirectory(prefix="graphfraud-") as place:
        folder = Path(place)
        effective(FactTables(0, {name: spec.schema.empty_table() for name, spec in TABLES.items()}), settings, folder)
        rehearsed(folder, build_snapshot(folder, Meta(0), folder / "snapshot"), settings)
