"""A whole job as a caller sees it: paths and options in, feeds and reports placed, counts out."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass, fields

from pipeline import account, flow, policy
from pipeline.batch import Context, Settled
from pipeline.ingest import sniff, sources
from pipeline.publish import OutputRefused, check_out, publish


class Misused(ValueError):
    """A fault of whoever started the job: one line saying what is wrong and what next."""


class NothingToRead(ValueError):
    """No input is there to be read: one line."""


@dataclass(frozen=True)
class Job:
    """What a caller asks for; ``paths`` are files and folders, everything else as on the command line."""

    paths: tuple[str, ...]
    out: str
    as_of: dt.datetime
    policy: str | None = None
    account: str | None = None
    encoding: str | None = None
    dry_run: bool = False


OPTIONS = tuple(field.name for field in fields(Job) if field.name != "paths")


@dataclass(frozen=True)
class Result:
    """What became of a job: the summary, the lines by fate, the findings by severity, and whether any file was used."""

    summary: str
    accepted: int
    rejected: int
    skipped: int
    unreadable: int
    errors: int
    warnings: int
    usable: bool


def work(job: Job, progress: flow.Progress = flow.untold) -> Result:
    """The job done and its outputs placed; Misused or NothingToRead where it cannot be begun."""
    try:
        check_out(job.out)
        context = _context(job)
        with tempfile.TemporaryDirectory(prefix="feedwarden-") as scratch:
            found = sources.discover(job.paths, scratch)
            if not found:
                message = "no files to read in what was given"
                raise NothingToRead(message)
            settled = flow.settle(found, context, progress=progress)
            published = publish(settled, job.out, dry_run=job.dry_run)
    except (OutputRefused, account.AccountError, policy.PolicyError, sources.MissingInput) as wrong:
        raise Misused(str(wrong)) from wrong
    return _result(settled, published.summary)


def _context(job: Job) -> Context:
    given = [job.account] if job.account else sources.accounts(job.paths)
    if len(given) > 1:
        message = f"{given[0]} and {given[1]} both describe an account; name one with --account"
        raise Misused(message)
    seller = account.load(given[0]) if given else account.Account()
    if job.encoding and not sniff.usable_encoding(job.encoding):
        message = f"--encoding {job.encoding}: not an encoding that extends ASCII; try utf-8, cp1252 or cp932"
        raise Misused(message)
    profile = job.policy or seller.policy or "amazon"
    return Context(job.as_of, seller, policy.load(profile), sniff.plain_name(job.encoding) if job.encoding else "")


def _result(settled: Settled, summary: str) -> Result:
    fates = ("accepted", "rejected", "skipped", "unreadable")
    counts = {fate: sum(getattr(tally, fate) for tally in settled.tallies) for fate in fates}
    severities = settled.findings["severity"].value_counts()
    return Result(
        summary,
        errors=int(severities.get("error", 0)),
        warnings=int(severities.get("warning", 0)),
        usable=any(not plan.refused for plan in settled.plans),
        **counts,
    )
