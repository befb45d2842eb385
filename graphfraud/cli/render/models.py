"""The card of a run's models."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from graphfraud.cli.render import parts
from graphfraud.core import clock
from graphfraud.services.models import Drift, ModelsAnswer


def models(answer: ModelsAnswer) -> Group:
    """What was fitted on what, its figures, its drift."""
    return Group(*_parts(answer))


def _parts(answer: ModelsAnswer) -> Iterator[RenderableType]:
    yield parts.head(f"Models, version {answer.version[:12]}", answer)
    yield parts.indent(_fitted(answer))
    yield parts.section("Left-out referred accounts among the first 1 % of persons")
    table = parts.table("*score", ">share")
    for name, share in answer.hidden_referrals.items():
        table.add_row(name, "–" if share is None else f"{share:.1%}")
    yield parts.indent(table)
    yield from _calibration(answer)
    yield from _drift(answer.drift)
    yield parts.section("Accounts by level")
    table = parts.table("*level", ">accounts", ">run before")
    for row in answer.levels:
        table.add_row(str(row.level or "none"), f"{row.accounts:,}", "–" if row.before is None else f"{row.before:,}")
    yield parts.indent(table)
    yield parts.section("Features")
    table = parts.table("*feature", "*may move a score", "why")
    for feature in answer.features:
        table.add_row(feature.name, feature.direction, feature.why)
    yield parts.indent(table)


def _fitted(answer: ModelsAnswer) -> Text:
    labels = answer.labels
    text = Text(f"facts from {clock.show(answer.window_from, seconds=False)}; {answer.persons:,} persons' accounts")
    if labels.kind == "none":
        text.append("\nboosted trees: not fitted, there are too few referrals; the isolation forest and the indicators")
        text.append(" stand in for them")
    else:
        text.append(
            f"\nboosted trees on {labels.kind}: {labels.referred:,} referred, {labels.pseudo:,} put first by the"
        )
        text.append(f" walk, {labels.unlabelled:,} unlabelled of {labels.drawn_from:,}")
        text.append(
            f"\nfive folds of whole cases, rings and holders with {', '.join(map(str, answer.folds))} positives"
        )
    named = ", ".join(f"{name} {version}" for name, version in answer.libraries.items())
    text.append(f"\nseed {answer.seed} · {named}", style="dim")
    return text


def _calibration(answer: ModelsAnswer) -> Iterator[RenderableType]:
    yield parts.section("Probability")
    if not answer.calibration:
        yield Text("  Cannot be said: too few referred accounts, or they do not show how pure the score is.", "dim")
        return
    yield Text(f"  from {answer.left_out:,} left-out referred accounts; share of ring members found {answer.prior:.2%}")
    table = parts.table(">score of the walk from", ">probability", ">rests on")
    seen: set[tuple[float, int]] = set()
    steps = [s for s in reversed(answer.calibration) if not (_same(s.probability, s.support, seen))]
    for step in reversed(steps):
        table.add_row(f"{step.score:.3g}", f"{step.probability:.1%}", f"{step.support}")
    yield parts.indent(table)


def _same(probability: float, support: int, seen: set[tuple[float, int]]) -> bool:
    """Whether a step of this pool was shown already."""
    known = (probability, support) in seen
    seen.add((probability, support))
    return known


def _drift(found: Drift | None) -> Iterator[RenderableType]:
    yield parts.section("Drift against the run before")
    if found is None:
        yield Text("  There is no run before that had models.", "dim")
        return
    table = parts.table("*column", ">PSI", ">KS", ">missing before", ">now", "")
    for row in sorted(found.columns, key=lambda r: (-r.psi, r.name)):
        missing = (f"{row.missing_before:.1%}", f"{row.missing_now:.1%}")
        mark = "moved" if row.flagged else ""
        table.add_row(
            row.name, f"{row.psi:.4f}", f"{row.ks:.4f}", *missing, mark, style="yellow" if row.flagged else ""
        )
    yield parts.indent(table)
    for name, columns in (("new", found.new), ("gone", found.gone)):
        if columns:
            yield Text(f"  {name}: {', '.join(columns)}", style="yellow")
