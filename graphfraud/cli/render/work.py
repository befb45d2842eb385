"""What commands that change something say they did."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from graphfraud.cli.render import parts
from graphfraud.cli.render.report import report
from graphfraud.core import clock
from graphfraud.services.export import ExportAnswer
from graphfraud.services.outcome import (
    Changes,
    CheckAnswer,
    FixAnswer,
    IngestAnswer,
    InitAnswer,
    NightlyAnswer,
    QuarantineAnswer,
    ReferAnswer,
    ServeAnswer,
    VersionAnswer,
)

SHOWN = 40


def exported(answer: ExportAnswer) -> Text:
    """Where the file is."""
    return Text(f"{parts.plural(answer.rows, 'row')} of {answer.kind} of run {answer.run_id} → {answer.path}")


def initialised(answer: InitAnswer) -> Group:
    """The workspace, what was loaded, what to do next."""
    loaded = [] if answer.ingested is None else [ingested(answer.ingested)]
    step = f"graphfraud {'ingest FOLDER' if answer.ingested is None else 'nightly'} --workspace {answer.workspace}"
    next_ = Text.assemble("next: ", (step, "cyan"))
    return Group(Text(f"workspace {answer.workspace}, settings in {answer.settings}"), *loaded, next_)


def ingested(answer: IngestAnswer) -> Group:
    """One line a file; what was refused and why."""
    table = parts.table("*file", "read as", ">received", ">new", ">unchanged", ">twice", ">quarantined")
    for file in answer.files:
        how = " ".join(h for h in (file.profile, file.encoding, "dates only" if file.date_only else "") if h)
        counts = (file.received, file.loaded, file.unchanged, file.duplicates, file.quarantined)
        table.add_row(parts.text(file.file), parts.text(how), *(f"{n:,}" for n in counts))
    refused = [Text(f"refused: {file}: {why}", style="red") for file, why in answer.refused.items()]
    bad = Text(f"{answer.quarantined:,} rows in quarantine: graphfraud quarantine list", style="yellow")
    applied = Text(f"{parts.plural(len(answer.referrals_applied), 'referral or withdrawal')} applied that had waited")
    notes = [bad] * bool(answer.quarantined) + [applied] * bool(answer.referrals_applied)
    return Group(table, *refused, *notes)


def quarantine(answer: QuarantineAnswer) -> Group:
    """Counts by reason, then rows."""
    lines: list[RenderableType] = [Text(f"{parts.plural(answer.total, 'row')} in quarantine", style="bold")]
    for table, codes in answer.counts.items():
        lines.append(Text(f"  {table}: " + ", ".join(f"{code} {n:,}" for code, n in codes.items())))
    rows = parts.table(">id", "*file", ">line", "column", "value", "reason")
    for row in answer.rows[:SHOWN]:
        rows.add_row(str(row.id), *map(parts.text, (row.file, row.line, row.column, row.value, row.reason)))
    more = len(answer.rows) - SHOWN
    lines += [rows] if answer.rows else []
    lines += [Text(f"  … {more:,} more (--json, or --out FILE)", style="dim")] if more > 0 else []
    if answer.exported:
        lines.append(
            Text(f"written to {answer.exported}; correct it, then: graphfraud quarantine fix {answer.exported}")
        )
    return Group(*lines)


def fixed(answer: FixAnswer) -> Group:
    """What is right now and what is not."""
    lines = [Text(f"{parts.plural(len(answer.fixed), 'row')} corrected and loaded")]
    lines += [Text(f"{parts.plural(len(answer.unchanged), 'row')} unchanged")] * bool(answer.unchanged)
    return Group(*lines, *(Text(f"row {i} is still wrong: {why}", "yellow") for i, why in answer.still_bad.items()))


def referred(answer: ReferAnswer) -> Group:
    """What was taken in, and when it takes effect."""
    state = "waiting: a run holds the store; applied next" if answer.waiting else "applied"
    lines = [
        Text(
            f"{row.kind} {row.referral_id}" + (f" of account {row.account_id}" if row.account_id else "") + f": {state}"
        )
        for row in answer.taken
        if row.referral_id not in answer.refused
    ]
    if answer.taken:
        since = clock.show(max(row.known_at for row in answer.taken))
        lines.append(
            Text(f"runs as of {since} or later take it in (nightly --as-of TIME; default: the last payment known)")
        )
    lines += [Text(f"{id_}: refused, {why}", style="red") for id_, why in answer.refused.items()]
    for account in answer.unknown_accounts:
        lines.append(
            Text(f"account {account} has no payment here yet: kept, it takes effect when it arrives", "yellow")
        )
    if answer.quarantined:
        lines.append(
            Text(f"{parts.plural(answer.quarantined, 'row')} in quarantine: graphfraud quarantine list", "yellow")
        )
    return Group(*lines, Text.assemble("next: ", ("graphfraud nightly", "cyan")))


def nightly(answer: NightlyAnswer, lang: str = "en") -> Group:
    """The report of a published run, or what a dry run would change."""
    seconds = sum(stage.wall_s for stage in answer.stages)
    stages = ", ".join(f"{stage.stage} {stage.wall_s:.1f}" for stage in answer.stages)
    took = Text(f"\n{seconds:.1f} s in stages: {stages}", style="dim")
    aside = [Text(f"guards set aside: {reason}", style="yellow") for reason in answer.overrides]
    if answer.report is None:
        head = parts.head("Dry run: nothing is published", answer)
        return Group(head, *_changes(answer.changes), *aside, took)
    changes = list(_changes(answer.changes)) if answer.changes.predecessor else []
    return Group(report(answer.report, lang), *changes, *aside, took)


def _changes(found: Changes) -> Iterator[RenderableType]:
    against = f"Against run {found.predecessor}" if found.predecessor else "There is no earlier run: everything is new"
    yield parts.section(against)
    counts = ((len(found.opened), "opened"), (len(found.closed), "closed"), (len(found.moved), "changed level"))
    yield Text("  alerts: " + ", ".join(f"{n:,} {what}" for n, what in counts))
    events = ", ".join(f"{len(ids):,} {event}" for event, ids in found.rings.items())
    yield Text(f"  rings: {events or 'as before'}")
    if found.levels_changed is not None:
        yield Text(f"  accounts with another level: {found.levels_changed:,}")


def checked(answer: CheckAnswer) -> Group:
    """One line for each thing verified."""
    lines = []
    for item in answer.items:
        mark = ("wrong ", "bold red") if item.problem else ("ok    ", "green")
        lines.append(Text.assemble(mark, f"{item.what}: {item.problem or item.detail}"))
    return Group(*lines)


def serving(answer: ServeAnswer) -> Text:
    """Where, and with which key."""
    said = Text(f"serving {answer.url} (OpenAPI at /openapi.json); the key for X-API-Key is in {answer.key_file}")
    if answer.open_to_others:
        said.append(
            "\nother machines can reach it and nothing encrypts it: put a proxy with TLS in front", style="yellow"
        )
    return said


def version(answer: VersionAnswer) -> Group:
    """Versions and profiles."""
    table = parts.table("*part", "version")
    for name, number in answer.versions.items():
        table.add_row(name, number)
    return Group(
        Text(f"graphfraud {answer.graphfraud}", style="bold"), table, Text(f"profiles: {', '.join(answer.profiles)}")
    )
