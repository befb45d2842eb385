"""What a plan says of an account, in Chinese and English."""

from __future__ import annotations

from graphfraud.core.clock import show, show_span
from graphfraud.core.money import show_yuan
from graphfraud.services.holds.standing import Standing
from graphfraud.trace.holds import INNOCENT, Hold

SPEAKS = {
    "old": ("账户开立已久", "an old account"),
    "prior": ("与付款方早有往来", "a history with the payer"),
    "own_first": ("先付出自有积蓄", "own savings went first"),
    "salary": ("有固定工资入账", "a regular salary"),
    "no_relay": ("资金未再转出", "did not pass the money on"),
}
BARS = {
    "frozen": ("公安已冻结", "frozen by the police already"),
    "running": ("已在止付期内", "a hold runs already"),
    "twice": ("已止付两次，不可再次止付", "held as often as is allowed already"),
}


def reason(hold: Hold, bars: str, standing: Standing) -> tuple[str, str]:
    """Why this action: one sentence each."""
    if bars:
        return _barred(bars, standing)
    share = f"{show_yuan(hold.low)}–{show_yuan(hold.high)}" if hold.low != hold.high else show_yuan(hold.high)
    if not hold.ours:
        return (
            f"他行账户：共转入涉案资金 {share} 元，余额未知，建议请开户行止付。",
            f"Another bank's account: {share} yuan arrived, its balance is not known; ask that bank.",
        )
    zh, en = f"账内涉案资金 {share} 元。", f"{share} yuan of traced money is there."
    if hold.partial == INNOCENT:
        names = [SPEAKS[s] for s in hold.speaks]
        zh += f"持有人可能善意（{'、'.join(n[0] for n in names)}），建议只止付涉案部分。"
        en += f" The holder may be acting in good faith ({', '.join(n[1] for n in names)}): hold only that part."
    elif hold.partial:
        zh += "涉案资金占余额比例很小，建议限额止付。"
        en += " It is a very small part of the balance: hold only a part."
    elif hold.speaks:
        names = [SPEAKS[s] for s in hold.speaks]
        zh += f"有利于持有人的情况：{'、'.join(n[0] for n in names)}。"
        en += f" In the holder's favour: {', '.join(n[1] for n in names)}."
    if hold.decisive:
        zh, en = f"{zh}结论因追踪规则而异。", f"{en} The rule changes the decision."
    return zh, en


def _barred(bars: str, standing: Standing) -> tuple[str, str]:
    zh, en = BARS[bars]
    if bars == "running" and standing.until is not None:
        return f"{zh}，至 {show(standing.until)}。", f"{en.capitalize()}, until {show(standing.until)}."
    if bars == "frozen" and standing.frozen is not None:
        return f"{zh}（{show(standing.frozen)}）。", f"{en.capitalize()}, since {show(standing.frozen)}."
    return f"{zh}（{standing.count} 次）。", f"{en.capitalize()} ({standing.count} times)."


def notes(facts: tuple[bool, bool, int], delay: int) -> tuple[list[str], list[str]]:
    """What one must know of the plan as a whole. `facts`: nothing is left, times are days only, most holds."""
    gone, date_only, most = facts
    zh = ["本表仅为建议，由经办人决定；系统不执行止付。", f"止付 48 小时有效，同一账户至多 {most} 次，冻结后取代。"]
    en = [
        "A recommendation: a named person decides, nothing is held by this.",
        f"A hold ends after 48 hours, an account can have {most} at most, and a freeze by the police takes its place.",
    ]
    if gone:
        zh.insert(0, "涉案资金已全部离开，无账户可止付；去向见资金去向表。")
        en.insert(0, "All of the money is gone, there is no account to hold; the table says where it went.")
    if date_only:
        zh.append("数据只有日期没有时刻：流出速度按天估计，不可靠。")
        en.append("Times are days only: how fast money leaves is a guess.")
    if delay > 0:
        zh.append(f"预计数按 {show_span(delay)} 后生效计算。")
        en.append(f"Expected amounts are those when holds take effect in {show_span(delay)}.")
    return zh, en
