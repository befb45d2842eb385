"""Worlds are recognised by their files; foreign ones become canonical tables and keep every row."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from evaluate_kit import write

from graphfraud.core.clock import SECOND
from graphfraud.errors import InputError
from graphfraud.evaluate import sources
from graphfraud.evaluate.facts import load_facts, micros
from graphfraud.evaluate.truth import day


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_canonical_world_is_read_where_it_is(tmp_path: Path) -> None:
    world = sources(write(tmp_path / "w"))[0].prepare(tmp_path / "scratch")
    assert (world.name, world.kind, world.folder) == ("w", "canonical", tmp_path / "w")
    assert not (tmp_path / "scratch").exists()


def test_cuts_are_the_days_that_the_data_reach(tmp_path: Path) -> None:
    folder = write(tmp_path)
    path = folder / "transfers.parquet"
    table = pq.read_table(path)
    later = (day(95) - day(0)) // SECOND
    pq.write_table(table.set_column(1, "time", pa.array([t + later for t in table["time"].to_pylist()])), path)
    world = sources(folder)[0].prepare(tmp_path)
    assert world.cuts == (day(60), day(90))
    assert world.headline == day(90)


def test_csv_and_parquet_of_one_world_are_the_same_facts(tmp_path: Path) -> None:
    import pyarrow.csv as pacsv

    folder = write(tmp_path / "p")
    for path in folder.glob("*.parquet"):
        (tmp_path / "c").mkdir(exist_ok=True)
        pacsv.write_csv(pq.read_table(path), tmp_path / "c" / f"{path.stem}.csv")
    one, other = load_facts(folder), load_facts(tmp_path / "c")
    assert one.account_id.equals(other.account_id)
    for name in ("person", "exists_from", "referred_at", "payer", "payee", "amount", "time", "user", "seen"):
        assert (getattr(one, name) == getattr(other, name)).all(), name


def test_amlsim_keeps_repeats_and_refers_a_tenth(tmp_path: Path) -> None:
    origin = tmp_path / "sets" / "cycle"
    origin.mkdir(parents=True)
    fraud = range(0, 20)
    nodes = "".join(f"{i},{int(i in fraud)},10.05,-1\n" for i in range(40))
    (origin / "nodes.csv").write_text("nodeid,isFraud,init_balance,fraudStep\n" + nodes)
    rows = "1,2,3.50,1\n1,2,3.50,1\n3,39,147.8,149\n"
    (origin / "transactions.csv").write_text("sourceNodeId,targetNodeId,value,time\n" + rows)
    (source,) = sources(tmp_path / "sets")
    world = source.prepare(tmp_path / "out")
    transfers = read(tmp_path / "out" / "transfers.csv")
    assert [t["amount"] for t in transfers] == ["350", "350", "14780"]
    assert [t["time"] for t in transfers] == ["2026-01-02", "2026-01-02", "2026-05-30"]
    assert len({t["txn_id"] for t in transfers}) == 3
    assert read(tmp_path / "out" / "accounts.csv")[0]["opening_balance"] == "1005"
    assert world.cuts == (day(150),)
    referred = {r["account_id"] for r in read(tmp_path / "out" / "referrals.csv")}
    assert len(referred) == 2
    assert referred <= {f"N{i:05d}" for i in fraud}
    assert world.facts.referred(world.headline).sum() == 2
    assert world.facts.time.min() == day(1)
    assert world.truth.mule.sum() == 20
    assert world.truth.ring is None
    assert world.truth.acted(world.headline) is None


def test_amlgentex_borders_become_cash_and_every_pattern_has_one_seed(tmp_path: Path) -> None:
    origin = tmp_path / "gen"
    origin.mkdir()
    accounts = "".join(f"{i},C_{i},100.25,1,50,city,{i < 4},bank_a\n" for i in range(6))
    head = "ACCOUNT_ID,CUSTOMER_ID,INIT_BALANCE,SALARY,AGE,CITY,IS_SAR,BANK_ID\n"
    (origin / "accounts.csv").write_text(head + accounts)
    patterns = "0,fan_in,0,true,TRANSFER,0\n0,fan_in,1,false,TRANSFER,0\n1,cycle,2,true,TRANSFER,0\n"
    (origin / "alert_models.csv").write_text("modelID,type,accountID,isMain,sourceType,phase\n" + patterns)
    rows = [
        ("INITALBALANCE", 0, 100.25, -2, 0, 0),
        ("TRANSFER", 1, 12.34, -2, 3, 0),
        ("TRANSFER", 2, 1.0, 4, -1, 0),
        ("TRANSFER", 3, 50.0, 0, 1, 1),
        ("TRANSFER", 9, 1e-8, 3, 4, 0),
    ]
    columns = ("type", "step", "amount", "nameOrig", "nameDest", "isSAR")
    pq.write_table(pa.table({c: [r[i] for r in rows] for i, c in enumerate(columns)}), origin / "tx_log.parquet")
    world = sources(origin)[0].prepare(tmp_path / "out")
    transfers, cash = read(tmp_path / "out" / "transfers.csv"), read(tmp_path / "out" / "cash.csv")
    assert [(t["payer"], t["payee"], t["amount"]) for t in transfers] == [
        ("G00000", "G00001", "5000"),
        ("G00003", "G00004", "1"),
    ]
    assert [(c["account"], c["amount"]) for c in cash] == [("G00003", "-1234"), ("G00004", "100")]
    referred = {r["account_id"] for r in read(tmp_path / "out" / "referrals.csv")}
    assert len(referred) == 2
    assert "G00002" in referred
    assert world.cuts == (day(10),)
    acted = world.truth.acted(world.headline)
    assert acted is not None
    assert acted.sum() == 2  # account 2 never did anything
    assert world.truth.ring is not None
    assert world.truth.ring.tolist() == [0, 0, 1]


def test_seeds_do_not_change_from_one_reading_to_the_next(tmp_path: Path) -> None:
    origin = tmp_path / "s"
    origin.mkdir()
    nodes = "".join(f"{i},1,10.05,-1\n" for i in range(100))
    (origin / "nodes.csv").write_text("nodeid,isFraud,init_balance,fraudStep\n" + nodes)
    (origin / "transactions.csv").write_text("sourceNodeId,targetNodeId,value,time\n1,2,3.50,1\n")
    for name in ("a", "b"):
        sources(origin)[0].prepare(tmp_path / name)
    assert (tmp_path / "a" / "referrals.csv").read_bytes() == (tmp_path / "b" / "referrals.csv").read_bytes()


def test_a_folder_without_a_world_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"truth/rings.*AMLSim.*AMLGentex"):
        sources(tmp_path)
    with pytest.raises(InputError, match="not a folder"):
        sources(tmp_path / "nowhere")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text("nodeid,isFraud\n1,0\n")
    (tmp_path / "transactions.csv").write_text("sourceNodeId,targetNodeId,value,time\n1,1,3.50,1\n")
    with pytest.raises(InputError, match="init_balance"):
        sources(tmp_path)[0].prepare(tmp_path / "out")


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        (pa.array([1_767_196_800]), 1_767_196_800_000_000),
        (pa.array([1_767_196_800_000]), 1_767_196_800_000_000),
        (pa.array([1_767_196_800_000_000]), 1_767_196_800_000_000),
        (pa.array(["2026-01-01"]), 1_767_196_800_000_000),
    ],
)
def test_times_by_magnitude_and_dates_of_shanghai(column: pa.Array, wanted: int) -> None:
    assert micros(column).tolist() == [wanted]
