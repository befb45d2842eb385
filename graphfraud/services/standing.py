"""Standing: what a run says about one account, from the memory-mapped index. A few array reads, about 10 µs."""

from __future__ import annotations

from dataclasses import dataclass

from graphfraud.core.runs import NO_LAYER, NO_RING, PublishedRun
from graphfraud.services.answers import Share


@dataclass(frozen=True)
class Standing:
    """Score, level, layer, ring and referral of one account."""

    account_id: str
    score: Share
    referral_share: Share
    behaviour_share: Share
    behaviour: Share
    level: int | None
    layer: int | None
    ring_id: str | None
    referred: bool


def standing(run: PublishedRun, number: int) -> Standing:
    """Findings of account `number` of the snapshot. O(1)."""
    index = run.index
    level, layer, ring = int(index.level[number]), int(index.layer[number]), int(index.ring[number])
    return Standing(
        account_id=run.snapshot.accounts.id[number],
        score=int(index.score_e6[number]),
        referral_share=int(index.referral_share_e6[number]),
        behaviour_share=int(index.behaviour_share_e6[number]),
        behaviour=int(index.behaviour_e6[number]),
        level=level or None,
        layer=None if layer == NO_LAYER else layer,
        ring_id=None if ring == NO_RING else index.ring_id[ring],
        referred=bool(index.referred[number]),
    )
