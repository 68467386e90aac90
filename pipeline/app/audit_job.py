"""A whole audit as a caller sees it: files in, what they are like placed at a folder, counts out. Nothing is judged."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, fields

import numpy as np

from pipeline import policy
from pipeline.app.audit_flow import audit_files
from pipeline.app.earlier_audits import load_earlier_runs
from pipeline.app.job_events import log_files
from pipeline.app.jobs import InvalidJob, Job, JobResult, open_inputs, resolve_context, summarize_result
from pipeline.app.resources import Resources, ResourcesUnusable, prepare_execution, resolve_scratch
from pipeline.engine import choose_split_bytes, estimate_text_bytes, use_cores
from pipeline.ingest import MissingInput, PlannedFiles, check_inputs
from pipeline.ledger import InvalidLedger, UnknownLayout
from pipeline.model import account
from pipeline.model.run_context import RunContext
from pipeline.model.run_result import RunResult
from pipeline.passes import split_pass
from pipeline.publish import OutputRefused, check_feeds_known, check_output, publish_audit
from pipeline.quality import compare_run
from pipeline.utils.events import current_run, timed_stage
from pipeline.utils.private_files import private_files
from pipeline.utils.progress import Progress, no_progress
from pipeline.utils.scratch_folder import scratch_folder


@dataclass(frozen=True)
class AuditJob(Job):
    """What a caller asks for; ``against`` are folders of earlier audits, and ledgers."""

    against: tuple[str, ...] = ()


_SETUP_ERRORS = (InvalidLedger, UnknownLayout, ResourcesUnusable)
_NOT_ASKED = ("paths", "ledger", "resources", "verify", "state")  # of an audit
AUDIT_OPTIONS = tuple(field.name for field in fields(AuditJob) if field.name not in _NOT_ASKED)


def execute_audit(job: AuditJob, progress: Progress = no_progress) -> JobResult:
    """The audit done and its outputs placed; Misused or NothingToRead where it cannot be begun."""
    try:
        context, earlier_runs = resolve_context(job), load_earlier_runs(job.against)
        with (
            private_files(public=job.public),
            use_cores(job.resources.jobs),
            scratch_folder(resolve_scratch(job.resources)) as scratch,
            contextlib.ExitStack() as stack,
        ):
            check_output(job.out)
            check_feeds_known(job.out)
            input_sources, resources = stack.enter_context(open_inputs(job, scratch))
            with timed_stage("plan") as stage:
                planned = split_pass.plan_files(input_sources, context, choose_split_bytes(job.resources.memory))
                stage.rows = sum(plan.lines for plan in planned.plans)
            with timed_stage("read") as stage:
                audit_result = compare_run(_audit_within(resources, planned, context, scratch, progress), earlier_runs)
                stage.rows = sum(tally.lines - tally.header - tally.blank for tally in audit_result.tallies)
            log_files(audit_result.plans, audit_result.tallies)
            check_inputs(audit_result.plans)
            with timed_stage("publish") as stage:
                published = publish_audit(audit_result, job.out, dry_run=job.dry_run)
                stage.rows = sum(written.rows for written in published.outputs)
            current_run.set(published.run_id)
    except (OutputRefused, account.AccountError, policy.PolicyError, MissingInput, *_SETUP_ERRORS) as error:
        raise InvalidJob(str(error)) from error
    return summarize_result(audit_result, published)


def _audit_within(
    resources: Resources, planned: PlannedFiles, context: RunContext, scratch: str, progress: Progress
) -> RunResult:
    """The files audited with the memory and the tasks that a job is given."""
    plans = planned.plans
    no_orders = np.zeros(0, np.int64), 0
    with prepare_execution(resources, plans, no_orders, scratch, estimate_text_bytes(plans)) as execution:
        return audit_files(planned, context, execution, progress)
