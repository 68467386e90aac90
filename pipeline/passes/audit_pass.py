"""The tasks of an audit: groups counted cell by cell, reports beside each other, and texts counted over all groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.engine import (
    Buckets,
    SpilledTable,
    SpillStore,
    StoredGroup,
    keep_freed_memory,
    read_bucket,
    release_memory,
    split_by_bucket,
    store_group,
)
from pipeline.ingest import give_up_split
from pipeline.model import findings
from pipeline.model.file_plan import FilePlan
from pipeline.model.group_result import FileDates, GroupResult
from pipeline.model.run_context import RunContext
from pipeline.model.split_groups import SplitGroup
from pipeline.passes import line_counts, run_facts, split_pass
from pipeline.quality import GroupCounts, TextCounts, assign_parts, count_group, count_texts
from pipeline.reconcile import check_reports, rank_reports, resolve_promotion_lines, select_needed_columns
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array
from schemas.kind import FileKind
from schemas.kinds import REPORT_KINDS


class AuditedGroup(NamedTuple):
    """What an audit made of a group: as a run, what was counted of its cells, their texts, its files' lines by outcome.

    Those of reports are counted later, when it is known which of them continue others.
    """

    stored: StoredGroup
    counts: GroupCounts | None
    texts: SpilledTable | None
    line_outcomes: Array


@dataclass(frozen=True)
class AuditGroupTask:
    """A group read with all its columns and counted; of its rows what reports are compared by is put away."""

    context: RunContext
    buckets: Buckets
    spool: SpillStore

    def __call__(self, group: SplitGroup) -> list[AuditedGroup]:
        """What became of a group: of one that could not be read together it is more than one."""
        keep_freed_memory(self.spool.memory)
        return split_pass.attempt_group(
            self._audit_group, group, self.context, lambda half, why: self._store(give_up_split(half, why), half)
        )

    def _audit_group(self, group: SplitGroup) -> AuditedGroup:
        result = split_pass.process_group(group, self.context, all_columns=True)
        kind = group.plan.kind
        if kind is None or group.plan.refusal_code or not len(result.rows):
            return self._store(result._replace(rows=pd.DataFrame()), group)
        counts, texts = count_group(group, kind.name, result.rows)
        bucket_count = self.buckets.bucket_count
        parts = split_by_bucket(texts, assign_parts(texts, bucket_count), bucket_count, self.spool)
        stored_texts = self.spool.store_parts(f"{group.name}-texts", parts, texts.schema)
        if kind.name in REPORT_KINDS:
            rows = select_needed_columns(drop_audit_columns(result.rows, kind))
            return self._store(result._replace(rows=rows), group)._replace(counts=counts, texts=stored_texts)
        outcomes = _count_outcomes(result.rows, group)
        audited = self._store(result._replace(rows=pd.DataFrame()), group)
        return audited._replace(counts=counts, texts=stored_texts, line_outcomes=outcomes)

    def _store(self, result: GroupResult, group: SplitGroup) -> AuditedGroup:
        stored = store_group(result, group, self.buckets, self.spool)
        return AuditedGroup(stored, None, None, np.zeros(len(group.splits) * len(line_counts.ROW_OUTCOMES), np.int64))


class AuditedBucket(NamedTuple):
    """What the reports of a bucket say beside each other, and their lines by file and outcome."""

    findings: SpilledTable
    line_outcomes: Array


@dataclass(frozen=True)
class AuditBucketTask:
    """The reports of a bucket held beside each other."""

    stored_groups: Sequence[StoredGroup]
    plans: Sequence[FilePlan]
    newest_dates: FileDates
    context: RunContext
    spool: SpillStore

    def __call__(self, bucket_number: int) -> AuditedBucket:
        """What became of the bucket of that number."""
        rows = run_facts.complete_kinds(read_bucket(bucket_number, self.plans, self.stored_groups, self.newest_dates))
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
    """The texts of a part counted, over all groups of files that were not refused."""

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


def _count_outcomes(rows: pd.DataFrame, group: SplitGroup) -> Array:
    """The rows of each file of a group by outcome."""
    member = arrow.to_series(np.searchsorted(group.files, arrow.to_int64(rows["file"])))
    outcomes = pd.DataFrame({"file": member, "accepted": rows["valid"], "skipped": rows["out_of_scope"]})
    return line_counts.count_outcomes([outcomes], len(group.splits))
