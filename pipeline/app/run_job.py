"""A whole job as a caller sees it: paths and options in, feeds and reports placed, the ledger moved on, counts out."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from pipeline import flow, policy
from pipeline.app.held_ledger import hold_ledger
from pipeline.app.inputs_hash import hash_inputs
from pipeline.app.job_events import log_files, log_parts, warn_of_newer_run
from pipeline.app.jobs import InvalidJob, Job, JobResult, open_inputs, read_state, resolve_context, summarize_result
from pipeline.app.published_runs import add_published_runs, list_known_runs
from pipeline.app.resources import ResourcesUnusable, prepare_execution, resolve_scratch, start_workers, weigh_items
from pipeline.engine import ClusterUnavailableError, choose_split_bytes, use_cores
from pipeline.ingest import MissingInput, PlannedFiles, check_inputs, resolve_path
from pipeline.ledger import (
    CANCELLATIONS,
    CONFIRMATIONS,
    History,
    InvalidLedger,
    LedgerSnapshot,
    RowPieces,
    build_cancellation_rows,
    build_published_rows,
    build_run_row,
    check_ledger_place,
    commit_run,
)
from pipeline.model import account
from pipeline.model.feed_parts import PlacedFeeds
from pipeline.model.file_plan import FilePlan, InputFile
from pipeline.model.run_context import RunContext
from pipeline.passes import split_pass
from pipeline.publish import (
    CommitCallback,
    OutputRefused,
    check_feeds_known,
    check_output,
    compute_run_id,
    format_metrics,
    publish_run,
)
from pipeline.quality import summarize_run
from pipeline.utils.events import current_run, timed_stage
from pipeline.utils.private_files import private_files
from pipeline.utils.progress import Progress, no_progress
from pipeline.utils.scratch_folder import scratch_folder

SETUP_ERRORS = (InvalidLedger, ClusterUnavailableError, ResourcesUnusable)


def execute_job(job: Job, progress: Progress = no_progress) -> JobResult:
    """The job done and its outputs placed; Misused or NothingToRead where it cannot be begun."""
    try:
        context = replace(resolve_context(job), submissions=read_state(job.state, job.as_of))
        with (
            private_files(public=job.public),
            use_cores(job.resources.jobs),
            _open_ledger(job) as ledger,
            scratch_folder(resolve_scratch(job.resources)) as scratch,
            contextlib.ExitStack() as stack,
        ):
            check_output(job.out)
            input_sources, resources = stack.enter_context(open_inputs(job, scratch))
            plans = (planned := _plan_inputs(input_sources, context, job)).plans
            inputs_hash = hash_inputs(plans, context)
            earlier_run = ledger.find_run(inputs_hash) if ledger else None
            snapshot = LedgerSnapshot(ledger.url, earlier_run - 1) if ledger and earlier_run else ledger
            history = History(snapshot, context.submissions)
            current_run.set(run_id := compute_run_id(context, plans, history.last_run_number))
            check_feeds_known(job.out, list_known_runs(ledger, history), run_id)
            warn_of_newer_run(history.latest_as_of, job.as_of)
            is_new_run = ledger is not None and earlier_run is None and not job.dry_run
            open_orders = history.sample_open_orders(context)
            resources = stack.enter_context(start_workers(resources, weigh_items(open_orders[1])))
            with prepare_execution(resources, plans, open_orders, scratch) as execution:
                plan_of_run = execution if is_new_run else execution._replace(attempt="")
                outcome = flow.run(planned, context, snapshot, plan_of_run, job.evidence, progress)
            if job.evidence and not outcome.claim_statement:
                raise InvalidJob(f"{job.evidence} is neither a claim nor an order of the input files or the ledger")
            log_files(outcome.result.plans, outcome.result.tallies)
            run_commit = ledger and _RunCommit(ledger, outcome, history.feeds.find_submitted(), inputs_hash, job.out)
            commit = run_commit.add if run_commit and not earlier_run else _skip_commit
            with timed_stage("publish") as stage:
                published = publish_run(
                    result := add_published_runs(outcome.result, history, ledger),
                    job.out,
                    dry_run=job.dry_run,
                    commit=_commit_after_check(commit, outcome.result.plans),
                    map_files=resources.map_files,
                )
                stage.rows = sum(written.rows for written in published.outputs)
            log_parts(published)
    except (OutputRefused, account.AccountError, policy.PolicyError, MissingInput, *SETUP_ERRORS) as error:
        raise InvalidJob(str(error)) from error
    return replace(summarize_result(result, published), statement=outcome.claim_statement)


def _plan_inputs(input_sources: Sequence[InputFile], context: RunContext, job: Job) -> PlannedFiles:
    with timed_stage("plan") as stage:
        planned = split_pass.plan_files(input_sources, context, choose_split_bytes(job.resources.memory))
        stage.rows = sum(plan.lines for plan in planned.plans)
    return planned


@contextlib.contextmanager
def _open_ledger(job: Job) -> Iterator[LedgerSnapshot | None]:
    """The ledger held for this run, what an interrupted run left in it finished or forgotten; None without one."""
    if job.ledger is None:
        yield None
        return
    if "://" not in job.ledger and Path(job.ledger).resolve().is_relative_to(Path(job.out).resolve()):
        raise OutputRefused(f"{job.out}: the ledger {job.ledger} is inside it; use separate folders")
    check_ledger_place(job.ledger)
    if job.dry_run:
        yield LedgerSnapshot(job.ledger)
        return
    if "://" not in job.ledger and not Path(job.ledger).exists():  # a job that cannot be begun makes no ledger
        check_output(job.out)
        for path in job.paths:
            resolve_path(path)
    with hold_ledger(job.ledger) as ledger:
        yield ledger


def _commit_after_check(commit: CommitCallback, plans: Sequence[FilePlan]) -> CommitCallback:
    """The commit, which is not begun where an input is not the file any more that was judged."""

    def check_and_commit(run_id: str, placed_feeds: PlacedFeeds) -> None:
        check_inputs(plans)
        commit(run_id, placed_feeds)

    return check_and_commit


def _skip_commit(_run: str, _placed: PlacedFeeds) -> None:
    """Nothing is remembered: there is no ledger, or it knows this run already."""


class _RunCommit(NamedTuple):
    """What the ledger keeps of a run, committed once its outputs are on the disk."""

    ledger: LedgerSnapshot
    outcome: flow.RunOutcome
    submitted: dict[str, Any]
    inputs_hash: str
    out: str

    def add(self, run_id: str, placed_feeds: PlacedFeeds) -> None:
        """Commit the run, of this number, with what stands in its feeds."""
        run_result = self.outcome.result
        run_record = {
            "run_id": run_id,
            "inputs_hash": self.inputs_hash,
            "metrics": format_metrics(run_result.metrics),
            "summary": json.dumps(summarize_run(run_result), ensure_ascii=False, sort_keys=True),
            "out": str(Path(self.out).resolve()),
        }
        commit_run(
            self.ledger,
            build_run_row(run_result, placed_feeds, self.submitted, run_record),
            self._table_rows(placed_feeds),
        )

    def _table_rows(self, placed_feeds: PlacedFeeds) -> dict[str, RowPieces]:
        """The rows of every table, some at a time, or the files that workers have written."""
        rows_by_table: dict[str, Any] = {name: rows.iter_chunks() for name, rows in self.outcome.ledger_rows.items()}
        run_number = self.ledger.last + 1
        published_rows = (
            build_published_rows(batch, placed_feeds.confirmations, run_number)
            for batch in rows_by_table[CONFIRMATIONS.name]
        )
        canceled_rows = (
            build_cancellation_rows(batch, self.outcome.result, placed_feeds.cancellations, run_number)
            for batch in self.outcome.result.tables["cancellations"].iter_chunks()
        )
        confirmation_rows = itertools.chain(published_rows, rows_by_table.pop(flow.ANSWERED_FEEDS))
        published = {CONFIRMATIONS.name: confirmation_rows, CANCELLATIONS.name: canceled_rows}
        return rows_by_table | self.outcome.ledger_files | published
