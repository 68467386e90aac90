"""A whole job as a caller sees it: paths and options in, feeds and reports placed, the ledger moved on, counts out."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import itertools
import json
import logging
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, NamedTuple

from pipeline import __version__, account, admitting, flow, policy
from pipeline.admitting import Progress, untold
from pipeline.audit import compare
from pipeline.batch import Context, FilePlan, Tally
from pipeline.engine import local, sizing
from pipeline.engine.on_dask import NoCluster
from pipeline.ingest import sniff, sources
from pipeline.ledger import commit, lock, store
from pipeline.ledger import rows as ledger_rows
from pipeline.ledger.memory import Memory
from pipeline.ledger.tables import CONFIRMATIONS
from pipeline.means import Means, NoScratch, scratch_of, setting
from pipeline.publish import OutputRefused, check_out, feeds, finish, metrics, publish
from pipeline.publish.counts import by_severity
from pipeline.ready import Count, Ready

WRONG = (lock.NoLedger, NoCluster, NoScratch)
log = logging.getLogger("feedwarden")


class Misused(ValueError):
    """A fault of whoever started the job: one line saying what is wrong and what next."""


class NothingToRead(ValueError):
    """No input is there to be read: one line."""


@dataclass(frozen=True)
class Job:
    """What a caller asks for; ``paths`` are files and folders, ``ledger`` is None for a run that remembers nothing.

    ``evidence`` names a claim whose facts are to be told.
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
    means: Means = Means()  # noqa: RUF009  nothing in it can change


OPTIONS = tuple(field.name for field in fields(Job) if field.name not in ("paths", "ledger", "means"))


@dataclass(frozen=True)
class Result:
    """What became of a job: the summary, the lines by fate, the findings by severity, and whether any file was used.

    ``files`` have their name, what they are and their lines, ``codes`` how often each was found; ``refused`` counts
    the files that were refused whole, with those of which no line could be counted.
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
    codes: tuple[Count, ...] = ()
    statement: str = ""
    refused: int = 0

    @property
    def lost(self) -> bool:
        """Whether any line was not taken, or any file."""
        return bool(self.rejected or self.unreadable or self.refused)


def work(job: Job, progress: Progress = untold) -> Result:
    """The job done and its outputs placed; Misused or NothingToRead where it cannot be begun."""
    try:
        context = context_of(job)
        with (
            local.cores(job.means.jobs),
            _ledger(job) as ledger,
            tempfile.TemporaryDirectory(prefix="feedwarden-", dir=scratch_of(job.means)) as scratch,
        ):
            check_out(job.out)
            found = sources.discover(job.paths, scratch)
            if not found:
                raise NothingToRead("no files to read in what was given")
            planned = admitting.planned(found, context, sizing.split(job.means.memory))
            inputs = _hash([plan for plan, _ in planned], context)
            again = ledger.run_of(inputs) if ledger else None
            known = store.Ledger(ledger.url, again - 1) if ledger and again else ledger
            new = ledger is not None and again is None and not job.dry_run
            with setting(job.means, [plan for plan, _ in planned], Memory(known).sample(context), scratch) as where:
                given = where if new else where._replace(attempt="")
                done = flow.run(planned, context, known, given, job.evidence, progress)
            if job.evidence and not done.statement:
                raise Misused(f"no claim {job.evidence} is told of by the files given or the ledger")
            published = publish(
                done.ready,
                job.out,
                dry_run=job.dry_run,
                commit=_Commit(ledger, done, inputs, job.out).add if ledger and again is None else _nothing,
            )
    except (OutputRefused, account.AccountError, policy.PolicyError, sources.MissingInput, *WRONG) as wrong:
        raise Misused(str(wrong)) from wrong
    return replace(result(done.ready, published.summary), statement=done.statement)


@contextlib.contextmanager
def _ledger(job: Job) -> Iterator[store.Ledger | None]:
    """The ledger held for this run, what an interrupted run left in it finished or forgotten; None without one."""
    if job.ledger is None:
        yield None
        return
    if "://" not in job.ledger and Path(job.ledger).resolve().is_relative_to(Path(job.out).resolve()):
        raise OutputRefused(f"{job.out}: the ledger {job.ledger} lies there; give each a folder of its own")
    if job.dry_run:
        yield store.Ledger(job.ledger)
        return
    if "://" not in job.ledger and not Path(job.ledger).exists():  # a job that cannot be begun makes no ledger
        check_out(job.out)
        for path in job.paths:
            sources.present(path)
    with lock.locked(job.ledger):
        ledger, forgotten = commit.begin(job.ledger)
        if forgotten:
            log.warning("%s: %s; its files are judged anew if you give them again", job.ledger, forgotten)
        last = ledger.last_run()
        if last and finish(last["out"], last["run_id"]):
            log.warning(
                "the outputs of the interrupted run %s were put in their place, %s", last["run_id"], last["out"]
            )
        yield ledger


def _nothing(_run: str, _placed: feeds.Placed) -> None:
    """Nothing is remembered: there is no ledger, or it knows this run already."""


class _Commit(NamedTuple):
    """What is to be remembered of a run, said once its outputs are on the disk."""

    ledger: store.Ledger
    done: flow.Done
    inputs: str
    out: str

    def add(self, run: str, placed: feeds.Placed) -> None:
        """Commit the run, of this number, with what stands in its feeds."""
        ready = self.done.ready
        facts = {
            "run_id": run,
            "inputs_hash": self.inputs,
            "metrics": metrics.text(ready.metrics),
            "summary": json.dumps(compare.summary(ready), ensure_ascii=False, sort_keys=True),
            "out": str(Path(self.out).resolve()),
        }
        commit.commit(self.ledger, ledger_rows.run(ready, placed, facts), self._rows(placed))

    def _rows(self, placed: feeds.Placed) -> dict[str, commit.Rows]:
        """The rows of every table, some at a time, or the files that workers have written."""
        told: dict[str, Any] = {name: rows.stretches() for name, rows in self.done.news.items()}
        number = self.ledger.last + 1
        sent = (ledger_rows.published(part, placed, number) for part in told[CONFIRMATIONS.name])
        both = itertools.chain(sent, told.pop(flow.ANSWERS))
        return told | self.done.files | {CONFIRMATIONS.name: both}


def _hash(plans: list[FilePlan], context: Context) -> str:
    """What makes two runs the same, whatever the ledger held before them."""
    told = {
        "inputs": [[plan.source.name, plan.sha256] for plan in plans],
        "account": asdict(context.account),
        "as_of": context.as_of.isoformat(),
        "encoding": context.encoding,
        "policy": context.policy.sha256,
        "version": __version__,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def context_of(job: Job) -> Context:
    """What the job is judged by; Misused, AccountError or PolicyError where that cannot be said."""
    given = [job.account] if job.account else sources.accounts(job.paths)
    if len(given) > 1:
        raise Misused(f"{given[0]} and {given[1]} both describe an account; name one with --account")
    seller = account.load(given[0]) if given else account.Account()
    if job.encoding and not sniff.usable_encoding(job.encoding):
        raise Misused(f"--encoding {job.encoding}: not an encoding that extends ASCII; try utf-8, cp1252 or cp932")
    profile = job.policy or seller.policy or "amazon"
    return Context(job.as_of, seller, policy.load(profile), sniff.plain_name(job.encoding) if job.encoding else "")


def result(settled: Ready, summary: str) -> Result:
    """The counts of a job that is done."""
    fates = ("accepted", "rejected", "skipped", "unreadable")
    counts = {fate: sum(getattr(tally, fate) for tally in settled.tallies) for fate in fates}
    found = by_severity(counted := settled.found.each)
    return Result(
        summary,
        errors=found["error"],
        warnings=found["warning"],
        usable=any(not plan.refused for plan in settled.plans),
        refused=sum(bool(plan.refused) for plan in settled.plans),
        files=tuple(
            (plan.source.name, f"refused: {plan.refused}" if plan.refused or not plan.kind else plan.kind.name, tally)
            for plan, tally in zip(settled.plans, settled.tallies, strict=True)
        ),
        codes=tuple(counted),
        **counts,
    )
