"""The nightly report."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from graphfraud.cli.render import parts
from graphfraud.cli.render.trace import chain
from graphfraud.core import clock
from graphfraud.services.report import ReportAnswer

REASONS = 3


def report(answer: ReportAnswer, lang: str = "en") -> Group:
    """Feeds, rings, riskiest accounts, one chain, victims, what to do next."""
    return Group(*_parts(answer, lang))


def _parts(answer: ReportAnswer, lang: str) -> Iterator[RenderableType]:
    yield parts.head("graphfraud nightly report", answer)
    yield from _feeds(answer)
    yield from _rings(answer, lang)
    yield from _riskiest(answer, lang)
    if answer.chain is not None:
        yield parts.section(f"Reverse trace: where one payment to {answer.chain.account_id} came from")
        yield from chain(answer.chain)
    yield from _victims(answer)
    yield from _ending(answer)


def _feeds(answer: ReportAnswer) -> Iterator[RenderableType]:
    yield parts.section(f"Feeds: {parts.plural(answer.accounts, 'account')}, {answer.referred:,} of them referred")
    table = parts.table("*feed", ">rows", "*first", "*last", ">last day", ">median day")
    for feed in answer.feeds:
        times = (_day(feed.first_time), clock.show(feed.last_time, seconds=False))
        days = ("–" if n is None else f"{n:,.0f}" for n in (feed.last_day_rows, feed.median_day_rows))
        table.add_row(feed.feed, f"{feed.rows:,}", *times, *days)
    yield parts.indent(table)
    bad = answer.quarantined
    yield Text(f"  {bad.rows:,} of {bad.received:,} rows received are in quarantine", "yellow" if bad.rows else "dim")


def _day(time: int | None) -> str:
    return clock.show(time, seconds=False)[:10]


def _rings(answer: ReportAnswer, lang: str) -> Iterator[RenderableType]:
    counts = f"{answer.rings_total:,} with a referred account, {parts.plural(answer.leads_total, 'lead')} without"
    yield parts.section(f"Rings: {counts}")
    for ring in answer.rings:
        line = Text(f"  {ring.ring_id}", style="bold")
        line.append(f"  {parts.plural(ring.members, 'account')}, {ring.referred_members:,} referred", style="not bold")
        line.append(
            f" ({parts.percent(ring.referred_share)}), {parts.yuan(ring.inside_amount)} yuan inside", "not bold"
        )
        yield line
        yield parts.bullet(_evidence(parts.reason(ring.reason_zh, ring.reason_en, lang)))
    if answer.rings_total > len(answer.rings):
        yield Text(f"  … {answer.rings_total - len(answer.rings):,} more: graphfraud export rings", style="dim")


def _evidence(reason: str) -> str:
    """The reason without its first clause, the counts, which stand on the line above."""
    mark = "；" if "；" in reason else "; "
    return reason.partition(mark)[2] or reason


def _riskiest(answer: ReportAnswer, lang: str) -> Iterator[RenderableType]:
    levels = ", ".join(f"{count:,} at level {level}" for level, count in answer.alerts.items()) or "none"
    yield parts.section(f"Riskiest accounts nobody has referred (open alerts: {levels})")
    if not answer.referred:
        yield Text("  no account has been referred: there is nothing yet that risk could spread from", style="yellow")
    for place, account in enumerate(answer.riskiest, 1):
        line = Text(f"  {place}. {account.account_id}", style="bold")
        line.append(f"  score {parts.score(account.score)}", style="not bold")
        line.append(f"  level {account.level or '–'}", style=parts.LEVEL_STYLE.get(account.level or 0, "dim"))
        if account.alert is None:
            line.append(f"  ring {account.ring_id or '–'}", style="not bold")
            yield line
            continue
        if account.alert.due_at is not None:
            line.append(f", answer by {clock.show(account.alert.due_at, seconds=False)}", style="not bold")
        yield line
        for why in account.alert.reasons[:REASONS]:
            yield parts.bullet(parts.reason(why.reason_zh, why.reason_en, lang))


def _victims(answer: ReportAnswer) -> Iterator[RenderableType]:
    counts = ", ".join(f"{count:,} {grade}" for grade, count in answer.victim_payers.items() if count) or "none"
    yield parts.section(f"Possible victims who have not reported: {counts}")
    table = parts.table("*payer", "*paid", ">yuan", "*day", "*who is", ">points")
    for victim in answer.victims:
        row = (victim.account_id, victim.payee, parts.yuan(victim.amount), _day(victim.time))
        table.add_row(*row, victim.ring_id or "referred", f"{victim.points}")
    if answer.victims:
        yield parts.indent(table)
    yield Text("  graphfraud victims: all of them, with reasons", style="dim")
    yield parts.section(f"Who may pay next, to rings at work in the last 72 h: {answer.next_total:,}")
    table = parts.table("*payer", "*paid", ">yuan", "*day", "*who is", "*so far")
    for payer in answer.next_victims:
        row = (payer.account_id, payer.payee, parts.yuan(payer.amount), _day(payer.time))
        table.add_row(*row, payer.ring_id or "referred", payer.kind + (", reported" if payer.reported else ""))
    if answer.next_victims:
        yield parts.indent(table)


def _ending(answer: ReportAnswer) -> Iterator[RenderableType]:
    if answer.not_computable:
        missing = "; ".join(f"{m.indicator_id} ({m.missing})" for m in answer.not_computable)
        yield parts.section("Indicators that could not be computed, for want of columns")
        yield Text(f"  {missing}")
    state = "published, live" if answer.live else "published beside the live run (--publish makes it live)"
    yield parts.section("Run")
    yield Text(f"  {answer.run_id}: {state}\n  findings {answer.findings_hash[:16]}…")
    yield parts.section("What to do next")
    for step in answer.next_steps:
        yield Text(f"  {step}", style="cyan")
