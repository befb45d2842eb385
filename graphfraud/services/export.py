"""Export: findings as files for people and other programs (contracts.md §3).

The columns of contracts.md come first and in its order; columns are only ever added at the end. Scores and shares are
decimals in [0, 1] with six places, amounts minor units, times ISO 8601 in Asia/Shanghai (timestamps in Parquet).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from graphfraud.core.runs import PublishedRun
from graphfraud.errors import UsageError
from graphfraud.services import export_files
from graphfraud.services.answers import Answer, stamp

#: kind → (column of the export, column of the findings table); _e6 columns become decimals
COLUMNS: dict[str, str] = {
    "scores": "account_id score=score_e6 referral_share=referral_share_e6 behaviour_share=behaviour_share_e6 level"
    " layer ring_id referred behaviour=behaviour_e6 lineage_share=lineage_e6",
    "rings": "ring_id kind account_id role referred loose attached inside=inside_e6",
    "alerts": "alert_id account_id level score=score_e6 opened_at due_at status reason_zh reason_en closed_at",
    "victims": "account_id payee txn_id time amount ring_id reported rank payments reason_zh reason_en points grade",
    "layers": "account_id case_no layer assumed referral_id via_txn time",
}
TIMES = {"opened_at", "due_at", "closed_at", "time"}
KINDS = tuple(COLUMNS)
GRAPH_KINDS = ("rings", "victims")


@dataclass(frozen=True)
class ExportAnswer(Answer):
    """What was written where."""

    kind: str
    format: str
    path: Annotated[str, Field(description="the file that was written")]
    rows: Annotated[int, Field(description="rows, or edges of a graph")]


Writer = Callable[[pa.Table, Path, PublishedRun, str], int]
TABLE_WRITERS: dict[str, Writer] = {
    "csv": export_files.write_csv,
    "parquet": export_files.write_parquet,
    "json": export_files.write_json,
    "xlsx": export_files.write_xlsx,
}
GRAPH_FORMATS = ("graphml", "gexf")
FORMATS = (*TABLE_WRITERS, *GRAPH_FORMATS)


def export(run: PublishedRun, kind: str, out: Path, format_: str | None = None) -> ExportAnswer:
    """Write findings to a file, in one step: there is never half a file. Raises UsageError."""
    chosen = _format(kind, out, format_)
    with export_files.replacing(out) as part:
        if chosen in GRAPH_FORMATS:
            from graphfraud.services import export_graph  # networkx takes a while to import

            rows = export_graph.write(run, kind, part, chosen)
        else:
            rows = TABLE_WRITERS[chosen](table(run, kind), part, run, kind)
    return ExportAnswer(**stamp(run), kind=kind, format=chosen, path=str(out), rows=rows)


def table(run: PublishedRun, kind: str) -> pa.Table:
    """The export as an Arrow table: int64 in 1e-6 become decimals, times become timestamps."""
    if kind not in COLUMNS:
        raise UsageError(f"{kind!r} cannot be exported; there are {', '.join(KINDS)}")
    findings = run.findings(kind)
    made = {}
    for entry in COLUMNS[kind].split():
        name, _, source = entry.partition("=")
        column = findings[source or name]
        if source.endswith("_e6"):
            column = _decimal(column)
        elif name in TIMES:
            column = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.timestamp("us", tz="Asia/Shanghai"))
        made[name] = column
    return pa.table(made)


def frame(run: PublishedRun, kind: str) -> pa.Table:
    """The export with scores as floats, for pandas: `frame(run, "scores").to_pandas()`. Raises UsageError."""
    return export_files.floats(table(run, kind))


def _decimal(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Integers in 1e-6 as decimal(20, 6), exactly."""
    exact = pc.multiply(column.cast(pa.decimal128(19, 0)), pa.scalar(Decimal("0.000001"), pa.decimal128(7, 6)))
    return exact.cast(pa.decimal128(20, 6))


def _format(kind: str, out: Path, format_: str | None) -> str:
    chosen = (format_ or out.suffix.removeprefix(".") or "csv").lower()
    if chosen not in FORMATS:
        raise UsageError(f"{chosen!r} is not a format of export; there are {', '.join(FORMATS)} (--format)")
    if kind not in KINDS:
        raise UsageError(f"{kind!r} cannot be exported; there are {', '.join(KINDS)}")
    if chosen in GRAPH_FORMATS and kind not in GRAPH_KINDS:
        raise UsageError(f"{chosen} holds a graph: {' or '.join(GRAPH_KINDS)}; {kind} is a table, use csv or parquet")
    return chosen
