"""The wording of data requests, in Chinese and English."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graphfraud.core.clock import show
from graphfraud.core.money import show_yuan
from graphfraud.trace import RULES, Direction, Rule

NAMED = 3  # cases, accounts that are named; more are counted


@dataclass(frozen=True)
class Wanted:
    """What a request says. Amounts minor units, times µs, shares in 1e-6."""

    direction: Direction
    bank: str
    accounts: Sequence[str]
    cases: Sequence[str]
    period: tuple[int, int]
    payments: int
    amount: tuple[int, int]
    share: tuple[int, int]
    best: Sequence[Rule]  # rules under which nothing else explains more


def said(wanted: Wanted) -> tuple[str, str]:
    """A request in Chinese and English."""
    every = len(wanted.best) == len(RULES)
    named = ", ".join(wanted.best)
    zh = "五种规则下均居首位。" if every else f"仅在 {named} 规则下居首位。"
    en = " It explains the most under every rule." if every else f" It explains the most under {named} only."
    return _zh(wanted) + (zh if named else ""), _en(wanted) + (en if named else "")


def _zh(w: Wanted) -> str:
    bank = w.bank or "开户行（待查）"
    period = f"自 {_day(w.period[0])} 至 {_day(w.period[1])} 的交易明细"
    asked = f"请向 {bank} 调取账户 {_listed(w.accounts, '、', '等')} {period}："
    amount, share = _range(w.amount, " 至 ", show_yuan), _range(w.share, " 至 ", _percent)
    cases = _listed(w.cases, "、", "等")
    if w.direction == "down":
        return f"{asked}案件 {cases} 中被害人付款有 {amount} 元（占 {share}）经 {w.payments} 笔转入，之后去向不明。"
    what = f"案件 {cases} 的涉案账户所收其他资金有 {amount} 元（占 {share}）"
    return f"{asked}{what}经 {w.payments} 笔由此转出，此前来源不明。"


def _en(w: Wanted) -> str:
    bank = w.bank or "the bank that has it (not known)"
    of = f"account{'' if len(w.accounts) == 1 else 's'} {_listed(w.accounts, ', ', 'and')}"
    asked = f"Ask {bank} for the statement of {of} from {_day(w.period[0])} to {_day(w.period[1])}:"
    amount, share = _range(w.amount, " to ", show_yuan), _range(w.share, " to ", _percent)
    payments = f"{w.payments:,} payment{'' if w.payments == 1 else 's'}"
    cases = f"case{'' if len(w.cases) == 1 else 's'} {_listed(w.cases, ', ', 'and')}"
    if w.direction == "down":
        return f"{asked} {amount} yuan of what the victims of {cases} paid ({share}) went there in {payments}."
    what = f"{amount} yuan of what else the referred accounts of {cases} received ({share})"
    return f"{asked} {what} came from there in {payments}."


def summary(first: tuple[str, str] | None, looked_at: bool) -> tuple[str, str]:
    """The one line that stands above: the best request, or that there is none and why."""
    if first is not None:
        return first
    if not looked_at:
        return "没有可供追踪的付款，无法判断应向哪家银行调单。", (
            "There is no payment to trace, so nothing can be said about which bank to ask; name the victims' payments."
        )
    return "所追踪的资金未流向或来自他行账户，无需调单。", (
        "Nothing to ask for: no money that was traced went to or came from an account of another bank."
    )


def _listed(names: Sequence[str], comma: str, more: str) -> str:
    shown = comma.join(names[:NAMED])
    left = len(names) - NAMED
    if left <= 0:
        return shown
    return f"{shown} {more} {left:,} more" if more == "and" else f"{shown}{more} {len(names):,} 个"


def _range(values: tuple[int, int], to: str, show_: Callable[[int], str]) -> str:
    low, high = show_(values[0]), show_(values[1])
    return low if low == high else f"{low}{to}{high}"


def _percent(share: int) -> str:
    return f"{share / 10_000:.1f} %"


def _day(time: int) -> str:
    return show(time)[:10]
