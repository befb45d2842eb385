"""Read services against a run worked out by hand (tests/surface_kit.py has the picture)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from surface_kit import AS_OF, CROWD, NINE, PHONE, publish

from graphfraud.core.clock import HOUR
from graphfraud.core.runs import PublishedRun, RunCatalogue
from graphfraud.errors import UnknownId, UsageError
from graphfraud.services import account, masking, network, report, ring, risk, runs, trace
from graphfraud.services.answers import Answer, adapter
from graphfraud.services.lens import Lens, unmask
from graphfraud.services.neighbourhood import Bounds
from graphfraud.services.trace import TraceLimits, TraceParent, TraceRequest, TraceTotal


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> RunCatalogue:
    root = tmp_path_factory.mktemp("runs")
    publish(root)
    return RunCatalogue(root)


@pytest.fixture(scope="module")
def run(catalogue: RunCatalogue) -> Iterator[PublishedRun]:
    with catalogue.open() as opened:
        yield opened


@dataclass
class Log:
    rows: list[tuple[str, str, str]] = field(default_factory=list)

    def record_unmask(self, actor: str, subject: str, reason: str) -> None:
        self.rows.append((actor, subject, reason))


# -- account ------------------------------------------------------------------------------------------------------


def test_account_is_masked_and_its_key_is_not(run: PublishedRun) -> None:
    facts = account.account(run, "b").facts
    assert facts["holder_name"] == "王**"
    assert facts["id_no"] == "1101**********1234"
    assert facts["phone"] == "13*******78"
    assert facts["address"] == "上海市********"
    assert facts["card_no"] == "6222********7890"
    assert facts["account_id"] == "b"
    assert facts["open_time"] == "2026-01-01T08:59:00+08:00"
    assert account.account(run, "a").facts["card_no"] == "a"  # it is the key


def test_account_unmasked_only_with_a_logged_reason(run: PublishedRun) -> None:
    log = Log()
    lens = unmask(log, "li", "b", "case 7 ")
    assert log.rows == [("li", "b", "case 7")]
    facts = account.account(run, "b", lens)
    assert (facts.masked, facts.facts["holder_name"], facts.facts["phone"]) == (False, "王小明", PHONE)
    with pytest.raises(UsageError, match="reason"):
        unmask(log, "li", "b", "  ")
    assert len(log.rows) == 1


def test_account_totals_conserve_money(run: PublishedRun) -> None:
    c = account.account(run, "c").totals
    assert (c.inflow, c.outflow, c.cash_in, c.cash_out) == (50_000, 50_000, 0, 50_000)
    assert (c.payments, c.counterparties, c.first_time, c.last_time) == (2, 1, NINE + 2 * HOUR, NINE + 4 * HOUR)
    silent = account.account(run, CROWD[0]).totals
    assert (silent.inflow, silent.payments, silent.first_time) == (0, 0, None)


@pytest.mark.parametrize("read", [account.account, ring.ring_of, risk.risk])
def test_unknown_account(run: PublishedRun, read) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UnknownId, match="'nobody' is not among the 67 accounts"):
        read(run, "nobody")


def test_masks_never_show_more_than_half() -> None:
    for mask in masking.MASKS.values():
        for length in range(1, 30):
            text = "".join(chr(ord("a") + i % 26) for i in range(length))
            shown = mask(text)
            assert masking.STAR in shown
            assert sum(ch != masking.STAR for ch in shown) <= length / 2
    assert masking.mask_identifier("device", "D1") == "D1"
    assert masking.mask_identifier("phone", PHONE) == "13*******78"


# -- network ------------------------------------------------------------------------------------------------------


def hops(answer: network.NetworkAnswer) -> dict[str, int]:
    return {node.account_id: node.hop for node in answer.accounts}


def test_network_hops_and_ends(run: PublishedRun) -> None:
    answer = network.network(run, "a", Bounds(hops=2))
    assert hops(answer) == {"a": 0, "b": 1, "p": 1, "v": 1, "c": 2, "d": 2}
    assert {n.account_id: n.end for n in answer.accounts if n.end} == {"p": "pooled"}
    pairs = {(f.payer, f.payee): f.amount for f in answer.flows}
    assert pairs == {
        ("v", "a"): 100_000, ("a", "b"): 90_000, ("b", "c"): 50_000, ("c", None): 50_000, ("b", "d"): 40_000,
        ("a", "p"): 5_000,
    }  # fmt: skip
    assert answer.amount == 335_000
    assert [f.amount for f in answer.flows] == sorted((f.amount for f in answer.flows), reverse=True)


def test_network_shares_identifiers_but_no_ip(run: PublishedRun) -> None:
    answer = network.network(run, "b", Bounds(hops=1, min_amount=10**9))  # no payment is that large
    assert hops(answer) == {"b": 0, "a": 1, "c": 1}  # by device and by phone; the ip of everybody joins nobody
    assert answer.flows == []
    assert [(s.kind, s.value, s.holders, s.accounts) for s in answer.identifiers] == [
        ("device", "D1", 2, ["a", "b"]),
        ("phone", "13*******78", 2, ["b", "c"]),
    ]
    open_ = network.network(run, "b", Bounds(hops=1), Lens(masked=False))
    assert open_.identifiers[1].value == PHONE


def test_network_hubs_are_reported_not_crossed(run: PublishedRun) -> None:
    answer = network.network(run, "c", Bounds(hops=1))
    assert [(h.kind, h.value, h.holders) for h in answer.identifier_hubs] == [("device", "D9", 61)]
    assert not set(CROWD) & hops(answer).keys()
    wide = network.network(run, "c", Bounds(hops=1, max_holders=61))
    assert set(CROWD) <= hops(wide).keys()
    hub = network.network(run, "v", Bounds(hops=3, max_degree=2))  # a has three counterparties
    assert hops(hub) == {"v": 0, "a": 1}
    assert [(h.account_id, h.counterparties) for h in hub.account_hubs] == [("a", 3)]
    assert hub.accounts[1].end == "hub"


def test_network_of_a_hub_shows_its_largest_and_counts_the_rest(run: PublishedRun) -> None:
    answer = network.network(run, "a", Bounds(hops=1, max_degree=2))
    assert hops(answer) == {"a": 0, "v": 1, "b": 1}  # 1000.00 and 900.00; p had 50.00
    assert answer.accounts_left_out == 1
    assert [(h.account_id, h.counterparties) for h in answer.account_hubs] == [("a", 3), ("b", 3)]


def test_network_counts_what_max_accounts_leaves_out(run: PublishedRun) -> None:
    answer = network.network(run, "c", Bounds(hops=1, max_holders=61, max_accounts=10))
    assert len(answer.accounts) == 10
    assert answer.accounts_left_out == 52  # b and 60 others were met; 9 had room


def test_network_window_and_floor(run: PublishedRun) -> None:
    window = Bounds(hops=1, since=NINE + HOUR, until=NINE + 3 * HOUR)
    assert {(f.payer, f.payee) for f in network.network(run, "b", window).flows} == {("a", "b"), ("b", "c")}
    floor = Bounds(hops=1, min_amount=50_000)
    assert {(f.payer, f.payee) for f in network.network(run, "b", floor).flows} >= {("a", "b"), ("b", "c")}
    assert ("b", "d") not in {(f.payer, f.payee) for f in network.network(run, "b", floor).flows}


@pytest.mark.parametrize("wrong", [{"hops": 0}, {"hops": 5}, {"max_accounts": 0}, {"since": 2, "until": 2}])
def test_bounds_out_of_range(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        Bounds(**wrong)


# -- ring ---------------------------------------------------------------------------------------------------------


def test_ring_by_id_by_account_and_none(run: PublishedRun) -> None:
    found = ring.ring(run, "R-1").ring
    assert found is not None
    assert [(m.account_id, m.role, m.referred, m.loose, m.score) for m in found.accounts] == [
        ("a", "relay", True, False, 990_000),
        ("b", "relay", False, False, 700_001),
        ("c", "cashout", False, True, 300_000),
    ]
    assert [e.identifier_value for e in found.evidence] == ["D1", "13*******78"]
    assert [(d.event, d.previous_ring_id, d.joined) for d in found.lineage] == [("born", None, 3)]
    assert ring.ring_of(run, "c").ring == found
    assert ring.ring_or_account(run, "c").ring == ring.ring_or_account(run, "R-1").ring == found
    assert ring.ring_of(run, "v").ring is None
    with pytest.raises(UnknownId, match=r"'R-9' is not among the 1 rings"):
        ring.ring_or_account(run, "R-9")


# -- risk ---------------------------------------------------------------------------------------------------------


def test_risk_has_score_reasons_seeds_and_lineage(run: PublishedRun) -> None:
    b = risk.risk(run, "b")
    assert (b.score, b.level, b.layer, b.ring_id, b.referred) == (700_001, 1, 2, "R-1", False)
    assert b.alert is not None
    assert [(r.rank, r.source, r.points) for r in b.alert.reasons] == [(1, "walk", 630_001)]
    assert [i.indicator_id for i in b.indicators] == ["relay_hops", "out_24h"]  # most points first
    assert [(s.referral_account, s.share) for s in b.seeds] == [("a", 900_000), ("", 100_000)]  # the rest is last
    assert [(h.from_account, h.to_account, h.carried) for h in b.lineage] == [("a", "b", 90_000)]
    assert risk.risk(run, "c").alert is None  # a closed alert is history
    assert [(c.case_no, c.layer) for c in risk.risk(run, "a").cases] == [("CASE-1", 1)]


# -- trace --------------------------------------------------------------------------------------------------------


def test_trace_up_reaches_the_victim_and_adds_up(run: PublishedRun) -> None:
    answer = trace.trace(run, TraceRequest("c", direction="up"))
    assert [(h.from_account, h.carried, h.amount, h.parents) for h in answer.hops] == [
        ("b", 50_000, 50_000, []),
        ("a", 50_000, 90_000, [TraceParent(0, 50_000)]),
        ("v", 50_000, 100_000, [TraceParent(1, 50_000)]),
    ]
    assert [h.dwell for h in answer.hops] == [None, HOUR, HOUR]
    assert answer.total == 50_000
    assert answer.ends == [TraceTotal("unexplained", 50_000, 1)]


def test_trace_down_says_where_every_fen_is(run: PublishedRun) -> None:
    answer = trace.trace(run, TraceRequest("a", direction="down"))
    assert {e.reason: e.amount for e in answer.ends} == {
        "cash": 50_000, "held": 5_000 + 30_000, "merchant": 10_000, "pooled": 5_000,
    }  # fmt: skip
    assert answer.total == sum(e.amount for e in answer.ends) == 100_000
    who = [(a.account_id, a.layer, a.received, a.held, a.referred, a.level, a.ring_id) for a in answer.accounts]
    assert who == [
        ("a", 1, 100_000, 5_000, True, None, "R-1"), ("b", 2, 90_000, 0, False, 1, "R-1"),
        ("p", 2, 5_000, 0, False, None, None), ("c", 3, 50_000, 0, False, 2, "R-1"),
        ("d", 3, 40_000, 30_000, False, None, None), ("m", 4, 10_000, 0, False, None, None),
    ]  # fmt: skip
    assert [a.holder_name for a in answer.accounts] == [None, "王**", None, None, None, None]
    order = {h.number: place for place, h in enumerate(answer.hops)}
    assert all(order[p.hop] < order[h.number] for h in answer.hops for p in h.parents)


def test_trace_limits_are_counted(run: PublishedRun) -> None:
    answer = trace.trace(run, TraceRequest("c", direction="up", limits=TraceLimits(depth=2)))
    assert {e.reason: e.amount for e in answer.ends} == {"depth": 50_000}
    assert [(c.reason, c.amount, c.payments) for c in answer.cut] == [("depth", 50_000, 1)]


# -- runs, report, JSON ---------------------------------------------------------------------------------------------


def test_runs_lists_live_and_unfinished(tmp_path: Path) -> None:
    assert runs.runs(RunCatalogue(tmp_path)).as_json() == {"run_id": None, "as_of": None, "runs": [], "unfinished": []}
    publish(tmp_path, "one", live=False, as_of=AS_OF - HOUR)
    publish(tmp_path, "two")
    for name in ("three", "four-dry"):
        (tmp_path / ".work" / name).mkdir(parents=True)
        (tmp_path / ".work" / name / "plan.json").write_text("{}")
    (tmp_path / ".work" / "torn").mkdir()
    answer = runs.runs(RunCatalogue(tmp_path))
    assert [(r.run_id, r.status) for r in answer.runs] == [("one", "published"), ("two", "live")]
    assert (answer.run_id, answer.unfinished) == ("two", ["three"])
    assert runs.manifest(RunCatalogue(tmp_path), "one").manifest["run_id"] == "one"
    with pytest.raises(UnknownId, match="one, two"):
        runs.manifest(RunCatalogue(tmp_path), "none")


def test_report_names_what_matters(run: PublishedRun) -> None:
    made = report.report(run, live=True)
    assert (made.accounts, made.referred, made.rings_total, made.leads_total) == (67, 1, 1, 0)
    assert [a.account_id for a in made.riskiest] == ["b", "c"]  # a is referred, the others score 0
    assert [(f.feed, f.rows) for f in made.feeds] == [("accounts", 67), ("transfers", 6)]
    assert (made.quarantined.rows, made.quarantined.received) == (2, 10)
    assert made.alerts == {"1": 1}
    assert made.chain is not None
    assert (made.chain.account_id, made.chain.total) == ("b", 90_000)
    assert (made.victims_total, made.victims, made.victim_payers["likely"]) == (1, [], 0)  # v has reported
    assert [(v.account_id, v.payee, v.reported) for v in made.next_victims] == [("v", "a", True)]
    assert made.next_total == 1
    assert [m.indicator_id for m in made.not_computable] == ["night_large"]
    assert "graphfraud quarantine list" in made.next_steps


def test_answers_go_to_json_and_back(run: PublishedRun) -> None:
    answers: list[Answer] = [
        account.account(run, "b"),
        network.network(run, "a", Bounds()),
        ring.ring(run, "R-1"),
        risk.risk_sheet(run, account.account(run, "b")),
        trace.trace(run, TraceRequest("a", direction="down", rule="all")),
        report.report(run, live=False),
    ]
    for answer in answers:
        made = answer.as_json()
        assert (made["run_id"], made["as_of"]) == (run.run_id, "2026-01-02T00:00:00+08:00")
        assert adapter(type(answer)).validate_python(made) == answer
    assert answers[3].as_json()["score"] == 0.700001
