"""`feedwarden feeds`: the published parts, written again or declared uploaded; what was done, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import NamedTuple, NoReturn, TypeVar

from pipeline.app.console import (
    COULD_NOT_FINISH,
    OK,
    SOME_REJECTED,
    WRONG_USAGE,
    exit_with,
    print_text,
    summarize_exception,
)
from pipeline.app.held_ledger import hold_ledger
from pipeline.app.jobs import InvalidJob, read_state
from pipeline.app.log_output import configure_logging
from pipeline.ledger import (
    InvalidLedger,
    LedgerDamaged,
    LedgerSnapshot,
    UnknownLayout,
    commit_uploaded,
    find_published_run,
    format_parts,
    open_existing,
    read_published_rows,
)
from pipeline.model.feed_parts import ANSWERED, PublishedRun
from pipeline.publish import OutputRefused, rewrite_feeds
from pipeline.utils.private_files import private_files

Request = TypeVar("Request")


class FeedsRequest(NamedTuple):
    """What is asked: the runs by number or id, the ledger, where parts are written, and the instant of asking.

    ``state`` is the folder in which submissions of feeds are noted, where there is one.
    """

    runs: Sequence[str]
    ledger: str
    out: str | None
    as_of: dt.datetime
    state: str | None = None


class FeedsAnswer(NamedTuple):
    """What was done, in words, and the exit status for it."""

    text: str
    status: int = OK


def answer_request(work: Callable[[Request], FeedsAnswer], request: Request) -> NoReturn:
    """Do the work and end with its exit status; what stops it becomes one line."""
    configure_logging({"log_format": "text", "quiet": False, "verbose": False})
    try:
        with private_files(public=False):
            answer = work(request)
    except (InvalidJob, InvalidLedger, UnknownLayout, OutputRefused) as error:
        exit_with(WRONG_USAGE, str(error))
    except LedgerDamaged as damage:
        exit_with(COULD_NOT_FINISH, f"could not finish: {damage}")
    except Exception as failure:  # noqa: BLE001  whatever it was, it ends with one line
        exit_with(COULD_NOT_FINISH, f"could not finish: {summarize_exception(failure)}")
    print_text(answer.text)
    raise SystemExit(answer.status)


def list_parts(request: FeedsRequest) -> FeedsAnswer:
    """The parts of the runs named, or of all, with what became of each."""
    ledger = open_existing(request.ledger)
    submissions = read_state(request.state, request.as_of)
    return FeedsAnswer(format_parts(ledger, [run.run for run in _find_runs(ledger, request)], submissions))


def write_parts(request: FeedsRequest) -> FeedsAnswer:
    """The parts of one run written again into the output folder, and which could not be, each with its hash or why."""
    if len(request.runs) != 1 or not request.out:
        raise InvalidJob("feeds write takes one run and a folder: feedwarden feeds write RUN --out DIR")
    ledger = open_existing(request.ledger)
    (run,) = _find_runs(ledger, request)
    if not run.parts:
        return FeedsAnswer(f"run {run.run} published no feeds: nothing to do")
    result = rewrite_feeds(run, read_published_rows(ledger, run.run), request.out)
    written = [f"{path}: {_count_records(run, path.name)}, the bytes that were published" for path in result.paths]
    missing = [
        f"{name} of run {run.run} cannot be written again: {why}" for name, why in sorted(result.missing.items())
    ]
    incomplete = SOME_REJECTED if result.paths else COULD_NOT_FINISH
    return FeedsAnswer("\n".join([*written, *missing]), OK if result.is_complete else incomplete)


def mark_uploaded(request: FeedsRequest) -> FeedsAnswer:
    """The ledger knows that the parts of the runs were uploaded, of those of which it did not."""
    if not request.runs:
        raise InvalidJob("feeds uploaded takes the runs whose parts were uploaded: feedwarden feeds uploaded RUN...")
    open_existing(request.ledger)  # a ledger that is not there is not begun
    with hold_ledger(request.ledger, request.runs) as ledger:
        runs = _find_runs(ledger, request)
        new_runs = [run for run in runs if _may_be_uploaded(run)]
        if new_runs:
            commit_uploaded(ledger, [run.run for run in new_runs], request.as_of)
    return FeedsAnswer("\n".join(map(_describe_statement, runs)))


def _find_runs(ledger: LedgerSnapshot, request: FeedsRequest) -> list[PublishedRun]:
    """The runs named, each once. Raises InvalidJob where one is unknown."""
    try:
        runs = [find_published_run(ledger, name) for name in request.runs]
    except KeyError as error:
        raise InvalidJob(str(error.args[0])) from error
    return list({run.run: run for run in runs}.values())


def _may_be_uploaded(run: PublishedRun) -> bool:
    """Whether a part waits; earlier layouts did not say of every part that there was one."""
    return bool(run.list_waiting()) or not (run.lists_every_part or run.uploaded_at)


def _describe_statement(run: PublishedRun) -> str:
    waiting = [part.name for part in run.list_waiting()]
    if _may_be_uploaded(run):
        return f"run {run.run}: {' and '.join(waiting) or 'its parts'} uploaded"
    if not run.parts:
        return f"run {run.run} published no feeds: nothing to do"
    is_answered = all(part.state == ANSWERED for part in run.parts)
    return f"run {run.run}: {'answered by Amazon' if is_answered else 'uploaded'} already, nothing to do"


def _count_records(run: PublishedRun, name: str) -> str:
    records = run.find_part(name).records
    return f"{records:,} record{'s' * (records != 1)}"
