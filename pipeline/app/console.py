"""What the commands share: exit statuses, the progress bar, how a command ends early."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

import click
from click.exceptions import NoArgsIsHelpError

from pipeline.app.environment import warn_of_unknown_variables
from pipeline.app.log_output import configure_for_usage_error
from pipeline.utils import interrupts
from pipeline.utils.escape import escape_controls
from pipeline.utils.events import log
from pipeline.utils.progress import Progress

OK, SOME_REJECTED, WRONG_USAGE, NO_INPUT, COULD_NOT_FINISH = range(5)
_MAX_LINE = 900  # characters of an error: of a longer one the middle is left out


class CommandGroup(click.Group):
    """Commands that end with one line and the status for it, whatever was wrong with how they were called."""

    def invoke(self, ctx: click.Context) -> Any:
        """The command's result, or the end of the program."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            exit_interrupted(error)

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **settings: Any
    ) -> NoReturn:
        """The command is run, and the program ends with its exit status."""
        log.handlers, log.propagate = [], True
        os.environ.setdefault("RUST_LOG", "off")  # libraries of the ledger would write lines of their own
        arguments = sys.argv[1:] if args is None else list(args)
        if "obj" not in settings:  # a command that runs another has looked already
            warn_of_unknown_variables(self, arguments)
        try:
            status = super().main(arguments, prog_name, **settings | {"standalone_mode": False})
        except click.UsageError as error:
            _exit_with_usage(error, arguments)
        except click.ClickException as error:
            exit_with(WRONG_USAGE, error.format_message())
        except (KeyboardInterrupt, click.Abort) as error:
            exit_interrupted(error)
        except Exception as failure:  # noqa: BLE001  whatever it was, it ends with one line
            exit_after_failure(failure, "could not finish", verbose=not {"-v", "--verbose"}.isdisjoint(arguments))
        sys.exit(status if isinstance(status, int) else OK)


def _exit_with_usage(error: click.UsageError, arguments: Sequence[str]) -> NoReturn:
    """The program ends with what is wrong with the arguments, and where to look them up."""
    if isinstance(error, NoArgsIsHelpError):
        error.show()
        sys.exit(error.exit_code)
    configure_for_usage_error(arguments)
    command = error.ctx.command_path if error.ctx else interrupts.PROGRAM
    message = error.format_message().rstrip(".")
    next_step = f"{' S' if message.endswith('?') else '; s'}ee {command} --help"
    says_what_next = "; " in message
    exit_with(WRONG_USAGE, f"{message[:1].lower()}{message[1:]}{'' if says_what_next else next_step}")


def exit_interrupted(error: BaseException | None = None) -> NoReturn:
    """The program ends with the line and the status of an interrupt."""
    exit_with(interrupts.exit_status(error), interrupts.describe_interrupt())


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


def summarize_failure(failure: BaseException) -> str:
    """Why a job could not finish, in one short line: what the program itself says, or the exception."""
    return str(failure) if type(failure).__module__.startswith("pipeline.") else summarize_exception(failure)


def exit_with(status: int, message: str) -> NoReturn:
    """Ends the program with the status, and one line on standard error."""
    line = " ".join(message.split())
    if len(line) > _MAX_LINE:
        line = f"{line[: _MAX_LINE // 2]} … {line[-_MAX_LINE // 2 :]}"
    _report_error(line, status)
    sys.exit(status)


def exit_after_failure(failure: BaseException, what: str, *, verbose: bool) -> NoReturn:
    """The program ends with why it could not finish; with ``verbose`` its traceback comes first."""
    if interrupts.was_interrupted() or isinstance(failure, KeyboardInterrupt):
        exit_interrupted(failure)
    if verbose:
        traceback.print_exception(failure)
    exit_with(COULD_NOT_FINISH, f"{what}: {summarize_failure(failure)}{'' if verbose else ' (-v shows where)'}")


def _report_error(line: str, status: int) -> None:
    if log.handlers:
        log.error(line, extra={"event": "error", "facts": {"status": status}})
    else:
        click.echo(escape_controls(f"feedwarden: {line}"), err=True)


def run_as_process(main: Callable[[], object]) -> NoReturn:
    """Runs the program and ends the process with its exit status at once, what was printed written out.

    An interpreter that ends the usual way waits for no thread of Arrow's: one that still lets go of a file of the
    ledger then aborts the process, and its exit status with it (https://github.com/apache/arrow/issues/34314).
    """
    status = OK
    interrupts.listen(lambda line: _report_error(line, interrupts.exit_status()), may_raise=True)
    try:
        main()
    except SystemExit as system_exit:
        status = system_exit.code if isinstance(system_exit.code, int) else OK
    except BaseException:
        if not interrupts.was_interrupted():
            raise
        _report_error(interrupts.describe_interrupt(), status := interrupts.exit_status())
    interrupts.finish()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # one that was closed is None
            stream.flush()
    os._exit(status)


@contextlib.contextmanager
def show_progress(*, silent: bool) -> Iterator[Progress]:
    """A progress bar over the bytes of the inputs on a terminal; elsewhere nothing is shown."""
    if silent or not sys.stderr or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
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
