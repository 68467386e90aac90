"""A run in frames, of all its orders at once and without a memory: what tests look into."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pipeline.engine import exchange, partition
from pipeline.engine.spill import SpillStore
from pipeline.ledger.history import History
from pipeline.model import action_items, findings
from pipeline.model.bucket_result import BucketResult
from pipeline.model.file_plan import InputFile
from pipeline.model.run_context import RunContext
from pipeline.model.run_result import RunResult
from pipeline.passes import bucket_pass, line_counts, run_facts, split_pass
from pipeline.passes.finalize import finalize_run
from pipeline.publish import bucket_tables
from pipeline.quality import compare
from pipeline.utils import arrow


def settle(sources: Sequence[InputFile], context: RunContext) -> BucketResult:
    """Everything there is to know of the inputs at as-of, of all orders at once and without a memory."""
    memory, spool = History(), SpillStore()
    first = split_pass.run_pass_one(
        split_pass.plan_files(sources, context), split_pass.SplitTask(context, partition.SINGLE_BUCKET, spool)
    )
    across = run_facts.collect_run_facts(first, memory, context)
    rows = exchange.read_bucket(0, first.plans, first.stored_splits, across.newest_dates)
    part, partial, goods = bucket_pass.process_bucket(rows, across, memory)
    closing = finalize_run(
        [partial], [spool.store_table("parcels", arrow.to_table(goods, goods.columns))], across, memory
    )
    said = exchange.load_findings(first.stored_splits, first.plans, spool)
    whole = dataclasses.replace(
        part,
        tallies=tuple(line_counts.tally_files(first.plans, first.stored_splits, closing.line_outcomes)),
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
    return bucket_tables.build_run_result(settled, bucket_tables.build_bucket_tables(settled))
