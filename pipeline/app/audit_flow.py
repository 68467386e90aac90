"""An audit on one screen: every group counted, the reports of each bucket beside each other, all of it merged."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.engine import SpilledTable, find_newest_dates, gather_findings, merge_tables
from pipeline.flow import ExecutionPlan
from pipeline.ingest import PlannedFiles
from pipeline.model import findings
from pipeline.model.profiles import KindProfile
from pipeline.model.run_context import RunContext
from pipeline.model.run_counts import StateCounts, WorklistCounts
from pipeline.model.run_result import RunResult
from pipeline.model.split_groups import group_splits
from pipeline.passes import audit_pass, line_counts
from pipeline.passes.audit_pass import AuditedBucket, AuditedGroup
from pipeline.passes.split_pass import PassOneResult, refuse_whole_files, track_progress
from pipeline.publish import SORT_KEYS, count_findings, list_unreadable
from pipeline.quality import AuditCounts, add_text_counts, profile_audit
from pipeline.utils.dtypes import Array
from pipeline.utils.progress import Progress, no_progress

_IN_MEMORY = ExecutionPlan()
_OUTCOME_COUNT = len(line_counts.ROW_OUTCOMES)


class _AuditParts(NamedTuple):
    """What an audit found: of whole files, of each group, and of each bucket of reports."""

    first: PassOneResult
    groups: list[AuditedGroup]
    buckets: list[AuditedBucket]


def audit_files(
    planned: PlannedFiles,
    context: RunContext,
    execution: ExecutionPlan = _IN_MEMORY,
    progress: Progress = no_progress,
) -> RunResult:
    """Every column of every file, each row by itself and the reports beside each other; no order is judged."""
    engine, buckets, spool, _ = execution
    split_groups = group_splits(planned.plans)
    report_group = track_progress(split_groups, progress)
    task = audit_pass.AuditGroupTask(context, buckets, spool)
    audited = engine.map_tasks(task, split_groups, lambda parts: report_group([part.stored for part in parts]))
    audited_groups = list(itertools.chain.from_iterable(audited))
    first = refuse_whole_files(planned, [part.stored for part in audited_groups], context)
    newest_dates = find_newest_dates(first.plans, first.stored_groups)
    bucket_task = audit_pass.AuditBucketTask(first.stored_groups, first.plans, newest_dates, context, spool)
    parts = _AuditParts(first, audited_groups, engine.map_tasks(bucket_task, range(buckets.bucket_count)))
    text_task = audit_pass.CountTextsTask(_list_texts(parts), spool)
    text_counts = add_text_counts(engine.map_tasks(text_task, range(buckets.bucket_count)))
    return _build_result(parts, context, execution, profile_audit(first.plans, _add_counts(parts), text_counts))


def _read_kinds(parts: _AuditParts) -> list[str]:
    """The kind of the files of each group, empty where they were refused."""
    plans = (parts.first.plans[audited.stored.file] for audited in parts.groups)
    return ["" if plan.refusal_code or not plan.kind else plan.kind.name for plan in plans]


def _list_texts(parts: _AuditParts) -> list[tuple[str, SpilledTable]]:
    """The texts of each group of files that were not refused, with its kind."""
    return [
        (kind_name, audited.texts)
        for kind_name, audited in zip(_read_kinds(parts), parts.groups, strict=True)
        if kind_name and audited.texts
    ]


def _add_counts(parts: _AuditParts) -> AuditCounts:
    counts = AuditCounts.start(len(parts.first.plans))
    for kind_name, audited in zip(_read_kinds(parts), parts.groups, strict=True):
        if kind_name and audited.counts:
            counts.add(audited.stored.files, kind_name, audited.counts)
    return counts


def _count_outcomes(parts: _AuditParts) -> Array:
    """The rows of all files by outcome."""
    total: Array = np.sum([audited.line_outcomes for audited in parts.buckets], axis=0)
    by_file = total.reshape(-1, _OUTCOME_COUNT)
    for audited in parts.groups:
        by_file[audited.stored.files] += audited.line_outcomes.reshape(-1, _OUTCOME_COUNT)
    return total


def _build_result(
    parts: _AuditParts, context: RunContext, execution: ExecutionPlan, kind_profiles: tuple[KindProfile, ...]
) -> RunResult:
    """What an audit publishes: findings alone, and what the columns hold."""
    first, spool = parts.first, execution.spool
    group_findings = gather_findings(first.stored_groups, first.plans, spool)
    file_findings = findings.to_report_order(findings.sort_findings(first.file_findings), ())
    runs = [[spool.store_table("filed", file_findings)], *group_findings, *([part.findings] for part in parts.buckets)]
    rows = merge_tables(spool, "all-findings", runs, SORT_KEYS["findings"], file_findings.schema)
    finding_parts = (part for run in group_findings for stored in run for part in stored.iter_parts())
    unreadable = list_unreadable(finding_parts, first.plans)
    no_lines, no_rows = np.zeros(0, np.int64), pd.DataFrame()
    return RunResult(
        context=context,
        plans=tuple(first.plans),
        tallies=tuple(line_counts.tally_files(first.plans, first.stored_groups, _count_outcomes(parts))),
        tables={"findings": rows},
        finding_counts=count_findings(rows.iter_chunks()),
        rejected_lines=unreadable,
        worklist_counts=WorklistCounts(),
        due_counts=(),
        state_counts=StateCounts(no_lines, no_lines),
        stock=no_rows,
        answered_feeds=[],
        ambiguous_counts=[],
        metrics=(),
        exposure=no_rows,
        last_run=None,
        kind_profiles=kind_profiles,
    )
