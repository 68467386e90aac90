"""An audit on one screen: every split counted, the reports of each bucket beside each other, all of it merged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.engine import SpilledTable, find_newest_dates, gather_findings, merge_tables
from pipeline.flow import ExecutionPlan
from pipeline.ingest import PlannedFile
from pipeline.model import findings
from pipeline.model.profiles import KindProfile
from pipeline.model.run_context import RunContext
from pipeline.model.run_counts import StateCounts, WorklistCounts
from pipeline.model.run_result import RunResult
from pipeline.passes import audit_pass, line_counts
from pipeline.passes.audit_pass import AuditedBucket, AuditedSplit
from pipeline.passes.split_pass import PassOneResult, list_splits, refuse_whole_files, track_progress
from pipeline.publish import SORT_KEYS, count_findings, list_unreadable
from pipeline.quality import AuditCounts, add_text_counts, profile_audit
from pipeline.utils.dtypes import Array
from pipeline.utils.progress import Progress, no_progress

_IN_MEMORY = ExecutionPlan()
_OUTCOME_COUNT = len(line_counts.ROW_OUTCOMES)


class _AuditParts(NamedTuple):
    """What an audit found: of whole files, of each split, and of each bucket of reports."""

    first: PassOneResult
    splits: list[AuditedSplit]
    buckets: list[AuditedBucket]


def audit_files(
    planned_files: Sequence[PlannedFile],
    context: RunContext,
    execution: ExecutionPlan = _IN_MEMORY,
    progress: Progress = no_progress,
) -> RunResult:
    """Every column of every file, each row by itself and the reports beside each other; no order is judged."""
    engine, buckets, spool, _ = execution
    splits = list_splits(planned_files)
    report_split = track_progress(splits, progress)
    audited_splits = engine.map_tasks(
        audit_pass.AuditSplitTask(context, buckets, spool), splits, lambda audited: report_split(audited.stored)
    )
    stored_splits = [audited.stored for audited in audited_splits]
    first = refuse_whole_files(planned_files, stored_splits, context)
    newest_dates = find_newest_dates(first.plans, stored_splits)
    bucket_task = audit_pass.AuditBucketTask(stored_splits, first.plans, newest_dates, context, spool)
    parts = _AuditParts(first, audited_splits, engine.map_tasks(bucket_task, range(buckets.bucket_count)))
    text_task = audit_pass.CountTextsTask(_list_texts(parts), spool)
    text_counts = add_text_counts(engine.map_tasks(text_task, range(buckets.bucket_count)))
    return _build_result(parts, context, execution, profile_audit(first.plans, _add_counts(parts), text_counts))


def _read_kinds(parts: _AuditParts) -> list[str]:
    """The kind of the file of each split, empty where it was refused."""
    plans = parts.first.plans
    kind_names = ["" if plan.refusal_code or not plan.kind else plan.kind.name for plan in plans]
    return [kind_names[audited.stored.file] for audited in parts.splits]


def _list_texts(parts: _AuditParts) -> list[tuple[str, SpilledTable]]:
    """The texts of each split of a file that was not refused, with its kind."""
    return [
        (kind_name, audited.texts)
        for kind_name, audited in zip(_read_kinds(parts), parts.splits, strict=True)
        if kind_name and audited.texts
    ]


def _add_counts(parts: _AuditParts) -> AuditCounts:
    counts = AuditCounts.start(len(parts.first.plans))
    for kind_name, audited in zip(_read_kinds(parts), parts.splits, strict=True):
        if kind_name and audited.counts:
            counts.add(audited.stored.file, kind_name, audited.counts)
    return counts


def _count_outcomes(parts: _AuditParts) -> Array:
    """The rows of all files by outcome."""
    total: Array = np.sum([audited.line_outcomes for audited in parts.buckets], axis=0)
    for audited in parts.splits:
        begin = audited.stored.file * _OUTCOME_COUNT
        total[begin : begin + _OUTCOME_COUNT] += audited.line_outcomes
    return total


def _build_result(
    parts: _AuditParts, context: RunContext, execution: ExecutionPlan, kind_profiles: tuple[KindProfile, ...]
) -> RunResult:
    """What an audit publishes: findings alone, and what the columns hold."""
    first, spool = parts.first, execution.spool
    stored_splits = [audited.stored for audited in parts.splits]
    split_findings = gather_findings(stored_splits, first.plans, spool)
    file_findings = findings.to_report_order(findings.sort_findings(first.file_findings), ())
    runs = [[spool.store_table("filed", file_findings)], split_findings, *([part.findings] for part in parts.buckets)]
    rows = merge_tables(spool, "all-findings", runs, SORT_KEYS["findings"], file_findings.schema)
    unreadable = [list_unreadable(part, first.plans) for piece in split_findings for part in piece.iter_parts()]
    no_lines, no_rows = np.zeros(0, np.int64), pd.DataFrame()
    return RunResult(
        context=context,
        plans=tuple(first.plans),
        tallies=tuple(line_counts.tally_files(first.plans, stored_splits, _count_outcomes(parts))),
        tables={"findings": rows},
        finding_counts=count_findings(rows.iter_chunks()),
        rejected_lines=np.sort(np.concatenate([no_lines, *unreadable])),
        worklist_counts=WorklistCounts(),
        state_counts=StateCounts(no_lines, no_lines),
        stock=no_rows,
        answered_feeds=[],
        ambiguous_counts=[],
        metrics=(),
        exposure=no_rows,
        last_run=None,
        kind_profiles=kind_profiles,
    )
