"""Words of a picture in English and Chinese: ends, columns, titles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from graphfraud.core.clock import show_span
from graphfraud.trace import End, Rule

Lang = Literal["en", "zh"]

#: End → (English, Chinese); where the two directions differ, going up is in UP
ENDS: Mapping[End, tuple[str, str]] = {
    End.HELD: ("still here", "仍在账户"),
    End.CASH: ("taken out in cash", "取现"),
    End.POOLED: ("payment company", "支付机构"),
    End.MERCHANT: ("merchant", "商户"),
    End.OPENING: ("opening balance", "期初余额"),
    End.UNEXPLAINED: ("no known source", "来源不明"),
    End.WAITED: ("waited too long", "停留过久"),
    End.SMALL: ("too small", "金额过小"),
    End.DEPTH: ("too deep", "层级过深"),
    End.BREADTH: ("too many ways", "分支过多"),
    End.OTHER_BANK: ("another bank", "他行"),
    End.BUSY: ("account too busy", "交易过多"),
    End.RESTARTED: ("goes on in another start", "并入另一起点"),
    End.BEYOND: ("after the horizon", "超出时段"),
}
UP: Mapping[End, tuple[str, str]] = {End.CASH: ("paid in in cash", "现金存入")}
RULES: Mapping[Rule, tuple[str, str]] = {
    Rule.FIFO: ("the oldest money leaves first", "先进先出"),
    Rule.LIFO: ("the newest money leaves first", "后进先出"),
    Rule.PRO_RATA: ("all money leaves in proportion", "按比例流出"),
    Rule.LIBR: ("money that is not traced leaves first", "合法资金先流出"),
    Rule.TAINT_FIRST: ("traced money leaves first", "涉案资金先流出"),
}
WORDS: Mapping[str, tuple[str, str]] = {
    "down": ("Where the money of {what} went", "{what} 资金去向"),
    "up": ("Where the money of {what} came from", "{what} 资金来源"),
    "what account": ("account {id}", "账户 {id}"),
    "what transfer": ("transfer {id}", "交易 {id}"),
    "what case": ("case {id}", "案件 {id}"),
    "what referral": ("referral {id}", "移送 {id}"),
    "note": (
        "run {run}, facts known at {as_of}; up to {depth} hops, {window} between two, {hops} hops a start",
        "运行 {run}，截至 {as_of} 已知事实；最多 {depth} 层，两笔间隔不超过 {window}，每个起点 {hops} 笔",
    ),
    "title": (
        "rule {rule}: {total} yuan traced; the ends below add up to {sum} yuan",
        "规则 {rule}：追踪 {total} 元，去向合计 {sum} 元",
    ),
    "title up": (
        "rule {rule}: {total} yuan traced; the sources below add up to {sum} yuan",
        "规则 {rule}：追踪 {total} 元，来源合计 {sum} 元",
    ),
    "start down": ("who paid", "付款方"),
    "start up": ("who received", "收款方"),
    "layer": ("layer {n}", "第{n}层"),
    "deeper": ("deeper", "更深层"),
    "more": ("{n} more", "另有 {n} 个账户"),
    "deep": ("{n} in deeper layers", "更深层 {n} 个账户"),
    "unfollowed": ("starts not followed", "未追踪的起点"),
    "again": ("again", "再次"),
    "cash": ("{amount} in cash within {wait}?", "{wait}内存现 {amount}？"),
    "cash up": ("{amount} in cash, {wait} before?", "{wait}前取现 {amount}？"),
    "dashed": (
        "dashed: possible ways of cash ({n}), {amount} yuan: not proven, in no total",
        "虚线：{n} 条可能的现金去向，{amount} 元：未经证实，不计入合计",
    ),
    "dashed rest": ("{n} of them not drawn, {amount} yuan", "其中 {n} 条未画出，{amount} 元"),
    "cut": ("  ({n} payments)", "（{n} 笔）"),
    "total": ("total", "合计"),
}

UNITS = {"s": "秒", "min": "分钟", "h": "小时", "d": "天"}


def say(word: str, lang: Lang, **given: object) -> str:
    """A word or sentence of WORDS."""
    return WORDS[word][lang == "zh"].format(**given)


def end(what: End, lang: Lang, direction: str) -> str:
    """What an end is called."""
    pair = UP.get(what, ENDS[what]) if direction == "up" else ENDS[what]
    return pair[lang == "zh"]


def span(micros: int, lang: Lang) -> str:
    """A duration: `25 min`, `25 分钟`."""
    figure, unit = show_span(micros).split()
    return f"{figure} {UNITS[unit] if lang == 'zh' else unit}"


def rule(what: Rule, lang: Lang) -> str:
    """`lifo (the newest money leaves first)`."""
    return f"{what} ({RULES[what][lang == 'zh']})"
