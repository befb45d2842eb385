"""Ask for the counterfactual of an account of a published run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.core.runs import PublishedRun
from graphfraud.core.snapshot import F64, Snapshot
from graphfraud.errors import StoreError
from graphfraud.indicators import money_indicators
from graphfraud.models.corroboration import Arrived
from graphfraud.models.judging import judge
from graphfraud.models.learned import artefact
from graphfraud.models.learned.fit import blend
from graphfraud.risk import Risk, assess
from graphfraud.services.counterfactual import TakenAway, WhatIf, WithoutThese
from graphfraud.services.counterfactual.facts import KINDS, Fact, Seen, candidates, referred_flags
from graphfraud.services.counterfactual.search import Chosen, Found, Rules, Stand, Way, search
from graphfraud.services.counterfactual.without import Tables, Taken, tables_without, without
from graphfraud.services.counterfactual.words import answer_words, fact_words, none_words
from graphfraud.services.lens import MASKED, Lens
from graphfraud.services.standing import standing
from graphfraud.settings import Settings

OTHERS = 3  # further answers of the same size that are shown


@dataclass(frozen=True)
class Case:
    """An account of a run, and what its level is computed from."""

    snapshot: Snapshot
    settings: Settings
    tables: Tables  # rings, ring_summary, ring_evidence, indicator_hits
    account: int
    factor: F64 | float = 1.0  # what the boosted trees make of the walk's score; taken as it was that night

    def stand(self, taken: Taken) -> Stand:
        """How the account stands without these facts. O(a walk over the whole bank)."""
        left = without(self.snapshot, self.account, taken)
        return self.judged(left, taken, assess(left, self.settings))

    def judged(self, left: Snapshot, taken: Taken, risk: Risk) -> Stand:
        """How it stands after this walk."""
        tables = tables_without(self.snapshot, self.account, taken, self.tables)
        arrived = Arrived(risk.traced.arrived, risk.lineage)
        made = judge(left, self.settings, risk.walk * self.factor, arrived, (tables, money_indicators(self.settings)))
        return Stand(int(made.level[self.account]), int(made.score[self.account]), int(made.grounds[self.account]))


def what_if(
    run: PublishedRun, account_id: str, lens: Lens = MASKED, rules: Rules | None = None, seconds: float = 120.0
) -> WhatIf:
    """The counterfactual of an account. Up to `rules.trials` walks over the bank; after `seconds` none is begun any
    more, and the answer says so. `rules`, where given, take the place of what fits the bank's size and of `seconds`.

    Raises UnknownId, and StoreError where this version does not come to what the run published.
    """
    rules = rules or Rules.of(len(run.snapshot.flows.time), seconds)
    number = run.snapshot.code(account_id)
    known = standing(run, number)
    case = case_of(run, number)
    if known.level is None:
        return _answer(case, Stand(0, known.score), [], (Found([], True, 0, 0), 0, rules), lens)
    risk = assess(case.snapshot, case.settings)
    now = case.judged(case.snapshot, Taken(), risk)
    if (now.level, now.score) != (known.level or 0, known.score):
        raise StoreError(
            f"run {run.run_id} has account {account_id} at level {known.level} with score {known.score}, this version"
            f" comes to level {now.level or None} with {now.score} (1e-6): run `graphfraud nightly` for a new one"
        )
    facts = candidates(Seen(case.snapshot, case.settings, risk, number, known.ring_id))
    kept = facts[: rules.facts]
    return _answer(case, now, kept, (find(case, now, kept, rules), len(facts) - len(kept), rules), lens)


def case_of(run: PublishedRun, number: int) -> Case:
    """What the level of account `number` of a run is computed from."""
    names = ("rings", "ring_summary", "ring_evidence", "indicator_hits")
    settings = Settings.model_validate(run.manifest.get("settings", {}))
    return Case(run.snapshot, settings, {name: run.findings(name) for name in names}, number, _factor(run, settings))


def _factor(run: PublishedRun, settings: Settings) -> F64 | float:
    """What each account's walk was multiplied by; 1 for a run that had no models."""
    folder = run.folder / artefact.FOLDER
    if artefact.read_card(folder) is None:
        return 1.0
    persons = np.flatnonzero(run.snapshot.accounts.person).astype(np.int32)
    return blend(artefact.load(folder).scores.learned, persons, settings.models.blend_power)


def find(case: Case, now: Stand, facts: list[Fact], rules: Rules) -> Found:
    """Search the facts in their order; every answer is computed anew."""

    def stand(chosen: Chosen) -> Stand:
        taken = Taken()
        for i in chosen:
            taken = taken | facts[i].taken
        return case.stand(taken)

    return search(now, range(len(facts)), stand, rules)


def _answer(case: Case, now: Stand, facts: list[Fact], search: tuple[Found, int, Rules], lens: Lens) -> WhatIf:
    found, left_out, rules = search
    ways = [_way(case, now, facts, way, lens) for way in sorted(found.ways, key=lambda w: _order(facts, w))]
    zh, en = none_words(now.level, found.trials, rules.most, rules.seconds if found.late else None)
    if ways:
        zh, en = ways[0].reason_zh, ways[0].reason_en
    return WhatIf(
        level=now.level or None,
        score=now.score,
        found=ways[: 1 + OTHERS],
        fewest=found.fewest,
        considered=len(facts),
        left_out=left_out,
        most=rules.most,
        recomputed=found.trials,
        stopped=found.late,
        reason_zh=zh,
        reason_en=en,
    )


def _order(facts: list[Fact], way: Way) -> tuple[list[int], int, Chosen]:
    """Links that can be looked at one by one first, then what takes the account lower."""
    return sorted(_rank(facts[i].kind) for i in way.facts), way.stand.score, way.facts


def _rank(kind: str) -> int:
    """Identifiers and payments, then referrals, then what sums up several of them."""
    return {"identifier": 0, "payments": 0, "referral": 1}.get(kind, KINDS.index(kind))


def _way(case: Case, now: Stand, facts: list[Fact], way: Way, lens: Lens) -> WithoutThese:
    referred = referred_flags(case.snapshot)
    taken, words = [], []
    for fact in (facts[i] for i in way.facts):
        zh, en = fact_words(fact, case.snapshot, referred, lens)
        words.append((zh, en))
        names = [case.snapshot.accounts.id[v] for v in fact.others]
        taken.append(TakenAway(fact.kind, names, fact.inflows + fact.outflows, fact.amount, zh, en))
    zh, en = answer_words(words, way.stand.level, (way.stand.score, now.score))
    return WithoutThese(taken, way.stand.level or None, way.stand.score, zh, en)
