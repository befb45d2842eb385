"""Examples of answers, made from the run of surface_kit.

`python tests/surface_examples.py` writes api/graphfraud_api/examples.json and docs/json.md anew.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from changes_kit import two_nights
from surface_kit import publish

from graphfraud.core.runs import RunCatalogue
from graphfraud.services import account, holds, network, requests, restitution, ring, risk, runs, trace, victims
from graphfraud.services.changes import find as changes
from graphfraud.services.neighbourhood import Bounds
from graphfraud.services.trace import TraceRequest

ROOT = Path(__file__).parent.parent
FILE = ROOT / "api" / "graphfraud_api" / "examples.json"


def examples() -> dict[str, Any]:
    """One answer of every route."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as nights:
        publish(Path(folder))
        catalogue = RunCatalogue(Path(folder))
        with catalogue.open() as run:
            answers = {
                "account": account.account(run, "b"),
                "network": network.network(run, "b", Bounds(hops=1)),
                "ring": ring.ring(run, "R-1"),
                "trace": trace.trace(run, TraceRequest("c", direction="up")),
                "trace case": trace.trace(run, TraceRequest(case_no="CASE-1", rule="all")),
                "risk": risk.risk(run, "b"),
                "holds": holds.holds(run, holds.HoldRequest("CASE-1")),
                "restitution": restitution.restitution(run, restitution.RestitutionRequest("d")),
                "victims": victims.victims(run, everyone=True),
                "next victims": victims.next_victims(run),
                "requests": requests.requests(run, "CASE-1"),
                "runs": runs.runs(catalogue),
                "changes": changes.changes(two_nights(Path(nights)), bounds=changes.Bounds(2)),
            }
            return {name: answer.as_json() for name, answer in answers.items()}


if __name__ == "__main__":
    FILE.write_text(json.dumps(examples(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
