"""What the commands share: exit statuses, types of options, the log, the progress bar, how a command ends early."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import click

from pipeline.plain import plain

OK, SOME_REJECTED, WRONG_USAGE, NO_INPUT, COULD_NOT_FINISH = range(5)
log = logging.getLogger("feedwarden")
Progress = Callable[[int, int, int], None]
_SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?([kmgt]i?)?b?", re.IGNORECASE)
_UNITS = {f"{letter}{i}": base**at for at, letter in enumerate(("", *"kmgt")) for i, base in (("", 1000), ("i", 1024))}
_MOST = 1 << 50
_FIRST_YEAR, _LAST_YEAR = 1900, 8999  # from any instant between them the calendar goes far enough both ways


class Commands(click.Group):
    """Commands that end with one line and the status for it where they are interrupted."""

    def invoke(self, ctx: click.Context) -> Any:
        """The command's result, or the end of the program."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            stop(COULD_NOT_FINISH, "interrupted, nothing was published; run it again")


class Instant(click.ParamType[dt.datetime]):
    """An instant with its offset from UTC."""

    name = "ts"

    def convert(self, value: Any, param: Any, ctx: Any) -> dt.datetime:
        """An ISO 8601 instant; one without an offset could be any, and is refused."""
        try:
            instant = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not ISO 8601; write for instance 2026-03-10T07:00:00Z", param, ctx)
        if instant.tzinfo is None:
            self.fail(f"{value!r} has no offset; write for instance {instant.isoformat()}Z", param, ctx)
        if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
            self.fail(f"{value!r} is not between the years {_FIRST_YEAR} and {_LAST_YEAR}", param, ctx)
        return instant.astimezone(dt.UTC)


class Share(click.ParamType[float]):
    """A share of the whole, of at most so much."""

    name = "percent"

    def __init__(self, most: float = 1) -> None:
        """Of all of it, unless ``most`` says less."""
        self.most = most

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """A share of 1, written as a percentage."""
        try:
            share = float(str(value).removesuffix("%")) / 100
        except ValueError:
            share = -1
        if not 0 <= share <= self.most:
            self.fail(f"{value!r} is not a percentage up to {self.most:.0%}; write for instance 5%", param, ctx)
        return share


class Size(click.ParamType[int]):
    """A number of bytes, at least a mebibyte."""

    name = "size"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Bytes of a number with its unit."""
        told = _SIZE.fullmatch(str(value).strip())
        size = int(float(told[1]) * _UNITS[(told[2] or "").lower()]) if told else 0
        if not _UNITS["mi"] <= size <= _MOST:
            self.fail(f"{value!r} is not a size of memory; write for instance 2GiB or 500MiB", param, ctx)
        return size


def nightly_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command has the options that every command which does the nightly work has."""
    command = job_options(command)
    for option in reversed(
        [
            click.option(
                "--ledger", default="ledger", show_default=True, metavar="DIR|URL", help="What is remembered."
            ),
            click.option("--no-ledger", is_flag=True, help="Remember nothing: judge by the files given alone."),
            click.option(
                "--engine",
                type=click.Choice(["local", "dask"]),
                default="local",
                show_default=True,
                help="Threads of this process, or a Dask cluster.",
            ),
            click.option(
                "--scheduler",
                metavar="ADDR",
                help="The cluster to join, tcp://…  [default: one of this machine, with --jobs workers]",
            ),
            click.option(
                "--memory", type=Size(), default="2GiB", show_default=True, help="What orders may take in memory."
            ),
            click.option(
                "--jobs", type=click.IntRange(1, 1024), metavar="N", help="Tasks at a time.  [default: one a core]"
            ),
            click.option("--scratch", metavar="DIR", help="Where what is too large for memory waits."),
        ]
    ):
        command = option(command)
    return out_option(command)


def out_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command says where its outputs are placed."""
    return click.option("--out", required=True, metavar="DIR", help="Where outputs are placed, all or nothing.")(
        command
    )


def job_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command has the options of everything that reads files and writes reports about them."""
    for option in reversed(
        [
            click.option("--as-of", type=Instant(), help="The instant to judge at, with offset.  [default: now]"),
            click.option(
                "--policy", metavar="NAME|FILE", help="A shipped profile, or a file with what differs from one."
            ),
            click.option(
                "--account", metavar="FILE", help="The account file.  [default: account.toml in an input folder]"
            ),
            click.option("--encoding", metavar="NAME", help="Read every file in this encoding."),
            click.option("--fail-on", type=click.Choice(["error", "warning"]), help="Exit with 1 on such a finding."),
            click.option(
                "--max-rejected", type=Share(), help="Warn where at least this share is rejected; exit with 1."
            ),
            click.option("--dry-run", is_flag=True, help="Do everything but write."),
            click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True),
            click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
            click.option("-v", "--verbose", is_flag=True, help="Say more; show tracebacks."),
        ]
    ):
        command = option(command)
    return command


def say(text: str) -> None:
    """Standard output gets the text, with nothing in it that a terminal would act on."""
    try:
        click.echo(plain(text))
    except BrokenPipeError:  # who reads it has read enough
        raise
    except OSError as trouble:  # what was done is done all the same
        click.echo(f"feedwarden: standard output cannot be written to ({trouble.strerror})", err=True)


def one_line(trouble: BaseException) -> str:
    """The exception in one short line."""
    return " ".join(f"{type(trouble).__name__}: {trouble}".split())[:300]


def stop(status: int, message: str) -> NoReturn:
    """Ends the program with the status, and one line on standard error."""
    told = " ".join(message.split())
    log.error(told) if log.handlers else click.echo(plain(f"feedwarden: {told}"), err=True)
    sys.exit(status)


def as_process(main: Callable[[], object]) -> NoReturn:
    """Runs the program and ends the process with its exit status at once, what was printed written out.

    An interpreter that ends the usual way waits for no thread of Arrow's: one that still lets go of a file of the
    ledger then aborts the process, and its exit status with it (https://github.com/apache/arrow/issues/34314).
    """
    status = OK
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as an interrupt does: what is open is cleared
    try:
        main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else OK
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # one that was closed is None
            stream.flush()
    os._exit(status)


class _Plain(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """The message with nothing in it that a terminal would act on."""
        return plain(super().format(record))


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """One JSON object a line: level, message, and what the caller added."""
        return json.dumps(
            {"level": record.levelname.lower(), "message": record.getMessage(), **getattr(record, "facts", {})}
        )


def logging_as(options: dict[str, Any]) -> None:
    """Standard error gets the log, in the form and as much of it as the options say."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if options["log_format"] == "json" else _Plain("feedwarden: %(message)s"))
    log.handlers = [handler]
    log.propagate = False
    log.setLevel(logging.ERROR if options["quiet"] else logging.DEBUG if options["verbose"] else logging.INFO)


@contextlib.contextmanager
def progress(*, quiet: bool) -> Iterator[Progress]:
    """A progress bar over the bytes of the inputs on a terminal; elsewhere nothing is shown."""
    if quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda _done, _total, _rows: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None, rows=0)
        yield lambda done, total, rows: bar.update(task, completed=done, total=total, rows=rows)
