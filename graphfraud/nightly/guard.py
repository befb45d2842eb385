"""The drift guard: when a run is not published without a person saying so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphfraud.core import clock
from graphfraud.nightly.diff import LevelChanges
from graphfraud.nightly.feeds import Feed
from graphfraud.nightly.options import Quarantine
from graphfraud.settings import Settings

#: A feed with fewer rows a day than this may well have a day without any.
SPARSE = 10


@dataclass(frozen=True)
class Evidence:
    """What the guards judge. `before`: the feeds of the predecessor's manifest, empty without one."""

    as_of: int
    settings: Settings
    feeds: Mapping[str, Feed]
    before: Mapping[str, Mapping[str, Any]]
    levels: LevelChanges | None
    quarantine: Quarantine


@dataclass(frozen=True)
class Objection:
    """A guard's no: which guard, the setting that governs it, and the figures."""

    guard: str
    setting: str
    message: str


def judge(evidence: Evidence) -> list[Objection]:
    """Every objection to publishing; empty if there is none."""
    return [*_short(evidence), *_missing(evidence), *_drift(evidence), *_quarantine(evidence)]


def _short(e: Evidence) -> Iterator[Objection]:
    feed, share, days = e.feeds["transfers"], e.settings.guard.short_feed_share, e.settings.guard.feed_days
    if feed.rows and not feed.recent_rows:
        last = clock.show(feed.last_time)
        text = f"the newest transfer is of {last}: none in the {days} days before {clock.show(e.as_of)}"
        yield Objection("short feed", "guard.feed_days", text)
    elif feed.median_day_rows is not None and feed.last_day_rows < share * feed.median_day_rows:
        yield Objection(
            "short feed",
            "guard.short_feed_share",
            f"the last complete day has {feed.last_day_rows:,} transfers, below {share:g} of the median day"
            f" ({feed.median_day_rows:,.0f} over {days} days)",
        )


def _missing(e: Evidence) -> Iterator[Objection]:
    days = e.settings.guard.feed_days
    for name in ("cash", "identifiers"):
        feed, before = e.feeds[name], int(e.before.get(name, {}).get("recent_rows", 0))
        median = feed.median_day_rows or 0
        if before and not feed.recent_rows:
            text = f"{name}: no row in the last {days} days, where the predecessor had {before:,}"
            yield Objection("missing feed", "guard.feed_days", text)
        elif name == "cash" and not feed.last_day_rows and median >= SPARSE:
            text = f"{name}: no row on the last complete day, where the median day has {median:,.0f}"
            yield Objection("missing feed", "guard.feed_days", text)


def _drift(e: Evidence) -> Iterator[Objection]:
    guard, levels = e.settings.guard, e.levels
    if levels and levels.changed > guard.min_level_changes and levels.share > guard.max_level_change_share:
        yield Objection(
            "level changes",
            "guard.max_level_change_share",
            f"{levels.changed:,} of {levels.accounts:,} accounts ({levels.share:.2%}) change level against the"
            f" predecessor, more than {guard.max_level_change_share:.2%}",
        )


def _quarantine(e: Evidence) -> Iterator[Objection]:
    limit, found = e.settings.ingest.max_quarantined_share, e.quarantine
    if found.share > limit:
        yield Objection(
            "quarantine",
            "ingest.max_quarantined_share",
            f"{found.quarantined:,} of {found.received:,} rows received ({found.share:.2%}) are in quarantine,"
            f" more than {limit:.2%}; `graphfraud quarantine list` shows them",
        )
