"""The commands that judge no files and need no clock: rules, kinds, policies, the ledger, something to start from."""

from __future__ import annotations

import sys
from typing import Any

import click

from pipeline.app.completion import complete_codes, complete_kinds, complete_orders, complete_policies
from pipeline.app.console import COULD_NOT_FINISH, WRONG_USAGE, exit_with, print_text, summarize_exception
from pipeline.app.options import InstantParam, PercentParam


@click.command(short_help="Explain the codes of findings.")
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


@click.command(short_help="Describe the kinds of files.")
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


@click.command(short_help="Begin a folder to work in.")
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


@click.command(short_help="Show Amazon's numbers and their sources.")
@click.argument("name", required=False, shell_complete=complete_policies)
def policy(name: str | None) -> None:
    """Show the numbers in force and where they come from."""
    from pipeline import policy as pipeline_policy
    from pipeline.policy import show as policy_show

    try:
        print_text(policy_show.format_policy(pipeline_policy.load_policy(name or "amazon")))
    except pipeline_policy.PolicyError as error:
        exit_with(WRONG_USAGE, str(error))


@click.command(short_help="Show and verify what earlier runs left.")
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


@click.command(short_help="Generate test data.")
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


REFERENCE_COMMANDS = (rules, schema, init, policy, ledger, simulate)
