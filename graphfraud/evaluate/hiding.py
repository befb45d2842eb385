"""Hiding what the police said: a share of the cases revealed, and rings of which nobody was referred.

Whole cases are hidden, and the detector runs anew on what is left, so everything that depends on a seed is recomputed.
Seeds are out of every figure. *Same candidates* are those of the full run, so its figures compare; *with hidden seeds*
adds the accounts whose referral was hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np
import pyarrow as pa

from graphfraud.core.snapshot import F64, Flags
from graphfraud.evaluate.alter import known_referrals, only_cases
from graphfraud.evaluate.baselines import baseline_scores
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.facts import WorldFacts, referral_times
from graphfraud.evaluate.leads import Leads, leads
from graphfraud.evaluate.matching import ring_figures
from graphfraud.evaluate.metrics import average_precision
from graphfraud.evaluate.panel import panel
from graphfraud.evaluate.resample import FIXED, blocks
from graphfraud.evaluate.section import Grid, Plot, Section, Series, decimals
from graphfraud.evaluate.trial import Detect, Trial
from graphfraud.evaluate.truth import Truth

SHARES = (0.1, 0.25, 0.5)
RING_SHARE = 1 / 3
SEED = 20_260_601
DEEPEST = 1_000  # layer of an account of which the truth does not say one


@dataclass(frozen=True)
class Revealed:
    """Figures where only some cases are known. best_other: the best naive baseline with the same referrals."""

    share: float
    cases: int
    seeds: int
    ap_all: float | None
    ap_acted: float | None
    ap_all_with_seeds: float | None
    ap_acted_with_seeds: float | None
    ring_f1: float | None
    best_other: str
    best_other_ap: float | None


@dataclass(frozen=True)
class Unseen:
    """Figures inside rings without any seed: their hidden members against the honest candidates, other rings left out.

    full: the same accounts when nothing was hidden. leads: those of the run without these seeds, None where the
    findings have no summary of rings.
    """

    rings: int
    of_rings: int
    hidden_referrals: int
    ap_all: float | None
    ap_acted: float | None
    ap_all_with_seeds: float | None
    full_ap_all: float | None
    full_ap_acted: float | None
    best_other: str
    best_other_ap: float | None
    leads: Leads | None = None


@dataclass(frozen=True)
class Hiding:
    """`seed` of the draws; `unseen` is None for a world without ring ids or with fewer than two referred rings."""

    seed: int
    revealed: tuple[Revealed, ...]
    unseen: Unseen | None


def hiding(case: Case, referrals: pa.Table, detect: Detect) -> Hiding:
    """Four runs: 10, 25 and 50 % of the cases, and a third of the rings without a seed."""
    known = known_referrals(referrals, case.as_of)
    order = case_order(known, layers(case.truth), case.facts)
    shown = tuple(_revealed(case, known, (share, order), detect) for share in SHARES)
    return Hiding(SEED, shown, _unseen(case, known, detect))


def layers(truth: Truth) -> Mapping[int, int]:
    """Layer of every account that got a fraud's money: 1 is paid by victims. O(payments)."""
    found: dict[int, int] = {}
    if truth.fraud is not None:
        for account, depth in zip(truth.fraud.payee.tolist(), truth.fraud.depth.tolist(), strict=True):
            found[account] = min(depth + 1, found.get(account, DEEPEST))
    return found


def case_order(referrals: pa.Table, layer: Mapping[int, int], facts: WorldFacts, seed: int = SEED) -> list[str]:
    """Cases in the order in which they are revealed: by the first layer among their accounts, drawn within a layer."""
    codes = facts.codes(referrals["account_id"]).tolist()
    first: dict[str, int] = {}
    for name, code in zip(referrals["case_no"].to_pylist(), codes, strict=True):
        first[name] = min(layer.get(code, DEEPEST), first.get(name, DEEPEST))
    names = sorted(first)
    place = np.random.default_rng(seed).permutation(len(names)).tolist()
    return [name for _, _, name in sorted((first[n], p, n) for n, p in zip(names, place, strict=True))]


def _altered(facts: WorldFacts, referrals: pa.Table) -> WorldFacts:
    referred, withdrawn = referral_times(referrals, facts.account_id)
    return replace(facts, referred_at=referred, withdrawn_at=withdrawn)


@dataclass(frozen=True)
class _Run:
    """A run on fewer referrals, measured on the same candidates and with the hidden seeds among them."""

    case: Case
    facts: WorldFacts
    score: F64

    @classmethod
    def of(cls, case: Case, kept: pa.Table, findings: Mapping[str, pa.Table]) -> _Run:
        facts = _altered(case.facts, kept)
        return cls(case, facts, Case.of(case.truth, facts, findings, case.as_of).score)

    def best_other(self, positive: Flags, negative: Flags) -> tuple[str, float | None]:
        """The strongest naive baseline that sees the same referrals."""
        scores = baseline_scores(self.facts, self.case.as_of)
        found = {name: _ap(score, positive, negative) for name, score in scores.items()}
        name = max(sorted(found), key=lambda n: found[n] or 0.0)
        return name, found[name]


def _ap(score: F64, positive: Flags, negative: Flags) -> float | None:
    listed = positive | negative
    return average_precision(score[listed], positive[listed])


def _revealed(case: Case, known: pa.Table, drawn: tuple[float, list[str]], detect: Detect) -> Revealed:
    share, order = drawn
    cases = order[: max(1, round(share * len(order)))]
    kept = only_cases(known, set(cases))
    findings = detect(Trial(f"{share:.0%} of the cases", case.as_of, {"referrals": kept}))
    run, who = _Run.of(case, kept, findings), case.who
    honest, wide = who.candidate & ~who.hidden, panel(case.truth, _altered(case.facts, kept), case.as_of)
    rings = ring_figures(case.truth, case.facts, findings["rings"], case.as_of)
    name, other = run.best_other(who.hidden, honest)
    return Revealed(
        share=share,
        cases=len(cases),
        seeds=int(run.facts.referred(case.as_of).sum()),
        ap_all=_ap(run.score, who.hidden, honest),
        ap_acted=None if who.acted is None else _ap(run.score, who.acted, honest),
        ap_all_with_seeds=_ap(run.score, wide.hidden, wide.candidate & ~wide.hidden),
        ap_acted_with_seeds=None if wide.acted is None else _ap(run.score, wide.acted, wide.candidate & ~wide.hidden),
        ring_f1=None if rings is None else rings.f1,
        best_other=name,
        best_other_ap=other,
    )


def unseen_accounts(case: Case, seed: int = SEED) -> tuple[Flags, int, int]:
    """Members of the rings that lose their seeds: a third, drawn, of those with a referred and a hidden member.

    Rings that share an account go together. Gives (members, rings, of rings); nothing where there are fewer than two.
    """
    every = case.truth.mule & ~case.truth.outside
    block = blocks(case.truth, every, case.as_of).of_account if case.truth.ring is not None else None
    none = np.zeros(len(case.facts), dtype=bool)
    if block is None:
        return none, 0, 0
    seeded = set(block[case.who.referred & (block != FIXED)].tolist())
    eligible = sorted(seeded & set(block[case.who.hidden].tolist()))
    if len(eligible) < 2:
        return none, 0, len(eligible)
    count = max(1, round(RING_SHARE * len(eligible)))
    drawn = np.random.default_rng(seed).permutation(np.array(eligible))[:count]
    return np.isin(block, drawn), count, len(eligible)


def _unseen(case: Case, known: pa.Table, detect: Detect) -> Unseen | None:
    inside, rings, of_rings = unseen_accounts(case)
    if not rings:
        return None
    codes = case.facts.codes(known["account_id"])
    touched = {c for c, code in zip(known["case_no"].to_pylist(), codes.tolist(), strict=True) if inside[code]}
    kept = only_cases(known, set(known["case_no"].to_pylist()) - touched)
    findings = detect(Trial("a third of the rings without a seed", case.as_of, {"referrals": kept}))
    run, who = _Run.of(case, kept, findings), case.who
    honest = who.candidate & ~who.hidden
    positive = who.hidden & inside
    acted = None if who.acted is None else who.acted & inside
    wide = panel(case.truth, run.facts, case.as_of)
    name, other = run.best_other(positive, honest)
    return Unseen(
        rings=rings,
        of_rings=of_rings,
        hidden_referrals=known.num_rows - kept.num_rows,
        ap_all=_ap(run.score, positive, honest),
        ap_acted=None if acted is None else _ap(run.score, acted, honest),
        ap_all_with_seeds=_ap(run.score, wide.hidden & inside, wide.candidate & ~wide.hidden),
        full_ap_all=_ap(case.score, positive, honest),
        full_ap_acted=None if acted is None else _ap(case.score, acted, honest),
        best_other=name,
        best_other_ap=other,
        leads=_leads(case, findings, run.facts),
    )


def _leads(case: Case, findings: Mapping[str, pa.Table], facts: WorldFacts) -> Leads | None:
    if "ring_summary" not in findings:
        return None
    return leads(case.truth, findings, facts, facts.referred(case.as_of), case.as_of)


def section(found: Hiding) -> Section:
    """Two tables."""
    lines = [
        "Only a share of the cases is known, those of the first layer first (drawn with seed"
        f" {found.seed}); the detector runs anew. AP over the candidates of the full run, and with the accounts whose"
        " referral is hidden among them."
    ]
    grids = [_revealed_grid(found.revealed)]
    if found.unseen is not None:
        u = found.unseen
        lines.append(
            f"{u.rings} of {u.of_rings} rings have lost all their referrals ({u.hidden_referrals} of them, with every"
            " case that touches these rings): AP of their hidden members against honest candidates."
        )
        grids.append(_unseen_grid(u))
        if u.leads is not None:
            lines.append(
                f"Leads of that run: of the first 10 precision {decimals(u.leads.precision(0))}, of the first 20"
                f" {decimals(u.leads.precision(1))}; they find {u.leads.found} of {u.leads.unseeded} rings of which"
                " nobody is referred."
            )
    return Section("hiding", "Fewer referrals", tuple(lines), tuple(grids), (_plot(found.revealed),), asdict(found))


def _plot(found: tuple[Revealed, ...]) -> Plot:
    shares = tuple(f"{r.share:.0%}" for r in found)
    parts = (("AP all", "ap_all"), ("AP acted", "ap_acted"), ("ring F1", "ring_f1"), ("best baseline", "best_other_ap"))
    lines = [(name, [getattr(r, field) for r in found]) for name, field in parts]
    series = tuple(Series(name, shares, tuple(values)) for name, values in lines if None not in values)
    return Plot("line", "With a share of the cases", "cases known", "", series)


def _revealed_grid(found: tuple[Revealed, ...]) -> Grid:
    names = ("AP all", "AP acted", "+ hidden seeds: all", "acted", "ring F1", "best baseline", "AP all")
    columns = ("cases", "seeds", *names)
    rows = []
    for r in found:
        figures = (r.ap_all, r.ap_acted, r.ap_all_with_seeds, r.ap_acted_with_seeds, r.ring_f1)
        cells = (f"{r.share:.0%} ({r.cases})", str(r.seeds), *(decimals(v) for v in figures))
        rows.append((*cells, r.best_other, decimals(r.best_other_ap)))
    return Grid(columns, tuple(rows))


def _unseen_grid(u: Unseen) -> Grid:
    figures = (u.ap_all, u.ap_acted, u.ap_all_with_seeds, u.full_ap_all, u.full_ap_acted)
    cells = (str(u.rings), *(decimals(v) for v in figures), u.best_other, decimals(u.best_other_ap))
    names = ("AP all", "AP acted", "+ hidden seeds: all", "nothing hidden: all", "acted", "best baseline", "AP all")
    return Grid(("rings", *names), (cells,))
