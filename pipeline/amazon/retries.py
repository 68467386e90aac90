"""When a call is repeated, and how long is waited before (SPEC §11.9)."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from typing import TypeVar

import tenacity

from pipeline.amazon.operations import Clock, Throttled, Unreachable

log = logging.getLogger("feedwarden")
T = TypeVar("T")
_MAX_TRIES = 8  # of a call that fails; one that Amazon throttles is repeated for as long as there is time
_MAX_FAULT_SECONDS, _MAX_THROTTLE_SECONDS, _MIN_THROTTLE_SECONDS = 64.0, 600.0, 2.0
_JITTER = 0.2  # of a wait, either way
_CALL_SECONDS = 2700.0  # for a call outside of any step


class FaultyAttempt(Exception):
    """An attempt that failed in a way that may pass: one line, without a URL."""


class ThrottledAttempt(Exception):
    """Amazon answered 429; ``seconds`` is the least it wants to be left alone for."""

    def __init__(self, seconds: float) -> None:
        """At least ``seconds`` are waited."""
        super().__init__("Amazon asked to wait (429)")
        self.seconds = max(seconds, _MIN_THROTTLE_SECONDS)


class ThrottledFor(Throttled):
    """There is no time to wait for as long as is asked: ``seconds``, ``by_amazon`` or by the rate of its model."""

    def __init__(self, message: str, seconds: float, *, by_amazon: bool) -> None:
        """The call may be made in so many seconds."""
        super().__init__(message)
        self.seconds, self.by_amazon = seconds, by_amazon


class CallRepeater:
    """Repeats calls until their step's time is over."""

    def __init__(self, clock: Clock) -> None:
        """No step has begun: each call has a time of its own."""
        self._clock = clock
        self.deadline: float | None = None

    def repeat_call(self, name: str, attempt: Callable[[int], T], patience: float | None = None) -> T:
        """What the first good attempt returns; each is given its number, from 1.

        Where Amazon throttles, nothing is waited for past ``patience``, where that is given. Raises Unreachable after
        the last attempt, and at once whatever is neither faulty nor throttled.
        """
        deadline = self.call_deadline()
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((FaultyAttempt, ThrottledAttempt)),
            wait=_WaitBetween(),
            stop=lambda state: _has_no_time(state, self._clock.monotonic(), (deadline, patience)),
            before_sleep=lambda state: log.debug("%s: waiting %.1f s: %s", name, state.upcoming_sleep, _fault(state)),
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            for state in retrying:
                with state:
                    result = attempt(state.retry_state.attempt_number)
        except ThrottledAttempt as fault:
            words = f"{name}: Amazon asked to wait for longer than there is time; run it again later"
            raise ThrottledFor(words, fault.seconds, by_amazon=True) from None
        except FaultyAttempt as fault:
            raise Unreachable(f"{name}: {fault}; nothing more is tried now, run it again later") from None
        return result

    def call_deadline(self) -> float:
        """Until when a call that begins now may be repeated."""
        return self._clock.monotonic() + _CALL_SECONDS if self.deadline is None else self.deadline

    def wait_until_allowed(self, name: str, seconds: float, patience: float | None) -> None:
        """The seconds are waited; Unreachable where they would go past the deadline."""
        if seconds <= 0:
            return
        if self._clock.monotonic() + seconds > (self.call_deadline() if patience is None else patience):
            words = f"{name}: the rate that Amazon allows leaves no call in the time of this step"
            raise ThrottledFor(words, seconds, by_amazon=False)
        log.debug("%s: waiting %.1f s for the rate that Amazon allows", name, seconds)
        self._clock.sleep(seconds)


class _WaitBetween:
    """Seconds before the next attempt: doubled by each of its kind, with jitter."""

    def __init__(self) -> None:
        self._faults, self._throttles = 0, 0

    def __call__(self, state: tenacity.RetryCallState) -> float:
        fault = _fault(state)
        if isinstance(fault, ThrottledAttempt):
            self._throttles += 1
            return throttle_pause(fault.seconds, self._throttles)
        self._faults += 1
        return _add_jitter(2.0 ** (self._faults - 1), _MAX_FAULT_SECONDS)


def throttle_pause(seconds: float, times: int) -> float:
    """Seconds to wait after Amazon has asked for ``seconds``, for the time that this is."""
    return _add_jitter(seconds * 2.0 ** (times - 1), _MAX_THROTTLE_SECONDS)


def _add_jitter(seconds: float, longest: float) -> float:
    return min(longest, min(longest, seconds) * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311  no secret


def _fault(state: tenacity.RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _has_no_time(state: tenacity.RetryCallState, instant: float, limits: tuple[float, float | None]) -> bool:
    deadline, patience = limits
    if isinstance(_fault(state), ThrottledAttempt):
        return instant + state.upcoming_sleep > (deadline if patience is None else patience)
    return state.attempt_number >= _MAX_TRIES or instant + state.upcoming_sleep > deadline
