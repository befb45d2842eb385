"""What a run changed, and which new facts are behind it."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from graphfraud.cli.render import parts
from graphfraud.core import clock
from graphfraud.services.changes import Change, ChangesAnswer

WORDS = {
    "opened": ("预警新增", "alert opened"),
    "closed": ("预警关闭", "alert closed"),
    "moved": ("预警等级变化", "alert moved"),
    "born": ("团伙出现", "ring born"),
    "grown": ("团伙扩大", "ring grown"),
    "shrunk": ("团伙缩小", "ring shrunk"),
    "merged": ("团伙合并", "rings merged"),
    "split": ("团伙分裂", "ring split"),
    "dormant": ("团伙休眠", "ring dormant"),
    "revived": ("团伙复活", "ring revived"),
}
CERTAINTY = {
    "verified": (
        "已验证：去掉这些新事实重新计算，变化不再出现",
        "verified: recomputed without these facts, it does not happen",
    ),
    "likely": ("很可能的原因", "likely because of"),
    "neighbourhood": ("自身没有新事实，周边有变化", "no new fact of its own; the neighbourhood changed"),
    "time": ("没有新事实", "no new fact"),
}


def changes(answer: ChangesAnswer, lang: str = "en") -> Group:
    """The changes, each with its causes."""
    lines: list[RenderableType] = [parts.head("What changed", answer)]
    if answer.predecessor is None or answer.predecessor_as_of is None:
        return Group(*lines, Text("this run has no predecessor: everything in it is new"))
    lines.append(Text(f"against {answer.predecessor} as of {clock.show(answer.predecessor_as_of, seconds=False)}"))
    if not answer.changes:
        lines.append(Text("nothing: the same alerts at the same levels, the same rings"))
    for change in answer.changes:
        lines += _change(change, 0 if lang == "zh" else 1)
    if answer.left_out:
        lines.append(Text(f"and {parts.plural(answer.left_out, 'more change')} (--limit)", style="dim"))
    return Group(*lines)


def _change(change: Change, lang: int) -> list[RenderableType]:
    who = change.account_id or change.subject
    moved = f"{_or_none(change.was)} → {_or_none(change.now)}"
    unit = ("级", "level") if change.account_id else ("人", "members")
    shown = f" ({unit[lang]} {moved}, +{len(change.joined)} −{len(change.left)})"
    if change.account_id:
        shown = f" ({unit[lang]} {moved})"
    line = Text(f"\n{WORDS[change.what][lang]} {who}{shown}", style="bold")
    causes = [parts.bullet(parts.reason(c.reason_zh, c.reason_en, "zh" if lang == 0 else "en")) for c in change.causes]
    more = [Text(f"     +{change.more_causes}", style="dim")] if change.more_causes else []
    return [line, parts.indent(CERTAINTY[change.certainty][lang]), *causes, *more]


def _or_none(value: int | None) -> str:
    return "–" if value is None else str(value)
