"""Live traces on small raw worlds: what a store answers is what a snapshot of its facts answers, or is refused.

The worlds have failed payments, reversals with and without a serial, statement legs, payments to oneself, cash, pooled
accounts, merchants, other banks, facts that become known later, and equal times.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from facts_kit import facts
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from live_kit import same

from graphfraud.core.clock import SECOND
from graphfraud.core.snapshot import Meta, Snapshot
from graphfraud.errors import UnknownId, UsageError
from graphfraud.nightly.effective import effective
from graphfraud.nightly.snapshot import build_snapshot
from graphfraud.services.live import Asked
from graphfraud.settings import BankSettings, Settings, StoreSettings
from graphfraud.stores.embedded import EmbeddedStore
from graphfraud.trace import RULES, Limits

AS_OF = 60 * SECOND
ACCOUNT = st.sampled_from("abcd")
TIME = st.integers(0, 30).map(lambda s: s * SECOND)
PLAIN = st.builds(
    lambda t, a, b, n, late: {"time": t, "payer": a, "payee": b, "amount": n, "known_at": t + late},
    TIME, ACCOUNT, ACCOUNT, st.integers(1, 6), st.sampled_from([0, 0, 40 * SECOND]),
)  # fmt: skip
ODD = st.sampled_from(
    [{"success": False}, {"type": "reversal"}, {"reversal_of": "X0"}, {"reversal_of": "X1"}, {"reversal_of": "X3"},
     {"perspective": "payer"}, {"perspective": "payee"}]
)  # fmt: skip
#: amounts and sides that come again, so that legs and reversals find each other
TWIN = st.builds(
    lambda t, odd: {"time": t, "payer": "a", "payee": "b", "amount": 5, "known_at": t} | odd, TIME, ODD | st.just({})
)
CASH = st.builds(lambda t, a, n: {"time": t, "account": a, "amount": n}, TIME, ACCOUNT, st.sampled_from([-4, 3]))
VERSION = st.builds(
    lambda t, a, end, bank, n: {"account_id": a, "known_at": t, "open_time": t, "bank": bank, "opening_balance": n}
    | end,
    TIME, ACCOUNT, st.sampled_from([{}, {}, {"pooled": True}, {"merchant": True}]),
    st.sampled_from(["one", "two", None]), st.integers(0, 5),
)  # fmt: skip
USE = st.builds(
    lambda a, t: {"account_id": a, "kind": "device", "value": f"d{a}", "first_seen": t, "last_seen": t}, ACCOUNT, TIME
)
#: of a source that states no reversals: rows are read in brief, legs found by their amounts and times
FEW = st.sampled_from([{"success": False}, {"perspective": "payer"}, {"perspective": "payee"}])
TWINS = st.builds(
    lambda t, odd, late: {"time": t + late, "payer": "a", "payee": "b", "amount": 5, "known_at": t} | odd,
    TIME, FEW | st.just({}), st.integers(0, 3).map(lambda s: s * SECOND),
)  # fmt: skip
ROWS = st.lists(PLAIN | TWIN | st.builds(lambda p, odd: p | odd, PLAIN, ODD), min_size=1, max_size=14) | st.lists(
    PLAIN | TWINS | st.builds(lambda p, odd: p | odd, PLAIN, FEW), min_size=1, max_size=14
)
WORLD = st.fixed_dictionaries(
    {
        "transfers": ROWS,
        "cash": st.lists(CASH, max_size=2),
        "accounts": st.lists(VERSION, max_size=4, unique_by=lambda r: (r["account_id"], r["known_at"])),
        "identifiers": st.lists(USE, max_size=3, unique_by=lambda r: r["account_id"]),
    }
)
LIMITS = st.builds(
    Limits, depth=st.integers(1, 5), window=st.sampled_from([3, 10, 90]).map(lambda s: s * SECOND),
    breadth=st.sampled_from([1, 2, 3, 200]),
)  # fmt: skip
ASKED = st.builds(
    Asked,
    st.sampled_from(RULES), st.sampled_from(["up", "down"]), LIMITS, ACCOUNT,
)  # fmt: skip
OURS = st.sampled_from([(), ("one",)])
#: What a live trace refuses, and what must be so in the world.
REFUSED = {
    "is taken back by": lambda world, *_: any(r.get("reversal_of") for r in world["transfers"]),
    "whether bank": lambda world, _, ours: not ours and any(r.get("bank") for r in world["accounts"]),
    "whether account": lambda world, *_: world["accounts"],
    "its statement is not fetched": lambda _, accounts, __: accounts.pooled.any() or accounts.merchant.any(),
}


def named(world: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Rows with their serials."""
    letter = {"transfers": ("txn_id", "X"), "cash": ("txn_id", "K")}
    return {
        name: [({letter[name][0]: f"{letter[name][1]}{i}"} if name in letter else {}) | r for i, r in enumerate(rows)]
        for name, rows in world.items()
    }


def compared(store: EmbeddedStore, own: Settings, world: Any, snapshot: Snapshot, one: Asked) -> str:
    """Compare a trace; what was said where there is none."""
    code = snapshot.accounts.id.find(str(one.account))
    try:
        same(store, own, snapshot, one)
    except UnknownId as told:
        return str(told) if code < 0 else f"wrong: {told}"
    except UsageError as told:
        if "nothing to trace" in str(told):
            return str(told) if not (snapshot.flows.payee == code).any() else f"wrong: {told}"
        given_ = (world, snapshot.accounts, own.bank.ours)
        so = any(said in str(told) and holds(*given_) for said, holds in REFUSED.items())
        return str(told) if so else f"wrong: {told}"
    return ""


@given(WORLD.map(named), st.lists(ASKED, min_size=4, max_size=6), OURS)
@settings(max_examples=16, deadline=None)
def test_a_live_trace_is_that_of_the_snapshot(world: Any, asked: list[Asked], ours: tuple[str, ...]) -> None:
    own = Settings(bank=BankSettings(ours=ours), store=StoreSettings(memory_mb=256))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with EmbeddedStore(folder / "s.duckdb", own.store, 1) as store:
            for name, rows in world.items():
                store.write(facts(name, rows))
            (folder / "facts").mkdir()
            effective(store.export(AS_OF), own, folder / "facts")
            named_banks = {r["bank"] for r in world["accounts"]} - {None}
            assume(not ours or not named_banks or set(ours) <= named_banks)
            try:
                snapshot = build_snapshot(folder / "facts", Meta(AS_OF), folder / "snapshot", ours)
            except UsageError:  # the newest rows name none of the banks that are said to be ours
                return
            said = [compared(store, own, world, snapshot, one) for one in asked]
            assert [text for text in said if text.startswith("wrong")] == []
