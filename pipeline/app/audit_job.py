"""A whole audit as a caller sees it: files in, what they are like placed at a folder, counts out. Nothing is judged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import policy
from pipeline.app.job_events import log_files
from pipeline.app.jobs import InvalidJob, Job, JobResult, NoInputFiles, resolve_context, summarize_result
from pipeline.engine import SINGLE_BUCKET, SpillStore, find_newest_dates, load_findings, read_bucket
from pipeline.ingest import MissingInput, PlannedFile, check_inputs, discover_sources
from pipeline.ledger import History, InvalidLedger, LedgerSnapshot, UnknownLayout
from pipeline.model import account, action_items, findings
from pipeline.model.bucket_result import BucketClaims, BucketResult, LedgerChanges
from pipeline.model.profiles import PastRun
from pipeline.model.run_context import RunContext
from pipeline.model.tally import LINE_OUTCOMES
from pipeline.passes import line_counts, run_facts, split_pass
from pipeline.publish import (
    AUDIT_JSON_PATH,
    OutputRefused,
    build_audit_result,
    check_feeds_known,
    check_output,
    publish_audit,
)
from pipeline.quality import compare_run, profile_audit
from pipeline.reconcile import check_reports, rank_reports, resolve_promotion_lines
from pipeline.rules import cancellations
from pipeline.utils.events import current_run, timed_stage
from pipeline.utils.private_files import private_files
from pipeline.utils.progress import Progress, no_progress
from pipeline.utils.scratch_folder import scratch_folder
from schemas.kind import FileKind
from schemas.kinds import KINDS


@dataclass(frozen=True)
class AuditJob(Job):
    """What a caller asks for; ``against`` are folders of earlier audits, and ledgers."""

    against: tuple[str, ...] = ()


_LEDGER_ERRORS = (InvalidLedger, UnknownLayout)
_AUDITED_CODES = ("FIL", "FMT", "ORD", "POL", cancellations.reason_without_item.code)  # codes, or how they begin
_NOT_ASKED = ("paths", "ledger", "resources", "verify", "state")  # of an audit
AUDIT_OPTIONS = tuple(field.name for field in fields(AuditJob) if field.name not in _NOT_ASKED)


def execute_audit(job: AuditJob, progress: Progress = no_progress) -> JobResult:
    """The audit done and its outputs placed; Misused or NothingToRead where it cannot be begun."""
    try:
        context, earlier_runs = resolve_context(job), load_earlier_runs(job.against)
        with private_files(public=job.public), scratch_folder() as scratch:
            check_output(job.out)
            check_feeds_known(job.out)
            input_sources = discover_sources(job.paths, scratch)
            if not input_sources:
                raise NoInputFiles("no input files found")
            with timed_stage("plan") as stage:
                planned_files = split_pass.plan_files(input_sources, context)
                stage.rows = sum(plan.lines for plan, _ in planned_files)
            with timed_stage("read") as stage:
                audit_result = compare_run(audit_files(planned_files, context, progress), earlier_runs)
                stage.rows = sum(tally.lines - tally.header - tally.blank for tally in audit_result.tallies)
            log_files(audit_result.plans, audit_result.tallies)
            check_inputs(audit_result.plans)
            with timed_stage("publish") as stage:
                published = publish_audit(audit_result, job.out, dry_run=job.dry_run)
                stage.rows = sum(written.rows for written in published.outputs)
            current_run.set(published.run_id)
    except (OutputRefused, account.AccountError, policy.PolicyError, MissingInput, *_LEDGER_ERRORS) as error:
        raise InvalidJob(str(error)) from error
    return summarize_result(build_audit_result(audit_result), published)


def audit_files(
    planned_files: Sequence[PlannedFile], context: RunContext, progress: Progress = no_progress
) -> BucketResult:
    """Every column of every file, each row by itself and the reports beside each other; no order is judged."""
    spool = SpillStore()
    task = split_pass.SplitTask(context, SINGLE_BUCKET, spool, all_columns=True)
    pass_one = split_pass.run_pass_one(planned_files, task, progress=progress)
    plans, newest_dates = pass_one.plans, find_newest_dates(pass_one.plans, pass_one.stored_splits)
    bucket_rows, shared_rows = (
        read_bucket(bucket_number, plans, pass_one.stored_splits, newest_dates) for bucket_number in (0, None)
    )
    rows = run_facts.complete_kinds(bucket_rows | shared_rows)
    rows["orders"], promotion_findings = resolve_promotion_lines(rows["orders"])
    believed_rows = run_facts.select_believed({kind.name: drop_audit_columns(rows[kind.name], kind) for kind in KINDS})
    input_names = [plan.source.name for plan in plans]
    cross_findings = check_reports(rank_reports(believed_rows), rows["unshipped"], input_names, context)
    outcome_parts = [part.assign(accepted=part["valid"], skipped=part["out_of_scope"]) for part in rows.values()]
    no_rows = pd.DataFrame()
    return BucketResult(
        context=context,
        plans=tuple(plans),
        tallies=tuple(
            line_counts.tally_files(
                plans, pass_one.stored_splits, line_counts.count_outcomes(outcome_parts, len(plans))
            )
        ),
        findings=findings.sort_findings(
            findings.concat_findings(
                [
                    pass_one.file_findings,
                    *load_findings(pass_one.stored_splits, plans, spool),
                    *cross_findings,
                    promotion_findings,
                ]
            )
        ),
        confirmations=no_rows,
        cancellations=no_rows,
        items=no_rows,
        changes=LedgerChanges(no_rows, no_rows, [], no_rows, no_rows, last_run=None),
        action_items=action_items.empty_action_items(),
        metrics=(),
        claims=BucketClaims(no_rows, no_rows, no_rows, no_rows, no_rows, file_names=[], exposure=no_rows),
        kind_profiles=profile_audit(plans, rows),
    )


def drop_audit_columns(rows: pd.DataFrame, kind: FileKind) -> pd.DataFrame:
    """The rows with the columns that a night reads: by these are the reports held beside each other."""
    audit_columns = {
        name for column in kind.columns if column.audit_only for name in (column.text_name, column.value_name)
    }
    return rows[[name for name in rows.columns if name not in audit_columns]]


def load_earlier_runs(folders: Sequence[str]) -> list[PastRun]:
    """The audits and runs of the folders, oldest first. Misused where a folder is neither."""
    return sorted(
        (earlier_run for folder in folders for earlier_run in _load_folder(folder)),
        key=lambda earlier_run: earlier_run.as_of,
    )


def _load_folder(folder: str) -> list[PastRun]:
    audit_file = Path(folder) / AUDIT_JSON_PATH
    if audit_file.is_file():
        return [_load_audit(audit_file)]
    if (Path(folder) / "runs").is_dir():
        return [_keep_audited_findings(ledger_run) for ledger_run in History(LedgerSnapshot(folder)).read_nights()]
    raise InvalidJob(f"--against {folder}: neither the output of an audit nor a ledger")


def _keep_audited_findings(ledger_run: PastRun) -> PastRun:
    """The run with the findings alone that an audit could have made too: it judges no order."""
    counts_by_code = ledger_run.summary.get("findings", {})
    audited_counts = {code: count for code, count in counts_by_code.items() if code.startswith(_AUDITED_CODES)}
    return (
        ledger_run._replace(summary={**ledger_run.summary, "findings": audited_counts})
        if counts_by_code
        else ledger_run
    )


def _load_audit(path: Path) -> PastRun:
    try:
        document = json.loads(path.read_bytes())
        earlier_run = PastRun(str(document["as_of"]), {}, document["summary"])
        _check_summary(earlier_run.summary)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise InvalidJob(f"--against {path}: not a readable audit ({type(error).__name__})") from error
    return earlier_run


def _check_summary(summary: dict[str, Any]) -> None:
    """The summary has what is compared; LookupError, TypeError or ValueError where it does not."""
    counts = [summary["lines"][outcome] for outcome in LINE_OUTCOMES] + list(summary["findings"].values())
    for kind in summary["kinds"].values():
        counts.append(kind["rows"])
        for column in kind["columns"].values():
            counts += [column["rows"], column.get("filled", 0), *column.get("values", {}).values()]
    if not all(isinstance(count, int) for count in counts):
        raise ValueError("a count is not a number")
