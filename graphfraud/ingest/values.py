"""Values of a profile as SQL over the staged fields (the forms are listed in profile.py)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphfraud.core.identity import ALWAYS_KNOWN, BESIDE
from graphfraud.core.schemas import Kind
from graphfraud.errors import UsageError
from graphfraud.ingest.cells import sql_name, sql_text
from graphfraud.ingest.profile import Output, Profile, Value

_SQL_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.AMOUNT: "BIGINT",
    Kind.TIME: "BIGINT",
    Kind.COUNT: "BIGINT",
    Kind.FLAG: "BOOLEAN",
}


class Values:
    """Compiles the values of one profile. Raises UsageError naming a field that the profile does not have."""

    def __init__(self, profile: Profile, made: bool = False) -> None:
        """`made`: named values are columns already, see `making`."""
        self._profile = profile
        self._made = made

    def making(self) -> str:
        """SQL of the named values as columns v_NAME, in their order; each may use the ones before it."""
        made = Values(self._profile, made=True)
        return "".join(f", {made.sql(v)} AS {sql_name(f'v_{n}')}" for n, v in self._profile.values.items())

    def sql(self, value: Value) -> str:
        """SQL of a value."""
        if isinstance(value, str):
            return self._named(value)
        match value:
            case {"value": text}:
                return str(text) if isinstance(text, int) else sql_text(str(text)) if text != "" else "NULL"
            case {"first": list(items)}:
                return f"coalesce({', '.join(map(self.sql, items))})"
            case {"abs": item}:
                return f"abs({self.sql(item)})"
            case {"minus": item}:
                return f"-({self.sql(item)})"
            case {"present": item, **rest} if "by" not in value and not rest:
                return f"(({self.sql(item)}) IS NOT NULL)"
            case {"join": list(items), "with": mark}:
                return f" || {sql_text(mark)} || ".join(f"CAST({self.sql(i)} AS VARCHAR)" for i in items)
            case {"hash": list(items)}:
                parts = ", ".join(f"coalesce(CAST({self.sql(i)} AS VARCHAR), chr(30))" for i in items)
                return f"left(md5(concat_ws(chr(31), {parts})), 12)"
            case {"by": item, **arms}:
                return self._by(item, arms)
        raise UsageError(f"profile {self._profile.name}: {value} is not a value; see the list in the profile's guide")

    def _named(self, name: str) -> str:
        if name in self._profile.values:
            return sql_name(f"v_{name}") if self._made else f"({self.sql(self._profile.values[name])})"
        field = self._profile.fields.get(name)
        if field is None:
            raise UsageError(f"profile {self._profile.name}: there is no field '{name}'")
        if field.kind == "sign":
            amount = self._named(field.of[0])
            return f"(CASE WHEN {amount} < 0 THEN 'negative' WHEN {amount} > 0 THEN 'positive' END)"
        if field.kind == "contains":
            tests = [f"contains({self._named(f)}, {sql_text(w)})" for f in field.of for w in field.words]
            return "(" + " OR ".join(f"coalesce({t}, false)" for t in tests) + ")"
        return sql_name(f"f_{name}")

    def _by(self, item: Value, arms: dict[str, Any]) -> str:
        subject = self.sql(item)
        parts = [f"WHEN {self.test(subject, k)} THEN {self.sql(v)}" for k, v in arms.items() if k != "else"]
        other = f" ELSE {self.sql(arms['else'])}" if "else" in arms else ""
        return f"(CASE {' '.join(parts)}{other} END)"

    @staticmethod
    def test(subject: str, wanted: str) -> str:
        """SQL of whether a value is `wanted`: a text, or `present` / `absent`."""
        if wanted == "present":
            return f"({subject}) IS NOT NULL"
        if wanted == "absent":
            return f"({subject}) IS NULL"
        return f"CAST({subject} AS VARCHAR) = {sql_text(wanted)}"

    def when(self, output: Output) -> str:
        """SQL of whether a row gives this output."""
        tests = (
            "(" + " OR ".join(self.test(self._named(name), w) for w in wanted) + ")"
            for name, wanted in output.when.items()
        )
        return " AND ".join(tests) or "true"

    def columns(self, output: Output) -> dict[str, str]:
        """Canonical column → SQL, for the columns the output fills; `known_at` always among them."""
        spec = output.spec
        found = {
            c.name: f"CAST({self.sql(output.columns[c.name])} AS {_SQL_TYPES[c.kind]})"
            for c in spec.columns
            if c.name in output.columns
        }
        if "perspective" in output.columns:
            found["perspective"] = f"CAST({self.sql(output.columns['perspective'])} AS VARCHAR)"
        clocks = [self.sql(output.columns["known_at"])] if "known_at" in output.columns else []
        clocks += [found[spec.event_time]] if spec.event_time in found else []
        found["known_at"] = (
            f"CAST(coalesce({', '.join([*clocks, str(BESIDE if output.derived else ALWAYS_KNOWN)])}) AS BIGINT)"
        )
        return found


def fields_in(profile: Profile, value: Value) -> Iterable[str]:
    """The fields a value may come from, in the order they are tried."""
    if isinstance(value, str):
        inner = profile.values.get(value)
        if inner is not None:
            yield from fields_in(profile, inner)
        elif value in profile.fields:
            of = profile.fields[value].of
            yield from of or (value,)
    else:
        for key, item in value.items():
            if key in ("value", "with"):
                continue
            for part in item if isinstance(item, list) else [item]:
                yield from fields_in(profile, part)
