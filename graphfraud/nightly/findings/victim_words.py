"""What is said of a possible victim, in Chinese and English: SQL over one row a payment."""

from __future__ import annotations

from graphfraud.nightly.findings.grounds import CROWD, MET, SAME_ACCOUNT, SAME_RING, USUAL

_AMOUNT = "format('{{:,}}.{{:02d}}', {0} // 100, {0} % 100)"
_WHEN = "strftime(make_timestamp(time + 28800000000), '%Y-%m-%d %H:%M')"
#: Grounds for and against, in the order in which they are said: condition, Chinese, English (SQL text).
_GROUNDS = (
    (f"met > {MET}", "'与对方早有往来'", "'they knew each other before'"),
    (f"met <= {MET}", "'双方首次往来'", "'their first dealings'"),
    ("back", "'对方也曾向其付款'", "'the payee has paid it too'"),
    ("2 * passed >= amount", "'款项在 24 小时内被转走'", "'the money was passed on within 24 h'"),
    (
        "2 * passed < amount AND waiting",
        "'付款不足 24 小时，资金可能尚在'",
        "'paid less than 24 h ago, so the money may still be there'",
    ),
    (
        f"near_report = {SAME_ACCOUNT}",
        "'前后 72 小时内有人就同一账户报案'",
        "'within 72 h of a reported payment to the same account'",
    ),
    (
        f"near_report = {SAME_RING}",
        "'前后 72 小时内有人就同一团伙报案'",
        "'within 72 h of a reported payment to the same ring'",
    ),
    (
        f"crowd >= {CROWD}",
        "'前后 72 小时内有 ' || crowd || ' 人首次向对方付款'",
        "'one of ' || crowd || ' who paid it for the first time within 72 h'",
    ),
    ("unusual", "'金额高于其平日付款'", "'large against its own payments'"),
    ("2 * fresh >= amount", "'款项多为刚转入的资金'", "'most of it had just come in from others'"),
    (f"usual > {USUAL}", "'对方平日就有大量陌生人付款'", "'strangers pay this account all the time'"),
)
_VERDICT_ZH = """CASE WHEN reported THEN '已报案的被害人' WHEN grade = 'likely' THEN '很可能是受害人，建议立即联系劝阻'
    WHEN grade = 'possible' THEN '可能的受害人，建议联系核实' ELSE '更像日常往来' END"""
_VERDICT_EN = """CASE WHEN reported THEN 'reported as a victim'
    WHEN grade = 'likely' THEN 'a likely victim: contact and dissuade'
    WHEN grade = 'possible' THEN 'a possible victim: contact and ask' ELSE 'more like everyday life' END"""
_NEXT_ZH = """CASE kind WHEN 'probe' THEN '刚做小额试探付款' WHEN 'again' THEN '72 小时内连续付款'
    WHEN 'first' THEN '72 小时内首次付款' ELSE '曾向该活跃团伙付款' END
    || '，可能再次付款，建议' || CASE WHEN reported THEN '再次提醒（已报案）' ELSE '立即联系劝阻' END"""
_NEXT_EN = """CASE kind WHEN 'probe' THEN 'has just made a small probe'
    WHEN 'again' THEN 'has paid several times within 72 h' WHEN 'first' THEN 'has paid for the first time within 72 h'
    ELSE 'has paid this live ring before' END || ' and may pay again: '
    || CASE WHEN reported THEN 'remind (has reported)' ELSE 'contact and dissuade now' END"""


def _said(place: int, mark: str) -> str:
    parts = ", ".join(f"CASE WHEN {ground[0]} THEN {ground[place]} END" for ground in _GROUNDS)
    return f"concat_ws('{mark}', {parts})"


def wording(following: bool = False) -> str:
    """SQL: every column of table `payment`, and reason_zh, reason_en. Parameter $days.

    `following`: the advice is that of the next payers (column `kind`), else the verdict on a victim.
    """
    amount, total = _AMOUNT.format("amount"), _AMOUNT.format("total")
    zh, en = (_NEXT_ZH, _NEXT_EN) if following else (_VERDICT_ZH, _VERDICT_EN)
    return f"""
SELECT *,
  {_WHEN} || ' 向' || CASE WHEN referred THEN '涉案账户' ELSE '疑似团伙账户' END || '转账 ' || {amount} || ' 元；'
    || $days || ' 天内此类付款 ' || payments || ' 笔，合计 ' || {total} || ' 元；' || {_said(1, "，")} || '；' || {zh}
    AS reason_zh,
  'paid ' || {amount} || ' yuan to ' || CASE WHEN referred THEN 'a referred account' ELSE 'a member of a ring' END
    || ' at ' || {_WHEN} || '; ' || payments || ' such payment' || CASE WHEN payments = 1 THEN '' ELSE 's' END || ' in '
    || $days || ' days, ' || {total} || ' yuan; ' || {_said(2, ", ")} || '; ' || {en} AS reason_en
FROM payment
ORDER BY place
"""  # noqa: S608
