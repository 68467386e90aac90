"""The commands that bring Amazon's reports in: fetch, and what is asked about the account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import click

from pipeline.app.amazon_session import run_amazon_command
from pipeline.app.options import InstantParam

KIND_NAMES = ("unshipped", "orders", "all-orders", "returns", "performance")


def amazon_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command names an account file and a state, and says how much it tells."""
    for option in reversed(
        [
            click.option("--amazon", required=True, metavar="FILE", help="The account file, amazon.toml."),
            click.option(
                "--state", metavar="DIR", help="What is known of reports and feeds.  [default: amazon beside FILE]"
            ),
            *log_options(),
        ]
    ):
        command = option(command)
    return command


def log_options() -> list[Callable[..., Any]]:
    """How much the log holds, and in which form."""
    return [
        click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True),
        click.option("-q", "--quiet", is_flag=True, help="Print errors only."),
        click.option("-v", "--verbose", is_flag=True, help="Print more: waits, rates, tracebacks."),
    ]


@click.command()
@click.option("--into", "inbox", required=True, metavar="INBOX", help="The folder that reports are put into.")
@click.option("--only", multiple=True, type=click.Choice(KIND_NAMES), help="Only this kind. May be repeated.")
@click.option(
    "--since", type=InstantParam(), help="Where the range of a report begins, instead of where the last ended."
)
@click.option("--dry-run", is_flag=True, help="Say what would be asked for; ask Amazon for a token alone.")
@amazon_options
@click.pass_context
def fetch(context: click.Context, /, since: dt.datetime | None, **options: Any) -> None:
    """Ask Amazon for the reports of the account file, and put them into the inbox."""
    from pipeline.app import fetch_job

    run_amazon_command(fetch_job.fetch_into_inbox, {**options, "since": since}, context)


@click.group()
def amazon() -> None:
    """Check the account, show what is under way, remove what is kept too long."""


@amazon.command()
@amazon_options
@click.pass_context
def check(context: click.Context, /, **options: Any) -> None:
    """Try the account file, the secrets, the roles, the clock and the folders."""
    from pipeline.app import check_job

    run_amazon_command(check_job.check_account, options, context)


@amazon.command()
@click.option("--home", metavar="DIR", help="The folder that holds inbox and archive.  [default: that of FILE]")
@click.option("--all", "everything", is_flag=True, help="Remove every report at once, however new.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed.")
@amazon_options
@click.pass_context
def forget(context: click.Context, /, **options: Any) -> None:
    """Remove reports that were kept for as long as privacy.keep allows."""
    from pipeline.app import forget_job

    run_amazon_command(forget_job.forget_reports, options, context)
