"""Runs a job for the command line and turns its result into an exit status."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import click

from pipeline.app.console import (
    NO_INPUT,
    OK,
    SOME_REJECTED,
    WRONG_USAGE,
    exit_after_failure,
    exit_with,
    print_text,
    show_progress,
)
from pipeline.app.early_start import prepare_process
from pipeline.app.log_output import configure_logging
from pipeline.model.ledger_commands import DEFAULT_LEDGER, name_ledger
from pipeline.utils.events import log, log_event
from pipeline.utils.instants import format_instant

if TYPE_CHECKING:
    from pipeline.app.audit_job import AuditJob
    from pipeline.app.jobs import Job


def run_nightly_command(paths: tuple[str, ...], options: dict[str, Any]) -> None:
    """The nightly work, with a ledger or without one."""
    configure_logging(options)
    with prepare_process(paths, options):
        from pipeline.app import accounts, accounts_command, run_job

        if "time_zone" in options:
            if accounts.holds_accounts(paths):
                accounts_command.run_accounts(paths, options)
            if options["time_zone"] is not None:
                exit_with(
                    WRONG_USAGE, "--time-zone is for a run over several accounts; give the folder that holds theirs"
                )
        run_command(run_job.execute_job, functools.partial(build_run_job, paths), options)


def build_run_job(paths: tuple[str, ...], options: Mapping[str, Any]) -> Job:
    """The job of a run of the paths with these options, by their names."""
    from pipeline.app import jobs, resources

    ledger = None if options["no_ledger"] else options["ledger"]
    limits = resources.Resources(*(options[name] for name in resources.RESOURCE_OPTIONS))
    values: dict[str, Any] = {name: options.get(name) for name in jobs.JOB_OPTIONS}
    return jobs.Job(paths, ledger=ledger, resources=limits, **values)


def build_audit_job(paths: tuple[str, ...], options: Mapping[str, Any]) -> AuditJob:
    """The job of an audit of the paths with these options, by their names."""
    from pipeline.app import audit_job, resources

    limits = resources.Resources(**{name: options[name] for name in ("memory", "jobs", "scratch")})
    values: dict[str, Any] = {name: options.get(name) for name in audit_job.AUDIT_OPTIONS}
    return audit_job.AuditJob(paths, resources=limits, **values)


def run_command(
    execute_job: Callable[..., Any],
    build_job: Callable[[dict[str, Any]], Any],
    options: dict[str, Any],
    print_result: Callable[[Any], None] | None = None,
) -> NoReturn:
    """Do the job and end with its exit status; what stops it becomes one line."""
    from pipeline.app.jobs import InvalidJob, NoInputFiles

    started = time.perf_counter()
    try:
        job = build_job(options)
        log_start(job)
        with show_progress(silent=options["quiet"] or options["log_format"] == "json") as report_progress:
            result = execute_job(job, report_progress)
    except InvalidJob as error:
        exit_with(WRONG_USAGE, str(error))
    except NoInputFiles as no_inputs:
        exit_with(NO_INPUT, str(no_inputs))
    except (Exception, KeyboardInterrupt) as failure:  # noqa: BLE001  whatever it was, it ends with one line
        exit_after_failure(failure, "could not finish, nothing was published", verbose=options["verbose"])
    status = compute_exit_status(result, options)
    if not options["quiet"]:
        (print_result or functools.partial(_print_summary, ledger=options.get("ledger")))(result)
        if result.page:
            print_text(f"Page: {result.page}")
    log_end(result, status, time.perf_counter() - started)
    sys.exit(status)


def _print_summary(result: Any, ledger: str | None) -> None:
    """Standard output gets the facts asked for, or the summary; its commands name the ledger."""
    print_text(result.statement or name_ledger(result.summary, ledger or DEFAULT_LEDGER))


def log_start(job: Any) -> None:
    """The first event: what the command is given."""
    command = click.get_current_context().info_name
    as_of = format_instant(job.as_of)
    message = f"{command} of {len(job.paths):,} path{'s' * (len(job.paths) != 1)} as of {as_of}"
    log_event("start", message, command=command, paths=len(job.paths), as_of=as_of, dry_run=job.dry_run)


def log_end(result: Any, status: int, seconds: float) -> None:
    """The last event: how it ended, and its counts."""
    counts = {name: getattr(result, name) for name in ("accepted", "rejected", "skipped", "unreadable")}
    seconds = round(seconds, 3)
    log_event(
        "end",
        f"ended with status {status} after {seconds:.3f} s",
        **{"status": status, "seconds": seconds, **counts, "errors": result.errors, "warnings": result.warnings},
        page=result.page,
    )


def compute_exit_status(result: Any, options: dict[str, Any]) -> int:
    """The exit status of a finished job: by its losses, ``fail_on`` and ``max_rejected``."""
    if not result.usable:
        return NO_INPUT
    total = result.accepted + result.rejected + result.unreadable + result.skipped
    rejected_share = (result.rejected + result.unreadable) / total if total else 0
    too_many = options["max_rejected"] is not None and rejected_share >= options["max_rejected"] and rejected_share > 0
    finding_count = {"error": result.errors, "warning": result.errors + result.warnings}.get(options["fail_on"], 0)
    if too_many:
        log.warning("%.1f %% of the lines were rejected, at or above --max-rejected", rejected_share * 100)
    return SOME_REJECTED if result.has_losses or finding_count or too_many else OK
