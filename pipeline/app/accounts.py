"""One run for each account of a folder, and one page and worklist over all of them."""

from __future__ import annotations

import os
import zoneinfo
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from pipeline.app import run_job
from pipeline.app.console import COULD_NOT_FINISH, NO_INPUT, SOME_REJECTED, WRONG_USAGE, summarize_failure
from pipeline.app.jobs import InvalidJob, Job, JobResult, NoInputFiles
from pipeline.ingest import ACCOUNT_FILE
from pipeline.model.account import load_account
from pipeline.model.feed_parts import FEED_FOLDER
from pipeline.model.tally import LINE_OUTCOMES
from pipeline.publish import (
    AccountOutcome,
    OutputRefused,
    check_accounts_output,
    holds_output,
    join_worklists,
    read_report,
    write_accounts_output,
)
from pipeline.utils import addresses, interrupts
from pipeline.utils.events import current_run, log, log_event
from pipeline.utils.private_files import private_files

ExitStatus = Callable[[JobResult], int]


@dataclass(frozen=True)
class AccountsResult:
    """What became of all accounts, those that were stopped first; ``results`` are the others' own, by name."""

    outcomes: tuple[AccountOutcome, ...]
    results: Mapping[str, JobResult]
    worklist: pa.Table
    page: str

    @property
    def exit_status(self) -> int:
        """0 where all is well, 1 where an account was stopped or lost lines; where none finished, their own status."""
        statuses = {outcome.status for outcome in self.outcomes}
        if not any(outcome.is_finished for outcome in self.outcomes):
            return max(statuses)
        return SOME_REJECTED if any(statuses) else 0


def holds_accounts(paths: Sequence[str]) -> bool:
    """Whether the one path is a folder without an account file, whose sub-folders have some."""
    folder = paths[0] if len(paths) == 1 else ""
    if addresses.is_address(folder) or not os.path.isdir(folder) or os.path.exists(Path(folder) / ACCOUNT_FILE):  # noqa: PTH110, PTH112  no error for a name too long
        return False
    return any(os.path.lexists(path / ACCOUNT_FILE) for path in _list_folders(Path(folder)))


def execute_accounts(job: Job, time_zone: str | None, exit_status: ExitStatus) -> AccountsResult:
    """Each account's run done, one after the other, and the page over them placed.

    ``job`` has the folder of all accounts, and the folders below which the outputs and ledgers are. What stops an
    account stops no other. Raises InvalidJob where the whole of it cannot be begun.
    """
    folders = _list_accounts(job)
    _check_separate(job, folders)
    if time_zone is not None and time_zone not in zoneinfo.available_timezones():
        raise InvalidJob(f"--time-zone {time_zone}: not a time zone; write for example Europe/Berlin")
    try:
        check_accounts_output(job.out)
    except OutputRefused as error:
        raise InvalidJob(str(error)) from error
    outcomes: list[AccountOutcome] = []
    results: dict[str, JobResult] = {}
    for folder in folders:
        interrupts.resume([*results] if not job.dry_run else [])
        outcome, result = _run_account(_job_of(job, folder), folder, exit_status)
        outcomes.append(outcome)
        if result:
            results[outcome.name] = result
    interrupts.resume([*results] if not job.dry_run else [])
    ordered = tuple(sorted(outcomes, key=lambda outcome: (outcome.is_finished, outcome.name)))
    return _join_outputs(job, ordered, results, time_zone)


def _join_outputs(
    job: Job, outcomes: tuple[AccountOutcome, ...], results: Mapping[str, JobResult], time_zone: str | None
) -> AccountsResult:
    written = [outcome.name for outcome in outcomes if outcome.is_finished and not job.dry_run]
    if not job.dry_run and not written:  # what an earlier run placed stays as it is
        return AccountsResult(outcomes, results, join_worklists({}, time_zone), "")
    worklist = join_worklists(
        {name: read_report(Path(job.out) / name, "reports/worklist") for name in written}, time_zone
    )
    if job.dry_run:
        return AccountsResult(outcomes, results, worklist, "")
    with private_files(public=job.public):
        page = write_accounts_output(Path(job.out), outcomes, worklist, job.as_of, time_zone)
    interrupts.finish()
    return AccountsResult(outcomes, results, worklist, str(page))


def _run_account(job: Job, folder: Path, exit_status: ExitStatus) -> tuple[AccountOutcome, JobResult | None]:
    """What became of one account; an error is a line of the log that names it."""
    current_run.set(None)
    try:
        _check_account_file(folder)
        result = run_job.execute_job(job)
    except (InvalidJob, NoInputFiles) as error:
        status = NO_INPUT if isinstance(error, NoInputFiles) else WRONG_USAGE
        return _stop_account(folder.name, status, str(error)), None
    except Exception as failure:  # noqa: BLE001  what stops an account stops no other
        interrupts.check_interrupt()
        message = f"could not finish, nothing was published: {summarize_failure(failure)}"
        return _stop_account(folder.name, COULD_NOT_FINISH, message), None
    status = exit_status(result)
    log_event("account", f"{folder.name}: ended with status {status}", account=folder.name, status=status)
    outcome = AccountOutcome(
        name=folder.name,
        status=status,
        message="no file can be used; its findings say why" if status == NO_INPUT else "",
        marketplace=load_account(folder / ACCOUNT_FILE).marketplace,
        run_id=result.run_id,
        feeds=sum(written.path.startswith(f"{FEED_FOLDER}/") for written in result.outputs),
        waiting=result.waiting,
        **{name: getattr(result, name) for name in LINE_OUTCOMES},
    )
    return outcome, result


def _check_account_file(folder: Path) -> None:
    try:
        (folder / ACCOUNT_FILE).lstat()
    except FileNotFoundError as error:
        raise InvalidJob(f"{folder}: has no {ACCOUNT_FILE}; add one, or move the folder away") from error
    except OSError as error:
        raise InvalidJob(f"{folder}: cannot be read ({error.strerror}); let its owner open it") from error


def _stop_account(name: str, status: int, message: str) -> AccountOutcome:
    line = f"{name}: {' '.join(message.split())}"
    log.error(line, extra={"event": "account", "facts": {"account": name, "status": status}})
    return AccountOutcome(name=name, status=status, message=" ".join(message.split()))


def _job_of(job: Job, folder: Path) -> Job:
    """The job of one account: its own folder, with its output and ledger below those given."""
    ledger = f"{job.ledger.rstrip('/')}/{folder.name}" if job.ledger else job.ledger
    return replace(job, paths=(str(folder),), out=str(Path(job.out) / folder.name), ledger=ledger)


def _list_accounts(job: Job) -> list[Path]:
    """The folders of the accounts, sorted by name. Raises InvalidJob where the folder holds files beside them."""
    folder = Path(job.paths[0])
    if job.account:
        raise InvalidJob(f"--account {job.account}: each folder below {folder} has its own; leave it out")
    if loose := sorted(path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")):
        raise InvalidJob(f"{folder / loose[0]}: lies beside the folders of accounts; move it into one of them")
    own = {os.path.realpath(path) for path in (job.out, job.ledger) if path}
    return sorted(path for path in _list_folders(folder) if os.path.realpath(path) not in own)


def _list_folders(folder: Path) -> Iterator[Path]:
    """The folders in it but hidden ones, outputs and ledgers."""
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return
    for path in paths:
        is_hidden = path.name.startswith(".")
        if not is_hidden and os.path.isdir(path) and not holds_output(path) and not _is_ledger(path):  # noqa: PTH112
            yield path


def _is_ledger(path: Path) -> bool:
    return os.path.isdir(path / "runs" / "_delta_log")  # noqa: PTH112  no error for a folder that is closed


def _check_separate(job: Job, folders: Sequence[Path]) -> None:
    """Each account has a folder and a ledger of its own. Raises InvalidJob."""
    if job.ledger and "://" not in job.ledger and _is_ledger(Path(job.ledger)):
        raise InvalidJob(f"{job.ledger}: is the ledger of one account; name a folder for the ledgers with --ledger")
    for what, parent in (("folder", Path(job.paths[0])), ("ledger", Path(job.ledger or "."))):
        if what == "ledger" and (job.ledger is None or "://" in job.ledger):
            continue
        seen: dict[str, str] = {}
        for name in (folder.name for folder in folders):
            place = os.path.realpath(parent / name)
            if place in seen:
                raise InvalidJob(f"{seen[place]} and {name} have one {what}, {place}; give each account its own")
            seen[place] = name
