"""Findings in the graph: a run is written beside the live one, then shown in one small transaction.

The graph holds what an investigator looks at: rings with members and evidence, alerts with reasons, layers, possible
victims, who may pay next, hubs, and the assessment of every account with a level, a layer or a ring and of referred
ones. All other rows of the findings tables are in the published run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from graphfraud.core.findings import FINDINGS
from graphfraud.errors import StoreBusy, StoreError
from graphfraud.stores.base import RunRecord
from graphfraud.stores.neo4j import packed
from graphfraud.stores.neo4j.families import prop
from graphfraud.stores.neo4j.session import Session

ROWS = 5_000  # of findings in one transaction
_DOING = "writing findings"
_CLEAR = ("write/run_clear", "write/run_clear_rings", "write/run_clear_links")
_ON_MEMBERS = ("score_e6", "level", "layer")  # of the assessment, repeated where a ring is drawn

Row = dict[str, Any]


def write_findings(session: Session, token: str, run: RunRecord, tables: Mapping[str, pa.Table], keep: int) -> None:
    """See `GraphStore.write_findings`. Keeps the `keep` runs written last; what a kill left half-written is removed.

    Statements are packed last, when the run is live: what is cut off there is a copy that the next night makes.
    """
    unknown = sorted(set(tables) - set(FINDINGS))
    if unknown:
        raise StoreError(f"run {run.run_id} has tables that are no findings: {', '.join(unknown)}")
    prune(session, keep)
    number = session.read("write/run_next", _DOING)[0]["number"]
    record = {"id": run.run_id, "as_of": run.as_of, "findings_hash": run.findings_hash}
    session.write("write/run_begin", _DOING, number=number, **record)
    _Writer(session, number).write(tables)
    if not session.write("write/run_switch", _DOING, number=number, id=run.run_id, token=token):
        raise StoreBusy(
            "another process has taken the store while this one wrote findings, because the server was away in between."
            " The live run is unchanged; run the command again"
        )
    prune(session, keep)
    packed.pack(session, token)


def prune(session: Session, keep: int) -> None:
    """Remove half-written, replaced and old runs, in bounded transactions."""
    doing = "removing old findings"
    for number in session.read("write/runs_old", doing, keep=keep)[0]["numbers"]:
        for name in _CLEAR:
            while session.write(name, doing, number=number, limit=ROWS)[0]["removed"]:
                pass
        session.write("write/run_delete", doing, number=number)


@dataclass(frozen=True)
class _Writer:
    """Writes the tables of run `number`."""

    session: Session
    number: int

    def write(self, tables: Mapping[str, pa.Table]) -> None:
        given = {name: _rows(tables[name]) if name in tables else [] for name in FINDINGS}
        noted = [row for row in given["scores"] if _noteworthy(row)]
        named = {row["account_id"] for row in [*noted, *given["rings"], *given["alerts"], *given["layers"]]}
        payers = [*given["victims"], *given["next_victims"]]
        ids = sorted(named | {row["payee"] for row in payers} | {row["account_id"] for row in payers})
        for start in range(0, len(ids), ROWS):
            self.session.write("load/accounts_merge", _DOING, ids=ids[start : start + ROWS])
        self._send("assessments", [[row.pop("account_id"), row] for row in map(dict, noted)], run=True)
        self._rings(given, {row["account_id"]: row for row in noted})
        self._alerts(given)
        layers = [[row.pop("account_id"), row.pop("case_no"), self._own(row)] for row in given["layers"]]
        self._send("layers", layers)
        for name in ("victims", "next_victims"):
            self._send(name, [[row.pop("account_id"), row.pop("payee"), self._own(row)] for row in given[name]])
        self._send("hubs", [[row.pop("kind"), row.pop("value"), row] for row in given["hubs"]], run=True)

    def _rings(self, given: dict[str, list[Row]], noted: dict[str, Row]) -> None:
        rings = {row["ring_id"]: {"ring_id": row["ring_id"], "kind": row["kind"]} for row in given["rings"]}
        rings |= {row["ring_id"]: row for row in given["ring_summary"]}
        self._send("rings", [self._own(row) | {"key": self._key(name)} for name, row in rings.items()], run=True)
        members = []
        for row in given["rings"]:
            about = noted.get(row["account_id"], {})
            shown = {k: about[k] for k in _ON_MEMBERS if k in about}
            kept = {k: v for k, v in row.items() if k not in ("ring_id", "account_id", "kind")}
            members.append([row["account_id"], self._key(row["ring_id"]), kept | shown])
        self._send("members", members)
        self._send("evidence", [[self._key(row.pop("ring_id")), row] for row in given["ring_evidence"]])

    def _alerts(self, given: dict[str, list[Row]]) -> None:
        reasons: dict[str, list[Row]] = {}
        for row in sorted(given["alert_reasons"], key=lambda r: r["rank"]):
            reasons.setdefault(row["alert_id"], []).append(row)
        alerts = []
        for row in given["alerts"]:
            why = reasons.get(row["alert_id"], [])
            texts = {f"reasons_{lang}": [r.get(f"reason_{lang}", "") for r in why] for lang in ("zh", "en")}
            alerts.append(self._own(row) | {"key": self._key(row["alert_id"])} | texts)
        self._send("alerts", alerts, run=True)

    def _send(self, name: str, rows: list[Any], run: bool = False) -> None:
        """Rows to write/<name>, in bounded transactions."""
        more = {"number": self.number} if run else {}
        for start in range(0, len(rows), ROWS):
            self.session.write(f"write/{name}", _DOING, rows=rows[start : start + ROWS], **more)

    def _own(self, row: Row) -> Row:
        return row | {"run": self.number}

    def _key(self, name: str) -> str:
        return f"{self.number}:{name}"


def _noteworthy(row: Row) -> bool:
    return bool(row.get("referred")) or any(row.get(k) is not None for k in ("level", "layer", "ring_id"))


def _rows(table: pa.Table) -> list[Row]:
    """Rows as maps of properties, without what is null."""
    return [{prop(k): v for k, v in row.items() if v is not None} for row in table.to_pylist()]
