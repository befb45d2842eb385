"""A file of cases with expected answers, and what makes an answer right (contracts.md §5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from graphfraud.errors import InputError
from graphfraud.trace.finbench.answer import Answer
from graphfraud.trace.finbench.reads import READS

LISTED = 200  # rows that are compared
_PLACES = Decimal("0.001")


@dataclass(frozen=True)
class Case:
    """One question and its answer: all rows are counted, the first 200 are listed."""

    params: Mapping[str, Any]
    rows: int
    listed: list[dict[str, Any]]

    def difference(self, answer: Answer | None) -> str | None:
        """What is wrong with an answer; None where it is right. None as an answer stands for no rows."""
        found = 0 if answer is None else len(answer)
        if found != self.rows:
            return f"{found} rows, expected {self.rows}"
        given = [] if answer is None else answer.rows(LISTED)
        if len(given) != len(self.listed):
            return f"{len(self.listed)} rows are listed, expected {len(given)}"
        for row, (have, want) in enumerate(zip(given, self.listed, strict=True)):
            if _comparable(have) != _comparable(want):
                return f"row {row}: {_shown(have)}, expected {_shown(want)}"
        return None


def read_cases(path: Path) -> dict[str, list[Case]]:
    """Cases per read: `{read: [{params, n, result}]}`. Numbers keep every digit. Raises InputError."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, ValueError) as exc:
        raise InputError(f"no file of cases can be read at {path}: {exc}") from exc
    if not isinstance(raw, dict):
        raise InputError(f"{path.name} is not a file of cases: it has to be an object, read → list of cases")
    unknown = [name for name in raw if name not in READS]
    if unknown:
        raise InputError(f"{path.name} has cases of {', '.join(unknown)}; the reads are: {', '.join(READS)}")
    return {name: [_case(f"{path.name}: {name}[{i}]", c) for i, c in enumerate(_list(name, raw[name]))] for name in raw}


def _list(name: str, value: object) -> list[Any]:
    if not isinstance(value, list):
        raise InputError(f"the cases of {name} have to be a list")
    return value


def _case(where: str, raw: object) -> Case:
    if not isinstance(raw, dict) or not {"params", "n", "result"} <= raw.keys():
        raise InputError(f"{where} has to have params, n and result")
    params, n, listed = raw["params"], raw["n"], raw["result"]
    rows = isinstance(listed, list) and all(isinstance(row, dict) for row in listed)
    if not isinstance(params, dict) or not isinstance(n, int) or not rows:
        raise InputError(f"{where} is not of the form {{params: object, n: integer, result: list of objects}}")
    return Case(params, n, listed[:LISTED])


def _comparable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Decimals at three places; a whole number equals the decimal of the same value."""
    return {
        name: value.quantize(_PLACES, ROUND_HALF_UP) if isinstance(value, Decimal) else value
        for name, value in row.items()
    }


def _shown(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.items())
