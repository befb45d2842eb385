"""What the police know: referrals, some late, some wrong, some withdrawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from graphfraud.ingest.synthetic.flow import DAY, START
from graphfraud.ingest.synthetic.people import People
from graphfraud.ingest.synthetic.truth import Trail

_AUTHORITIES = ("east", "west", "north", "south")


@dataclass(frozen=True)
class Referral:
    """One row to be written; times are seconds after the start, −1 for none."""

    at: int
    account: int
    row: int  # the victim's payment
    case: int
    error: str  # '' | wrong | withdrawn
    withdrawn_at: int


def referrals(who: People, trail: Trail) -> list[Referral]:
    """Referrals in order of time. A case that was reported names the accounts its victims paid. O(cases)."""
    random, knobs, horizon = who.plan.random(50), who.plan.knobs.cases, who.plan.horizon
    below: dict[int, list[int]] = {}
    for row, case, depth in trail.marks:
        if depth == 1:
            below.setdefault(case, []).append(row)
    found, named = [], set()
    for row in trail.first:
        number = int(trail.flow.case[row])
        at, key = trail.cases[number].reported, (number, int(trail.flow.payee[row]))
        if at < 0 or key in named:
            continue
        named.add(key)
        at = max(at, int(trail.flow.time[row]) + 1800) + int(random.exponential(3 * 3600))
        found.append((at, int(trail.flow.payee[row]), row, number))
        if random.random() < knobs.deeper:
            deeper = [
                r for r in below.get(number, []) if trail.flow.payee[r] in trail.members and trail.flow.time[r] < at
            ]
            if deeper:
                later = at + int(random.exponential(2 * DAY))
                found.append((later, int(trail.flow.payee[int(random.choice(deeper))]), row, number))
    rows = [_erring(who, random, entry) for entry in sorted(set(found)) if entry[0] < horizon]
    kept = [r for r in rows if r.account >= 0 and r.account not in who.others]
    return sorted(kept, key=lambda r: (r.at, r.account, r.row))


def _erring(who: People, random: np.random.Generator, entry: tuple[int, int, int, int]) -> Referral:
    """The referral, or one of a bystander, or one that is withdrawn later."""
    at, account, row, case = entry
    knobs, draw = who.plan.knobs.cases, random.random()
    bystander, until = int(random.choice(who.persons)), at + int(random.exponential(12 * DAY)) + 3600
    if draw < knobs.wrong:
        return Referral(at, bystander, row, case, "wrong", -1)
    if draw < knobs.wrong + knobs.withdrawn:
        return Referral(at, bystander if random.random() < 0.7 else account, row, case, "withdrawn", until)
    return Referral(at, account, row, case, "", -1)


def tables(who: People, trail: Trail, found: list[Referral]) -> tuple[pa.Table, pa.Table]:
    """(referrals, truth/referral_errors)."""
    random, knobs, n = who.plan.random(51), who.plan.knobs.cases, len(found)
    rows = np.array([r.row for r in found], np.int64)
    victim = who.account_id.take(pa.array(trail.flow.payer[rows]))
    named = pa.array(random.random(n) >= knobs.unnamed)
    ids = [f"R{i:06d}" for i in range(n)]
    columns = {
        "referral_id": pa.array(ids, pa.string()),
        "case_no": pa.array([f"A{trail.code[r.case]:07d}" for r in found], pa.string()),
        "account_id": who.account_id.take(pa.array([r.account for r in found], pa.int32())),
        "referred_at": pa.array([START + r.at for r in found], pa.int64()),
        "authority": pa.array([_AUTHORITIES[int(trail.code[r.case]) % 4] for r in found], pa.string()),
        "victim_account": pa.compute.if_else(named, victim, pa.scalar(None, pa.string())),
        "victim_amount": pa.array(trail.paid[rows]),
        "victim_time": pa.array(START + trail.flow.time[rows]),
    }
    if knobs.fed:
        ended = [START + r.withdrawn_at if 0 <= r.withdrawn_at < who.plan.horizon else None for r in found]
        columns["withdrawn_at"] = pa.array(ended, pa.int64())
    wrong = np.array([i for i, r in enumerate(found) if r.error], np.int64)
    errors = {
        "referral_id": columns["referral_id"].take(pa.array(wrong)),
        "account_id": columns["account_id"].take(pa.array(wrong)),
        "kind": pa.array([found[i].error for i in wrong], pa.string()),
        "withdrawn_at": pa.array(
            [START + found[i].withdrawn_at if found[i].withdrawn_at >= 0 else -1 for i in wrong], pa.int64()
        ),
    }
    return pa.table(columns), pa.table(errors)
