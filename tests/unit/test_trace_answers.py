"""What a trace answers, through the service and the command line: odd, wrong and very large input, a clear answer each.

    v ──100──▶ a ──60──▶ b ──60──▶ v    w ──50──▶ a     x (another bank's) ◀──30── a     a ──40──▶ cash desk (T9)
Payments are an hour apart from 09:00, in the order of PAID. Case C1: v's and w's payments to a. C2: no payment known.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from run_kit import AS_OF, NINE, publish

from graphfraud.cli.entry import run as command
from graphfraud.core.clock import DAY, HOUR
from graphfraud.core.runs import PublishedRun, RunCatalogue
from graphfraud.errors import UnknownId, UsageError
from graphfraud.services import books
from graphfraud.services.lens import Lens
from graphfraud.services.trace import TraceAnswer, TraceHop, TraceLimits, TraceRequest, trace
from graphfraud.trace import Book, Rule

PAID = [
    ("P0", "v", "a", 100), ("P1", "w", "a", 50), ("P2", "a", "b", 60), ("P3", "b", "v", 60), ("P4", "a", "x", 30),
]  # fmt: skip


def payment(n: int, txn: str, payer: str, payee: str, amount: int, **more: Any) -> dict[str, Any]:
    return {"txn_id": txn, "time": NINE + n * HOUR, "payer": payer, "payee": payee, "amount": amount, **more}


def referral(number: str, case: str, account: str, **more: Any) -> dict[str, Any]:
    return {"referral_id": number, "case_no": case, "account_id": account, "referred_at": AS_OF - DAY, **more}


ROWS: dict[str, list[dict[str, Any]]] = {
    "accounts": [
        {"account_id": n, "bank": "X1" if n == "x" else "B1", "open_time": 1, "holder_name": f"王小{n}"}
        for n in "abvwx"
    ],
    "identifiers": [{"account_id": "a", "kind": "device", "value": "d", "first_seen": 1}],
    "transfers": [
        *(payment(n, *p, channel="mobile") for n, p in enumerate(PAID)),
        payment(6, "P6", "v", "a", 70), payment(7, "R6", "v", "a", 70, reversal_of="P6"),
        payment(8, "F8", "v", "a", 80, success=False), payment(9, "S9", "a", "a", 5),
    ],
    "cash": [{"txn_id": "K5", "time": NINE + 5 * HOUR, "account": "a", "amount": 40, "terminal": "T9"}],
    "referrals": [
        referral("R1", "C1", "a", victim_account="v", victim_amount=100, victim_time=NINE),
        referral("R2", "C1", "a", victim_account="w", victim_txn="P1"),
        referral("R3", "C2", "b"),
    ],
}  # fmt: skip

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    monkeypatch.setenv("COLUMNS", "120")

    def ask(*argv: str) -> tuple[int, str, str]:
        return command(["trace", *argv, "--workspace", str(folder)]), *capsys.readouterr()

    return ask


def opened(folder: Path, rows: dict[str, list[dict[str, Any]]]) -> PublishedRun:
    publish(folder, rows)
    return RunCatalogue(folder).open()


def parts(answer: TraceAnswer) -> dict[str, int]:
    """The certificate without what is 0; checked to add up to the start."""
    made = answer.as_json()["coverage"]
    start, total = made.pop("start"), made.pop("sum")
    assert start == total == answer.total == sum(made.values()) == sum(end.amount for end in answer.ends)
    return {name: amount for name, amount in made.items() if amount}


def ways(answer: TraceAnswer) -> list[tuple[int, str | None, str | None, int]]:
    return [(h.start, h.from_account, h.to_account, h.carried) for h in answer.hops]


# -- what it starts with ---------------------------------------------------------------------------------------------


def test_a_case_follows_every_victims_payment_by_itself(run: PublishedRun) -> None:
    """LIFO: a pays b 60 of w's 50 and 10 of v's; x gets 30 of v's, the cash desk 40; 20 of v's stay."""
    answer = trace(run, TraceRequest(case_no="C1"))
    assert (answer.start, answer.start_id, answer.direction, answer.total) == ("case", "C1", "down", 150)
    assert parts(answer) == {"held": 80, "cash": 40, "other_bank": 30}
    assert [(s.payer, s.payee, s.amount, s.referrals, s.held, s.returned) for s in answer.starts] == [
        ("v", "a", 100, ["R1"], 30, 10),
        ("w", "a", 50, ["R2"], 50, 0),
    ]
    assert ways(answer) == [
        (0, "v", "a", 100), (0, "a", None, 40), (0, "a", "x", 30), (0, "a", "b", 10), (0, "b", "v", 10),
        (1, "w", "a", 50), (1, "a", "b", 50), (1, "b", "v", 50),
    ]  # fmt: skip
    assert [(a.account_id, a.layer, a.received, a.held, a.balance) for a in answer.accounts] == [
        ("a", 1, 150, 20, 20), ("b", 2, 60, 0, 0), ("x", 2, 30, 0, None), ("v", 3, 60, 60, 60),
    ]  # fmt: skip


def test_a_hop_says_channel_terminal_bank_and_wait(run: PublishedRun) -> None:
    hops = {h.txn_id: h for h in trace(run, TraceRequest(referral_id="R1")).hops}
    assert {n: (h.channel, h.terminal, h.bank, h.dwell) for n, h in hops.items()} == {
        "P0": ("mobile", None, None, None),
        "P2": ("mobile", None, None, 2 * HOUR),
        "P3": ("mobile", None, None, HOUR),
        "P4": ("mobile", None, "X1", 4 * HOUR),
        "K5": (None, "T9", None, 5 * HOUR),
    }


def test_a_transfer_goes_down_from_its_receiver_and_up_from_its_payer(run: PublishedRun) -> None:
    down = trace(run, TraceRequest(txn_id="P2"))
    assert ways(down) == [(0, "a", "b", 60), (0, "b", "v", 60)]
    up = trace(run, TraceRequest(txn_id="P2", direction="up"))
    assert ways(up) == [(0, "a", "b", 60), (0, "w", "a", 50), (0, "v", "a", 10)]
    assert parts(up) == {"unexplained": 60}
    assert {a.account_id: (a.layer, a.unexplained) for a in up.accounts} == {"a": (1, 0), "v": (2, 100), "w": (2, 50)}


def test_an_account_is_what_came_into_it_whole_in_a_window_or_in_one_payment(run: PublishedRun) -> None:
    assert trace(run, TraceRequest("a")).total == 150
    assert trace(run, TraceRequest("a", since=NINE + 1, until=NINE + 2 * HOUR)).total == 50
    only = trace(run, TraceRequest("a", "P0", direction="down"))
    assert (only.total, only.starts[0].txn_id, only.account_id) == (100, "P0", "a")
    with pytest.raises(UnknownId, match="no payment 'P2' into account a"):
        trace(run, TraceRequest("a", "P2"))


def test_all_rules_at_once_give_every_certificate_and_the_range(run: PublishedRun) -> None:
    """FIFO: b gets 60 of v's, all of it goes back to v; x 30 of v's, the cash desk 10 of v's and 30 of w's."""
    answer = trace(run, TraceRequest(case_no="C1", rule="all"))
    spans = answer.envelope
    assert spans is not None
    assert (answer.rule, spans.measure) == ("lifo", "held")
    assert [found.rule for found in spans.coverage] == ["fifo", "lifo", "pro-rata", "libr", "taint-first"]
    for found in spans.coverage:
        assert found.coverage == trace(run, TraceRequest(case_no="C1", rule=found.rule)).coverage
        assert found.coverage.sum == found.coverage.start == 150
    assert [(v.start, v.amounts["fifo"], v.amounts["lifo"]) for v in spans.victims] == [(0, 60, 30), (1, 20, 50)]
    assert [(r.account_id, r.low, r.high, r.decisive) for r in spans.accounts] == [
        ("v", 60, 60, False), ("a", 20, 20, False),
    ]  # fmt: skip


def test_where_the_rule_decides_it_is_flagged(tmp_path: Path) -> None:
    """a gets 10 of v's and 10 of its salary, and pays b 10: of v's money b has all under FIFO, nothing under LIFO."""
    moves = [payment(0, "P0", "v", "a", 10), payment(1, "P1", "firm", "a", 10), payment(2, "P2", "a", "b", 10)]
    with opened(tmp_path, {"transfers": moves}) as run:
        answer = trace(run, TraceRequest(txn_id="P0", rule="all"))
    assert answer.envelope is not None
    found = {r.account_id: (r.low, r.high, r.decisive, r.amounts) for r in answer.envelope.accounts}
    amounts = {"fifo": 10, "lifo": 0, "pro-rata": 5, "libr": 0, "taint-first": 10}
    assert found == {
        "a": (0, 10, True, {rule: 10 - x for rule, x in amounts.items()}),
        "b": (0, 10, True, amounts),
    }


def test_names_are_masked_unless_a_lens_is_open(run: PublishedRun) -> None:
    request = TraceRequest("a", direction="down")
    masked, bare = trace(run, request), trace(run, request, Lens(masked=False))
    assert [a.holder_name for a in masked.accounts] == ["王**"] * 4
    assert [a.holder_name for a in bare.accounts] == [f"王小{a.account_id}" for a in bare.accounts]
    assert (masked.masked, bare.masked) == (True, False)


# -- what cannot be traced -------------------------------------------------------------------------------------------

WRONG = [
    (("nobody",), TraceRequest("nobody"), UnknownId, "'nobody' is not among the 5 accounts"),
    (("--txn", "P6"), TraceRequest(txn_id="P6"), UnknownId, "'P6' was reversed by R6 at 2026-01-01 16:00:00"),
    (
        ("--txn", "R6"),
        TraceRequest(txn_id="R6"),
        UnknownId,
        "'R6' is a reversal of 2026-01-01 16:00:00, it took back P6",
    ),
    (("a", "--payment", "P6"), TraceRequest("a", "P6"), UnknownId, "'P6' was reversed by R6"),
    (("--txn", "F8"), TraceRequest(txn_id="F8"), UnknownId, "'F8' of 2026-01-01 17:00:00 failed: no money moved"),
    (("--txn", "S9"), TraceRequest(txn_id="S9"), UnknownId, "'S9' went from an account to itself"),
    (("--txn", "P99"), TraceRequest(txn_id="P99"), UnknownId, "'P99' is not among the 6 payments"),
    (("--case", "C2"), TraceRequest(case_no="C2"), UsageError, "no victim's payment of case 'C2' could be identified"),
    (("--case", "C9"), TraceRequest(case_no="C9"), UnknownId, "no referral of case 'C9' stands"),
    (("--referral", "R3"), TraceRequest(referral_id="R3"), UsageError, "of referral 'R3' could not be identified"),
    (("--referral", "R9"), TraceRequest(referral_id="R9"), UnknownId, "no referral 'R9' stands"),
]


@pytest.mark.parametrize(("argv", "request_", "kind", "says"), WRONG)
def test_what_is_not_there_is_said_clearly(
    run: PublishedRun, say: Say, argv: tuple[str, ...], request_: TraceRequest, kind: type[Exception], says: str
) -> None:
    with pytest.raises(kind, match=says.replace("(", r"\(")):
        trace(run, request_)
    code, out, err = say(*argv, "--json")
    assert (code, out) == (2 if kind is UsageError else 3, "")
    assert says in json.loads(err)["error"]["message"]


@pytest.mark.parametrize("wrong", [
    {}, {"account_id": "a", "case_no": "C1"}, {"txn_id": "P0", "since": 1}, {"account_id": "a", "since": 5, "until": 5},
    {"account_id": "a", "direction": "left"}, {"account_id": "a", "rule": "newest"},
])  # fmt: skip
def test_a_request_that_makes_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        TraceRequest(**wrong)


@pytest.mark.parametrize("wrong", [
    {"depth": 0}, {"depth": 10**6}, {"max_hops": 0}, {"min_amount": -1}, {"window_days": 0.0}, {"window_days": 1e300},
    {"window_days": float("nan")},
])  # fmt: skip
def test_limits_out_of_range(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="limits out of range"):
        TraceLimits(**wrong)


# -- odd, and answered -----------------------------------------------------------------------------------------------


def noted(answer: TraceAnswer) -> list[str]:
    return [note.code for note in answer.notes]


def test_an_account_into_which_nothing_came(run: PublishedRun, say: Say) -> None:
    answer = trace(run, TraceRequest("w", rule="all"))
    assert (answer.total, answer.hops, answer.accounts, noted(answer)) == (0, [], [], ["nothing came in"])
    assert "Payments it made: 1; trace one with --txn" in answer.notes[0].text_en
    code, out, _ = say("w")
    assert (code, "No payment came into the account." in out) == (0, True)


def test_money_that_came_back_to_the_victim_is_named(run: PublishedRun, say: Say) -> None:
    answer = trace(run, TraceRequest(case_no="C1"))
    assert noted(answer) == ["came back"]
    _, out, _ = say("--case", "C1")
    assert "0.10 yuan came back to those who paid it (starts: 1)" in out
    assert "元回到付款人" in say("--case", "C1", "--lang", "zh")[1]


def test_equal_times_and_days_only_are_marked(tmp_path: Path) -> None:
    moves = [payment(0, f"P{n}", a, b, 10) for n, (a, b) in enumerate([("v", "a"), ("a", "b"), ("b", "c")])]
    with opened(tmp_path / "1", {"transfers": moves}) as run:
        answer = trace(run, TraceRequest(txn_id="P0"))
        assert noted(answer) == ["equal times"]
        assert (
            answer.notes[0].text_en
            == "Steps between payments of the same moment: 2; their order is that of their serials."
        )
        assert [(h.to_account, h.dwell) for h in answer.hops] == [("a", None), ("b", 0), ("c", 0)]
    days = [m | {"date_only": True} for m in moves]
    with opened(tmp_path / "2", {"transfers": days}) as run:
        again = trace(run, TraceRequest(txn_id="P0"))
        assert noted(again) == ["days only"]
        assert "within a day the order of payments is that of their serials" in again.notes[0].text_en
        assert again.hops == answer.hops


def test_a_negative_balance_is_money_without_a_source(run: PublishedRun) -> None:
    """w paid 50 it was never seen to have: its balance is 0, not −50, and the 50 are unexplained."""
    answer = trace(run, TraceRequest("a", "P1", direction="up"))
    assert noted(answer) == ["unexplained"]
    assert parts(answer) == {"unexplained": 50}
    assert [(a.account_id, a.balance, a.unexplained) for a in answer.accounts] == [("w", 0, 50)]


def test_ten_thousand_victims_and_the_range_over_the_rules_within_seconds(tmp_path: Path) -> None:
    """Each pays 7 into x, which pays 30 × 1,000 on: 40,000 stay whatever the rule, but not of the same victims."""
    n = 10_000
    moves = [payment(0, f"P{i:05d}", f"v{i:05d}", "x", 7) | {"time": NINE + i} for i in range(n)]
    moves += [payment(10 + i, f"Q{i:02d}", "x", f"y{i:02d}", 1000) for i in range(30)]
    reports = [referral(f"R{i:05d}", "C1", "x", victim_txn=f"P{i:05d}") for i in range(n)]
    with opened(tmp_path, {"transfers": moves, "referrals": reports}) as run:
        began = time.perf_counter()
        answer = trace(run, TraceRequest(case_no="C1", rule="all"))
        made = answer.as_json()
        took = time.perf_counter() - began
    assert took < 15, f"{took:.1f} s"
    assert (len(answer.starts), parts(answer)) == (n, {"held": 7 * n})
    assert answer.envelope is not None
    assert {(r.account_id, r.low, r.high) for r in answer.envelope.accounts} == {
        ("x", 40_000, 40_000), *((f"y{i:02d}", 1000, 1000) for i in range(30)),
    }  # fmt: skip
    assert {(v.low, v.high) for v in answer.envelope.victims} == {(7, 7)}
    assert len(made["starts"]) == n


def test_a_chain_as_long_as_the_depth_allows(tmp_path: Path) -> None:
    moves = [payment(0, f"P{i:05d}", f"a{i:05d}", f"a{i + 1:05d}", 5) | {"time": NINE + i} for i in range(3_000)]
    with opened(tmp_path, {"transfers": moves}) as run:
        for rule in ("lifo", "pro-rata"):
            deep = trace(run, TraceRequest(txn_id="P00000", rule=rule, limits=TraceLimits(10_000, 10_000)))
            assert (len(deep.hops), deep.accounts[-1].layer, parts(deep)) == (3_000, 3_000, {"held": 5})
            short = trace(run, TraceRequest(txn_id="P00000", rule=rule, limits=TraceLimits(50)))
            assert (parts(short), [(c.reason, c.amount, c.payments) for c in short.cut]) == (
                {"cut": 5}, [("depth", 5, 1)],
            )  # fmt: skip


# -- the drawing -----------------------------------------------------------------------------------------------------


def test_a_hop_with_two_parents_is_drawn_once_and_named_once(say: Say) -> None:
    """Up from b's payment back to v: what a paid b came from w and from v."""
    code, out, _ = say("--case", "C1", "--direction", "down", "--rule", "fifo")
    assert code == 0
    assert out.count("→ x") == 1
    tree = [line for line in out.splitlines() if "→" in line and "yuan" not in line]
    assert "v → a  1.00" in tree[0]


def test_parents_stand_before_their_children(run: PublishedRun) -> None:
    def ordered(hops: list[TraceHop]) -> bool:
        return all(p.hop < h.number for h in hops for p in h.parents)

    for rule in ("fifo", "lifo", "pro-rata", "libr", "taint-first"):
        for way in ("up", "down"):
            answer = trace(run, TraceRequest(case_no="C1", rule=rule, direction=way))
            assert ordered(answer.hops)
            assert [h.number for h in answer.hops] == list(range(len(answer.hops)))
            assert all(sum(p.amount for p in h.parents) == h.carried for h in answer.hops if h.parents)


def test_what_warms_the_kernels_has_the_types_of_an_opened_run(run: PublishedRun) -> None:
    """numba compiles a kernel per type of its arguments, and whether an array may be written is part of its type."""

    def types(book: Book) -> dict[str, Any]:
        groups = {
            "flows": book.flows,
            "events": book.events,
            "fifo": book.lots(Rule.FIFO),
            "lifo": book.lots(Rule.LIFO),
        }
        arrays = {f"{name}.{f.name}": getattr(group, f.name) for name, group in groups.items() for f in fields(group)}
        own = {"stop": book.stop, "opening": book.accounts.opening_balance, "serials": book.flows.txn.data}
        return {name: numba.typeof(a) for name, a in (arrays | own).items() if isinstance(a, np.ndarray)}

    books.warm()
    assert types(books.two_payments()) == types(books.book_of(run))


def test_a_run_has_one_book(run: PublishedRun) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: books.book_of(run), range(20)))
    assert len({id(b) for b in found}) == 1
    for rule, mine in ((Rule.FIFO, run.snapshot.fifo), (Rule.LIFO, run.snapshot.lots)):  # not matched again
        assert np.shares_memory(found[0].lots(rule).amount, mine.amount)
