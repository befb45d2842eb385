"""Return of frozen funds: worked by hand, against brute force, and what always holds."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfraud.errors import UsageError
from graphfraud.trace.restitution import METHODS, Branch, Claim, restitute, share_out
from graphfraud.trace.rules import Rule


def claim(victim: str, loss: int, owed: int | None = None, held: tuple[int, int, int] = (0, 1, 2)) -> Claim:
    return Claim(victim, loss, loss if owed is None else owed, dict(zip(METHODS, held, strict=True)))


def test_the_only_credit_is_returned_directly_up_to_the_loss_what_is_frozen_and_what_is_owed() -> None:
    for frozen, earlier, owed, expected in ((700, 0, 1000, 700), (1200, 0, 1000, 1000), (700, 300, 1000, 400),
                                            (700, 0, 250, 250), (300, 500, 1000, 0)):  # fmt: skip
        found = restitute(frozen, earlier, [claim("v", 1000, owed)], only_credit=True)
        assert (found.branch, found.returns) == (Branch.ONLY_CREDIT, {"v": expected})
        assert found.returned + found.rest == max(0, frozen - earlier)


def test_where_the_three_methods_agree_each_gets_what_they_own() -> None:
    """a owns 300 and b 200 of a balance of 900: 400 are somebody else's."""
    claims = [claim("b", 500, held=(200, 200, 200)), claim("a", 400, held=(300, 300, 300))]
    found = restitute(900, 0, claims, only_credit=False)
    assert (found.branch, found.returns, found.rest) == (Branch.TIME_STAMPS, {"a": 300, "b": 200}, 400)
    short = restitute(100, 0, claims, only_credit=False)
    assert (short.branch, short.returns) == (Branch.TIME_STAMPS, {"a": 60, "b": 40})
    returned_before = restitute(900, 0, [claim("a", 400, owed=50, held=(300, 300, 300))], only_credit=False)
    assert returned_before.returns == {"a": 50}


def test_otherwise_in_proportion_by_largest_remainder() -> None:
    """1,000 among losses of 100, 200 and 400: 142.86, 285.71, 571.43; the two fen go to the largest remainders."""
    claims = [claim("c", 400), claim("a", 100), claim("b", 200)]
    assert restitute(1000, 0, claims, False).returns == {"a": 100, "b": 200, "c": 400}  # nobody above the loss
    assert restitute(100, 0, claims, False).returns == {"a": 14, "b": 29, "c": 57}
    assert restitute(100, 0, claims, False).branch == Branch.PRO_RATA
    assert restitute(1, 0, [claim("b", 5), claim("a", 5)], False).returns == {"a": 1, "b": 0}
    one_disagrees = [claim("a", 100, held=(50, 50, 50)), claim("b", 100, held=(50, 50, 51))]
    assert restitute(60, 0, one_disagrees, False).branch == Branch.PRO_RATA


def test_what_a_cap_leaves_goes_to_the_others() -> None:
    """100 among 50:50 where a is owed only 20: b gets 80."""
    assert restitute(100, 0, [claim("a", 90, owed=20), claim("b", 90)], False).returns == {"a": 20, "b": 80}
    assert restitute(100, 0, [claim("a", 90, owed=20), claim("b", 90, owed=30)], False).returns == {"a": 20, "b": 30}


def test_nobody_and_wrong_amounts() -> None:
    assert restitute(100, 0, [], False).branch == Branch.NOBODY
    assert restitute(100, 0, [claim("a", 0)], True).rest == 100
    for wrong in ((-1, 0, []), (1, -1, []), (1, 0, [claim("a", -1)]), (1, 0, [claim("a", 1, owed=-1)])):
        with pytest.raises(UsageError, match="0 or more"):
            restitute(*wrong, only_credit=False)
    with pytest.raises(UsageError, match="named twice"):
        restitute(1, 0, [claim("a", 1), claim("a", 2)], False)


amounts = st.integers(0, 60)
tables = st.lists(st.tuples(amounts, amounts), min_size=1, max_size=6)


def water(total: int, weights: list[int], caps: list[int]) -> list[Fraction]:
    """The exact shares, by raising one level λ until min(cap, λ·w) sum to the total."""
    levels = sorted({Fraction(c, w) for c, w in zip(caps, weights, strict=True) if w})
    best = [Fraction(0)] * len(weights)
    for low, high in zip([Fraction(0), *levels], [*levels, None], strict=True):
        full = [min(Fraction(c), low * w) if low * w >= c else None for c, w in zip(caps, weights, strict=True)]
        free = sum(w for w, f in zip(weights, full, strict=True) if f is None)
        fixed = sum((f for f in full if f is not None), Fraction(0))
        level = (total - fixed) / free if free else low
        if high is None or level <= high:
            return [Fraction(c) if f is not None else level * w for c, w, f in zip(caps, weights, full, strict=True)]
    return best


@settings(max_examples=250, deadline=None)
@given(st.integers(0, 200), tables)
def test_shares_are_the_exact_ones_to_the_fen(total: int, table: list[tuple[int, int]]) -> None:
    weights, caps = [w for w, _ in table], [c for _, c in table]
    found = share_out(total, weights, caps)
    assert sum(found) == min(total, sum(c for w, c in table if w))
    assert all(0 <= part <= (cap if w else 0) for part, (w, cap) in zip(found, table, strict=True))
    for part, exact in zip(found, water(min(total, sum(found)), weights, caps), strict=True):
        assert abs(part - exact) < 1


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 200), st.integers(0, 20), tables, st.randoms(use_true_random=False))
def test_sums_caps_scale_and_order(frozen: int, earlier: int, table: list[tuple[int, int]], rnd: object) -> None:
    claims = [claim(f"v{i}", loss, owed) for i, (loss, owed) in enumerate(table)]
    found = restitute(frozen, earlier, claims, only_credit=False)
    if found.branch is Branch.NOBODY:
        assert not any(loss for loss, _ in table)
        return
    assert found.returned == min(max(0, frozen - earlier), sum(min(loss, owed) for loss, owed in table))
    assert all(found.returns.get(c.victim, 0) <= min(c.loss, c.owed) for c in claims)
    shuffled = list(claims)
    rnd.shuffle(shuffled)  # type: ignore[attr-defined]
    assert restitute(frozen, earlier, shuffled, only_credit=False) == found
    many = [Claim(c.victim, c.loss * 1000, c.owed * 1000, c.held) for c in claims]
    large = restitute(frozen * 1000, earlier * 1000, many, only_credit=False)
    assert all(abs(large.returns[v] - 1000 * part) < 1000 for v, part in found.returns.items())


def test_brute_force_no_other_split_in_fen_is_nearer_in_proportion() -> None:
    """Largest remainder minimises Σ |part − exact| among all splits with the same sum (Hamilton)."""
    for total in range(13):
        weights = [3, 5, 4]
        exact = [Fraction(total * w, 12) for w in weights]
        splits = [(a, b, total - a - b) for a in range(total + 1) for b in range(total + 1 - a)]
        nearest = min(sum(abs(p - e) for p, e in zip(s, exact, strict=True)) for s in splits)
        found = share_out(total, weights, weights)
        assert sum(abs(p - e) for p, e in zip(found, exact, strict=True)) == nearest


def test_ten_thousand_victims() -> None:
    claims = [claim(f"v{i:05d}", 1000 + i % 7, owed=500 if i % 3 else 2000) for i in range(10_000)]
    found = restitute(3_000_000, 0, claims, False)
    assert found.returned == 3_000_000
    assert max(found.returns.values()) <= 1006
    assert Rule.FIFO in METHODS
