"""What every answer has in common: the run it comes from, and one way to become JSON.

The dataclasses of the services are the one description of the JSON that commands print and the API sends: the
OpenAPI document and docs/json.md are made from them. Inside, times are UTC microseconds and scores integers in
1e-6; in JSON times are ISO 8601 in Asia/Shanghai, scores and shares decimals in [0, 1] with six places, amounts
integers in minor units (fen).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, TypeAdapter, WithJsonSchema

from graphfraud.core import clock
from graphfraud.core.runs import PublishedRun

MILLION = 1_000_000


def _time_in(value: object) -> object:
    return clock.to_micros(datetime.fromisoformat(value)) if isinstance(value, str) else value


def _share_in(value: object) -> object:
    return round(value * MILLION) if isinstance(value, float) else value


def _share_out(value: int) -> float:
    return round(value / MILLION, 6)


#: UTC microseconds; ISO 8601 in Asia/Shanghai in JSON
Micros = Annotated[
    int,
    BeforeValidator(_time_in),
    PlainSerializer(clock.iso, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "unit": "ISO 8601, Asia/Shanghai"}),
]
#: a score or share in 1e-6; a decimal with six places in JSON
Share = Annotated[
    int,
    BeforeValidator(_share_in),
    PlainSerializer(_share_out, return_type=float),
    WithJsonSchema({"type": "number", "unit": "in 1, six places"}),
]
#: an amount in minor units, in JSON as well
Minor = Annotated[int, WithJsonSchema({"type": "integer", "unit": "minor units (fen)"})]
#: a duration in microseconds; seconds in JSON
Span = Annotated[
    int,
    BeforeValidator(lambda v: round(v * clock.SECOND) if isinstance(v, float) else v),
    PlainSerializer(lambda v: round(v / clock.SECOND, 6), return_type=float),
    WithJsonSchema({"type": "number", "unit": "s"}),
]


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """The pydantic adapter of an answer class; made once per class."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


@dataclass(frozen=True)
class Document:
    """Anything with a documented JSON form (docs/json.md)."""

    def as_json(self) -> dict[str, Any]:
        """Plain dicts, lists, numbers and text."""
        made: dict[str, Any] = adapter(type(self)).dump_python(self, mode="json")
        return made


@dataclass(frozen=True)
class Answer(Document):
    """Base of every answer from a published run."""

    run_id: Annotated[str, Field(description="the published run the answer is read from")]
    as_of: Annotated[Micros, Field(description="the run's cut: nothing known later is in the answer")]


def stamp(run: PublishedRun) -> dict[str, Any]:
    """`run_id` and `as_of` of a run, as keyword arguments of an answer."""
    return {"run_id": run.run_id, "as_of": run.as_of}
