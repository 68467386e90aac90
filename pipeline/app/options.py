"""The command-line options that several commands share, and the types of their values."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import click

from pipeline.app.completion import complete_policies

_SIZE_PATTERN = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?([kmgt]i?)?b?", re.IGNORECASE)
_UNIT_BYTES = {
    f"{letter}{i}": base**at for at, letter in enumerate(("", *"kmgt")) for i, base in (("", 1000), ("i", 1024))
}
_MAX_SIZE = 1 << 50
_FIRST_YEAR, _LAST_YEAR = 1900, 8999  # from any instant between them the calendar goes far enough both ways


class InstantParam(click.ParamType[dt.datetime]):
    """An instant with its offset from UTC."""

    name = "ts"

    def convert(self, value: Any, param: Any, ctx: Any) -> dt.datetime:
        """An ISO 8601 instant; one without an offset could be any, and is refused."""
        try:
            instant = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not ISO 8601; write for example 2026-03-10T07:00:00Z", param, ctx)
        if instant.tzinfo is None:
            self.fail(f"{value!r} has no offset; write for example {instant.isoformat()}Z", param, ctx)
        if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
            self.fail(f"{value!r} is not between the years {_FIRST_YEAR} and {_LAST_YEAR}", param, ctx)
        return instant.astimezone(dt.UTC)


class PercentParam(click.ParamType[float]):
    """A share of the whole, of at most so much."""

    name = "percent"

    def __init__(self, maximum: float = 1) -> None:
        """Of all of it, unless ``maximum`` says less."""
        self.most = maximum

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """A share of 1, written as a percentage."""
        try:
            share = float(str(value).removesuffix("%")) / 100
        except ValueError:
            share = -1
        if not 0 <= share <= self.most:
            self.fail(f"{value!r} is not a percentage up to {self.most:.0%}; write for example 5%", param, ctx)
        return share


class SizeParam(click.ParamType[int]):
    """A number of bytes, at least a mebibyte."""

    name = "size"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Bytes of a number with its unit."""
        match = _SIZE_PATTERN.fullmatch(str(value).strip())
        size = int(float(match[1]) * _UNIT_BYTES[(match[2] or "").lower()]) if match else 0
        if not _UNIT_BYTES["mi"] <= size <= _MAX_SIZE:
            self.fail(f"{value!r} is not a size of memory; write for example 2GiB or 500MiB", param, ctx)
        return size


_RESOURCE_OPTIONS = (
    click.option("--memory", type=SizeParam(), default="2GiB", show_default=True, help="Memory for rows."),
    click.option("--jobs", type=click.IntRange(1, 1024), metavar="N", help="Tasks at a time.  [default: one a core]"),
    click.option("--scratch", metavar="DIR", help="Folder for temporary files."),
)


def audit_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command has the options of one that reads files, and of what it may use for that."""
    command = job_options(command)
    for option in reversed(_RESOURCE_OPTIONS):
        command = option(command)
    return command


def nightly_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command has the options that every command which does the nightly work has."""
    command = job_options(command)
    for option in reversed(
        [
            click.option(
                "--ledger",
                default="ledger",
                show_default=True,
                metavar="DIR|URL",
                help="The ledger, which keeps what earlier runs learned.",
            ),
            click.option("--state", metavar="DIR", help="What is known of feeds that were submitted (see submit)."),
            click.option("--no-ledger", is_flag=True, help="Use no ledger: check by the input files alone."),
            click.option(
                "--engine",
                type=click.Choice(["local", "dask"]),
                default="local",
                show_default=True,
                help="Threads or processes of this machine, or a Dask cluster.",
            ),
            click.option(
                "--scheduler",
                metavar="ADDR",
                help="The cluster to join, tcp://…  [default: one of this machine, with --jobs workers]",
            ),
            *_RESOURCE_OPTIONS,
            click.option(
                "--verify",
                is_flag=True,
                help="Check the program's own tables between its steps; exit with 4 on a fault.",
            ),
        ]
    ):
        command = option(command)
    return out_option(command)


def out_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command says where its outputs are placed."""
    return click.option("--out", required=True, metavar="DIR", help="Output folder, replaced as a whole.")(command)


_policy_option = click.option(
    "--policy",
    metavar="NAME|FILE",
    shell_complete=complete_policies,
    help="A built-in profile, or a file with changes to one.",
)


def job_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command has the options of everything that reads files and writes reports about them."""
    for option in reversed(
        [
            click.option(
                "--as-of", type=InstantParam(), help="The time to judge at, with its UTC offset.  [default: now]"
            ),
            _policy_option,
            click.option(
                "--account", metavar="FILE", help="The account file.  [default: account.toml in an input folder]"
            ),
            click.option("--encoding", metavar="NAME", help="Read every file in this encoding."),
            click.option(
                "--fail-on",
                type=click.Choice(["error", "warning"]),
                help="Exit with 1 on a finding of this severity or worse.",
            ),
            click.option(
                "--max-rejected", type=PercentParam(), help="Warn and exit with 1 if at least this share is rejected."
            ),
            click.option("--dry-run", is_flag=True, help="Do everything except writing."),
            click.option("--public", is_flag=True, help="Let others of this machine read the outputs."),
            click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True),
            click.option("-q", "--quiet", is_flag=True, help="Print errors only."),
            click.option("-v", "--verbose", is_flag=True, help="Print more; show tracebacks."),
        ]
    ):
        command = option(command)
    return command
