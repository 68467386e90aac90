"""A run over several accounts for the command line: what is printed, and the exit status."""

from __future__ import annotations

import functools
import sys
import time
import types
from typing import Any, NoReturn

from pipeline.app.accounts import AccountsResult, execute_accounts
from pipeline.app.console import WRONG_USAGE, exit_after_failure, exit_with, print_text
from pipeline.app.jobs import InvalidJob
from pipeline.app.run_command import build_run_job, compute_exit_status, log_end, log_start
from pipeline.publish import JOINT_WORKLIST_PATH, AccountOutcome
from pipeline.utils import interrupts
from pipeline.utils.plural import format_count

_SHOWN_WORKLIST_LINES = 10


def run_accounts(paths: tuple[str, ...], options: dict[str, Any]) -> NoReturn:
    """Run every account of the folder and end with the exit status of all; what stops all of it becomes one line."""
    started = time.perf_counter()
    try:
        job = build_run_job(paths, options)
        log_start(job)
        result = execute_accounts(job, options["time_zone"], functools.partial(compute_exit_status, options=options))
    except InvalidJob as error:
        exit_with(WRONG_USAGE, str(error))
    except (Exception, KeyboardInterrupt) as failure:  # noqa: BLE001  whatever it was, it ends with one line
        exit_after_failure(failure, "could not finish the page over all accounts", verbose=options["verbose"])
    if not options["quiet"]:
        print_text(format_accounts(result))
        if result.page:
            print_text(f"Page: {result.page}")
    log_end(sum_results(result), result.exit_status, time.perf_counter() - started)
    interrupts.finish()
    sys.exit(result.exit_status)


def format_accounts(result: AccountsResult) -> str:
    """The accounts, those that were stopped first, and the most urgent lines of all."""
    stopped = [f"{outcome.name}: {outcome.message}" for outcome in result.outcomes if outcome.message]
    finished = [_describe_account(outcome) for outcome in result.outcomes if not outcome.message]
    lines = [_describe_line(line) for line in result.worklist.slice(0, _SHOWN_WORKLIST_LINES).to_pylist()]
    if len(result.worklist) > _SHOWN_WORKLIST_LINES:
        lines.append(f"… and {len(result.worklist) - _SHOWN_WORKLIST_LINES:,} more: {JOINT_WORKLIST_PATH}")
    is_trial = not result.page and any(outcome.is_finished for outcome in result.outcomes)
    dry_run = ["Dry run: nothing was written."] if is_trial else []
    sections = [("Stopped", stopped), ("Accounts", finished or ["none finished"]), ("What to do first", lines)]
    shown = [[title, *entries] for title, entries in sections if entries]
    return "\n\n".join([*dry_run, *("\n  ".join(section) for section in shown)]) + "\n"


def _describe_account(outcome: AccountOutcome) -> str:
    counts = f"{outcome.accepted:,} accepted, {outcome.lines_to_correct:,} to correct"
    if outcome.feeds:
        counts += f", {format_count(outcome.feeds, 'file')} to upload in {outcome.name}/feeds"
    if outcome.waiting:
        counts += f", {format_count(outcome.waiting, 'part')} of earlier runs not known to be uploaded"
    return f"{outcome.name}  {outcome.marketplace}  {counts}"


def _describe_line(line: dict[str, Any]) -> str:
    when = line["due_local"] or "no time known"
    subject = " ".join(filter(None, (line["order_id"], line["sku"])))
    return f"{when}  {line['account']}  {line['action']} {subject}: {line['reason']}"


def sum_results(result: AccountsResult) -> types.SimpleNamespace:
    """The counts of all accounts together, and the page over them."""
    names = ("accepted", "rejected", "skipped", "unreadable", "errors", "warnings")
    totals = {name: sum(getattr(own, name) for own in result.results.values()) for name in names}
    return types.SimpleNamespace(page=result.page, **totals)
