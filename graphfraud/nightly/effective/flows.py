"""Second pass: payments and cash in the order of time, numbered as flows, into transfers.parquet and cash.parquet.

The transfers come in pieces of consecutive ranges of time, so sorting each piece sorts them all, and memory does not
grow with their number. While one piece is worked out the one before it is being written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphfraud.core.schemas import TRANSFERS
from graphfraud.core.snapshot import FEE, MERCHANT, OWN, POOLED
from graphfraud.core.sql import Sql, sql
from graphfraud.nightly.effective.desk import Desk
from graphfraud.nightly.effective.files import BALANCES, TEXT, FlowFiles, FlowPiece

#: Words by which banks mark what is no payment: fees, interest, taxes on it, sweeps into savings and pools. A row is
#: tagged FEE when its type or remark contains one, unless two persons of different holders stand on its sides: what
#: people write to each other must not hide a payment.
FEE_WORDS = (
    "手续费|工本费|管理费|年费|短信费|服务费|利息|结息|付息|计息|代扣税|归集|扫款|活期转定期|定期转活期"
    "|(^|[^a-z])(fees?|interest|sweep)([^a-z]|$)"
)

_CASH = """
    CREATE TABLE cash AS
    SELECT c.row_id, coalesce(c.txn_id, c.row_id) AS txn_id, c.time, a.code, c.amount, c.terminal, c.place
    FROM raw_cash c JOIN account a ON a.account_id = c.account WHERE c.time <= ?
"""
#: `fee_text`: the text says fee; `p`, `q`: payer and payee
_PIECE = """
    WITH payment AS (FROM piece {present} WHERE time <= $as_of AND payer <> payee)
    SELECT * FROM (
        SELECT FALSE AS is_cash, t.time, p.code AS payer, q.code AS payee, t.amount,
            ((CASE WHEN p.holder >= 0 AND p.holder = q.holder THEN {own} ELSE 0 END)
            | (CASE WHEN t.fee_text AND (p.holder = q.holder AND p.holder >= 0 OR p.kind <> 1 OR q.kind <> 1)
                THEN {fee} ELSE 0 END)
            | (CASE WHEN p.pooled OR q.pooled THEN {pooled} ELSE 0 END)
            | (CASE WHEN p.merchant OR q.merchant THEN {merchant} ELSE 0 END))::USMALLINT AS tag,
            coalesce(t.txn_id, t.row_id) AS txn_id, {columns}, t.row_id, NULL::VARCHAR AS place
        FROM payment t JOIN account p ON p.account_id = t.payer JOIN account q ON q.account_id = t.payee {join}
        UNION ALL BY NAME
        SELECT TRUE AS is_cash, time, code AS payer, amount, txn_id, terminal, place, row_id
        FROM cash WHERE time > $after AND time <= $until)
    ORDER BY {order}
"""
_ANTI = Sql("ANTI JOIN gone USING (row_id)")
#: Almost never do two flows share time and serial, and sorting by the whole key costs half as much again.
_ORDER, _FULL_ORDER = Sql("time, txn_id"), Sql("time, txn_id, is_cash, row_id")
_SELF = """
    SELECT t.time, a.code AS account, t.amount, coalesce(t.txn_id, t.row_id) AS txn_id
    FROM (FROM piece WHERE payer = payee) t {present} JOIN account a ON a.account_id = t.payer
    WHERE t.time <= ? ORDER BY t.time, txn_id, t.row_id
"""
_LAST = np.iinfo(np.int64).max


def write_flows(desk: Desk) -> dict[int, int]:
    """Write transfers, cash and self.parquet; returns transfers per Shanghai day. O(n log piece)."""
    desk.db.execute(_CASH, [desk.as_of])
    desk.counts["after_cut"] = desk.number("SELECT count(*) FROM raw_cash WHERE time > ?", [desk.as_of])
    desk.db.execute("DROP TABLE raw_cash")
    days: dict[int, int] = {}
    with FlowFiles(desk.folder) as files:
        for piece in _pieces(desk):
            transfers, cash = files.number(piece)
            _count(desk, transfers, cash, days)
    desk.counts |= files.rows
    return days


def _pieces(desk: Desk) -> Iterator[FlowPiece]:
    """Pieces of flows in order; cash after the last transfer is a piece of its own."""
    optional = [n for n in (*TEXT, *BALANCES) if desk.has("transfers", n)]
    columns = ["row_id", "txn_id", "time", "payer", "payee", "amount", "perspective", *optional]
    queries = _queries(desk, optional)
    after = np.iinfo(np.int64).min
    for raw in desk.raw.by_time("transfers", columns, desk.piece_rows):
        until = pc.max(raw["time"]).as_py()
        yield _piece(desk, queries, raw, (after, until))
        after = until
    yield _piece(desk, queries, TRANSFERS.schema.empty_table().select(columns), (after, _LAST))


@dataclass(frozen=True)
class _Queries:
    """SQL of a piece: its flows, the same sorted by the whole key, and payments of an account to itself."""

    flows: Sql
    flows_tied: Sql
    own: Sql


def _piece(desk: Desk, queries: _Queries, raw: pa.Table, times: tuple[int, int]) -> FlowPiece:
    """Flows of these transfers, with the cash after times[0] up to times[1]."""
    values = {"as_of": desk.as_of, "after": times[0], "until": times[1]}
    with desk.piece(raw.append_column("fee_text", says_fee(raw))) as db:
        flows = db.sql(queries.flows, params=values).to_arrow_table()
        if _tied(flows):
            flows = db.sql(queries.flows_tied, params=values).to_arrow_table()
        desk.counts["after_cut"] += desk.number("SELECT count(*) FROM piece WHERE time > ?", [desk.as_of])
        return FlowPiece(flows, desk.rows(queries.own, [desk.as_of]))


def _tied(flows: pa.Table) -> bool:
    """Whether two neighbours have the same time and serial."""
    time, txn = flows["time"].to_numpy(), flows["txn_id"]
    same = pa.array(time[1:] == time[:-1])
    return bool(pc.any(pc.and_(same, pc.equal(txn[1:], txn[:-1]))).as_py())


_TAGS = {"own": Sql(str(OWN)), "fee": Sql(str(FEE)), "pooled": Sql(str(POOLED)), "merchant": Sql(str(MERCHANT))}


def _queries(desk: Desk, optional: Sequence[str]) -> _Queries:
    """A merged payment has the payee's balance that the payee's leg tells; anti-joins only where rows are gone."""
    merged = bool(desk.counts["legs_merged"]) and "payee_balance_after" in optional
    plain = [f"t.{name}" for name in ("perspective", *optional) if not (merged and name == "payee_balance_after")]
    balance = "coalesce(l.payee_balance_after, t.payee_balance_after) AS payee_balance_after"
    columns = Sql(sql("{plain}", plain=plain) + (f", {balance}" if merged else ""))
    join = Sql("LEFT JOIN leg l ON l.kept = t.row_id" if merged else "")
    present = _ANTI if desk.number("SELECT count(*) FROM gone") else Sql("")
    flows, tied = (
        sql(_PIECE, columns=columns, join=join, present=present, order=order, **_TAGS)
        for order in (_ORDER, _FULL_ORDER)
    )
    return _Queries(flows, tied, sql(_SELF, present=present))


def says_fee(table: pa.Table) -> pa.Array:
    """Which rows have a type or remark with one of FEE_WORDS. Every text is looked at once."""
    texts = [table[n].cast(pa.string()) for n in ("type", "remark") if n in table.column_names]
    if not texts:
        return pa.array(np.zeros(table.num_rows, np.bool_))
    joined = pc.binary_join_element_wise(*texts, " ", null_handling="replace").combine_chunks()
    distinct = pc.unique(joined)
    fees = distinct.filter(pc.match_substring_regex(pc.utf8_lower(distinct), FEE_WORDS))
    return pc.is_in(joined, value_set=fees)


def _count(desk: Desk, transfers: pa.Table, cash: pa.Table, days: dict[int, int]) -> None:
    day, rows = np.unique(transfers["day"].to_numpy(), return_counts=True)
    for d, n in zip(day.tolist(), rows.tolist(), strict=True):
        days[d] = days.get(d, 0) + n
    for name, table in (("transfers", transfers), ("cash", cash)):
        if table.num_rows:
            desk.cutoffs[name] = int(table["time"][-1].as_py())
