"""What if: the fewest facts worked out by hand, against every subset of up to two, and against worlds without them."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indicator_world import World, ago
from test_findings_compose import ring_tables

from graphfraud import indicators, risk
from graphfraud.core.findings import FINDINGS
from graphfraud.core.runs import AccountIndex, RunCatalogue
from graphfraud.core.snapshot import Snapshot
from graphfraud.errors import StoreError
from graphfraud.nightly.findings import compose
from graphfraud.services.counterfactual import WhatIf
from graphfraud.services.counterfactual.ask import Case, find, what_if
from graphfraud.services.counterfactual.facts import Fact, Seen, candidates
from graphfraud.services.counterfactual.search import Rules, Stand, search
from graphfraud.services.counterfactual.without import Taken
from graphfraud.settings import LevelSettings, RiskSettings, Settings

#: Any score is enough for level 2, so that corroboration decides; level 1 is out of reach.
LOW = Settings(
    levels=LevelSettings(level_1=1.0, level_2=0.000_01, level_3=0.000_01, level_2_in_ring=0.000_01),
    risk=RiskSettings(soft_seeds=False),
)
Key = tuple[str, str]


def bank(referred: int) -> World:
    """x was paid by an employer and by nobody else; r1, r2 … are referred, of different holders."""
    world = World()
    world.pay(ago(301), "employer", "x", 100_000)
    world.account("employer", holder_type="company")
    for i in range(1, referred + 1):
        world.refer(f"r{i}", f"C{i}")
    for young in ("x", *(f"r{i}" for i in range(1, referred + 1))):
        world.account(young, open_time=ago(20))  # so that behaviour, and with it a score, is above zero
    return world


def one_device() -> World:
    world = bank(1)
    for user in ("r1", "x"):
        world.use(user, "device", "of-both")
    return world


def two_reasons() -> World:
    """Two referred holders on its phone; two others paid it: either reason alone is enough for level 2."""
    world = bank(4)
    for user in ("r1", "r2", "x"):
        world.use(user, "phone", "13812345678")
    for payer in ("r3", "r4"):
        world.pay(ago(300), payer, "x", 10)
    return world


def three_devices() -> World:
    """A device in common with each of three referred holders: two of them are enough for level 2."""
    world = bank(3)
    for i in range(1, 4):
        for user in (f"r{i}", "x"):
            world.use(user, "device", f"device-{i}")
    return world


@dataclass(frozen=True)
class Night:
    snapshot: Snapshot
    tables: dict[str, Any]
    found: risk.Risk

    def case(self) -> Case:
        return Case(self.snapshot, LOW, self.tables, self.snapshot.code("x"))

    def facts(self) -> list[Fact]:
        ring = {r["account_id"]: r["ring_id"] for r in self.tables["rings"].to_pylist()}.get("x")
        return candidates(Seen(self.snapshot, LOW, self.found, self.snapshot.code("x"), ring))

    def now(self) -> Stand:
        return self.case().judged(self.snapshot, Taken(), self.found)

    def score(self, name: str) -> dict[str, Any]:
        return next(r for r in self.tables["scores"].to_pylist() if r["account_id"] == name)


def night(world: World, folder: Path, members: tuple[str, ...] = ()) -> Night:
    folder.mkdir()
    snapshot = world.build(folder)
    found = risk.assess(snapshot, LOW)
    tables = ring_tables(members) | indicators.run(folder, snapshot, LOW, found)
    return Night(snapshot, tables | compose(snapshot, LOW, None, found, tables), found)


def key(fact: Fact) -> Key:
    return fact.kind, fact.source


def brute(made: Night) -> list[set[Key]]:
    """Every smallest set of up to two facts without which the level is lower; each subset is computed anew."""
    facts, case, now = made.facts(), made.case(), made.now()
    for size in (1, 2):
        found = []
        for chosen in itertools.combinations(facts, size):
            taken = Taken()
            for fact in chosen:
                taken = taken | fact.taken
            if case.stand(taken).rank > now.rank:
                found.append({key(f) for f in chosen})
        if found:
            return found
    return []


DEVICE, PHONE = ("identifier", "device:of-both"), ("identifier", "phone:13812345678")
PAID = [("payments", "r3"), ("payments", "r4"), ("lineage", ""), ("referral", "r3"), ("referral", "r4")]
KNOWN = [PHONE, ("referral", "r1"), ("referral", "r2")]
EACH = [[("identifier", f"device:device-{i}"), ("referral", f"r{i}")] for i in (1, 2, 3)]
BY_HAND = {
    one_device: (3, [{DEVICE}, {("referral", "r1")}]),
    two_reasons: (2, [{a, b} for a in KNOWN for b in PAID]),
    three_devices: (2, [{a, b} for one, other in itertools.combinations(EACH, 2) for a in one for b in other]),
}


@pytest.mark.parametrize("make", BY_HAND, ids=lambda f: f.__name__)
def test_the_fewest_facts_are_those_worked_out_by_hand_and_by_every_subset(make: Any, tmp_path: Path) -> None:
    made = night(make(), tmp_path / "one")
    level, wanted = BY_HAND[make]
    assert made.now().level == made.score("x")["level"] == level
    every = brute(made)
    assert sorted(map(sorted, every)) == sorted(map(sorted, wanted))
    facts = made.facts()
    found = find(made.case(), made.now(), facts, Rules())
    assert found.fewest
    assert found.ways
    assert all({key(facts[i]) for i in way.facts} in every for way in found.ways)
    if len(wanted[0]) == 1:
        assert sorted(sorted(key(facts[i]) for i in way.facts) for way in found.ways) == sorted(map(sorted, wanted))


def test_a_wrong_order_of_contributions_changes_what_is_tried_first_and_no_answer(tmp_path: Path) -> None:
    made = night(two_reasons(), tmp_path / "one")
    facts, every = made.facts(), brute(made)
    for wrong in (facts[::-1], sorted(facts, key=lambda f: f.source), [replace(f, weight=1 - f.weight) for f in facts]):
        found = find(made.case(), made.now(), wrong, Rules())
        assert found.fewest
        assert {key(wrong[i]) for i in found.ways[0].facts} in every


@pytest.mark.parametrize("gone", ["phone", "r3", "R1", "phone and r3"])
def test_without_a_fact_the_account_stands_as_in_a_world_without_it(gone: str, tmp_path: Path) -> None:
    made, other = night(two_reasons(), tmp_path / "one"), two_reasons()
    names: set[Key] = set()
    if "phone" in gone:
        names.add(PHONE)
        other.uses = [u for u in other.uses if u[0] != "x"]
    if "r3" in gone:
        names.add(("payments", "r3"))
        other.moves = [m for m in other.moves if m[1] != "r3"]
    if gone == "R1":
        names.add(("referral", "r1"))
        other.referrals = [r for r in other.referrals if r[2] != "r1"]
    taken = Taken()
    for fact in made.facts():
        taken = taken | fact.taken if key(fact) in names else taken
    stands, wanted = made.case().stand(taken), night(other, tmp_path / "two").score("x")
    assert (stands.level, stands.score) == (wanted["level"] or 0, wanted["score_e6"])
    assert stands.score != made.now().score


def test_a_place_in_a_ring_with_several_referred_is_a_fact(tmp_path: Path) -> None:
    made = night(one_device(), tmp_path / "one", members=("r1", "x"))
    assert made.now().level == 3  # one referred member is not enough
    world = bank(2)
    for user in ("r1", "x"):
        world.use(user, "device", "of-both")
    made = night(world, tmp_path / "two", members=("r1", "r2", "x"))
    assert made.now().level == made.score("x")["level"] == 2
    ring = ("ring", "R-1")
    assert {ring} in brute(made)
    assert {("referral", "r1")} in brute(made)  # the ring has one referred member then
    facts = made.facts()
    ways = find(made.case(), made.now(), facts, Rules()).ways
    assert sorted(sorted(key(facts[i]) for i in w.facts) for w in ways) == sorted(map(sorted, brute(made)))


# -- the search itself --------------------------------------------------------------------------------------------

cuts = st.lists(st.sets(st.integers(0, 6), min_size=1, max_size=4), max_size=4)


@settings(max_examples=300, deadline=None)
@given(cuts, st.permutations(range(7)), st.integers(1, 60))
def test_the_search_finds_the_smallest_of_up_to_two_and_never_a_wrong_one(
    enough: list[set[int]], order: list[int], trials: int
) -> None:
    """`enough`: sets without any of which the level falls."""
    calls = []

    def stand(chosen: tuple[int, ...]) -> Stand:
        calls.append(chosen)
        return Stand(3 if any(cut <= set(chosen) for cut in enough) else 2, 1_000 - len(chosen))

    found = search(Stand(2, 1_000), order, stand, Rules(trials=trials))
    smallest = min((len(c) for c in enough), default=99)
    assert len(calls) == len(set(calls)) == found.trials <= trials
    for way in found.ways:
        assert any(cut <= set(way.facts) for cut in enough)
        assert not found.fewest or len(way.facts) == smallest
        assert all(not any(c <= set(way.facts) - {i} for c in enough) for i in way.facts) or found.trials == trials
    if trials >= 7 + 21 + 8 and smallest <= 2:
        assert found.fewest
        assert len(found.ways[0].facts) == smallest
    if not found.ways and found.complete:
        assert smallest > found.complete


# -- the service --------------------------------------------------------------------------------------------------


def publish(made: Night, runs: Path) -> RunCatalogue:
    folder = runs / "one"
    made.snapshot.save(folder / "snapshot")
    tables = {name: made.tables.get(name, spec.empty()) for name, spec in FINDINGS.items()}
    (folder / "findings").mkdir()
    for name, table in tables.items():
        pq.write_table(table, folder / "findings" / f"{name}.parquet")
    AccountIndex.build(tables, made.snapshot.accounts.id).save(folder / "index")
    (folder / "hold").touch()
    manifest = {"as_of": made.snapshot.as_of, "settings": LOW.model_dump(mode="json")}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (runs / "LIVE").write_text("one\n", encoding="utf-8")
    return RunCatalogue(runs)


def ask(made: Night, folder: Path, account: str = "x", **rules: int) -> WhatIf:
    with publish(made, folder).open() as run:
        return what_if(run, account, rules=Rules(**rules) if rules else None)


def test_the_answer_is_in_an_investigators_words(tmp_path: Path) -> None:
    made = ask(night(two_reasons(), tmp_path / "one"), tmp_path / "runs")
    first = made.found[0]
    assert {f.kind for f in first.facts} == {"identifier", "payments"}
    then, now = (f"{s / 1e6:.3f}" for s in (first.score, made.score))
    by = next(f.accounts[0] for f in first.facts if f.kind == "payments")
    phone = "the phone 13*******78 shared with r1 (referred), r2 (referred)"
    paid = f"the payment from {by} (referred) (10.00 yuan)"
    assert made.reason_en in {
        f"without {a} and without {b}, the account would stand at level 3 (score {then}, now {now})"
        for a, b in ((phone, paid), (paid, phone))
    }
    assert "若无" in made.reason_zh
    assert "与账户 r1（涉案）、r2（涉案） 共用的手机号 13*******78" in made.reason_zh
    assert f"账户 {by}（涉案） 转入的 1 笔转账（共 10.00 元）" in made.reason_zh
    assert f"该账户将降至 3 级（评分 {then}，现为 {now}）" in made.reason_zh
    assert (made.level, first.level, made.fewest) == (2, 3, True)
    assert "13812345678" not in str(made)


def test_what_was_not_looked_at_is_said(tmp_path: Path) -> None:
    made = night(three_devices(), tmp_path / "one")
    few = ask(made, tmp_path / "runs", facts=7, most=1)
    assert (few.found, few.recomputed, few.considered + few.left_out) == ([], few.considered, len(made.facts()))
    assert few.reason_en == (
        f"no 1 facts or fewer were found without which the account would stand below level 2"
        f" ({few.recomputed} recomputations)"
    )


def test_an_account_without_a_level_has_nothing_to_take_away(tmp_path: Path) -> None:
    made = ask(night(one_device(), tmp_path / "one"), tmp_path / "runs", "employer")
    assert (made.level, made.found, made.recomputed) == (None, [], 0)
    assert made.reason_zh == "该账户无预警级别，无需反事实说明"


def test_a_referred_account_falls_with_its_own_referral(tmp_path: Path) -> None:
    made = ask(night(three_devices(), tmp_path / "one"), tmp_path / "runs", "r1")
    assert [f.reason_en for f in made.found[0].facts] == ["the police referral of r1"]
    assert made.level == 1


def test_a_run_that_this_version_does_not_come_to_is_refused(tmp_path: Path) -> None:
    made = night(one_device(), tmp_path / "one")
    scores = made.tables["scores"]
    raised = [s + 1 for s in scores["score_e6"].to_pylist()]
    at = scores.column_names.index("score_e6")
    made.tables["scores"] = FINDINGS["scores"].table(
        {n: (raised if i == at else scores[n].to_pylist()) for i, n in enumerate(scores.column_names)}
    )
    with pytest.raises(StoreError, match="run `graphfraud nightly`"):
        ask(made, tmp_path / "runs")
