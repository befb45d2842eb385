"""Words of a trace, in English and Chinese."""

from __future__ import annotations

#: heading by direction and by whether it starts with an account
TITLES: dict[str, dict[str, str]] = {
    "en": {
        "up account": "Where the money of {} came from",
        "down account": "Where the money of {} went",
        "up": "Where the money of {} came from",
        "down": "Where the money of {} went",
    },
    "zh": {
        "up account": "账户 {} 的资金来源",
        "down account": "账户 {} 的资金去向",
        "up": "{} 的资金来源",
        "down": "{} 的资金去向",
    },
}
KINDS: dict[str, dict[str, str]] = {
    "en": {"account": "{}", "transfer": "transfer {}", "case": "case {}", "referral": "referral {}"},
    "zh": {"account": "{}", "transfer": "交易 {}", "case": "案件 {}", "referral": "移送 {}"},
}
#: what leaves an account first under each rule
RULES: dict[str, dict[str, str]] = {
    "en": {
        "fifo": "the oldest money leaves first",
        "lifo": "the newest money leaves first",
        "pro-rata": "all money leaves in proportion",
        "libr": "money that is not traced leaves first",
        "taint-first": "traced money leaves first",
    },
    "zh": {
        "fifo": "先进先出",
        "lifo": "后进先出",
        "pro-rata": "按比例流出",
        "libr": "合法资金先流出",
        "taint-first": "涉案资金先流出",
    },
}
#: reasons for which a way ends; up and down where they differ
ENDS: dict[str, dict[str, str]] = {
    "en": {
        "up cash": "paid in in cash",
        "down cash": "taken out in cash",
        "held": "still here",
        "opening": "opening balance",
        "unexplained": "no known source",
        "pooled": "payment company",
        "merchant": "merchant",
        "other bank": "another bank",
        "waited": "waited too long",
        "small": "too small",
        "depth": "too deep",
        "breadth": "too many ways",
        "busy": "account too busy",
        "restarted": "goes on in another start",
        "beyond": "after the horizon",
    },
    "zh": {
        "up cash": "现金存入",
        "down cash": "取现",
        "held": "仍在账户",
        "opening": "期初余额",
        "unexplained": "来源不明",
        "pooled": "支付机构",
        "merchant": "商户",
        "other bank": "他行",
        "waited": "停留过久",
        "small": "金额过小",
        "depth": "层级过深",
        "breadth": "分支过多",
        "busy": "交易过多",
        "restarted": "并入另一起点",
        "beyond": "超出时段",
    },
}
#: everything else that is written
SAID: dict[str, dict[str, str]] = {
    "en": {
        "traced": "{} yuan traced",
        "rule": "rule {}: {}",
        "desk": "cash desk",
        "of": "of {}",
        "before": "before {}",
        "after": "after {}",
        "ways": "#{}, by {} ways",
        "again": "{} more in {}",
        "more": "… {} more hops, not drawn: --json has them all",
        "left": "… {} more: --json has them all",
        "ends": "where it ends",
        "yuan": "yuan",
        "hops": "hops",
        "total": "total",
        "start": "traced",
        "cut": "{} not followed ({}): {} yuan, in the table",
        "layer": "layer",
        "account": "account",
        "received": "received",
        "held": "still here",
        "balance": "balance",
        "known": "what is known",
        "through": "through",
        "low": "least",
        "high": "most",
        "accounts": "Accounts on the way",
        "rules": "Under each rule",
        "range": "Range over the five rules",
        "victims": "What is left of each payment",
        "decisive": "the rule decides",
        "referred": "referred",
        "level": "level {}",
        "part cut": "not followed: limits",
        "part beyond": "beyond the data",
        "part sum": "total",
    },
    "zh": {
        "traced": "追踪 {} 元",
        "rule": "规则 {}：{}",
        "desk": "现金",
        "of": "共 {}",
        "before": "之前 {}",
        "after": "之后 {}",
        "ways": "#{}，{} 路汇入",
        "again": "另有 {} 并入 {}",
        "more": "…… 另有 {} 步未画出：见 --json",
        "left": "…… 另有 {} 个：见 --json",
        "ends": "去向",
        "yuan": "元",
        "hops": "步",
        "total": "合计",
        "start": "起始",
        "cut": "{}未追踪（{}）：{} 元，已计入表中",
        "layer": "层级",
        "account": "账户",
        "received": "流入",
        "held": "仍在账户",
        "balance": "余额",
        "known": "已知情况",
        "through": "流经",
        "low": "最少",
        "high": "最多",
        "accounts": "途经账户",
        "rules": "各规则下",
        "range": "五种规则的范围",
        "victims": "每笔付款的剩余",
        "decisive": "取决于规则",
        "referred": "涉案",
        "level": "{} 级",
        "part cut": "因限制未追踪",
        "part beyond": "超出数据范围",
        "part sum": "合计",
    },
}


def end(reason: str, direction: str, lang: str) -> str:
    """A reason in words; one that is not known stays as it is."""
    words = ENDS[lang]
    return words.get(f"{direction} {reason}", words.get(reason, reason))


def payments(count: int, lang: str) -> str:
    """1 payment, 2 payments."""
    return f"{count:,} 笔" if lang == "zh" else f"{count:,} payment{'' if count == 1 else 's'}"
