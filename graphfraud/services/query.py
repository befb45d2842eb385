"""Catalogue queries: the statements of cypher/read that investigators run by name, with typed parameters.

A parameter is given as text. Times are ISO 8601 with a zone or a date; amounts are yuan (5000 or 49999.5) and become
minor units; lists are separated by commas. Defaults in the header of a file are written the same way. A meaning that
ends with (1 to 5) is a range, and is checked. `limit` and `seen` are given by the runner.

A column of the result is declared in the header as `name` or `name: type`; see `COLUMN_TYPES`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import Field

from graphfraud.core import clock
from graphfraud.core.clock import parse_as_of
from graphfraud.core.query import Budget, Found
from graphfraud.errors import StoreError, UnknownId, UsageError
from graphfraud.services.answers import MILLION, Document
from graphfraud.services.lens import MASKED, Lens
from graphfraud.stores.neo4j import library
from graphfraud.stores.neo4j.library import Parameter, Statement

#: (statement, parameters, budget, accounts asked for) → rows; a store's runner
Ask = Callable[[str, Mapping[str, Any], Budget, Sequence[str]], Found]

PLAIN = Budget()
FOLDER = "read"
OWN = ("store_", "finbench_")  # statements of the store itself and of a benchmark, not of the catalogue
GIVEN = ("limit", "seen")
COLUMN_TYPES = ("text", "integer", "boolean", "time", "amount", "share", "path")
_COLUMN = re.compile(r"(\w+)(?:: (list<)?(\w+)>?)?")
_RANGE = re.compile(r"\((\d+) to ([\d,]+)\)$")
_UNITS = {
    "string": "text",
    "integer": "a whole number",
    "float": "a number",
    "boolean": "true or false",
    "time": "a time: a date, or ISO 8601 with a zone",
    "amount": "an amount in yuan",
    "list<string>": "texts separated by commas",
    "list<integer>": "whole numbers separated by commas",
}
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True)
class QueryParameter:
    """A parameter of a query."""

    name: str
    type: str
    default: Annotated[str | None, Field(description="as on the command line; null: it must be given")]
    meaning: str


@dataclass(frozen=True)
class QueryColumn:
    """A column of the rows of a query."""

    name: str
    type: Annotated[str, Field(description=f"{', '.join(COLUMN_TYPES)}, or list<…> of one")]


@dataclass(frozen=True)
class QueryCard:
    """What stands in the header of a query."""

    name: str
    purpose: str
    parameters: list[QueryParameter]
    columns: list[QueryColumn]
    use_when: str
    cost: str


@dataclass(frozen=True)
class CatalogueAnswer(Document):
    """The queries there are."""

    queries: list[QueryCard]


@dataclass(frozen=True)
class QueryAnswer(Document):
    """The rows of a query. Times are ISO 8601 in Asia/Shanghai, amounts minor units (fen), shares decimals."""

    query: str
    parameters: Annotated[dict[str, Any], Field(description="those given and the defaults, as used")]
    columns: list[QueryColumn]
    rows: Annotated[list[dict[str, Any]], Field(description="an object a row, by column")]
    more: Annotated[bool, Field(description="whether there are more rows than the limit")]
    limit: Annotated[int, Field(description="greatest number of rows")]
    seen: Annotated[int, Field(description="the last finished load; later facts are not in the rows")]

    def as_json(self) -> dict[str, Any]:
        """Plain dicts, lists, numbers and text."""
        kinds = {column.name: column.type for column in self.columns}
        rows = [{name: outward(value, kinds[name]) for name, value in row.items()} for row in self.rows]
        return super().as_json() | {"rows": rows}


def names() -> list[str]:
    """Names of the catalogue's queries, sorted."""
    found = (name.partition("/")[2] for name in library.names(FOLDER))
    return [name for name in found if not name.startswith(OWN)]


def statement(name: str) -> Statement:
    """The statement of a query. Raises UnknownId naming the nearest ones."""
    known = names()
    if name not in known:
        near = difflib.get_close_matches(name, known, 3, 0.5) or [k for k in known if name in k][:3]
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise UnknownId(
            f"there is no query {name!r}; {hint}`graphfraud query --list` prints the {len(known)} there are"
        )
    return library.load(f"{FOLDER}/{name}")


def catalogue(name: str | None = None) -> CatalogueAnswer:
    """Every query, or one. Raises UnknownId."""
    return CatalogueAnswer([card(statement(one)) for one in ([name] if name else names())])


def listed(name: str | None, whole: bool) -> CatalogueAnswer:
    """`--list`: every query, or the one that is named. Raises UsageError where neither is asked, UnknownId."""
    if not whole:
        raise UsageError(f"name a query; `graphfraud query --list` prints the {len(names())} there are")
    return catalogue(name)


def given(texts: Sequence[str]) -> dict[str, str]:
    """`--param NAME=VALUE`, each name once. Raises UsageError."""
    pairs = [text.partition("=") for text in texts]
    wrong = [text for text, (name, sign, _) in zip(texts, pairs, strict=True) if not (name.strip() and sign)]
    if wrong:
        raise UsageError(f"--param {wrong[0]} is not of the form NAME=VALUE, as in --param min_amount=5000")
    made = {name.strip(): value for name, _, value in pairs}
    if len(made) < len(pairs):
        twice = next(one for one in made if sum(name.strip() == one for name, *_ in pairs) > 1)
        raise UsageError(f"--param {twice} is given twice; a list is one parameter, as in --param accounts=A,B,C")
    return made


def card(found: Statement) -> QueryCard:
    """The header of a statement without what the runner gives."""
    own = [QueryParameter(p.name, p.type, p.default, p.meaning) for p in found.parameters if p.name not in GIVEN]
    short = found.name.partition("/")[2]
    return QueryCard(short, found.purpose, own, list(columns(found)), found.use_when, found.cost)


def columns(found: Statement) -> tuple[QueryColumn, ...]:
    """Columns as the header declares them. Raises StoreError naming one of another form."""
    made = []
    for text in found.returns.split(", "):
        match = _COLUMN.fullmatch(text)
        if match is None or (match[3] or "text") not in COLUMN_TYPES:
            raise StoreError(f"cypher/{found.name}.cypher: the column {text!r} is not of the form `name: type`")
        kind = match[3] or "text"
        made.append(QueryColumn(match[1], f"list<{kind}>" if match[2] else kind))
    return tuple(made)


def query(ask: Ask, name: str, given: Mapping[str, str], budget: Budget = PLAIN, lens: Lens = MASKED) -> QueryAnswer:
    """Run a query of the catalogue. Raises UnknownId, UsageError for a parameter, StoreError, StoreBusy."""
    found = statement(name)
    used = values(found, given)
    result = ask(found.name, used, budget, _accounts(used))
    declared = columns(found)
    if result.columns != tuple(column.name for column in declared):
        raise StoreError(f"cypher/{found.name}.cypher returns other columns than its header says")
    if result.unknown:
        raise UnknownId(f"not in the graph: account {', '.join(result.unknown)}")
    rows = [masked(dict(zip(result.columns, row, strict=True)), lens) for row in result.rows]
    shown = {key: _inward(value, kind) for key, value, kind in _typed(found, masked(used, lens))}
    return QueryAnswer(name, shown, list(declared), rows, result.more, budget.rows, result.seen)


def values(found: Statement, given: Mapping[str, str]) -> dict[str, Any]:
    """Parameters as the statement takes them. Raises UsageError naming the parameter, its type and meaning."""
    short = found.name.partition("/")[2]
    own = {p.name: p for p in found.parameters if p.name not in GIVEN}
    for name in given:
        if name in GIVEN:
            raise UsageError(f"{name} is not given with --param; --limit says how many rows")
        if name not in own:
            near = difflib.get_close_matches(name, own, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UsageError(f"query {short} has no parameter {name}{hint} It has: {', '.join(own) or 'none'}")
    absent = [p for p in own.values() if p.name not in given and p.default is None]
    if absent:
        wanted = "; ".join(f"--param {p.name}=… ({_UNITS[p.type]}): {p.meaning}" for p in absent)
        raise UsageError(f"query {short} needs {wanted}")
    return {name: _value(short, p, given.get(name, p.default or "")) for name, p in own.items()}


def masked(value: Any, lens: Lens) -> Any:
    """Rows, maps and lists with identifier values as the lens shows them, at any depth.

    A value is told by its neighbours: `value` beside `kind`, `identifier_value` beside `identifier_kind`.
    """
    if isinstance(value, Mapping):
        inner = {name: masked(one, lens) for name, one in value.items()}
        for prefix in ("", "identifier_"):
            kind, text = inner.get(f"{prefix}kind"), inner.get(f"{prefix}value")
            if isinstance(kind, str) and isinstance(text, str):
                inner[f"{prefix}value"] = lens.identifier(kind, text)
        return inner
    return [masked(one, lens) for one in value] if isinstance(value, list) else value


def outward(value: Any, kind: str) -> Any:
    """A value as JSON has it: times ISO 8601, shares decimals, the rest as it is."""
    if isinstance(value, list):
        inner = kind.removeprefix("list<").removesuffix(">")
        return [outward(one, inner) for one in value]
    if value is None or kind not in ("time", "share"):
        return value
    return clock.iso(value) if kind == "time" else round(value / MILLION, 6)


def _inward(value: Any, kind: str) -> Any:
    return clock.iso(value) if kind == "time" else value


def _typed(found: Statement, used: Mapping[str, Any]) -> list[tuple[str, Any, str]]:
    kinds = {p.name: p.type for p in found.parameters}
    return [(name, value, kinds[name]) for name, value in used.items()]


def short_type(kind: str) -> str:
    """What a parameter is given as, in a word or two."""
    return {"string": "text", "integer": "number", "amount": "yuan"}.get(kind, kind.replace("string", "text"))


def _accounts(used: Mapping[str, Any]) -> list[str]:
    """Ids of the accounts that a query is asked about: the parameters `account`, `other`, `accounts`."""
    found = used.get("accounts", [])
    return [*found, *(used[name] for name in ("account", "other") if name in used)]


def _value(short: str, parameter: Parameter, text: str) -> Any:
    """The value of a parameter given as text. Raises UsageError."""
    try:
        made = _parsed(parameter.type, text.strip())
    except (ValueError, InvalidOperation, UsageError) as exc:
        raise UsageError(
            f"query {short}: {parameter.name}={text} is not {_UNITS[parameter.type]} ({parameter.meaning})"
        ) from exc
    limits = _RANGE.search(parameter.meaning)
    if limits and not int(limits[1]) <= made <= int(limits[2].replace(",", "")):
        raise UsageError(f"query {short}: {parameter.name}={text} is out of range: {parameter.meaning}")
    return made


def _parsed(kind: str, text: str) -> Any:
    """Raises ValueError, InvalidOperation or UsageError where the text is not of the type."""
    if kind.startswith("list<"):
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if not parts:
            raise ValueError("an empty list")
        return [_parsed(kind[5:-1], part) for part in parts]
    if kind == "integer":
        return _whole(Decimal(int(text)))
    if kind == "float":
        return float(text)
    if kind == "boolean":
        return _flag(text)
    if kind == "time":
        return parse_as_of(text)
    if kind == "amount":
        return _whole(Decimal(text.replace(",", "")) * 100)
    if not text:
        raise ValueError("empty")
    return text


def _whole(number: Decimal) -> int:
    if number != number.to_integral_value() or abs(number) >= 1 << 63:
        raise ValueError("not a whole number that the server can hold")
    return int(number)


def _flag(text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise ValueError("neither true nor false")
    return _FLAGS[text.lower()]
