"""Between the passes: rows of splits become rows of orders, their records numbered through the file.

A bucket is a range of order keys, so that the outputs that are sorted by order come bucket after bucket, and a ledger
whose files were written so is read bucket by bucket. Rows without an order id are spread over all.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.engine.partition import Buckets, assign_rows
from pipeline.engine.spill import SpilledTable, SpillStore, copy_table
from pipeline.model import findings as model_findings
from pipeline.model.file_plan import FilePlan, Split
from pipeline.model.profiles import KindProfile
from pipeline.model.split_result import FileDates, FileFacts, SplitResult
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array

UNBUCKETED_KINDS = (
    "stock",
    "processing-report",
)  # kinds about more than one order: every bucket, or none, receives them
_SMALL_PART_ROWS = 1 << 14  # rows of a part that is too small to be left by itself


class StoredSplit(NamedTuple):
    """What pass one made of a split, its rows and findings put away: ``rows`` are in a part a bucket.

    These lack the columns of the ``schema`` in which nothing stands. ``unbucketed`` are the rows that no bucket is
    given.
    """

    file: int
    record_count: int
    blank_lines: int
    unreadable_lines: int
    size_bytes: int
    file_facts: FileFacts
    profile: KindProfile | None
    schema: pa.Schema
    rows: SpilledTable | None
    unbucketed: pa.Table | None
    findings: SpilledTable
    read_error: str = ""


def store_split(
    split_result: SplitResult, kind: str, buckets: Buckets, spill_store: SpillStore, split: Split
) -> StoredSplit:
    """What was made of a split of a file of that kind, its rows and findings put away."""
    rows, unbucketed = None, None
    name = f"split-{split.file}-{split.start}"
    table = arrow.to_table(split_result.rows, split_result.rows.columns)
    if table.num_columns and kind in UNBUCKETED_KINDS:
        unbucketed = table
    elif table.num_columns:
        bucket_ids = assign_rows(buckets, split_result.rows)
        nonempty = table.select(
            [column_index for column_index, column in enumerate(table.columns) if column.null_count < len(table)]
        )
        rows = spill_store.store_parts(
            f"{name}-rows", split_by_bucket(nonempty, bucket_ids, buckets.bucket_count, spill_store), nonempty.schema
        )
    spilled_findings = spill_store.store_table(
        f"{name}-findings", model_findings.to_report_order(model_findings.sort_findings(split_result.findings), ())
    )
    return StoredSplit(
        file=split_result.file,
        record_count=split_result.record_count,
        blank_lines=split_result.blank_lines,
        unreadable_lines=split_result.unreadable_lines,
        size_bytes=split_result.size_bytes,
        file_facts=split_result.file_facts,
        profile=split_result.profile,
        schema=_share_schema(table.schema),
        rows=rows,
        unbucketed=unbucketed,
        findings=spilled_findings,
        read_error=split_result.read_error,
    )


@functools.lru_cache(maxsize=256)
def _share_schema(schema: pa.Schema) -> pa.Schema:
    """The schema that the splits of all files with these columns hold together: it is larger than all else of them."""
    return schema


def split_by_bucket(table: pa.Table, bucket_ids: Array, bucket_count: int, spill_store: SpillStore) -> list[pa.Table]:
    """The rows of each bucket, which in memory are let go of by themselves."""
    if bucket_count == 1:
        return [table]
    rows = table.take(pa.array(np.argsort(bucket_ids.astype(np.uint16), kind="stable")))
    ends = np.cumsum(np.bincount(bucket_ids, minlength=bucket_count)).tolist()
    parts = [rows.slice(begin, end - begin) for begin, end in itertools.pairwise([0, *ends])]
    return parts if spill_store.folder else [copy_table(part) for part in parts]


def record_offsets(parts: Sequence[StoredSplit]) -> list[int]:
    """For each split how many records of its file stand before it."""
    records_by_file: dict[int, int] = {}
    offsets = []
    for part in parts:
        offsets.append(records_by_file.get(part.file, 0))
        records_by_file[part.file] = offsets[-1] + part.record_count
    return offsets


def read_bucket(
    bucket_index: int | None, plans: Sequence[FilePlan], parts: Sequence[StoredSplit], file_dates: FileDates
) -> dict[str, pd.DataFrame]:
    """The rows of a bucket by kind, or without a number those that no bucket is given; by file, then line.

    Adds ``report_made_us``, the newest reporting-date of the file, and ``newest_evidence_us``, its newest evidence:
    int64 UTC µs. Those of a bucket are let go of: each is asked for once.
    """
    tables_by_kind: dict[str, list[pa.Table]] = {}
    for part, record_offset in zip(parts, record_offsets(parts), strict=True):
        kind = plans[part.file].kind
        rows = (
            part.unbucketed
            if bucket_index is None
            else part.rows and part.rows.part_sizes[bucket_index] and part.rows.pop_part(bucket_index)
        )
        if rows and kind and not plans[part.file].refusal_code:
            empty_table = [part.schema.empty_table()] if kind.name not in tables_by_kind else []
            tables_by_kind.setdefault(kind.name, empty_table).append(
                _add_file_facts(rows, part.file, record_offset, file_dates)
            )
    return {kind: _concat_parts(rows) for kind, rows in tables_by_kind.items()}


def _add_file_facts(rows: pa.Table, file: int, record_offset: int, file_dates: FileDates) -> pa.Table:
    """The rows with what their file as a whole says of them."""
    for name, dates in (("report_made_us", file_dates.reported), ("newest_evidence_us", file_dates.evidence)):
        rows = rows.append_column(name, pa.repeat(pa.scalar(int(dates[file])), len(rows)))
    return _shift_records(rows, record_offset)


def _shift_records(rows: pa.Table, record_offset: int) -> pa.Table:
    """The rows, their records counted on from so many before them."""
    column_index = rows.schema.get_field_index("record")
    return (
        rows.set_column(column_index, rows.schema.field(column_index), pc.add(rows.column(column_index), record_offset))
        if record_offset
        else rows
    )


def _concat_parts(parts: list[pa.Table]) -> pd.DataFrame:
    """The rows of all parts, where these are small in one piece: Arrow looks up rows in one faster than in many."""
    rows = pa.concat_tables(parts, promote_options="default")
    return arrow.to_frame(rows.combine_chunks() if len(rows) < _SMALL_PART_ROWS * len(parts) else rows)


def gather_findings(
    parts: Sequence[StoredSplit], plans: Sequence[FilePlan], spill_store: SpillStore
) -> list[SpilledTable]:
    """The findings of pass one about files that were not refused whole, split by split, records counted in the file."""
    used_parts = [
        (part, record_offset)
        for part, record_offset in zip(parts, record_offsets(parts), strict=True)
        if not plans[part.file].refusal_code
    ]
    return [
        _shift_stored_records(part.findings, record_offset, spill_store)
        for part, record_offset in used_parts
        if part.findings.row_count
    ]


def _shift_stored_records(spilled: SpilledTable, record_offset: int, spill_store: SpillStore) -> SpilledTable:
    if not record_offset:
        return spilled
    name = spilled.path.rpartition("/")[2].removesuffix(".arrow")
    shifted = (_shift_records(part, record_offset) for part in spilled.iter_parts())
    return spill_store.store_parts(f"{name}-moved", shifted, next(spilled.iter_parts()).schema)
