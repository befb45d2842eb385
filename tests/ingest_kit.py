"""Helpers of the ingest tests: write a file, read it, and a store that keeps facts in a dict."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from graphfraud.core.facts import Facts, FactTables, WriteReport
from graphfraud.core.schemas import TABLES
from graphfraud.ingest import BadRow, Counts, Detection, read
from graphfraud.ingest.profile import by_name
from graphfraud.settings import IngestSettings
from graphfraud.stores.base import Direction, Hop, HopLimits, RunRecord, StoreStats, Window

STATEMENT = (
    *("交易卡号", "交易账号", "账户开户名称", "开户人证件号码", "交易时间", "交易金额", "交易余额", "收付标志"),
    *("交易对手账卡号", "现金标志", "对手户名", "对手身份证号", "对手开户银行", "摘要说明", "交易币种", "交易网点名称"),
    *(
        "交易网点代码",
        "交易发生地",
        "交易是否成功",
        "传票号",
        "终端号",
        "IP地址",
        "MAC地址",
        "对手交易余额",
        "交易流水号",
    ),
    *("日志号", "凭证种类", "凭证号", "交易柜员号", "商户名称", "商户号", "备注", "交易类型", "查询反馈结果原因"),
)


def statement(*rows: Mapping[str, str]) -> str:
    """A statement export of 34 columns; cells that are not given are of an ordinary payment out."""
    ordinary = {
        **{"交易卡号": "6222000011112222", "交易时间": "2026-01-05 09:30:00", "交易金额": "100.00", "收付标志": "出"},
        **{"交易对手账卡号": "6217000033334444", "现金标志": "转", "交易币种": "CNY", "交易是否成功": "成功"},
    }
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(STATEMENT)
    writer.writerows([{**ordinary, **row}.get(c, "") for c in STATEMENT] for row in rows)
    return out.getvalue()


class Got:
    """What a file gave, all in memory."""

    def __init__(self, path: Path, profile: str | None = None, settings: IngestSettings | None = None) -> None:
        with read(path, settings or IngestSettings(), by_name(profile) if profile else None) as reading:
            self.detection: Detection = reading.detection
            self.counts: Counts = reading.counts
            self.bad: list[BadRow] = list(reading.bad_rows())
            self.tables: dict[str, list[dict[str, Any]]] = {}
            for part in reading.parts:
                rows = pa.Table.from_batches(part.facts.batches, part.facts.spec.schema).to_pylist()
                self.tables.setdefault(part.facts.spec.name, []).extend(sorted(rows, key=lambda r: r["source_row"]))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Rows of the first table."""
        return next(iter(self.tables.values()), [])

    def column(self, name: str) -> list[Any]:
        return [r[name] for r in self.rows]

    @property
    def problems(self) -> list[tuple[int, str, str, str]]:
        return [(b.line, b.column, b.value, b.code) for b in self.bad]


def put(folder: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
    """Write a file."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def transfers(*lines: str, header: str = "txn_id,time,payer,payee,amount") -> str:
    """A canonical transfers file."""
    return "\n".join([header, *lines]) + "\n"


class MemoryStore:
    """The GraphStore protocol over dicts: rows by table and row_id."""

    def __init__(self) -> None:
        self.facts: dict[str, dict[str, dict[str, Any]]] = {t: {} for t in TABLES}

    def write(self, facts: Facts) -> WriteReport:
        there = dict(self.facts[facts.spec.name])
        inserted = unchanged = received = 0
        refused: list[dict[str, Any]] = []
        for batch in facts.batches:
            assert batch.schema.equals(facts.spec.schema)
            for row in batch.to_pylist():
                received += 1
                kept = there.setdefault(row["row_id"], row)
                if kept is row:
                    inserted += 1
                elif kept["content_hash"] == row["content_hash"]:
                    unchanged += 1
                else:
                    refused.append(row)
        self.facts[facts.spec.name] = there
        conflicts = pa.Table.from_pylist(refused, schema=facts.spec.schema)
        return WriteReport(facts.spec.name, received, inserted, unchanged, conflicts, 0)

    def rows(self, table: str) -> list[dict[str, Any]]:
        return list(self.facts[table].values())

    def expand(self, accounts: Sequence[str], direction: Direction, window: Window, limits: HopLimits) -> Hop:
        found = [r for r in self.rows("transfers") if r["payer"] in accounts or r["payee"] in accounts]
        return Hop(pa.Table.from_pylist(found, schema=TABLES["transfers"].schema), {})

    def export(self, as_of: int, since_seq: int | None = None) -> FactTables:
        return FactTables(as_of, {t: pa.Table.from_pylist(self.rows(t), schema=TABLES[t].schema) for t in TABLES})

    def shared(self, accounts: Sequence[str], limits: HopLimits) -> Hop:
        return Hop(TABLES["identifiers"].schema.empty_table(), {})

    def write_findings(self, run: RunRecord, tables: Mapping[str, pa.Table]) -> None:
        raise AssertionError("ingest writes no findings")

    def stats(self) -> StoreStats:
        return StoreStats({t: len(r) for t, r in self.facts.items()}, 0, {}, 1, None)

    def close(self) -> None:
        self.facts = {t: {} for t in TABLES}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        return None
