"""Findings: what a run publishes. Tables, their keys and the hash that must not depend on anything but input.

Scores, weights and shares are integers in 1e-6 (`_e6`), amounts minor units, times UTC microseconds. Text for people is
in pairs `_zh`, `_en`. contracts.md §3 has the columns of exports; a table may gain columns at its end only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

S, I, B = pa.string(), pa.int64(), pa.bool_()
MILLION = 1_000_000


@dataclass(frozen=True)
class FindingSpec:
    """A findings table: its schema and the columns by which its rows are sorted and unique."""

    name: str
    schema: pa.Schema
    key: tuple[str, ...]

    def table(self, columns: Mapping[str, object]) -> pa.Table:
        """An Arrow table of this spec, sorted by key, from columns (lists, arrays)."""
        arrays = {f.name: columns[f.name] for f in self.schema}
        return self.sorted(pa.table(arrays, schema=self.schema))

    def empty(self) -> pa.Table:
        return self.schema.empty_table()

    def sorted(self, table: pa.Table) -> pa.Table:
        return table.select(self.schema.names).cast(self.schema).sort_by([(k, "ascending") for k in self.key])


def _spec(name: str, key: str, columns: str) -> FindingSpec:
    types = {"i": I, "b": B, "s": S}
    fields = []
    for column in columns.split():
        field, _, kind = column.partition(":")
        fields.append(pa.field(field, types[kind or "s"]))
    return FindingSpec(name, pa.schema(fields), tuple(key.split()))


FINDINGS: dict[str, FindingSpec] = {
    s.name: s
    for s in (
        # one row for every account; level, layer, ring_id null where none
        _spec(
            "scores",
            "account_id",
            "account_id score_e6:i referral_share_e6:i behaviour_share_e6:i level:i layer:i ring_id referred:b"
            " behaviour_e6:i lineage_e6:i points_e6:i exempt_class walk_rank_e6:i indicators_rank_e6:i"
            " learned_rank_e6:i unusual_rank_e6:i probability_e6:i probability_support:i",
        ),
        # one row per member of a ring; kind ring | lead
        _spec(
            "rings",
            "ring_id account_id",
            "ring_id kind account_id role referred:b loose:b inside_e6:i attached:b",
        ),
        _spec(
            "ring_summary",
            "ring_id",
            "ring_id kind members:i referred_members:i referred_share_e6:i weight_e6:i density_e6:i gamma_e6:i"
            " lead_rank:i lineage born_as_of:i first_time:i last_time:i inside_amount:i reason_zh reason_en",
        ),
        # why a ring is a ring: its binding identifiers, its strongest relay pairs, links that hold it together
        _spec(
            "ring_evidence",
            "ring_id kind rank",
            "ring_id kind rank:i account_a account_b identifier_kind identifier_value holders:i weight_e6:i"
            " payments:i amount:i reason_zh reason_en",
        ),
        # born | grown | merged | split | dormant | revived | same, against the predecessor
        _spec(
            "ring_lineage",
            "ring_id event previous_ring_id",
            "ring_id event previous_ring_id jaccard_e6:i joined:i left:i",
        ),
        # who shares the score: one row per alerted account and referred account; remainder under referral ''
        _spec("shares", "account_id referral_account", "account_id referral_account share_e6:i"),
        # LIFO lineage from a referred account to an alerted one, one row a hop
        _spec(
            "lineage",
            "account_id hop",
            "account_id hop:i from_account to_account txn_id time:i amount:i carried:i dwell:i",
        ),
        # indicator hits only; value is an integer in the unit the indicator states
        _spec(
            "indicator_hits",
            "account_id indicator_id",
            "account_id indicator_id version:i value:i points_e6:i",
        ),
        # per indicator: could it be computed, and if not which columns were missing; the thresholds that held
        _spec("indicator_status", "indicator_id", "indicator_id version:i computable:b missing hits:i thresholds"),
        _spec(
            "layers",
            "account_id case_no",
            "account_id case_no layer:i assumed:b referral_id via_txn time:i",
        ),
        _spec(
            "victims",
            "account_id payee txn_id",
            "account_id payee txn_id time:i amount:i ring_id reported:b rank:i payments:i reason_zh reason_en"
            " points:i grade",
        ),
        # other accounts of a referred holder, listed apart from the score
        _spec("holder_accounts", "account_id referred_account", "account_id referred_account"),
        _spec(
            "alerts",
            "alert_id",
            "alert_id account_id level:i score_e6:i opened_at:i due_at:i status reason_zh reason_en evidence"
            " closed_at:i",
        ),
        _spec(
            "alert_reasons",
            "alert_id rank",
            "alert_id rank:i source source_id points_e6:i reason_zh reason_en",
        ),
        # identifiers with too many holders: shown with their count, never crossed
        _spec("hubs", "kind value", "kind value holders:i accounts:i"),
        # payers of rings that were at work in the last 72 h, who may pay next; kind probe | again | first | earlier
        _spec(
            "next_victims",
            "account_id",
            "account_id rank:i kind payee txn_id time:i amount:i ring_id reported:b payments:i points:i reason_zh"
            " reason_en",
        ),
    )
}


def findings_hash(tables: Mapping[str, pa.Table]) -> str:
    """SHA-256 over every findings table, rows sorted by key (contracts.md §2). O(bytes)."""
    digest = hashlib.sha256()
    for name in sorted(FINDINGS):
        spec = FINDINGS[name]
        table = spec.sorted(tables[name]) if name in tables else spec.empty()
        digest.update(f"{name}:{table.num_rows}\n".encode())
        for column in spec.schema.names:
            _feed(digest, column, table[column])
    return digest.hexdigest()


def _feed(digest: hashlib._Hash, name: str, column: pa.ChunkedArray) -> None:
    """Feed a column so that equal content gives equal bytes: validity, lengths, values."""
    digest.update(name.encode())
    digest.update(pc.is_null(column).combine_chunks().cast(pa.uint8()).to_numpy(zero_copy_only=False).tobytes())
    if pa.types.is_string(column.type):
        text = pc.fill_null(column, "")
        lengths = pc.binary_length(text).combine_chunks().to_numpy(zero_copy_only=False)
        digest.update(lengths.astype("<i4").tobytes())
        for chunk in text.cast(pa.large_string()).chunks:
            _, offsets, data = pa.concat_arrays([chunk]).buffers()
            if data is not None and offsets is not None:
                ends = memoryview(offsets).cast("q")
                first, last = ends[chunk.offset], ends[chunk.offset + len(chunk)]
                digest.update(memoryview(data)[first:last])
        return
    digest.update(
        pc.fill_null(column, 0).cast(pa.int64()).combine_chunks().to_numpy(zero_copy_only=False).tobytes()
        if not pa.types.is_boolean(column.type)
        else pc.fill_null(column, False).cast(pa.uint8()).combine_chunks().to_numpy(zero_copy_only=False).tobytes()
    )
