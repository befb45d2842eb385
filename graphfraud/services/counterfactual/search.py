"""The fewest facts without which an account stands lower: singles, then pairs, then greedily, each answer tried out.

The search knows nothing of what a fact is: `stand` computes how the account stands without some of them. So the order
in which facts come only decides what is tried first, never whether an answer is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from time import monotonic

Chosen = tuple[int, ...]  # numbers of facts, ascending


@dataclass(frozen=True)
class Stand:
    """How an account stands: level (0: none), score in 1e-6, and how many grounds corroborate it."""

    level: int
    score: int
    grounds: int = 0

    @property
    def rank(self) -> int:
        """1 is the most urgent; no level comes last."""
        return self.level or 4


@dataclass(frozen=True)
class Rules:
    """Facts that are considered, facts in an answer at most, recomputations at most, and seconds after which none is
    begun any more."""

    facts: int = 12
    most: int = 4
    trials: int = 120
    seconds: float = 120.0

    @classmethod
    def of(cls, flows: int, seconds: float = 120.0) -> Rules:
        """Fewer recomputations where each takes long: from 20 to 120, 60 at half a million flows."""
        return cls(trials=min(max(30_000_000 // max(flows, 1), 20), 120), seconds=seconds)


@dataclass(frozen=True)
class Way:
    """Facts without which the account stands below its level, and where."""

    facts: Chosen
    stand: Stand


@dataclass
class Tried:
    """What was tried, and what is left to try."""

    stand: Callable[[Chosen], Stand]
    limit: int
    until: float  # of the monotonic clock
    known: dict[Chosen, Stand] = field(default_factory=dict)
    late: bool = False  # something was not tried because the time was over

    def each(self, sets: Iterable[Chosen]) -> list[Way]:
        """Try sets until the limit, or until the time is over."""
        found = []
        for facts in map(tuple, map(sorted, sets)):
            if facts not in self.known:
                self.late = self.late or monotonic() >= self.until
                if self.late or len(self.known) >= self.limit:
                    break
                self.known[facts] = self.stand(facts)
            found.append(Way(facts, self.known[facts]))
        return found


@dataclass(frozen=True)
class Found:
    """Answers of one size, none where nothing was found. `fewest`: every smaller set was tried."""

    ways: list[Way]
    fewest: bool
    trials: int
    complete: int  # every set of up to so many facts was tried
    late: bool = False  # the time was over before all was tried


def search(now: Stand, order: Sequence[int], stand: Callable[[Chosen], Stand], rules: Rules) -> Found:
    """The smallest sets without which the rank is below that of `now`. At most `rules.trials` calls, none begun after
    `rules.seconds`; deterministic where the time is enough.

    `order`: facts, the strongest first. Every single fact is tried, then every pair while trials last (a few are kept
    for what follows), the pairs of the facts that changed most first; with the first that is enough its neighbours are
    tried, so that there is a choice. Beyond pairs facts are added one by one, the strongest first, and those that turn
    out to be needless are put back.
    """
    tried = Tried(stand, rules.trials, monotonic() + rules.seconds)
    return replace(_search(now, order, tried, rules), late=tried.late)


def _search(now: Stand, order: Sequence[int], tried: Tried, rules: Rules) -> Found:
    singles = tried.each((i,) for i in order)
    complete = int(len(singles) == len(order))
    enough = [w for w in singles if w.stand.rank > now.rank]
    if enough or rules.most < 2:
        return Found(enough, True, len(tried.known), complete)
    ranked = [w.facts[0] for w in sorted(singles, key=lambda w: _change(now, w.stand), reverse=True)]
    pairs = sorted(combinations(range(len(ranked)), 2), key=lambda p: (sum(p), p))
    tried.limit = max(len(tried.known), rules.trials - 2 * rules.most)
    for a, b in pairs:
        pair = ranked[a], ranked[b]
        enough = [w for w in tried.each([pair]) if w.stand.rank > now.rank]
        if enough:
            others = [w for w in tried.each(_beside(pair, order)) if w.stand.rank > now.rank]
            return Found(enough + others, bool(complete), len(tried.known), complete)
    complete += int(bool(complete) and len(tried.known) >= len(order) + len(pairs))
    tried.limit = rules.trials
    by_score = sorted(ranked, key=lambda i: tried.known[(i,)].score)
    for ordered in (ranked, by_score):
        way = _greedy(now, ordered, tried, rules.most)
        if way is not None:
            return Found([way], len(way.facts) <= complete + 1, len(tried.known), complete)
    return Found([], False, len(tried.known), complete)


def _change(now: Stand, then: Stand) -> tuple[int, int]:
    """Grounds that fall away count first: without one of them a score alone reaches level 3 at most."""
    return now.grounds - then.grounds, now.score - then.score


def _beside(pair: Chosen, order: Sequence[int]) -> list[Chosen]:
    """The pairs that have one fact with this pair in common."""
    return [(kept, i) for kept in pair for i in order if i not in pair]


def _greedy(now: Stand, order: Sequence[int], tried: Tried, most: int) -> Way | None:
    """Facts added in order until they are enough, then each that is needless put back."""
    for size in range(3, min(most, len(order)) + 1):
        for way in tried.each([tuple(order[:size])]):
            if way.stand.rank > now.rank:
                return _needed(now, way, tried)
    return None


def _needed(now: Stand, way: Way, tried: Tried) -> Way:
    for i in way.facts:
        if len(way.facts) > 1:
            for less in tried.each([tuple(j for j in way.facts if j != i)]):
                way = less if less.stand.rank > now.rank else way
    return way
