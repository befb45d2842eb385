"""Mapping profiles: files that map a foreign table onto the canonical ones. Adding a source is adding a file.

A profile (TOML) names the *fields* it reads (from which columns, as which kind, under which rule) and the *outputs* it
makes of them. Column values of an output are written as

    "field"                                     the field
    {value = "text"}                            a constant
    {first = ["a", "b"]}                        the first that is there
    {by = "f", out = …, in = …, else = …}       by the value of a field (flags: true/false)
    {abs = "f"} · {minus = "f"}                 size of an amount; the amount with its sign turned
    {present = "f"}                             whether a field is there
    {join = ["a", "b"], with = "/"}             together, if all are there
    {hash = ["a", "b"]}                         twelve digits that stand for these fields together

`values` gives such a value a name, for use in outputs and in other values.

Kinds of fields: text, id, amount (integer minor units), yuan (decimal yuan), time, count, flag, word (by `words`), and
the derived `sign` (negative/positive) and `contains` (whether any of the `words` occurs in the `of` fields).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from fnmatch import fnmatch
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graphfraud.core.schemas import TABLES, Kind, TableSpec
from graphfraud.errors import UsageError
from graphfraud.ingest.detect import clean_name

FieldKind = Literal["text", "id", "amount", "yuan", "time", "count", "flag", "word", "sign", "contains"]
Value = str | dict[str, Any]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class SourceField(_Frozen):
    """One field: the columns it may come from, how a cell is read, and what must hold."""

    kind: FieldKind = "text"
    columns: tuple[str, ...] = ()
    required: bool = False  # the column must exist and every cell be there
    rule: Literal["", "positive", "not_zero", "not_negative"] = ""
    words: dict[str, str] = {}
    null: tuple[str, ...] = ()  # patterns (glob) of cells that state nothing: masked names, zero addresses
    cut: str = ""  # regular expression taken off the end: a sub-account suffix
    of: tuple[str, ...] = ()  # sign, contains: the fields looked at


class Output(_Frozen):
    """Facts of one table that a row gives, if `when` holds. `derived` ones come beside the row's own."""

    table: str
    columns: dict[str, Value]
    when: dict[str, tuple[str, ...]] = {}  # field or value: what it may be, or `present` / `absent`
    derived: bool = False

    @property
    def spec(self) -> TableSpec:
        return TABLES[self.table]


class BalanceChain(_Frozen):
    """Where a statement states no direction, its running balance does."""

    account: Value
    direction: str
    amount: str
    balance: str
    order: tuple[str, ...]
    out: str = "out"
    into: str = "in"


class Match(_Frozen):
    """How a file is recognised: by glob of its name, or by columns that must all be in its header."""

    files: tuple[str, ...] = ()
    header: tuple[str, ...] = ()


class Profile(_Frozen):
    """A mapping from one kind of source file to facts."""

    name: str
    title: str = ""
    reader: Literal["table", "pacs008"] = "table"
    match: Match = Match()
    fields: dict[str, SourceField]
    values: dict[str, Value] = {}
    outputs: tuple[Output, ...]
    balance_chain: BalanceChain | None = None

    @property
    def table(self) -> str:
        """The table of the first output: the one the file is named after in reports."""
        return self.outputs[0].table

    def sources(self, header: list[str]) -> dict[str, str]:
        """Field → column of this header; fields without one are left out."""
        found = {clean_name(h): h for h in reversed(header)}
        pairs = ((name, next((found[c] for c in map(clean_name, f.columns) if c in found), None))
                 for name, f in self.fields.items())  # fmt: skip
        return {name: column for name, column in pairs if column is not None}

    def knows(self, column: str) -> bool:
        """Whether the profile reads a column of this name."""
        return clean_name(column) in self._known

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(clean_name(c) for f in self.fields.values() for c in f.columns)


def load_profile(path: Path) -> tuple[Profile, ...]:
    """The profiles of a file, named after it, so that its quarantined rows find it again. Raises UsageError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"profile {path} cannot be read: {exc}") from exc
    return tuple(p.model_copy(update={"name": str(path.resolve())}) for p in _parse(text, path.name))


def _parse(text: str, name: str) -> tuple[Profile, ...]:
    try:
        document = tomllib.loads(text)
        if document.get("tables"):
            return tuple(_canonical(document, table) for table in TABLES)
        return (Profile.model_validate(document),)
    except (tomllib.TOMLDecodeError, ValidationError) as exc:
        raise UsageError(f"profile {name}: {exc}") from exc


@cache
def packaged() -> dict[str, tuple[Profile, ...]]:
    """The profiles of this package by file name; `canonical` holds one for each table."""
    folder = resources.files("graphfraud.ingest") / "profiles"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return {f.name.removesuffix(".toml"): _parse(f.read_text(encoding="utf-8"), f.name) for f in files}


def canonical(table: str) -> Profile:
    """Our own columns of one table."""
    return next(p for p in packaged()["canonical"] if p.table == table)


def by_name(name: str) -> tuple[Profile, ...]:
    """The profiles called `name`, a packaged one or a TOML file. Raises UsageError listing what there is."""
    if name in packaged():
        return packaged()[name]
    if name in TABLES:
        return (canonical(name),)
    if name.endswith(".toml") and Path(name).exists():
        return load_profile(Path(name))
    there = ", ".join([*packaged(), *TABLES])
    raise UsageError(f"no profile '{name}'; there are {there}, or give a .toml file")


def choose(path: Path, header: list[str], wanted: tuple[Profile, ...] | None = None) -> tuple[Profile, str] | None:
    """The profile of a file and how it was recognised: `name`, `header` or `given`; None when nothing fits."""
    pool = wanted or tuple(p for group in packaged().values() for p in group)
    if wanted is not None and len(wanted) == 1:
        return wanted[0], "given"
    names = {clean_name(h) for h in header}
    name = path.name.lower()
    for profile in pool:
        if any(fnmatch(name, pattern) for pattern in profile.match.files) and (
            not header or any(profile.knows(h) for h in header)
        ):
            return profile, "name"
    fits = [p for p in pool if p.match.header and names >= set(map(clean_name, p.match.header))]
    best = max(fits, key=lambda p: len(p.match.header), default=None)
    return (best, "header") if best else None


_KINDS: Mapping[Kind, FieldKind] = {
    Kind.TEXT: "text",
    Kind.AMOUNT: "amount",
    Kind.TIME: "time",
    Kind.COUNT: "count",
    Kind.FLAG: "flag",
}


class _CanonicalTable(_Frozen):
    """What the canonical profile adds to the schema of a table."""

    header: tuple[str, ...]
    fields: dict[str, dict[str, Any]] = {}
    columns: dict[str, Value] = {}
    outputs: tuple[Output, ...] = Field(default=())


def _canonical(document: Mapping[str, Any], table: str) -> Profile:
    """The profile of a canonical table: its schema, and the rules that canonical.toml adds."""
    added = _CanonicalTable.model_validate(document["tables"][table])
    spec = TABLES[table]
    fields: dict[str, dict[str, Any]] = {
        c.name: {"kind": _KINDS[c.kind], "columns": (c.name,), "required": c.required} for c in spec.columns
    }
    fields["known_at"] = {"kind": "time", "columns": ("known_at",)}
    for name, extra in added.fields.items():
        fields[name] = {"columns": (name,), **fields.get(name, {}), **extra}
    columns: dict[str, Value] = {**{n: n for n in spec.names}, "known_at": "known_at", **added.columns}
    return Profile(
        name=f"canonical/{table}",
        title=f"graphfraud's own table {table}",
        match=Match(files=(f"{table}.*",), header=added.header),
        fields={n: SourceField.model_validate(f) for n, f in fields.items()},
        outputs=(Output(table=table, columns=columns), *added.outputs),
    )
