"""A notice to any service that Apprise knows (extra ``notify``)."""

from __future__ import annotations

import logging

from pipeline.notify.channel_settings import Channel
from pipeline.notify.notice import Notice


def send_message(channel: Channel, notice: Notice, _timeout: float) -> None:
    """The service has taken the notice.

    Raises ConnectionError where it has not, ValueError where the URL is none of Apprise's, or asks it not to verify
    certificates. What Apprise logs is not shown: it could repeat the URL.
    """
    import apprise

    logging.getLogger("apprise").disabled = True
    service = apprise.Apprise.instantiate(channel.url)
    if service is None or not service.verify_certificate:
        raise ValueError("not a URL of Apprise, or one without verification")
    if not service.notify(body=notice.text, title=notice.subject):
        raise ConnectionError("the service did not take it")
