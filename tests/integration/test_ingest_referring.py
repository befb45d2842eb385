"""Referrals and withdrawals by hand: inbox first, store when it is free."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ingest_kit import MemoryStore, put, transfers

from graphfraud.errors import StoreBusy, UnknownId, UsageError
from graphfraud.ledger import Ledger
from graphfraud.services.ingestion import Into, ingest
from graphfraud.services.referring import (
    InboxReport,
    Referral,
    apply_inbox,
    deliver,
    refer_account,
    refer_file,
    withdraw,
)
from graphfraud.settings import Settings

AT = 1767204378_000_000


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


def busy() -> MemoryStore:
    raise StoreBusy("a nightly run holds the store")


def test_a_referral_waits_for_a_busy_store_and_is_applied_next(tmp_path: Path, ledger: Ledger) -> None:
    item = refer_account(Referral("A", "案1", "某公安局", at=AT, victim_payment="T1"), ledger)
    assert deliver(busy, ledger, Settings()) is None
    assert [i.status for i in ledger.inbox()] == ["pending"]
    store = MemoryStore()
    report = ingest(
        [put(tmp_path, "transfers.csv", transfers("T1,1767204378,A,B,100"))], Into(store, ledger, Settings())
    )
    assert report.inbox.applied == (item.subject,)
    (fact,) = store.rows("referrals")
    assert (fact["account_id"], fact["referred_at"], fact["known_at"], fact["victim_txn"]) == ("A", AT, AT, "T1")
    assert (fact["row_id"], fact["status"], fact["withdrawn_at"]) == (item.subject, None, None)
    assert apply_inbox(store, ledger) == InboxReport()


def test_unknown_accounts_are_kept_and_reported(tmp_path: Path, ledger: Ledger) -> None:
    store = MemoryStore()
    ingest([put(tmp_path, "transfers.csv", transfers("T1,1767204378,A,B,100"))], Into(store, ledger, Settings()))
    for account in ("B", "NOBODY"):
        refer_account(Referral(account, "案1", "某公安局", at=AT), ledger)
    report = apply_inbox(store, ledger)
    assert report.unknown_accounts == ("NOBODY",)
    assert {r["account_id"] for r in store.rows("referrals")} == {"B", "NOBODY"}
    assert [i.note for i in ledger.inbox("applied")] == ["", "its account has no payment yet"]


def test_saying_it_twice_is_one_referral(ledger: Ledger) -> None:
    store = MemoryStore()
    first = refer_account(Referral("A", "案1", "某公安局", at=AT), ledger)
    assert refer_account(Referral(" A", "案1 ", "某公安局", at=AT), ledger).id == first.id
    later = refer_account(Referral("A", "案1", "某公安局", at=AT + 1), ledger)
    assert later.subject == first.subject
    report = apply_inbox(store, ledger)
    assert len(store.rows("referrals")) == 1
    assert list(report.refused) == [f"referral {first.subject}"]
    again = refer_account(Referral("A", "案1", "某公安局", at=AT + 2), ledger)
    refused = apply_inbox(store, ledger).refused
    assert "first is kept" in refused[f"referral {again.subject}"]


def test_withdrawing_and_referring_again(ledger: Ledger) -> None:
    store = MemoryStore()
    first = refer_account(Referral("A", "案1", "某公安局", at=AT), ledger)
    withdraw(first.subject, "wrong account", ledger, actor="li", at=AT + 5)
    apply_inbox(store, ledger)
    (fact,) = store.rows("withdrawals")
    assert (fact["referral_id"], fact["withdrawn_at"], fact["known_at"], fact["actor"], fact["reason"]) == (
        *(first.subject, AT + 5, AT + 5, "li", "wrong account"),
    )
    again = refer_account(Referral("A", "案1", "某公安局", at=AT + 9), ledger)
    assert again.subject == f"{first.subject}-2"
    apply_inbox(store, ledger)
    assert len(store.rows("referrals")) == 2


def test_what_cannot_be_withdrawn_or_referred(ledger: Ledger) -> None:
    with pytest.raises(UnknownId, match="R9"):
        withdraw("R9", "why", ledger)
    refer_account(Referral("A", "案1", "某公安局", at=AT), ledger)
    with pytest.raises(UsageError, match="reason"):
        withdraw(ledger.inbox()[0].subject, "  ", ledger)
    with pytest.raises(UsageError, match="case no"):
        refer_account(Referral("A", " ", "某公安局"), ledger)


def test_referrals_of_a_file(tmp_path: Path, ledger: Ledger) -> None:
    text = (
        "referral_id,case_no,account_id,referred_at,withdrawn_at\nR1,C1,A,1767204378,\nR2,C2,B,1767204378,1767204399\n"
        "R3,C3,,1767204378,\n"
    )
    taken = refer_file(put(tmp_path, "list.csv", text), ledger, Settings())
    assert [(i.kind, i.subject) for i in taken.items] == [("referral", "R1"), ("referral", "R2"), ("withdrawal", "R2")]
    assert taken.quarantined == 1
    store = MemoryStore()
    apply_inbox(store, ledger)
    assert len(store.rows("referrals")) == 2
    assert [(w["referral_id"], w["known_at"]) for w in store.rows("withdrawals")] == [("R2", 1767204399_000_000)]
    # the same file through ingest changes nothing
    report = ingest([put(tmp_path, "referrals.csv", text)], Into(store, ledger, Settings()))
    assert (report.total("loaded"), report.total("unchanged")) == (0, 2)
    assert len(ledger.quarantine()) == 1


def test_a_file_of_payments_is_not_referrals(tmp_path: Path, ledger: Ledger) -> None:
    from graphfraud.errors import FileRefused

    with pytest.raises(FileRefused):
        refer_file(put(tmp_path, "transfers.csv", transfers("T1,1767204378,A,B,100")), ledger, Settings())


def test_ingested_referrals_can_be_withdrawn(tmp_path: Path, ledger: Ledger) -> None:
    store = MemoryStore()
    text = "referral_id,case_no,account_id,referred_at\nR1,C1,A,1767204378\n"
    ingest([put(tmp_path, "referrals.csv", text)], Into(store, ledger, Settings()))
    withdraw("R1", "error", ledger, at=AT + 1)
    assert apply_inbox(store, ledger).applied == ("R1",)
    assert [w["referral_id"] for w in store.rows("withdrawals")] == ["R1"]
