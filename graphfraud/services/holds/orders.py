"""A plan as a file of hold requests with the platform's field names, which a profile (TOML) gives."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Annotated

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graphfraud.core.clock import ZONE
from graphfraud.core.money import show_yuan
from graphfraud.core.runs import PublishedRun
from graphfraud.errors import UsageError
from graphfraud.services.answers import Answer
from graphfraud.services.export import TABLE_WRITERS
from graphfraud.services.export_files import replacing
from graphfraud.services.holds.answer import HoldRow, HoldsAnswer

FORMATS = ("csv", "xlsx", "json")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class OrderColumn(BaseModel):
    """A column of the file: its name there, and which value it has."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    value: str


class OrderProfile(BaseModel):
    """Field names and words of the platform."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    title: str = ""
    time_format: str = "%Y%m%d%H%M%S"
    words: dict[str, str] = {}
    columns: tuple[OrderColumn, ...]

    def word(self, value: str) -> str:
        return self.words.get(value, value)

    def time(self, micros: int) -> str:
        return (_EPOCH + timedelta(microseconds=micros)).astimezone(ZONE).strftime(self.time_format)


def profile(file: Path | None = None) -> OrderProfile:
    """The profile in a file, by default the one that comes with graphfraud. Raises UsageError naming what is wrong."""
    source = file or resources.files("graphfraud.services.holds") / "platform.toml"
    try:
        found = OrderProfile.model_validate(tomllib.loads(source.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise UsageError(f"the profile {source} cannot be read: {exc}") from exc
    except ValidationError as exc:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors())
        raise UsageError(f"the profile {source} is not of the right form: {problems}") from exc
    wrong = [c.value for c in found.columns if c.value not in VALUES]
    if wrong:
        raise UsageError(f"the profile {source} asks for {', '.join(wrong)}; there are {', '.join(VALUES)}")
    return found


def _yuan(minor: int | None) -> str | None:
    return None if minor is None else show_yuan(minor).replace(",", "")


_Cell = Callable[[HoldsAnswer, HoldRow, OrderProfile], str | int | None]
#: What a column can hold. Amounts are text in yuan, so that no program makes floats of them.
VALUES: dict[str, _Cell] = {
    "case_no": lambda a, r, p: a.case_no,
    "rank": lambda a, r, p: r.rank,
    "account_id": lambda a, r, p: r.account_id,
    "holder_name": lambda a, r, p: r.order.holder_name,
    "bank": lambda a, r, p: r.order.bank,
    "ours": lambda a, r, p: p.word(str(r.ours).lower()),
    "action": lambda a, r, p: p.word(r.action),
    "amount": lambda a, r, p: _yuan(r.order.amount),
    "balance": lambda a, r, p: _yuan(r.balance),
    "recoverable": lambda a, r, p: _yuan(r.recoverable),
    "expected": lambda a, r, p: _yuan(r.expected),
    "layer": lambda a, r, p: r.layer,
    "txn_id": lambda a, r, p: r.order.txn_id,
    "payer": lambda a, r, p: r.order.payer,
    "payment": lambda a, r, p: _yuan(r.order.payment),
    "time": lambda a, r, p: p.time(r.order.time),
    "until": lambda a, r, p: p.time(r.order.until),
    "reason_zh": lambda a, r, p: r.reason_zh,
    "reason_en": lambda a, r, p: r.reason_en,
}


@dataclass(frozen=True)
class HoldsExported(Answer):
    """A file of hold requests that was written. Holds that are not possible now are not in it."""

    case_no: str
    path: Annotated[str, Field(description="the file that was written")]
    format: str
    profile: str
    rows: int
    masked: bool


def order_table(answer: HoldsAnswer, chosen: OrderProfile) -> pa.Table:
    """The requests as the platform names them; rows that are not possible now are left out."""
    rows = [r for r in answer.holds if r.action != "none"]
    made = {}
    for column in chosen.columns:
        cells = [VALUES[column.value](answer, row, chosen) for row in rows]
        kind = pa.int64() if column.value in ("rank", "layer") else pa.string()
        made[column.name] = pa.array(cells, kind)
    return pa.table(made)


def export_orders(
    run: PublishedRun, answer: HoldsAnswer, out: Path, format_: str | None, chosen: OrderProfile
) -> HoldsExported:
    """Write the requests of a plan, in one step. Raises UsageError, InputError."""
    form = (format_ or out.suffix.removeprefix(".") or "csv").lower()
    if form not in FORMATS:
        raise UsageError(f"{form!r} is not a format of hold requests; there are {', '.join(FORMATS)} (--format)")
    with replacing(out) as part:
        rows = TABLE_WRITERS[form](order_table(answer, chosen), part, run, "holds")
    return HoldsExported(answer.run_id, answer.as_of, answer.case_no, str(out), form, chosen.name, rows, answer.masked)
