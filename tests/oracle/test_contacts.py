"""How long two accounts have known each other, against a dictionary."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshot_kit import World, snapshot

from graphfraud.core.clock import HOUR
from graphfraud.core.contacts import newness, since_contact

payments = st.lists(
    st.tuples(
        st.integers(0, 500), st.sampled_from(["a", "b", "c", "d", ""]), st.sampled_from(["a", "b", "c", "d", "e"])
    ).filter(lambda p: p[1] != p[2]),
    max_size=30,
)


@settings(max_examples=100, deadline=None)
@given(payments)
def test_contact_is_the_first_payment_of_the_pair(rows: list[tuple[int, str, str]]) -> None:
    world = snapshot(World([(hour, a, b, 10) for hour, a, b in rows], extra=list("abcde")))
    flows, n = world.flows, len(world.accounts)
    met: dict[frozenset[int], int] = {}
    expected = []
    for time, payer, payee in zip(flows.time.tolist(), flows.payer.tolist(), flows.payee.tolist(), strict=True):
        first = met.setdefault(frozenset((payer, payee)), time)
        expected.append(0 if payer < 0 or payee < 0 else time - first)
    assert since_contact(n, flows).tolist() == expected
    np.testing.assert_allclose(newness(n, flows, 2.0), np.exp(-np.array(expected) / (48 * HOUR)))
