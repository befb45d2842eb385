"""Reading cells, as SQL: from what a source holds to the kinds of core.schemas, and what makes a cell bad.

Every function returns SQL over a chunk whose columns are text, int64, double, boolean, timestamp or date. Amounts never
pass through a double: decimal text becomes an integer by its digits. Times become UTC microseconds; text without zone
is read in the connection's time zone, which the stage sets to [ingest] zone.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphfraud.ingest.checks import Problem
from graphfraud.ingest.profile import SourceField

#: Widths of numbers read as a date (YYYYMMDD, YYYYMMDDHHMM, YYYYMMDDHHMMSS). As Unix time, numbers of these widths
#: would be before 1980 or after 2500, so they cannot be mistaken.
_DATES = (("19000101", "29991231", "%Y%m%d"), ("190001010000", "299912312359", "%Y%m%d%H%M"))
_STAMPS = ("19000101000000", "29991231235959", "%Y%m%d%H%M%S")
MAX_AMOUNT = 10**15  # minor units
MAX_TEXT, MAX_ID = 65_536, 256  # bytes
BLANKS = " \t\r\n\u00a0\u3000\ufeff"
_QUOTES = "'`\"="
_NOTHING = "'NULL', 'null', '\\N', 'None', 'nan', 'NaN', 'N/A', '-', '--', '无'"
_TRUE = "'true', 't', 'yes', 'y', '1', '是', '成功', 'success', '正常'"
_FALSE = "'false', 'f', 'no', 'n', '0', '否', '失败', 'fail', 'failed', '异常'"


def sql_text(value: str) -> str:
    """A text constant. Only constants of profiles are written this way."""
    return "'" + value.replace("'", "''") + "'"


def sql_name(name: str) -> str:
    """A quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class Bounds:
    """Times a row may have, UTC microseconds."""

    earliest: int
    latest: int


@dataclass(frozen=True)
class Cell:
    """SQL of one field: `plain` over the chunk; `written` over `plain`, known as n_FIELD; `typed` over both, known as
    n_FIELD and w_FIELD; `checks` over these and the typed value, known as f_FIELD."""

    plain: str
    written: str
    typed: str
    checks: tuple[tuple[str, Problem], ...]
    date_only: str = "false"


def cell(name: str, field: SourceField, column: str, held: str, bounds: Bounds) -> Cell:
    """How the field is read from a column holding `held`: clean (text without blanks and marks), text, int, float,
    bool, timestamp, date."""
    source, n = sql_name(column), sql_name(f"n_{name}")
    f = sql_name(f"f_{name}")
    checks: list[tuple[str, Problem]] = []
    if field.required:
        checks.append((f"{n} IS NULL", Problem("missing_value", name)))
    plain = _plain(field, source, held)
    if held == "text":
        checks.append(
            (f"regexp_matches({n}, '[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f]')", Problem("control_character", name))
        )
    typed, code, date_only = _typed(field, (n, sql_name(f"w_{name}")), held)
    limit = MAX_ID if field.kind == "id" else MAX_TEXT
    if held in ("text", "clean"):
        checks.append((f"strlen({n}) > {limit}", Problem("too_long", name)))
    if field.kind == "id" and held not in ("int", "bool"):
        checks.append((_lost(n), Problem("digits_lost", name)))
    if field.kind in ("amount", "yuan"):
        checks.append((_overflow(n, f, held), Problem("amount_overflow", name)))
    if code:
        checks.append((f"{n} IS NOT NULL AND {f} IS NULL", Problem(code, name)))
    checks += _rules(name, field, f, bounds)
    written = _iso(n) if field.kind == "time" and held in ("text", "clean", "float") else "NULL"
    return Cell(plain, written, typed, tuple(checks), date_only)


def _plain(field: SourceField, source: str, held: str) -> str:
    """The cell without blanks, null where it states nothing; numbers stay numbers."""
    if held == "float":
        source = (
            f"CASE WHEN isnan({source}) THEN NULL WHEN {source} = trunc({source}) AND abs({source}) <= 9007199254740992"
            f" THEN CAST(CAST({source} AS BIGINT) AS VARCHAR) ELSE CAST({source} AS VARCHAR) END"
        )
    elif held not in ("text", "clean"):
        return source if field.kind not in ("id", "text") else f"CAST({source} AS VARCHAR)"
    if held == "text":
        source = f"trim({source}, {sql_text(BLANKS)})"
    plain = f"nullif({source}, '')"
    if field.kind != "text":
        plain = f"CASE WHEN strlen({source}) <= 4 AND {source} IN ({_NOTHING}) THEN NULL ELSE {plain} END"
    return plain


def _lost(n: str) -> str:
    return f"contains({n}, '+') AND regexp_full_match({n}, '[0-9](\\.[0-9]+)?[eE]\\+[0-9]+')"


def _overflow(n: str, f: str, held: str) -> str:
    if held == "int":
        return f"abs({f}) > {MAX_AMOUNT}"
    digits = f"{f} IS NULL AND regexp_full_match({n}, '[+-]?[0-9,]{{15,}}(\\.[0-9]*)?')"
    return f"(abs({f}) > {MAX_AMOUNT}) OR ({digits})"


def _typed(field: SourceField, cell: tuple[str, str], held: str) -> tuple[str, str, str]:
    """(SQL of the value, code when it cannot be read, SQL of whether it is a date without time)."""
    n, written = cell
    match field.kind:
        case "id":
            return _cleaned(field, _id(n, held)), "", "false"
        case "text":
            return _cleaned(field, n), "", "false"
        case "word":
            return _word(field, n), "unknown_word", "false"
        case "flag":
            return _flag(field, n, held), "bad_flag", "false"
        case "time":
            return _time(n, written, held), "bad_time", _date_only(n, held)
        case "count":
            return (n if held == "int" else _integer(n)), "bad_count", "false"
        case "amount":
            return (n if held == "int" else _integer(n)), "bad_amount", "false"
        case "yuan":
            return _yuan(n, held), "bad_amount", "false"
        case _:
            raise AssertionError(field.kind)


def _id(n: str, held: str) -> str:
    """An id as text: the marks spreadsheets put around it and a `.0` a float left behind are taken off."""
    if held in ("int", "bool"):
        return n
    bare = f"nullif(trim({n}, {sql_text(_QUOTES + BLANKS)}), '')" if held == "text" else n
    return f"CASE WHEN contains({n}, '.') THEN regexp_replace({bare}, '^([0-9]+)\\.0+$', '\\1') ELSE {bare} END"


def _cleaned(field: SourceField, value: str) -> str:
    if field.cut:
        value = f"regexp_replace({value}, {sql_text('(' + field.cut + ')$')}, '')"
    if field.null:
        nothing = " OR ".join(f"({value}) GLOB {sql_text(p)}" for p in field.null)
        value = f"CASE WHEN {nothing} THEN NULL ELSE {value} END"
    return value


def _word(field: SourceField, n: str) -> str:
    """The words of the profile, in any case."""
    pairs = {word.lower(): meaning for word, meaning in field.words.items()}
    arms = " ".join(f"WHEN {sql_text(word)} THEN {sql_text(meaning)}" for word, meaning in pairs.items())
    return f"CASE lower(CAST({n} AS VARCHAR)) {arms} END"


def _flag(field: SourceField, n: str, held: str) -> str:
    """Yes or no; a profile may add its own codes as `words`."""
    if held == "bool":
        return n
    low = f"lower(CAST({n} AS VARCHAR))"
    own = "".join(f"WHEN {low} = {sql_text(w.lower())} THEN {m == 'true'} " for w, m in field.words.items())
    return f"CASE {own}WHEN {low} IN ({_TRUE}) THEN true WHEN {low} IN ({_FALSE}) THEN false END"


def _integer(n: str) -> str:
    return f"CASE WHEN regexp_full_match({n}, '[+-]?[0-9]{{1,19}}') THEN TRY_CAST({n} AS BIGINT) END"


def _yuan(n: str, held: str) -> str:
    """Decimal yuan to fen by digits; thousands separators and currency signs are taken off, a third place must be 0."""
    if held == "int":
        return f"CASE WHEN abs({n}) <= {MAX_AMOUNT} THEN {n} * 100 END"
    bare = f"regexp_replace({n}, '[,，￥¥元\\s]', '', 'g')"
    shape = "[+-]?([0-9]{1,16}(\\.[0-9]{0,2}0*)?|\\.[0-9]{1,2}0*)"
    return (
        f"CASE WHEN regexp_full_match({bare}, '{shape}')"
        f" THEN CAST(TRY_CAST({bare} AS DECIMAL(24, 2)) * 100 AS BIGINT) END"
    )


def _number_time(v: str) -> str:
    """Whole numbers: dates by their width, else s, ms or µs by magnitude."""
    dates = " ".join(
        f"WHEN {v} BETWEEN {low} AND {high}"
        f" THEN epoch_us(CAST(try_strptime(CAST({v} AS VARCHAR), '{form}') AS TIMESTAMPTZ))"
        for low, high, form in (*_DATES, _STAMPS)
    )
    return (
        f"CASE {dates} WHEN abs({v}) < 100000000000 THEN {v} * 1000000 WHEN abs({v}) < 100000000000000 THEN {v} * 1000"
        f" WHEN abs({v}) < 100000000000000000 THEN {v} END"
    )


def _time(n: str, written: str, held: str) -> str:
    if held == "int":
        return _number_time(n)
    if held in ("timestamp", "date"):
        return f"epoch_us(CAST({n} AS TIMESTAMPTZ))"
    if held == "bool":
        return "CAST(NULL AS BIGINT)"
    digits = f"regexp_full_match({n}, '-?[0-9]{{1,18}}')"
    whole = f"TRY_CAST({n} AS BIGINT)"
    seconds = f"regexp_full_match({n}, '[0-9]{{8,11}}\\.[0-9]{{1,9}}')"
    fraction = f"CAST(TRY_CAST({n} AS DECIMAL(28, 9)) * 1000000 AS BIGINT)"
    shape = (
        "[12][0-9]{3}-[0-9]{1,2}-[0-9]{1,2}([ T]([01]?[0-9]|2[0-3]):[0-9]{1,2}(:[0-9]{1,2}(\\.[0-9]{1,9})?)?"
        "(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?"
    )
    text = f"CASE WHEN regexp_full_match({written}, '{shape}') THEN epoch_us(TRY_CAST({written} AS TIMESTAMPTZ)) END"
    return f"CASE WHEN {digits} THEN {_number_time(whole)} WHEN {seconds} THEN {fraction} ELSE {text} END"


def _iso(n: str) -> str:
    """Text times as ISO 8601: Chinese, slashed, dotted, DB2's and compact dates."""
    plain = f"translate({n}, '年月时点分', '--:::')"
    for pattern, by in (
        ("\\s*日\\s*", " "),
        ("秒", ""),
        ("^(\\d{4})[/.](\\d{1,2})[/.](\\d{1,2})", "\\1-\\2-\\3"),
        ("^(\\d{4})(\\d{2})(\\d{2})[ T-]+(\\d{2}):?(\\d{2}):?(\\d{2})", "\\1-\\2-\\3 \\4:\\5:\\6"),
        ("^(\\d{4}-\\d{2}-\\d{2})-(\\d{2})\\.(\\d{2})\\.(\\d{2})", "\\1 \\2:\\3:\\4"),
        ("\\s+(Z|[+-]\\d{2}:?\\d{2})$", "\\1"),
        ("\\s{2,}", " "),
        (":$|\\s+$", ""),
    ):
        plain = f"regexp_replace({plain}, '{pattern}', '{by}')"
    return (
        f"(CASE WHEN regexp_full_match({n}, '\\d{{4}}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d') THEN {n} ELSE {plain} END)"
    )


def _date_only(n: str, held: str) -> str:
    if held == "date":
        return "true"
    if held == "int":
        return f"{n} BETWEEN {_DATES[0][0]} AND {_DATES[0][1]}"
    if held in ("text", "clean", "float"):
        shape = "\\d{8}(\\.0)?|\\d{4}[-/.年]\\d{1,2}[-/.月]\\d{1,2}日?"
        return f"NOT contains({n}, ':') AND regexp_full_match({n}, '{shape}')"
    return "false"


def _rules(name: str, field: SourceField, f: str, bounds: Bounds) -> list[tuple[str, Problem]]:
    if field.kind == "time":
        return [(f"{f} NOT BETWEEN {bounds.earliest} AND {bounds.latest}", Problem("time_out_of_range", name))]
    rule = {"positive": ("<= 0", "not_positive"), "not_zero": ("= 0", "zero"), "not_negative": ("< 0", "negative")}
    if field.rule:
        test, code = rule[field.rule]
        return [(f"{f} {test}", Problem(code, name))]
    return []
