"""Return of frozen funds by the three-branch rule (domain.md §6). A proposal: sign-off is the police's.

    (1) the account's only credit is the victim's → direct: min(loss, frozen)
    (2) time stamps resolve it: FIFO, LIFO and pro-rata agree on what of the balance is whose → direct: what each owns
    (3) otherwise in proportion to the losses: r_i = F·L_i/ΣL_j

F is the frozen amount net of earlier freezes, L_i victim i's traced loss in this account. Nobody gets more than the
loss there, nor more than is still owed; what a cap leaves is shared on among the others in the same proportion (water
filling), so Σ r_i = min(F, Σ min(L_i, owed_i)) under (1) and (3). Minor units, exact, by largest remainder; equal
remainders go to the victim whose key is first, so the order of the claims does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction

from graphfraud.core.money import largest_remainder
from graphfraud.errors import UsageError
from graphfraud.trace.rules import Rule

#: The methods that have to agree in branch 2.
METHODS = (Rule.FIFO, Rule.LIFO, Rule.PRO_RATA)


class Branch(IntEnum):
    """Which branch of the rule an account falls under; NOBODY: no victim's money is traced to it."""

    NOBODY = 0
    ONLY_CREDIT = 1
    TIME_STAMPS = 2
    PRO_RATA = 3


@dataclass(frozen=True)
class Claim:
    """A victim of whom money came into the account. Minor units, ≥ 0.

    loss  what came in of the victim's money
    owed  reported loss less what was returned elsewhere
    held  what of the balance is the victim's, under each of METHODS
    """

    victim: str
    loss: int
    owed: int
    held: Mapping[Rule, int]

    @property
    def cap(self) -> int:
        """The most that can be returned."""
        return min(self.loss, self.owed)

    @property
    def agreed(self) -> bool:
        """Whether the methods agree on what the victim owns."""
        return len({self.held.get(rule, 0) for rule in METHODS}) == 1


@dataclass(frozen=True)
class Proposal:
    """What to return to whom of `available` = frozen less earlier freezes; `rest` is nobody's of the claims."""

    branch: Branch
    frozen: int
    earlier: int
    returns: Mapping[str, int]  # victim → amount, in order of victim

    @property
    def available(self) -> int:
        return max(0, self.frozen - self.earlier)

    @property
    def returned(self) -> int:
        return sum(self.returns.values())

    @property
    def rest(self) -> int:
        return self.available - self.returned


def restitute(frozen: int, earlier: int, claims: Sequence[Claim], only_credit: bool) -> Proposal:
    """The proposal for one account. `only_credit`: nothing but one payment ever came in, and no opening balance.

    Raises UsageError for amounts below 0 or a victim named twice. O(n log n).
    """
    _check(frozen, earlier, claims)
    ordered = sorted((c for c in claims if c.loss), key=lambda c: c.victim)
    available = max(0, frozen - earlier)
    if not ordered:
        return Proposal(Branch.NOBODY, frozen, earlier, {})
    caps = [c.cap for c in ordered]
    if only_credit and len(ordered) == 1:
        branch, parts = Branch.ONLY_CREDIT, [min(available, caps[0])]
    elif all(c.agreed for c in ordered):
        own = [min(c.held.get(METHODS[0], 0), c.owed) for c in ordered]
        branch, parts = Branch.TIME_STAMPS, share_out(available, own, own)
    else:
        branch, parts = Branch.PRO_RATA, share_out(available, [c.loss for c in ordered], caps)
    return Proposal(branch, frozen, earlier, {c.victim: part for c, part in zip(ordered, parts, strict=True)})


def share_out(total: int, weights: Sequence[int], caps: Sequence[int]) -> list[int]:
    """Split `total` in proportion to weights, none above its cap; what a cap leaves goes to the others.

    The parts sum to min(total, Σ caps of positive weights). Equal remainders go to the earlier one. O(n log n).
    """
    parts = [0] * len(weights)
    rest, free = total, [i for i, w in enumerate(weights) if w > 0]
    whole = sum(weights[i] for i in free)
    free.sort(key=lambda i: (Fraction(caps[i], weights[i]), i))
    full = 0
    for i in free:  # those that reach their cap first
        if rest * weights[i] < caps[i] * whole:
            break
        parts[i] = caps[i]
        rest, whole, full = rest - caps[i], whole - weights[i], full + 1
    others = sorted(free[full:])
    if others:
        for i, part in zip(others, largest_remainder(rest, [weights[i] for i in others]), strict=True):
            parts[i] = part
    return parts


def _check(frozen: int, earlier: int, claims: Sequence[Claim]) -> None:
    amounts = [frozen, earlier, *(x for c in claims for x in (c.loss, c.owed, *c.held.values()))]
    if min(amounts) < 0:
        raise UsageError("amounts of a restitution are 0 or more")
    if len({c.victim for c in claims}) != len(claims):
        raise UsageError("a victim is named twice among the claims; add the losses up")
