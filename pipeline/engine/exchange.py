"""Between the passes: rows of groups become rows of orders, their records numbered through the file.

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
from pipeline.model.file_plan import FilePlan
from pipeline.model.group_result import FileDates, FileFacts, GroupResult
from pipeline.model.profiles import KindProfile
from pipeline.model.split_groups import SplitGroup
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array, IntArray

UNBUCKETED_KINDS = (
    "stock",
    "processing-report",
)  # kinds about more than one order: every bucket, or none, receives them
_SMALL_PART_ROWS = 1 << 14  # rows of a part that is too small to be left by itself


class StoredGroup(NamedTuple):
    """What pass one made of a group, its rows and findings put away: ``rows`` are in a part a bucket.

    These lack the columns of the ``schema`` in which nothing stands. ``unbucketed`` are the rows that no bucket is
    given. Of more than one file it holds all the lines, and all these files are read, or none.
    """

    files: IntArray
    record_counts: IntArray
    blank_lines: IntArray
    unreadable_lines: IntArray
    size_bytes: int
    file_facts: FileFacts
    profile: KindProfile | None
    schema: pa.Schema
    rows: SpilledTable | None
    unbucketed: pa.Table | None
    findings: SpilledTable
    read_error: str = ""

    @property
    def file(self) -> int:
        """The number of the first file."""
        return int(self.files[0])

    @property
    def record_count(self) -> int:
        """The records of all files."""
        return int(self.record_counts.sum())


def store_group(group_result: GroupResult, group: SplitGroup, buckets: Buckets, spill_store: SpillStore) -> StoredGroup:
    """What was made of a group, its rows and findings put away."""
    rows, unbucketed = None, None
    kind, name = group.plan.kind.name if group.plan.kind else "", group.name
    table = arrow.to_table(group_result.rows, group_result.rows.columns)
    if table.num_columns and kind in UNBUCKETED_KINDS:
        unbucketed = table
    elif table.num_columns:
        bucket_ids = assign_rows(buckets, group_result.rows)
        nonempty = table.select(
            [column_index for column_index, column in enumerate(table.columns) if column.null_count < len(table)]
        )
        rows = spill_store.store_parts(
            f"{name}-rows", split_by_bucket(nonempty, bucket_ids, buckets.bucket_count, spill_store), nonempty.schema
        )
    spilled_findings = spill_store.store_table(
        f"{name}-findings", model_findings.to_report_order(model_findings.sort_findings(group_result.findings), ())
    )
    return StoredGroup(
        files=group_result.files,
        record_counts=group_result.record_counts,
        blank_lines=group_result.blank_lines,
        unreadable_lines=group_result.unreadable_lines,
        size_bytes=group_result.size_bytes,
        file_facts=group_result.file_facts,
        profile=group_result.profile,
        schema=_share_schema(table.schema),
        rows=rows,
        unbucketed=unbucketed,
        findings=spilled_findings,
        read_error=group_result.read_error,
    )


@functools.lru_cache(maxsize=256)
def _share_schema(schema: pa.Schema) -> pa.Schema:
    """The schema that the groups of all files with these columns hold together: it is larger than all else of them."""
    return schema


def split_by_bucket(table: pa.Table, bucket_ids: Array, bucket_count: int, spill_store: SpillStore) -> list[pa.Table]:
    """The rows of each bucket, which in memory are let go of by themselves."""
    if bucket_count == 1:
        return [table]
    rows = table.take(pa.array(np.argsort(bucket_ids.astype(np.uint16), kind="stable")))
    ends = np.cumsum(np.bincount(bucket_ids, minlength=bucket_count)).tolist()
    parts = [rows.slice(begin, end - begin) for begin, end in itertools.pairwise([0, *ends])]
    return parts if spill_store.folder else [copy_table(part) for part in parts]


def record_offsets(parts: Sequence[StoredGroup]) -> list[int]:
    """For each group how many records of its first file stand before it."""
    records_by_file: dict[int, int] = {}
    offsets = []
    for part in parts:
        offsets.append(records_by_file.get(part.file, 0))
        records_by_file[part.file] = offsets[-1] + int(part.record_counts[0])
    return offsets


def read_bucket(
    bucket_index: int | None, plans: Sequence[FilePlan], parts: Sequence[StoredGroup], file_dates: FileDates
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
            tables_by_kind.setdefault(kind.name, empty_table).append(_shift_records(rows, record_offset))
    return {kind: _add_file_dates(_concat_parts(rows), file_dates) for kind, rows in tables_by_kind.items()}


def _add_file_dates(rows: pd.DataFrame, file_dates: FileDates) -> pd.DataFrame:
    """The rows with what their file as a whole says of them."""
    files = arrow.to_int64(rows["file"])
    for name, dates in (("report_made_us", file_dates.reported), ("newest_evidence_us", file_dates.evidence)):
        rows[name] = arrow.to_series(dates[files])
    return rows


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
    frame = arrow.to_frame(rows.combine_chunks() if len(rows) < _SMALL_PART_ROWS * len(parts) else rows)
    files = arrow.to_int64(frame["file"])
    is_sorted = np.diff(files).min(initial=0) == 0
    return frame if is_sorted else arrow.reorder_rows(frame, np.argsort(files, kind="stable"))


def gather_findings(
    parts: Sequence[StoredGroup], plans: Sequence[FilePlan], spill_store: SpillStore
) -> list[list[SpilledTable]]:
    """The findings of pass one about files that were not refused whole, records counted in the file, as sorted runs."""
    runs: list[list[SpilledTable]] = []
    last_files: list[int] = []
    for part, record_offset in zip(parts, record_offsets(parts), strict=True):
        if plans[part.file].refusal_code or not part.findings.row_count:
            continue
        place = next((place for place, last in enumerate(last_files) if last <= part.file), len(runs))
        if place == len(runs):
            runs.append([])
            last_files.append(0)
        runs[place].append(_shift_stored_records(part.findings, record_offset, spill_store))
        last_files[place] = int(part.files[-1])
    return runs


def _shift_stored_records(spilled: SpilledTable, record_offset: int, spill_store: SpillStore) -> SpilledTable:
    if not record_offset:
        return spilled
    name = spilled.path.rpartition("/")[2].removesuffix(".arrow")
    shifted = (_shift_records(part, record_offset) for part in spilled.iter_parts())
    return spill_store.store_parts(f"{name}-moved", shifted, next(spilled.iter_parts()).schema)
