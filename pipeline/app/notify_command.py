"""`feedwarden notify`, and `run --notify`: notices sent, and what that does to the exit status."""

from __future__ import annotations

import datetime as dt
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from pipeline.app.console import (
    COULD_NOT_FINISH,
    OK,
    SOME_REJECTED,
    WRONG_USAGE,
    exit_with,
    print_text,
    summarize_exception,
)
from pipeline.app.log_output import configure_logging
from pipeline.notify import (
    UNDELIVERED_CODE,
    Delivery,
    Happening,
    NoticesInUse,
    NotifyError,
    Sender,
    check_state,
    find_newest_night,
    load_settings,
    read_manifest,
)
from pipeline.utils.events import log

RecordFailure = Callable[[str, str], None]  # the name of a channel that did not take its notice, and the reason
_SETTINGS_NAME, _STATE_NAME = "notify.toml", "amazon"


class NotifyRequest(NamedTuple):
    """What `feedwarden notify` is asked: an output folder or a home, the files to use, and what to do."""

    out: str | None
    home: str | None
    notify: str | None
    state: str | None
    test: bool
    dry_run: bool


def answer_notify(request: NotifyRequest, now: dt.datetime) -> NoReturn:
    """Sends what there is to send and ends with its exit status; what stops it becomes one line."""
    configure_logging({"log_format": "text", "quiet": False, "verbose": False})
    try:
        status = _send_request(request, now)
    except NotifyError as error:
        exit_with(WRONG_USAGE, str(error))
    except NoticesInUse as error:
        exit_with(COULD_NOT_FINISH, str(error))
    except OSError as failure:
        exit_with(COULD_NOT_FINISH, f"could not finish: {summarize_exception(failure)}")
    raise SystemExit(status)


def _send_request(request: NotifyRequest, now: dt.datetime) -> int:
    home = Path(request.home or ".")
    sender = open_sender(
        request.notify or home / _SETTINGS_NAME, request.state, now, with_secrets=request.test or not request.dry_run
    )
    if request.test:
        return _report(sender.send_tests(), _print_delivery)
    if (request.out is None) == (request.home is None):
        raise NotifyError("give either an output folder or --home DIR")
    happening = (
        find_newest_night(home, sender.state)
        if request.out is None
        else Happening("run", read_manifest(Path(request.out)).as_of, None, Path(request.out), sender.state)
    )
    if request.dry_run:
        for delivery in sender.preview_notices(happening):
            print_text(_format_preview(delivery))
        return OK
    return _report(sender.send_notices(happening), _print_delivery)


def open_sender(settings_path: str | Path, state: str | None, now: dt.datetime, *, with_secrets: bool = True) -> Sender:
    """A sender by the settings; the state is a folder beside them unless another is given. Raises NotifyError."""
    default_state = Path(settings_path).parent / _STATE_NAME
    return Sender(load_settings(settings_path, with_secrets=with_secrets), check_state(state or default_state), now)


def notify_night(home: Path, happening: Happening, now: dt.datetime, record_failure: RecordFailure) -> int:
    """The exit status of a night, once notices of it are sent as the home's notify.toml says: its last step.

    Without that file nothing is sent. Settings that cannot be used make it 2 where it would have been 0 or 1.
    """
    path = home / _SETTINGS_NAME
    status = happening.status or OK
    if not path.exists():
        return status
    try:
        sender = open_sender(path, None if happening.state is None else str(happening.state), now)
    except (NotifyError, OSError) as error:
        log.error("%s", error)
        return max(status, WRONG_USAGE)
    return notify_end(sender, happening, record_failure)


def notify_end(
    sender: Sender, happening: Happening, record_failure: RecordFailure = lambda _channel, _reason: None
) -> int:
    """The exit status of a command that has ended, once notices of that are sent.

    It is the status of the happening: 1 in place of 0 where a channel did not take its notice. ``record_failure``
    receives the name of such a channel and the reason. Never raises: what has been published stays, whatever becomes of
    the notices.
    """
    status = OK if happening.status is None else happening.status
    try:
        deliveries = sender.send_notices(happening)
        for delivery in deliveries:
            if delivery.failure:
                record_failure(delivery.channel.name, delivery.failure)
        failures = min(_report(deliveries, lambda _delivery: None), SOME_REJECTED)
    except Exception as failure:  # noqa: BLE001  whatever it was, the command itself has ended
        log.debug("%s", traceback.format_exc())
        log.warning("%s: no notice could be sent: %s", UNDELIVERED_CODE, summarize_exception(failure))
        failures = SOME_REJECTED
    return status or failures


def _report(deliveries: Sequence[Delivery], show: Callable[[Delivery], None]) -> int:
    """The exit status of the deliveries, each of them shown and what failed logged."""
    for delivery in deliveries:
        show(delivery)
        if delivery.failure:
            log.warning(
                "%s: the channel %s did not take the notice: %s; it is owed and sent with the next one",
                UNDELIVERED_CODE,
                delivery.channel.name,
                delivery.failure,
            )
        if delivery.unnoted:
            log.error("%s; what was sent is not noted, and so is sent again", delivery.unnoted)
    failed = [delivery for delivery in deliveries if delivery.failure]
    if failed and len(failed) == len(deliveries):
        log.error("no channel took a notice: nobody has been notified")
    if any(delivery.unnoted for delivery in deliveries):
        return COULD_NOT_FINISH
    return SOME_REJECTED if failed else OK


def _print_delivery(delivery: Delivery) -> None:
    if delivery.notice is None:
        print_text(f"{delivery.channel.name}: nothing new")
    elif not delivery.failure:
        print_text(f"{delivery.channel.name}: sent: {delivery.notice.subject}")


def _format_preview(delivery: Delivery) -> str:
    if delivery.notice is None:
        return f"{delivery.channel.name}: nothing new"
    head = f"{delivery.channel.name} ({delivery.channel.kind})"
    return f"{head}\nSubject: {delivery.notice.subject}\n\n{delivery.notice.text}"
