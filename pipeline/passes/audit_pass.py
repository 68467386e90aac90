"""The tasks of an audit: splits counted cell by cell, reports beside each other, and texts counted over all splits."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.engine import (
    Buckets,
    SpilledTable,
    SpillStore,
    StoredSplit,
    keep_freed_memory,
    read_bucket,
    release_memory,
    split_by_bucket,
    store_split,
)
from pipeline.ingest import give_up_split
from pipeline.model import findings
from pipeline.model.file_plan import FilePlan, Split
from pipeline.model.run_context import RunContext
from pipeline.model.split_result import FileDates, SplitResult
from pipeline.passes import line_counts, run_facts, split_pass
from pipeline.quality import SplitCounts, TextCounts, assign_parts, count_split, count_texts
from pipeline.reconcile import check_reports, rank_reports, resolve_promotion_lines, select_needed_columns
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array
from schemas.kind import FileKind
from schemas.kinds import REPORT_KINDS


class AuditedSplit(NamedTuple):
    """What an audit made of a split: as a run, what was counted of its cells, their texts, and its lines by outcome.

    Those of reports are counted later, when it is known which of them continue others.
    """

    stored: StoredSplit
    counts: SplitCounts | None
    texts: SpilledTable | None
    line_outcomes: Array


@dataclass(frozen=True)
class AuditSplitTask:
    """A split read with all its columns and counted; of its rows what reports are compared by is put away."""

    context: RunContext
    buckets: Buckets
    spool: SpillStore

    def __call__(self, plan_and_split: tuple[FilePlan, Split]) -> AuditedSplit:
        """What became of a split of a file."""
        keep_freed_memory(self.spool.memory)
        file_plan, split = plan_and_split
        audit = functools.partial(self._audit_split, file_plan, split)
        return split_pass.attempt_split(
            audit, file_plan, self.context, lambda reason: self._store(give_up_split(split, reason), file_plan, split)
        )

    def _audit_split(self, file_plan: FilePlan, split: Split) -> AuditedSplit:
        result = split_pass.process_split(file_plan, split, self.context, all_columns=True)
        kind = file_plan.kind
        if kind is None or file_plan.refusal_code or not len(result.rows):
            return self._store(result._replace(rows=pd.DataFrame()), file_plan, split)
        counts, texts = count_split(file_plan, kind.name, result.rows)
        bucket_count = self.buckets.bucket_count
        parts = split_by_bucket(texts, assign_parts(texts, bucket_count), bucket_count, self.spool)
        stored_texts = self.spool.store_parts(f"split-{split.file}-{split.start}-texts", parts, texts.schema)
        if kind.name in REPORT_KINDS:
            rows = select_needed_columns(drop_audit_columns(result.rows, kind))
            return self._store(result._replace(rows=rows), file_plan, split)._replace(counts=counts, texts=stored_texts)
        outcomes = _count_outcomes(result.rows)
        audited = self._store(result._replace(rows=pd.DataFrame()), file_plan, split)
        return audited._replace(counts=counts, texts=stored_texts, line_outcomes=outcomes)

    def _store(self, result: SplitResult, file_plan: FilePlan, split: Split) -> AuditedSplit:
        kind_name = file_plan.kind.name if file_plan.kind else ""
        stored = store_split(result, kind_name, self.buckets, self.spool, split)
        return AuditedSplit(stored, None, None, np.zeros(len(line_counts.ROW_OUTCOMES), np.int64))


class AuditedBucket(NamedTuple):
    """What the reports of a bucket say beside each other, and their lines by file and outcome."""

    findings: SpilledTable
    line_outcomes: Array


@dataclass(frozen=True)
class AuditBucketTask:
    """The reports of a bucket held beside each other."""

    stored_splits: Sequence[StoredSplit]
    plans: Sequence[FilePlan]
    newest_dates: FileDates
    context: RunContext
    spool: SpillStore

    def __call__(self, bucket_number: int) -> AuditedBucket:
        """What became of the bucket of that number."""
        rows = run_facts.complete_kinds(read_bucket(bucket_number, self.plans, self.stored_splits, self.newest_dates))
        rows["orders"], promotion_findings = resolve_promotion_lines(rows["orders"])
        input_names = [plan.source.name for plan in self.plans]
        reports = rank_reports(run_facts.select_believed(rows))
        cross_findings = check_reports(reports, rows["unshipped"], input_names, self.context)
        all_findings = findings.sort_findings(findings.concat_findings([*cross_findings, promotion_findings]))
        audited = AuditedBucket(
            self.spool.store_table(f"audit-{bucket_number}-findings", findings.to_report_order(all_findings, ())),
            line_counts.count_outcomes(run_facts.mark_outcomes(rows), len(self.plans)),
        )
        del rows, reports
        if self.spool.is_scarce:
            release_memory()
        return audited


@dataclass(frozen=True)
class CountTextsTask:
    """The texts of a part counted, over all splits of files that were not refused."""

    texts: Sequence[tuple[str, SpilledTable]]
    spool: SpillStore

    def __call__(self, part_number: int) -> TextCounts:
        """What was counted in the part of that number."""
        tables: dict[str, list[SpilledTable]] = {}
        for kind_name, stored in self.texts:
            tables.setdefault(kind_name, []).append(stored)
        counts = count_texts(
            (name, [stored.pop_part(part_number) for stored in entries if stored.part_sizes[part_number]])
            for name, entries in tables.items()
        )
        if self.spool.is_scarce:
            release_memory()
        return counts


def drop_audit_columns(rows: pd.DataFrame, kind: FileKind) -> pd.DataFrame:
    """The rows with the columns that a night reads: by these are the reports held beside each other."""
    audit_columns = {
        name for column in kind.columns if column.audit_only for name in (column.text_name, column.value_name)
    }
    return rows[[name for name in rows.columns if name not in audit_columns]]


def _count_outcomes(rows: pd.DataFrame) -> Array:
    """The rows of a split by outcome."""
    first_file = arrow.to_series(np.zeros(len(rows), np.int64))
    outcomes = pd.DataFrame({"file": first_file, "accepted": rows["valid"], "skipped": rows["out_of_scope"]})
    return line_counts.count_outcomes([outcomes], 1)
