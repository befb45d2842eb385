"""The bank's own indicators: SQL files like the shipped ones, from the folder [own_indicators] folder.

Such a file is read with the settings, so that a run depends on nothing but its facts and its settings. It has the
header of a shipped one and one line more: `like = "<id>"`, the shipped indicator that a hit counts as much as. That is
one more judgement of the pairwise comparison (models/ahp.py), of equal weight, so the comparison stays consistent.
"""

from __future__ import annotations

import re
from functools import lru_cache

import duckdb
import pyarrow as pa

from graphfraud.errors import GraphFraudError, UsageError
from graphfraud.indicators.definition import Indicator, parse
from graphfraud.indicators.engine import Engine
from graphfraud.indicators.exact import inexact, writing
from graphfraud.indicators.library import catalogue
from graphfraud.indicators.needs import known as known_need
from graphfraud.settings import Settings

HELP = "docs/own-indicators.md says what a file must have"
_ID = re.compile(r"[a-z][a-z0-9_]*")


def own(settings: Settings) -> tuple[Indicator, ...]:
    """The bank's own indicators, in order of id. Raises UsageError that names the file and what is wrong with it."""
    return tuple(_read(name, text) for name, text in sorted(settings.own_indicators.files.items()))


def everything(settings: Settings) -> tuple[Indicator, ...]:
    """The shipped indicators and the bank's own, in order of id."""
    return tuple(sorted((*catalogue(), *own(settings)), key=lambda i: i.id))


def money_indicators(settings: Settings) -> tuple[str, ...]:
    """Ids of those whose hits are money evidence."""
    return tuple(i.id for i in everything(settings) if i.money)


def rehearse(indicator: Indicator, engine: Engine) -> None:
    """Run the query on the tables of an engine, which may be empty.

    Raises UsageError for an unknown table or column, for columns other than account and value, and values that are no
    integers.
    """
    values = {t.name: t.default for t in indicator.thresholds} | {"as_of": 0}
    try:
        found = engine.rows(indicator.query, values)
    except GraphFraudError as exc:
        raise wrong(indicator.id, str(exc.__cause__)) from exc
    if sorted(found.column_names) != ["account", "value"]:
        raise wrong(indicator.id, f"it returns {', '.join(found.column_names)}; it must return account and value")
    for field in found.schema:
        if not (pa.types.is_integer(field.type) or pa.types.is_decimal128(field.type)):
            raise wrong(indicator.id, f"{field.name} is {field.type}; it must be an integer")


def wrong(name: str, problem: str) -> UsageError:
    """An own indicator that cannot be used."""
    return UsageError(f"own indicator {name}.sql: {problem}; {HELP}")


@lru_cache(maxsize=256)
def _read(name: str, text: str) -> Indicator:
    try:
        found = parse(name, text.replace("\r\n", "\n"))
    except GraphFraudError as exc:
        raise wrong(name, str(exc).removeprefix(f"indicator {name}: ")) from exc
    for problem in (_of_header(found), _of_query(found.query)):
        if problem:
            raise wrong(name, problem)
    return found


def _of_header(indicator: Indicator) -> str:
    shipped = {i.id for i in catalogue()}
    if not _ID.fullmatch(indicator.id):
        return "its name must be small letters, digits and _"
    if indicator.id in shipped:
        return "a shipped indicator has this id: choose another"
    if indicator.like not in shipped:
        return f"like = {indicator.like!r}: it must name the shipped indicator that a hit counts as much as"
    strange = sorted(need for need in indicator.requires if not known_need(need))
    if strange:
        return f"requires names no column, table or finding: {', '.join(strange)}"
    try:
        indicator.wording(1, {})
    except (KeyError, IndexError, ValueError) as exc:
        return f"the wording may use {{value}} and the thresholds in braces, not {exc}"
    return ""


def _of_query(query: str) -> str:
    try:
        with duckdb.connect(":memory:") as connection:
            statements = connection.extract_statements(query)
    except duckdb.Error as exc:
        return str(exc)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        return f"it must be one SELECT; it has {', '.join(s.type.name for s in statements) or 'no statement'}"
    if words := writing(query):
        return f"it must only read: {', '.join(words)}"
    if found := inexact(query):
        what = "; ".join(f"{kind}: {', '.join(sorted(set(words)))}" for kind, words in found.items())
        return f"its answer could differ from machine to machine ({what})"
    return ""
