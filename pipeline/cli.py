"""click: parse, call, print, exit status. Nothing else lives here."""

from __future__ import annotations

import datetime as dt
import json
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

import click

from pipeline import __version__
from pipeline.terminal import (
    COULD_NOT_FINISH,
    NO_INPUT,
    OK,
    SOME_REJECTED,
    WRONG_USAGE,
    Commands,
    Instant,
    Share,
    as_process,
    job_options,
    log,
    logging_as,
    nightly_options,
    one_line,
    out_option,
    progress,
    say,
    stop,
)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="feedwarden")
def main() -> None:
    """Check an Amazon seller's flat files and write feeds that are safe to upload."""


@main.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@nightly_options
def run(inputs: tuple[str, ...], **options: Any) -> None:
    """The nightly batch: every report, confirmation and cancellation in the files and folders given."""
    _work(inputs, options)


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
    _work((*confirmations, *reports), options)


@main.command()
@click.argument("claims", nargs=-1, required=True, metavar="CLAIMS...")
@click.option("--contacts", multiple=True, metavar="PATH", help="Contact logs: a file or a folder. May be repeated.")
@click.option("--evidence", metavar="CLAIM-ID", help="Print the facts of one claim, each with its file and line.")
@nightly_options
def claims(claims: tuple[str, ...], contacts: tuple[str, ...], **options: Any) -> None:
    """Say of A-to-z claims who will lose what, why, and what can still be done."""
    _work((*claims, *contacts), options)


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@out_option
@click.option(
    "--against",
    multiple=True,
    metavar="DIR",
    help="Say what differs from this earlier audit, or ledger. May be repeated.",
)
@job_options
def audit(files: tuple[str, ...], **options: Any) -> None:
    """Data quality: what every column of the files holds, and what is wrong with it. No order is judged."""
    logging_as(options)
    from pipeline import auditing, screen

    def job(told: dict[str, Any]) -> auditing.Audit:
        return auditing.Audit(files, **{name: told[name] for name in auditing.OPTIONS})

    _do(auditing.work, job, options, screen.show if sys.stdout.isatty() else lambda result: say(result.summary))


@main.command()
@click.argument("code", required=False)
def rules(code: str | None) -> None:
    """Show the rule book; with CODE what one rule asks, why, and how to mend the line."""
    from pipeline.rules import catalogue

    try:
        say(catalogue.text(catalogue.find(code)) if code else catalogue.table())
    except KeyError as unknown:
        stop(WRONG_USAGE, str(unknown.args[0]))


@main.command()
@click.argument("kind", required=False)
@click.option("--json", "as_json", is_flag=True, help="As Frictionless Table Schema.")
def schema(kind: str | None, as_json: bool) -> None:
    """Show the columns, types and rules of a kind of file."""
    from schemas import kinds, show

    known = {one.name: one for one in kinds.KINDS}
    if kind and kind not in known:
        stop(WRONG_USAGE, f"{kind} is not a kind of file; there are {', '.join(sorted(known))}")
    if as_json:
        told = show.frictionless(known[kind]) if kind else {name: show.frictionless(one) for name, one in known.items()}
        say(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        say(show.text(known[kind]) if kind else show.text_all())


@main.command()
@click.argument("name", required=False)
def policy(name: str | None) -> None:
    """Show the numbers in force and where they come from."""
    from pipeline import policy as policies
    from pipeline.policy import show

    try:
        say(show.text(policies.load(name or "amazon")))
    except policies.PolicyError as wrong:
        stop(WRONG_USAGE, str(wrong))


@main.command()
@click.argument("what", type=click.Choice(["show", "history", "verify"]))
@click.argument("order_id", required=False, metavar="[ORDER-ID]")
@click.option("--ledger", default="ledger", show_default=True, metavar="DIR|URL", help="Where what is remembered lies.")
@click.option("--as-of", type=Instant(), help="As it was after the last run at or before this instant.")
@click.option("--version", type=click.IntRange(min=0), help="As it was after this run.")
def ledger(what: str, order_id: str | None, ledger: str, as_of: dt.datetime | None, version: int | None) -> None:
    """Tell what is known or an order's whole story, list the runs, or check that every table can be read."""
    from pipeline.ledger import show, store

    try:
        if what == "verify":
            told, sound = show.verify(ledger)
            say(told)
            sys.exit(OK if sound else COULD_NOT_FINISH)
        held = show.at(ledger, version, as_of)
        if what == "history":
            say(show.history(held))
        else:
            say(show.order(held, order_id) if order_id else show.whole(held))
    except KeyError as unknown:
        stop(WRONG_USAGE, str(unknown.args[0]))
    except store.LedgerDamaged as damaged:
        stop(COULD_NOT_FINISH, str(damaged))


@main.command()
@click.option("--orders", type=click.IntRange(1, 400_000_000), default=10_000, show_default=True, help="How many.")
@click.option("--nights", type=click.IntRange(1, 999), default=7, show_default=True, help="Each a folder of files.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed, the same bytes.")
@click.option("--dirty", type=Share(0.2), default="0%", show_default=True, help="Damage this share of the lines.")
@click.option("--out", required=True, metavar="DIR", help="A new or empty folder.")
@click.option("--marketplaces", default="US,UK,DE,JP", show_default=True, metavar="CODES", help="Also CA, AU, IN.")
@click.option(
    "--as-of", type=Instant(), default="2026-10-19T07:00:00Z", show_default=True, help="When night 1 is judged."
)
@click.option("--history", type=click.IntRange(1, 365), default=35, show_default=True, help="Days of orders before it.")
def simulate(out: str, marketplaces: str, **asked: Any) -> None:
    """Make up a seller: nights of files in Amazon's layouts, and the truth about every damaged line."""
    from pipeline.simulate import work

    try:
        told = work.asked(marketplaces, **asked)
        with click.progressbar(length=told.orders, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
            made = work.simulate(told, out, bar.update)
    except work.Misused as wrong:
        stop(WRONG_USAGE, str(wrong))
    except OSError as trouble:
        stop(COULD_NOT_FINISH, f"could not finish: {one_line(trouble)}")
    click.echo(work.summary(told, made, out))


def _work(paths: tuple[str, ...], options: dict[str, Any]) -> None:
    """The nightly work, with a ledger or without one."""
    logging_as(options)
    from pipeline import means, nightly

    ledger = None if options["no_ledger"] else options["ledger"]
    given = means.Means(*(options[name] for name in means.Means._fields))

    def job(told: dict[str, Any]) -> nightly.Job:
        return nightly.Job(paths, ledger=ledger, means=given, **{name: told[name] for name in nightly.OPTIONS})

    _do(nightly.work, job, options)


def _do(
    work: Callable[..., Any],
    job: Callable[[dict[str, Any]], Any],
    options: dict[str, Any],
    tell: Callable[[Any], None] = lambda result: say(result.statement or result.summary),
) -> NoReturn:
    """Do the job and end with its exit status; what stops it becomes one line."""
    from pipeline.nightly import Misused, NothingToRead

    options.setdefault("evidence", None)
    options["as_of"] = options["as_of"] or dt.datetime.now(dt.UTC).replace(microsecond=0)
    try:
        with progress(quiet=options["quiet"] or options["log_format"] == "json") as done:
            result = work(job(options), done)
    except Misused as wrong:
        stop(WRONG_USAGE, str(wrong))
    except NothingToRead as nothing:
        stop(NO_INPUT, str(nothing))
    except (Exception, KeyboardInterrupt) as trouble:  # noqa: BLE001  whatever it was, it ends with one line
        if options["verbose"]:
            traceback.print_exc()
        stop(COULD_NOT_FINISH, f"could not finish, nothing was published: {one_line(trouble)} (-v shows where)")
    if not options["quiet"]:
        tell(result)
    sys.exit(_status(result, options))


def _status(result: Any, options: dict[str, Any]) -> int:
    if not result.usable:
        return NO_INPUT
    total = result.accepted + result.rejected + result.unreadable + result.skipped
    share = (result.rejected + result.unreadable) / total if total else 0
    too_many = options["max_rejected"] is not None and share >= options["max_rejected"] and share > 0
    found = {"error": result.errors, "warning": result.errors + result.warnings}.get(options["fail_on"], 0)
    if too_many:
        log.warning("%.1f %% of the lines were rejected, at or above --max-rejected", share * 100)
    return SOME_REJECTED if result.lost or found or too_many else OK


def program() -> NoReturn:
    """The command line as a process of its own."""
    as_process(main)


if __name__ == "__main__":
    program()
