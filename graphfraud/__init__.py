"""graphfraud: finds fraud rings and mule accounts in a graph of payments, and shows its evidence.

This is the public surface for notebooks and programs; everything else is an inside that may change. Names are loaded
when they are first used, so importing a part does not import the whole.

    import graphfraud as gf
    workspace = gf.initialise(folder, sample=True).workspace
    gf.run_nightly(workspace, gf.Nightly())
    with workspace.runs.open() as run:
        gf.read_table(run, "scores").to_pandas()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphfraud.bootstrap import (
        Nightly,
        NightlyResult,
        Workspace,
        check_workspace,
        initialise,
        open_graph,
        open_workspace,
        run_nightly,
        version,
    )
    from graphfraud.bootstrap import ingest as ingest_files
    from graphfraud.core.query import Budget
    from graphfraud.core.runs import PublishedRun, RunCatalogue
    from graphfraud.errors import GraphFraudError
    from graphfraud.services.account import account as read_account
    from graphfraud.services.export import frame as read_table
    from graphfraud.services.export_graph import rings_graph as ring_graph
    from graphfraud.services.neighbourhood import Bounds
    from graphfraud.services.network import network as read_network
    from graphfraud.services.query import query as read_query
    from graphfraud.services.report import report as read_report
    from graphfraud.services.requests import requests as read_requests
    from graphfraud.services.ring import ring_or_account as read_ring
    from graphfraud.services.risk import risk as read_risk
    from graphfraud.services.trace import TraceLimits, TraceRequest
    from graphfraud.services.trace import trace as read_trace
    from graphfraud.services.trace_export import export_trace
    from graphfraud.services.trace_export import picture_of as draw_trace

__all__ = [
    "Bounds",
    "Budget",
    "GraphFraudError",
    "Nightly",
    "NightlyResult",
    "PublishedRun",
    "RunCatalogue",
    "TraceLimits",
    "TraceRequest",
    "Workspace",
    "check_workspace",
    "draw_trace",
    "export_trace",
    "ingest_files",
    "initialise",
    "open_graph",
    "open_workspace",
    "read_account",
    "read_network",
    "read_query",
    "read_report",
    "read_requests",
    "read_ring",
    "read_risk",
    "read_table",
    "read_trace",
    "ring_graph",
    "run_nightly",
    "version",
]

#: public name → module and name inside; what is not here is in `bootstrap` under its own name
_PLACES = {
    "PublishedRun": "core.runs",
    "RunCatalogue": "core.runs",
    "GraphFraudError": "errors",
    "Budget": "core.query",
    "Bounds": "services.neighbourhood",
    "TraceLimits": "services.trace",
    "TraceRequest": "services.trace",
    "draw_trace": "services.trace_export:picture_of",
    "export_trace": "services.trace_export",
    "ingest_files": "bootstrap:ingest",
    "read_account": "services.account:account",
    "read_network": "services.network:network",
    "read_query": "services.query:query",
    "read_report": "services.report:report",
    "read_requests": "services.requests:requests",
    "read_ring": "services.ring:ring_or_account",
    "read_risk": "services.risk:risk",
    "read_table": "services.export:frame",
    "read_trace": "services.trace:trace",
    "ring_graph": "services.export_graph:rings_graph",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name not in __all__:
        raise AttributeError(f"graphfraud has no public name {name!r}; it has {', '.join(__all__)}")
    module, _, inner = _PLACES.get(name, "bootstrap").partition(":")
    found = getattr(import_module(f"graphfraud.{module}"), inner or name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return list(__all__)
