"""What a run changes against its predecessor: alerts, rings, levels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.previous import Previous

Tables = Mapping[str, pa.Table]


@dataclass(frozen=True)
class AlertChange:
    """An alert that opened (`was` is None), closed (`now` is None) or moved to another level."""

    alert_id: str
    account_id: str
    was: int | None
    now: int | None


@dataclass(frozen=True)
class LevelChanges:
    """Accounts whose level differs; `moves` counts them by `from>to`, 0 meaning no level."""

    changed: int
    accounts: int
    moves: dict[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        return self.changed / self.accounts if self.accounts else 0.0


@dataclass(frozen=True)
class Diff:
    """A run against its predecessor; without one, everything is new and `levels` is None.

    rings: ids by event (born, grown, merged, split, dormant, revived), as the table ring_lineage has them.
    """

    predecessor: str | None
    opened: tuple[AlertChange, ...]
    closed: tuple[AlertChange, ...]
    moved: tuple[AlertChange, ...]
    rings: dict[str, tuple[str, ...]]
    levels: LevelChanges | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def compare(tables: Tables, previous: Previous | None) -> Diff:
    """Findings tables against those of the predecessor. O(alerts + rings + accounts with a level)."""
    now = _open_alerts(tables["alerts"])
    was = _open_alerts(previous.findings["alerts"]) if previous else {}
    return Diff(
        previous.run_id if previous else None,
        tuple(AlertChange(a, now[a][0], None, now[a][1]) for a in sorted(now.keys() - was.keys())),
        tuple(AlertChange(a, was[a][0], was[a][1], None) for a in sorted(was.keys() - now.keys())),
        tuple(
            AlertChange(a, now[a][0], was[a][1], now[a][1])
            for a in sorted(now.keys() & was.keys())
            if now[a][1] != was[a][1]
        ),
        _ring_events(tables["ring_lineage"]),
        level_changes(tables["scores"], previous.findings["scores"]) if previous else None,
    )


def level_changes(now: pa.Table, was: pa.Table) -> LevelChanges:
    """Accounts whose level is another one than in the predecessor; an account without level counts as level 0."""
    new, old = _levels(now), _levels(was)
    pairs = [(old.get(a, 0), new.get(a, 0)) for a in new.keys() | old.keys()]
    moves = Counter(f"{a}>{b}" for a, b in pairs if a != b)
    return LevelChanges(moves.total(), now.num_rows, dict(sorted(moves.items())))


def _levels(scores: pa.Table) -> dict[str, int]:
    rows = scores.select(["account_id", "level"]).filter(pc.field("level").is_valid())
    return dict(zip(rows["account_id"].to_pylist(), rows["level"].to_pylist(), strict=True))


def _open_alerts(alerts: pa.Table) -> dict[str, tuple[str, int]]:
    rows = alerts.select(["alert_id", "account_id", "level", "closed_at"]).filter(pc.field("closed_at").is_null())
    columns = (rows[n].to_pylist() for n in ("alert_id", "account_id", "level"))
    return {alert: (account, level) for alert, account, level in zip(*columns, strict=True)}


def _ring_events(lineage: pa.Table) -> dict[str, tuple[str, ...]]:
    events: dict[str, set[str]] = {}
    for ring, event in zip(lineage["ring_id"].to_pylist(), lineage["event"].to_pylist(), strict=True):
        if event != "same":
            events.setdefault(event, set()).add(ring)
    return {event: tuple(sorted(rings)) for event, rings in sorted(events.items())}
