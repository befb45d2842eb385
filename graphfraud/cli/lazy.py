"""Modules that take seconds to import, loaded when a command first needs them: reading a run starts without them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphfraud import bootstrap, evaluate
    from graphfraud.services import bulk, indicators, ingestion, models, outcome, quarantine, referring
    from graphfraud.services import report as reports
    from graphfraud.services.changes import find as changes
    from graphfraud.services.counterfactual import ask as counterfactual

__all__ = [
    "bootstrap",
    "bulk",
    "changes",
    "counterfactual",
    "evaluate",
    "indicators",
    "ingestion",
    "models",
    "outcome",
    "quarantine",
    "referring",
    "reports",
]


class _Later:
    """Stands for a module; the first attribute that is asked imports it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._name), name)


if not TYPE_CHECKING:
    bootstrap = _Later("graphfraud.bootstrap")
    bulk = _Later("graphfraud.services.bulk")
    changes = _Later("graphfraud.services.changes.find")
    counterfactual = _Later("graphfraud.services.counterfactual.ask")
    evaluate = _Later("graphfraud.evaluate")
    indicators = _Later("graphfraud.services.indicators")
    ingestion = _Later("graphfraud.services.ingestion")
    models = _Later("graphfraud.services.models")
    outcome = _Later("graphfraud.services.outcome")
    quarantine = _Later("graphfraud.services.quarantine")
    referring = _Later("graphfraud.services.referring")
    reports = _Later("graphfraud.services.report")
