"""Alerts over several nights: the same, new evidence, a higher level, vanished, back again."""

from __future__ import annotations

import json

import pyarrow as pa

from graphfraud.core.clock import DAY, HOUR
from graphfraud.core.findings import FINDINGS
from graphfraud.nightly.findings.alerts import Candidate, Clock, Row, alert_id, carry, open_alerts

NIGHT = 1_775_000_000_000_000
DUE = (1, 2, 4)


def candidate(
    account: str, level: int, strong: set[str], weak: frozenset[str] = frozenset(), score: int = 400_000
) -> Candidate:
    return Candidate(account, level, score, frozenset(strong), weak, "理由", "reason")


def nights(*runs: list[Candidate]) -> list[dict[str, Row]]:
    """Rows by account of every night, each carried over from the one before through the published table."""
    table: pa.Table | None = None
    result = []
    for number, candidates in enumerate(runs):
        rows = carry(candidates, open_alerts(table), Clock(NIGHT + number * DAY, DUE))
        table = FINDINGS["alerts"].sorted(pa.Table.from_pylist(rows, schema=FINDINGS["alerts"].schema))
        result.append({row["account_id"]: row for row in table.to_pylist()})
        assert len(result[-1]) == table.num_rows
    return result


def test_a_new_alert_is_open_and_due_by_its_level() -> None:
    (night,) = nights([candidate("a", 1, {"x"}), candidate("b", 3, {"y"})])
    assert night["a"]["status"] == "open"
    assert night["a"]["opened_at"] == NIGHT
    assert night["a"]["due_at"] == NIGHT + HOUR
    assert night["b"]["due_at"] == NIGHT + 4 * HOUR
    assert night["a"]["closed_at"] is None
    assert json.loads(night["a"]["evidence"]) == ["x"]
    assert night["a"]["alert_id"] == alert_id("a", ["x"])


def test_the_same_evidence_does_not_alert_again() -> None:
    first, second, third = nights(*([candidate("a", 2, {"x", "y"}, score=400_000 + i)] for i in range(3)))
    for night in (second, third):
        assert {k: v for k, v in night["a"].items() if k != "score_e6"} == {
            k: v for k, v in first["a"].items() if k != "score_e6"
        }
    assert third["a"]["score_e6"] == 400_002


def test_new_evidence_updates_and_then_rests() -> None:
    first, second, third = nights(
        [candidate("a", 2, {"x"})], [candidate("a", 2, {"x", "y"})], [candidate("a", 2, {"x", "y"})]
    )
    assert second["a"]["alert_id"] == first["a"]["alert_id"]
    assert second["a"]["opened_at"] == NIGHT
    assert second["a"]["status"] == "updated"
    assert second["a"]["due_at"] == first["a"]["due_at"]  # the level did not rise
    assert json.loads(second["a"]["evidence"]) == ["x", "y"]
    assert third["a"]["status"] == "open"


def test_a_higher_level_sets_a_new_deadline_and_a_lower_one_does_not() -> None:
    first, second, third = nights([candidate("a", 3, {"x"})], [candidate("a", 1, {"x"})], [candidate("a", 2, {"x"})])
    assert first["a"]["due_at"] == NIGHT + 4 * HOUR
    assert second["a"]["status"] == "updated"
    assert second["a"]["due_at"] == NIGHT + DAY + HOUR
    assert (third["a"]["level"], third["a"]["status"]) == (2, "open")
    assert third["a"]["due_at"] == second["a"]["due_at"]


def test_vanished_evidence_closes_and_the_row_goes_the_night_after() -> None:
    first, second, third = nights([candidate("a", 2, {"x"}), candidate("b", 2, {"x"})], [candidate("b", 2, {"x"})], [])
    assert second["a"]["status"] == "no longer supported"
    assert second["a"]["closed_at"] == NIGHT + DAY
    assert second["a"]["alert_id"] == first["a"]["alert_id"]
    assert second["a"]["opened_at"] == NIGHT
    assert "a" not in third
    assert third["b"]["status"] == "no longer supported"


def test_part_of_the_evidence_vanishing_is_no_news() -> None:
    _, second, third = nights(
        [candidate("a", 2, {"x", "y"})], [candidate("a", 2, {"x"})], [candidate("a", 2, {"x", "y"})]
    )
    assert second["a"]["status"] == "open"
    assert json.loads(second["a"]["evidence"]) == ["x"]
    assert third["a"]["status"] == "updated"


def test_weak_evidence_stays_but_never_comes() -> None:
    weak = frozenset({"r"})
    new, _ = nights([candidate("a", 2, {"x"})], [candidate("a", 2, {"x"}, weak)])
    assert json.loads(new["a"]["evidence"]) == ["x"]
    _, kept, again = nights(
        [candidate("a", 2, {"x", "r"})], [candidate("a", 2, {"x"}, weak)], [candidate("a", 2, {"x", "r"})]
    )
    assert json.loads(kept["a"]["evidence"]) == ["r", "x"]
    assert again["a"]["status"] == "open"


def test_a_closed_alert_that_comes_back_opens_anew() -> None:
    first, _, _, again = nights([candidate("a", 2, {"x"})], [], [], [candidate("a", 2, {"x"})])
    assert again["a"]["opened_at"] == NIGHT + 3 * DAY
    assert again["a"]["alert_id"] == first["a"]["alert_id"]
    assert again["a"]["status"] == "open"


def test_alert_ids_tell_accounts_and_evidence_apart_but_not_their_order() -> None:
    assert alert_id("a", ["x", "y"]) == alert_id("a", ["y", "x"])
    assert len({alert_id("a", ["x"]), alert_id("b", ["x"]), alert_id("a", ["y"]), alert_id("a", ["x", "y"])}) == 4
    assert alert_id("a", ["x,y"]) != alert_id("a", ["x", "y"])
