"""A notice as a mail: plain text, over verified TLS, logged in only where the line is encrypted."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime

from pipeline.notify.channel_settings import STARTTLS, TLS, Channel
from pipeline.notify.notice import Notice


def send_mail(channel: Channel, notice: Notice, timeout: float) -> None:
    """The server has taken the mail for at least one recipient.

    Raises SMTPException for what the server refuses, SMTPNotSupportedError where it offers no STARTTLS: then nothing
    was said but hello. OSError where it is not reached or its certificate cannot be verified.
    """
    message = build_message(channel, notice)
    server = _connect(channel, timeout)
    try:
        if channel.secret:
            user, _, password = channel.secret.partition(":")
            server.login(user, password)
        server.send_message(message, channel.sender, channel.recipients)
        with contextlib.suppress(OSError):  # the mail is taken, however the server says goodbye
            server.quit()
    finally:
        server.close()


def build_message(channel: Channel, notice: Notice) -> EmailMessage:
    """The mail: its Message-ID is made of the notice's key, so that a mail sent again is seen as the same one."""
    message = EmailMessage()
    message["From"] = channel.sender
    message["To"] = ", ".join(channel.recipients)
    message["Subject"] = notice.subject
    message["Date"] = format_datetime(notice.sent_at)
    message["Message-ID"] = f"<{notice.key}@{_domain(channel)}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(notice.text)
    return message


def _domain(channel: Channel) -> str:
    return channel.sender.partition("@")[2]


def _connect(channel: Channel, timeout: float) -> smtplib.SMTP:
    """The server greeted, over TLS but where the settings say none. It gets the sender's domain as our name."""
    context = ssl.create_default_context()
    if channel.tls == TLS:
        return smtplib.SMTP_SSL(channel.host, channel.port, _domain(channel), timeout=timeout, context=context)
    server = smtplib.SMTP(channel.host, channel.port, _domain(channel), timeout=timeout)
    if channel.tls == STARTTLS:
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server
