"""What the commands work with: the account, Amazon, the clock and the state."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from pipeline.amazon.account import AmazonAccount
from pipeline.amazon.event_words import build_event
from pipeline.amazon.operations import Clock, Operations
from pipeline.amazon.state import StateFolder


class Session(NamedTuple):
    """The account, the operations of Amazon, the clock, and the state, which is held."""

    account: AmazonAccount
    operations: Operations
    clock: Clock
    state: StateFolder

    def seconds_since(self, instant: dt.datetime) -> float:
        """How long ago an instant of Amazon's clock was, in seconds."""
        return (self.clock.amazon_time() - instant).total_seconds()

    def report_event(self, code: str, about: str, severity: str = "", **words: str) -> None:
        """The event, in the words of the rule book, is in the journal and the log."""
        self.state.record_event(build_event(code, about, severity, **words))
