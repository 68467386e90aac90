"""A run or an audit from Python: the options of the commands by name, a result to work with, errors as exceptions.

Nothing here ends the process, prints, or reads the environment; what is heavy is loaded when it is used.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, NoReturn, TypedDict, TypeVar, Unpack

from pipeline.app.console import NO_INPUT
from pipeline.app.python_results import (
    AccountsOutput,
    AuditOutput,
    CouldNotFinish,
    FeedwardenError,
    NoUsableInput,
    RunOutput,
    WrongUsage,
)

__all__ = [
    "AccountsOutput",
    "AuditOutput",
    "CouldNotFinish",
    "FeedwardenError",
    "NoUsableInput",
    "RunOutput",
    "WrongUsage",
    "audit",
    "run",
    "run_accounts",
]
Text = str | os.PathLike[str]
OutputType = TypeVar("OutputType", bound=AuditOutput)


class AuditOptions(TypedDict, total=False):
    """The options of ``feedwarden audit``, by name; what each means, ``feedwarden audit --help`` says."""

    against: Iterable[Text]
    as_of: str | dt.datetime
    policy: Text
    account: Text
    encoding: str
    fail_on: Literal["error", "warning"]
    max_rejected: str
    dry_run: bool
    public: bool
    memory: str | int
    jobs: int
    scratch: Text


class RunOptions(AuditOptions, total=False):
    """The options of ``feedwarden run``, by name; what each means, ``feedwarden run --help`` says."""

    ledger: Text
    no_ledger: bool
    engine: Literal["local", "dask"]
    scheduler: str
    verify: bool


class AccountsOptions(RunOptions, total=False):
    """The options of ``feedwarden run`` over several accounts, by name."""

    time_zone: str


def run(*inputs: Text, out: Text, **options: Unpack[RunOptions]) -> RunOutput:
    """What ``feedwarden run`` does of these files and folders.

    Raises WrongUsage, NoUsableInput and CouldNotFinish. Rows that were rejected are no error: ``exit_status`` is 1.
    """
    return _execute("run", inputs, out, dict(options), RunOutput)


def run_accounts(folder: Text, *, out: Text, **options: Unpack[AccountsOptions]) -> AccountsOutput:
    """What ``feedwarden run`` does of a folder whose sub-folders each hold an account.toml.

    Raises what ``run`` does where all of it cannot be done; what stops one account is in the result.
    """
    from pipeline.app import accounts, jobs, run_command
    from pipeline.utils import arrow

    values = _parse_options("run", (folder,), {"out": out, **options})
    try:
        if not accounts.holds_accounts((os.fspath(folder),)):
            raise WrongUsage(f"{folder}: no folder below it has an account.toml; for one account there is run()")
        job = run_command.build_run_job((os.fspath(folder),), values)
        result = accounts.execute_accounts(
            job, values["time_zone"], lambda own: run_command.compute_exit_status(own, values)
        )
    except jobs.InvalidJob as error:
        raise WrongUsage(str(error)) from error
    except OSError as error:
        _raise_failure(error)
    own_outputs = {
        name: _to_output(own, Path(out) / name, run_command.compute_exit_status(own, values), RunOutput)
        for name, own in result.results.items()
    }
    stopped = {outcome.name: outcome.message for outcome in result.outcomes if outcome.message}
    return AccountsOutput(result.exit_status, Path(out), own_outputs, stopped, arrow.to_frame(result.worklist))


def audit(*files: Text, out: Text, **options: Unpack[AuditOptions]) -> AuditOutput:
    """What ``feedwarden audit`` does of these files and folders. Raises what ``run`` does."""
    return _execute("audit", files, out, dict(options), AuditOutput)


def _execute(
    command: str, paths: tuple[Text, ...], out: Text, options: dict[str, Any], output_type: type[OutputType]
) -> OutputType:
    from pipeline.app import audit_job, jobs, run_command, run_job
    from pipeline.app.accounts import holds_accounts
    from pipeline.utils.events import current_run

    values = _parse_options(command, paths, {"out": out, **options})
    texts = tuple(os.fspath(path) for path in paths)
    if values.get("time_zone") is not None:
        raise WrongUsage("time_zone is for run_accounts()")
    if command == "run" and holds_accounts(texts):
        raise WrongUsage(f"{texts[0]}: holds several accounts; for these there is run_accounts()")
    current_run.set(None)
    try:
        result = (
            run_job.execute_job(run_command.build_run_job(texts, values))
            if command == "run"
            else audit_job.execute_audit(run_command.build_audit_job(texts, values))
        )
    except jobs.InvalidJob as error:
        raise WrongUsage(str(error)) from error
    except jobs.NoInputFiles as error:
        raise NoUsableInput(str(error)) from error
    except Exception as error:  # noqa: BLE001  whatever it was, it is one line with its cause
        _raise_failure(error)
    output = _to_output(result, Path(out), run_command.compute_exit_status(result, values), output_type)
    if output.exit_status == NO_INPUT:
        raise NoUsableInput("no file can be used; the findings say why", output)
    return output


def _raise_failure(error: Exception) -> NoReturn:
    from pipeline.app.console import summarize_failure

    raise CouldNotFinish(f"could not finish, nothing was published: {summarize_failure(error)}") from error


def _parse_options(command: str, paths: tuple[Text, ...], options: dict[str, Any]) -> dict[str, Any]:
    """The options as the command reads them from its line, with the defaults that it has. Raises WrongUsage."""
    import click

    from pipeline import cli

    parser = cli.main.commands[command]
    names = {param.name for param in parser.params if isinstance(param, click.Option)} - {
        "quiet",
        "verbose",
        "log_format",
    }
    if unknown := [name for name in options if name not in names]:
        raise TypeError(f"{command}() has no option {unknown[0]!r}; it has {', '.join(sorted(filter(None, names)))}")
    words = [word for name, value in options.items() for word in _spell_option(name, value)]
    try:
        arguments = [*words, "--", *(os.fspath(path) for path in paths)]
        help_names = cli.main.context_settings["help_option_names"]  # click keeps those of the first call
        return cli.set_as_of(parser.make_context(command, arguments, help_option_names=help_names).params)
    except click.UsageError as error:
        raise WrongUsage(error.format_message()) from error


def _spell_option(name: str, value: Any) -> list[str]:
    """The option as the command line has it; None and False are left out."""
    flag = f"--{name.replace('_', '-')}"
    if value is None or value is False:
        return []
    if value is True:
        return [flag]
    if name == "max_rejected" and not isinstance(value, str):
        raise TypeError(f"max_rejected={value!r}: write it as a percentage, for example '5%'")
    if isinstance(value, (list, tuple, set)):
        return [word for part in value for word in (flag, os.fspath(part))]
    return [flag, value.isoformat() if isinstance(value, dt.datetime) else str(value)]


def _to_output(result: Any, out: Path, exit_status: int, output_type: type[OutputType]) -> OutputType:
    paths = [out / written.path for written in result.outputs]
    names = ("run_id", "accepted", "rejected", "skipped", "unreadable", "errors", "warnings", "summary")
    values: dict[str, Any] = {name: getattr(result, name) for name in names}
    all_paths = (*paths, out / "manifest.json") if paths else ()
    return output_type(exit_status=exit_status, out=out, paths=all_paths, **values)
