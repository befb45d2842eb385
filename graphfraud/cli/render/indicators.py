"""The indicators of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group

from graphfraud.cli.render import parts

if TYPE_CHECKING:  # the service is slow to import
    from graphfraud.services.indicators import IndicatorsAnswer


def indicators(answer: IndicatorsAnswer, lang: str = "en") -> Group:
    """One row an indicator: what it is worth, what it hit, how many of these are referred."""
    table = parts.table("*indicator", "name", ">points", ">hits", ">referred", ">share", "not computable for want of")
    for row in answer.indicators:
        name = row.name_zh if lang == "zh" else row.name_en
        share = "" if row.referred_share is None else parts.percent(row.referred_share)
        marked = f"{row.indicator_id} v{row.version}{' (own)' if row.own else ''}"
        lack = row.missing if not row.computable else ""
        table.add_row(marked, name, parts.score(row.points), f"{row.hits:,}", f"{row.referred:,}", share, lack)
    known = f"{answer.referred_accounts:,} of {answer.accounts:,} accounts are referred"
    return Group(parts.head("Indicators", answer), parts.indent(table), parts.indent(parts.text(known)))
