"""How answers look in a terminal. One module per answer; nothing here computes."""

from graphfraud.cli.render.bulk import bulk_exported
from graphfraud.cli.render.evaluation import evaluated
from graphfraud.cli.render.live import live
from graphfraud.cli.render.network import network
from graphfraud.cli.render.ring import ring
from graphfraud.cli.render.risk import risk_sheet
from graphfraud.cli.render.runs import manifest, runs
from graphfraud.cli.render.trace import trace, trace_written
from graphfraud.cli.render.work import (
    checked,
    exported,
    fixed,
    ingested,
    initialised,
    nightly,
    quarantine,
    referred,
    serving,
    version,
)

__all__ = [
    "bulk_exported",
    "checked",
    "evaluated",
    "exported",
    "fixed",
    "ingested",
    "initialised",
    "live",
    "manifest",
    "network",
    "nightly",
    "quarantine",
    "referred",
    "ring",
    "risk_sheet",
    "runs",
    "serving",
    "trace",
    "trace_written",
    "version",
]
