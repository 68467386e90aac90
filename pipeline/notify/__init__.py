"""Notices by mail, webhook or any service of Apprise: what is due, what is wrong, what has stopped (SPEC §12)."""

from pipeline.notify.channel_settings import NotifyError
from pipeline.notify.delivery import Timing
from pipeline.notify.happening import Happening, find_newest_night, read_manifest
from pipeline.notify.send import UNDELIVERED_CODE, Delivery, NoticesInUse, Sender, check_state
from pipeline.notify.settings import NotifySettings, load_settings

__all__ = [
    "UNDELIVERED_CODE",
    "Delivery",
    "Happening",
    "NoticesInUse",
    "NotifyError",
    "NotifySettings",
    "Sender",
    "Timing",
    "check_state",
    "find_newest_night",
    "load_settings",
    "read_manifest",
]
