"""Indicators of the bank's own: what a file must have, what it counts, and that a night depends on what it says."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from indicator_world import World, ago
from test_findings_compose import EVEN, case_world, run

from graphfraud import indicators
from graphfraud.core.facts import FactTables
from graphfraud.core.findings import FINDINGS
from graphfraud.core.schemas import TABLES
from graphfraud.core.snapshot import Meta
from graphfraud.errors import UsageError
from graphfraud.indicators import everything, money_indicators, own
from graphfraud.indicators.engine import Earlier, opened
from graphfraud.models import weights
from graphfraud.nightly.effective import effective
from graphfraud.nightly.manifest import settings_hash
from graphfraud.nightly.rehearsal import rehearse
from graphfraud.nightly.snapshot import build_snapshot
from graphfraud.settings import OwnIndicatorSettings, Settings, load

LUCKY = """/*@indicator
id = "lucky_amounts"
version = 1
layer = "transaction"
family = "flow"
basis = "practice"
like = "round_amounts"
name_zh = "吉利数"
name_en = "lucky amounts"
definition = "At least min_count payments out whose yuan end in 88."
window = "payments of the last window_days days"
unit = "count"
wording_zh = "近 {window_days} 天转出 {value} 笔尾数为 88 的付款"
wording_en = "{value} payments over {window_days} days whose yuan end in 88"
[thresholds]
window_days = {default = 30, unit = "days", help = "payments looked at"}
min_count = {default = 2, unit = "payments", help = "payments from which it is a hit"}
@*/
SELECT account, count(*) AS value FROM recent
WHERE NOT inward AND amount // 100 % 100 = 88 AND time > $as_of - $window_days * 86400000000
GROUP BY account HAVING count(*) >= $min_count
"""
QUERY = LUCKY[LUCKY.index("SELECT") :]


def settings(text: str = LUCKY, name: str = "lucky_amounts", **thresholds: int) -> Settings:
    files = OwnIndicatorSettings(folder="mine", files={name: text})
    return Settings(own_indicators=files, indicators={name: thresholds} if thresholds else {})


def world() -> World:
    """lucky paid 88, 188 and 12,388 yuan, two of them lately; plain paid 880 and 89, and got 88 twice."""
    w = World()
    w.refer("r", "C1")
    for days, payer, payee, yuan in (
        *((40, "lucky", "a", 88), (20, "lucky", "r", 188), (10, "lucky", "b", 12_388)),
        *((9, "plain", "r", 880), (8, "plain", "a", 89), (7, "a", "plain", 88), (6, "b", "plain", 88)),
    ):
        w.pay(ago(days), payer, payee, yuan)
    return w


def hits(chosen: Settings, folder: Path) -> list[tuple[str, int]]:
    snapshot = world().build(folder)
    found = indicators.run(folder, snapshot, chosen)["indicator_hits"].to_pylist()
    return [(r["account_id"], r["value"]) for r in found if r["indicator_id"] == "lucky_amounts"]


@pytest.mark.parametrize(
    ("thresholds", "expected"),
    [({}, [("lucky", 2)]), ({"window_days": 45}, [("lucky", 3)]), ({"min_count": 3}, [])],
)
def test_it_runs_beside_the_shipped_ones_with_thresholds_of_the_settings(
    thresholds: dict[str, int], expected: list[tuple[str, int]], tmp_path: Path
) -> None:
    assert hits(settings(**thresholds), tmp_path) == expected
    held = {"window_days": 30, "min_count": 2} | thresholds
    status = indicators.run(tmp_path, world().build(tmp_path), settings(**thresholds))["indicator_status"].to_pylist()
    (row,) = [r for r in status if r["indicator_id"] == "lucky_amounts"]
    assert row["thresholds"] == f"window_days {held['window_days']}, min_count {held['min_count']}"
    with pytest.raises(UsageError, match=r"has no threshold days; it has min_count, window_days"):
        hits(settings(days=3), tmp_path)


def test_a_hit_counts_as_much_as_the_shipped_one_and_is_a_reason(tmp_path: Path) -> None:
    w = case_world()
    for days in (5, 6):
        w.pay(ago(days), "m1", "friend", 88)
    night = run(w, tmp_path / "one", settings=EVEN.model_copy(update={"own_indicators": settings().own_indicators}))
    (hit,) = [r for r in night.tables["indicator_hits"].to_pylist() if r["indicator_id"] == "lucky_amounts"]
    assert (hit["account_id"], hit["value"]) == ("m1", 2)
    assert hit["points_e6"] == weights().points["round_amounts"] * 100 > 0
    (reason,) = [r for r in night.reasons("m1") if r["source_id"] == "lucky_amounts"]
    assert (reason["source"], reason["points_e6"]) == ("indicator", hit["points_e6"])
    assert reason["reason_zh"] == "吉利数：近 30 天转出 2 笔尾数为 88 的付款"
    assert reason["reason_en"] == "lucky amounts: 2 payments over 30 days whose yuan end in 88"
    points = [r["points_e6"] for r in night.reasons("m1") if r["source"] == "indicator"]
    assert sum(points) == night.scores()["m1"]["points_e6"]


def test_its_family_says_whether_it_shows_money() -> None:
    assert "lucky_amounts" in money_indicators(settings())
    still = LUCKY.replace('layer = "transaction"', 'layer = "account_state"')
    assert "lucky_amounts" not in money_indicators(settings(still))
    assert len(everything(settings())) == len(indicators.catalogue()) + 1


def test_what_it_says_is_part_of_the_settings_and_where_it_lies_is_not() -> None:
    one, moved = settings(), settings()
    moved = moved.model_copy(update={"own_indicators": moved.own_indicators.model_copy(update={"folder": "elsewhere"})})
    assert settings_hash(one) == settings_hash(moved) != settings_hash(Settings())
    assert settings_hash(one) != settings_hash(settings(LUCKY.replace("= 88", "= 66")))


def test_the_folder_is_read_with_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "graphfraud.toml"
    file.write_text('[own_indicators]\nfolder = "mine"\n[indicators.lucky_amounts]\nmin_count = 5\n')
    with pytest.raises(UsageError, match="there is no folder mine"):
        load(file, {})
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "lucky_amounts.sql").write_text(LUCKY, encoding="utf-8")
    (tmp_path / "mine" / "notes.txt").write_text("no indicator")
    found = load(file, {})
    assert [i.id for i in own(found)] == ["lucky_amounts"]
    assert Settings.model_validate(found.model_dump(mode="json")) == found  # as a manifest keeps it
    (tmp_path / "mine" / "lucky_amounts.sql").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="UTF-8"):
        load(file, {})
    file.write_text('[own_indicators]\nfiles = {a = "b"}\n')
    with pytest.raises(UsageError, match="into its folder"):
        load(file, {})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("/*@indicator", "/* indicator"), "no header between"),
        (("version = 1\n", ""), "header cannot be read"),
        (('like = "round_amounts"', ""), "like = ''"),
        (('like = "round_amounts"', 'like = "lucky_amounts"'), "must name the shipped indicator"),
        (('unit = "count"', 'unit = "count"\nrequires = ["transfers.colour"]'), "transfers.colour"),
        (("{value} payments", "{number} payments"), "not 'number'"),
        (("$min_count", "2"), "exactly the thresholds"),
        (("SELECT account", "SELEC account"), "syntax error"),
        ((QUERY, QUERY + "; DROP TABLE recent"), "one SELECT; it has SELECT, DROP"),
        ((QUERY, "DELETE FROM recent WHERE $window_days > $min_count"), "one SELECT; it has DELETE"),
        ((QUERY, "WITH x AS (DELETE FROM uses RETURNING *) " + QUERY), "must only read: delete|one SELECT|[Pp]arser"),
        (("count(*) AS value", "avg(amount) AS value"), "float functions: avg"),
        (("GROUP BY", "AND random() < 1 GROUP BY"), "clock and chance: random"),
        (("FROM recent", "FROM recent_ones"), "recent_ones does not exist"),
        (("NOT inward", "NOT inwards"), '"inwards" not found'),
        (("AS value", "AS number"), "it returns account, number"),
        (("count(*) AS value", "max(payee) AS value"), "payee"),
        (("count(*) AS value", "'8' AS value"), "value is string"),
        (("FROM recent", "FROM read_csv('/etc/hostname') AS recent"), "Cannot access file"),
        (("FROM recent", "FROM indicator AS recent"), "indicator does not exist"),  # nor does it see our variables
    ],
)
def test_a_file_that_cannot_be_used_is_refused_before_the_night(change: tuple[str, str], message: str) -> None:
    assert change[0] in LUCKY
    with pytest.raises(UsageError, match=message) as refused:
        rehearse(settings(LUCKY.replace(*change)))
    assert str(refused.value).startswith("own indicator lucky_amounts.sql: ")
    assert "docs/own-indicators.md" in str(refused.value)


@pytest.mark.parametrize("name", ["out_24h", "Lucky", "1st"])
def test_its_name_is_its_own(name: str) -> None:
    with pytest.raises(UsageError, match=rf"own indicator {name}.sql: (a shipped indicator has this id|its name must)"):
        own(settings(LUCKY.replace('id = "lucky_amounts"', f'id = "{name}"'), name))


def test_an_account_twice_is_refused(tmp_path: Path) -> None:
    twice = LUCKY.replace(QUERY, f"({QUERY}) UNION ALL ({QUERY})")
    with pytest.raises(UsageError, match="each account once"):
        hits(settings(twice), tmp_path)


def test_a_good_file_passes() -> None:
    rehearse(settings())
    rehearse(Settings())


def test_the_page_has_the_tables_that_there_are_and_a_file_that_works(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "own-indicators.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([\w, ]+) \|", page, re.M)
    told = {name: frozenset(columns.split(", ")) for name, columns in rows}
    effective(FactTables(0, {n: s.schema.empty_table() for n, s in TABLES.items()}), Settings(), tmp_path)
    snapshot = build_snapshot(tmp_path, Meta(0), tmp_path / "snapshot")
    given = {n: FINDINGS[n].empty() for n in ("rings", "layers")}
    with opened(tmp_path, snapshot, Settings(), Earlier(np.zeros(0), given), 30) as engine:
        found = engine.rows("SELECT table_name, column_name FROM information_schema.columns", {}).to_pylist()
    there: dict[str, set[str]] = {}
    for row in found:
        there.setdefault(row["table_name"], set()).add(row["column_name"])
    assert told == there
    (example,) = re.findall(r"```sql\n(.*?)```", page, re.S)
    assert hits(settings(example), tmp_path) == [("lucky", 2)]
