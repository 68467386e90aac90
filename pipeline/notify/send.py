"""Notices of what has happened, to every channel that wants it: each event once, what is owed later (SPEC §12)."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from filelock import FileLock, Timeout

from pipeline.notify import event_table, notice
from pipeline.notify.channel_settings import ALWAYS, Channel, NotifyError
from pipeline.notify.delivery import DEFAULT_TIMING, Timing, deliver_notice
from pipeline.notify.event_table import ERROR_EVENT, OWED_EVENT, RECOVERED, STOPPED, SUMMARY
from pipeline.notify.happening import Facts, Happening, collect_facts
from pipeline.notify.notice import Notice
from pipeline.notify.sent_log import SentLog
from pipeline.notify.settings import NotifySettings
from pipeline.notify.upload_journal import UNSURE_UPLOAD_CODES

UNDELIVERED_CODE = "NTF-801"  # of the rule book: a notice could not be delivered, and is owed
_NOTICES_LOCK = "notices.lock"
_WAIT_FOR_LOCK = 60
_NIGHT = "night"
_OVER = "over"


class NoticesInUse(OSError):
    """Another command sends notices with the same state: one line."""


class Delivery(NamedTuple):
    """What became of a channel's notice: ``failure`` is empty where it was taken, ``unnoted`` where that was noted.

    ``notice`` is None where there was nothing new for the channel.
    """

    channel: Channel
    notice: Notice | None
    failure: str = ""
    unnoted: str = ""


@dataclass(frozen=True)
class Sender:
    """Sends by the settings; ``state`` is the folder in which what was sent is noted."""

    settings: NotifySettings
    state: Path
    sent_at: dt.datetime
    timing: Timing = DEFAULT_TIMING

    def send_notices(self, happening: Happening) -> list[Delivery]:
        """What became of the notice for each channel.

        Raises NotifyError where the output cannot be read, NoticesInUse where another command does not let go of the
        state within a minute.
        """
        facts = collect_facts(happening, self.settings.deadlines)
        with _lock_state(self.state):
            log = SentLog(self.state)
            with ThreadPoolExecutor(len(self.settings.channels)) as pool:
                return list(pool.map(lambda channel: self._serve_channel(channel, facts, log), self.settings.channels))

    def preview_notices(self, happening: Happening) -> list[Delivery]:
        """What would be sent to each channel. Raises NotifyError."""
        facts, log = collect_facts(happening, self.settings.deadlines), SentLog(self.state)
        return [Delivery(channel, self._compose(facts, channel, log)[0]) for channel in self.settings.channels]

    def send_tests(self) -> list[Delivery]:
        """What became of one line to each channel; nothing is noted."""
        with ThreadPoolExecutor(len(self.settings.channels)) as pool:
            return list(pool.map(self._send_test, self.settings.channels))

    def _send_test(self, channel: Channel) -> Delivery:
        message = notice.compose_test(channel, self.sent_at)
        return Delivery(channel, message, deliver_notice(channel, message, self.timing))

    def _serve_channel(self, channel: Channel, facts: Facts, log: SentLog) -> Delivery:
        message, events = self._compose(facts, channel, log)
        if message is None:
            return Delivery(channel, None)
        failure = deliver_notice(channel, message, self.timing)
        try:
            log.add_notice(channel.name, message, events, is_sent=not failure)
        except OSError as error:
            return Delivery(channel, message, failure, f"{self.state} cannot be written to ({error.strerror})")
        return Delivery(channel, message, failure)

    def _compose(self, facts: Facts, channel: Channel, log: SentLog) -> tuple[Notice | None, pa.Table]:
        """The notice for a channel with its events; None where nothing is new for it."""
        events = choose_events(facts, channel, log)
        if not len(events):
            return None, events
        return notice.compose_notice(facts, events, channel, self.settings, self.sent_at), events


def choose_events(facts: Facts, channel: Channel, log: SentLog) -> pa.Table:
    """What the channel is to get: the new events it wants, what is over of those it has got, and what it is owed."""
    happening, sent, owed = facts.happening, log.list_sent(channel.name), log.list_owed(channel.name)
    known = sent | set(owed["key"].to_pylist())
    over = [
        {"event": RECOVERED, "key": f"{key} {_OVER}"}
        for key in sorted(known)
        if not key.endswith(f" {_OVER}") and _is_over(key, facts)
    ]
    signs = [{"event": SUMMARY, "key": f"{SUMMARY} {happening.key}"}] if ALWAYS in channel.when else []
    debts = (
        [{"event": OWED_EVENT, "key": f"{OWED_EVENT} {happening.key}", "code": UNDELIVERED_CODE}] if len(owed) else []
    )
    wanted = facts.events if ALWAYS in channel.when else event_table.select_events(facts.events, channel.when)
    return event_table.drop_keys(
        event_table.concat_events([owed, wanted, *map(event_table.build_events, (over, signs, debts))]), sent
    )


def _is_over(key: str, facts: Facts) -> bool:
    """Whether the event of the key, stopped or unsure, is over; a command of before shows nothing."""
    event, what, *rest = key.split(" ")
    if event == STOPPED:
        is_later = dt.datetime.fromisoformat(rest[0]) <= facts.happening.as_of
        return facts.happening.is_done and facts.happening.command in (_NIGHT, what) and is_later
    return event == ERROR_EVENT and what in UNSURE_UPLOAD_CODES and " ".join(rest) in facts.settled_parts


@contextlib.contextmanager
def _lock_state(state: Path) -> Iterator[None]:
    """One command at a time; where the folder cannot be written to, sending goes on: better twice than never."""
    lock = FileLock(state / _NOTICES_LOCK, timeout=_WAIT_FOR_LOCK, mode=0o600)
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise NoticesInUse(f"{state}: another command sends notices with it; run it again later") from error
    except OSError:
        yield
        return
    try:
        yield
    finally:
        lock.release()


def check_state(state: str | Path) -> Path:
    """The folder of the state. Raises NotifyError where it is no local folder."""
    path = Path(state)
    if "://" in str(state) or (path.exists() and not path.is_dir()):
        raise NotifyError(f"{state}: the state must be a local folder")
    return path
