"""The catalogue: every header says what it must, and no query can give another answer on another day or machine."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from graphfraud.core.schemas import IDENTIFIER_KINDS, TABLES
from graphfraud.errors import GraphFraudError, UsageError
from graphfraud.indicators import Indicator, catalogue
from graphfraud.indicators.definition import FAMILIES, LAYERS, parse, show_value
from graphfraud.indicators.exact import FORBIDDEN, inexact
from graphfraud.indicators.needs import GIVEN, ROWS, known
from graphfraud.models.ties import RELAYING


def all_sql() -> list[tuple[str, str]]:
    root = resources.files("graphfraud.indicators")
    found = [(f.name, f.read_text(encoding="utf-8")) for d in ("sql", "tables") for f in (root / d).iterdir()]
    return sorted(found)


@pytest.mark.parametrize(("name", "sql"), all_sql())
def test_findings_sql_is_exact(name: str, sql: str) -> None:
    assert inexact(sql) == {}, name


@pytest.mark.parametrize(
    ("what", "sql"),
    [
        ("float functions", "SELECT avg(x) FROM t"),
        ("true division", "SELECT a / b FROM t"),
        ("aggregates without a total order", "SELECT any_value (x) FROM t"),
        ("float literals", "SELECT x > 0.5"),
        ("clock and chance", "SELECT now()"),
    ],
)
def test_the_scan_sees_what_it_must(what: str, sql: str) -> None:
    assert re.findall(FORBIDDEN[what], sql.lower())
    assert not re.findall(FORBIDDEN["true division"], "a // b")


def test_enough_indicators_in_every_layer() -> None:
    layers = [i.layer for i in catalogue()]
    assert len(layers) >= 35
    assert all(layers.count(layer) >= 3 for layer in LAYERS)
    assert {i.family for i in catalogue()} == set(FAMILIES)
    assert len({i.id for i in catalogue()}) == len(layers)


@pytest.mark.parametrize("indicator", catalogue(), ids=lambda i: i.id)
def test_header_is_complete(indicator: Indicator) -> None:
    assert indicator.version >= 1
    assert indicator.definition
    assert indicator.window
    assert all(t.help and t.unit for t in indicator.thresholds)
    zh, en = indicator.wording(123_456, {})
    for text in (zh, en):
        assert "{" not in text
    assert show_value(indicator.unit, 123_456)[0] in zh
    assert show_value(indicator.unit, 123_456)[1] in en


@pytest.mark.parametrize("indicator", catalogue(), ids=lambda i: i.id)
def test_required_columns_exist(indicator: Indicator) -> None:
    for need in indicator.requires:
        assert known(need)
        table, _, column = need.partition(".")
        table, _, kinds = table.partition(":")
        if need not in GIVEN and need not in ROWS:
            assert not column or column in TABLES[table].names
            assert all(k in IDENTIFIER_KINDS for k in kinds.split("|") if k)


def test_wording_states_the_threshold_that_held() -> None:
    out = next(i for i in catalogue() if i.id == "out_24h")
    assert "within 24 hours" in out.wording(950_000, {})[1]
    assert "within 6 hours" in out.wording(950_000, {"hours": 6})[1]
    assert "95.0 %" in out.wording(950_000, {})[0]


def test_unknown_threshold_is_refused_with_the_names_there_are() -> None:
    out = next(i for i in catalogue() if i.id == "out_24h")
    with pytest.raises(UsageError, match=r"out_24h\] has no threshold hourz; it has hours, min_inflow"):
        out.values({"hourz": 3})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("/*@indicator", "/* indicator"), "no header"),
        (('id = "out_24h"', 'id = "other"'), "its id is other"),
        (('layer = "transaction"', 'layer = "sky"'), "layer sky"),
        (("dwell <= $hours * 3600000000", "dwell <= 86400000000"), "exactly the thresholds"),
        (('unit = "e6"', 'unit = "e6"\npoints = 9'), "points"),
        (("version = 1", ""), "version"),
    ],
)
def test_a_broken_file_is_refused(change: tuple[str, str], message: str) -> None:
    text = (resources.files("graphfraud.indicators") / "sql" / "out_24h.sql").read_text(encoding="utf-8")
    assert change[0] in text
    with pytest.raises(GraphFraudError, match=message):
        parse("out_24h", text.replace(*change))


@pytest.mark.parametrize(
    ("unit", "value", "zh", "en"),
    [
        ("fen", 123_456, "1,234.56 元", "1,234.56 yuan"),
        ("e6", 987_654, "98.7 %", "98.7 %"),
        ("micros", 90 * 60_000_000, "90 分钟", "90 min"),
        ("micros", 5_000_000, "5 秒", "5 s"),
        ("count", 1234, "1,234", "1,234"),
    ],
)
def test_values_for_people(unit: str, value: int, zh: str, en: str) -> None:
    assert show_value(unit, value) == (zh, en)


def test_indicators_named_elsewhere_exist() -> None:
    assert set(RELAYING) <= {i.id for i in catalogue()}


def test_what_an_account_holds_is_no_money_evidence() -> None:
    flow = {i.id for i in catalogue() if i.family in ("flow", "cash")}
    assert flow - {i.id for i in catalogue() if i.money} == {"day_end_low", "turnover_balance"}
    assert {"out_24h", "cash_after_credit"} <= {i.id for i in catalogue() if i.money} <= flow
