"""House rules on harm (domain.md §7), each on a world in which breaking it would raise an ordinary customer."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import settings as limit
from hypothesis import strategies as st
from indicator_world import World, ago
from test_findings_compose import ring_tables

from graphfraud import risk
from graphfraud.core.clock import MINUTE
from graphfraud.core.findings import FINDINGS
from graphfraud.core.snapshot import Snapshot
from graphfraud.indicators import catalogue, money_indicators
from graphfraud.models.corroboration import Arrived
from graphfraud.models.judging import Judged, judge
from graphfraud.nightly.findings import compose
from graphfraud.settings import LevelSettings, LinkSettings, Settings

#: Everybody who has a score is above every threshold: only the rules are left.
OPEN = Settings(levels=LevelSettings(level_1=0.1, level_2=0.1, level_3=0.1))


def sharing() -> World:
    """x has two devices and a phone in common with three referred holders, and has never seen their money."""
    world = World()
    for i in range(3):
        world.refer(f"r{i}", f"C{i}")
        for user in (f"r{i}", "x"):
            world.use(user, "device", "first")
            world.use(user, "device", "second")
            world.use(user, "phone", "13812345678")
    return world


def judged(
    snapshot: Snapshot, indicators: tuple[str, ...], lineage: float = 0.0, walk: float = 1.0, settings: Settings = OPEN
) -> Judged:
    """The same raw score for all, times `walk` for x, which is hit by these indicators."""
    n = len(snapshot.accounts)
    rows = [{"account_id": "x", "indicator_id": i, "version": 1, "value": 1, "points_e6": 1} for i in indicators]
    hits = pa.Table.from_pylist(rows, schema=FINDINGS["indicator_hits"].schema)
    of_x = np.arange(n) == snapshot.code("x")
    money = Arrived(np.full(n, 9.0), np.where(of_x, lineage, 0.0))
    tables = ring_tables() | {"indicator_hits": hits}
    return judge(snapshot, settings, np.where(of_x, walk, 1.0), money, (tables, money_indicators(settings)))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return sharing().build(tmp_path_factory.mktemp("harm"))


def test_identifiers_alone_never_reach_level_1(shared: Snapshot) -> None:
    x = shared.code("x")
    made = judged(shared, ())
    assert (made.level[x], made.grounds[x]) == (2, 2)  # corroborated twice over, and yet
    assert judged(shared, (), lineage=0.01).level[x] == 1  # money is what was missing


def test_no_single_indicator_reaches_level_1_and_two_of_money_do(shared: Snapshot) -> None:
    x, money = shared.code("x"), money_indicators(OPEN)
    assert {int(judged(shared, (i.id,)).level[x]) for i in catalogue()} == {2}
    others = tuple(i.id for i in catalogue() if i.id not in money)
    assert judged(shared, others).level[x] == 2  # nor all together that do not show money
    assert {int(judged(shared, pair).level[x]) for pair in itertools.combinations(money[:4], 2)} == {1}


SHARES = st.floats(0, 1)
LEVELS = st.builds(
    LevelSettings,
    level_1=SHARES,
    level_2=SHARES,
    level_3=SHARES,
    level_2_in_ring=SHARES,
    corroborate_reported=st.floats(0.001, 20),
    corroborate_lineage=st.floats(0.001, 1),
    corroborate_referred=st.integers(1, 5),
    odds_at_reference=st.floats(0.01, 0.99),
)
LINKS = st.builds(LinkSettings, max_holders_ring=st.integers(2, 99), max_holders_walk=st.integers(2, 99))
GIVEN = st.builds(Settings, levels=LEVELS, links=LINKS)


@given(settings=GIVEN, walk=st.floats(0, 1e9), hit=st.sampled_from([None, *(i.id for i in catalogue())]))
@example(settings=OPEN, walk=1e9, hit=None)
@limit(max_examples=150, deadline=None)
def test_no_setting_lets_identifiers_or_one_indicator_reach_level_1(
    shared: Snapshot, settings: Settings, walk: float, hit: str | None
) -> None:
    """However high the score, whatever the thresholds: with two of money the same settings may, without they never."""
    x = shared.code("x")
    alone = judged(shared, () if hit is None else (hit,), walk=walk, settings=settings)
    two = judged(shared, money_indicators(settings)[:2], walk=walk, settings=settings)
    assert alone.level[x] != 1
    backed = two.grounds[x] > 0 and two.score[x] >= max(1, round(settings.levels.level_1 * 1e6))
    assert (two.level[x] == 1) == backed
    assert {int(alone.level[shared.code(f"r{i}")]) for i in range(3)} == {1}  # referred accounts excepted


@pytest.mark.parametrize("kind", ["pooled", "person"])
def test_nothing_is_carried_through_a_pooled_account(kind: str, tmp_path: Path) -> None:
    """v's reported payment goes r → p → y within minutes. Through a person y is reached, through a pool not."""
    world = World()
    world.account("p", **({} if kind == "person" else {kind: True}))
    world.refer("r", "C1", victim="v")
    for i, (payer, payee) in enumerate(itertools.pairwise(("v", "r", "p", "y"))):
        world.pay(ago(10) + i * 10 * MINUTE, payer, payee, 1_000)
    built = world.build(tmp_path)
    referrals = built.referrals
    referrals.victim_flow[:] = 0
    found, y = risk.assess(built, OPEN), built.code("y")
    reached = (found.lineage[y] > 0, found.traced.arrived[y] > 0, found.mass[y] > 0)
    assert reached == ((True,) * 3 if kind == "person" else (False,) * 3)


def test_the_other_accounts_of_a_referred_holder_are_listed_and_not_scored(tmp_path: Path) -> None:
    world = World()
    for account, holder in (("r", "H1"), ("same-holder", "H1"), ("friend", "H2")):
        world.account(account, holder_id=holder, open_time=ago(20))
        world.use(account, "device", "of-all")
    world.refer("r", "C1")
    built = world.build(tmp_path)
    settings = OPEN.model_copy(update={"risk": OPEN.risk.model_copy(update={"soft_seeds": False})})
    tables = ring_tables() | {"indicator_hits": FINDINGS["indicator_hits"].empty()}
    made = compose(built, settings, None, risk.assess(built, settings), tables)
    rows = {r["account_id"]: r for r in made["scores"].to_pylist()}
    assert made["holder_accounts"].to_pylist() == [{"account_id": "same-holder", "referred_account": "r"}]
    assert rows["friend"]["score_e6"] > 0
    # the device links it to the friend, as every third person is, and not to the referred account of its own holder
    assert rows["same-holder"]["score_e6"] < rows["friend"]["score_e6"]
    alone = World(accounts=dict(world.accounts), uses=[u for u in world.uses if u[0] != "friend"])
    alone.referrals = world.referrals
    (tmp_path / "alone").mkdir()
    built = alone.build(tmp_path / "alone")
    assert risk.assess(built, settings).walk[built.code("same-holder")] == 0
