"""The commands that take feeds out and bring answers in: submit, collect, night, and what the state knows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from pipeline.app.amazon_commands import amazon_options, log_options
from pipeline.app.amazon_session import run_amazon_command, state_folder
from pipeline.app.console import WRONG_USAGE, exit_with, print_text
from pipeline.app.options import InstantParam


class DurationParam(click.ParamType[float]):
    """A length of time, in seconds."""

    name = "duration"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Seconds of a number with its unit."""
        from pipeline.amazon.waits import parse_duration

        if isinstance(value, float):
            return value
        try:
            return parse_duration("a duration", value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.argument("outputs", nargs=-1, metavar="[OUT]...")
@click.option("--adopt", nargs=2, metavar="PART FEED-ID", help="Say which of Amazon's feeds an unsure part is.")
@click.option("--again", metavar="PART", help="Send a part once more, whatever came of it.")
@click.option("--give-up", metavar="PART", help="Never send a part: its rows count as not confirmed.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent; ask Amazon for a token alone.")
@amazon_options
@click.pass_context
def submit(context: click.Context, /, outputs: tuple[str, ...], **options: Any) -> None:
    """Send the feeds of published outputs to Amazon, each once.

    PART is the name of a part where only one has it, or at least six digits of its SHA256.
    """
    from pipeline.app import feed_job

    decisions = [name for name in ("adopt", "again", "give_up") if options[name]]
    if len(decisions) + bool(outputs) != 1:
        exit_with(WRONG_USAGE, "submit takes the folders of outputs, or one of --adopt, --again and --give-up")
    run_amazon_command(feed_job.submit_feeds, {**options, "outputs": outputs}, context)


@click.command()
@click.option(
    "--into", "inbox", required=True, metavar="INBOX", help="The folder that processing reports are put into."
)
@click.option("--wait", type=DurationParam(), default=0.0, help="Look again for so long, as 45m.  [default: one look]")
@amazon_options
@click.pass_context
def collect(context: click.Context, /, **options: Any) -> None:
    """Look what became of submitted feeds, and put their processing reports into the inbox."""
    from pipeline.app import feed_job

    run_amazon_command(feed_job.collect_answers, options, context)


@click.command(context_settings={"ignore_unknown_options": False})
@click.option(
    "--home", required=True, metavar="DIR", help="The folder with amazon.toml, inbox, out, ledger and the rest."
)
@click.option("--as-of", type=InstantParam(), help="The time to judge at.  [default: once the reports are there]")
@click.option("--wait", type=DurationParam(), help="How long to wait for answers, as 45m.  [default: wait.feed]")
@click.option("--state", metavar="DIR", help="What is known of reports and feeds.  [default: amazon in DIR]")
@click.option("--dry-run", is_flag=True, help="Say what would be done; ask Amazon for a token alone.")
@click.argument("run_options", nargs=-1, type=click.UNPROCESSED, metavar="[-- RUN-OPTION...]")
@click.pass_context
def night(context: click.Context, /, as_of: dt.datetime | None, **options: Any) -> None:
    """Fetch, run, submit and collect, one after the other; started again, it goes on where it was ended."""
    from pipeline.app import feed_job, night_job

    def run_files(arguments: list[str]) -> int:
        """The exit status of `feedwarden run`."""
        group = context.find_root().command
        try:
            group.main(["run", *arguments, *_log_arguments(options)], prog_name="feedwarden", obj=context.obj)
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else 0
        return 0

    def work(values: dict[str, Any], clock: Any) -> int:
        return (
            feed_job.plan_night(values, clock) if values["dry_run"] else night_job.play_night(values, clock, run_files)
        )

    run_amazon_command(work, {**options, "as_of": as_of}, context)


for _option in reversed(log_options()):
    night = _option(night)


def _log_arguments(options: dict[str, Any]) -> list[str]:
    """What the run is told of the log."""
    flags = [flag for name, flag in (("quiet", "-q"), ("verbose", "-v")) if options[name]]
    return [*flags, "--log-format", options["log_format"]]


@click.command()
@amazon_options
def status(**options: Any) -> None:
    """Show the last nights, reports under way, and what became of every part; Amazon is not asked."""
    from pipeline.amazon.state import StateReader
    from pipeline.amazon.status import describe_state

    print_text(describe_state(StateReader(state_folder(options))))
