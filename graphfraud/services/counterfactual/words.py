"""What a counterfactual says, in an investigator's words, in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence

from graphfraud.core.money import show_yuan
from graphfraud.core.snapshot import Flags, Snapshot
from graphfraud.services.counterfactual.facts import Fact
from graphfraud.services.lens import Lens

KIND_ZH = {"device": "设备", "phone": "手机号", "mac": "网卡地址", "address": "地址", "agent": "代办人"}
SHOWN = 2  # accounts named in one fact

Words = tuple[str, str]  # zh, en


def fact_words(fact: Fact, snapshot: Snapshot, referred: Flags, lens: Lens) -> Words:
    """A fact as what is thought away: `the phone 13*******78 shared with …`."""
    zh, en = _accounts(fact.others, snapshot, referred)
    yuan = show_yuan(fact.amount)
    match fact.kind:
        case "identifier":
            kind, _, value = fact.source.partition(":")
            shown = lens.identifier(kind, value)
            return f"与账户 {zh} 共用的{KIND_ZH[kind]} {shown}", f"the {kind} {shown} shared with {en}"
        case "payments":
            return _payments(fact, (zh, en))
        case "referral":
            name = fact.source
            return f"账户 {name} 的公安移送", f"the police referral of {name}"
        case "reported":
            return (
                f"沿资金链到达本账户的报案款项（由涉案账户 {zh} 流出）",
                f"the reported payments whose money arrived here (paid to {en})",
            )
        case "lineage":
            return (
                f"来自账户 {zh} 的 {fact.inflows} 笔涉案资金转入（共 {yuan} 元）",
                f"the {fact.inflows} payments of referred accounts' money that came in from {en} ({yuan} yuan)",
            )
        case _:
            return f"在团伙 {fact.source} 中的成员身份", f"its place in ring {fact.source}"


def _payments(fact: Fact, names: Words) -> Words:
    number, yuan = fact.inflows + fact.outflows, show_yuan(fact.amount)
    many = "payment" if number == 1 else f"{number:,} payments"
    if not fact.outflows:
        zh, en = f"账户 {names[0]} 转入的", f"from {names[1]}"
    elif not fact.inflows:
        zh, en = f"向账户 {names[0]} 转出的", f"to {names[1]}"
    else:
        zh, en = f"与账户 {names[0]} 往来的", f"to and from {names[1]}"
    return f"{zh} {number:,} 笔转账（共 {yuan} 元）", f"the {many} {en} ({yuan} yuan)"


def _accounts(accounts: Sequence[int], snapshot: Snapshot, referred: Flags) -> Words:
    """The first accounts by number, referred ones marked, and how many more there are."""
    ids, more = snapshot.accounts.id, len(accounts) - SHOWN
    shown = [(ids[v], bool(referred[v])) for v in accounts[:SHOWN]]
    zh = "、".join(f"{a}（涉案）" if known else a for a, known in shown)
    en = ", ".join(f"{a} (referred)" if known else a for a, known in shown)
    return (f"{zh} 等 {len(accounts)} 户", f"{en} and {more} more") if more > 0 else (zh, en)


def _place(level: int) -> Words:
    return (f"降至 {level} 级", f"stand at level {level}") if level else ("不再预警", "have no alert level")


def answer_words(facts: Sequence[Words], level: int, scores: tuple[int, int]) -> Words:
    """Without these facts the account would stand there. `scores`: without them and now, in 1e-6."""
    then, now = (f"{s / 1_000_000:.3f}" for s in scores)
    zh, en = _place(level)
    return (
        f"若无{'，且无'.join(zh for zh, _ in facts)}，该账户将{zh}（评分 {then}，现为 {now}）",
        f"without {' and without '.join(en for _, en in facts)}, the account would {en} (score {then}, now {now})",
    )


def none_words(level: int, tried: int, most: int, stopped: float | None = None) -> Words:
    """Nothing was found, or there is nothing to find. `stopped`: the seconds that were not enough."""
    if not level:
        return "该账户无预警级别，无需反事实说明", "the account has no alert level: there is nothing to take away"
    if stopped is not None:
        times = "once" if tried == 1 else f"{tried} times"
        return (
            f"{stopped:g} 秒时限已到（设置 serve.what_if_s），"
            f"{tried} 次重新计算内未找到去除后可使该账户低于 {level} 级的事实",
            f"the time of {stopped:g} s was over (setting serve.what_if_s): computed anew {times}, nothing was found"
            f" without which the account would stand below level {level}",
        )
    return (
        f"经 {tried} 次重新计算，未找到 {most} 项以内、去除后可使该账户低于 {level} 级的事实",
        f"no {most} facts or fewer were found without which the account would stand below level {level}"
        f" ({tried} recomputations)",
    )
