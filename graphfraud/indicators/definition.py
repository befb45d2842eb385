"""What an indicator is: the header of its SQL file, parsed.

A file `sql/<id>.sql` begins with a comment in which TOML stands between two markers:

    /*@indicator
    id = "out_24h"
    ...
    @*/

The query below it returns the hits only: `account` (number of the account) and `value` (an integer in the unit the
header states). Thresholds reach it as parameters of the same name, never as text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphfraud.core.clock import show_span
from graphfraud.core.money import show_yuan
from graphfraud.errors import GraphFraudError, UsageError

LAYERS = ("transaction", "account_state", "behaviour")
FAMILIES = ("opening", "flow", "cash", "graph", "identifier")
#: families whose hit is evidence of money that moved (contracts.md §4)
MONEY_FAMILIES = frozenset({"flow", "cash"})
UNITS = ("count", "fen", "micros", "e6")
_HEADER = re.compile(r"\A/\*@indicator\n(.*?)@\*/\n(.*)\Z", re.S)
_NAME = re.compile(r"[a-z_]+")
_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")


@dataclass(frozen=True)
class Threshold:
    """A number a query is given; `[indicators.<id>] <name>` in the settings overrides the default."""

    name: str
    default: int
    unit: str
    help: str


@dataclass(frozen=True)
class Indicator:
    """One versioned indicator. What a hit is worth is the scorecard's to say (models/ahp.py)."""

    id: str
    version: int
    layer: str
    family: str
    basis: str  # platform | practice | default: where the thresholds come from (domain.md §4)
    name_zh: str
    name_en: str
    definition: str
    window: str
    unit: str
    requires: tuple[str, ...]
    history: tuple[str, ...]
    wording_zh: str
    wording_en: str
    thresholds: tuple[Threshold, ...]
    query: str
    like: str = ""  # of the bank's own: the shipped indicator that a hit counts as much as

    @property
    def parameters(self) -> frozenset[str]:
        """Names of the parameters the query uses."""
        return parameters(self.query)

    @property
    def tables(self) -> frozenset[str]:
        """Names in the query: those of its tables are among them."""
        return frozenset(_NAME.findall(self.query))

    @property
    def money(self) -> bool:
        """Whether a hit shows how money moved; two such hits are money evidence, which level 1 needs.

        An account's state, such as the balance that is left, shows no movement.
        """
        return self.family in MONEY_FAMILIES and self.layer != "account_state"

    def values(self, overrides: Mapping[str, int]) -> dict[str, int]:
        """Thresholds under the overrides of the settings. Raises UsageError for a name that is not there."""
        known = {t.name: t.default for t in self.thresholds}
        unknown = sorted(set(overrides) - set(known))
        if unknown:
            raise UsageError(
                f"[indicators.{self.id}] has no threshold {', '.join(unknown)}; it has {', '.join(sorted(known))}"
            )
        return known | dict(overrides)

    def wording(self, value: int, overrides: Mapping[str, int]) -> tuple[str, str]:
        """The sentence for an investigator, (zh, en), with the value and the thresholds that held."""
        known = self.values(overrides)
        shown_zh, shown_en = show_value(self.unit, value)
        return self.wording_zh.format(value=shown_zh, **known), self.wording_en.format(value=shown_en, **known)


def parameters(sql: str) -> frozenset[str]:
    """Names of the `$parameters` of a query."""
    return frozenset(_PARAMETER.findall(sql))


def show_value(unit: str, value: int) -> tuple[str, str]:
    """A value for people, (zh, en): fen as yuan, shares in percent, times as spans."""
    if unit == "fen":
        return f"{show_yuan(value)} 元", f"{show_yuan(value)} yuan"
    if unit == "e6":
        text = f"{value // 10_000}.{value % 10_000 // 1000} %"
        return text, text
    if unit == "micros":
        english = show_span(value)
        number, _, word = english.partition(" ")
        return f"{number} {dict(s='秒', min='分钟', h='小时', d='天')[word]}", english
    return f"{value:,}", f"{value:,}"


def parse(stem: str, text: str) -> Indicator:
    """An indicator from the text of its file. Raises GraphFraudError naming the file."""
    found = _HEADER.match(text)
    if found is None:
        raise GraphFraudError(f"indicator {stem}: no header between /*@indicator and @*/ at the start of the file")
    try:
        indicator = _build(tomllib.loads(found[1]), found[2].strip())
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as exc:
        raise GraphFraudError(f"indicator {stem}: header cannot be read: {exc}") from exc
    _check(stem, indicator)
    return indicator


def _build(raw: dict[str, Any], query: str) -> Indicator:
    thresholds = tuple(
        Threshold(name, int(t["default"]), str(t["unit"]), str(t["help"]))
        for name, t in raw.pop("thresholds", {}).items()
    )
    requires = tuple(raw.pop("requires", ()))
    history = tuple(raw.pop("history", ()))
    return Indicator(requires=requires, history=history, thresholds=thresholds, query=query, **raw)


def _check(stem: str, indicator: Indicator) -> None:
    names = {t.name for t in indicator.thresholds}
    problems = [
        (indicator.id != stem, f"its id is {indicator.id}"),
        (indicator.layer not in LAYERS, f"layer {indicator.layer} is none of {', '.join(LAYERS)}"),
        (indicator.family not in FAMILIES, f"family {indicator.family} is none of {', '.join(FAMILIES)}"),
        (indicator.unit not in UNITS, f"unit {indicator.unit} is none of {', '.join(UNITS)}"),
        (indicator.parameters - {"as_of"} != names, "the query must use exactly the thresholds stated"),
        (not names.issuperset(indicator.history), "history must name thresholds in days"),
    ]
    for wrong, message in problems:
        if wrong:
            raise GraphFraudError(f"indicator {stem}: {message}")
