"""Simulated worlds: audited for give-aways, feasible to the fen, the same for the same seed, their truth consistent."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from bench.marginals import auc, opened, separation

from graphfraud.core.schemas import TABLES
from graphfraud.errors import InputError, UsageError
from graphfraud.evaluate.facts import load_facts, read_table
from graphfraud.evaluate.truth import load_truth
from graphfraud.ingest.synthetic import Plan, kinds, preset, synthesize
from graphfraud.ingest.synthetic.flow import CAPPED, FIXED, FRAUD, HONEST, PART, SWEEP, Flow
from graphfraud.ingest.synthetic.settle import settle
from graphfraud.services import worlds

KINDS = ("like-a", "like-b", "patient")
DAY = 86_400
ACCOUNTS = 6_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("planted")
    for kind in KINDS:
        synthesize(Plan(kind, preset(kind), 7, ACCOUNTS, 90), folder / kind)
    return {kind: folder / kind for kind in KINDS}


def world(folder: Path, *changes: str, kind: str = "like-b", seed: int = 3) -> Path:
    synthesize(Plan(kind, preset(kind, changes), seed, 2_500, 90), folder)
    return folder


def rows(folder: Path, name: str) -> list[dict[str, object]]:
    return pq.read_table(folder / f"{name}.parquet").to_pylist()


def query(folder: Path, text: str) -> list[tuple[object, ...]]:
    names = ("accounts", "transfers", "cash", "identifiers", "referrals")
    files = {n: folder / f"{n}.parquet" for n in names}
    files |= {p.stem: p for p in (folder / "truth").glob("*.parquet")}
    con = duckdb.connect()
    for name, path in files.items():
        con.read_parquet(str(path)).create(name)
    return con.execute(text).fetchall()


@pytest.mark.parametrize("kind", KINDS)
def test_no_plain_feature_tells_mules_from_honest_persons(made: dict[str, Path], kind: str) -> None:
    found = separation(opened(made[kind]))
    assert len(found) >= 15
    assert {n: round(v, 3) for n, v in found.items() if not 0.25 <= v <= 0.75} == {}


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_and_order_give_nothing_away(made: dict[str, Path], kind: str) -> None:
    accounts = pq.read_table(made[kind] / "accounts.parquet")
    members = pq.read_table(made[kind] / "truth" / "rings.parquet")["account_id"].combine_chunks()
    strata = pq.read_table(made[kind] / "truth" / "strata.parquet")
    others = strata.filter(pc.equal(strata["stratum"], "outside"))["account_id"].combine_chunks()
    bank = pc.and_(pc.equal(accounts["holder_type"], "person"), pc.invert(pc.is_in(accounts["account_id"], others)))
    persons = accounts.filter(bank)
    mule = np.asarray(pc.is_in(persons["account_id"], members))
    place = np.arange(len(persons)).astype(float)
    assert 0.4 < auc(place, mule) < 0.6
    for column in ("account_id", "holder_id", "branch"):
        order = np.argsort(np.argsort(persons[column].to_numpy(zero_copy_only=False).astype(str))).astype(float)
        assert 0.4 < auc(order, mule) < 0.6, column


@pytest.mark.parametrize("kind", KINDS)
def test_identifiers_give_nothing_away(made: dict[str, Path], kind: str) -> None:
    """No days of enrolment on which mules appear, no network that only mules use, no range of values."""
    text = """
    SELECT kind, value, first_seen, account_id IN (SELECT account_id FROM rings) FROM identifiers
    """
    found = query(made[kind], text)
    day = defaultdict(int)
    mules = [(int(seen) // DAY) for _, _, seen, mule in found if mule]
    for one in mules:
        day[one] += 1
    assert sum(sorted(day.values())[-10:]) < 0.25 * len(mules)
    users = defaultdict(list)
    for name, value, _, mule in found:
        if name == "ip":
            users[value].append(bool(mule))
    assert [v for v, m in users.items() if len(m) >= 5 and sum(m) > len(m) / 2] == []
    order = np.array([int(str(value)[1:]) for _, value, _, _ in found], dtype=float)
    assert 0.4 < auc(order, np.array([m for *_, m in found], dtype=bool)) < 0.6


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_pays_what_he_does_not_have(made: dict[str, Path], kind: str) -> None:
    text = """
    WITH moved AS (
        SELECT payer account_id, time, -amount a FROM transfers UNION ALL SELECT payee, time, amount FROM transfers
        UNION ALL SELECT account, time, -amount FROM cash),
    sums AS (SELECT account_id, time, sum(a) a FROM moved GROUP BY ALL),
    run AS (SELECT account_id, sum(a) OVER (PARTITION BY account_id ORDER BY time) s FROM sums)
    SELECT count(*), min(opening_balance + s) FROM run JOIN accounts USING (account_id) JOIN strata USING (account_id)
    WHERE holder_type = 'person' AND stratum <> 'outside'
    """
    seen, lowest = query(made[kind], text)[0]
    assert int(str(seen)) > 100_000
    assert int(str(lowest)) >= 0


@pytest.mark.parametrize("kind", KINDS)
def test_facts_are_canonical_and_begin_after_the_opening(made: dict[str, Path], kind: str) -> None:
    for name in ("accounts", "transfers", "cash", "identifiers", "referrals"):
        table = pq.read_table(made[kind] / f"{name}.parquet")
        assert set(TABLES[name].required) <= set(table.column_names) <= set(TABLES[name].names)
        assert all(table[c].null_count == 0 for c in TABLES[name].required)
        for key in TABLES[name].key or ():
            assert len(pc.unique(table[key])) == table.num_rows
    time = pq.read_table(made[kind] / "transfers.parquet")["time"].to_numpy()
    assert (time[1:] >= time[:-1]).all()
    text = """
    SELECT count(*) FROM transfers JOIN accounts x ON payer = x.account_id JOIN accounts y ON payee = y.account_id
    WHERE time < x.open_time OR time < y.open_time OR payer = payee OR amount < 100
    """
    assert query(made[kind], text) == [(0,)]


@pytest.mark.parametrize("kind", KINDS)
def test_truth_follows_the_money(made: dict[str, Path], kind: str) -> None:
    """Every marked payment rests on an earlier one of its case one step up, and no member passes on more than came."""
    text = """
    WITH m AS (
        SELECT f.txn_id, "case", depth, time, payer, payee, amount FROM fraud_transfers f JOIN transfers USING (txn_id)
        UNION ALL
        SELECT f.txn_id, "case", depth, time, account, 'cash', amount FROM fraud_transfers f JOIN cash USING (txn_id))
    SELECT * FROM m ORDER BY time, txn_id
    """
    marked = query(made[kind], text)
    assert len(marked) == len(rows(made[kind], "truth/fraud_transfers"))
    inside = {r["account_id"] for r in rows(made[kind], "truth/rings")}
    members = inside | {r["account_id"] for r in rows(made[kind], "truth/outside")}
    came = {(case, depth, payee) for _, case, depth, _, _, payee, _ in marked}
    assert all(payee in inside and payer not in members for _, _, depth, _, payer, payee, _ in marked if depth == 0)
    below = [row for row in marked if int(str(row[2])) > 0]
    assert all(payer in members for *_, payer, _, _ in below)
    assert all(
        (case, int(str(depth)) - 1, payer) in came for _, case, depth, _, payer, _, _ in below if payer in inside
    )
    balance: dict[object, int] = defaultdict(int)
    for txn in {row[0]: row for row in marked}.values():
        balance[txn[5]] += int(str(txn[6]))
        balance[txn[4]] -= int(str(txn[6]))
    assert min(balance[m] for m in inside) >= 0


@pytest.mark.parametrize("kind", KINDS)
def test_evaluation_reads_the_truth(made: dict[str, Path], kind: str) -> None:
    facts, transfers = load_facts(made[kind]), read_table(made[kind], "transfers")
    assert transfers is not None
    truth = load_truth(made[kind], facts, transfers)
    acted = truth.acted(facts.end)
    assert acted is not None
    assert 0.35 < acted.sum() / truth.mule.sum() < 0.95
    assert truth.lineage is not None
    assert set(truth.role or ()) >= {"collector", "relay", "cashout", "dormant"}
    assert truth.outside.sum() == round(ACCOUNTS * preset(kind).people.outside)
    later = [r for r in rows(made[kind], "referrals") if int(str(r["referred_at"])) <= int(str(r["victim_time"]))]
    assert later == []


def test_the_kinds_differ_in_how_much_honest_people_pass_on(made: dict[str, Path]) -> None:
    """world-a: 0.08 of the persons pass money on within a day, 0.61 of it honest; world-b: 0.67 and 0.97."""
    share, honest = {}, {}
    for kind in KINDS:
        con = opened(made[kind])
        share[kind] = con.execute(
            "SELECT (SELECT count(DISTINCT account_id) FROM relayed) / (SELECT count(*) FROM p)"
        ).fetchall()[0][0]
        honest[kind] = con.execute("SELECT 1 - avg(mule::INT) FROM relayed").fetchall()[0][0]
    assert share["like-a"] < 0.2 < share["patient"] < 0.38 < share["like-b"]
    assert honest["like-a"] < 0.88
    assert honest["like-b"] > 0.93


def test_same_plan_same_bytes_other_seed_other_world(tmp_path: Path) -> None:
    one, other = world(tmp_path / "a"), world(tmp_path / "b")
    third = world(tmp_path / "c", seed=4)
    files = sorted(p.relative_to(one) for p in one.rglob("*.*"))
    assert len(files) >= 13
    for file in files:
        assert (one / file).read_bytes() == (other / file).read_bytes(), file
    assert (one / "transfers.parquet").read_bytes() != (third / "transfers.parquet").read_bytes()


def test_knobs_do_what_they_say(tmp_path: Path) -> None:
    styles = [f"styles.{s}" for s in preset("like-b").styles]
    quiet = world(
        tmp_path / "q", *(f"{s}.low=0.4" for s in styles), *(f"{s}.high=0.5" for s in styles), "rings.shared=0"
    )
    text = """
    WITH m AS (SELECT DISTINCT t.* FROM transfers t JOIN fraud_transfers USING (txn_id)),
    k AS (SELECT DISTINCT c.* FROM cash c JOIN fraud_transfers USING (txn_id)),
    o AS (SELECT a, sum(x) x FROM (SELECT payer a, amount x FROM m UNION ALL SELECT account, amount FROM k) GROUP BY 1)
    SELECT max(o.x / i.x), count(*) FROM o JOIN (SELECT payee a, sum(amount) x FROM m GROUP BY 1) i USING (a)
    JOIN rings ON account_id = a
    """
    most, members = query(quiet, text)[0]
    assert int(str(members)) > 5
    assert float(str(most)) <= 0.5
    drawn = world(tmp_path / "d", *(f"{s}.cash=1" for s in styles), "cases.reported=0", "rings.outside=0")
    assert rows(drawn, "referrals") == []
    assert rows(drawn, "truth/outside") == []
    text = """
    SELECT count(*) FROM transfers t SEMI JOIN fraud_transfers USING (txn_id)
    JOIN rings ON rings.account_id = payer AND role <> 'front' WHERE payee NOT IN (SELECT account_id FROM rings)
    """
    assert query(drawn, text) == [(0,)]  # all that leaves is drawn, but for what fronts pay
    assert int(str(query(drawn, "SELECT count(*) FROM cash SEMI JOIN fraud_transfers USING (txn_id)")[0][0])) > 5
    wrong = world(tmp_path / "w", "cases.wrong=1", "cases.fed=true")
    assert len(rows(wrong, "truth/referral_errors")) == len(rows(wrong, "referrals")) > 5
    named = "SELECT count(*) FROM referrals WHERE account_id IN (SELECT account_id FROM rings)"
    assert int(str(query(wrong, named)[0][0])) <= 2  # a bystander drawn at random may be one


def test_slower_rings_hold_money_longer(tmp_path: Path) -> None:
    text = """
    WITH m AS (SELECT DISTINCT t.*, "case" k FROM transfers t JOIN fraud_transfers USING (txn_id))
    SELECT median(h) FROM (SELECT min(y.time) - x.time h FROM m x JOIN m y ON y.payer = x.payee AND y.k = x.k
    AND y.time > x.time GROUP BY x.txn_id, x.k, x.time)
    """
    fast = query(world(tmp_path / "f", kind="like-a"), text)[0][0]
    hours = [f"styles.{s}.hours=30" for s in preset("like-a").styles]
    slow = query(world(tmp_path / "s", *hours, kind="like-a"), text)[0][0]
    assert float(str(fast)) < 12 * 3600 < 18 * 3600 < float(str(slow)) < 60 * 3600


def test_settling_by_hand() -> None:
    """Accounts 0 to 3 have 100, 0, 5 and no limit (yuan)."""
    steps = [  # time, payer, payee, amount, kind, share, unit, origin, tag
        (1, 0, 1, 6_000, FIXED, 0, 1, -1, HONEST),  # 0: 40 left, 1: 60
        (2, 1, 2, 0, PART, 5_000, 1, 0, HONEST),  # half of 60: 1: 30, 2: 35
        (3, 2, 0, 9_000, FIXED, 0, 1, -1, HONEST),  # more than 35: does not happen
        (4, 0, 1, 0, PART, 10_000, 1, 2, HONEST),  # nor what rests on it
        (5, 0, 2, 9_999, CAPPED, 0, 1, -1, FRAUD),  # nine tenths of 40: 2: 71, pool 36
        (6, 2, 3, 0, SWEEP, 5_000, 1_000, 0, FRAUD),  # half of the pool of 36, in tens: 10; 2: 61
        (7, 3, 2, 8_000, FIXED, 0, 1, -1, FRAUD),  # not bounded; 2: 141, a pool of 80
        (8, 2, 1, 0, SWEEP, 5_000, 1, 0, FRAUD),  # still the first batch: half of 36
        (9, 2, 1, 0, SWEEP, 10_000, 1, 1, FRAUD),  # the second batch: all 80
        (9, 2, -1, 5_000, FIXED, 0, 1, -1, HONEST),  # cash beyond the 43 left
    ]
    t, p, q, a, k, s, u, o, g = (np.array(column, np.int64) for column in zip(*steps, strict=True))
    small = np.zeros(len(t), np.int8)
    flow = Flow(
        *(t, p.astype(np.int32), q.astype(np.int32), a, k.astype(np.int8), s.astype(np.int32), u.astype(np.int32)),
        *(o, small, small, g.astype(np.int8), np.full(len(t), -1, np.int32)),
    )
    opening, bottomless = np.array([10_000, 0, 500, 0]), np.array([False, False, False, True])
    paid, order = settle(flow, opening, bottomless)
    assert paid.tolist() == [6_000, 3_000, 0, 0, 3_600, 1_000, 8_000, 1_800, 8_000, 0]
    assert order.tolist() == list(range(10))
    assert opening.tolist() == [10_000, 0, 500, 0]


def test_unknown_kinds_knobs_and_full_folders_are_refused(tmp_path: Path) -> None:
    assert set(kinds()) == set(KINDS)
    for wrong in ("rings.none=1", "rings=1", "cases.fed=perhaps", "people.strata.worker=many"):
        with pytest.raises(UsageError, match="--knob"):
            preset("like-a", [wrong])
    with pytest.raises(UsageError, match="like-b"):
        worlds.make(tmp_path / "new", "like-z", 1, (2_000, 60), [])
    with pytest.raises(UsageError, match="90 days"):
        worlds.make(tmp_path / "new", "bench", 1, (2_000, 60), [])
    (tmp_path / "a.txt").touch()
    with pytest.raises(InputError, match="not empty"):
        worlds.make(tmp_path, "like-a", 1, (2_000, 60), [])
    made = worlds.make(tmp_path / "bench", "bench", 1, (2_000, 90), [])
    assert made.rows["transfers"] == 20_000
