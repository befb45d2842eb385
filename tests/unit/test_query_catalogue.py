"""The catalogue of queries without a server: headers, parameters, masks, JSON, drawing, and the page made of it."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import queries_kit
from rich.console import Console

from graphfraud.cli.render.query import queries as draw_catalogue
from graphfraud.cli.render.query import query as draw
from graphfraud.core.clock import parse_as_of
from graphfraud.core.query import Budget, Found
from graphfraud.errors import StoreError, UnknownId, UsageError
from graphfraud.services import query as service
from graphfraud.services.lens import Lens
from graphfraud.services.query import QueryAnswer, QueryColumn
from graphfraud.stores.neo4j import library

TESTS = Path(__file__).parents[1]
NAMES = service.names()
WRITES = re.compile(r"\b(CREATE|MERGE|SET|DELETE|REMOVE|FOREACH|LOAD CSV)\b")
PERSONAL = re.compile(r"\.(holder_name|id_no|card_no|phone|address|remark|source_file)\b")


def test_there_are_enough_and_each_is_tested() -> None:
    tests = " ".join(p.read_text(encoding="utf-8") for p in (TESTS / "integration").glob("test_neo4j_*.py"))
    assert len(NAMES) >= 25
    assert [name for name in NAMES if f'"{name}"' not in tests] == []


@pytest.mark.parametrize("name", NAMES)
def test_header_and_statement(name: str) -> None:
    """Typed columns, defaults that can be read, rows in an order, a limit, nothing written, nobody named."""
    found = service.statement(name)
    last = found.text[found.text.rindex("\nRETURN ") :]
    assert service.columns(found)
    for column in service.columns(found):
        assert re.search(rf"\b{column.name}\b", last), column.name
    assert "LIMIT $limit" in last
    assert "ORDER BY" in last or name == "account_sheet"  # one row
    assert not WRITES.search(found.text)
    assert not PERSONAL.search(found.text)
    assert len(found.purpose) > 30
    required = {p.name: {"list<string>": "A", "time": "2026-01-01"}.get(p.type, "x") for p in found.parameters}
    given = {p.name: required[p.name] for p in found.parameters if p.default is None and p.name not in service.GIVEN}
    assert set(service.values(found, given)) == {p.name for p in found.parameters} - set(service.GIVEN)
    assert (".value AS value" in last) <= (".kind AS kind" in last), "a value without its kind is not masked"


FACT = re.compile(
    r"\[(\w+):(TRANSFER|MOVED_CASH|[A-Z_|]*(?:USES_|HAS_PHONE|OPENED_BY)[A-Z_|]*)\]|\((\w+):(Cash|Withdrawal)\)"
)
ANY_FACT = (
    "statement",
    "waiting_referrals",
)  # the one shows failed payments too, to the other any fact is a sign of life
COUNTS = ("coalesce({0}.success, true)", "coalesce({0}.reversal_of, '') = ''", "coalesce({0}.type, '') <> 'reversal'")


@pytest.mark.parametrize("name", NAMES)
def test_only_facts_that_are_seen_and_count(name: str) -> None:
    """Every fact a statement names is of a finished load; every payment took place."""
    text = service.statement(name).text
    for found in FACT.finditer(text):
        fact, kind = (found[1], found[2]) if found[1] else (found[3], found[4])
        clause = re.split(r"\n\s*(?:RETURN|WITH|MATCH|CALL|UNWIND|OPTIONAL)\b", text[found.end() :])[0]
        assert f"{fact}.ingest_seq <= $seen" in clause, f"{kind} {fact}"
        if kind == "TRANSFER" and name not in ANY_FACT:
            assert [one for one in COUNTS if one.format(fact) not in clause] == [], f"{kind} {fact}"


@pytest.mark.parametrize("name", ["money_down", "money_up", "cycles"])
def test_every_hop_of_a_chain_is_like_the_first(name: str) -> None:
    """The hops of a chain are written out; they differ in their number only."""
    hops = re.findall(r"CALL \([^)]*\) \{.*?\n\}\nWITH [^\n]*", service.statement(name).text, re.S)
    assert len(hops) == 4
    for number, hop in enumerate(hops, start=1):
        assert f"size(ts) = {number} AND $hops > {number}" in hop
        alike = re.sub(rf"\b(ts|path|last){number}\b", r"\g<1>1", hop)
        assert alike.replace(f"size(ts) = {number} AND $hops > {number}", "size(ts) = 1 AND $hops > 1") == hops[0]


def test_the_page_is_up_to_date() -> None:
    examples = queries_kit.written()
    assert re.findall(r"^\$ graphfraud query (\w+)", examples, re.M) == [name for name, *_ in queries_kit.EXAMPLES]
    written = queries_kit.PAGE.read_text(encoding="utf-8")
    assert queries_kit.page(examples) == written, "python tests/queries_kit.py writes it anew"


HEADER = """\
// What it is for.
//
// parameters:
//   account: string -- account id
//   accounts: list<string> = A, B -- several
//   counts: list<integer> = 1,2 -- numbers
//   hops: integer = 3 -- how far (1 to 5)
//   share: float = 0.5 -- a share
//   flag: boolean = false -- whether
//   since: time = 2026-03-01 -- from then on
//   least: amount = 100 -- smallest amount
//   limit: integer = 200 -- rows
//   seen: integer -- load
// returns: account, at: time, amounts: list<amount>, part: share
// use when: always
// cost: nothing

RETURN 1 AS account
"""
STATEMENT = library.parse("read/example", HEADER)
FIRST = parse_as_of("2026-03-01")


def values(**given: str) -> dict[str, Any]:
    return service.values(STATEMENT, {"account": "A1"} | given)


def test_defaults_become_values() -> None:
    expected = {"account": "A1", "accounts": ["A", "B"], "counts": [1, 2], "hops": 3, "share": 0.5, "flag": False}
    assert values() == expected | {"since": FIRST, "least": 10_000}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("accounts", " X1 ,X2, ", ["X1", "X2"]),
        ("least", "49999.5", 4_999_950),
        ("least", "5,000", 500_000),
        ("least", "1e3", 100_000),
        ("since", "2026-03-01T08:00:00+08:00", FIRST + 8 * 3_600_000_000),
        ("since", "2026-03-01T00:00:00Z", FIRST + 8 * 3_600_000_000),
        ("hops", "5", 5),
        ("flag", "Yes", True),
        ("account", "0001", "0001"),
    ],
)
def test_texts_become_values(name: str, text: str, value: object) -> None:
    assert values(**{name: text})[name] == value


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("least", "0.001", "least=0.001 is not an amount in yuan .smallest amount."),
        ("least", "nan", "not an amount"),
        ("least", "1e30", "not an amount"),
        ("least", "much", "not an amount"),
        ("since", "yesterday", "since=yesterday is not a time: a date, or ISO 8601 with a zone"),
        ("since", "2026-03-01T00:00:00", "not a time"),
        ("hops", "0", "out of range: how far .1 to 5."),
        ("hops", "6", "out of range"),
        ("hops", "2.5", "a whole number"),
        ("flag", "perhaps", "true or false"),
        ("accounts", " , ", "texts separated by commas"),
        ("counts", "1,x", "whole numbers"),
        ("account", " ", "not text"),
        ("limit", "5", "--limit says how many rows"),
        ("seen", "5", "not given with --param"),
        ("hop", "5", "no parameter hop; did you mean hops"),
    ],
)
def test_wrong_parameters_are_named(name: str, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        values(**{name: text})


def test_what_is_missing_is_named() -> None:
    with pytest.raises(UsageError, match=r"query example needs --param account=… \(text\): account id"):
        service.values(STATEMENT, {})


@pytest.mark.parametrize(
    ("texts", "said"),
    [(["hops"], "NAME=VALUE"), (["=3"], "NAME=VALUE"), (["a=1", "b=2", "a=3"], "--param a is given twice")],
)
def test_assignments(texts: list[str], said: str) -> None:
    assert service.given(["a=1", "b=x=y"]) == {"a": "1", "b": "x=y"}
    with pytest.raises(UsageError, match=said):
        service.given(texts)


def test_an_unknown_query_names_the_nearest() -> None:
    with pytest.raises(UnknownId, match=r"no query 'mony_down'; did you mean money_down"):
        service.statement("mony_down")
    with pytest.raises(UnknownId, match=r"no query 'store_seen'"):
        service.statement("store_seen")
    with pytest.raises(UnknownId, match="no query"):
        service.statement("../write/run_begin")


@pytest.mark.parametrize("budget", [(0, 30), (100_001, 30), (200, 0), (200, 1e6), (200, float("nan"))])
def test_a_budget_has_bounds(budget: tuple[int, float]) -> None:
    with pytest.raises(UsageError, match="it goes from"):
        Budget(*budget)


def asked(found: Found, name: str = "accounts_by_identifier", lens: Lens | None = None, **given: str) -> QueryAnswer:
    """The answer of a query where the store gives these rows."""

    def ask(_name: str, _values: Mapping[str, Any], _budget: Budget, accounts: Sequence[str]) -> Found:
        return found

    return service.query(ask, name, given, Budget(rows=2), lens or Lens())


COLUMNS = tuple(c.name for c in service.columns(service.statement("accounts_by_identifier")))
ROW = ("phone", "13812345678", "A1", FIRST, FIRST + 1, 2, True, None, "R-1")


def test_phones_are_masked_in_rows_and_parameters() -> None:
    found = Found(COLUMNS, [ROW], True, 7)
    answer = asked(found, kind="phone", value="13812345678")
    assert answer.as_json() == {
        "query": "accounts_by_identifier",
        "parameters": {"kind": "phone", "value": "13*******78"},
        "columns": [{"name": c.name, "type": c.type} for c in answer.columns],
        "rows": [
            dict(zip(COLUMNS, ("phone", "13*******78", "A1"), strict=False))
            | {"first_seen": "2026-03-01T00:00:00+08:00", "last_seen": "2026-03-01T00:00:00.000001+08:00"}
            | {"uses": 2, "referred": True, "level": None, "ring_id": "R-1"}
        ],
        "more": True,
        "limit": 2,
        "seen": 7,
    }
    plain = asked(found, lens=Lens(masked=False), kind="phone", value="13812345678")
    assert plain.rows[0]["value"] == "13812345678"


def test_masks_reach_into_lists_and_maps() -> None:
    value = {"found": [{"kind": "address", "value": "上海市徐汇区漕溪路1号"}, {"kind": "device", "value": "d1"}]}
    evidence = {"identifier_kind": "phone", "identifier_value": "13812345678", "value": "13812345678"}
    assert service.masked([value, evidence], Lens()) == [
        {"found": [{"kind": "address", "value": "上海市********"}, {"kind": "device", "value": "d1"}]},
        {"identifier_kind": "phone", "identifier_value": "13*******78", "value": "13812345678"},
    ]


def test_columns_that_differ_from_the_header_are_a_fault() -> None:
    with pytest.raises(StoreError, match="other columns"):
        asked(Found(COLUMNS[::-1], [], False, 1), kind="ip", value="x")
    with pytest.raises(StoreError, match="not of the form"):
        service.columns(library.parse("read/x", HEADER.replace("at: time", "at: moment")))


def test_json_of_times_shares_and_lists() -> None:
    assert service.outward([FIRST, None], "list<time>") == ["2026-03-01T00:00:00+08:00", None]
    assert service.outward(123_456, "share") == 0.123456
    assert service.outward([5], "list<amount>") == [5]


def drawn(answer: QueryAnswer, width: int) -> list[str]:
    text = io.StringIO()
    Console(file=text, width=width, highlight=False).print(draw(answer))
    return [line.rstrip() for line in text.getvalue().splitlines()]


CHAIN = QueryAnswer(
    "money_down",
    {},
    [QueryColumn(*c) for c in (("at", "time"), ("amount", "amount"), ("path", "path"), ("amounts", "list<amount>"))]
    + [QueryColumn("score", "share"), QueryColumn("why", "list<text>"), QueryColumn("note", "text")],
    [
        {"at": FIRST, "amount": 123_456, "path": ["A", "[b]", "C"], "amounts": [5, 600], "score": 500_000}
        | {"why": ["x y", "z"], "note": "a long text that would not stand in a column of its own"}
    ],
    True,
    1,
    9,
)


def test_rows_are_drawn_in_columns_with_long_texts_below() -> None:
    assert drawn(CHAIN, 100) == [
        "Query money_down",
        "facts up to load 9 · amounts in yuan, times in Asia/Shanghai",
        "at                     amount  path   amounts  score  why",
        "2026-03-01 00:00:00  1,234.56  A               0.500  x y",
        "                               → [b]     0.05         z",
        "                               → C       6.00",
        "    note: a long text that would not stand in a column of its own",
        "1 row",
        "more rows than the limit of 1: raise --limit, or narrow the question",
    ]


def test_in_a_narrow_terminal_every_column_has_a_line() -> None:
    lines = drawn(CHAIN, 46)
    assert max(map(len, lines)) <= 46
    assert [line for line in lines if line[:6] in ("    at", "    am")][:2] == [
        "    at: 2026-03-01 00:00:00",
        "    amount: 1,234.56",
    ]
    text = " ".join(lines)
    for part in ("→ [b]", "6.00", "0.500", "own"):
        assert part in text


def test_the_catalogue_is_drawn() -> None:
    text = io.StringIO()
    Console(file=text, width=100).print(draw_catalogue(service.catalogue()))
    assert all(name in text.getvalue() for name in NAMES)
    one = io.StringIO()
    Console(file=one, width=200).print(draw_catalogue(service.listed("cycles", True)))
    for part in ("keep_percent", "must be given", "Use when", "times (list<time>)"):
        assert part in one.getvalue()
    with pytest.raises(UsageError, match=f"prints the {len(NAMES)} there are"):
        service.listed(None, False)
