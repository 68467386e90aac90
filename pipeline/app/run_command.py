"""Runs a job for the command line and turns its result into an exit status."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

from pipeline.app.console import (
    COULD_NOT_FINISH,
    NO_INPUT,
    OK,
    SOME_REJECTED,
    WRONG_USAGE,
    configure_logging,
    exit_with,
    log,
    print_text,
    show_progress,
    summarize_exception,
)


def run_nightly_command(paths: tuple[str, ...], options: dict[str, Any]) -> None:
    """The nightly work, with a ledger or without one."""
    configure_logging(options)
    from pipeline.app import jobs, resources, run_job

    ledger = None if options["no_ledger"] else options["ledger"]
    limits = resources.Resources(*(options[name] for name in resources.Resources._fields))

    def build_job(job_values: dict[str, Any]) -> jobs.Job:
        return jobs.Job(paths, ledger=ledger, resources=limits, **{name: job_values[name] for name in jobs.JOB_OPTIONS})

    run_command(run_job.execute_job, build_job, options)


def run_command(
    execute_job: Callable[..., Any],
    build_job: Callable[[dict[str, Any]], Any],
    options: dict[str, Any],
    print_result: Callable[[Any], None] = lambda result: print_text(result.statement or result.summary),
) -> NoReturn:
    """Do the job and end with its exit status; what stops it becomes one line."""
    from pipeline.app.jobs import InvalidJob, NoInputFiles
    from pipeline.ledger import LedgerDamaged

    options.setdefault("evidence", None)
    try:
        with show_progress(silent=options["quiet"] or options["log_format"] == "json") as report_progress:
            result = execute_job(build_job(options), report_progress)
    except InvalidJob as error:
        exit_with(WRONG_USAGE, str(error))
    except NoInputFiles as no_inputs:
        exit_with(NO_INPUT, str(no_inputs))
    except LedgerDamaged as damage:
        exit_with(COULD_NOT_FINISH, f"could not finish, nothing was published: {damage}")
    except (Exception, KeyboardInterrupt) as failure:  # noqa: BLE001  whatever it was, it ends with one line
        if options["verbose"]:
            traceback.print_exc()
        exit_with(
            COULD_NOT_FINISH,
            f"could not finish, nothing was published: {summarize_exception(failure)} (-v shows where)",
        )
    if not options["quiet"]:
        print_result(result)
    sys.exit(_exit_status(result, options))


def _exit_status(result: Any, options: dict[str, Any]) -> int:
    if not result.usable:
        return NO_INPUT
    total = result.accepted + result.rejected + result.unreadable + result.skipped
    rejected_share = (result.rejected + result.unreadable) / total if total else 0
    too_many = options["max_rejected"] is not None and rejected_share >= options["max_rejected"] and rejected_share > 0
    finding_count = {"error": result.errors, "warning": result.errors + result.warnings}.get(options["fail_on"], 0)
    if too_many:
        log.warning("%.1f %% of the lines were rejected, at or above --max-rejected", rejected_share * 100)
    return SOME_REJECTED if result.has_losses or finding_count or too_many else OK
