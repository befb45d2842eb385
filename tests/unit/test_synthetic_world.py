"""The bench world: the same for the same seed, and made of what it promises."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from bench.shares import Shares, measure

from graphfraud.core.schemas import TABLES
from graphfraud.evaluate.facts import load_facts, read_table
from graphfraud.evaluate.truth import load_truth
from graphfraud.ingest.synthetic import BenchPlan, write_world

FILES = ("accounts", "transfers", "cash", "identifiers", "referrals", "truth/rings", "truth/fraud_transfers")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench")
    write_world(BenchPlan(100_000), folder)
    return folder


@pytest.fixture(scope="module")
def shares(folder: Path) -> Shares:
    return measure(folder)


def test_same_seed_same_bytes_other_seed_other_world(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_world(BenchPlan(20_000, seed), tmp_path / name)
    for file in FILES:
        one, other, third = (tmp_path / n / f"{file}.parquet" for n in "abc")
        assert one.read_bytes() == other.read_bytes(), file
        assert not pq.read_table(one).equals(pq.read_table(third)), file


def test_csv_holds_the_same_rows(tmp_path: Path) -> None:
    write_world(BenchPlan(20_000), tmp_path / "p")
    write_world(BenchPlan(20_000), tmp_path / "c", "csv")
    one, other = load_facts(tmp_path / "p"), load_facts(tmp_path / "c")
    assert (one.amount == other.amount).all()
    assert (one.payer == other.payer).all()
    assert (one.time == other.time).all()


def test_columns_are_canonical_and_ids_are_unique(folder: Path) -> None:
    for name in ("accounts", "transfers", "cash", "identifiers", "referrals"):
        table = pq.read_table(folder / f"{name}.parquet")
        spec = TABLES[name]
        assert set(table.column_names) <= set(spec.names)
        assert set(spec.required) <= set(table.column_names)
        assert all(table[c].null_count == 0 for c in spec.required)
        if spec.key:
            assert len(pc.unique(table[spec.key[0]])) == table.num_rows


def test_transfers_are_as_many_as_asked_in_time_order_and_positive(folder: Path) -> None:
    table = pq.read_table(folder / "transfers.parquet")
    assert table.num_rows == 100_000
    time = table["time"].to_numpy()
    assert (time[1:] >= time[:-1]).all()
    assert table["amount"].to_numpy().min() >= 100
    assert not pc.any(pc.equal(table["payer"], table["payee"])).as_py()
    known = pq.read_table(folder / "accounts.parquet")["account_id"]
    assert pc.all(pc.is_in(table["payee"], value_set=known.combine_chunks())).as_py()


def test_at_least_the_planted_worlds_relay_identifiers_and_rings(shares: Shares) -> None:
    """The bounds are world-a's own shares, measured by the same function."""
    assert shares.relayed_persons >= 0.102
    assert shares.covered >= 0.171
    assert shares.shared["device"] >= 0.0288
    assert shares.shared["phone"] >= 0.00685
    assert shares.shared["ip"] >= 0.137
    assert shares.mules == pytest.approx(31.6, rel=0.15)
    assert shares.rings == pytest.approx(2.17, rel=0.05)
    assert shares.referrals == pytest.approx(22.7, rel=0.05)
    assert shares.fraud >= 0.005


def test_hubs_pairs_and_uses(shares: Shares) -> None:
    assert 20 <= shares.hubs <= 22  # the largest shops of a small world come close
    assert shares.largest == pytest.approx(0.03, abs=0.003)
    assert shares.pairs == pytest.approx(0.807, abs=0.03)  # 8.07M pairs of 10M
    assert shares.uses_per_account == pytest.approx(3.0, abs=0.25)
    assert shares.largest_identifier == pytest.approx(0.05, abs=0.01)


def test_truth_fits_the_facts(folder: Path) -> None:
    facts, transfers = load_facts(folder), read_table(folder, "transfers")
    assert transfers is not None
    truth = load_truth(folder, facts, transfers)
    acted = truth.acted(facts.end)
    assert acted is not None
    assert acted.sum() / truth.mule.sum() > 0.6
    fraud = pq.read_table(folder / "truth" / "fraud_transfers.parquet")
    mules = set(pq.read_table(folder / "truth" / "rings.parquet")["account_id"].to_pylist())
    rows = transfers.join(fraud, "txn_id", join_type="inner").to_pylist()
    assert len(rows) == fraud.num_rows
    assert all((r["payee"] if r["depth"] == 0 else r["payer"]) in mules for r in rows)
    roles = pc.unique(pq.read_table(folder / "truth" / "rings.parquet")["role"]).to_pylist()
    assert set(roles) == {"collector", "relay", "cashout", "dormant"}
    strata = pq.read_table(folder / "truth" / "strata.parquet")
    assert strata.num_rows == 10_000


def test_referrals_name_ring_members_after_the_victims_payment(folder: Path) -> None:
    rows = pq.read_table(folder / "referrals.parquet").to_pylist()
    mules = set(pq.read_table(folder / "truth" / "rings.parquet")["account_id"].to_pylist())
    assert all(r["account_id"] in mules and r["referred_at"] > r["victim_time"] for r in rows)
    assert 0.6 < sum(r["victim_account"] is not None for r in rows) / len(rows) < 0.95


def test_a_world_can_be_too_small() -> None:
    with pytest.raises(ValueError, match="10,000"):
        BenchPlan(9_999)
