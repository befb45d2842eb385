"""A store behind a local copy: what is fetched, what is compared, and what happens when they differ."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from facts_kit import facts

from graphfraud.core.schemas import TABLES
from graphfraud.errors import StoreError
from graphfraud.settings import StoreSettings
from graphfraud.stores.base import Tallies
from graphfraud.stores.embedded.copy import LocalCopy
from graphfraud.stores.mirror import EVER, MirroredStore

SETTINGS = StoreSettings(lock_wait_s=0, memory_mb=256)


class Recording(LocalCopy):
    """A server that can be asked what was fetched from it, and that can have a wrong record."""

    fetched: list[int | None]
    wrong: Tallies | None = None

    def export(self, as_of: int, since_seq: int | None = None):  # type: ignore[no-untyped-def]
        self.fetched = [*getattr(self, "fetched", []), *([since_seq] if as_of == EVER else [])]
        return super().export(as_of, since_seq)

    def tallies(self) -> Tallies:
        return super().tallies() if self.wrong is None else self.wrong

    def counted(self) -> Tallies:
        return super().tallies()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Recording]:
    with Recording(tmp_path / "server.duckdb", SETTINGS, 3) as opened:
        yield opened


@pytest.fixture
def store(server: Recording, tmp_path: Path) -> MirroredStore:
    return mirrored(server, tmp_path / "copy.duckdb")


def mirrored(server: Recording, path: Path) -> MirroredStore:
    def open_copy(fresh: bool) -> LocalCopy:
        if fresh:
            path.unlink()
        return LocalCopy(path, SETTINGS, 1)

    return MirroredStore(server, open_copy)


def pay(txn: str, time: int, known: int | None = None, amount: int = 5) -> dict[str, object]:
    row = {"txn_id": txn, "time": time, "payer": "A", "payee": "B", "amount": amount, "remark": f"no. {txn}"}
    return row | ({} if known is None else {"known_at": known})


def same(store: MirroredStore, as_of: int) -> None:
    """Export through the copy and from the server are the same rows, columns and clocks."""
    ours, theirs = store.export(as_of), store.server.export(as_of)
    assert (ours.max_ingest_seq, ours.missing) == (theirs.max_ingest_seq, theirs.missing)
    for name in TABLES:
        rows = [sorted(found[name].to_pylist(), key=lambda row: row["row_id"]) for found in (ours, theirs)]
        assert rows[0] == rows[1], name


def test_only_new_loads_are_fetched(store: MirroredStore, server: Recording) -> None:
    store.write(facts("transfers", [pay("T1", 10), pay("T2", 20)]))
    store.write(facts("cash", [{"txn_id": "K", "time": 15, "account": "B", "amount": 5}]))
    first = store.refresh()
    assert ({k: v for k, v in first.rows.items() if v}, first.seq, first.anew) == ({"transfers": 2, "cash": 1}, 2, "")
    store.write(facts("transfers", [pay("T3", 12)]))
    second = store.refresh()
    assert ({k: v for k, v in second.rows.items() if v}, second.seq) == ({"transfers": 1}, 3)
    assert store.refresh().rows == {}
    assert server.fetched == [0, 2, 3]
    same(store, 30)
    same(store, 12)  # T3 and T1 are known, T2 and the cash are not


def test_a_late_file_a_correction_and_a_withdrawal(store: MirroredStore) -> None:
    referral = {"referral_id": "R1", "case_no": "C", "account_id": "B", "referred_at": 30}
    store.write(facts("transfers", [pay("T1", 10), pay("T2", 20, known=40)]))
    store.write(facts("referrals", [referral]))
    store.write(facts("accounts", [{"account_id": "B", "open_time": 1, "tier": "II"}]))
    store.refresh()
    store.write(facts("transfers", [pay("T0", 5, known=50)]))  # late: an early event, known now
    store.write(facts("transfers", [pay("T2", 20, known=25)]))  # known earlier than was thought: the row moves
    store.write(facts("accounts", [{"account_id": "B", "open_time": 1, "tier": "I", "known_at": 60}]))
    store.write(facts("withdrawals", [{"referral_id": "R1", "withdrawn_at": 55, "reason": "mistake"}]))
    done = store.refresh()
    assert ({k: v for k, v in done.rows.items() if v}, done.anew) == (
        {"transfers": 2, "accounts": 1, "withdrawals": 1},
        "",
    )
    assert {t: sorted(seqs) for t, seqs in store.server.tallies().items() if seqs} == {
        "transfers": [1, 4, 5],
        "referrals": [2],
        "accounts": [3, 6],
        "withdrawals": [7],
    }
    for as_of in (20, 25, 30, 50, 60):
        same(store, as_of)


def test_the_checksum_is_worked_out(store: MirroredStore) -> None:
    store.write(facts("transfers", [pay("T1", 10, known=-3, amount=7), pay("T2", 1 << 40, amount=1 << 35)]))
    store.write(facts("accounts", [{"account_id": "B", "known_at": 9}]))  # no open_time
    m = 1 << 31
    one = (10 + 31 * ((m - 3) % m) + 1009 * 7) % m
    two = ((1 << 40) % m + 31 * ((1 << 40) % m) + 1009 * ((1 << 35) % m)) % m
    store.refresh()
    found = store.server.tallies()
    assert (found["transfers"], found["accounts"]) == ({1: (2, (one + two) % m)}, {2: (1, 31 * 9)})


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM transfers WHERE txn_id = 'T1'",
        "UPDATE transfers SET amount = 6 WHERE txn_id = 'T1'",
        "UPDATE transfers SET known_at = 11 WHERE txn_id = 'T1'",
        "UPDATE meta SET value = '9' WHERE key = 'ingest_seq'",
    ],
)
def test_a_copy_that_differs_is_made_anew(server: Recording, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "copy.duckdb"
    store = mirrored(server, path)
    store.write(facts("transfers", [pay("T1", 10), pay("T2", 20)]))
    store.refresh()
    store._copy.close()  # type: ignore[union-attr]
    with duckdb.connect(str(path)) as db:
        db.execute(damage)
    again = mirrored(server, path)
    done = again.refresh()
    assert done.rows["transfers"] == 2
    assert ("load 9" if "meta" in damage else "of load 1 of transfers") in done.anew
    same(again, 30)


def test_a_file_that_is_no_copy_is_replaced(server: Recording, tmp_path: Path) -> None:
    path = tmp_path / "copy.duckdb"
    path.write_bytes(b"not a database" * 100)
    store = mirrored(server, path)
    store.write(facts("transfers", [pay("T1", 10)]))
    assert "could not be opened" in store.refresh().anew
    same(store, 30)


def test_a_server_whose_record_is_wrong_is_told(store: MirroredStore, server: Recording) -> None:
    store.write(facts("transfers", [pay("T1", 10)]))
    server.wrong = {"transfers": {1: (2, 77)}}
    assert store.verify() == (
        "of load 1 of transfers the graph has 1 rows with checksum 5365, the server has on record 2 with 77"
    )
    with pytest.raises(StoreError, match=r"of load 1 of transfers the copy has 1 rows .* record 2 with 77"):
        store.refresh()
