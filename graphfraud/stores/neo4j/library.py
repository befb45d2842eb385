"""The Cypher library: one statement per file in cypher/, each with a header that says what it is for.

The header is the comment at the top of a file:

    // What it answers, in one line (or more).
    //
    // parameters:
    //   accounts: list<string> -- account ids
    //   limit: integer = 200 -- greatest number of rows
    // returns: account, time, amount
    // use when: an investigator wants …
    // cost: one index seek an account, then its transfers
    // plan: allows Eager because rows are created beside the ones read

`parameters`, `plan` and the default of a parameter can be left out; several `plan` lines may stand there. Types are
string, integer, float, boolean, time (UTC µs), amount (minor units), list<string>, list<integer> and rows. Files of
cypher/schema hold several statements, each ended by a semicolon.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path

from graphfraud.errors import StoreError, UnknownId

_SCALARS = ("string", "integer", "float", "boolean", "time", "amount", "rows")
TYPES = frozenset({*_SCALARS, *(f"list<{scalar}>" for scalar in _SCALARS[:4])})
_PARAMETER = re.compile(r"(\w+): (\S+)(?: = (.+?))? -- (.+)")
_PLAN = re.compile(r"allows (\w+) because (.+)")
_FIELD = re.compile(r"(parameters|returns|use when|cost|plan):\s*(.*)")


@dataclass(frozen=True)
class Parameter:
    """A parameter of a statement. `default` is the text in the header, None where it must be given."""

    name: str
    type: str
    meaning: str
    default: str | None = None


@dataclass(frozen=True)
class Statement:
    """A file of the library. `text` is the Cypher without the header; `allows` maps plan operators to reasons."""

    name: str  # folder/stem
    purpose: str
    parameters: tuple[Parameter, ...]
    returns: str
    use_when: str
    cost: str
    text: str = field(repr=False)
    allows: Mapping[str, str] = field(default_factory=dict)

    @property
    def statements(self) -> tuple[str, ...]:
        """The statements of a schema file, in order."""
        return tuple(part.strip() for part in self.text.split(";") if part.strip())

    @property
    def checksum(self) -> str:
        """SHA-256 of the Cypher, white space aside."""
        return hashlib.sha256(" ".join(self.text.split()).encode()).hexdigest()


def folder() -> Path:
    """Where the library lies: packaged in the wheel, else beside the checkout. Raises StoreError."""
    packaged = Path(str(resources.files("graphfraud"))) / "_cypher"
    checkout = Path(__file__).resolve().parents[3] / "cypher"
    for found in (packaged, checkout):
        if found.is_dir():
            return found
    raise StoreError("the Cypher library is not part of this installation; install graphfraud again")


def names(under: str) -> list[str]:
    """Names of the statements in one of schema, load, read, write; sorted."""
    return sorted(f"{under}/{path.stem}" for path in (folder() / under).glob("*.cypher"))


@cache
def load(name: str) -> Statement:
    """The statement `folder/stem`. Raises UnknownId if there is none, StoreError if its header is not of the form."""
    file = folder() / f"{name}.cypher"
    if not re.fullmatch(r"\w+/\w+", name) or not file.is_file():
        raise UnknownId(f"there is no Cypher statement {name!r} in the library")
    return parse(name, file.read_text(encoding="utf-8"))


def parse(name: str, source: str) -> Statement:
    """A statement from the text of its file. Raises StoreError naming the line that is not of the form."""
    lines = source.splitlines()
    count = next((n for n, line in enumerate(lines) if not line.startswith("//")), len(lines))
    header = [line[2:] for line in lines[:count]]
    fields = _fields(name, header)
    absent = [key for key in ("purpose", "returns", "use when", "cost") if not fields.get(key)]
    if absent:
        raise StoreError(f"cypher/{name}.cypher lacks in its header: {', '.join(absent)}")
    plans = [_matched(name, _PLAN, line) for line in fields.get("plan", [])]
    return Statement(
        name=name,
        purpose=" ".join(fields["purpose"]),
        parameters=tuple(_parameter(name, line) for line in fields.get("parameters", [])),
        returns=" ".join(fields["returns"]),
        use_when=" ".join(fields["use when"]),
        cost=" ".join(fields["cost"]),
        text="\n".join(lines[count:]).strip(),
        allows={found.group(1): found.group(2) for found in plans},
    )


def _fields(name: str, header: list[str]) -> dict[str, list[str]]:
    """Lines of the header by field; a line that starts no field continues the one before it."""
    fields: dict[str, list[str]] = {}
    key = "purpose"
    for line in header:
        found = _FIELD.fullmatch(line.strip())
        if found is not None:
            key = found.group(1)
            fields.setdefault(key, []).extend([found.group(2)] if found.group(2) else [])
        elif line.strip():
            fields.setdefault(key, []).append(line.strip())
    return fields


def _parameter(name: str, line: str) -> Parameter:
    found = _matched(name, _PARAMETER, line)
    key, type_, default, meaning = found.groups()
    if type_ not in TYPES:
        raise StoreError(f"cypher/{name}.cypher: parameter {key} has the unknown type {type_}")
    return Parameter(key, type_, meaning, default)


def _matched(name: str, pattern: re.Pattern[str], line: str) -> re.Match[str]:
    found = pattern.fullmatch(line)
    if found is None:
        raise StoreError(f"cypher/{name}.cypher: this line of the header is not of the form: {line}")
    return found
