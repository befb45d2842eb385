"""Every indicator on both sides of every threshold; what is left out, what cannot be computed, what may not matter."""

from __future__ import annotations

from pathlib import Path

import indicator_world
import pytest
from indicator_cases import CASES, SETTINGS, everything, gather_scatter, out_24h, traced_share
from indicator_world import T, World, ago, day

from graphfraud import indicators
from graphfraud.core.clock import HOUR, MINUTE, SECOND
from graphfraud.errors import UsageError
from graphfraud.indicators import catalogue
from graphfraud.settings import Settings


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, int]]]:
    """Expected and actual hits of the one world, by indicator."""
    world, expected = everything()
    table = indicator_world.run(world, tmp_path_factory.mktemp("facts"), SETTINGS)["indicator_hits"]
    actual: dict[str, dict[str, int]] = {name: {} for name in CASES}
    for row in table.to_pylist():
        actual[row["indicator_id"]][row["account_id"]] = row["value"]
    return expected, actual


def test_every_indicator_has_its_cases() -> None:
    assert set(CASES) == {i.id for i in catalogue()}


@pytest.mark.parametrize("indicator", CASES)
def test_hits_and_near_misses(
    found: tuple[dict[str, dict[str, int]], dict[str, dict[str, int]]], indicator: str
) -> None:
    expected, actual = found
    prefix = CASES[indicator][0]
    mine = {a: v for a, v in actual[indicator].items() if a.startswith(f"{prefix}.")}
    assert mine == expected[indicator]


def test_a_setting_moves_a_threshold(tmp_path: Path) -> None:
    world = World()
    expected = out_24h(world)
    strict = Settings(indicators={"out_24h": {"share_e6": 900_001}})
    assert {k for k in indicator_world.hits(world, "out_24h", tmp_path) if k.startswith("out.")} == set(expected)
    assert not {k for k in indicator_world.hits(world, "out_24h", tmp_path, strict) if k.startswith("out.")}


def test_nothing_after_t_is_seen(tmp_path: Path) -> None:
    """Values at T are the same with and without everything later than T."""
    now, _ = everything()
    poisoned, _ = everything()
    for account in list(poisoned.accounts)[::3]:
        poisoned.pay(T + HOUR, "filler-a", account, 90_000)
        poisoned.pay(T + HOUR + MINUTE, account, "filler-b", 90_000)
        poisoned.withdraw(T + 2 * HOUR, account, 5_000, "TM-late")
    for folder in ("now", "poisoned"):
        (tmp_path / folder).mkdir()
    tables = [indicator_world.run(w, tmp_path / f, SETTINGS) for w, f in ((now, "now"), (poisoned, "poisoned"))]
    assert tables[0]["indicator_hits"].equals(tables[1]["indicator_hits"])
    assert tables[0]["indicator_status"].equals(tables[1]["indicator_status"])
    assert tables[0]["indicator_hits"].num_rows > 50


def test_threads_and_order_do_not_matter(tmp_path: Path) -> None:
    one, _ = everything()
    other, _ = everything()
    one.moves.sort()
    settings = SETTINGS.model_copy(update={"store": SETTINGS.store.model_copy(update={"threads": 1})})
    other.moves = one.moves
    other.uses.reverse()
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
    left = indicator_world.run(one, tmp_path / "one", SETTINGS)
    right = indicator_world.run(other, tmp_path / "other", settings)
    assert left["indicator_hits"].equals(right["indicator_hits"])


def test_without_a_risk_stage_there_is_no_lineage(tmp_path: Path) -> None:
    world = World()
    traced_share(world)
    tables = indicators.run(tmp_path, world.build(tmp_path), Settings())
    (row,) = [r for r in tables["indicator_status"].to_pylist() if r["indicator_id"] == "traced_share"]
    assert (row["computable"], row["missing"], row["hits"]) == (False, "lineage", 0)


@pytest.mark.parametrize(
    ("setting", "message"), [({"nope": {}}, "knows no nope; there are"), ({"out_24h": {"x": 1}}, "no threshold x")]
)
def test_a_setting_for_nothing_is_refused(tmp_path: Path, setting: dict[str, dict[str, int]], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        indicators.run(tmp_path, World(accounts={"a": {}}).build(tmp_path), Settings(indicators=setting))


def test_what_the_data_lacks_is_said(tmp_path: Path) -> None:
    world = World(missing={"accounts": ["agent_id", "holder_id"], "cash": ["terminal"]})
    world.pay(ago(59.4), "a", "b", 10)
    world.withdraw(ago(1), "b", 5)
    status = {r["indicator_id"]: r for r in indicator_world.run(world, tmp_path)["indicator_status"].to_pylist()}
    lacking = {k: r["missing"] for k, r in status.items() if not r["computable"]}
    assert lacking == {
        "agent_burst": "accounts.agent_id",
        "cards_same_holder": "accounts.holder_id",
        "device_holders": "identifiers:device|mac; accounts.holder_id",
        "phone_holders": "identifiers:phone; accounts.holder_id",
        "terminal_cards": "cash.terminal; accounts.holder_id",
        "sanction_hit": "sanctions",
        "idle_then_inflow": "187 days of transfers (there are 59)",
        "inflow_surge": "60 days of transfers (there are 59)",
        "night_large": "60 days of transfers (there are 59)",
        "card_replaced": "a second version of an account's row",
        "cards_one_bank": "accounts.holder_id",
        "contact_change": "identifiers:phone|address",
        "impossible_travel": "places with coordinates",
        "opening_branches": "accounts.holder_id",
        "referral_layer": "layers",
        "sanction_shared": "sanctions; identifiers:device|phone|mac",
        "synchrony_active": "rings",
        "synchrony_opening": "rings",
    }
    assert all(r["hits"] == 0 for k, r in status.items() if k in lacking)


def test_hubs_are_left_out_and_counted(tmp_path: Path) -> None:
    world = World()
    gather_scatter(world)
    for i in range(5_001):
        world.pay(day(0) + i * SECOND, "gather-other0", "busy", 1)
        world.use(f"u{i % 60}", "device", "hub")
    result = indicator_world.run(world, tmp_path)
    notes = {r["indicator_id"]: r["missing"] for r in result["indicator_status"].to_pylist()}
    assert notes["gather_scatter"] == "left out: 2 accounts with more than 5,000 moves"
    assert notes["burst_hour"] == "left out: 2 accounts with more than 5,000 moves"
    assert notes["device_holders"] == "left out: 1 identifiers with more than 50 holders"
    assert notes["traced_share"] == ""
    assert "busy" not in {r["account_id"] for r in result["indicator_hits"].to_pylist()}
    hit = {r["account_id"] for r in result["indicator_hits"].to_pylist() if r["indicator_id"] == "gather_scatter"}
    assert hit == {"gather.hit", "gather.friday", "gather.edge_in"}
