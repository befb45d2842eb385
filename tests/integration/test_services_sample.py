"""Read services on the whole sample: what must hold for every answer, whatever was found."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sample_kit import SAMPLE

from graphfraud.core.runs import PublishedRun
from graphfraud.core.snapshot import CASH_DESK
from graphfraud.services.account import account
from graphfraud.services.export import COLUMNS, export
from graphfraud.services.neighbourhood import Bounds
from graphfraud.services.network import network
from graphfraud.services.report import report
from graphfraud.services.ring import ring, ring_of
from graphfraud.services.risk import risk
from graphfraud.services.standing import standing
from graphfraud.services.trace import TraceLimits, TraceRequest, trace
from graphfraud.services.workspace import Workspace


@pytest.fixture(scope="module")
def run(sample_workspace: Workspace) -> Iterator[PublishedRun]:
    with sample_workspace.runs.open() as opened:
        yield opened


@pytest.fixture(scope="module")
def known() -> dict[str, tuple[int, int]]:
    """Money in and out of every account, summed from the sample's files: an independent oracle."""
    sums: dict[str, list[int]] = {}
    with (SAMPLE / "transfers.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            sums.setdefault(row["payee"], [0, 0])[0] += int(row["amount"])
            sums.setdefault(row["payer"], [0, 0])[1] += int(row["amount"])
    with (SAMPLE / "cash.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            amount = int(row["amount"])
            sums.setdefault(row["account"], [0, 0])[0 if amount < 0 else 1] += abs(amount)
    return {name: (into, out) for name, (into, out) in sums.items()}


def some(run: PublishedRun, count: int = 40) -> list[str]:
    """Accounts with the highest scores, and others at random; the seed is fixed."""
    ids, score = run.snapshot.accounts.id, run.index.score_e6
    top = np.argsort(-score, kind="stable")[: count // 2]
    rest = np.random.default_rng(11).choice(len(ids), count // 2, replace=False)
    return [ids[int(n)] for n in (*top, *rest)]


def test_totals_are_those_of_the_files(run: PublishedRun, known: dict[str, tuple[int, int]]) -> None:
    for name in some(run):
        totals = account(run, name).totals
        assert (totals.inflow, totals.outflow) == known.get(name, (0, 0))


def test_all_banks_of_the_sample_are_ours(run: PublishedRun) -> None:
    """Each of its four banks has devices and cash."""
    assert run.manifest["outside"] == {"accounts": 0, "banks": {}, "unnamed": 0}
    assert sorted(run.snapshot.accounts.banks) == ["BKA", "BKB", "BKC", "BKD"]
    assert not run.snapshot.accounts.outside.any()


@pytest.mark.parametrize("direction", ["up", "down"])
def test_chains_reconcile_to_the_fen(run: PublishedRun, known: dict[str, tuple[int, int]], direction: str) -> None:
    for name in some(run):
        answer = trace(run, TraceRequest(name, direction=direction, limits=TraceLimits(depth=5, max_hops=80)))
        assert answer.total == known.get(name, (0, 0))[0]
        assert sum(end.amount for end in answer.ends) == answer.total
        below = {h.number: 0 for h in answer.hops}
        for hop in answer.hops:
            assert 0 < hop.carried <= hop.amount
            for parent in hop.parents:
                below[parent.hop] += parent.amount
        for hop in answer.hops:  # what a hop carries ends there or goes on in its children
            assert hop.carried == below[hop.number] + sum(end.amount for end in hop.ends)


def test_networks_hold_the_payments_between_their_accounts(run: PublishedRun) -> None:
    flows = run.snapshot.flows
    for name in some(run, 10):
        answer = network(run, name, Bounds(hops=1, max_degree=5_000, max_accounts=5_000))
        inside = np.array([run.snapshot.code(n.account_id) for n in answer.accounts if n.end is None] + [CASH_DESK])
        met = np.array([run.snapshot.code(n.account_id) for n in answer.accounts] + [CASH_DESK])
        both = np.isin(flows.payer, met) & np.isin(flows.payee, met)
        crossed = (np.isin(flows.payer, inside) & (flows.payer >= 0)) | (
            np.isin(flows.payee, inside) & (flows.payee >= 0)
        )
        assert answer.amount == int(flows.amount[both & crossed].sum())
        assert answer.accounts_left_out == 0


def test_rings_and_members_agree(run: PublishedRun) -> None:
    for ring_id in run.index.ring_id:
        found = ring(run, ring_id).ring
        assert found is not None
        assert found.members == len(found.accounts)
        assert found.referred_members == sum(m.referred for m in found.accounts)
        assert (found.kind == "ring") == (found.referred_members > 0)
        assert ring_of(run, found.accounts[0].account_id).ring == found


def test_scores_are_the_sum_of_their_shares(run: PublishedRun) -> None:
    for name in some(run):
        answer = risk(run, name)
        assert answer.score == answer.referral_share + answer.behaviour_share
        if answer.level is not None and not answer.referred:  # a referred account is known: no alert
            assert answer.alert is not None
            assert answer.alert.reasons
            assert [r.rank for r in answer.alert.reasons] == list(range(1, len(answer.alert.reasons) + 1))
        if answer.seeds:
            assert abs(sum(s.share for s in answer.seeds) - 1_000_000) <= len(answer.seeds)


def test_the_report_stands_on_the_findings(run: PublishedRun, tmp_path: Path) -> None:
    made = report(run, live=True)
    export(run, "scores", tmp_path / "scores.csv")
    with (tmp_path / "scores.csv").open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["referred"] == "false"]
    rows.sort(key=lambda r: (-float(r["score"]), r["account_id"]))
    assert [a.account_id for a in made.riskiest] == [r["account_id"] for r in rows[: len(made.riskiest)]]
    assert {f.feed: f.rows for f in made.feeds}["transfers"] == 65_086
    assert made.chain is not None
    assert sum(e.amount for e in made.chain.ends) == made.chain.total
    assert made.victims_total == run.findings("victims").num_rows


@pytest.mark.parametrize("kind", COLUMNS)
def test_exports_have_one_row_a_finding(run: PublishedRun, tmp_path: Path, kind: str) -> None:
    answer = export(run, kind, tmp_path / f"{kind}.csv")
    with (tmp_path / f"{kind}.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.reader(file))) - 1 == answer.rows == run.findings(kind).num_rows


def test_look_ups_are_fast_in_process(run: PublishedRun) -> None:
    """The target is 1 ms at the 99th percentile on a quiet machine; a machine busy with other tests gets ten."""
    names = some(run, 200)
    took = []
    for name in names:
        began = time.perf_counter()
        standing(run, run.snapshot.code(name))
        took.append(time.perf_counter() - began)
    assert float(np.percentile(took, 99)) < 0.01
