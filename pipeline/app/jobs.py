"""A job as it is asked for, what became of it, and the faults of whoever asked."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from pipeline import policy as pipeline_policy
from pipeline.app.resources import Resources, start_workers, weigh_sources
from pipeline.ingest import canonical_encoding, discover_sources, find_account_files, is_usable_encoding
from pipeline.model import account as model_account
from pipeline.model.file_plan import InputFile
from pipeline.model.run_context import RunContext
from pipeline.model.run_counts import CodeCount
from pipeline.model.run_result import RunResult
from pipeline.model.submissions import Submissions
from pipeline.model.tally import LINE_OUTCOMES, Tally
from pipeline.publish import PAGE_PATH, PublishedOutput, WrittenFile, count_by_severity, list_elsewhere
from pipeline.utils import garbage


class InvalidJob(ValueError):
    """A fault of whoever started the job: one line saying what is wrong and what next."""


class NoInputFiles(ValueError):
    """No input is there to be read: one line."""


@dataclass(frozen=True)
class Job:
    """What a caller asks for; ``paths`` are files and folders, ``ledger`` is None for a run that remembers nothing.

    ``verify`` asks the program to check its own rows, ``public`` lets others read what it writes. ``evidence`` names a
    claim or an order whose facts are to be printed, ``state`` is the folder in which submissions of feeds are noted.
    """

    paths: tuple[str, ...]
    out: str
    as_of: dt.datetime
    ledger: str | None = None
    policy: str | None = None
    account: str | None = None
    encoding: str | None = None
    dry_run: bool = False
    evidence: str | None = None
    verify: bool = False
    public: bool = False
    state: str | None = None
    resources: Resources = Resources()  # noqa: RUF009  nothing in it can change


JOB_OPTIONS = tuple(field.name for field in fields(Job) if field.name not in ("paths", "ledger", "resources"))


@dataclass(frozen=True)
class JobResult:
    """What became of a job: the summary, the lines by outcome, the findings by severity, and whether any file was used.

    ``files`` have their name, what they are and their lines, ``codes`` how often each was found; ``refused`` counts
    the files that were refused whole, with those of which no line could be counted. ``outputs`` are the files that
    were written, and ``page`` is the path of the one to open; both are empty after a dry run. ``waiting`` counts the
    parts to upload of earlier runs that are not among them.
    """

    summary: str
    accepted: int
    rejected: int
    skipped: int
    unreadable: int
    errors: int
    warnings: int
    usable: bool
    files: tuple[tuple[str, str, Tally], ...] = ()
    codes: tuple[CodeCount, ...] = ()
    statement: str = ""
    refused: int = 0
    outputs: tuple[WrittenFile, ...] = ()
    page: str = ""
    run_id: str = ""
    waiting: int = 0

    @property
    def has_losses(self) -> bool:
        """Whether any line was not taken, or any file."""
        return bool(self.rejected or self.unreadable or self.refused)


def resolve_context(job: Job) -> RunContext:
    """What the job is judged by; Misused, AccountError or PolicyError where that is not known."""
    account_files = [job.account] if job.account else find_account_files(job.paths)
    if len(account_files) > 1:
        raise InvalidJob(
            f"{account_files[0]} and {account_files[1]} both describe an account; name one with --account, or give the "
            f"folder that holds both for a run of each"
        )
    account_settings = model_account.load_account(account_files[0]) if account_files else model_account.Account()
    if job.encoding and not is_usable_encoding(job.encoding):
        raise InvalidJob(f"--encoding {job.encoding}: not an encoding that extends ASCII; try utf-8, cp1252 or cp932")
    profile = job.policy or account_settings.policy or "amazon"
    return RunContext(
        job.as_of,
        account_settings,
        pipeline_policy.load_policy(profile),
        canonical_encoding(job.encoding) if job.encoding else "",
        job.verify,
        job.evidence or "",
    )


def read_state(state: str | None, as_of: dt.datetime) -> Submissions | None:
    """What is known of submitted feeds at as-of, None without a state; InvalidJob where it cannot be read."""
    if state is None:
        return None
    from pipeline.amazon.submissions import read_submissions

    try:
        return read_submissions(Path(state), as_of)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise InvalidJob(f"--state {state}: cannot be read ({error})") from error


@contextlib.contextmanager
def open_inputs(job: Job, scratch: str) -> Iterator[tuple[list[InputFile], Resources]]:
    """The input files, and what the job may use for them; NoInputFiles where there are none."""
    garbage.collect_rarely()
    input_sources = discover_sources(job.paths, scratch)
    if not input_sources:
        raise NoInputFiles("no input files found")
    with start_workers(job.resources, weigh_sources(input_sources)) as resources:
        yield input_sources, resources


def summarize_result(run_result: RunResult, published: PublishedOutput) -> JobResult:
    """The counts of a job that is done, and what it has written."""
    counts = {outcome: sum(getattr(tally, outcome) for tally in run_result.tallies) for outcome in LINE_OUTCOMES}
    severity_counts = count_by_severity(code_counts := run_result.finding_counts.by_code)
    return JobResult(
        published.summary,
        errors=severity_counts["error"],
        warnings=severity_counts["warning"],
        usable=any(not plan.refusal_code for plan in run_result.plans),
        refused=sum(bool(plan.refusal_code) for plan in run_result.plans),
        files=tuple(
            (
                plan.source.name,
                f"refused: {plan.refusal_code}" if plan.refusal_code or not plan.kind else plan.kind.name,
                tally,
            )
            for plan, tally in zip(run_result.plans, run_result.tallies, strict=True)
        ),
        codes=tuple(code_counts),
        outputs=published.outputs if published.path else (),
        page=str(published.path / PAGE_PATH) if published.path else "",
        run_id=published.run_id,
        waiting=len(list_elsewhere(run_result, {written.path for written in published.outputs})),
        **counts,
    )
