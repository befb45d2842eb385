"""A trace as sheets: hops, steps, starts, accounts, ends with their total, certificate, envelope, hypotheses, about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from graphfraud.core.clock import iso, show_span
from graphfraud.core.money import show_yuan
from graphfraud.services.sankey import words
from graphfraud.services.trace.answer import TraceAnswer, TraceCoverage, TraceEnd, TraceRange
from graphfraud.services.trace_export.sheets import Column, Kind, Sheet
from graphfraud.trace import RULES, End

MAIN = "hops"


def sheets(answer: TraceAnswer) -> list[Sheet]:
    """Every sheet of a trace, the hops first. One that has nothing to say has no rows. O(answer)."""
    made = (hops, steps, starts, accounts, ends, certificate, envelope, hypotheses, about)
    return [make(answer) for make in made]


def columns(names: str) -> list[Column]:
    """`a b:yuan` → a column of text and one of money."""
    pairs = (name.partition(":") for name in names.split())
    return [Column(name, _kind(kind)) for name, _, kind in pairs]


def _kind(text: str) -> Kind:
    kinds: dict[str, Kind] = {k: k for k in ("yuan", "time", "span", "number", "flag", "share")}
    return kinds.get(text, "text")


def hops(answer: TraceAnswer) -> Sheet:
    """One row a hop; `carried` = `ended` + `passed_on`, `ends` says why it ended."""
    head = (
        "hop:number start:number depth:number txn_id time:time from_account to_account other_bank channel terminal"
        " amount:yuan carried:yuan dwell:span ended:yuan passed_on:yuan ends"
    )
    rows = []
    for h in answer.hops:
        ended = sum(e.amount for e in h.ends)
        money = (h.amount, h.carried, h.dwell, ended, h.carried - ended, _ends(h.ends))
        place = (h.txn_id, h.time, h.from_account, h.to_account, h.bank, h.channel, h.terminal)
        rows.append((h.number, h.start, h.depth, *place, *money))
    return Sheet(MAIN, columns(head), rows)


def _ends(found: Iterable[TraceEnd]) -> str | None:
    """`held 100.00, cash 20.00` in yuan."""
    return ", ".join(f"{e.reason} {show_yuan(e.amount)}" for e in found) or None


def steps(answer: TraceAnswer) -> Sheet:
    """One row a pair of hops: `amount` of `parent` went on in (down) or came from (up) `child`."""
    serial = {h.number: h.txn_id for h in answer.hops}
    rows = [(p.hop, h.number, serial[p.hop], h.txn_id, p.amount) for h in answer.hops for p in h.parents]
    return Sheet("steps", columns("parent:number child:number parent_txn_id child_txn_id amount:yuan"), rows)


def starts(answer: TraceAnswer) -> Sheet:
    """What is traced apart: a victim's payment each, or all that came into an account."""
    head = (
        "start:number txn_id time:time payer payee amount:yuan payments:number referrals still_held:yuan"
        " returned_to_payer:yuan"
    )
    rows = []
    for s in answer.starts:
        paid = (s.txn_id, s.time, s.payer, s.payee, s.amount, s.payments)
        rows.append((s.number, *paid, ", ".join(s.referrals) or None, s.held, s.returned))
    return Sheet("starts", columns(head), rows)


def accounts(answer: TraceAnswer) -> Sheet:
    """Accounts that the money reached, by layer."""
    head = (
        "account_id holder_name bank other_bank:flag layer:number received:yuan still_held:yuan balance:yuan"
        " paid_beyond_balance:yuan ends referred:flag level:number ring_id"
    )
    rows = []
    for a in answer.accounts:
        who = (a.account_id, a.holder_name, a.bank, a.outside, a.layer)
        money = (a.received, a.held, a.balance, a.unexplained, _ends(a.ends))
        rows.append((*who, *money, a.referred, a.level, a.ring_id))
    return Sheet("accounts", columns(head), rows)


def ends(answer: TraceAnswer) -> Sheet:
    """Where it ends, the largest first, and the total, which is the amount the trace starts with."""
    cut = {c.reason: c.payments for c in answer.cut}
    rows: list[tuple[str | int | None, ...]] = []
    for e in answer.ends:
        names = (words.end(End(e.reason), "en", answer.direction), words.end(End(e.reason), "zh", answer.direction))
        rows.append((e.reason, *names, e.amount, e.count, cut.get(e.reason)))
    total = sum(e.amount for e in answer.ends)
    rows.append(("total", *words.WORDS["total"], total, sum(e.count for e in answer.ends), None))
    head = "reason reason_en reason_zh amount:yuan hops:number payments_cut:number"
    return Sheet("ends", columns(head), rows)


def certificate(answer: TraceAnswer) -> Sheet:
    """Start and parts, a column each rule where all rules were asked; the sum stands under the parts."""
    per_rule = [(answer.rule, answer.coverage)]
    if answer.envelope is not None:
        per_rule = [(c.rule, c.coverage) for c in answer.envelope.coverage]
    parts = [f.name for f in fields(TraceCoverage) if f.name not in ("start", "sum")]
    rows = [(part, *(getattr(c, part) for _, c in per_rule)) for part in (*parts, "sum", "start")]
    return Sheet("certificate", [Column("part"), *(Column(rule, "yuan") for rule, _ in per_rule)], rows)


def envelope(answer: TraceAnswer) -> Sheet:
    """Least and most over the rules: per account, per start, and what decides. No rows where one rule was asked."""
    found = answer.envelope
    rows = [] if found is None else [_range(r) for r in (*found.accounts, *found.victims)]
    rules = " ".join(f"{rule}:yuan" for rule in RULES)
    return Sheet("envelope", columns(f"account_id start:number low:yuan high:yuan {rules} decisive:flag"), rows)


def _range(found: TraceRange) -> tuple[str | int | bool | None, ...]:
    by_rule = (found.amounts[rule] for rule in RULES)
    return found.account_id, found.start, found.low, found.high, *by_rule, found.decisive


def hypotheses(answer: TraceAnswer) -> Sheet:
    """Cash that may have gone on: not proven, apart from everything else, in no total."""
    head = (
        "from_account to_account taken_txn_id paid_txn_id taken_at:time paid_at:time taken:yuan paid:yuan carried:yuan"
        " wait:span taken_terminal paid_terminal same_place:flag by_chance:share text_en text_zh"
    )
    rows = []
    for way in answer.hypotheses.ways:
        names = (way.from_account, way.to_account, way.taken_txn, way.paid_txn)
        moved = (way.taken_at, way.paid_at, way.taken, way.paid, way.carried, way.wait)
        told = (way.same_place, way.by_chance, way.text_en, way.text_zh)
        rows.append((*names, *moved, way.taken_terminal, way.paid_terminal, *told))
    return Sheet("hypotheses", columns(head), rows)


def about(answer: TraceAnswer) -> Sheet:
    """What was asked of which run, and what a reader has to know."""
    limits = answer.limits
    said: list[tuple[str, str]] = [
        ("run", answer.run_id),
        ("as of", iso(answer.as_of)),
        (f"{answer.start} traced", answer.start_id),
        ("direction", answer.direction),
        ("rule of the hops", answer.rule),
        ("total (yuan)", show_yuan(answer.total)),
        ("depth", str(limits.depth)),
        ("window", show_span(limits.window)),
        ("least amount followed (yuan)", show_yuan(limits.min_amount)),
        ("most hops of a start", str(limits.max_hops)),
        ("horizon", "–" if limits.horizon is None else iso(limits.horizon)),
    ]
    said += [(f"cut: {c.reason}", f"{show_yuan(c.amount)} yuan, {c.payments} payments") for c in answer.cut]
    said += [("possible ways of cash", text) for text in (answer.hypotheses.text_en, answer.hypotheses.text_zh)]
    said += [(f"note: {n.code}", text) for n in answer.notes for text in (n.text_en, n.text_zh)]
    return Sheet("about", columns("what value"), said)
