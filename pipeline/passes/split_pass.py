"""Pass one, which knows one split of one file: bytes to rows, rows to values, values believed or not."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd

from pipeline.engine import (
    ALL_CORES,
    Buckets,
    Engine,
    SpillStore,
    StoredSplit,
    keep_freed_memory,
    map_threads,
    store_split,
)
from pipeline.ingest import (
    PlannedFile,
    attempt,
    count_split_lines,
    give_up_split,
    parse_rows,
    pass_over_line,
    plan_file,
    read_split,
    refuse_unread_files,
)
from pipeline.model import findings
from pipeline.model.columns import switch_on
from pipeline.model.file_plan import FilePlan, InputFile, Split
from pipeline.model.run_context import RunContext
from pipeline.model.split_result import SplitResult
from pipeline.passes import file_facts
from pipeline.quality import profile_split
from pipeline.reconcile import refuse_bulk_confirmations, select_needed_columns
from pipeline.utils import arrow
from pipeline.utils.progress import Progress, no_progress
from pipeline.validate import check_rows, check_schema
from schemas.confirmation import IDENTITY_COLUMNS
from schemas.kinds import REPORT_KINDS

T = TypeVar("T")


class PassOneResult(NamedTuple):
    """What pass one found: how the files are read, what it made of each split, and what is wrong with whole files."""

    plans: list[FilePlan]
    stored_splits: list[StoredSplit]
    file_findings: pd.DataFrame


def plan_files(sources: Sequence[InputFile], context: RunContext, split_size: int | None = None) -> list[PlannedFile]:
    """The planning pass over every file; ``split_size`` is about the bytes of each split."""
    return map_threads(lambda source: plan_file(*source, context, split_size), enumerate(sources))


@dataclass(frozen=True)
class SplitTask:
    """The task of pass one: a split admitted, its rows spread over the buckets and put away."""

    context: RunContext
    buckets: Buckets
    spool: SpillStore

    def __call__(self, plan_and_split: tuple[FilePlan, Split]) -> StoredSplit:
        """What became of a split of a file."""
        keep_freed_memory(self.spool.memory)
        file_plan, split = plan_and_split
        split_result = self._read(file_plan, split)
        return store_split(split_result, file_plan.kind.name if file_plan.kind else "", self.buckets, self.spool, split)

    def _read(self, file_plan: FilePlan, split: Split) -> SplitResult:
        """What pass one made of a split, or why its file cannot be read."""
        read = functools.partial(process_split, file_plan, split, self.context)
        return attempt_split(read, file_plan, self.context, functools.partial(give_up_split, split))


def attempt_split(read: Callable[[], T], file_plan: FilePlan, context: RunContext, give_up: Callable[[str], T]) -> T:
    """What ``read`` makes of a split, or ``give_up`` of the reason; a program that checks itself hides nothing."""
    return read() if context.verify else attempt(read, file_plan.source, give_up)


def list_splits(planned_files: Sequence[PlannedFile]) -> list[tuple[FilePlan, Split]]:
    """Every split of every file, with the plan of its file."""
    return [(file_plan, split) for file_plan, _ in planned_files for split in file_plan.splits]


def run_pass_one(
    planned_files: Sequence[PlannedFile],
    task: SplitTask,
    engine: Engine = ALL_CORES,
    progress: Progress = no_progress,
) -> PassOneResult:
    """Pass one over every split of every file."""
    splits = list_splits(planned_files)
    return refuse_whole_files(
        planned_files, engine.map_tasks(task, splits, track_progress(splits, progress)), task.context
    )


def refuse_whole_files(
    planned_files: Sequence[PlannedFile], stored_splits: list[StoredSplit], context: RunContext
) -> PassOneResult:
    """What pass one found, with files refused whole for what all their lines show together."""
    read_errors = {part.file: part.read_error for part in reversed(stored_splits) if part.read_error}
    plans, unread_findings = refuse_unread_files([file_plan for file_plan, _ in planned_files], read_errors)
    kept_plans, refusal_findings = refuse_bulk_confirmations(
        plans, [(stored_split.file, stored_split.file_facts) for stored_split in stored_splits], context
    )
    planning_findings = [
        file_findings
        for file_plan, (planned_as, file_findings) in zip(kept_plans, planned_files, strict=True)
        if file_plan.refusal_code == planned_as.refusal_code
    ]
    return PassOneResult(
        kept_plans, stored_splits, findings.concat_findings([*planning_findings, unread_findings, refusal_findings])
    )


def track_progress(splits: list[tuple[FilePlan, Split]], progress: Progress) -> Callable[[StoredSplit], None]:
    """Called with every split in turn, it reports the progress."""
    total_bytes, so_far = sum(split.end - split.start for _, split in splits), [0, 0]

    def report_split(stored_split: StoredSplit) -> None:
        so_far[0] += stored_split.size_bytes
        so_far[1] += stored_split.record_count
        progress(so_far[0], total_bytes, so_far[1])

    return report_split


def process_split(file_plan: FilePlan, split: Split, context: RunContext, *, all_columns: bool = False) -> SplitResult:
    """Pass one, which knows one split of one file: bytes to rows, rows to values, values believed or not.

    Columns that neither a rule of a night nor an output uses are read with ``all_columns`` alone.
    """
    switch_on(verify=context.verify)
    kind = file_plan.kind
    if file_plan.refusal_code or kind is None:
        return count_split_lines(file_plan, split)
    if split.is_too_long:
        return pass_over_line(file_plan, split)
    text = read_split(file_plan, split, [column for column in kind.columns if all_columns or not column.audit_only])
    findings_of_split, unreadable = check_schema(text.rows, kind, text.layout)
    rows = parse_rows(text.rows, kind, unreadable)
    unreadable_ids = [mask for name, mask in unreadable.items() if name in IDENTITY_COLUMNS]
    rows["unreadable"] = arrow.to_series(functools.reduce(operator.or_, unreadable_ids, np.zeros(len(rows), bool)))
    rows, findings_of_split = check_rows(
        rows, kind, findings.concat_findings([text.findings, findings_of_split]), context
    )
    byte_count, facts_of_file = split.end - split.start, file_facts.collect_file_facts(rows, kind.name, context)
    column_profile = None if all_columns else profile_split(file_plan, kind.name, rows)
    kept_rows = rows if all_columns or kind.name not in REPORT_KINDS else select_needed_columns(rows)
    return SplitResult(
        file=file_plan.file,
        rows=kept_rows,
        findings=findings_of_split,
        record_count=text.records,
        blank_lines=text.blank,
        unreadable_lines=text.unreadable,
        size_bytes=byte_count,
        file_facts=facts_of_file,
        profile=column_profile,
    )
