"""Facts that a run has and its predecessor has not, and the other way round, around some accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from graphfraud.core.clock import show
from graphfraud.core.money import show_yuan
from graphfraud.core.runs import PublishedRun
from graphfraud.core.schemas import IDENTIFIER_KINDS
from graphfraud.core.snapshot import Snapshot
from graphfraud.services.changes import Cause
from graphfraud.services.lens import Lens

Payment = tuple[int, str, str, str, int]  # time, serial, payer, payee, amount; '' is the cash desk


def payments(snapshot: Snapshot, account_id: str) -> Counter[Payment]:
    """The flows of an account, cash with its sign lost but its sides kept. O(flows of the account)."""
    code = snapshot.accounts.id.find(account_id)
    found: Counter[Payment] = Counter()
    if code < 0:
        return found
    flows, ids = snapshot.flows, snapshot.accounts.id
    for f in snapshot.flows_of(code).tolist():
        payer, payee = int(flows.payer[f]), int(flows.payee[f])
        sides = ids[payer] if payer >= 0 else "", ids[payee] if payee >= 0 else ""
        found[(int(flows.time[f]), flows.txn[f], *sides, int(flows.amount[f]))] += 1
    return found


def uses(snapshot: Snapshot, account_id: str) -> dict[tuple[str, str], list[str]]:
    """Identifiers of an account and who else uses each, by (kind, value). O(users of its identifiers)."""
    code, table = snapshot.accounts.id.find(account_id), snapshot.identifiers
    if code < 0:
        return {}
    found = {}
    for z in table.by_account[table.by_account_ptr[code] : table.by_account_ptr[code + 1]].tolist():
        others = [snapshot.accounts.id[v] for v in table.account[table.ptr[z] : table.ptr[z + 1]].tolist() if v != code]
        found[IDENTIFIER_KINDS[int(table.kind[z])], table.value[z]] = others
    return found


@dataclass(frozen=True)
class Nights:
    """Two runs, the later one second."""

    before: PublishedRun
    now: PublishedRun
    lens: Lens

    @cached_property
    def referred(self) -> tuple[dict[str, tuple[str, str, int]], dict[str, tuple[str, str, int]]]:
        """Referral id → account, case, time; in the first and in the second run."""
        return _referrals(self.before.snapshot), _referrals(self.now.snapshot)

    def referrals(self, accounts: Collection[str]) -> list[Cause]:
        """Referrals that came, and those that were withdrawn, on these accounts; in order of referral id."""
        was, now = self.referred
        came = [_referral("referral", *now[r]) for r in sorted(now.keys() - was.keys()) if now[r][0] in accounts]
        gone = [_referral("withdrawal", *was[r]) for r in sorted(was.keys() - now.keys()) if was[r][0] in accounts]
        return came + gone

    def identifiers(self, accounts: Collection[str], among: Collection[str]) -> list[Cause]:
        """Identifiers that one of the accounts newly shares with one of `among`: shared by more first."""
        found: dict[tuple[str, str], tuple[str, list[str]]] = {}
        for account in sorted(accounts):
            was = uses(self.before.snapshot, account)
            for key, others in sorted(uses(self.now.snapshot, account).items()):
                new = [o for o in others if o in among and o not in was.get(key, ())]
                if new and key not in found and key[0] in ("device", "phone"):
                    found[key] = account, new
        ordered = sorted(found.items(), key=lambda item: (-len(item[1][1]), item[0]))
        return [_identifier(account, new, key, self.lens) for key, (account, new) in ordered]

    def payments(self, accounts: Collection[str], among: Collection[str] | None) -> list[Cause]:
        """Payments of these accounts that came or went, with one of `among` on the other side (None: any); largest
        first. A payment between two of them counts once."""
        came: Counter[Payment] = Counter()
        gone: Counter[Payment] = Counter()
        for account in accounts:
            was, now = payments(self.before.snapshot, account), payments(self.now.snapshot, account)
            came |= now - was
            gone |= was - now
        found = [("payment", p) for p in came] + [("payment_gone", p) for p in gone]
        kept = [(kind, p) for kind, p in found if among is None or _among(p, accounts, among)]
        return [
            _payment(kind, p, accounts) for kind, p in sorted(kept, key=lambda item: (-item[1][4], item[1], item[0]))
        ]


def _among(payment: Payment, accounts: Collection[str], among: Collection[str]) -> bool:
    _, _, payer, payee, _ = payment
    return (payer in accounts and payee in among) or (payee in accounts and payer in among)


def _referrals(snapshot: Snapshot) -> dict[str, tuple[str, str, int]]:
    table, ids = snapshot.referrals, snapshot.accounts.id
    rows: Iterator[int] = iter(range(len(table.account)))
    return {table.id[i]: (ids[int(table.account[i])], table.case[i], int(table.referred_at[i])) for i in rows}


def _referral(kind: str, account: str, case: str, time: int) -> Cause:
    zh, en = ("移送", "was referred") if kind == "referral" else ("的移送已撤回", "is referred no longer: withdrawn")
    return Cause(kind, account, case, time, None, f"{account} {zh}（案件 {case}）", f"{account} {en} (case {case})")


def _identifier(account: str, others: list[str], key: tuple[str, str], lens: Lens) -> Cause:
    kind, value = key[0], lens.identifier(*key)
    zh = {"device": "设备", "phone": "手机号"}[kind]
    return Cause(
        "identifier", account, others[0], None, None,
        f"{account} 新与 {others[0]} 等 {len(others)} 户共用{zh} {value}",
        f"{account} newly shares {kind} {value} with {len(others)} of them, {others[0]} first",
    )  # fmt: skip


def _payment(kind: str, payment: Payment, accounts: Collection[str]) -> Cause:
    time, _, payer, payee, amount = payment
    account, other = (payer, payee) if payer in accounts else (payee, payer)
    when, yuan = show(time, seconds=False), show_yuan(amount)
    gone_zh, gone_en = ("", "") if kind == "payment" else ("（已冲正或更正，不再计入）", ", no longer counted")
    zh = f"{when} {payer or '现金'} 付 {payee or '现金'} {yuan} 元{gone_zh}"
    en = f"{when} {payer or 'cash'} paid {payee or 'cash'} {yuan} yuan{gone_en}"
    return Cause(kind, account, other or None, time, amount, zh, en)
