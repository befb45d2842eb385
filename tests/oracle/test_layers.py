"""Layers: the fewest hops that the victim's money itself made."""

from __future__ import annotations

import dataclasses

import numpy as np
from snapshot_kit import World, snapshot

from graphfraud.core.snapshot import Snapshot
from graphfraud.settings import Settings
from graphfraud.trace import layers

CHAIN = [(1, "v", "a", 100), (2, "a", "b", 60), (3, "b", "c", 60), (4, "a", "c", 40), (5, "c", "shop", 90)]


def identified(world: Snapshot, flow: int) -> Snapshot:
    refs = dataclasses.replace(world.referrals, victim_flow=np.array([flow], np.int32))
    return dataclasses.replace(world, referrals=refs)


def found(world: Snapshot) -> dict[str, tuple[int, bool]]:
    return {r["account_id"]: (r["layer"], r["assumed"]) for r in layers(world, Settings()).to_pylist()}


def test_first_second_and_the_shorter_way_to_the_same_account() -> None:
    world = snapshot(World(CHAIN, merchants=frozenset({"shop"}), referred=[("a", 1.0)]))
    assert found(identified(world, 0)) == {"a": (1, False), "b": (2, False), "c": (2, False)}


def test_without_the_victim_s_payment_the_referred_account_is_an_assumed_first_layer() -> None:
    world = snapshot(World(CHAIN, merchants=frozenset({"shop"}), referred=[("a", 1.0)]))
    assert found(world) == {"a": (1, True), "b": (2, True), "c": (2, True)}


def test_money_that_waited_too_long_or_is_not_the_victim_s_has_no_layer() -> None:
    late = [(1, "v", "a", 100), (24 * 9, "a", "b", 100)]
    assert found(identified(snapshot(World(late, referred=[("a", 1.0)])), 0)) == {"a": (1, False)}
    other = [(1, "v", "a", 100), (2, "x", "a", 100), (3, "a", "b", 100)]
    assert found(identified(snapshot(World(other, referred=[("a", 1.0)])), 0)) == {"a": (1, False)}
