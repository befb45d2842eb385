"""Holds and restitution as commands and routes give them: on the run of surface_kit, worked out by hand.

v pays a 1,000; a keeps 50 (and 50 go to a payment company), b passes all on, c draws 500, d keeps 300 of 400.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from math import exp
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from surface_kit import AS_OF, IDS, NINE, publish

from graphfraud.core.clock import DAY, HOUR, MINUTE
from graphfraud.core.runs import PublishedRun, RunCatalogue
from graphfraud.errors import UnknownId, UsageError
from graphfraud.services import holds, restitution
from graphfraud.services.holds.people import people
from graphfraud.services.holds.standing import Standing, kind_of, stated_balances
from graphfraud.services.lens import MASKED, Lens
from graphfraud.settings import HoldSettings

CASE = "CASE-1"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[PublishedRun]:
    publish(tmp_path)
    with RunCatalogue(tmp_path).open() as opened:
        yield opened


def dispose(run: PublishedRun, *rows: tuple[str, int, str]) -> None:
    """Write dispositions of accounts: time, result."""
    table = pa.table({
        "account_id": [a for a, *_ in rows], "time": [t for _, t, _ in rows], "result": [r for *_, r in rows],
        "account": pa.array([IDS.index(a) for a, *_ in rows], pa.int32()),
    })  # fmt: skip
    pq.write_table(table, run.facts("dispositions"))


def test_a_plan_adds_up_and_is_ordered(run: PublishedRun) -> None:
    found = holds.holds(run, holds.HoldRequest(CASE))
    assert [(h.account_id, h.balance, h.recoverable, h.action, h.layer) for h in found.holds] == [
        ("d", 30_000, 30_000, "whole", 3), ("a", 5_000, 5_000, "whole", 1),
    ]  # fmt: skip
    assert found.start == 100_000
    for where in found.where:
        parts = (where.held, where.cash, where.pooled, where.merchant, where.other_bank)
        assert parts == (35_000, 50_000, 5_000, 10_000, 0)
        assert sum(parts) + where.cut + where.beyond + where.unexplained == where.start == 100_000
    d, a = found.holds
    assert d.expected == int(30_000 * exp(-d.hazard / 1e6))
    assert (d.cumulative, a.cumulative) == (d.expected, d.expected + a.expected)
    assert found.totals.recoverable == 35_000
    assert (found.totals.low, found.totals.high, found.totals.unexplained) == (35_000, 35_000, 0)
    assert (a.referred, a.order.txn_id, a.order.payment, a.order.payer) == (True, "T0", 100_000, "v")
    assert d.order.until == AS_OF + HOUR + 48 * HOUR


def test_a_limit_counts_what_it_leaves_out(run: PublishedRun) -> None:
    whole = holds.holds(run, holds.HoldRequest(CASE))
    found = holds.holds(run, holds.HoldRequest(CASE, limit=1))
    assert [h.account_id for h in found.holds] == ["d"]
    assert (found.left_out, found.left_out_expected) == (1, whole.holds[1].expected)
    assert found.totals == whole.totals


@pytest.mark.parametrize(("earlier", "action", "said"), [
    ([(1, "紧急止付")], "none", "A hold runs already, until 2026-01-03 10:00:00."),
    ([(-60, "紧急止付")], "whole", "300.00 yuan of traced money is there."),
    ([(-200, "止付"), (-100, "hold")], "none", "Held as often as is allowed already (2 times)."),
    ([(1, "公安冻结")], "none", "Frozen by the police already, since 2026-01-01 10:00:00."),
    ([(1, "冻结"), (2, "解除冻结")], "whole", "300.00 yuan of traced money is there."),
    ([(1, "止付"), (2, "hold lifted")], "whole", "300.00 yuan of traced money is there."),
    ([(400, "止付")], "whole", "300.00 yuan of traced money is there."),
    ([(1, "warned")], "whole", "300.00 yuan of traced money is there."),
])  # fmt: skip
def test_earlier_holds_bar_a_hold(run: PublishedRun, earlier: list[tuple[int, str]], action: str, said: str) -> None:
    """Times in hours after 09:00 of the day before T; one after T is not known yet."""
    dispose(run, *[("d", NINE + hour * HOUR, result) for hour, result in earlier])
    found = holds.holds(run, holds.HoldRequest(CASE))
    d = next(h for h in found.holds if h.account_id == "d")
    assert (d.action, d.reason_en) == (action, said)
    if action == "none":
        assert [h.account_id for h in found.holds] == ["a", "d"]
        assert (d.marginal, d.cumulative) == (0, found.holds[0].expected)
        assert found.totals.recoverable == 5_000


def test_words_of_dispositions() -> None:
    said = {
        "解除止付": "release",
        "冻结": "frozen",
        "紧急止付成功": "hold",
        "Stop-payment placed": "hold",
        "劝阻": None,
    }
    assert {text: kind_of(text) for text in said} == said
    settings = HoldSettings(lasts_hours=1, most=1)
    assert Standing.of([(0, "止付")], 2 * HOUR, settings).bars(settings) == "twice"
    assert Standing.of([(0, "止付")], HOUR - 1, settings).bars(settings) == "running"


def test_a_stated_balance_limits_what_is_recoverable(run: PublishedRun) -> None:
    """The feed said that d had 120 left after it paid the merchant: 120 is there, not 300."""
    names = ["flow", "payer", "payee", "time", "payer_balance_after", "payee_balance_after"]
    d, m, b = IDS.index("d"), IDS.index("m"), IDS.index("b")
    rows = [(3, b, d, NINE + 3 * HOUR, None, 40_000), (5, d, m, NINE + 5 * HOUR, 12_000, None)]
    types = [pa.int32(), pa.int32(), pa.int32(), pa.int64(), pa.int64(), pa.int64()]
    table = pa.table([pa.array(c, t) for c, t in zip(zip(*rows, strict=True), types, strict=True)], names=names)
    pq.write_table(table, run.facts("transfers"))
    assert stated_balances(run, [d], AS_OF) == {d: (5, 12_000)}
    found = holds.holds(run, holds.HoldRequest(CASE)).holds[0]
    assert (found.account_id, found.balance, found.recoverable, found.high) == ("d", 12_000, 12_000, 12_000)


@pytest.mark.parametrize(("text", "delay"), [
    ("0", 0), ("30m", 30 * MINUTE), ("1h", HOUR), (" 6H ", 6 * HOUR), ("2d", 2 * DAY), ("0h", 0),
])  # fmt: skip
def test_delays(text: str, delay: int) -> None:
    assert holds.parse_delay(text) == delay


def test_bad_input_is_named(run: PublishedRun) -> None:
    for wrong in ("-1h", "1", "1.5h", "h", "", "1w", "9999999h"):
        with pytest.raises(UsageError, match="is not a delay"):
            holds.parse_delay(wrong)
    with pytest.raises(UsageError, match="0 to 30 days"):
        holds.HoldRequest(CASE, holds.parse_delay("999999d"))
    with pytest.raises(UsageError, match="no rule 'best'"):
        holds.HoldRequest(CASE, rule="best")
    with pytest.raises(UsageError, match="limit"):
        holds.HoldRequest(CASE, limit=0)
    with pytest.raises(UnknownId, match="'CASE-9'"):
        holds.holds(run, holds.HoldRequest("CASE-9"))


def test_orders_in_the_platforms_words(run: PublishedRun, tmp_path: Path) -> None:
    """Amounts are text to the fen; what is not possible now is not in the file."""
    dispose(run, ("a", NINE, "冻结"))
    answer = holds.holds(run, holds.HoldRequest(CASE))
    done = holds.export_orders(run, answer, tmp_path / "h.csv", None, holds.profile())
    with (tmp_path / "h.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert done.rows == len(rows) == 1
    row = rows[0]
    assert (row["止付账号"], row["止付金额"], row["止付方式"], row["本行他行"]) == ("d", "300.00", "全额止付", "本行")
    assert (row["转入流水号"], row["转入金额"], row["转入时间"]) == ("T3", "400.00", "20260101120000")
    assert row["止付截止时间"] == "20260104010000"
    for form in ("xlsx", "json"):
        assert holds.export_orders(run, answer, tmp_path / f"h.{form}", None, holds.profile()).rows == 1
    assert json.loads((tmp_path / "h.json").read_text())["rows"][0]["止付金额"] == "300.00"
    own = tmp_path / "own.toml"
    own.write_text('name = "x"\n[[columns]]\nname = "acct"\nvalue = "account_id"\n', encoding="utf-8")
    holds.export_orders(run, answer, tmp_path / "o.csv", "csv", holds.profile(own))
    assert (tmp_path / "o.csv").read_text().split() == ['"acct"', '"d"']
    for text, said in (("name=", "cannot be read"), ("name='x'", "columns"), (own.read_text() + "[[columns]]\n"
                       "name='y'\nvalue='soul'", "asks for soul")):  # fmt: skip
        own.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError, match=said):
            holds.profile(own)
    with pytest.raises(UsageError, match="'pdf' is not a format"):
        holds.export_orders(run, answer, tmp_path / "h.pdf", None, holds.profile())


def test_a_sheet_of_one_account(run: PublishedRun) -> None:
    """d's only credit is all v's money: branch 1, min(400, what is frozen, what is owed)."""
    found = restitution.restitution(run, restitution.RestitutionRequest("d"))
    sheet = found.sheets[0]
    assert (sheet.branch, sheet.balance, sheet.returned, sheet.rest, sheet.notice_days) == (1, 30_000, 30_000, 0, 0)
    assert [(s.victim, s.loss, s.owed, s.cases) for s in sheet.shares] == [("v", 40_000, 100_000, [CASE])]
    asked = restitution.RestitutionRequest("d", amount=50_000, earlier=2_000, returned={"v": 95_000})
    sheet = restitution.restitution(run, asked).sheets[0]
    assert (sheet.frozen, sheet.available, sheet.returned, sheet.rest) == (50_000, 48_000, 5_000, 43_000)
    assert "above the known balance of 300.00" in sheet.reason_en
    nobody = restitution.restitution(run, restitution.RestitutionRequest("z00")).sheets[0]
    assert (nobody.branch, nobody.shares, nobody.returned) == (0, [], 0)


def test_sheets_of_a_case_return_no_more_than_is_owed(run: PublishedRun) -> None:
    found = restitution.restitution(run, restitution.RestitutionRequest(None, CASE, returned={"v": 69_000}))
    assert [(s.account_id, s.returned) for s in found.sheets] == [("d", 30_000), ("a", 1_000)]
    assert found.available == found.returned + found.rest == 35_000


def test_bad_input_of_a_sheet(run: PublishedRun) -> None:
    for wrong, said in ((("d", CASE), "name an account, or"), ((None, None), "name an account, or"),
                        ((None, CASE, 5), "--amount and --earlier"), (("d", None, -1), "0 or more")):  # fmt: skip
        with pytest.raises(UsageError, match=said):
            restitution.RestitutionRequest(*wrong)
    with pytest.raises(UnknownId, match="'nobody'"):
        restitution.restitution(run, restitution.RestitutionRequest("nobody"))
    with pytest.raises(UnknownId, match="z01 did not report"):
        restitution.restitution(run, restitution.RestitutionRequest("d", returned={"z01": 1}))
    with pytest.raises(UnknownId, match="'CASE-9'"):
        restitution.restitution(run, restitution.RestitutionRequest(None, "CASE-9"))


def test_names_are_masked_unless_a_reason_was_given(run: PublishedRun) -> None:
    b = IDS.index("b")
    assert people(run, [b], MASKED) == {b: {"account_id": "b", "holder_name": "王**", "exempt_class": None}}
    assert people(run, [b], Lens(masked=False))[b]["holder_name"] == "王小明"
    assert people(run, [], MASKED) == {}
