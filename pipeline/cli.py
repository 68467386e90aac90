"""click: parse, call, print, exit status. Nothing else lives here."""

from __future__ import annotations

from pipeline.utils import interrupts

interrupts.listen_as_program(__name__)  # what is loaded from here on takes a while, and may be interrupted

import datetime as dt
import functools
import sys
import time
from typing import TYPE_CHECKING, Any, NoReturn

import click

from pipeline import __version__
from pipeline.app import amazon_commands, feed_commands
from pipeline.app.completion import complete_codes, complete_kinds, complete_orders, complete_policies
from pipeline.app.console import (
    COULD_NOT_FINISH,
    WRONG_USAGE,
    CommandGroup,
    exit_with,
    print_text,
    run_as_process,
    summarize_exception,
)
from pipeline.app.log_output import ENVIRONMENT_PREFIX, configure_logging
from pipeline.app.options import InstantParam, PercentParam, job_options, nightly_options, out_option
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


for amazon_command in (amazon_commands.fetch, feed_commands.submit, feed_commands.collect, feed_commands.night):
    main.add_command(amazon_command)
main.add_command(amazon_commands.amazon)
amazon_commands.amazon.add_command(feed_commands.status)


@main.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--notify", metavar="FILE", help="Send notices of what is new, as this notify.toml says.")
@click.option("--textfile", metavar="FILE", help="Write the run's numbers there, too, for node_exporter.")
@nightly_options
def run(inputs: tuple[str, ...], notify: str | None, textfile: str | None, **options: Any) -> None:
    """The nightly batch: every report, confirmation and cancellation in the files and folders given."""
    options = set_as_of(options)
    if notify is None and textfile is None:
        run_nightly_command(inputs, options)
    else:
        from pipeline.app import run_follow_up

        follow_up = run_follow_up.FollowUp(notify, textfile, options, read_clock())
        follow_up.run_and_report(lambda: run_nightly_command(inputs, options))


@main.command()
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


@main.command()
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


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@out_option
@click.option(
    "--against",
    multiple=True,
    metavar="DIR",
    help="Show changes since this earlier audit or ledger. May be repeated.",
)
@job_options
def audit(files: tuple[str, ...], **options: Any) -> None:
    """Check data quality: what every column contains, and what is wrong with it. Orders are not judged."""
    configure_logging(options)
    from pipeline.app import audit_job, summary_tables

    run_command(
        audit_job.execute_audit,
        functools.partial(build_audit_job, files),
        set_as_of(options),
        summary_tables.print_summary if sys.stdout.isatty() else lambda result: print_text(result.summary),
    )


@main.command()
@click.argument("code", required=False, shell_complete=complete_codes)
def rules(code: str | None) -> None:
    """Show all rules; with CODE, what one rule checks, why, and how to fix the line."""
    from pipeline.rules import catalogue as rules_catalogue

    try:
        print_text(
            rules_catalogue.format_rule(rules_catalogue.find_rule(code))
            if code
            else rules_catalogue.format_rule_table()
        )
    except KeyError as error:
        exit_with(WRONG_USAGE, str(error.args[0]))


@main.command()
@click.argument("kind", required=False, shell_complete=complete_kinds)
@click.option("--json", "as_json", is_flag=True, help="As Frictionless Table Schema.")
@click.option("--example", "as_example", is_flag=True, help="A small valid file of the kind, to start from.")
def schema(kind: str | None, *, as_json: bool, as_example: bool) -> None:
    """Show the columns, types and rules of a kind of file, where it comes from, or an example of it."""
    from pipeline.app import schema_text

    try:
        print_text(schema_text.format_schema(kind, as_json=as_json, as_example=as_example))
    except KeyError as error:
        exit_with(WRONG_USAGE, str(error.args[0]))


@main.command()
@click.argument("folder", metavar="DIR")
@click.option("--marketplace", default="Amazon.com", show_default=True, metavar="NAME", help="Where the seller sells.")
def init(folder: str, marketplace: str) -> None:
    """Begin a folder to work in: account file, inbox, nightly script, and lines for cron and systemd."""
    from pipeline.app import seller_folder

    try:
        print_text(seller_folder.begin_folder(folder, marketplace))
    except (seller_folder.FolderRefused, KeyError) as refused:
        exit_with(WRONG_USAGE, str(refused.args[0]))
    except OSError as failure:
        exit_with(COULD_NOT_FINISH, f"could not finish: {summarize_exception(failure)}")


@main.command()
@click.argument("name", required=False, shell_complete=complete_policies)
def policy(name: str | None) -> None:
    """Show the numbers in force and where they come from."""
    from pipeline import policy as pipeline_policy
    from pipeline.policy import show as policy_show

    try:
        print_text(policy_show.format_policy(pipeline_policy.load_policy(name or "amazon")))
    except pipeline_policy.PolicyError as error:
        exit_with(WRONG_USAGE, str(error))


@main.command()
@click.argument("what", type=click.Choice(["show", "explain", "history", "verify", "scrub"]))
@click.argument("order_id", required=False, metavar="[ORDER-ID]", shell_complete=complete_orders)
@click.option("--ledger", default="ledger", show_default=True, metavar="DIR|URL", help="The ledger to read.")
@click.option("--as-of", type=InstantParam(), help="As it was after the last run at or before this instant.")
@click.option("--version", type=click.IntRange(min=0), help="As it was after this run.")
@click.option("--out", metavar="DIR", help="Where explain finds the output of the run.  [default: where it was placed]")
@click.option("--dry-run", is_flag=True, help="Of scrub: only say what would be masked.")
def ledger(what: str, **request: Any) -> None:
    """Show a summary or all of an order, explain its state, list the runs or those of an order, or verify all tables.

    scrub masks what earlier versions of the program kept that may be personal, and removes the old files.
    """
    from pipeline.app import ledger_job

    ledger_job.answer_ledger_request(what, ledger_job.LedgerRequest(**request))


@main.command()
@click.argument("what", type=click.Choice(["list", "write", "uploaded"]), default="list")
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@click.option("--out", metavar="DIR", help="Where write puts the parts: a new folder.")
@click.option(
    "--ledger", default="ledger", show_default=True, metavar="DIR|URL", help="The ledger that knows the runs."
)
@click.option("--as-of", type=InstantParam(), help="When they were uploaded.  [default: now]")
def feeds(what: str, runs: tuple[str, ...], out: str | None, ledger: str, as_of: dt.datetime | None) -> None:
    """List the parts of feeds and what became of each, write those of a run again, or say that they were uploaded.

    RUN is the number of a run, or at least six characters of its id.
    """
    from pipeline.app import feeds_job

    work = {"list": feeds_job.list_parts, "write": feeds_job.write_parts, "uploaded": feeds_job.mark_uploaded}[what]
    request = feeds_job.FeedsRequest(runs, ledger, out, set_as_of({"as_of": as_of})["as_of"])
    feeds_job.answer_request(work, request)


@main.command()
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


@main.command()
@click.option(
    "--orders", type=click.IntRange(1, 400_000_000), default=10_000, show_default=True, help="Number of orders."
)
@click.option(
    "--nights", type=click.IntRange(1, 999), default=7, show_default=True, help="Number of nights, a folder each."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed, the same bytes.")
@click.option(
    "--dirty", type=PercentParam(0.2), default="0%", show_default=True, help="Damage this share of the lines."
)
@click.option("--out", required=True, metavar="DIR", help="A new or empty folder.")
@click.option("--marketplaces", default="US,UK,DE,JP", show_default=True, metavar="CODES", help="Also CA, AU, IN.")
@click.option(
    "--as-of", type=InstantParam(), default="2026-10-19T07:00:00Z", show_default=True, help="When night 1 is judged."
)
@click.option("--history", type=click.IntRange(1, 365), default=35, show_default=True, help="Days of orders before it.")
def simulate(out: str, marketplaces: str, **settings: Any) -> None:
    """Generate test data: nights of files in Amazon's layouts, and the expected code of every damaged line."""
    from pipeline import simulate as simulation

    try:
        request = simulation.parse_options(marketplaces, **settings)
        with click.progressbar(length=request.orders, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
            totals = simulation.simulate_seller(request, out, bar.update)
    except simulation.InvalidSimulation as error:
        exit_with(WRONG_USAGE, str(error))
    except OSError as failure:
        exit_with(COULD_NOT_FINISH, f"could not finish: {summarize_exception(failure)}")
    click.echo(simulation.format_summary(request, totals, out))


def program() -> NoReturn:
    """The command line as a process of its own."""
    run_as_process(main)


if __name__ == "__main__":
    program()
