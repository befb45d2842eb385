"""Alerts that persist (contracts.md §4): the same account on the same evidence is one alert, however many nights.

    tonight                                       the row
    level, no open alert last night               new: status open, opened_at = T, due_at = T + due hours of the level
    level, open alert, nothing new                the same alert_id, opened_at, due_at; status open
    level, open alert, new evidence or a higher   the same alert_id and opened_at; status updated; due_at anew only if
      level                                         the level rose
    no level, open alert                          status no longer supported, closed_at = T; gone the night after

The alert_id is a hash of the account and the evidence it opened on, so it never comes from a counter or a clock.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.clock import HOUR

OPEN, UPDATED, UNSUPPORTED = "open", "updated", "no longer supported"
Row = dict[str, Any]
CLOSED_ZH = "原有证据已不再成立，预警撤销"
CLOSED_EN = "the evidence it rested on is no longer there"


@dataclass(frozen=True)
class Candidate:
    """An account that alerts tonight.

    `strong` are the evidence keys it has; `weak` are keys that keep an alert's evidence as it is but are not enough to
    be new (a referral whose share sank a little is still the same evidence).
    """

    account_id: str
    level: int
    score_e6: int
    strong: frozenset[str]
    weak: frozenset[str]
    reason_zh: str
    reason_en: str


@dataclass(frozen=True)
class Clock:
    """When the run is, and how long a level may wait for its first human answer, in hours."""

    as_of: int
    due_hours: tuple[int, int, int]

    def due(self, level: int) -> int:
        return self.as_of + self.due_hours[level - 1] * HOUR


def open_alerts(alerts: pa.Table | None) -> dict[str, Row]:
    """Open alerts of a run by account."""
    if alerts is None:
        return {}
    rows = alerts.filter(pc.field("closed_at").is_null()).to_pylist()
    return {row["account_id"]: row for row in rows}


def alert_id(account_id: str, evidence: Iterable[str]) -> str:
    """Content hash of an account and its evidence."""
    text = json.dumps([account_id, *sorted(evidence)], ensure_ascii=False)
    return "A" + hashlib.sha256(text.encode()).hexdigest()[:20]


def carry(candidates: Sequence[Candidate], before: Mapping[str, Row], clock: Clock) -> list[Row]:
    """Rows of `alerts` tonight, given the open alerts of last night by account. O(candidates + before)."""
    rows = [_tonight(c, before.get(c.account_id), clock) for c in candidates]
    alerting = {c.account_id for c in candidates}
    rows += [_closed(row, clock) for account, row in before.items() if account not in alerting]
    return rows


def _tonight(candidate: Candidate, was: Row | None, clock: Clock) -> Row:
    old = frozenset(json.loads(was["evidence"])) if was else frozenset()
    keys = candidate.strong | (candidate.weak & old)
    row: Row = {
        "alert_id": was["alert_id"] if was else alert_id(candidate.account_id, keys),
        "account_id": candidate.account_id,
        "level": candidate.level,
        "score_e6": candidate.score_e6,
        "opened_at": was["opened_at"] if was else clock.as_of,
        "due_at": clock.due(candidate.level),
        "status": OPEN,
        "reason_zh": candidate.reason_zh,
        "reason_en": candidate.reason_en,
        "evidence": json.dumps(sorted(keys), ensure_ascii=False),
        "closed_at": None,
    }
    if was is not None:
        rose = candidate.level < was["level"]
        row["status"] = UPDATED if rose or keys - old else OPEN
        row["due_at"] = row["due_at"] if rose else was["due_at"]
    return row


def _closed(was: Row, clock: Clock) -> Row:
    changed = {"status": UNSUPPORTED, "closed_at": clock.as_of, "reason_zh": CLOSED_ZH, "reason_en": CLOSED_EN}
    return was | changed
