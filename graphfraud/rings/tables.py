"""Rings as findings tables: members, summary, evidence, lineage and hubs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from graphfraud.core.clock import DAY
from graphfraud.core.findings import FINDINGS
from graphfraud.core.money import show_yuan
from graphfraud.core.previous import Previous
from graphfraud.core.schemas import IDENTIFIER_KINDS
from graphfraud.core.snapshot import I32, I64, Snapshot
from graphfraud.rings.find import Found
from graphfraud.rings.identity import CONFIRMED_WEIGHT, Event, events, name_rings
from graphfraud.rings.proof import Proof, proofs, rows
from graphfraud.rings.roles import MemberMoney, member_money, role
from graphfraud.settings import Settings


@dataclass(frozen=True)
class Named:
    """Tonight's rings by lasting name: members (accounts), ring number, and what happened to each."""

    members: dict[str, list[int]]
    number: dict[str, int]
    events: list[Event]


def before_tonight(previous: Previous | None) -> dict[str, dict[str, int]]:
    """Last night's rings: ring → account → weight (confirmed members count three times)."""
    result: dict[str, dict[str, int]] = {}
    for row in previous.findings["rings"].to_pylist() if previous else []:
        result.setdefault(row["ring_id"], {})[row["account_id"]] = CONFIRMED_WEIGHT if row["referred"] else 1
    return result


def _dormant_before(previous: Previous | None, days: int) -> dict[str, bool]:
    if previous is None:
        return {}
    return {
        row["ring_id"]: _dormant(row["last_time"], previous.as_of, days)
        for row in previous.findings["ring_summary"].to_pylist()
    }


def _dormant(last_time: int | None, as_of: int, days: int) -> bool:
    return last_time is not None and as_of - last_time > days * DAY


def name(snapshot: Snapshot, found: Found, previous: Previous | None, settings: Settings, money: MemberMoney) -> Named:
    """Give tonight's rings their lasting names and say what happened to them."""
    ring, ids = found.members.ring, snapshot.accounts.id
    referred = set(snapshot.referrals.account.tolist())
    by_number: dict[int, list[int]] = {}
    for v in np.flatnonzero(ring >= 0).tolist():
        by_number.setdefault(int(ring[v]), []).append(v)
    weights = {
        f"{c:08d}": {ids[v]: CONFIRMED_WEIGHT if v in referred else 1 for v in members}
        for c, members in by_number.items()
    }
    before = before_tonight(previous)
    names, overlaps = name_rings(weights, before, settings.rings.identity_jaccard)
    named = {names[key]: members for key, members in weights.items()}
    number = {names[key]: int(key) for key in weights}
    days = settings.rings.dormant_days
    was = _dormant_before(previous, days)
    last = {r: _last(money, by_number[c]) for r, c in number.items()}
    dormant = {r: (was.get(r, False), _dormant(last[r], snapshot.as_of, days)) for r in number}
    overlap = {names[key]: value for key, value in overlaps.items()}
    return Named({r: by_number[c] for r, c in number.items()}, number, events(named, overlap, before, dormant))


def _last(money: MemberMoney, members: list[int]) -> int | None:
    last = int(money.last[members].max())
    return None if last == np.iinfo(np.int64).min else last


def ring_tables(snapshot: Snapshot, found: Found, previous: Previous | None, settings: Settings) -> dict[str, pa.Table]:
    """Tables rings, ring_summary, ring_evidence, ring_lineage and hubs. O(flows + members + evidence)."""
    money = member_money(snapshot, found.members.ring)
    named = name(snapshot, found, previous, settings, money)
    proof = proofs(snapshot, found.evidence, found.members.ring, settings.rings.identifier_weight)
    evidence = [row for ring, c in named.number.items() for row in rows(snapshot, ring, proof[c])]
    lineage = [
        {
            "ring_id": e.ring_id, "event": e.event, "previous_ring_id": e.previous_ring_id,
            "jaccard_e6": round(e.jaccard * 1e6), "joined": e.joined, "left": e.left,
        }
        for e in named.events
    ]  # fmt: skip
    tables = {
        "rings": _members(snapshot, found, named, money),
        "ring_summary": _summaries(snapshot, found, named, (proof, money), (previous, settings)),
        "ring_evidence": evidence,
        "ring_lineage": lineage,
        "hubs": _hubs(snapshot, found, settings),
    }
    return {k: FINDINGS[k].sorted(pa.Table.from_pylist(v, schema=FINDINGS[k].schema)) for k, v in tables.items()}


def _identifier_links(found: Found) -> I64:
    """Members each account shares an identifier with inside its ring."""
    shared, ring = found.evidence.shared, found.members.ring
    inside = (ring[shared.a] >= 0) & (ring[shared.a] == ring[shared.b])
    n = len(ring)
    both = np.bincount(shared.a[inside], minlength=n) + np.bincount(shared.b[inside], minlength=n)
    return both.astype(np.int64)


def _members(snapshot: Snapshot, found: Found, named: Named, money: MemberMoney) -> list[dict[str, object]]:
    referred = set(snapshot.referrals.account.tolist())
    members, shared = found.members, _identifier_links(found)
    return [
        {
            "ring_id": ring, "kind": "lead" if named.number[ring] in found.lead_rank else "ring",
            "account_id": snapshot.accounts.id[v], "role": role(v, money, int(shared[v])), "referred": v in referred,
            "loose": bool(members.links[v] <= 1), "inside_e6": round(float(members.inside[v]) * 1e6),
            "attached": bool(members.attached[v]),
        }
        for ring, accounts in named.members.items()
        for v in accounts
    ]  # fmt: skip


def _summaries(
    snapshot: Snapshot,
    found: Found,
    named: Named,
    proven: tuple[dict[int, Proof], MemberMoney],
    context: tuple[Previous | None, Settings],
) -> list[dict[str, object]]:
    (proof, money), (previous, settings) = proven, context
    referred = set(snapshot.referrals.account.tolist())
    born = {}
    if previous is not None:
        born = {r["ring_id"]: r["born_as_of"] for r in previous.findings["ring_summary"].to_pylist()}
    happened = {e.ring_id: e.event for e in named.events}
    result: list[dict[str, object]] = []
    for ring, members in named.members.items():
        n, known = len(members), sum(v in referred for v in members)
        weight = float(found.members.inside[members].sum()) / 2
        level = int(np.bincount(np.maximum(found.level[members], 0)).argmax())
        case = proof[named.number[ring]]
        zh, en = _reason(n, known, case)
        times = _span(snapshot, members, found.members.ring)
        result.append(
            {
                "ring_id": ring, "kind": "lead" if named.number[ring] in found.lead_rank else "ring", "members": n,
                "referred_members": known, "referred_share_e6": round(known * 1e6 / n),
                "weight_e6": round(weight * 1e6), "density_e6": round(weight * 2e6 / (n * (n - 1))),
                "gamma_e6": round(settings.rings.gammas[level] * 1e6),
                "lead_rank": found.lead_rank.get(named.number[ring]), "lineage": happened[ring],
                "born_as_of": born.get(ring, snapshot.as_of), "first_time": times[0],
                "last_time": _last(money, members), "inside_amount": times[1], "reason_zh": zh, "reason_en": en,
            }
        )  # fmt: skip
    return result


def _span(snapshot: Snapshot, members: list[int], ring: I32) -> tuple[int | None, int]:
    """First time and total amount of the flows between members."""
    rows_ = np.unique(np.concatenate([snapshot.flows_of(v) for v in members]))
    payer, payee = snapshot.flows.payer[rows_], snapshot.flows.payee[rows_]
    mine = ring[members[0]]
    inside = rows_[(payer >= 0) & (payee >= 0) & (ring[payer] == mine) & (ring[payee] == mine)]
    if not len(inside):
        return None, 0
    return int(snapshot.flows.time[inside[0]]), int(snapshot.flows.amount[inside].sum())


def _reason(members: int, referred: int, proof: Proof) -> tuple[str, str]:
    zh, en = [f"{members} 个账户，其中 {referred} 个已被公安移送"], [f"{members} accounts, {referred} of them referred"]
    if proof.bonds:
        zh.append(f"共用 {len(proof.bonds)} 个设备或手机号")
        en.append(f"{len(proof.bonds)} shared devices or phones")
    if proof.ties:
        zh.append(f"成员间 {len(proof.ties)} 对快进快出，{proof.payments} 笔共 {show_yuan(proof.amount)} 元")
        en.append(
            f"{len(proof.ties)} pairs passing money straight on, {proof.payments} payments,"
            f" {show_yuan(proof.amount)} yuan"
        )
    return "；".join(zh), "; ".join(en)


def _hubs(snapshot: Snapshot, found: Found, settings: Settings) -> list[dict[str, object]]:
    """Devices and phones with more holders than the cap: shown with their count, never crossed."""
    identifiers, holders = snapshot.identifiers, found.evidence.links.holders
    personal = identifiers.kind <= 1
    rows_ = np.flatnonzero(personal & (holders > settings.links.max_holders_ring))
    return [
        {
            "kind": IDENTIFIER_KINDS[int(identifiers.kind[z])], "value": identifiers.value[z],
            "holders": int(holders[z]), "accounts": int(identifiers.ptr[z + 1] - identifiers.ptr[z]),
        }
        for z in rows_.tolist()
    ]  # fmt: skip
