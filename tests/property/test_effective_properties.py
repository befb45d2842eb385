"""Effective facts on random small worlds: pairing against brute force, as-of, order, what lies beyond T."""

from __future__ import annotations

import random
import tempfile
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from facts_kit import fact_tables, facts, made_effective, read_effective
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfraud.core.settling import ALONE, merge_legs, pair_reversals, void_reversals
from graphfraud.core.snapshot import Meta
from graphfraud.nightly.effective import effective
from graphfraud.nightly.snapshot import build_snapshot
from graphfraud.settings import Settings, StoreSettings
from graphfraud.stores.embedded import EmbeddedStore

AS_OF = 60


# ------------------------------------------------------------------ pairing


def most_pairs(payers: list[int], payees: list[int], tolerance: int) -> int:
    """Most one-to-one pairs within the tolerance, by trying every assignment."""
    short, long = sorted((payers, payees), key=len)
    return max(
        sum(abs(a - b) <= tolerance for a, b in zip(short, order, strict=True))
        for order in permutations(long, len(short))
    )


SIDE = st.lists(st.integers(0, 20), max_size=6)


@given(st.lists(st.tuples(SIDE, SIDE), min_size=1, max_size=3), st.integers(0, 6))
@settings(max_examples=150, deadline=None)
def test_legs_are_paired_one_to_one_and_as_many_as_can_be(groups: list[tuple[list[int], list[int]]], tol: int) -> None:
    rows = [
        (nr, side, time)
        for nr, sides in enumerate(groups)
        for side, times in enumerate(sides)
        for time in sorted(times)
    ]
    group, side, time = (np.array([r[i] for r in rows], np.int64) for i in range(3))
    partner = merge_legs(group, side.astype(np.bool_), time, tol)
    paired = np.flatnonzero(partner != ALONE)
    assert (partner[partner[paired]] == paired).all()
    assert (group[paired] == group[partner[paired]]).all()
    assert (side[paired] != side[partner[paired]]).all()
    assert (np.abs(time[paired] - time[partner[paired]]) <= tol).all()
    for nr, (payers, payees) in enumerate(groups):
        assert np.count_nonzero(group[paired] == nr) == 2 * most_pairs(payers, payees, tol)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 6), st.booleans()), max_size=14))
@settings(max_examples=150, deadline=None)
def test_reversals_take_the_latest_payment_left(rows: list[tuple[int, int, bool]]) -> None:
    rows = sorted(rows)
    partner = pair_reversals(np.array([r[0] for r in rows], np.int64), np.array([r[2] for r in rows], np.bool_))
    taken: set[int] = set()
    for row, (group, _, reversal) in enumerate(rows):
        if reversal:
            free = [i for i in range(row) if rows[i][0] == group and not rows[i][2] and i not in taken]
            assert partner[row] == (free[-1] if free else ALONE)
            taken.update(free[-1:])
    assert all((partner[i] == ALONE) == (i not in taken) for i, r in enumerate(rows) if not r[2])


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=8, unique_by=lambda r: r[0]))
def test_a_reversal_counts_unless_a_counting_one_reverses_it(rows: list[tuple[int, int]]) -> None:
    own, target = [str(r[0]) for r in rows], [str(r[1]) for r in rows]
    void = dict(zip(own, void_reversals(own, target), strict=True))

    def circular(name: str) -> bool:
        """Whether reversals of this one, of those, and so on never end."""
        layer = {name}
        for _ in range(len(own) + 1):
            layer = {o for o, t in zip(own, target, strict=True) if t in layer}
        return bool(layer)

    for name in own:
        against = [o for o, t in zip(own, target, strict=True) if t == name]
        if not circular(name):
            assert void[name] == any(not void[o] for o in against)


# ------------------------------------------------------------------ worlds

ACCOUNT = st.sampled_from("abcd")
TIME = st.integers(0, 100)
LATE = st.sampled_from([0, 0, 0, 30])
TRANSFER = st.builds(
    lambda t, payer, payee, amount, late, side, what, n: {
        "time": t,
        "payer": payer,
        "payee": payee,
        "amount": amount,
        "known_at": t + late,
        "perspective": side,
        "success": what != "failed",
        "type": "reversal" if what == "reversal" else None,
        "reversal_of": f"X{n}" if what == "named" else None,
    },
    TIME,
    ACCOUNT,
    ACCOUNT,
    st.sampled_from([5, 7]),
    LATE,
    st.sampled_from([None, "payer", "payee"]),
    st.sampled_from(["", "", "", "failed", "reversal", "named"]),
    st.integers(0, 7),
)
CASH = st.builds(
    lambda t, a, n, late: {"time": t, "account": a, "amount": n, "known_at": t + late},
    TIME,
    ACCOUNT,
    st.sampled_from([-4, 4]),
    LATE,
)
USE = st.builds(
    lambda t, span, a, k, v, n: {
        "account_id": a,
        "kind": k,
        "value": v,
        "first_seen": t,
        "last_seen": t + span,
        "count": n,
    },
    TIME,
    st.integers(0, 80),
    ACCOUNT,
    st.sampled_from(["device", "ip"]),
    st.sampled_from("uv"),
    st.integers(1, 3),
)
REFERRAL = st.builds(
    lambda t, a, v, n, txn: {
        "case_no": "C",
        "account_id": a,
        "referred_at": t,
        "victim_account": v,
        "victim_amount": 5,
        "victim_time": n,
        "victim_txn": txn,
    },
    TIME,
    st.sampled_from("abz"),
    ACCOUNT,
    TIME,
    st.sampled_from([None, "X1"]),
)
WITHDRAWAL = st.builds(lambda t, n: {"referral_id": f"R{n}", "withdrawn_at": t}, TIME, st.integers(0, 3))
VERSION = st.builds(
    lambda t, a, h, k, p: {
        "account_id": a,
        "holder_id": h,
        "holder_type": k,
        "pooled": p,
        "known_at": t,
        "open_time": t,
    },
    TIME,
    ACCOUNT,
    st.sampled_from(["H1", "H2", None]),
    st.sampled_from(["person", "company"]),
    st.booleans(),
)
IDS = {"transfers": "txn_id", "cash": "txn_id", "referrals": "referral_id"}
WORLD = st.fixed_dictionaries(
    {
        "transfers": st.lists(TRANSFER, max_size=10),
        "cash": st.lists(CASH, max_size=3),
        "identifiers": st.lists(USE, max_size=5),
        "referrals": st.lists(REFERRAL, max_size=3),
        "withdrawals": st.lists(WITHDRAWAL, max_size=2, unique_by=lambda r: r["referral_id"]),
        "accounts": st.lists(VERSION, max_size=5, unique_by=lambda r: (r["account_id"], r["known_at"])),
    }
)


def named(world: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Rows with their serials."""
    letter = {"transfers": "X", "cash": "K", "referrals": "R"}
    return {
        name: [({IDS[name]: f"{letter[name]}{i}"} if name in IDS else {}) | r for i, r in enumerate(rows)]
        for name, rows in world.items()
    }


def known(row: dict[str, Any], name: str) -> int:
    clock = {"identifiers": "first_seen", "referrals": "referred_at", "withdrawals": "withdrawn_at"}.get(name, "time")
    return int(row["known_at"] if "known_at" in row else row[clock])


@given(WORLD.map(named))
@settings(max_examples=8, deadline=None)
def test_later_facts_change_nothing(world: Any) -> None:
    """Effective facts and snapshot at T of a store with later facts are those of a store that never had them."""
    early = {name: [r for r in rows if known(r, name) <= AS_OF] for name, rows in world.items()}
    with tempfile.TemporaryDirectory() as scratch:
        found = []
        for nth, part in enumerate((world, early)):
            folder = Path(scratch) / str(nth)
            (folder / "facts").mkdir(parents=True)
            with EmbeddedStore(folder / "s.duckdb", StoreSettings(memory_mb=256), 1) as store:
                for name, rows_ in part.items():
                    store.write(facts(name, rows_))
                effective(store.export(AS_OF), Settings(), folder / "facts")
            build_snapshot(folder / "facts", Meta(AS_OF), folder / "snapshot")
            arrays = {p.name: p.read_bytes() for p in (folder / "snapshot").iterdir()}
            found.append((read_effective(folder / "facts"), arrays))
        assert found[0] == found[1]


@given(WORLD.map(named), st.randoms(use_true_random=False), st.integers(1, 10**9))
@settings(max_examples=8, deadline=None)
def test_order_and_what_lies_beyond_t_do_not_matter(world: Any, order: random.Random, beyond: int) -> None:
    """Shuffled rows give the same facts, and so does any other last_seen beyond T."""
    changed = {name: [dict(r) for r in rows] for name, rows in world.items()}
    for row in changed["identifiers"]:
        if row["last_seen"] > AS_OF:
            row["last_seen"] = AS_OF + beyond
    for rows_ in changed.values():
        order.shuffle(rows_)
    with tempfile.TemporaryDirectory() as scratch:
        first, report = made_effective(world, AS_OF, Path(scratch) / "1")
        second, other = made_effective(changed, AS_OF, Path(scratch) / "2")
    assert first == second
    assert report == other


@given(WORLD.map(named))
@settings(max_examples=8, deadline=None)
def test_every_transfer_is_in_one_place(world: Any) -> None:
    """A flow, a payment to oneself, failed, a second leg, taken back, or a reversal; flows are numbered in order."""
    with tempfile.TemporaryDirectory() as scratch:
        found, report = made_effective(world, AS_OF, Path(scratch))
    counts = report.counts
    assert counts["transfers_known"] == fact_tables(world, AS_OF)["transfers"].num_rows
    kept = [{r["txn_id"] for r in found[name]} for name in ("transfers", "self", "failed", "reversed")]
    kept.append({r["reversal_txn_id"] for r in found["reversed"]})
    assert kept[3] - {None} <= {r["txn_id"] for r in world["transfers"]}
    places = [place - {None} for place in kept]
    assert sum(map(len, places)) == len(set().union(*places)), "a row is in two places"
    assert sum(map(len, places)) + counts["legs_merged"] + counts["reversals_void"] == counts["transfers_known"]
    assert [len(place) for place in places[:2]] == [counts["transfers"], counts["self_payments"]]
    order = [(r["time"], r["txn_id"], r["flow"]) for name in ("transfers", "cash") for r in found[name]]
    assert [flow for _, _, flow in sorted(order)] == list(range(len(order)))
