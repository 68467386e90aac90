"""Pass one, which knows one split of a file, or small files read together: bytes to rows, to values, to beliefs."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd

from pipeline.engine import (
    ALL_CORES,
    Buckets,
    Engine,
    SpillStore,
    StoredGroup,
    keep_freed_memory,
    map_threads,
    store_group,
)
from pipeline.ingest import (
    PlannedFiles,
    attempt,
    count_group_lines,
    give_up_split,
    parse_rows,
    pass_over_line,
    plan_file,
    read_group,
    refuse_unread_files,
)
from pipeline.model import findings
from pipeline.model.columns import switch_on
from pipeline.model.file_plan import FilePlan, InputFile
from pipeline.model.group_result import GroupResult
from pipeline.model.run_context import RunContext
from pipeline.model.split_groups import GROUP_BYTES, SplitGroup, group_splits
from pipeline.passes import file_facts
from pipeline.quality import profile_group
from pipeline.reconcile import refuse_bulk_confirmations, select_needed_columns
from pipeline.utils import arrow, groups
from pipeline.utils.progress import Progress, no_progress
from pipeline.validate import check_rows, check_schema
from schemas.confirmation import IDENTITY_COLUMNS
from schemas.kinds import REPORT_KINDS

T = TypeVar("T")
_PLANNED_FILES = 1 << 8  # small files that one thread plans in a row at most


class PassOneResult(NamedTuple):
    """What pass one found: how the files are read, what it made of each group, and what is wrong with whole files."""

    plans: list[FilePlan]
    stored_groups: list[StoredGroup]
    file_findings: pd.DataFrame


def plan_files(sources: Sequence[InputFile], context: RunContext, split_size: int | None = None) -> PlannedFiles:
    """The planning pass over every file; ``split_size`` is about the bytes of each split."""

    def plan_some(numbered_sources: list[tuple[int, InputFile]]) -> PlannedFiles:
        planned = [plan_file(*numbered, context, split_size) for numbered in numbered_sources]
        return PlannedFiles([plan for plan, _ in planned], findings.concat_findings([found for _, found in planned]))

    parts = map_threads(plan_some, _list_beside_each_other(sources))
    return PlannedFiles(
        [plan for part in parts for plan in part.plans], findings.concat_findings([part.findings for part in parts])
    )


def _list_beside_each_other(sources: Sequence[InputFile]) -> Iterator[list[tuple[int, InputFile]]]:
    """The sources with their numbers: a large one by itself, small ones some at a time."""
    some: list[tuple[int, InputFile]] = []
    some_bytes = 0
    for numbered in enumerate(sources):
        some.append(numbered)
        some_bytes += numbered[1].given.size
        if some_bytes >= GROUP_BYTES or len(some) >= _PLANNED_FILES:
            yield some
            some, some_bytes = [], 0
    if some:
        yield some


@dataclass(frozen=True)
class GroupTask:
    """The task of pass one: a group admitted, its rows spread over the buckets and put away."""

    context: RunContext
    buckets: Buckets
    spool: SpillStore

    def __call__(self, group: SplitGroup) -> list[StoredGroup]:
        """What became of a group: of one that could not be read together it is more than one."""
        keep_freed_memory(self.spool.memory)
        results = attempt_group(self._process, group, self.context, lambda half, why: (half, give_up_split(half, why)))
        return [store_group(result, half, self.buckets, self.spool) for half, result in results]

    def _process(self, group: SplitGroup) -> tuple[SplitGroup, GroupResult]:
        return group, process_group(group, self.context)


def attempt_group(
    read: Callable[[SplitGroup], T], group: SplitGroup, context: RunContext, give_up: Callable[[SplitGroup, str], T]
) -> list[T]:
    """What ``read`` makes of a group, or of its halves where it raises, or ``give_up`` of the file that cannot be read.

    A program that checks itself hides nothing.
    """

    def read_less(reason: str) -> list[T]:
        if len(group.splits) == 1:
            return [give_up(group, reason)]
        return [made for half in group.halve() for made in attempt_group(read, half, context, give_up)]

    return [read(group)] if context.verify else attempt(lambda: [read(group)], group.plan.source, read_less)


def run_pass_one(
    planned: PlannedFiles, task: GroupTask, engine: Engine = ALL_CORES, progress: Progress = no_progress
) -> PassOneResult:
    """Pass one over every split of every file."""
    split_groups = group_splits(planned.plans)
    stored = engine.map_tasks(task, split_groups, track_progress(split_groups, progress))
    return refuse_whole_files(planned, list(itertools.chain.from_iterable(stored)), task.context)


def refuse_whole_files(planned: PlannedFiles, stored_groups: list[StoredGroup], context: RunContext) -> PassOneResult:
    """What pass one found, with files refused whole for what all their lines show together."""
    read_errors = {part.file: part.read_error for part in reversed(stored_groups) if part.read_error}
    plans, unread_findings = refuse_unread_files(planned.plans, read_errors)
    kept_plans, refusal_findings = refuse_bulk_confirmations(
        plans, [(part.file, part.file_facts) for part in stored_groups], context
    )
    by_file = zip(kept_plans, planned.plans, strict=True)
    refused_since = np.array([kept.file for kept, was in by_file if kept.refusal_code != was.refusal_code], np.int64)
    is_outdated = groups.is_in(arrow.to_int64(planned.findings["file"]), refused_since)
    planning_findings = arrow.filter_rows(planned.findings, ~is_outdated) if refused_since.size else planned.findings
    return PassOneResult(
        kept_plans, stored_groups, findings.concat_findings([planning_findings, unread_findings, refusal_findings])
    )


def track_progress(split_groups: Sequence[SplitGroup], progress: Progress) -> Callable[[Sequence[StoredGroup]], None]:
    """Called with what became of every group in turn, it reports the progress."""
    total_bytes, so_far = sum(group.size_bytes for group in split_groups), [0, 0]

    def report_group(stored: Sequence[StoredGroup]) -> None:
        so_far[0] += sum(part.size_bytes for part in stored)
        so_far[1] += sum(part.record_count for part in stored)
        progress(so_far[0], total_bytes, so_far[1])

    return report_group


def process_group(group: SplitGroup, context: RunContext, *, all_columns: bool = False) -> GroupResult:
    """Pass one, which knows one group: bytes to rows, rows to values, values believed or not.

    Columns that neither a rule of a night nor an output uses are read with ``all_columns`` alone.
    """
    switch_on(verify=context.verify)
    kind = group.plan.kind
    if group.plan.refusal_code or kind is None:
        return count_group_lines(group)
    if group.splits[0].is_too_long:
        return pass_over_line(group)
    text = read_group(group, [column for column in kind.columns if all_columns or not column.audit_only])
    findings_of_group, unreadable = check_schema(text.rows, kind, text.layout)
    rows = parse_rows(text.rows, kind, unreadable)
    unreadable_ids = [mask for name, mask in unreadable.items() if name in IDENTITY_COLUMNS]
    rows["unreadable"] = arrow.to_series(functools.reduce(operator.or_, unreadable_ids, np.zeros(len(rows), bool)))
    rows, findings_of_group = check_rows(
        rows, kind, findings.concat_findings([text.findings, findings_of_group]), context
    )
    facts_of_files = file_facts.collect_file_facts(rows, group, context)
    column_profile = None if all_columns else profile_group(group.plan, kind.name, rows)
    kept_rows = rows if all_columns or kind.name not in REPORT_KINDS else select_needed_columns(rows)
    return GroupResult(
        files=group.files,
        rows=kept_rows,
        findings=findings_of_group,
        record_counts=text.records,
        blank_lines=text.blank,
        unreadable_lines=text.unreadable,
        size_bytes=group.size_bytes,
        file_facts=facts_of_files,
        profile=column_profile,
    )
