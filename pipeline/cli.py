"""click: parse, call, print, exit status. Nothing else lives here."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import Any, NoReturn

import click

from pipeline import __version__
from pipeline.app.console import (
    COULD_NOT_FINISH,
    OK,
    WRONG_USAGE,
    CommandGroup,
    configure_logging,
    exit_with,
    print_text,
    run_as_process,
    summarize_exception,
)
from pipeline.app.options import InstantParam, PercentParam, job_options, nightly_options, out_option
from pipeline.app.run_command import run_command, run_nightly_command


def set_as_of(options: dict[str, Any]) -> dict[str, Any]:
    """The options with the instant to judge at: the clock is read here, once, where none is given."""
    return {**options, "as_of": options["as_of"] or dt.datetime.now(dt.UTC).replace(microsecond=0)}


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="feedwarden")
def main() -> None:
    """Check an Amazon seller's flat files and write feeds that are safe to upload."""


@main.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@nightly_options
def run(inputs: tuple[str, ...], **options: Any) -> None:
    """The nightly batch: every report, confirmation and cancellation in the files and folders given."""
    run_nightly_command(inputs, set_as_of(options))


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

    def build_job(values: dict[str, Any]) -> audit_job.AuditJob:
        return audit_job.AuditJob(files, **{name: values[name] for name in audit_job.AUDIT_OPTIONS})

    run_command(
        audit_job.execute_audit,
        build_job,
        set_as_of(options),
        summary_tables.print_summary if sys.stdout.isatty() else lambda result: print_text(result.summary),
    )


@main.command()
@click.argument("code", required=False)
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
@click.argument("kind", required=False)
@click.option("--json", "as_json", is_flag=True, help="As Frictionless Table Schema.")
def schema(kind: str | None, as_json: bool) -> None:
    """Show the columns, types and rules of a kind of file."""
    from schemas import kinds as schemas_kinds
    from schemas import show as schemas_show

    by_name = {entry.name: entry for entry in schemas_kinds.KINDS}
    if kind and kind not in by_name:
        exit_with(WRONG_USAGE, f"{kind} is not a kind of file; the kinds are {', '.join(sorted(by_name))}")
    if as_json:
        document = (
            schemas_show.to_table_schema(by_name[kind])
            if kind
            else {name: schemas_show.to_table_schema(entry) for name, entry in by_name.items()}
        )
        print_text(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        print_text(schemas_show.describe_kind(by_name[kind]) if kind else schemas_show.describe_kinds())


@main.command()
@click.argument("name", required=False)
def policy(name: str | None) -> None:
    """Show the numbers in force and where they come from."""
    from pipeline import policy as pipeline_policy
    from pipeline.policy import show as policy_show

    try:
        print_text(policy_show.format_policy(pipeline_policy.load_policy(name or "amazon")))
    except pipeline_policy.PolicyError as error:
        exit_with(WRONG_USAGE, str(error))


@main.command()
@click.argument("what", type=click.Choice(["show", "history", "verify", "scrub"]))
@click.argument("order_id", required=False, metavar="[ORDER-ID]")
@click.option("--ledger", default="ledger", show_default=True, metavar="DIR|URL", help="The ledger to read.")
@click.option("--as-of", type=InstantParam(), help="As it was after the last run at or before this instant.")
@click.option("--version", type=click.IntRange(min=0), help="As it was after this run.")
@click.option("--dry-run", is_flag=True, help="Of scrub: only say what would be masked.")
def ledger(what: str, order_id: str | None, ledger: str, dry_run: bool, **when: Any) -> None:
    """Show a summary or the history of an order, list the runs, or verify that every table can be read.

    scrub masks what earlier versions of the program kept that may be personal, and removes the old files.
    """
    from pipeline import ledger as ledgers

    if what == "scrub":
        from pipeline.app import feeds_job, scrub_job

        feeds_job.answer_request(scrub_job.clean_ledger, scrub_job.ScrubRequest(ledger, dry_run))
    try:
        if what == "verify":
            report, is_sound = ledgers.verify_tables(ledger)
            print_text(report)
            sys.exit(OK if is_sound else COULD_NOT_FINISH)
        snapshot = ledgers.open_as_of(ledger, **when)
        if what == "history":
            print_text(ledgers.list_runs(snapshot))
        elif order_id is None:
            print_text(ledgers.summarize_ledger(snapshot))
        else:
            print_text(ledgers.describe_order(snapshot, order_id))
    except KeyError as error:
        exit_with(WRONG_USAGE, str(error.args[0]))
    except (ledgers.UnknownLayout, ledgers.InvalidLedger) as error:
        exit_with(WRONG_USAGE, str(error))
    except ledgers.LedgerDamaged as damage:
        exit_with(COULD_NOT_FINISH, str(damage))


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
