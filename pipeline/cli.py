"""click: parse, call, print, exit status. Nothing else lives here."""

from __future__ import annotations

from pipeline.utils import garbage, interrupts

if interrupts.is_program(__name__):
    interrupts.listen()  # what is loaded from here on takes a while, and may be interrupted
    garbage.collect_after_loading()

import datetime as dt
import functools
import sys
import time
from typing import TYPE_CHECKING, Any, NoReturn

import click

from pipeline import __version__
from pipeline.app import amazon_commands, feed_commands, reference_commands
from pipeline.app.completion import complete_orders
from pipeline.app.console import (
    CommandGroup,
    print_text,
    run_as_process,
)
from pipeline.app.early_start import prepare_process
from pipeline.app.log_output import ENVIRONMENT_PREFIX, configure_logging
from pipeline.app.options import InstantParam, audit_options, nightly_options, out_option
from pipeline.app.run_command import build_audit_job, run_command, run_nightly_command


def read_clock() -> dt.datetime:
    """The instant in UTC, to the second: the clock is read here and nowhere else."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


if TYPE_CHECKING:
    from pipeline.amazon.clock import AmazonClock


def set_as_of(options: dict[str, Any]) -> dict[str, Any]:
    """The options with the instant to judge at: now, once, where none is given."""
    return {**options, "as_of": options["as_of"] or read_clock()}


def make_clock() -> AmazonClock:
    """The clock of the commands that talk to Amazon: no other looks at the system's."""
    from pipeline.amazon.clock import AmazonClock

    return AmazonClock(lambda: dt.datetime.now(dt.UTC), time.monotonic, time.sleep)


@click.group(
    "feedwarden",
    cls=CommandGroup,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
        "auto_envvar_prefix": ENVIRONMENT_PREFIX,
    },
)
@click.version_option(__version__, prog_name="feedwarden")
@click.pass_context
def main(context: click.Context) -> None:
    """Check an Amazon seller's flat files and write feeds that are safe to upload."""
    context.obj = context.obj or make_clock


for command in (
    *reference_commands.REFERENCE_COMMANDS,
    *(amazon_commands.fetch, feed_commands.submit, feed_commands.collect, feed_commands.night),
):
    main.add_command(command)
main.add_command(amazon_commands.amazon)
amazon_commands.amazon.add_command(feed_commands.status)


@main.command(short_help="Check the night's files; write feeds and reports.")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--notify", metavar="FILE", help="Send notices of what is new, as this notify.toml says.")
@click.option("--textfile", metavar="FILE", help="Write the run's numbers there, too, for node_exporter.")
@nightly_options
@click.option(
    "--time-zone",
    metavar="ZONE",
    help="For several accounts: the time zone of the joint worklist.  [default: each marketplace's]",
)
def run(inputs: tuple[str, ...], notify: str | None, textfile: str | None, **options: Any) -> None:
    """The nightly batch: every report, confirmation and cancellation in the files and folders given.

    A folder whose sub-folders each hold an account.toml is one run for each, and one page over all.
    """
    options = set_as_of(options)
    if notify is None and textfile is None:
        run_nightly_command(inputs, options)
    else:
        from pipeline.app import run_follow_up

        follow_up = run_follow_up.FollowUp(notify, textfile, options, read_clock())
        follow_up.run_and_report(lambda: run_nightly_command(inputs, options))


@main.command(short_help="Check a confirmation file before its upload.")
@click.argument("confirmations", nargs=-1, required=True, metavar="CONFIRMATION...")
@click.option(
    "--reports",
    multiple=True,
    required=True,
    metavar="PATH",
    help="Order reports: a file or a folder. May be repeated.",
)
@nightly_options
def confirm(confirmations: tuple[str, ...], reports: tuple[str, ...], **options: Any) -> None:
    """Check a bulk confirmation against order reports before it is uploaded."""
    run_nightly_command((*confirmations, *reports), set_as_of(options))


@main.command(short_help="Evaluate A-to-z claims.")
@click.argument("claims", nargs=-1, required=True, metavar="CLAIMS...")
@click.option("--contacts", multiple=True, metavar="PATH", help="Contact logs: a file or a folder. May be repeated.")
@click.option(
    "--evidence",
    metavar="CLAIM-ID|ORDER-ID",
    shell_complete=complete_orders,
    help="Print the facts of one claim or order, each with its file and line.",
)
@nightly_options
def claims(claims: tuple[str, ...], contacts: tuple[str, ...], **options: Any) -> None:
    """Evaluate A-to-z claims: status, grounds, deadlines, and what can still be done."""
    run_nightly_command((*claims, *contacts), set_as_of(options))


@main.command(short_help="Check data quality, column by column.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@out_option
@click.option(
    "--against",
    multiple=True,
    metavar="DIR",
    help="Show changes since this earlier audit or ledger. May be repeated.",
)
@audit_options
def audit(files: tuple[str, ...], **options: Any) -> None:
    """Check data quality: what every column contains, and what is wrong with it. Orders are not judged."""
    configure_logging(options)
    with prepare_process(files, options):
        from pipeline.app import audit_job, summary_tables

        run_command(
            audit_job.execute_audit,
            functools.partial(build_audit_job, files),
            set_as_of(options),
            summary_tables.print_summary if sys.stdout.isatty() else lambda result: print_text(result.summary),
        )


@main.command(short_help="List feeds; say that they were uploaded.")
@click.argument("what", type=click.Choice(["list", "write", "uploaded"]), default="list")
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@click.option("--out", metavar="DIR", help="Where write puts the parts: a new folder.")
@click.option(
    "--ledger", default="ledger", show_default=True, metavar="DIR|URL", help="The ledger that knows the runs."
)
@click.option("--as-of", type=InstantParam(), help="When they were uploaded.  [default: now]")
@click.option("--state", metavar="DIR", help="What is known of feeds that were submitted (see submit).")
def feeds(what: str, runs: tuple[str, ...], **options: Any) -> None:
    """List the parts of feeds and what became of each, write those of a run again, or say that they were uploaded.

    RUN is the number of a run, or at least six characters of its id.
    """
    from pipeline.app import feeds_job

    work = {"list": feeds_job.list_parts, "write": feeds_job.write_parts, "uploaded": feeds_job.mark_uploaded}[what]
    request = feeds_job.FeedsRequest(runs, **set_as_of(options))
    feeds_job.answer_request(work, request)


@main.command(short_help="Send notices of what is due and wrong.")
@click.argument("out", required=False, metavar="[OUT]")
@click.option("--home", metavar="DIR", help="The home of feedwarden night: its newest night is reported.")
@click.option("--notify", metavar="FILE", help="The settings.  [default: notify.toml in --home, or here]")
@click.option("--state", metavar="DIR", help="Where what was sent is noted.  [default: amazon beside the settings]")
@click.option("--test", is_flag=True, help="Send one line to each channel.")
@click.option("--dry-run", is_flag=True, help="Print what would be sent.")
def notify(**request: Any) -> None:
    """Send notices of an output folder OUT, or of the newest night of --home: each event once a channel."""
    from pipeline.app import notify_command

    notify_command.answer_notify(notify_command.NotifyRequest(**request), read_clock())


def program() -> NoReturn:
    """The command line as a process of its own."""
    run_as_process(main)


if __name__ == "__main__":
    program()
