"""What the commands share: exit statuses, types of options, the log, the progress bar, how a command ends early."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import click

from pipeline.utils.escape import escape_controls
from pipeline.utils.progress import Progress

OK, SOME_REJECTED, WRONG_USAGE, NO_INPUT, COULD_NOT_FINISH = range(5)
log = logging.getLogger("feedwarden")
_MAX_LINE = 900  # characters of an error: of a longer one the middle is left out


class CommandGroup(click.Group):
    """Commands that end with one line and the status for it where they are interrupted."""

    def invoke(self, ctx: click.Context) -> Any:
        """The command's result, or the end of the program."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            exit_with(COULD_NOT_FINISH, "interrupted, nothing was published; run it again")


def print_text(text: str) -> None:
    """Standard output gets the text, with nothing in it that a terminal would act on."""
    try:
        click.echo(escape_controls(text))
    except BrokenPipeError:  # who reads it has read enough
        raise
    except OSError as error:  # what was done is done all the same
        click.echo(f"feedwarden: standard output cannot be written to ({error.strerror})", err=True)


def summarize_exception(error: BaseException) -> str:
    """The exception in one short line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def exit_with(status: int, message: str) -> NoReturn:
    """Ends the program with the status, and one line on standard error."""
    line = " ".join(message.split())
    if len(line) > _MAX_LINE:
        line = f"{line[: _MAX_LINE // 2]} … {line[-_MAX_LINE // 2 :]}"
    log.error(line) if log.handlers else click.echo(escape_controls(f"feedwarden: {line}"), err=True)
    sys.exit(status)


def run_as_process(main: Callable[[], object]) -> NoReturn:
    """Runs the program and ends the process with its exit status at once, what was printed written out.

    An interpreter that ends the usual way waits for no thread of Arrow's: one that still lets go of a file of the
    ledger then aborts the process, and its exit status with it (https://github.com/apache/arrow/issues/34314).
    """
    status = OK
    for name in ("SIGTERM", "SIGHUP"):  # end as an interrupt does: what is open is cleared
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # under nohup it is ignored
            signal.signal(number, signal.default_int_handler)
    try:
        main()
    except SystemExit as system_exit:
        status = system_exit.code if isinstance(system_exit.code, int) else OK
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # one that was closed is None
            stream.flush()
    os._exit(status)


class _PlainFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """The message with nothing in it that a terminal would act on."""
        return escape_controls(super().format(record))


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """One JSON object a line: level, message, and what the caller added."""
        return json.dumps(
            {"level": record.levelname.lower(), "message": record.getMessage(), **getattr(record, "facts", {})}
        )


def configure_logging(options: dict[str, Any]) -> None:
    """Standard error gets the log, in the form and as much of it as the options say."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _JsonFormatter() if options["log_format"] == "json" else _PlainFormatter("feedwarden: %(message)s")
    )
    log.handlers = [handler]
    log.propagate = False
    log.setLevel(logging.ERROR if options["quiet"] else logging.DEBUG if options["verbose"] else logging.INFO)


@contextlib.contextmanager
def show_progress(*, silent: bool) -> Iterator[Progress]:
    """A progress bar over the bytes of the inputs on a terminal; elsewhere nothing is shown."""
    if silent or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
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
