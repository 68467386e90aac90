"""What the commands that talk to Amazon share: how they begin, what they work with, how they end."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from pipeline.app.console import COULD_NOT_FINISH, WRONG_USAGE, exit_with, summarize_exception
from pipeline.app.log_output import configure_logging
from pipeline.model.severity import ERROR, WARNING
from pipeline.utils.events import log
from pipeline.utils.private_files import private_files

if TYPE_CHECKING:
    from pipeline.amazon.client import AmazonClient
    from pipeline.amazon.clock import AmazonClock
    from pipeline.amazon.operations import Event, RecordEvent
    from pipeline.amazon.session import Session
    from pipeline.amazon.state import StateReader

Options = dict[str, Any]
_EXTRA = 'this command needs the extra amazon: pip install "feedwarden[amazon]"'


def run_amazon_command(work: Callable[[Options, AmazonClock], int], options: Options, context: Any) -> NoReturn:
    """Do the work and end with the exit status that it returns; what stops it becomes one line.

    ``context`` is click's: its ``obj`` makes the clock.
    """
    configure_logging(options)
    try:
        import httpx2  # noqa: F401  the extra is there
        import tenacity  # noqa: F401
    except ImportError:
        exit_with(WRONG_USAGE, _EXTRA)
    from pipeline.amazon.operations import AmazonFault

    try:
        with private_files(public=False):
            status = work(options, context.obj())
    except AmazonFault as fault:
        exit_with(fault.exit_status, str(fault))
    except (Exception, KeyboardInterrupt) as failure:  # noqa: BLE001  whatever it was, it ends with one line
        if options["verbose"]:
            traceback.print_exc()
        exit_with(COULD_NOT_FINISH, f"could not finish: {summarize_exception(failure)}; run it again to go on")
    sys.exit(status)


@contextlib.contextmanager
def open_session(options: Options, clock: AmazonClock) -> Iterator[Session]:
    """The account, its state, held until the end, and Amazon. What stops the command is in the journal too.

    Raises AmazonFault where the account file, the secrets or the state cannot be used.
    """
    from pipeline.amazon.account import load_amazon_account
    from pipeline.amazon.event_words import build_event
    from pipeline.amazon.inbox import OTHERS_RIGHTS
    from pipeline.amazon.operations import AmazonFault, Event
    from pipeline.amazon.session import Session
    from pipeline.amazon.state import hold_state

    account = load_amazon_account(options["amazon"])
    ended: list[AmazonFault] = []  # what ends the command is said by the line that it ends with
    with hold_state(state_folder(options), clock, lambda event: None if ended else log_event(event)) as state:
        if state.folder.stat().st_mode & OTHERS_RIGHTS:
            state.record_event(build_event("AMZ-705", "state", folder=str(state.folder)))
        try:
            with open_client(options, clock, state.record_event) as (client, fingerprint):
                state.begin_account(fingerprint, account.path.parent / f".{account.path.stem}.begun")
                yield Session(account, client, clock, state)
        except AmazonFault as fault:
            ended.append(fault)
            if fault.code:
                state.record_event(Event(fault.code, options["amazon"], str(fault), ERROR))
            raise


@contextlib.contextmanager
def open_dry_run(options: Options, clock: AmazonClock) -> Iterator[StateReader]:
    """The state as it is, which nothing is written to; Amazon was asked for a token and nothing else."""
    from pipeline.amazon.state import StateReader

    state = StateReader(state_folder(options))
    with open_client(options, clock, log_event) as (client, fingerprint):
        state.check_account(fingerprint)
        client.check_access()
        yield state


@contextlib.contextmanager
def open_client(
    options: Options, clock: AmazonClock, record_event: RecordEvent
) -> Iterator[tuple[AmazonClient, dict[str, Any]]]:
    """Amazon for the account, and what a state knows that account by."""
    from pipeline.amazon.account import load_amazon_account
    from pipeline.amazon.calls import ApiCaller
    from pipeline.amazon.client import AmazonClient
    from pipeline.amazon.credentials import read_secrets

    account = load_amazon_account(options["amazon"])
    secrets = read_secrets(account, os.environ)
    client = AmazonClient(account, ApiCaller(account, secrets, clock, record_event), record_event)
    try:
        yield client, secrets.account_fingerprint(account.region)
    finally:
        client.close()


def state_folder(options: Options) -> Path:
    """The folder of the state: ``--state``, or amazon beside the account file."""
    return Path(options["state"] or Path(options["amazon"]).parent / "amazon")


def log_event(event: Event) -> None:
    """The event is in the log, by its severity."""
    write = {ERROR: log.error, WARNING: log.warning}.get(event.severity, log.info)
    facts = {"code": event.code, "about": event.about, "severity": event.severity}
    write("%s %s", event.code, event.message, extra={"facts": facts})


def show_step(text: str) -> None:
    """One line for who watches; nothing where nobody does."""
    if sys.stderr.isatty() and log.isEnabledFor(20):
        print(text, file=sys.stderr)  # noqa: T201
