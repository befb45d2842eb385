"""Network: who an account pays and is paid by, and with whom it shares identifiers, some hops around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from graphfraud.core.runs import PublishedRun
from graphfraud.core.schemas import IDENTIFIER_KINDS
from graphfraud.core.snapshot import Snapshot
from graphfraud.services.answers import Answer, Minor, Share, stamp
from graphfraud.services.lens import MASKED, Lens
from graphfraud.services.neighbourhood import Bounds, Neighbourhood, count_holders, walk
from graphfraud.services.pairs import PairFlow, pair_flows
from graphfraud.services.standing import Standing, standing


@dataclass(frozen=True)
class Node:
    """An account of the neighbourhood."""

    account_id: str
    hop: Annotated[int, Field(description="hops from the account that was asked")]
    score: Share
    level: int | None
    referred: bool
    ring_id: str | None
    end: Annotated[str | None, Field(description="why it was not crossed: hub, pooled, merchant; null: it was")]


@dataclass(frozen=True)
class SharedIdentifier:
    """An identifier that accounts of the neighbourhood share."""

    kind: str
    value: Annotated[str, Field(description="phones and addresses are masked")]
    holders: int
    accounts: Annotated[list[str], Field(description="those in the neighbourhood")]


@dataclass(frozen=True)
class AccountHub:
    """An account with too many counterparties: reported, not crossed."""

    account_id: str
    counterparties: int


@dataclass(frozen=True)
class IdentifierHub:
    """An identifier with too many holders: reported, not crossed."""

    kind: str
    value: str
    holders: int


@dataclass(frozen=True)
class NetworkAnswer(Answer):
    """The neighbourhood of an account, and what the limits left out."""

    account_id: str
    hops: int
    accounts: list[Node]
    flows: list[PairFlow]
    amount: Annotated[Minor, Field(description="sum of `flows`")]
    identifiers: list[SharedIdentifier]
    account_hubs: list[AccountHub]
    identifier_hubs: list[IdentifierHub]
    accounts_left_out: Annotated[int, Field(description="accounts that were met but lie beyond a limit")]


def network(run: PublishedRun, account_id: str, bounds: Bounds, lens: Lens = MASKED) -> NetworkAnswer:
    """The neighbourhood of an account. Raises UnknownId, UsageError for limits out of range."""
    snapshot = run.snapshot
    found = walk(snapshot, snapshot.code(account_id), bounds)
    name = snapshot.accounts.id
    crossed = [a for a in found.hop if a not in found.end]
    flows = pair_flows(snapshot, list(found.hop), crossed, bounds)
    return NetworkAnswer(
        **stamp(run),
        account_id=account_id,
        hops=bounds.hops,
        accounts=[_node(standing(run, a), hop, found.end.get(a)) for a, hop in found.hop.items()],
        flows=flows,
        amount=sum(f.amount for f in flows),
        identifiers=[_identifier(snapshot, z, found, lens) for z in sorted(found.identifiers)],
        account_hubs=[AccountHub(name[a], n) for a, n in sorted(found.degree.items())],
        identifier_hubs=[_hub(snapshot, z, n, lens) for z, n in sorted(found.identifier_hubs.items())],
        accounts_left_out=len(found.left_out),
    )


def _node(who: Standing, hop: int, end: str | None) -> Node:
    return Node(who.account_id, hop, who.score, who.level, who.referred, who.ring_id, end)


def _identifier(snapshot: Snapshot, z: int, found: Neighbourhood, lens: Lens) -> SharedIdentifier:
    ids = snapshot.identifiers
    users = ids.account[ids.ptr[z] : ids.ptr[z + 1]]
    kind = IDENTIFIER_KINDS[ids.kind[z]]
    shown = [snapshot.accounts.id[a] for a in users.tolist() if a in found.hop]
    return SharedIdentifier(kind, lens.identifier(kind, ids.value[z]), count_holders(snapshot, users), shown)


def _hub(snapshot: Snapshot, z: int, holders: int, lens: Lens) -> IdentifierHub:
    kind = IDENTIFIER_KINDS[snapshot.identifiers.kind[z]]
    return IdentifierHub(kind, lens.identifier(kind, snapshot.identifiers.value[z]), holders)
