"""Which rows are not payments of their own: second legs, failed attempts, reversals and what they take back.

Fills two tables:

    gone (row_id)                    rows that are no flows
    leg (kept, dropped, txn_id, payee_balance_after)   payee's leg `dropped` (its txn_id, its balance) merged into
                                                        the payer's leg `kept`
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from graphfraud.core.clock import SECOND
from graphfraud.core.settling import ALONE, merge_legs, pair_reversals, void_reversals
from graphfraud.core.sql import Sql, sql
from graphfraud.nightly.effective.desk import Desk
from graphfraud.nightly.effective.scan import REVERSAL_TYPE

#: what is needed of a transfer to pair legs and reversals; `txn_id` falls back to row_id
NARROW = ("row_id", "txn_id", "time", "payer", "payee", "amount", "type", "success", "reversal_of", "perspective")
_SPECIAL = """
    CREATE TABLE special (
        row_id VARCHAR, txn_id VARCHAR, time BIGINT, payer VARCHAR, payee VARCHAR, amount BIGINT,
        reversal_of VARCHAR, perspective VARCHAR, payee_balance_after BIGINT, failed BOOLEAN, reversal BOOLEAN)
"""
_ADD_SPECIAL = """
    INSERT INTO special
    SELECT row_id, coalesce(txn_id, row_id), time, payer, payee, amount, nullif(reversal_of, ''), perspective,
        payee_balance_after, coalesce(success = FALSE, FALSE) AS failed,
        coalesce(reversal_of, '') <> '' OR coalesce(type = $reversal, FALSE) AS reversal
    FROM piece WHERE (failed OR reversal OR perspective IS NOT NULL) AND time <= $as_of
"""


def settle(desk: Desk, closer: bool) -> None:
    """Legs, failed payments and reversals; writes failed.parquet and reversed.parquet.

    Reads the transfers once if some need a `closer` look, twice if there are reversals among them.
    """
    desk.db.execute(_SPECIAL)
    for piece in desk.raw.by_time("transfers", [*NARROW, "payee_balance_after"], desk.piece_rows) if closer else ():
        with desk.piece(piece) as db:
            db.execute(_ADD_SPECIAL, {"reversal": REVERSAL_TYPE, "as_of": desk.as_of})
    desk.db.execute("CREATE TABLE gone (row_id VARCHAR)")
    desk.db.execute("CREATE TABLE leg (kept VARCHAR, dropped VARCHAR, txn_id VARCHAR, payee_balance_after BIGINT)")
    _merge(desk)
    desk.counts["legs_merged"] = desk.number("SELECT count(*) FROM leg")
    _reverse(desk)
    desk.db.execute("INSERT INTO gone SELECT row_id FROM special WHERE failed OR reversal")
    desk.save("failed", sql(_FAILED, by_accounts=_BY_ACCOUNTS))
    desk.save("reversed", sql(_REVERSED, by_accounts=_BY_ACCOUNTS))
    desk.counts["reversals"] = desk.number("SELECT count(*) FROM pair WHERE target IS NOT NULL")
    desk.counts["reversals_unpaired"] = desk.number("SELECT count(*) FROM pair WHERE target IS NULL")
    desk.counts["reversals_void"] = desk.number(
        "SELECT count(*) FROM open_reversal WHERE row_id NOT IN (SELECT reversal FROM pair)"
    )
    desk.counts["reversed"] = desk.number("SELECT count(DISTINCT target) FROM pair")


_BY_ACCOUNTS = Sql("JOIN account p ON p.account_id = f.payer JOIN account q ON q.account_id = f.payee")
_FAILED = """
    SELECT f.time, p.code AS payer, q.code AS payee, f.amount, f.txn_id FROM special f {by_accounts}
    WHERE f.failed AND f.row_id NOT IN (SELECT dropped FROM leg)
    ORDER BY f.time, f.txn_id, f.row_id
"""
_REVERSED = """
    SELECT c.txn_id, f.txn_id AS reversal_txn_id, c.time, f.time AS reversal_time, p.code AS payer, q.code AS payee,
        f.amount
    FROM pair LEFT JOIN candidate c ON c.row_id = pair.target JOIN special f ON f.row_id = pair.reversal {by_accounts}
    ORDER BY f.time, f.txn_id, f.row_id, c.time, c.txn_id
"""

#: statement rows whose group has both sides; identified reversals are told apart by what they reverse, not here
_SIDES = """
    SELECT row_id, time, perspective = 'payee' AS payee_side,
        dense_rank() OVER (ORDER BY failed, reversal, payer, payee, amount) AS nr
    FROM special WHERE perspective IN ('payer', 'payee') AND reversal_of IS NULL
    QUALIFY count(DISTINCT perspective) OVER (PARTITION BY failed, reversal, payer, payee, amount) = 2
    ORDER BY nr, payee_side, time, txn_id, row_id
"""


def _merge(desk: Desk) -> None:
    sides = desk.rows(_SIDES)
    if not sides.num_rows:
        return
    payee_side = np.asarray(sides["payee_side"].to_numpy(), dtype=np.bool_)
    tolerance = desk.settings.ingest.leg_tolerance_s * SECOND
    partner = merge_legs(
        np.asarray(sides["nr"].to_numpy(), dtype=np.int64),
        payee_side,
        np.asarray(sides["time"].to_numpy(), dtype=np.int64),
        tolerance,
    )
    kept = np.flatnonzero((partner != ALONE) & ~payee_side)
    ids = sides["row_id"].combine_chunks()
    pairs = pa.table({"kept": ids.take(pa.array(kept)), "dropped": ids.take(pa.array(partner[kept]))})
    with desk.piece(pairs) as db:
        db.execute(
            "INSERT INTO leg SELECT p.kept, p.dropped, s.txn_id, s.payee_balance_after"
            " FROM piece p JOIN special s ON s.row_id = p.dropped"
        )
    desk.db.execute("INSERT INTO gone SELECT dropped FROM leg")


#: reversals to be paired: not failed, not the second leg of another one
_OPEN = """
    CREATE TABLE open_reversal AS
    SELECT * FROM special WHERE reversal AND NOT failed AND row_id NOT IN (SELECT dropped FROM leg)
"""
_ADD_CANDIDATE = """
    INSERT INTO candidate
    SELECT row_id, coalesce(txn_id, row_id) AS txn, time, payer, payee, amount,
        row_id IN (SELECT dropped FROM leg) AS second
    FROM piece
    WHERE time <= $as_of AND success IS DISTINCT FROM FALSE AND coalesce(reversal_of, '') = ''
        AND type IS DISTINCT FROM $reversal
        AND (coalesce(txn_id, row_id) IN (SELECT reversal_of FROM open_reversal WHERE reversal_of IS NOT NULL)
            OR EXISTS (FROM open_reversal r WHERE r.reversal_of IS NULL AND r.payer = piece.payer
                AND r.payee = piece.payee AND r.amount = piece.amount))
"""
#: by id; the id of a second leg stands for the payment it was merged into
_IDENTIFIED = """
    INSERT INTO pair
    SELECT r.row_id, coalesce(l.kept, c.row_id) FROM open_reversal r
    LEFT JOIN candidate c ON c.txn_id = r.reversal_of LEFT JOIN leg l ON l.dropped = c.row_id
    WHERE r.reversal_of IS NOT NULL AND r.row_id NOT IN (SELECT row_id FROM void)
        AND r.reversal_of NOT IN (SELECT txn_id FROM void)
    GROUP BY r.row_id, coalesce(l.kept, c.row_id)
"""
_UNIDENTIFIED = """
    SELECT row_id, reversal, dense_rank() OVER (ORDER BY payer, payee, amount) AS nr FROM (
        SELECT row_id, txn_id, time, payer, payee, amount, TRUE AS reversal FROM open_reversal WHERE reversal_of IS NULL
        UNION ALL
        SELECT row_id, txn_id, time, payer, payee, amount, FALSE FROM candidate c
        WHERE NOT second AND row_id NOT IN (SELECT target FROM pair WHERE target IS NOT NULL)
            AND EXISTS (FROM open_reversal r WHERE r.reversal_of IS NULL AND r.payer = c.payer
                AND r.payee = c.payee AND r.amount = c.amount))
    ORDER BY nr, time, reversal, txn_id, row_id
"""


def _reverse(desk: Desk) -> None:
    db = desk.db
    db.execute(_OPEN)
    db.execute("CREATE TABLE pair (reversal VARCHAR, target VARCHAR)")
    db.execute(
        "CREATE TABLE candidate (row_id VARCHAR, txn_id VARCHAR, time BIGINT, payer VARCHAR, payee VARCHAR,"
        " amount BIGINT, second BOOLEAN)"
    )
    if not desk.number("SELECT count(*) FROM open_reversal"):
        return
    for piece in desk.raw.by_time("transfers", NARROW, desk.piece_rows):
        with desk.piece(piece):
            db.execute(_ADD_CANDIDATE, {"as_of": desk.as_of, "reversal": REVERSAL_TYPE})
    _void(desk)
    db.execute(_IDENTIFIED)
    _pair_unidentified(desk)
    db.execute("INSERT INTO gone SELECT target FROM pair WHERE target IS NOT NULL")


def _void(desk: Desk) -> None:
    """Table `void`: reversals that were themselves reversed."""
    chain = desk.rows(
        "SELECT row_id, txn_id, reversal_of FROM open_reversal r WHERE reversal_of IS NOT NULL AND ("
        " txn_id IN (SELECT reversal_of FROM open_reversal) OR reversal_of IN (SELECT txn_id FROM open_reversal))"
        " ORDER BY row_id"
    )
    void = void_reversals(chain["txn_id"].to_pylist(), chain["reversal_of"].to_pylist())
    with desk.piece(chain.filter(pa.array(void, pa.bool_())).select(["row_id", "txn_id"])) as db:
        db.execute("CREATE TABLE void AS FROM piece")


def _pair_unidentified(desk: Desk) -> None:
    rows = desk.rows(_UNIDENTIFIED)
    if not rows.num_rows:
        return
    reversal = np.asarray(rows["reversal"].to_numpy(), dtype=np.bool_)
    partner = pair_reversals(np.asarray(rows["nr"].to_numpy(), dtype=np.int64), reversal)
    ids = rows["row_id"].combine_chunks()
    which = np.flatnonzero(reversal)
    target = ids.take(pa.array(partner[which], mask=partner[which] == ALONE))
    with desk.piece(pa.table({"reversal": ids.take(pa.array(which)), "target": target})) as db:
        db.execute("INSERT INTO pair SELECT reversal, target FROM piece")
