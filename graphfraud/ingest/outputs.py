"""Facts out of the stage: one view per output, duplicates and conflicts within the source settled, ids given.

A fact's columns, identity and clocks are SQL over the staged fields; facts stream out in Arrow batches. O(rows), and a
grouping by 64-bit hash of the id; only ids that stand more than once are compared as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from graphfraud.core.clock import DAY, SHANGHAI_OFFSET
from graphfraud.core.facts import Facts
from graphfraud.core.identity import REPEATABLE, content_hash_sql, key_sql, row_id_sql
from graphfraud.core.schemas import TableSpec
from graphfraud.ingest.cells import sql_name, sql_text
from graphfraud.ingest.checks import Problem
from graphfraud.ingest.profile import Output, Profile
from graphfraud.ingest.stage import Source, Stage
from graphfraud.ingest.values import Values, fields_in

_BATCH = 122_880
_MIDNIGHTS = 20  # rows at midnight sharp, and none else, before a feed is taken as date-only


@dataclass
class Filled:
    """One output: its view, SQL of its columns, and what was found in it."""

    stage: Stage
    output: Output
    number: int
    columns: dict[str, str]
    missing: frozenset[str]
    rows: int = 0
    duplicates: int = 0
    cut_off: int | None = None
    all_date_only: bool = False
    repeated: set[str] = field(default_factory=set)  # which of `drop` and `nth` tables exist

    @property
    def spec(self) -> TableSpec:
        return self.output.spec

    @property
    def derived(self) -> bool:
        return self.output.derived

    @property
    def view(self) -> str:
        return f"out_{self.number}"

    @property
    def content(self) -> str:
        return content_hash_sql(self.spec, {n: sql_name(n) for n in self.columns})

    @property
    def key(self) -> str | None:
        """Stated identity. What rows say of an account beside their own facts goes by content: no conflicts."""
        key = key_sql(self.spec, {n: sql_name(n) for n in self.columns})
        if self.derived and self.spec.name == "accounts":
            filled = " + ".join(f"({sql_name(n)} IS NOT NULL)::INT" for n in self.columns)
            return f"{key} || '#' || lpad(CAST({filled} AS VARCHAR), 2, '0') || '-' || left({self.content}, 12)"
        return key

    def facts(self, file: str) -> Facts:
        """The facts as a stream; can be read once."""
        return Facts(self.spec, self._batches(file), self.missing)

    def _batches(self, file: str) -> Iterator[pa.RecordBatch]:
        schema = self.spec.schema
        with self.stage.db.cursor() as cursor:
            reader = cursor.sql(self._select(), params=[file]).to_arrow_reader(_BATCH)
            for batch in reader:
                yield pa.RecordBatch.from_arrays(
                    [c.cast(f.type) for c, f in zip(batch.columns, schema, strict=True)], schema=schema
                )

    def _select(self) -> str:
        occurrence = "coalesce(nth.nth, 1)" if "nth" in self.repeated else "1"
        provenance = {
            "row_id": row_id_sql(self.spec, self.key, "__content", occurrence),
            "content_hash": "__content",
            "date_only": "true" if self.all_date_only else "date_only",
            "source_file": "CAST(? AS VARCHAR)",
            "source_row": "source.line",
        }
        names = [f.name for f in self.spec.schema]
        filled = (provenance.get(n) or (sql_name(n) if n in self.columns else "NULL") for n in names)
        listed = ", ".join(f"{sql} AS {sql_name(n)}" for n, sql in zip(names, filled, strict=True))
        nth = f" LEFT JOIN nth_{self.number} nth ON nth.line = source.line" if "nth" in self.repeated else ""
        drop = f" ANTI JOIN drop_{self.number} gone ON gone.line = source.line" if "drop" in self.repeated else ""
        return f"SELECT {listed} FROM (SELECT *, {self.content} AS __content FROM {self.view}) source{nth}{drop}"  # noqa: S608


class Outputs:
    """All outputs of a stage. Settling happens once, in the constructor."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.profile = stage.source.profile
        self._values = Values(self.profile, made=True)
        self.filled = [
            Filled(stage, o, i, self._values.columns(o), self._missing(o)) for i, o in enumerate(self.profile.outputs)
        ]
        self._chain()
        self._rows = "stage"
        if not simple(self.profile):
            self._rows = "valued"
            making = Values(self.profile).making()
            stage.db.execute(f"CREATE TABLE valued AS SELECT *{making} FROM stage WHERE problem IS NULL")  # noqa: S608
            self._late_problems()
        for filled in self.filled:
            self._settle(filled)
        stage.db.execute("COMMIT")

    def _missing(self, output: Output) -> frozenset[str]:
        """Optional columns the source does not have, by the fields behind them."""
        columns = self.stage.source.columns

        def there(name: str) -> bool:
            value = output.columns.get(name)
            if value is None or value == {"value": ""}:
                return False
            fields = list(fields_in(self.profile, value))
            return not fields or any(f in columns for f in fields)

        return frozenset(c.name for c in output.spec.columns if not c.required and not there(c.name))

    def _chain(self) -> None:
        """Directions that the statement does not state, from its running balance: b(i) − b(i−1) = ± amount."""
        chain = self.profile.balance_chain
        if chain is None:
            return
        sql = Values(self.profile).sql
        amount, balance, direction = sql(chain.amount), sql(chain.balance), sql(chain.direction)
        parts = (f"strlen(CAST({sql(o)} AS VARCHAR)), {sql(o)}" for o in chain.order)
        order = ", ".join(parts)  # serial numbers as numbers: the shorter first
        before = f"lag({balance}) OVER (PARTITION BY {sql(chain.account)} ORDER BY {order}, line)"
        self.stage.db.execute(
            f"UPDATE stage SET {direction} = told.way FROM (SELECT line, CASE WHEN was + amount = balance THEN"  # noqa: S608
            f" {sql_text(chain.into)} WHEN was - amount = balance THEN {sql_text(chain.out)} END AS way FROM ("
            f"SELECT line, {amount} AS amount, {balance} AS balance, {before} AS was FROM stage WHERE problem IS NULL))"
            f" told WHERE told.line = stage.line AND stage.{direction} IS NULL AND told.way IS NOT NULL"
        )

    def _late_problems(self) -> None:
        """Rows that no output takes, and outputs that lack a required column."""
        own = [f for f in self.filled if not f.derived]
        checks: list[tuple[str, Problem]] = []
        if self.profile.balance_chain:
            direction = self.profile.balance_chain.direction
            checks.append((f"{self._values.sql(direction)} IS NULL", Problem("unknown_direction", direction)))
        for filled in own:
            when = self._values.when(filled.output)
            checks += [
                (f"({when}) AND ({filled.columns.get(c, 'NULL')}) IS NULL", Problem("missing_value", c))
                for c in filled.spec.required
            ]
        taken = " OR ".join(f"coalesce({self._values.when(f.output)}, false)" for f in own)
        checks.append((f"NOT ({taken})", Problem("no_output", "")))
        self._mark(checks)

    def _mark(self, checks: list[tuple[str, Problem]]) -> None:
        first = len(self.stage.problems)
        self.stage.problems += [p for _, p in checks]
        arms = " ".join(f"WHEN {t} THEN {first + i}" for i, (t, _) in enumerate(checks))
        db = self.stage.db
        db.execute(
            f"CREATE TEMP TABLE late AS SELECT line, CASE {arms} END AS problem FROM valued"  # noqa: S608
        )
        db.execute("DELETE FROM late WHERE problem IS NULL")
        if not self.stage.count("SELECT count(*) FROM late"):
            return
        source = self.stage.source
        column = " ".join(
            f"WHEN {first + i} THEN {sql_text(source.columns.get(p.field, p.field))}" for i, (_, p) in enumerate(checks)
        )
        code = " ".join(f"WHEN {first + i} THEN {sql_text(p.code)}" for i, (_, p) in enumerate(checks))
        db.execute(
            f"INSERT INTO bad SELECT valued.line, CASE late.problem {column} END, NULL,"  # noqa: S608
            f" CASE late.problem {code} END, NULL, valued.cells FROM late JOIN valued USING (line)"
        )
        db.execute("UPDATE valued SET problem = late.problem FROM late WHERE late.line = valued.line")

    def _settle(self, filled: Filled) -> None:
        """The view of an output, its duplicates and conflicts, its size and cut-off."""
        db, number, stage = self.stage.db, filled.number, self.stage
        listed = ", ".join(f"{sql} AS {sql_name(n)}" for n, sql in filled.columns.items())
        db.execute(
            f"CREATE VIEW {filled.view} AS SELECT line, date_only, {listed} FROM {self._rows}"  # noqa: S608
            f" WHERE problem IS NULL AND ({self._values.when(filled.output)})"
        )
        clock = filled.spec.event_time if filled.spec.event_time in filled.columns else "CAST(NULL AS BIGINT)"
        rows, cut, within = db.execute(
            f"SELECT count(*), max({clock}), count(*) FILTER (({clock} + {SHANGHAI_OFFSET}) % {DAY} <> 0)"  # noqa: S608
            f" FROM {filled.view}"
        ).fetchall()[0]
        filled.rows, filled.cut_off = rows, cut
        filled.all_date_only = rows >= _MIDNIGHTS and cut is not None and within == 0
        if not rows:
            return
        if filled.key is not None:
            self._repeated_keys(filled)
        if filled.key is None or filled.spec.name in REPEATABLE:
            self._repeated_contents(filled)
        if "drop" in filled.repeated:
            filled.duplicates = stage.count(f"SELECT count(*) FROM drop_{number} WHERE same")  # noqa: S608
            filled.rows -= stage.count(f"SELECT count(*) FROM drop_{number}")  # noqa: S608
            if filled.spec.key and not filled.derived:
                self._conflicts(filled)

    def _repeated_keys(self, filled: Filled) -> None:
        """Rows whose stated id stood on an earlier row: `same` content is a duplicate, other content a conflict."""
        db, key, view = self.stage.db, filled.key, filled.view
        db.execute(
            f"CREATE OR REPLACE TEMP TABLE twice AS SELECT h FROM (SELECT hash({key}) AS h FROM {view}"  # noqa: S608
            f" WHERE {key} IS NOT NULL) GROUP BY h HAVING count(*) > 1"
        )
        if not self.stage.count("SELECT count(*) FROM twice"):
            return
        db.execute(
            f"CREATE TABLE drop_{filled.number} AS SELECT line, content = kept AS same FROM ("  # noqa: S608
            f"SELECT line, content, row_number() OVER first AS nth, first_value(content) OVER first AS kept FROM ("
            f"SELECT line, {key} AS key, {filled.content} AS content FROM {view}"
            f" WHERE hash({key}) IN (SELECT h FROM twice)) WINDOW first AS (PARTITION BY key ORDER BY line))"
            " WHERE nth > 1"
        )
        filled.repeated.add("drop")

    def _repeated_contents(self, filled: Filled) -> None:
        """Rows without a stated id: the i-th repeat of a content is its i-th occurrence, or a duplicate."""
        db, view = self.stage.db, filled.view
        free = f"{filled.key} IS NULL" if filled.key is not None else "true"
        if filled.key is not None and not self.stage.count(f"SELECT count(*) FROM {view} WHERE {free}"):  # noqa: S608
            return
        db.execute(
            f"CREATE OR REPLACE TEMP TABLE twice AS SELECT content FROM (SELECT {filled.content}"  # noqa: S608
            f" AS content FROM {view} WHERE {free}) GROUP BY content HAVING count(*) > 1"
        )
        if not self.stage.count("SELECT count(*) FROM twice"):
            return
        repeats = (
            f"SELECT line, row_number() OVER (PARTITION BY content ORDER BY line) AS nth FROM ("  # noqa: S608
            f"SELECT line, {filled.content} AS content FROM {view} WHERE {free})"
            " WHERE content IN (SELECT content FROM twice)"
        )
        if filled.spec.name in REPEATABLE:
            db.execute(f"CREATE TABLE nth_{filled.number} AS {repeats}")
            filled.repeated.add("nth")
        else:
            db.execute(
                f"CREATE TABLE drop_{filled.number} AS SELECT line, true AS same FROM ({repeats})"  # noqa: S608
                " WHERE nth > 1"
            )
            filled.repeated.add("drop")

    def _conflicts(self, filled: Filled) -> None:
        """Set aside the rows whose id is there with other content."""
        source = self.stage.source
        cells = ", ".join(f"{sql_text(c)}, CAST({sql_name(f'f_{n}')} AS VARCHAR)" for n, c in source.columns.items())
        kept = "stage.cells" if self.stage.keep_cells else f"CAST(json_object({cells}) AS VARCHAR)"
        key = filled.spec.key[0]
        self.stage.db.execute(
            f"INSERT INTO bad SELECT line, {sql_text(key)}, CAST(source.{sql_name(key)} AS VARCHAR),"  # noqa: S608
            f" 'conflict', NULL, {kept} FROM drop_{filled.number} JOIN stage USING (line)"
            f" JOIN {filled.view} source USING (line) WHERE NOT same"
        )

    def counts(self) -> tuple[int, int, int, int, dict[str, int]]:
        """received, good, duplicates, quarantined, quarantined by code."""
        by_code = dict(self.stage.db.execute("SELECT code, count(*) FROM bad GROUP BY code ORDER BY code").fetchall())
        own = [f for f in self.filled if not f.derived]
        good, duplicates = sum(f.rows for f in own), sum(f.duplicates for f in own)
        quarantined = sum(by_code.values())
        return good + duplicates + quarantined, good, duplicates, quarantined, by_code

    def bad(self) -> Iterator[tuple[Any, ...]]:
        """The rows set aside, by line."""
        with self.stage.db.cursor() as cursor:
            cursor.execute('SELECT line, "column", value, code, raw, cells FROM bad ORDER BY line, code')
            while rows := cursor.fetchmany(2_000):
                yield from rows

    def good_keys(self, table: str, keys: list[str]) -> set[str]:
        """Which ids stand on good rows of this table."""
        found: set[str] = set()
        for filled in self.filled:
            if filled.spec.name == table and not filled.derived and filled.spec.key and filled.rows:
                key = sql_name(filled.spec.key[0])
                with self.stage.db.cursor() as cursor:
                    rows = cursor.execute(
                        f"SELECT DISTINCT {key} FROM {filled.view} WHERE {key} IN (SELECT unnest(?))",  # noqa: S608
                        [keys],
                    ).fetchall()
                found |= {r[0] for r in rows}
        return found

    def key_columns(self, table: str) -> tuple[str, ...]:
        """The source's columns that hold the id of a row of this table."""
        output = next((f.output for f in self.filled if f.spec.name == table and not f.derived), None)
        value = output.columns.get(output.spec.key[0]) if output and output.spec.key else None
        return self.profile.fields[value].columns if isinstance(value, str) and value in self.profile.fields else ()

    def referred(self) -> list[tuple[str, str]]:
        """(referral_id, account_id) of the good referrals."""
        view = next((f.view for f in self.filled if f.spec.name == "referrals" and not f.derived), None)
        if view is None:
            return []
        with self.stage.db.cursor() as cursor:
            return cursor.execute(f"SELECT referral_id, account_id FROM {view} ORDER BY referral_id").fetchall()  # noqa: S608


def simple(profile: Profile) -> bool:
    """Whether reading the cells finds every problem: each required column is one required field, no row is left out."""
    own = [o for o in profile.outputs if not o.derived]
    if len(own) != 1 or own[0].when or profile.balance_chain:
        return False
    values = [own[0].columns.get(c) for c in own[0].spec.required]
    return all(isinstance(v, str) and v in profile.fields and profile.fields[v].required for v in values)


def source_of(profile: Profile, header: list[str], delimiter: str = ",") -> Source:
    """A source with this header."""
    return Source(profile, tuple(header), profile.sources(header), delimiter)
