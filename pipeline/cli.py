"""click: parse, call, print, exit status. Nothing else lives here."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from pipeline import __version__

if TYPE_CHECKING:
    from pipeline.nightly import Job

OK, SOME_REJECTED, WRONG_USAGE, NO_INPUT, COULD_NOT_FINISH = range(5)
log = logging.getLogger("feedwarden")


class _Instant(click.ParamType[dt.datetime]):
    name = "ts"

    def convert(self, value: Any, param: Any, ctx: Any) -> dt.datetime:
        """An ISO 8601 instant; one without an offset could be any, and is refused."""
        try:
            instant = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not ISO 8601; write for instance 2026-03-10T07:00:00Z", param, ctx)
        if instant.tzinfo is None:
            self.fail(f"{value!r} has no offset; write for instance {value}Z", param, ctx)
        return instant.astimezone(dt.UTC)


class _Share(click.ParamType[float]):
    name = "percent"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """A share of 1, written as a percentage."""
        try:
            share = float(str(value).removesuffix("%")) / 100
        except ValueError:
            share = -1
        if not 0 <= share <= 1:
            self.fail(f"{value!r} is not a percentage; write for instance 5%", param, ctx)
        return share


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every command which does the nightly work has."""
    for option in reversed(
        [
            click.option(
                "--out", required=True, metavar="DIR", help="Where feeds and reports are placed, all or nothing."
            ),
            click.option(
                "--ledger", default="ledger", show_default=True, metavar="DIR|URL", help="What is remembered."
            ),
            click.option("--no-ledger", is_flag=True, help="Remember nothing: judge by the files given alone."),
            click.option("--as-of", type=_Instant(), help="The instant to judge at, with offset.  [default: now]"),
            click.option(
                "--policy", metavar="NAME|FILE", help="A shipped profile, or a file with what differs from one."
            ),
            click.option(
                "--account", metavar="FILE", help="The account file.  [default: account.toml in an input folder]"
            ),
            click.option("--encoding", metavar="NAME", help="Read every file in this encoding."),
            click.option("--fail-on", type=click.Choice(["error", "warning"]), help="Exit with 1 on such a finding."),
            click.option("--max-rejected", type=_Share(), help="Exit with 1 where at least this share is rejected."),
            click.option("--dry-run", is_flag=True, help="Do everything but write."),
            click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True),
            click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
            click.option("-v", "--verbose", is_flag=True, help="Say more; show tracebacks."),
        ]
    ):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="feedwarden")
def main() -> None:
    """Check an Amazon seller's flat files and write feeds that are safe to upload."""


@main.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@_options
def run(inputs: tuple[str, ...], **options: Any) -> None:
    """The nightly batch: every report, confirmation and cancellation in the files and folders given."""
    _work(inputs, options)


@main.command()
@click.argument("confirmations", nargs=-1, required=True, metavar="CONFIRMATION...")
@click.option("--reports", multiple=True, required=True, metavar="PATH", help="Order reports: a file or a folder.")
@_options
def confirm(confirmations: tuple[str, ...], reports: tuple[str, ...], **options: Any) -> None:
    """Check a bulk confirmation against order reports before it is uploaded."""
    _work((*confirmations, *reports), options)


@main.command()
@click.argument("code", required=False)
def rules(code: str | None) -> None:
    """Show the rule book; with CODE what one rule asks, why, and how to mend the line."""
    from pipeline.rules import catalogue

    try:
        click.echo(catalogue.text(catalogue.find(code)) if code else catalogue.table())
    except KeyError as unknown:
        _stop(WRONG_USAGE, str(unknown.args[0]))


@main.command()
@click.argument("kind", required=False)
@click.option("--json", "as_json", is_flag=True, help="As Frictionless Table Schema.")
def schema(kind: str | None, as_json: bool) -> None:
    """Show the columns, types and rules of a kind of file."""
    from schemas import kinds, show

    known = {one.name: one for one in kinds.KINDS}
    if kind and kind not in known:
        _stop(WRONG_USAGE, f"{kind} is not a kind of file; there are {', '.join(sorted(known))}")
    if as_json:
        told = show.frictionless(known[kind]) if kind else {name: show.frictionless(one) for name, one in known.items()}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        click.echo(show.text(known[kind]) if kind else show.text_all())


@main.command()
@click.argument("name", required=False)
def policy(name: str | None) -> None:
    """Show the numbers in force and where they come from."""
    from pipeline import policy as policies
    from pipeline.policy import show

    try:
        click.echo(show.text(policies.load(name or "amazon")))
    except policies.PolicyError as wrong:
        _stop(WRONG_USAGE, str(wrong))


@main.command()
@click.argument("what", type=click.Choice(["show", "history", "verify"]))
@click.argument("order_id", required=False, metavar="[ORDER-ID]")
@click.option("--ledger", default="ledger", show_default=True, metavar="DIR|URL", help="Where what is remembered lies.")
@click.option("--as-of", type=_Instant(), help="As it was after the last run at or before this instant.")
@click.option("--version", type=click.IntRange(min=0), help="As it was after this run.")
def ledger(what: str, order_id: str | None, ledger: str, as_of: dt.datetime | None, version: int | None) -> None:
    """Tell an order's whole story, list the runs, or check that every table can be read."""
    from pipeline.ledger import show, store

    try:
        if what == "verify":
            told, sound = show.verify(ledger)
            click.echo(told)
            sys.exit(OK if sound else COULD_NOT_FINISH)
        held = store.Ledger(ledger, version)
        held = store.Ledger(ledger, show.before(held, as_of)) if as_of else held
        if what == "show" and not order_id:
            _stop(WRONG_USAGE, "name an order: feedwarden ledger show ORDER-ID")
        click.echo(show.order(held, str(order_id)) if what == "show" else show.history(held))
    except KeyError as unknown:
        _stop(WRONG_USAGE, str(unknown.args[0]))
    except store.LedgerDamaged as damaged:
        _stop(COULD_NOT_FINISH, str(damaged))


def _work(paths: tuple[str, ...], options: dict[str, Any]) -> None:
    """Do the job and end with its exit status; what stops it becomes one line."""
    _logging(options)
    from pipeline import nightly

    options["as_of"] = options["as_of"] or dt.datetime.now(dt.UTC).replace(microsecond=0)
    ledger = None if options["no_ledger"] else options["ledger"]
    job = nightly.Job(paths, ledger=ledger, **{name: options[name] for name in nightly.OPTIONS})
    try:
        with _progress(job, quiet=options["quiet"] or options["log_format"] == "json") as done:
            result = nightly.work(job, done)
    except nightly.Misused as wrong:
        _stop(WRONG_USAGE, str(wrong))
    except nightly.NothingToRead as nothing:
        _stop(NO_INPUT, str(nothing))
    except Exception as trouble:
        if options["verbose"]:
            raise
        _stop(COULD_NOT_FINISH, f"could not finish, nothing was published: {_one_line(trouble)} (-v shows where)")
    if not options["quiet"]:
        click.echo(result.summary)
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
    return SOME_REJECTED if result.rejected or result.unreadable or found or too_many else OK


def _one_line(trouble: Exception) -> str:
    return " ".join(f"{type(trouble).__name__}: {trouble}".split())[:300]


def _stop(status: int, message: str) -> None:
    log.error(" ".join(message.split())) if log.handlers else click.echo(f"feedwarden: {message}", err=True)
    sys.exit(status)


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """One JSON object a line: level, message, and what the caller added."""
        return json.dumps(
            {"level": record.levelname.lower(), "message": record.getMessage(), **getattr(record, "facts", {})}
        )


def _logging(options: dict[str, Any]) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if options["log_format"] == "json" else logging.Formatter("feedwarden: %(message)s"))
    log.handlers = [handler]
    log.propagate = False
    log.setLevel(logging.ERROR if options["quiet"] else logging.DEBUG if options["verbose"] else logging.INFO)


def _progress(job: Job, *, quiet: bool) -> Any:
    """A progress bar over the bytes of the inputs on a terminal; elsewhere nothing is shown."""
    import contextlib

    @contextlib.contextmanager
    def shown() -> Any:
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

    del job
    return shown()


if __name__ == "__main__":
    main()
