"""A run in frames, of all its orders at once and without a memory: what tests look into."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np

from pipeline.engine import exchange, partition
from pipeline.engine.spill import SpillStore
from pipeline.ledger.history import History
from pipeline.model import action_items, findings
from pipeline.model.bucket_result import BucketResult
from pipeline.model.chunked_rows import InMemoryRows
from pipeline.model.file_plan import InputFile
from pipeline.model.run_context import RunContext
from pipeline.model.run_result import RunResult
from pipeline.passes import bucket_pass, line_counts, run_facts, split_pass
from pipeline.passes.finalize import finalize_run
from pipeline.publish import bucket_tables, rejected
from pipeline.publish.reports.due_counts import count_due
from pipeline.publish.reports.finding_counts import count_findings
from pipeline.quality import compare
from pipeline.utils import arrow


def settle(sources: Sequence[InputFile], context: RunContext) -> BucketResult:
    """Everything there is to know of the inputs at as-of, of all orders at once and without a memory."""
    memory, spool = History(), SpillStore()
    first = split_pass.run_pass_one(
        split_pass.plan_files(sources, context), split_pass.GroupTask(context, partition.SINGLE_BUCKET, spool)
    )
    across = run_facts.collect_run_facts(first, memory, context)
    rows = exchange.read_bucket(0, first.plans, first.stored_groups, across.newest_dates)
    part, partial, goods = bucket_pass.process_bucket(rows, across, memory)
    closing = finalize_run(
        [partial], [spool.store_table("parcels", arrow.to_table(goods, goods.columns))], across, memory
    )
    stored = exchange.gather_findings(first.stored_groups, first.plans, spool)
    said = [arrow.to_frame(part) for spilled in itertools.chain(*stored) for part in spilled.iter_parts()]
    whole = dataclasses.replace(
        part,
        tallies=tuple(line_counts.tally_files(first.plans, first.stored_groups, closing.line_outcomes)),
        findings=findings.sort_findings(
            findings.concat_findings([first.file_findings, *said, part.findings, closing.findings])
        ),
        changes=dataclasses.replace(part.changes, stock=closing.stock),
        action_items=action_items.concat_action_items([part.action_items, closing.action_items]),
        metrics=closing.metrics,
        claims=dataclasses.replace(part.claims, exposure=closing.claim_exposure),
        kind_profiles=across.profiles,
    )
    return compare.compare_run(whole, ())


def ready(settled: BucketResult) -> RunResult:
    """The same as it is published."""
    made = bucket_tables.build_bucket_tables(settled)
    finding_table = made.tables["findings"]
    unreadable = rejected.list_unreadable([finding_table], settled.plans)
    return RunResult(
        context=settled.context,
        plans=settled.plans,
        tallies=settled.tallies,
        tables={name: InMemoryRows(table) for name, table in made.tables.items()},
        finding_counts=count_findings(InMemoryRows(finding_table).iter_chunks()),
        rejected_lines=np.sort(np.concatenate([made.refused_lines, unreadable])),
        worklist_counts=made.action_counts,
        due_counts=count_due([made.tables["worklist"]], settled.context.as_of),
        state_counts=made.state_counts,
        stock=settled.changes.stock,
        answered_feeds=settled.changes.answered_feeds,
        ambiguous_counts=[],
        metrics=settled.metrics,
        exposure=settled.claims.exposure,
        last_run=settled.changes.last_run,
        kind_profiles=settled.kind_profiles,
        past_runs=settled.past_runs,
        drift=settled.drift,
    )
