"""Table of contents: plan, pass one over splits, pass two over orders, and what follows from all of them together."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline.engine import (
    ALL_CORES,
    SINGLE_BUCKET,
    Buckets,
    Engine,
    SpilledRows,
    SpillStore,
    chain_tables,
    gather_findings,
)
from pipeline.ingest import PlannedFiles
from pipeline.ledger import (
    CANCELLATIONS,
    CONFIRMATIONS,
    DATA_TABLES,
    History,
    LedgerSnapshot,
    StagedFile,
    build_answer_rows,
)
from pipeline.model import findings
from pipeline.model.run_context import RunContext
from pipeline.model.run_counts import StateCounts, WorklistCounts
from pipeline.model.run_result import RunResult
from pipeline.passes import bucket_task, line_counts, merge_buckets, run_facts, split_pass
from pipeline.passes.finalize import Finalized, finalize_run
from pipeline.passes.run_facts import RunFacts
from pipeline.passes.split_pass import PassOneResult
from pipeline.publish import count_actions, list_unreadable, rank_other_actions
from pipeline.quality import compare_run
from pipeline.utils.events import timed_stage
from pipeline.utils.progress import Progress, no_progress


class ExecutionPlan(NamedTuple):
    """Where a run is done, how its orders are spread, and where what waits between the passes is kept.

    Workers write files of the ledger under the name of the ``attempt``; without one the commit does.
    """

    engine: Engine = ALL_CORES
    buckets: Buckets = SINGLE_BUCKET
    spool: SpillStore = SpillStore()
    attempt: str = ""


class RunOutcome(NamedTuple):
    """What became of a run: what is published, what is remembered, and the facts of a claim asked about.

    To be remembered are rows by table, and of other tables the ``ledger_files`` in which workers have written them.
    """

    result: RunResult
    ledger_rows: dict[str, SpilledRows]
    ledger_files: dict[str, list[StagedFile]]
    claim_statement: str


def run(
    planned: PlannedFiles,
    context: RunContext,
    ledger: LedgerSnapshot | None,
    execution: ExecutionPlan,
    claim_id: str | None = None,
    progress: Progress = no_progress,
) -> RunOutcome:
    """Everything there is to know of the inputs at as-of, ready to be published; ``claim_id`` names one to describe."""
    engine, buckets, spool, attempt = execution
    with timed_stage("read") as stage:
        first = split_pass.run_pass_one(planned, split_pass.GroupTask(context, buckets, spool), engine, progress)
        stage.rows = sum(stored_group.record_count for stored_group in first.stored_groups)
    memory = History(ledger, context.submissions)
    facts = run_facts.collect_run_facts(first, memory, context)
    parts = [stored_group._replace(unbucketed=None) for stored_group in first.stored_groups]
    task = bucket_task.BucketTask(
        parts, facts, bucket_task.LedgerAccess(ledger and ledger.with_absolute_url(), attempt), buckets, spool, claim_id
    )
    with timed_stage("judge") as stage:
        stored_buckets = engine.map_tasks(task, range(buckets.bucket_count))
        stage.rows = len(merge_buckets.concat_buckets(stored_buckets, "orders"))
    with timed_stage("merge") as stage:
        finalized = finalize_run(
            [entry.partials for entry in stored_buckets],
            [entry.tables[bucket_task.PARCELS] for entry in stored_buckets],
            facts,
            memory,
        )
        result = merge_bucket_results(first, stored_buckets, finalized, facts, execution, memory.last_run_number)
        stage.rows = sum(len(table) for table in result.tables.values())
    names = stored_buckets[0].ledger_files
    return RunOutcome(
        compare_run(result, memory.nights),
        collect_ledger_rows(stored_buckets, facts, spool) if ledger else {},
        {name: [entry for bucket in stored_buckets for entry in bucket.ledger_files[name]] for name in names},
        "".join(entry.claim_statement for entry in stored_buckets),
    )


def merge_bucket_results(
    first: PassOneResult,
    stored_buckets: Sequence[bucket_task.StoredBucket],
    finalized: Finalized,
    facts: RunFacts,
    execution: ExecutionPlan,
    last_run: int | None,
) -> RunResult:
    """What all buckets, pass one and the closing have made as one; ``last_run`` is the last run remembered."""
    group_findings = gather_findings(first.stored_groups, first.plans, execution.spool)
    file_findings, final_findings = (
        execution.spool.store_table(name, findings.to_report_order(findings.sort_findings(entry), facts.input_names))
        for name, entry in (("filed", first.file_findings), ("closed", finalized.findings))
    )
    final_actions = rank_other_actions(finalized.action_items, facts.context)
    final_work = execution.spool.store_table("closed-work", final_actions)
    beside = {"findings": ([[file_findings], *group_findings], [[final_findings]]), "worklist": ([], [[final_work]])}
    merged = merge_buckets.merge_sorted_tables(
        stored_buckets, beside, execution.engine, execution.spool, facts.context.as_of
    )
    finding_parts = (part for run in group_findings for stored in run for part in stored.iter_parts())
    unreadable = list_unreadable(finding_parts, first.plans)
    return RunResult(
        context=facts.context,
        plans=tuple(first.plans),
        tallies=tuple(line_counts.tally_files(first.plans, first.stored_groups, finalized.line_outcomes)),
        tables=merged.tables,
        finding_counts=merged.finding_counts,
        rejected_lines=np.sort(np.concatenate([*(entry.rejected_lines for entry in stored_buckets), unreadable])),
        worklist_counts=combine_actions([entry.action_items for entry in stored_buckets], count_actions(final_actions)),
        due_counts=merged.due_counts,
        state_counts=functools.reduce(StateCounts.combine, (entry.state_counts for entry in stored_buckets)),
        stock=finalized.stock,
        answered_feeds=facts.feed_answers.answered_feeds,
        ambiguous_counts=facts.feed_answers.ambiguous_counts,
        metrics=finalized.metrics,
        exposure=finalized.claim_exposure,
        last_run=last_run,
        kind_profiles=facts.profiles,
        refused_feeds=facts.feed_answers.refused_feeds,
        repeated_parts=finalized.repeated_parts,
    )


def combine_actions(bucket_actions: Sequence[WorklistCounts], final_actions: WorklistCounts) -> WorklistCounts:
    """The lines of all buckets, and those of the closing, in numbers."""
    return functools.reduce(WorklistCounts.combine, bucket_actions, final_actions)


def collect_ledger_rows(
    stored_buckets: Sequence[bucket_task.StoredBucket], facts: RunFacts, spool: SpillStore
) -> dict[str, SpilledRows]:
    """What is to be remembered, by table: what the buckets have made, and what Amazon has answered."""
    made_later = {*stored_buckets[0].ledger_files, CANCELLATIONS.name}  # by workers, and of what is published
    table_names = [table.name for table in DATA_TABLES if table.name not in made_later]
    rows_by_table = {
        name: merge_buckets.concat_buckets(stored_buckets, bucket_task.LEDGER_PREFIX + name) for name in table_names
    }
    answer_rows = build_answer_rows(facts.feed_answers.rows, facts.feed_answers.submitted, facts.context)
    return rows_by_table | {
        ANSWERED_FEEDS: chain_tables([spool.store_table(ANSWERED_FEEDS, answer_rows)], answer_rows.schema)
    }


ANSWERED_FEEDS = f"{CONFIRMATIONS.name}-answered"
