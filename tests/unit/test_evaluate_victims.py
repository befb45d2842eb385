"""Figures of the lists of victims, in a world worked out by hand."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from evaluate_kit import CUT, DAY, DAY_0, rings, scores, write

from graphfraud.evaluate import World, report, sources
from graphfraud.evaluate.case import Case
from graphfraud.evaluate.victims import next_figures, victim_figures

REFERRALS = "referral_id case_no account_id referred_at victim_account withdrawn_at"


def table(columns: str, *rows: tuple[object, ...]) -> pa.Table:
    return pa.table({name: [row[i] for row in rows] for i, name in enumerate(columns.split())})


@pytest.fixture
def world(tmp_path: Path) -> World:
    """v1, h1 and w1 lost money on day 0, h2 long before, h3 will on day 2; v1 has reported it, w1 took that back."""
    folder = write(tmp_path)
    more = table("txn_id time payer payee amount", ("t10", DAY_0 + 2 * DAY, "h3", "s1", 900))
    pq.write_table(pa.concat_tables([pq.read_table(folder / "transfers.parquet"), more]), folder / "transfers.parquet")
    referrals = (
        ("R1", "C1", "s1", DAY_0 + 200, "v1", None),
        ("R2", "C2", "w1", DAY_0 + 2 * DAY, "h1", None),
        ("R3", "C3", "s1", DAY_0 + 300, "w1", DAY_0 + 400),
    )
    pq.write_table(table(REFERRALS, *referrals), folder / "referrals.parquet")
    when = {"v1": DAY_0 + 10, "h1": DAY_0 + 50, "w1": DAY_0 + 60, "h2": DAY_0 - 95 * DAY, "h3": DAY_0 + 2 * DAY}
    victims = [("C1", 0, name, 1000, time) for name, time in when.items()]
    pq.write_table(table("case ring victim amount time", *victims), folder / "truth" / "victims.parquet")
    fraud = [("t1", "C1", 0), ("t5", "C1", 0), ("t7", "C1", 1), ("t8", "C1", 0), ("t10", "C1", 0)]
    pq.write_table(table("txn_id case depth", *fraud), folder / "truth" / "fraud_transfers.parquet")
    return sources(folder)[0].prepare(tmp_path / "unused")


def findings() -> dict[str, pa.Table]:
    rows = [
        ("h3", "s1", 1, "likely"), ("h1", "s1", 2, "likely"), ("h1", "r1", 2, "likely"), ("v1", "s1", 3, "likely"),
        ("q1", "s1", 4, "possible"), ("h2", "s1", 5, "unlikely"), ("nobody", "s1", 6, "likely"),
    ]  # fmt: skip
    following = [("h1", 3), ("h3", 1), ("v1", 2)]
    found = {"victims": table("account_id payee rank grade", *rows)}
    return found | {"next_victims": table("account_id rank", *following), "scores": scores(r1=0.9), "rings": rings()}


def test_precision_recall_and_who_is_wrongly_listed(world: World) -> None:
    found = victim_figures(Case.of(world.truth, world.facts, findings(), CUT))
    assert found is not None
    assert (found.lost, found.reported) == (4, 1)  # v1, h1, w1, h2; v1
    # to be found: h1, w1, h2. Listed without v1, who has reported: h3, h1, q1, h2
    assert [(s.name, s.of, s.found) for s in found.precision] == [
        ("first 20", 4, 2), ("first 50", 4, 2), ("first 100", 4, 2),
        ("likely", 2, 1), ("possible", 1, 0), ("unlikely", 1, 1), ("all", 4, 2),
    ]  # fmt: skip
    assert [(s.name, s.of, s.found) for s in found.recall] == [
        ("paid in the last 30 days", 2, 1), ("paid in the last 90 days", 2, 1), ("all", 3, 2),
    ]  # fmt: skip
    assert found.wrong == {"ring member": {"possible": 1}, "worker": {"likely": 1}}


def test_a_report_after_the_cut_is_not_known_at_it(world: World) -> None:
    """On day 3 h1 has reported it too, and h3 has lost money."""
    found = victim_figures(Case.of(world.truth, world.facts, findings(), CUT + 2 * DAY * 1_000_000))
    assert found is not None
    assert (found.lost, found.reported) == (5, 2)
    assert [(s.of, s.found) for s in found.precision[3:]] == [(1, 1), (1, 0), (1, 1), (3, 2)]


def test_the_first_k_are_those_of_lowest_rank(world: World) -> None:
    rows = [(f"h{n % 3 + 1}" if n < 3 else f"x{n}", "s1", n, "likely") for n in range(25)]
    many = findings() | {"victims": table("account_id payee rank grade", *rows)}
    found = victim_figures(Case.of(world.truth, world.facts, many, CUT))
    assert found is not None
    assert [(s.of, s.found) for s in found.precision[:2]] == [(3, 2), (3, 2)]  # unknown accounts are nobody


def test_who_pays_next(world: World) -> None:
    found = next_figures(Case.of(world.truth, world.facts, findings(), CUT))
    assert found is not None
    assert (found.payers, found.known) == (2, 1)  # h3 (t10) and h1 (t8), who had paid before (t5)
    assert [(s.of, s.found) for s in found.soon] == [(3, 2)] * 4
    assert [(s.of, s.found) for s in found.lost] == [(3, 2)] * 4  # v1 and h1
    assert (found.just.of, found.just.found) == (3, 2)  # v1, h1, w1


def test_the_report_has_both_sections_where_there_are_lists(world: World) -> None:
    whole = report(world.truth, world.facts, findings(), CUT)
    data = json.loads(json.dumps(whole.as_json()["sections"], allow_nan=False))
    case = Case.of(world.truth, world.facts, findings(), CUT)
    assert data["victims"] == json.loads(json.dumps(asdict(victim_figures(case))))  # type: ignore[call-overload]
    assert data["next_victims"]["payers"] == 2
    without = {name: found for name, found in findings().items() if name in ("scores", "rings")}
    assert not {"victims", "next_victims"} & set(report(world.truth, world.facts, without, CUT).as_json()["sections"])
