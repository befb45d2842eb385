"""Possible ways of cash, under the trace and apart from it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from graphfraud.cli.render import parts
from graphfraud.services.hypotheses import CashHypotheses

SHOWN = 10


def hypotheses(found: CashHypotheses, lang: str = "en") -> Iterator[RenderableType]:
    """Nothing where there is none; else how many chance makes, then each."""
    if not found.ways:
        return
    yield parts.section(
        "现金的可能去向（虚线，未经证实）" if lang == "zh" else "Possible ways of cash (dashed, not proven)"
    )
    yield Text(f"  {found.text_zh if lang == 'zh' else found.text_en}", style="yellow")
    for way in found.ways[:SHOWN]:
        yield parts.bullet(parts.reason(way.text_zh, way.text_en, lang))
    if len(found.ways) > SHOWN:
        yield Text(f"  … {len(found.ways) - SHOWN:,} more: --json or --out", style="dim")
