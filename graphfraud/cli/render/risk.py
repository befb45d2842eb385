"""Risk of one account."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from graphfraud.cli.render import parts
from graphfraud.core import clock
from graphfraud.services.answers import MILLION
from graphfraud.services.counterfactual import WhatIf
from graphfraud.services.risk import Alert, Opinions, RiskAnswer, RiskSheet

SHOWN = 8


def risk(answer: RiskAnswer, lang: str = "en") -> Group:
    """Score, reasons, referral shares, lineage."""
    return Group(*_parts(answer, lang))


def _parts(answer: RiskAnswer, lang: str) -> Iterator[RenderableType]:
    yield parts.head(f"Risk of account {answer.account_id}", answer)
    yield parts.indent(_figures(answer))
    if answer.alert is not None:
        yield from alert(answer.alert, lang)
    elif answer.referred:
        yield Text("\n  Referred by the police; no alert is raised for it.", style="dim")
    else:
        yield Text("\n  No open alert.", style="dim")
    if answer.indicators:
        yield parts.section("Indicators that were hit")
        table = parts.table("*indicator", ">points")
        for hit in answer.indicators:
            table.add_row(f"{hit.indicator_id} v{hit.version}", parts.score(hit.points))
        yield parts.indent(table)
        if answer.consistency_ratio is not None:
            ratio = f"{answer.consistency_ratio:.3f}"
            yield Text(f"  points by pairwise comparison (AHP), consistency ratio {ratio}; capped by layer", "dim")
    if answer.opinions is not None:
        yield from _opinions(answer.opinions)
    yield from _seeds(answer)
    yield from _lineage(answer)
    if answer.what_if is not None:
        yield from _what_if(answer.what_if, lang)
    if answer.holder_of:
        yield Text(
            f"\n  The holder also holds referred account(s) {', '.join(answer.holder_of)} (apart from the score)"
        )


def _figures(answer: RiskAnswer) -> Text:
    line = Text(f"score {parts.score(answer.score)}", style="bold")
    line.append(f" = {parts.score(answer.referral_share)} from referred accounts", style="not bold")
    line.append(f" + {parts.score(answer.behaviour_share)} from its own behaviour", style="not bold")
    line.append(f"\nlevel {answer.level or '–'} · layer {answer.layer or '–'} · ring {answer.ring_id or '–'}")
    line.append(" · REFERRED" if answer.referred else "", style="bold red")
    line.append(f" · exempt ({answer.exempt_class})" if answer.exempt_class else "", style="bold")
    line.append(f"\n{parts.percent(answer.lineage_share)} of its inflow descends from referred accounts", "not bold")
    for case in answer.cases:
        line.append(f"\ncase {case.case_no}: layer {case.layer}{' (assumed)' if case.assumed else ''}", "not bold")
    return line


def alert(found: Alert, lang: str) -> Iterator[RenderableType]:
    """An alert and its reasons."""
    due = "" if found.due_at is None else f" · answer by {clock.show(found.due_at, seconds=False)}"
    yield parts.section(f"Alert {found.alert_id} · level {found.level} · {found.status}{due}")
    table = parts.table(">", "reason", ">points")
    for why in found.reasons:
        points = "" if why.points is None else parts.score(why.points)
        table.add_row(str(why.rank), parts.reason(why.reason_zh, why.reason_en, lang), points)
    yield parts.indent(table)


def _opinions(said: Opinions) -> Iterator[RenderableType]:
    """Every model's place for the account, and which side it is on."""
    yield parts.section("What each model says")
    table = parts.table("*model", ">persons placed lower", "")
    least = round((1 - said.top_share) * MILLION)
    ranks = (said.walk, said.indicators, said.boosted_trees, said.isolation_forest)
    names = ("walk", "indicators", "boosted trees", "isolation forest")
    for name, rank in zip(names, ranks, strict=True):
        side = "for" if rank >= least else "against" if rank < MILLION // 2 else ""
        table.add_row(name, f"{rank / 10_000:.1f} %", side)
    yield parts.indent(table)
    if said.probability is None:
        yield Text("  probability: cannot be said", style="dim")
    else:
        text = f"  probability of belonging to a ring {parts.percent(said.probability)}"
        yield Text(f"{text}, from {said.support} left-out referred accounts")


def _seeds(answer: RiskAnswer) -> Iterator[RenderableType]:
    if not answer.seeds:
        return
    yield parts.section("Referred accounts its score comes from")
    table = parts.table("*account", ">share")
    for seed in answer.seeds[:SHOWN]:
        table.add_row(parts.text(seed.referral_account or "the rest"), parts.percent(seed.share))
    if len(answer.seeds) > SHOWN:
        table.add_row(f"… {len(answer.seeds) - SHOWN} more (--json)", "")
    yield parts.indent(table)


def _lineage(answer: RiskAnswer) -> Iterator[RenderableType]:
    if not answer.lineage:
        return
    yield parts.section("The money's way from a referred account")
    table = parts.table("*from", "*to", "*time", ">yuan", ">carried", ">stayed")
    for hop in answer.lineage:
        stayed = "" if hop.dwell is None else clock.show_span(hop.dwell)
        row = (hop.from_account, hop.to_account, clock.show(hop.time, seconds=False))
        table.add_row(*map(parts.text, row), parts.yuan(hop.amount), parts.yuan(hop.carried), stayed)
    yield parts.indent(table)


def _what_if(found: WhatIf, lang: str) -> Iterator[RenderableType]:
    """The answer, others of as few facts, and how far was looked."""
    yield parts.section("What if")
    if not found.found:
        yield parts.indent(parts.reason(found.reason_zh, found.reason_en, lang))
    for way in found.found:
        yield parts.bullet(parts.reason(way.reason_zh, way.reason_en, lang))
    line = f"{found.considered} facts considered, {found.left_out} weaker ones left out;"
    line += f" computed anew {parts.plural(found.recomputed, 'time')}"
    line += "; fewer facts are not enough" if found.found and found.fewest else ""
    line += "; the time was over (serve.what_if_s)" if found.stopped else ""
    yield parts.indent(Text(line, style="dim"))


def risk_sheet(answer: RiskSheet, lang: str = "en") -> Group:
    """Risk, then the facts of the account, masked or not."""
    table = parts.table("*fact", "value")
    for name, value in answer.facts.items():
        if value is not None and name != "account_id":
            table.add_row(name, parts.yuan(int(value)) if name == "opening_balance" else parts.text(value))
    sums = answer.totals
    table.add_row("in / out", f"{parts.yuan(sums.inflow)} / {parts.yuan(sums.outflow)} yuan")
    table.add_row("counterparties", f"{sums.counterparties:,} in {parts.plural(sums.payments, 'payment')}")
    title = parts.section("What the bank knows" + (" (masked)" if answer.masked else ""))
    return Group(risk(answer, lang), title, parts.indent(table))
