"""Why an account alerts: ranked lines in an investigator's words, each with the keys by which it persists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.nightly.findings import circumstances, favour, opinions
from graphfraud.nightly.findings import lines as from_score
from graphfraud.nightly.findings.alerts import Candidate
from graphfraud.nightly.findings.lines import Line, Row, Sources

SUMMARY = 4  # reasons in the summary of an alert


def by_account(table: pa.Table, accounts: pa.Array) -> dict[str, list[Row]]:
    """Rows of the table for these accounts, by account."""
    result: dict[str, list[Row]] = defaultdict(list)
    for row in table.filter(pc.is_in(table["account_id"], value_set=accounts)).to_pylist():
        result[row["account_id"]].append(row)
    return dict(result)


def lines(sources: Sources, account: int, score: Row) -> list[Line]:
    """Reasons of one account, strongest first; at least one. O(its flows + its identifiers)."""
    name = score["account_id"]
    return [
        *from_score.referred(sources, account),
        *circumstances.exemption(sources, account),
        *from_score.referral(sources.shares.get(name, []), score),
        *from_score.lineage(sources.lineage.get(name, []), score["lineage_e6"]),
        *from_score.ring(sources, account),
        *from_score.indicators(sources.hits.get(name, []), sources),
        *circumstances.identifiers(sources, account),
        *from_score.behaviour(score),
        *opinions.line(score, sources.settings),
        *favour.exculpatory(sources, account),
    ]


def candidate(score: Row, found: Sequence[Line]) -> Candidate:
    """The account as it stands before the alerts of last night: evidence keys and a summary of its first reasons."""
    first = [line for line in found if line.keys or line.source == "exempt"][:SUMMARY]
    return Candidate(
        score["account_id"],
        score["level"],
        score["score_e6"],
        frozenset(key for line in found for key in line.keys),
        frozenset(key for line in found for key in line.weak),
        "；".join(line.zh for line in first),
        "; ".join(line.en for line in first),
    )


def closed(row: Row) -> Line:
    """The one reason of an alert that is no longer supported."""
    return Line("closed", "", 0, row["reason_zh"], row["reason_en"])


def reason_rows(alert_id: str, found: Sequence[Line]) -> list[Row]:
    """Rows of `alert_reasons`."""
    return [
        {
            "alert_id": alert_id, "rank": rank, "source": line.source, "source_id": line.source_id,
            "points_e6": line.points_e6, "reason_zh": line.zh, "reason_en": line.en,
        }
        for rank, line in enumerate(found, start=1)
    ]  # fmt: skip
