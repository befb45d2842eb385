"""Live traces by hand: what is fetched, busy accounts, what is refused, the command."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from facts_kit import facts
from live_kit import asked_alike, every_rule, every_start, of_snapshot, plain

from graphfraud.cli.entry import run
from graphfraud.core.clock import HOUR, SECOND
from graphfraud.errors import UnknownId, UsageError
from graphfraud.services import live
from graphfraud.services.live import Asked
from graphfraud.services.trace_export import FORMATS
from graphfraud.services.workspace import Workspace
from graphfraud.settings import BankSettings, Settings, StoreSettings
from graphfraud.stores.base import Hop, HopLimits, Window
from graphfraud.stores.embedded import EmbeddedStore
from graphfraud.trace import RULES, End, Limits, Rule

OWN = Settings()


def pay(txn: str, hour: float, payer: str, payee: str, amount: int, **more: Any) -> dict[str, Any]:
    return {"txn_id": txn, "time": int(hour * HOUR), "payer": payer, "payee": payee, "amount": amount} | more


#: v pays a; a pays b and the shop; b pays c. X9 is of others and is never fetched.
CHAIN = [
    pay("X1", 1, "v", "a", 100),
    pay("X2", 2, "a", "b", 60),
    pay("X3", 3, "a", "shop", 30),
    pay("X4", 4, "b", "c", 50),
    pay("X9", 5, "y", "z", 7),
]
SHOP = {"account_id": "shop", "merchant": True, "open_time": 0}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    with EmbeddedStore(tmp_path / "s.duckdb", StoreSettings(memory_mb=256), 1) as made:
        yield made


class Watched:
    """A store that notes who is asked for."""

    def __init__(self, store: EmbeddedStore) -> None:
        self.store, self.asked = store, []  # type: ignore[var-annotated]
        self.told: list[list[str]] = []
        self.export, self.stats = store.export, store.stats

    def expand(self, accounts: Sequence[str], direction: Any, window: Window, limits: HopLimits) -> Hop:
        hop = self.store.expand(accounts, direction, window, limits)
        assert limits.statements is not None
        assert hop.statement is not None
        if limits.statements.rows:
            self.told += [sorted(hop.rows["txn_id"].to_pylist())]
        else:
            self.asked.append([row.account_id for row in hop.statement.accounts])
        return hop


def test_only_the_accounts_on_the_way_are_fetched_one_batch_a_hop(store: EmbeddedStore) -> None:
    store.write(facts("transfers", CHAIN))
    store.write(facts("accounts", [SHOP]))
    watched = Watched(store)
    found = live.trace(watched, OWN, Asked(Rule.LIFO, "down", account="a"))
    assert watched.asked == [["a"], ["b", "shop"], ["c"]]
    assert watched.told == [["X1", "X2", "X3", "X4"]], "serials of the hops, once"
    assert (found.accounts, found.rounds, found.as_of) == (4, 3, 5 * HOUR)
    assert found.trace.totals == {End.HELD: 70, End.MERCHANT: 30}
    assert [found.trace.book.flows.txn[f] for f in found.trace.hops.flow.tolist()] == ["X1", "X2", "X3", "X4"]


def test_a_busy_account_ends_the_way_and_is_counted(store: EmbeddedStore) -> None:
    store.write(facts("transfers", CHAIN + [pay(f"Y{n}", 6 + n, "y", "b", 1) for n in range(5)]))
    for rule in RULES:
        found = live.trace(store, OWN, Asked(rule, "down", account="a", max_degree=6))
        assert found.busy == {"b": 7}
        assert found.trace.totals[End.BUSY] == 60
        assert found.trace.cut == {End.BUSY: 1}
    assert live.trace(store, OWN, Asked(Rule.LIFO, "down", account="a", max_degree=7)).busy == {}
    store.write(facts("accounts", [{"account_id": "b", "pooled": True, "open_time": 0}]))
    found = live.trace(store, OWN, Asked(Rule.LIFO, "down", account="a", max_degree=6))
    assert (found.busy, found.trace.totals) == ({}, {End.POOLED: 60, End.HELD: 40}), "a payment company ends it first"
    with pytest.raises(UsageError, match=r"account b has 7 payments, more than 6 are not fetched: raise --max-degree"):
        live.trace(store, OWN, Asked(Rule.LIFO, "down", account="b", max_degree=6))


def refused(store: EmbeddedStore, said: str, rows: list[dict[str, Any]], **more: list[dict[str, Any]]) -> None:
    for name, found in ({"transfers": rows} | more).items():
        store.write(facts(name, found))
    with pytest.raises(UsageError, match=said):
        live.trace(store, OWN, Asked(Rule.LIFO, "down", account="a"))


def test_two_numbers_are_refused(store: EmbeddedStore) -> None:
    rows = [{"account_id": "b", "card_no": "b2", "open_time": 0}]
    refused(store, "account b goes by another number too", CHAIN, accounts=rows)


def test_a_payment_taken_back_by_others_is_refused(store: EmbeddedStore) -> None:
    refused(store, "payment X2 is taken back by X7, a payment between other accounts", [
        *CHAIN, pay("X7", 9, "y", "z", 60, reversal_of="X2"),
    ])  # fmt: skip


def test_whose_a_bank_is_has_to_be_known(store: EmbeddedStore) -> None:
    """Nobody of bank `one` was seen; another bank is not asked about. The setting tells."""
    rows = [{"account_id": "b", "bank": "one", "open_time": 0}, {"account_id": "z", "bank": "two", "open_time": 0}]
    refused(store, r"whether bank one is ours cannot be told: set bank\.ours", CHAIN, accounts=rows)
    asked = Asked(Rule.LIFO, "down", account="a")
    two = Settings(bank=BankSettings(ours=("two",)))
    assert live.trace(store, two, asked).trace.totals == {End.OTHER_BANK: 100}, "no feed has a, nobody has seen it"
    seen = [{"account_id": n, "kind": "device", "value": n, "first_seen": 0} for n in ("a", "z", "shop")]
    store.write(facts("identifiers", seen))
    assert live.trace(store, two, asked).trace.totals == {End.OTHER_BANK: 60, End.HELD: 40}
    with pytest.raises(UsageError, match="whether bank one is ours"):
        live.trace(store, OWN, asked)
    store.write(facts("cash", [{"txn_id": "K1", "time": HOUR, "account": "b", "amount": -3}]))
    store.write(facts("accounts", [{"account_id": "c", "bank": "two", "open_time": 0}]))
    found = live.trace(store, OWN, asked)
    assert found.trace.totals == {End.HELD: 100}, (
        "b's cash tells of bank one, and z, who is not on the way, of bank two"
    )
    assert (found.accounts, found.trace.book.accounts.bank_of(found.trace.book.account("c"))) == (4, "two")


def test_a_leg_just_after_the_payment_that_is_asked_about(store: EmbeddedStore) -> None:
    """b's statement has a payment 2 s before a's has it: going up from b's next payment it is not there yet."""
    rows = [
        pay("L1", 1, "a", "b", 50, perspective="payee"),
        pay("L2", 1, "a", "b", 50, perspective="payer") | {"time": HOUR + 2 * SECOND},
        pay("X1", 1, "b", "c", 50) | {"time": HOUR + SECOND},
    ]
    store.write(facts("transfers", rows))
    store.write(facts("accounts", [{"account_id": "a", "opening_balance": 50, "open_time": 0}]))
    for rule in RULES:
        found = live.trace(store, OWN, Asked(rule, "up", account="c"))
        assert found.trace.totals == {End.UNEXPLAINED: 50}


def test_unknown_accounts_and_payments(store: EmbeddedStore) -> None:
    with pytest.raises(UsageError, match="holds no payments"):
        live.trace(store, OWN, Asked(Rule.LIFO, account="a"))
    store.write(facts("transfers", [*CHAIN, pay("X8", 8, "v", "a", 5, success=False)]))
    store.write(facts("accounts", [SHOP]))
    with pytest.raises(UnknownId, match="account 'nobody' is not in the store"):
        live.trace(store, OWN, Asked(Rule.LIFO, account="nobody"))
    for txn in ("X8", "X2", "nothing"):
        with pytest.raises(UnknownId, match=f"no payment '{txn}' into account a moved money"):
            live.trace(store, OWN, Asked(Rule.LIFO, origins=[[("a", txn)]]))
    with pytest.raises(UsageError, match="account shop is a merchant's"):
        live.trace(store, OWN, Asked(Rule.LIFO, account="shop"))
    with pytest.raises(UsageError, match="at least 1"):
        live.trace(store, OWN, Asked(Rule.LIFO, account="a", max_degree=0))


def reported(store: EmbeddedStore, **asked: Any) -> list[str]:
    """Serials of the payments that a trace of referrals starts with."""
    found = live.trace(store, OWN, Asked(Rule.LIFO, **asked))
    return [found.trace.book.flows.txn[flow] for flow in found.starts.flow.tolist()]


def test_which_payment_a_referral_means(store: EmbeddedStore) -> None:
    """By its serial; else from the victim to the account: of the amount, nearest to the time within a day; at exactly
    the time; where no time is given the only one of the amount. By hand, as algorithms of a run have it.
    """
    rows = [
        *CHAIN,
        pay("Y1", 10, "v", "a", 70),
        pay("Y2", 30, "v", "a", 70),
        pay("Y3", 60, "v", "a", 80),
        pay("Y4", 61, "v", "a", 90, success=False),
    ]
    store.write(facts("transfers", rows))
    to_a = {"case_no": "K", "account_id": "a", "referred_at": 70 * HOUR}
    from_v = to_a | {"victim_account": "v"}
    meant = {
        "R1": from_v | {"victim_txn": "X1", "victim_amount": 70},
        "R2": from_v | {"victim_amount": 70, "victim_time": 21 * HOUR},
        "R3": from_v | {"victim_amount": 5, "victim_time": 60 * HOUR},
        "R4": from_v | {"victim_amount": 80},
        "R5": from_v | {"victim_amount": 70, "case_no": "none"},
        "R6": from_v | {"victim_amount": 100, "victim_time": 26 * HOUR, "case_no": "none"},
        "R7": to_a | {"victim_amount": 80, "case_no": "none"},
        "R8": from_v | {"victim_txn": "Y4", "case_no": "none"},
        "R9": from_v | {"victim_txn": "X1", "status": "withdrawn", "case_no": "gone"},
        "Ra": from_v | {"victim_txn": "X1", "case_no": "gone"},
        "Rb": to_a | {"account_id": "nobody", "case_no": "gone"},
    }
    store.write(facts("referrals", [{"referral_id": name} | row for name, row in meant.items()]))
    store.write(facts("withdrawals", [{"referral_id": "Ra", "withdrawn_at": 71 * HOUR}]))
    expected = {"R1": "X1", "R2": "Y2", "R3": "Y3", "R4": "Y3"}
    for name, txn in expected.items():
        assert reported(store, referral_id=name) == [txn]
    for name in ("R5", "R6", "R7", "R8"):
        with pytest.raises(UsageError, match="could not be identified"):
            reported(store, referral_id=name)
    assert reported(store, case_no="K") == ["X1", "Y2", "Y3"], "Y3, reported twice, once"
    with pytest.raises(UsageError, match="no victim's payment of case 'none'"):
        reported(store, case_no="none")
    for case in ("gone", "other"):
        with pytest.raises(UnknownId, match=f"no referral of case '{case}' stands"):
            reported(store, case_no=case)


def test_from_a_payment_alone(store: EmbeddedStore) -> None:
    store.write(facts("transfers", [*CHAIN, pay("X8", 8, "v", "a", 5, success=False)]))
    store.write(facts("accounts", [SHOP]))
    store.write(facts("cash", [{"txn_id": "K1", "time": 6 * HOUR, "account": "c", "amount": 20}]))
    down = {txn: live.trace(store, OWN, Asked(Rule.LIFO, txn=txn)).trace.totals for txn in ("X2", "X3", "K1")}
    assert down == {"X2": {End.HELD: 10 + 30, End.CASH: 20}, "X3": {End.MERCHANT: 30}, "K1": {End.CASH: 20}}
    up = live.trace(store, OWN, Asked(Rule.LIFO, "up", txn="K1")).trace
    assert up.totals == {End.UNEXPLAINED: 20}
    assert [up.book.flows.txn[f] for f in up.hops.flow.tolist()] == ["K1", "X4", "X2", "X1"]
    for txn in ("X8", "nothing"):
        with pytest.raises(UnknownId, match=f"no payment '{txn}' moved money"):
            live.trace(store, OWN, Asked(Rule.LIFO, txn=txn))


def test_it_is_the_trace_of_a_run_on_the_sample(sample_workspace: Workspace) -> None:
    """Cases of the sample: every rule, both ways, each victim's payment told apart."""
    with sample_workspace.runs.open() as opened, EmbeddedStore(
        sample_workspace.store_file, sample_workspace.settings.store, 1
    ) as store:  # fmt: skip
        assert every_rule(store, sample_workspace.settings, opened.snapshot, 3) > 200
        assert asked_alike(store, sample_workspace.settings, opened, every_start(opened)) > 100


def test_the_command(sample_workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same hops and certificate as without --live; what needs a run is refused."""
    with sample_workspace.runs.open() as opened:
        account = opened.snapshot.accounts.id[int(opened.snapshot.referrals.account[0])]
        asked = Asked(Rule.FIFO, "down", Limits(depth=3), account)
        expected = plain(of_snapshot(opened.snapshot, asked))
    order = ["trace", account, "--direction", "down", "--rule", "fifo", "--depth", "3"]
    where = ["--workspace", str(sample_workspace.folder)]
    assert run([*order, *where, "--live", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [(h["depth"], h["txn_id"], h["carried"]) for h in printed["hops"]] == [
        (hop[1], hop[2], hop[-1]) for hop in expected["hops"]
    ]
    assert run([*order, *where, "--json"]) == 0
    of_run = json.loads(capsys.readouterr().out)
    assert {key: of_run[key] for key in ("hops", "ends", "cut", "coverage", "limits", "total")} == {
        key: printed[key] for key in ("hops", "ends", "cut", "coverage", "limits", "total")
    }
    assert run([*order, *where, "--live"]) == 0
    assert "without a run; statements fetched:" in capsys.readouterr().out
    for more in (["--run", "x"], ["--format", "csv"], ["--unmask", "x"]):
        assert run([*order, *where, "--live", *more]) == 2
    for format_ in FORMATS:
        assert run([*order, *where, "--live", "--rule", "all", "--out", str(tmp_path / f"t.{format_}")]) == 0
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").count("\n") > len(printed["hops"])
    assert run(["trace", "--case", "案00000", *where, "--live"]) == 0
    assert run(["trace", "--case", "nobody", *where, "--live"]) == 3
    capsys.readouterr()
    assert run([*order[:2], *where, "--live", "--rule", "all"]) == 0
    assert "taint-first" in capsys.readouterr().out
    assert run(["trace", "nobody", *where, "--live"]) == 3
