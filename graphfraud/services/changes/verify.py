"""Verify the causes of an alert that opened or rose: its level is computed again without the account's new facts."""

from __future__ import annotations

from dataclasses import replace

from graphfraud.core.schemas import IDENTIFIER_KINDS
from graphfraud.services.changes import Change
from graphfraud.services.changes.facts import Nights, payments, uses
from graphfraud.services.counterfactual.ask import case_of
from graphfraud.services.counterfactual.without import Taken

NO_LEVEL = 9


def verified(nights: Nights, changes: list[Change], count: int) -> list[Change]:
    """The changes, the first `count` that can be with `certainty` *verified* where the alert does not open, or does
    not rise, without the new facts of its account; *likely* stays where it does. A walk over the bank each."""
    result, left = [], count
    for change in changes:
        tried = left > 0 and change.certainty == "likely" and _rose(change)
        left -= tried
        caused = tried and not _still(nights, change)
        result.append(replace(change, certainty="verified") if caused else change)
    return result


def _rose(change: Change) -> bool:
    return change.account_id is not None and change.now is not None and change.now < (change.was or NO_LEVEL)


def _still(nights: Nights, change: Change) -> bool:
    """Whether the alert is as high without the new facts of its account."""
    assert change.account_id is not None
    number = nights.now.snapshot.code(change.account_id)
    level = case_of(nights.now, number).stand(new_facts(nights, change.account_id, number)).level
    return (level or NO_LEVEL) <= (change.now or NO_LEVEL)


def new_facts(nights: Nights, account_id: str, number: int) -> Taken:
    """The account's new payments, new identifiers and new referrals, by their numbers in the later snapshot."""
    snapshot, ids = nights.now.snapshot, nights.now.snapshot.accounts.id
    was, flows = payments(nights.before.snapshot, account_id), snapshot.flows
    new = set()
    for f in snapshot.flows_of(number).tolist():
        payer, payee = int(flows.payer[f]), int(flows.payee[f])
        sides = ids[payer] if payer >= 0 else "", ids[payee] if payee >= 0 else ""
        key = (int(flows.time[f]), flows.txn[f], *sides, int(flows.amount[f]))
        if was[key]:
            was[key] -= 1
        else:
            new.add(f)
    table, known = snapshot.identifiers, uses(nights.before.snapshot, account_id)
    mine = table.by_account[table.by_account_ptr[number] : table.by_account_ptr[number + 1]].tolist()
    seen = {z for z in mine if (IDENTIFIER_KINDS[int(table.kind[z])], table.value[z]) not in known}
    before, now = nights.referred
    fresh = {r for r in now.keys() - before.keys() if now[r][0] == account_id}
    referred = frozenset({number}) if fresh and not any(a == account_id for a, _, _ in before.values()) else frozenset()
    return Taken(uses=frozenset(seen), flows=frozenset(new), referred=referred)
