"""What a run changed and why: the two nights of changes_kit, each change with a cause that is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from changes_kit import FIRST, PHONE, SECOND, publish, two_nights
from rich.console import Console

from graphfraud.cli.render.changes import changes as draw
from graphfraud.core.runs import RunCatalogue
from graphfraud.errors import UnknownId, UsageError
from graphfraud.services.changes import Cause, Change, ChangesAnswer
from graphfraud.services.changes.facts import Nights
from graphfraud.services.changes.find import Bounds, changes
from graphfraud.services.changes.verify import new_facts
from graphfraud.services.lens import MASKED, Lens


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> RunCatalogue:
    return two_nights(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def answer(catalogue: RunCatalogue) -> ChangesAnswer:
    return changes(catalogue)


@pytest.fixture(scope="module")
def nights(catalogue: RunCatalogue) -> Iterator[Nights]:
    with catalogue.open("one") as before, catalogue.open("two") as now:
        yield Nights(before, now, MASKED)


def of(answer: ChangesAnswer, subject: str) -> Change:
    (found,) = [c for c in answer.changes if c.subject == subject]
    return found


def short(causes: list[Cause]) -> list[tuple[Any, ...]]:
    return [(c.kind, c.account_id, c.other, c.amount) for c in causes]


def test_every_change_is_there_and_no_other(answer: ChangesAnswer) -> None:
    assert (answer.run_id, answer.predecessor, answer.predecessor_as_of, answer.left_out) == ("two", "one", FIRST, 0)
    assert [(c.what, c.subject, c.was, c.now) for c in answer.changes] == [
        ("closed", "A-a", 1, None), ("opened", "A-c", None, 1), ("moved", "A-e", 2, 3), ("opened", "A-g", None, 2),
        ("closed", "A-z", 3, None), ("opened", "A-d", None, 3), ("opened", "A-h", None, 3), ("grown", "R-1", 2, 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("subject", "certainty", "causes"),
    [
        ("A-a", "likely", [("withdrawal", "a", "C1", None), ("payment", "a", "c", 7_000)]),
        ("A-c", "likely", [("referral", "c", "C2", None), ("payment", "c", "a", 7_000)]),
        ("A-d", "likely", [("payment", "d", "b", 4_000)]),  # a late row: its time is before the first night
        ("A-g", "likely", [("identifier", "g", "b", None)]),
        ("A-e", "likely", [("payment_gone", "e", "f", 800)]),
        ("A-h", "neighbourhood", [("neighbour", "b", None, None)]),
        ("A-z", "time", [("time", None, None, None)]),
        (
            "R-1",
            "likely",
            [("referral", "c", "C2", None), ("payment", "a", "c", 7_000), ("withdrawal", "a", "C1", None)],
        ),
    ],
)
def test_causes(answer: ChangesAnswer, subject: str, certainty: str, causes: list[tuple[Any, ...]]) -> None:
    change = of(answer, subject)
    assert change.certainty == certainty
    assert short(change.causes) == causes
    assert change.more_causes == 0


def test_who_joined_a_ring(answer: ChangesAnswer) -> None:
    change = of(answer, "R-1")
    assert (change.joined, change.left) == (["c"], [])


def test_words_and_masks(catalogue: RunCatalogue, answer: ChangesAnswer) -> None:
    (cause,) = of(answer, "A-g").causes
    assert cause.reason_en == "g newly shares phone 13*******78 with 1 of them, b first"
    assert cause.reason_zh == "g 新与 b 等 1 户共用手机号 13*******78"
    (open_cause,) = of(changes(catalogue, lens=Lens(masked=False)), "A-g").causes
    assert PHONE in open_cause.reason_en
    assert of(answer, "A-a").causes[0].reason_en == "a is referred no longer: withdrawn (case C1)"
    assert of(answer, "A-e").causes[0].reason_zh == "2026-01-01 09:00 e 付 f 8.00 元（已冲正或更正，不再计入）"
    shown = {}
    for lang in ("en", "zh"):
        screen = Console(width=120)
        with screen.capture() as caught:
            screen.print(draw(answer, lang))
        shown[lang] = caught.get()
    assert "alert opened g (level – → 2)" in shown["en"]
    assert "no new fact: time passed" in shown["en"]
    assert "预警新增 g (级 – → 2)" in shown["zh"]


def test_the_limit_says_what_it_left_out(catalogue: RunCatalogue) -> None:
    found = changes(catalogue, bounds=Bounds(limit=3))
    assert (len(found.changes), found.left_out) == (3, 5)
    with pytest.raises(UsageError, match="--limit"):
        changes(catalogue, bounds=Bounds(limit=0))


def test_a_first_run_has_nothing_to_compare_with(catalogue: RunCatalogue) -> None:
    found = changes(catalogue, "one")
    assert (found.predecessor, found.changes) == (None, [])


def test_a_pruned_predecessor_is_said(catalogue: RunCatalogue, tmp_path: Path) -> None:
    publish(tmp_path, "two", SECOND, {}, "one")
    with pytest.raises(UnknownId, match=r"one, which has been pruned \(setting runs\.keep\)"):
        changes(RunCatalogue(tmp_path))


def test_facts_that_are_taken_away_to_verify(nights: Nights) -> None:
    """c: its referral and its only payment; d: the late payment; g: the phone; a: only the payment to c."""
    snapshot = nights.now.snapshot
    serial = {snapshot.flows.txn[i]: i for i in range(len(snapshot.flows.time))}
    number = {a: snapshot.code(a) for a in "acdg"}
    found = {a: new_facts(nights, a, n) for a, n in number.items()}
    assert found["c"].referred == {number["c"]}
    assert {a: set(f.flows) for a, f in found.items()} == {
        "a": {serial["P2"]}, "c": {serial["P2"]}, "d": {serial["P3"]}, "g": set(),
    }  # fmt: skip
    assert [len(f.uses) for f in found.values()] == [0, 0, 0, 1]
    assert found["a"].referred == frozenset()


def test_an_answer_survives_json(answer: ChangesAnswer) -> None:
    raw = answer.as_json()
    assert raw["changes"][0]["causes"][1]["amount"] == 7_000
    assert replace(answer, changes=[]).as_json()["changes"] == []
