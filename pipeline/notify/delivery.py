"""One notice to one channel: some tries within a time, and in a few words why none of them worked."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
import urllib.error
from collections.abc import Callable
from concurrent.futures import Future
from time import sleep
from typing import NamedTuple

from pipeline.notify import apprise_service, mail, webhook
from pipeline.notify.channel_settings import APPRISE, MAIL, WEBHOOK, Channel
from pipeline.notify.notice import Notice


class Timing(NamedTuple):
    """Seconds for one answer of a server, for one try as a whole, and between tries: together at most 2 min."""

    answer: float = 10.0
    attempt: float = 30.0
    pauses: tuple[float, ...] = (5.0, 15.0)


DEFAULT_TIMING = Timing()
_CHANNEL_SENDERS: dict[str, Callable[[Channel, Notice, float], None]] = {
    MAIL: mail.send_mail,
    WEBHOOK: webhook.post_notice,
    APPRISE: apprise_service.send_message,
}
_FAILURES: tuple[tuple[type[BaseException], str], ...] = (  # the first that fits counts
    (urllib.error.HTTPError, "the server did not take it"),
    (smtplib.SMTPAuthenticationError, "the server refused the login"),
    (smtplib.SMTPNotSupportedError, "the server does not offer what is needed: STARTTLS or login"),
    (smtplib.SMTPResponseException, "the server did not take it"),
    (smtplib.SMTPRecipientsRefused, "the server refused every recipient"),
    (smtplib.SMTPServerDisconnected, "no answer in time, or the server broke off"),
    (ssl.SSLCertVerificationError, "the server's certificate cannot be verified"),
    (TimeoutError, "no answer in time"),
    (socket.gaierror, "the server's name is not known"),
    (ConnectionError, "the server cannot be reached, or broke off"),
)


def deliver_notice(channel: Channel, notice: Notice, timing: Timing = DEFAULT_TIMING) -> str:
    """Empty once the channel took the notice; after as many tries as there are pauses, and one, why it did not."""
    reason = ""
    for pause in (*timing.pauses, None):
        try:
            _run_within(timing.attempt, lambda: _CHANNEL_SENDERS[channel.kind](channel, notice, timing.answer))
        except Exception as error:  # noqa: BLE001  a channel can fail in any way, and none may stop the others
            reason = describe_failure(error)
        else:
            return ""
        if pause is not None:
            sleep(pause)
    return reason


def _run_within(seconds: float, send: Callable[[], None]) -> None:
    """The sending done, or its exception; TimeoutError where it takes longer, however slowly a server speaks."""
    done: Future[None] = Future()

    def work() -> None:
        try:
            send()
            done.set_result(None)
        except BaseException as error:  # noqa: BLE001  it is raised where it is waited for
            done.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    done.result(timeout=seconds)


def describe_failure(error: BaseException) -> str:
    """Why it failed, in words of ours: what a server or a library says could repeat a secret."""
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, BaseException):
        return describe_failure(error.reason)
    status = getattr(error, "code", None) or getattr(error, "smtp_code", None)
    reason = next(
        (words for kind, words in _FAILURES if isinstance(error, kind)), f"it failed ({type(error).__name__})"
    )
    return f"{reason} ({status})" if isinstance(status, int) else reason
