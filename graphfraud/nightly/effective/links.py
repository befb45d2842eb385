"""Effective identifiers, referrals, sanctions and dispositions."""

from __future__ import annotations

from graphfraud.core.clock import DAY
from graphfraud.core.schemas import DISPOSITIONS, IDENTIFIER_KINDS, REFERRALS, SANCTIONS
from graphfraud.core.sql import Sql, sql
from graphfraud.nightly.effective.desk import Desk

#: One row per account and identifier. At T only first_seen is certain: a last_seen later than T, or none, leaves the
#: count null. Uses add up; an aggregate counts the same uses again, so the larger of the two is the count.
_NAMED = """
    CREATE TABLE named AS
    SELECT kind, value, (row_number() OVER (ORDER BY list_position({kinds}, kind), kind, value) - 1)::INTEGER AS ident
    FROM (SELECT DISTINCT kind, value FROM raw_identifiers)
"""
_COMBINED = """
    CREATE TABLE used AS
    SELECT n.ident, a.code, least(min(i.first_seen), $as_of) AS first_seen,
        max(least(coalesce(i.last_seen, i.first_seen), $as_of)) AS last_seen,
        CASE WHEN bool_or(i.last_seen IS NULL OR i.last_seen > $as_of) OR bool_or(i.count IS NULL AND NOT i.is_use)
            THEN NULL
            ELSE greatest(coalesce(sum(coalesce(i.count, 1)) FILTER (i.is_use), 0),
                coalesce(max(i.count) FILTER (NOT i.is_use), 0)) END::BIGINT AS count
    FROM (SELECT * REPLACE (coalesce(is_use, FALSE) AS is_use) FROM raw_identifiers) i
    JOIN named n USING (kind, value) JOIN account a USING (account_id)
    GROUP BY n.ident, a.code
"""
_WRITTEN = """
    SELECT u.ident, n.kind, n.value, u.code AS account, u.first_seen, u.last_seen, u.count
    FROM used u JOIN named n USING (ident) ORDER BY u.ident, u.code
"""


def write_identifiers(desk: Desk) -> None:
    """identifiers.parquet. O(rows log rows)."""
    latest = desk.number("SELECT max(least(coalesce(last_seen, first_seen), ?)) FROM raw_identifiers", [desk.as_of])
    kinds = Sql("[" + ", ".join(f"'{kind}'" for kind in IDENTIFIER_KINDS) + "]")
    desk.db.execute(sql(_NAMED, kinds=kinds))
    desk.db.execute(_COMBINED, {"as_of": desk.as_of})
    desk.db.execute("DROP TABLE raw_identifiers")
    if desk.save("identifiers", _WRITTEN):
        desk.cutoffs["identifiers"] = latest
    desk.db.execute("DROP TABLE used")


_WITHDRAWN = """
    CREATE TABLE referral AS
    SELECT r.*, a.code AS code, v.code AS victim_code, coalesce(k.txn_id, r.victim_txn) AS serial,
        coalesce(r.withdrawn_at <= $as_of, FALSE) OR coalesce(lower(r.status) = 'withdrawn', FALSE)
            OR r.referral_id IN (SELECT referral_id FROM raw_withdrawals) AS withdrawn
    FROM raw_referrals r LEFT JOIN account a ON a.account_id = r.account_id
    LEFT JOIN account v ON v.account_id = r.victim_account LEFT JOIN kept_leg k ON k.other = r.victim_txn
"""
#: The serial of a second leg stands for that of the payment it was merged into.
_KEPT_LEG = """
    CREATE TABLE kept_leg AS
    SELECT l.txn_id AS other, min(s.txn_id) AS txn_id FROM leg l JOIN special s ON s.row_id = l.kept GROUP BY l.txn_id
"""
#: Flows that a referral could mean.
_FLOW = """
    CREATE TABLE flow AS SELECT flow, txn_id, payer, payee, amount, time FROM written w
    WHERE txn_id IN (SELECT serial FROM referral WHERE serial IS NOT NULL)
        OR EXISTS (FROM referral r WHERE r.victim_code = w.payer AND r.code = w.payee)
"""
#: The payment a referral reports: by its serial; else between the two accounts, of the amount, nearest to the time
#: within a day, and where no time is given the only one of the amount; else at exactly the time, whatever the amount
#: (victims report the sum of several payments).
_VICTIM_FLOW = """
    WITH named AS (
        SELECT r.referral_id, min(f.flow) AS flow
        FROM referral r JOIN flow f ON f.txn_id = r.serial GROUP BY r.referral_id),
    near AS (
        SELECT r.referral_id, f.flow, abs(f.time - r.victim_time) AS apart, count(*) OVER of_referral AS found,
            row_number() OVER (PARTITION BY r.referral_id
                ORDER BY f.amount IS DISTINCT FROM r.victim_amount, abs(f.time - r.victim_time), f.flow) AS nth
        FROM referral r JOIN flow f ON f.payer = r.victim_code AND f.payee = r.code
            AND (f.time = r.victim_time
                OR f.amount = r.victim_amount AND (r.victim_time IS NULL OR abs(f.time - r.victim_time) <= $day))
        WINDOW of_referral AS (PARTITION BY r.referral_id))
    SELECT {columns}, coalesce(r.code, -1)::INTEGER AS account, r.withdrawn,
        coalesce(r.victim_code, -1)::INTEGER AS victim,
        coalesce(named.flow, near.flow, -1)::INTEGER AS victim_flow
    FROM referral r LEFT JOIN named USING (referral_id)
    LEFT JOIN near ON near.referral_id = r.referral_id AND near.nth = 1 AND (near.apart IS NOT NULL OR near.found = 1)
    ORDER BY r.referral_id
"""


def write_referrals(desk: Desk) -> None:
    """referrals.parquet: every referral known at T, those of unknown accounts too. One scan of narrow columns."""
    desk.stage("referrals", None, "raw_referrals")
    desk.stage("withdrawals", None, "raw_withdrawals")
    desk.db.execute(_KEPT_LEG)
    desk.db.execute(_WITHDRAWN, {"as_of": desk.as_of})
    desk.db.read_parquet(str(desk.folder / "transfers.parquet")).create_view("written")
    desk.db.execute(_FLOW)
    query = sql(_VICTIM_FLOW, columns=[f"r.{c}" for c in REFERRALS.names])
    desk.save("referrals", query.replace("$day", str(DAY)))
    desk.counts["unknown_referred"] = desk.number("SELECT count(*) FROM referral WHERE code IS NULL AND NOT withdrawn")
    desk.counts["withdrawn"] = desk.number("SELECT count(*) FROM referral WHERE withdrawn")


_SANCTIONS = """
    SELECT {columns}, coalesce(a.code, -1)::INTEGER AS account
    FROM raw_sanctions s LEFT JOIN account a ON s.subject_kind = 'account' AND a.account_id = s.subject
    ORDER BY s.subject_kind, s.subject, s.start, s.row_id
"""
_DISPOSITIONS = """
    SELECT {columns}, coalesce(a.code, -1)::INTEGER AS account
    FROM raw_dispositions s LEFT JOIN account a USING (account_id)
    ORDER BY s.time, s.account_id, s.row_id
"""


def write_dated(desk: Desk) -> None:
    """sanctions.parquet and dispositions.parquet, with the number of the account they name or −1."""
    for spec, query in ((SANCTIONS, _SANCTIONS), (DISPOSITIONS, _DISPOSITIONS)):
        desk.stage(spec.name, None, f"raw_{spec.name}")
        desk.save(spec.name, sql(query, columns=[f"s.{c}" for c in spec.names]))
