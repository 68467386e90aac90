"""The one clock of the commands that talk to Amazon: Amazon's Date, and a machine that only counts seconds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from pipeline.amazon.operations import AmazonFault

_SECONDS_OFF, _SECONDS_WRONG = 300.0, 86_400.0  # of this machine's clock from Amazon's (SPEC §11.9)


class ClockWrong(AmazonFault):
    """The clock of this machine is more than a day away from Amazon's."""

    exit_status = 2
    code = "AMZ-704"


class AmazonClock:
    """Amazon's clock as its last answer had it; deadlines and waits are counted on a monotonic clock."""

    def __init__(
        self,
        machine_time: Callable[[], dt.datetime],
        count_seconds: Callable[[], float],
        pause: Callable[[float], None],
    ) -> None:
        """What the system offers: its clock (UTC), seconds that only go forward, and a way to wait."""
        self._machine_time, self._count_seconds, self._pause = machine_time, count_seconds, pause
        self._answer_date: dt.datetime | None = None
        self._answered_at = 0.0

    def amazon_time(self) -> dt.datetime:
        """The Date of Amazon's last answer and the time since; before any answer, this machine's clock."""
        if self._answer_date is None:
            return self._machine_time()
        return self._answer_date + dt.timedelta(seconds=self.monotonic() - self._answered_at)

    def monotonic(self) -> float:
        """Seconds on a clock that only goes forward."""
        return self._count_seconds()

    def sleep(self, seconds: float) -> None:
        """Nothing is done for so long."""
        if seconds > 0:
            self._pause(seconds)

    def set_date(self, date_header: str) -> None:
        """Amazon's clock is what its answer says; a header that is no date changes nothing."""
        try:
            date = parsedate_to_datetime(date_header)
        except ValueError:
            return
        self._answer_date = date if date.tzinfo else date.replace(tzinfo=dt.UTC)
        self._answered_at = self.monotonic()

    def describe_skew(self) -> str:
        """How far this machine's clock is from Amazon's where that is too far; else an empty text.

        Raises ClockWrong where deadlines would be wrong by it.
        """
        off = (self._machine_time() - self.amazon_time()).total_seconds()
        difference = f"{abs(off) / 60:,.0f} min"
        if abs(off) > _SECONDS_WRONG:
            raise ClockWrong(
                f"the clock of this machine is {difference} off Amazon's; set it by a time server (AMZ-704)"
            )
        return difference if abs(off) > _SECONDS_OFF else ""
