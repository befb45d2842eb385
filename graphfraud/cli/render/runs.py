"""Runs and manifests."""

from __future__ import annotations

import json

from rich.console import Group
from rich.text import Text

from graphfraud.cli.render import parts
from graphfraud.core import clock
from graphfraud.services.runs import ManifestAnswer, RunsAnswer


def runs(answer: RunsAnswer) -> Group:
    """The published runs, oldest first."""
    table = parts.table("*run", "*as of", "*status", "*findings", "after")
    for row in answer.runs:
        cells = (row.run_id, clock.show(row.as_of, seconds=False), row.status, row.findings_hash[:12])
        table.add_row(*cells, row.predecessor or "–", style="bold" if row.status == "live" else "")
    begun = [Text(f"unfinished: {name} (graphfraud nightly --resume)", style="yellow") for name in answer.unfinished]
    empty = [] if answer.runs else [Text("no run has been published here yet; run `graphfraud nightly`")]
    return Group(table, *begun, *empty)


def manifest(answer: ManifestAnswer) -> Group:
    """The manifest of a run, without the file hashes."""
    shown = {k: v for k, v in answer.manifest.items() if k not in ("files", "settings")}
    return Group(parts.head("Manifest", answer), Text(json.dumps(shown, ensure_ascii=False, indent=2)))
