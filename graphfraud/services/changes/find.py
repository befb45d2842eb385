"""Find what changed between a run and its predecessor, and what is behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from graphfraud.core.runs import PublishedRun, RunCatalogue
from graphfraud.errors import UnknownId, UsageError
from graphfraud.services.answers import stamp
from graphfraud.services.changes import Cause, Change, ChangesAnswer
from graphfraud.services.changes.facts import Nights, payments, uses
from graphfraud.services.changes.verify import verified
from graphfraud.services.lens import MASKED, Lens

SHOWN = 5  # causes shown of a change
NEIGHBOURS = 200  # accounts around a subject whose facts are looked at when its own are the same
PASSED = Cause(
    "time", None, None, None, None,
    "没有新事实：时间推移（证据随时间减弱或移出窗口）", "no new fact: time passed (evidence fades, or left its window)",
)  # fmt: skip


@dataclass(frozen=True)
class Bounds:
    """How many changes are shown, and of how many opened or raised alerts the causes are verified by recomputing."""

    limit: int = 50
    verify: int = 0


def changes(
    catalogue: RunCatalogue, run_id: str | None = None, bounds: Bounds | None = None, lens: Lens = MASKED
) -> ChangesAnswer:
    """What a run (default: the live one) changed against its predecessor. Raises UnknownId, UsageError.

    O(changes shown · facts of the accounts they are about), and a walk over the bank per verified alert.
    """
    bounds = bounds or Bounds()
    if bounds.limit < 1 or bounds.verify < 0:
        raise UsageError("--limit is at least 1, --verify at least 0")
    with catalogue.open(run_id) as now, _predecessor(catalogue, now) as before:
        if before is None:
            return ChangesAnswer(**stamp(now), predecessor=None, predecessor_as_of=None, changes=[], left_out=0)
        nights = Nights(before, now, lens)
        found = _Finder(nights)
        rows = [*found.alerts(), *found.rings()]
        shown = [found.explained(row) for row in rows[: bounds.limit]]
        shown = verified(nights, shown, bounds.verify)
        return ChangesAnswer(
            **stamp(now),
            predecessor=before.run_id,
            predecessor_as_of=before.as_of,
            changes=shown,
            left_out=max(len(rows) - bounds.limit, 0),
        )


@contextmanager
def _predecessor(catalogue: RunCatalogue, run: PublishedRun) -> Iterator[PublishedRun | None]:
    """The predecessor the run was computed with. Raises UnknownId where it has been pruned."""
    known = run.manifest.get("predecessor")
    name = known.get("run_id") if isinstance(known, dict) else known
    if not name:
        yield None
        return
    if name not in catalogue.ids():
        raise UnknownId(f"run {run.run_id} followed {name}, which has been pruned (setting runs.keep): no comparison")
    with catalogue.open(str(name)) as before:
        yield before


@dataclass(frozen=True)
class _Row:
    """A change before its causes are known."""

    what: str
    subject: str
    account: str | None
    was: int | None
    now: int | None
    joined: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()
    around: frozenset[str] = frozenset()  # members of a ring on either night


@dataclass(frozen=True)
class _Finder:
    nights: Nights

    @cached_property
    def _members(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        return _members(self.nights.before), _members(self.nights.now)

    @cached_property
    def _ring_of(self) -> dict[str, set[str]]:
        """Account → fellows in its rings on either night."""
        found: dict[str, set[str]] = defaultdict(set)
        for side in self._members:
            for members in side.values():
                for account in members:
                    found[account] |= members
        return found

    def alerts(self) -> list[_Row]:
        """Opened, closed and moved alerts: the highest level and then the greatest move first."""
        was, now = _alerts(self.nights.before), _alerts(self.nights.now)
        rows = []
        for alert in was.keys() | now.keys():
            old, new = was.get(alert), now.get(alert)
            if old != new:
                account = (new or old or ("", 0))[0]
                what = "opened" if old is None else "closed" if new is None else "moved"
                rows.append(_Row(what, alert, account, old and old[1], new and new[1]))
        return sorted(rows, key=lambda r: (min(r.was or 9, r.now or 9), r.what, r.subject))

    def rings(self) -> list[_Row]:
        """Rings to which something happened, those with most comings and goings first."""
        was, now = self._members
        rows = {}
        for event in self.nights.now.findings("ring_lineage").to_pylist():
            ring, other = event["ring_id"], event["previous_ring_id"]
            old = was.get(ring) or was.get(other, set())
            new = now.get(ring, set())
            if event["event"] == "same" and old == new:
                continue
            what = "shrunk" if event["event"] == "same" else event["event"]
            sides = frozenset(new - old), frozenset(old - new), frozenset(new | old)
            rows[what, ring] = _Row(what, ring, None, len(old) or None, len(new) or None, *sides)
        return sorted(rows.values(), key=lambda r: (-len(r.joined) - len(r.left), r.subject, r.what))

    def explained(self, row: _Row) -> Change:
        """The change with its causes."""
        causes = self._alert_causes(row.account) if row.account is not None else self._ring_causes(row)
        certainty = "likely"
        if not causes:
            about = {row.account} if row.account is not None else row.around
            causes = self._neighbours(frozenset(about))
            certainty = "neighbourhood" if causes else "time"
        shown = (causes or [PASSED])[:SHOWN]
        more = max(len(causes) - SHOWN, 0)
        sides = sorted(row.joined), sorted(row.left)
        return Change(row.what, row.subject, row.account, row.was, row.now, *sides, shown, more, certainty)

    def _alert_causes(self, account: str) -> list[Cause]:
        """New facts on the account: referrals, identifiers shared with anybody, payments; with suspects first."""
        fellows = self._ring_of.get(account, {account}) - {account}
        suspect = fellows | {a for side in self.nights.referred for a, _, _ in side.values()}
        own = frozenset({account})
        users = {o for others in uses(self.nights.now.snapshot, account).values() for o in others}
        paid = self.nights.payments(own, None)
        with_suspects = [c for c in paid if c.other in suspect]
        others = [c for c in paid if c.other not in suspect]
        linked = self.nights.identifiers(own, users)
        return [*self.nights.referrals(own), *linked, *with_suspects, *others]

    def _ring_causes(self, row: _Row) -> list[Cause]:
        """New facts inside the ring: its members' referrals, identifiers they share and payments among them; those on
        who came or went first."""
        moved = row.joined | row.left
        found = [
            *self.nights.referrals(row.around),
            *self.nights.identifiers(row.around, row.around),
            *self.nights.payments(row.around, row.around),
        ]
        return sorted(found, key=lambda c: c.account_id not in moved and c.other not in moved)

    def _neighbours(self, accounts: frozenset[str]) -> list[Cause]:
        """New facts one step away: referrals and withdrawals first, then who has most new payments."""
        near = self._near(accounts)
        found = self.nights.referrals(near)
        counts = []
        for account in near:
            new = payments(self.nights.now.snapshot, account) - payments(self.nights.before.snapshot, account)
            if new:
                counts.append((-new.total(), account))
        for count, account in sorted(counts):
            zh, en = (
                f"周边变化：{account} 有 {-count} 笔新交易",
                f"the neighbourhood: {account} has {-count} new payments",
            )
            found.append(Cause("neighbour", account, None, None, None, zh, en))
        return found

    def _near(self, accounts: Collection[str]) -> list[str]:
        """Counterparties, sharers of identifiers and ring fellows on either night: at most NEIGHBOURS persons, by
        account: a merchant has new payments every day."""
        near: set[str] = set()
        for account in accounts:
            near |= self._ring_of.get(account, set())
            for run in (self.nights.before, self.nights.now):
                near |= {side for _, _, *sides, _ in payments(run.snapshot, account) for side in sides if side}
                for others in uses(run.snapshot, account).values():
                    near |= set(others) if len(others) <= NEIGHBOURS else set()
        known = self.nights.now.snapshot.accounts
        codes = {a: known.id.find(a) for a in near - set(accounts)}
        return sorted(a for a, code in codes.items() if code >= 0 and known.person[code])[:NEIGHBOURS]


def _members(run: PublishedRun) -> dict[str, set[str]]:
    table = run.findings("rings")
    found: dict[str, set[str]] = defaultdict(set)
    for ring, account in zip(table["ring_id"].to_pylist(), table["account_id"].to_pylist(), strict=True):
        found[ring].add(account)
    return dict(found)


def _alerts(run: PublishedRun) -> dict[str, tuple[str, int]]:
    """Open alerts: account and level."""
    rows = run.findings("alerts").select(["alert_id", "account_id", "level", "closed_at"]).to_pylist()
    return {r["alert_id"]: (r["account_id"], r["level"]) for r in rows if r["closed_at"] is None}
