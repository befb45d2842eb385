"""What worlds look like from outside, side by side: `python -m tests.bench.marginals FOLDER…`.

Counts, degrees, amounts, delays, identifiers, how much of the fast pass-through is honest, how much is referred, and
how well a plain feature alone tells mules from honest persons (AUC). Persons are the bank's, not those of other banks.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
from scipy.stats import rankdata

from graphfraud.core.snapshot import F64, Flags

_VIEWS = """
CREATE TABLE a AS
  SELECT *, account_id IN (SELECT account_id FROM read_parquet($rings)) mule
  FROM read_parquet($accounts) x LEFT JOIN read_parquet($strata) y USING (account_id);
CREATE TABLE t AS SELECT * FROM read_parquet($transfers);
CREATE TABLE c AS SELECT * FROM read_parquet($cash);
CREATE TABLE i AS SELECT * FROM read_parquet($identifiers);
CREATE TABLE f AS SELECT * FROM read_parquet($fraud);
CREATE TABLE v AS SELECT * FROM read_parquet($victims);
CREATE TABLE r AS SELECT * FROM read_parquet($referrals);
CREATE TABLE ring AS SELECT * FROM read_parquet($rings);
CREATE VIEW p AS SELECT * FROM a WHERE holder_type = 'person' AND coalesce(stratum, '') <> 'outside';
"""
_FILES = {
    "rings": "truth/rings",
    "accounts": "accounts",
    "strata": "truth/strata",
    "transfers": "transfers",
    "cash": "cash",
    "identifiers": "identifiers",
    "fraud": "truth/fraud_transfers",
    "victims": "truth/victims",
    "referrals": "referrals",
}
_FEATURES = """
WITH o AS (SELECT payer account_id, count(*) n, sum(amount) s, count(DISTINCT payee) d, max(amount) m
           FROM t GROUP BY 1),
     g AS (SELECT payee account_id, count(*) n, sum(amount) s, count(DISTINCT payer) d, max(amount) m
           FROM t GROUP BY 1),
     k AS (SELECT account account_id, count(*) n, sum(amount) s FROM c GROUP BY 1),
     u AS (SELECT account_id, count(*) n, count(*) FILTER (kind = 'device') e, count(*) FILTER (kind = 'ip') i
           FROM i GROUP BY 1)
SELECT p.mule, p.open_time AS opened, p.opening_balance AS opening,
       coalesce(o.n, 0) AS payments_out, coalesce(g.n, 0) AS payments_in, coalesce(o.s, 0)::DOUBLE AS sum_out,
       coalesce(g.s, 0)::DOUBLE AS sum_in, coalesce(o.d, 0) AS payees, coalesce(g.d, 0) AS payers,
       coalesce(o.s, 0)::DOUBLE / greatest(coalesce(o.n, 0), 1) AS mean_out,
       coalesce(g.s, 0)::DOUBLE / greatest(coalesce(g.n, 0), 1) AS mean_in,
       coalesce(o.m, 0) AS largest_out, coalesce(g.m, 0) AS largest_in,
       coalesce(k.n, 0) AS cash_count, coalesce(k.s, 0)::DOUBLE AS cash_sum,
       coalesce(u.n, 0) AS identifiers, coalesce(u.e, 0) AS devices, coalesce(u.i, 0) AS addresses
FROM p LEFT JOIN o USING (account_id) LEFT JOIN g USING (account_id) LEFT JOIN k USING (account_id)
LEFT JOIN u USING (account_id) ORDER BY p.account_id
"""
#: A person passes 70 to 102 % of at least 200 yuan from a person on to a person within 24 h.
_RELAYED = """
SELECT y.account_id, y.mule, (q.time - w.time) / 3600.0 AS hours
FROM t w JOIN t q ON q.payer = w.payee AND q.time > w.time AND q.time <= w.time + 86400
  AND q.amount BETWEEN w.amount * 0.7 AND w.amount * 1.02
JOIN p y ON y.account_id = w.payee
JOIN a x ON x.account_id = w.payer AND x.holder_type = 'person' AND NOT x.pooled
JOIN a z ON z.account_id = q.payee AND z.holder_type = 'person' AND NOT z.pooled
WHERE w.amount >= 20000
"""
_QUERIES = Path(__file__).with_name("marginals.sql")


def opened(folder: Path) -> duckdb.DuckDBPyConnection:
    """The world's tables, with `p` the bank's persons and `relayed` their fast pass-throughs."""
    con = duckdb.connect()
    for statement in _VIEWS.strip().split(";\n"):
        names = [n for n in _FILES if f"${n})" in statement]
        con.execute(statement, {n: str(folder / f"{_FILES[n]}.parquet") for n in names})
    con.execute(f"CREATE TABLE relayed AS {_RELAYED}")
    return con


def auc(values: F64, positive: Flags) -> float:
    """Probability that a positive has the greater value; ties count half."""
    rank = rankdata(values)
    ones, others = int(positive.sum()), int((~positive).sum())
    return float((rank[positive].sum() - ones * (ones + 1) / 2) / (ones * others))


def separation(con: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """AUC of every plain feature over the bank's persons, mules against the others."""
    table = con.sql(_FEATURES).to_arrow_table()
    mule = np.asarray(table["mule"])
    return {n: auc(np.asarray(table[n], dtype=float), mule) for n in table.column_names if n != "mule"}


def queries() -> list[tuple[str, str]]:
    """(name, query) of every measure, as the file has them."""
    text = _QUERIES.read_text(encoding="utf-8").split("\n\n")[1:]
    return [(part.splitlines()[0].removeprefix("-- "), part) for part in text]


def marginals(folder: Path) -> dict[str, float]:
    """Every row of the table, then the AUC of every plain feature."""
    con = opened(folder)
    found = {}
    for name, query in queries():
        value = con.execute(query).fetchall()[0][0]
        found[name] = float("nan") if value is None else float(value)
    return found | {f"AUC {name}": value for name, value in separation(con).items()}


def table(worlds: dict[str, dict[str, float]]) -> str:
    """Markdown: a row a measure, a column a world."""
    names = list(worlds)
    lines = [f"| measure | {' | '.join(names)} |", "| --- |" + " ---: |" * len(names)]
    measures = next(iter(worlds.values()))
    lines += [f"| {m} | {' | '.join(_shown(worlds[n][m]) for n in names)} |" for m in measures]
    return "\n".join(lines)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def main(folders: Sequence[str]) -> None:
    print(table({Path(f).name: marginals(Path(f)) for f in folders}))


if __name__ == "__main__":
    main(sys.argv[1:])
